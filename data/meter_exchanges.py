"""Records of exchanged meters: they override the difference of two readings (domain rule of
counters: the old meter's final reading less the last one, plus the new one less its first)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import insert, select, update

from data.audit import record
from data.catalogue.points import columns
from data.corrections import MOST_WORDS, RIGHT
from data.database import Database
from data.desk_tables import MeterExchange
from data.rights import NotFound, Refused, require
from data.station_rows import StationRow
from data.users import UserRow


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


_COLUMNS = [getattr(MeterExchange, f.name) for f in fields(ExchangeRow)]


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
        new = insert(MeterExchange).values(
            station_id=station.id, point=code, at=at, final_reading=final_reading,
            first_reading=first_reading, note=note.strip()[:MOST_WORDS], created_at=now,
            created_by=by.username,
        )  # fmt: skip
        with self._db.session() as session:
            id = session.scalars(new.returning(MeterExchange.id)).one()
            record(
                session, by.username, "meter.exchange", f"{station.code} {code}", now, id=id,
                when=at.isoformat(), final=final_reading, first=first_reading,
            )  # fmt: skip
        return id

    def of(self, station: int) -> tuple[ExchangeRow, ...]:
        """Of a station, oldest first."""
        query = select(*_COLUMNS).where(MeterExchange.station_id == station)
        return self._rows(query.order_by(MeterExchange.at))

    def waiting(self) -> tuple[ExchangeRow, ...]:
        """What the collector hasn't counted yet."""
        return self._rows(select(*_COLUMNS).where(MeterExchange.applied_at.is_(None)))

    def applied(self, ids: Iterable[int], at: datetime) -> None:
        with self._db.session() as session:
            for id in ids:
                mine = update(MeterExchange).where(MeterExchange.id == id)
                session.execute(mine.values(applied_at=at))

    def _rows(self, query: object) -> tuple[ExchangeRow, ...]:
        with self._db.session() as session:
            return tuple(ExchangeRow(*row) for row in session.execute(query))  # type: ignore[call-overload]
