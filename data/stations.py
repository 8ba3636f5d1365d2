"""The door to districts, compounds, pump houses and their pump sets."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from io import BytesIO
from threading import RLock
from typing import Any, BinaryIO, TypeVar

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data.audit import record
from data.catalogue.points import ZONES
from data.compound_tables import Compound
from data.database import Database
from data.station_import import ImportReport, read_stations
from data.station_rows import (
    EVERYWHERE,
    AddressTaken,
    CompoundRow,
    Conflict,
    DistrictRow,
    Scope,
    SetRow,
    StationRow,
)
from data.station_table import MOST_BYTES
from data.tables import District, PumpSet, Station

__all__ = [
    "EVERYWHERE",
    "AddressTaken",
    "CompoundRow",
    "Conflict",
    "DistrictRow",
    "ImportReport",
    "Scope",
    "SetRow",
    "StationRow",
    "Stations",
]

Placed = TypeVar("Placed", CompoundRow, StationRow)
CACHE_SECONDS = 30.0
"""Reading 2,100 stations takes 0.1 s, and they seldom change."""


@dataclass(frozen=True)
class _Known:
    until: float
    rows: tuple[StationRow, ...]
    by_id: dict[int, StationRow]
    by_code: dict[str, StationRow]
    compounds: dict[int, CompoundRow]
    districts: tuple[DistrictRow, ...]


_STATION = [getattr(Station, f.name) for f in fields(StationRow) if f.name != "sets"]
_SET = [getattr(PumpSet, f.name) for f in fields(SetRow)]
_DISTRICT = [getattr(District, f.name) for f in fields(DistrictRow)]
_COMPOUND = [getattr(Compound, f.name) for f in fields(CompoundRow)]


class Stations:
    """The door to stations, compounds and districts. Answers are kept for CACHE_SECONDS."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: dict[Scope, _Known] = {}
        self._reading = RLock()

    def all(self, scope: Scope = EVERYWHERE) -> tuple[StationRow, ...]:
        """Enabled stations by id."""
        return self._load(scope).rows

    def get(self, id: int, scope: Scope = EVERYWHERE) -> StationRow | None:
        return self._load(scope).by_id.get(id)

    def by_code(self, code: str, scope: Scope = EVERYWHERE) -> StationRow | None:
        return self._load(scope).by_code.get(code)

    def compounds(self, scope: Scope = EVERYWHERE) -> dict[int, CompoundRow]:
        """Compounds by id."""
        return self._load(scope).compounds

    def districts(self, scope: Scope = EVERYWHERE) -> tuple[DistrictRow, ...]:
        """Districts by id."""
        return self._load(scope).districts

    def conflicts(self) -> tuple[Conflict, ...]:
        """Addresses that several enabled stations share; possible in a database from before the
        constraint, and then the collector can't poll them apart."""
        key = (Station.host, Station.port, Station.unit)
        shared = select(*key).where(Station.enabled).group_by(*key).having(func.count() > 1)
        with self._db.session() as session:
            found = []
            for host, port, unit in session.execute(shared.order_by(*key)):
                same = (Station.host == host, Station.port == port, Station.unit == unit)
                codes = select(Station.code).where(Station.enabled, *same).order_by(Station.code)
                found.append(Conflict((host, port, unit), tuple(session.scalars(codes))))
        return tuple(found)

    def save(
        self,
        districts: Sequence[DistrictRow],
        stations: Sequence[StationRow],
        compounds: Sequence[CompoundRow] = (),
    ) -> None:
        """Insert or update by code, all or nothing; saving the same again changes nothing.

        Ids are the database's: a row's own `id` is not written. A `district_id` means the row of
        `districts` with that id where there is one, else the stored district; so does a
        `compound_id`. A compound that loses its last station goes. Raises AddressTaken.
        """
        try:
            with self._db.session() as session:
                of = _put(session, District, districts)
                homes = _put(session, Compound, [_in_district(row, of) for row in compounds])
                _check_addresses(session, stations)
                _put_stations(session, [_in_compound(_in_district(r, of), homes) for r in stations])
                empty = ~exists().where(Station.compound_id == Compound.id)
                session.execute(delete(Compound).where(empty))
        except IntegrityError:
            with self._db.session() as session:
                _check_addresses(session, stations)  # somebody took an address meanwhile
            raise
        finally:
            self._known.clear()

    def import_table(self, file: BinaryIO, name: str, by: str, at: datetime) -> ImportReport:
        """Add the good rows of a CSV or Excel file; the report tells of every refused one.

        The caller has checked the right `stations.import`.
        """
        content = BytesIO(file.read(MOST_BYTES + 1))
        try:
            return self._import(content, name, by, at)
        except IntegrityError:  # somebody added a station meanwhile: it shows in the second look
            content.seek(0)
            return self._import(content, name, by, at)
        finally:
            self._known.clear()

    def _import(self, file: BinaryIO, name: str, by: str, at: datetime) -> ImportReport:
        districts = self._districts(EVERYWHERE)
        with self._db.session() as session:
            query = select(Station.code, Station.host, Station.port, Station.unit)
            taken = {(host, port, unit): code for code, host, port, unit in session.execute(query)}
            known = [CompoundRow(*row) for row in session.execute(select(*_COMPOUND))]
            good, fresh, report = read_stations(file, districts, known, taken.values(), taken)
            homes = _put(session, Compound, fresh)
            _insert_stations(session, [_in_compound(row, homes) for row in good])
            numbers = {"added": len(report.added), "refused": len(report.refused)}
            record(session, by, "stations.import", name, at, **numbers)
        return report

    def _read(self) -> tuple[StationRow, ...]:
        stations = select(*_STATION).where(Station.enabled).order_by(Station.id)
        sets = select(PumpSet.station_id, *_SET).order_by(PumpSet.station_id)
        with self._db.session() as session:
            of: dict[int, list[SetRow]] = {}
            for station_id, *values in session.execute(sets):
                of.setdefault(station_id, []).append(SetRow(*values))
            return tuple(
                StationRow(*[*row, tuple(sorted(of.get(row[0], []), key=_zone_order))])
                for row in session.execute(stations)  # in the order of the fields, the id first
            )

    def _districts(self, scope: Scope) -> tuple[DistrictRow, ...]:
        query = select(*_DISTRICT).order_by(District.id)
        if scope.district_id is not None:
            query = query.where(District.id == scope.district_id)
        with self._db.session() as session:
            return tuple(DistrictRow(*row) for row in session.execute(query))

    def _compounds(self, scope: Scope) -> dict[int, CompoundRow]:
        query = select(*_COMPOUND).order_by(Compound.id)
        if scope.district_id is not None:
            query = query.where(Compound.district_id == scope.district_id)
        with self._db.session() as session:
            rows = (CompoundRow(*row) for row in session.execute(query))
            return {row.id: row for row in rows}

    def _load(self, scope: Scope) -> _Known:
        known = self._known.get(scope)
        if known is not None and known.until > time.monotonic():
            return known
        if known is not None and not self._reading.acquire(blocking=False):
            return known  # another reads them this moment; many at once would all take long
        try:
            return self._renewed(scope)
        finally:
            if known is not None:
                self._reading.release()

    def _renewed(self, scope: Scope) -> _Known:
        rows = self._read() if scope.district_id is None else tuple(
            row for row in self.all() if row.district_id == scope.district_id
        )  # fmt: skip
        known = _Known(
            time.monotonic() + CACHE_SECONDS,
            rows,
            {row.id: row for row in rows},
            {row.code: row for row in rows},
            self._compounds(scope),
            self._districts(scope),
        )
        self._known[scope] = known
        return known


