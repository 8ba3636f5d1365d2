"""Records of exchanged meters: they override the difference of two readings (domain rule of
counters: the old meter's final reading less the last one, plus the new one less its first).

Rows are never changed: taking a record back adds a second row for the same moment, whose note names
the first. The collector then counts that span anew, without the record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime

from sqlalchemy import insert, select, update

from data.audit import record
from data.catalogue.points import columns
from data.corrections import MOST_WORDS, RIGHT
from data.database import Database
from data.desk_tables import MeterExchange
from data.rights import NotFound, Refused, require
from data.station_rows import Scope, StationRow
from data.tables import Station
from data.users import UserRow

UNDO = "undo:"
"""Begins the note of a row that takes another back; the other's id follows."""


@dataclass(frozen=True)
class ExchangeRow:
    """Readings are in the point's unit."""

    id: int
    station_id: int
    point: str
    at: datetime
    final_reading: float
    first_reading: float
    note: str
    created_at: datetime
    created_by: str
    applied_at: datetime | None
    undone_at: datetime | None = None
    undone_by: str = ""

    @property
    def state(self) -> str:
        """waiting | applied | undoing | undone"""
        if self.undone_at is None:
            return "waiting" if self.applied_at is None else "applied"
        return "undoing" if self.applied_at is None else "undone"


_COLUMNS = [getattr(MeterExchange, f.name) for f in fields(ExchangeRow)[:10]]


class MeterExchanges:
    """The door to exchanges of meters."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def make(
        self,
        by: UserRow,
        station: StationRow,
        code: str,
        at: datetime,
        final_reading: float,
        first_reading: float,
        note: str,
        now: datetime,
    ) -> int:
        """Record an exchange; its id.

        Raises Forbidden, NotFound, Refused: no_such_counter, span_future, out_of_range.
        """
        require(by, RIGHT)
        if by.district_id not in (None, station.district_id):
            raise NotFound("station", station.code)
        found = {c.code: c.point for c in columns(station.layout)}.get(code)
        if found is None or found.rollup != "counter":
            raise Refused("no_such_counter")
        if at > now:
            raise Refused("span_future")
        low, high = found.range
        if not (low <= final_reading <= high and low <= first_reading <= high):
            raise Refused("out_of_range", low=f"{low:g}", high=f"{high:g}", unit=found.unit)
        words = note.strip().removeprefix(UNDO)[:MOST_WORDS]
        new = insert(MeterExchange).values(
            station_id=station.id, point=code, at=at, final_reading=final_reading,
            first_reading=first_reading, note=words, created_at=now,
            created_by=by.username,
        )  # fmt: skip
        with self._db.session() as session:
            id = session.scalars(new.returning(MeterExchange.id)).one()
            record(
                session, by.username, "meter.exchange", f"{station.code} {code}", now, id=id,
                when=at.isoformat(), final=final_reading, first=first_reading,
            )  # fmt: skip
        return id

    def undo(self, by: UserRow, id: int, now: datetime) -> None:
        """Take a record back. Raises Forbidden, NotFound (out of reach too), Refused('undone')."""
        require(by, RIGHT)
        row = next((r for r in self.all(by.scope, limit=None) if r.id == id), None)
        if row is None:
            raise NotFound("exchange", id)
        if row.undone_at is not None:
            raise Refused("undone")
        back = insert(MeterExchange).values(
            station_id=row.station_id, point=row.point, at=row.at, final_reading=row.final_reading,
            first_reading=row.first_reading, note=f"{UNDO}{id}", created_at=now,
            created_by=by.username,
        )  # fmt: skip
        with self._db.session() as session:
            session.execute(back)
            record(session, by.username, "meter.exchange_undo", row.point, now, id=id)

    def all(
        self, scope: Scope, station: int | None = None, limit: int | None = 500
    ) -> tuple[ExchangeRow, ...]:
        """Newest first, those taken back too, with who did so; `applied_at` is then that of the
        taking back."""
        query = select(*_COLUMNS).order_by(MeterExchange.id.desc())
        if scope.district_id is not None:
            near = select(Station.id).where(Station.district_id == scope.district_id)
            query = query.where(MeterExchange.station_id.in_(near))
        if station is not None:
            query = query.where(MeterExchange.station_id == station)
        return _paired(self._rows(query))[:limit]

    def of(self, station: int) -> tuple[ExchangeRow, ...]:
        """Those of a station that hold, oldest first."""
        query = select(*_COLUMNS).where(MeterExchange.station_id == station)
        rows = _paired(self._rows(query.order_by(MeterExchange.at)))
        return tuple(row for row in rows if row.undone_at is None)

    def waiting(self) -> tuple[ExchangeRow, ...]:
        """What the collector hasn't counted, or uncounted, yet."""
        return self._rows(select(*_COLUMNS).where(MeterExchange.applied_at.is_(None)))

    def applied(self, ids: Iterable[int], at: datetime) -> None:
        with self._db.session() as session:
            for id in ids:
                mine = update(MeterExchange).where(MeterExchange.id == id)
                session.execute(mine.values(applied_at=at))

    def _rows(self, query: object) -> tuple[ExchangeRow, ...]:
        with self._db.session() as session:
            return tuple(ExchangeRow(*row) for row in session.execute(query))  # type: ignore[call-overload]


def _paired(rows: Iterable[ExchangeRow]) -> tuple[ExchangeRow, ...]:
    """The records in their order; those that another row takes back say when and by whom."""
    known = list(rows)
    backs = {r.note.removeprefix(UNDO): r for r in known if r.note.startswith(UNDO)}
    found = []
    for row in known:
        back = backs.get(str(row.id))
        if row.note.startswith(UNDO):
            continue
        taken = (back.created_at, back.created_by, back.applied_at) if back else None
        found.append(
            row if taken is None
            else replace(row, undone_at=taken[0], undone_by=taken[1], applied_at=taken[2])
        )  # fmt: skip
    return tuple(found)