def _zone_order(row: SetRow) -> int:
    return ZONES.index(row.zone)


def _put(
    session: Session, table: type[District | Compound], rows: Sequence[DistrictRow | CompoundRow]
) -> dict[int | None, int]:
    """Insert or update by code; the database's id for each id that the rows came with."""
    if not rows:
        return {}
    known = {code: id for id, code in session.execute(select(table.id, table.code))}
    new, old = [], []
    for row in rows:
        values = asdict(row)
        del values["id"]
        if row.code in known:
            old.append({**values, "id": known[row.code]})
        else:
            new.append(values)
    if new:
        session.execute(insert(table), new)
    if old:
        session.execute(update(table), old)
    stored = {code: id for id, code in session.execute(select(table.id, table.code))}
    return {row.id: stored[row.code] for row in rows}


def _in_district(row: Placed, ids: Mapping[int | None, int]) -> Placed:
    return replace(row, district_id=ids.get(row.district_id, row.district_id))


def _in_compound(row: StationRow, ids: Mapping[int | None, int]) -> StationRow:
    return replace(row, compound_id=ids.get(row.compound_id, row.compound_id))


def _put_stations(session: Session, rows: Sequence[StationRow]) -> None:
    """Insert or update with their sets."""
    known = {code: id for id, code in session.execute(select(Station.id, Station.code))}
    old = {known[row.code]: row for row in rows if row.code in known}
    if old:
        session.execute(update(Station), [{"id": id, **_own(row)} for id, row in old.items()])
        session.execute(delete(PumpSet).where(PumpSet.station_id.in_(old)))
        _insert_sets(session, old)
    _insert_stations(session, [row for row in rows if row.code not in known])


def _insert_stations(session: Session, rows: Sequence[StationRow]) -> None:
    if not rows:
        return
    session.execute(insert(Station), [{**_own(row), "enabled": True} for row in rows])
    stored = {code: id for id, code in session.execute(select(Station.id, Station.code))}
    _insert_sets(session, {stored[row.code]: row for row in rows})


def _insert_sets(session: Session, stations: Mapping[int, StationRow]) -> None:
    sets = [{**asdict(s), "station_id": id} for id, row in stations.items() for s in row.sets]
    if sets:
        session.execute(insert(PumpSet), sets)


def _own(row: StationRow) -> dict[str, Any]:
    """The columns of the station itself."""
    return {f.name: getattr(row, f.name) for f in fields(row) if f.name not in ("id", "sets")}


def _check_addresses(session: Session, rows: Iterable[StationRow]) -> None:
    """Raises AddressTaken when two of `rows`, or one of them and a stored one, share one."""
    stored = select(Station.code, Station.host, Station.port, Station.unit)
    holder = {row.code: row.address for row in rows}
    taken = {
        (host, port, unit): code
        for code, host, port, unit in session.execute(stored)
        if code not in holder
    }
    for code, address in holder.items():
        other = taken.setdefault(address, code)
        if other != code:
            raise AddressTaken(code, other, address)
