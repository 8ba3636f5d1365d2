"""Corrections: what people say that a point's value was. The lake keeps what it got; the collector
lays these rows over it and makes every bucket anew that they touch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update

from data.audit import record
from data.catalogue.points import columns, point
from data.database import Database
from data.desk_tables import Correction
from data.rights import NotFound, Refused, require
from data.station_rows import Scope, StationRow
from data.tables import Station
from data.users import UserRow

RIGHT = "corrections.write"
LONGEST = timedelta(days=31)
"""Of one correction; a longer one is several."""
MOST_WORDS = 2000


@dataclass(frozen=True)
class CorrectionRow:
    id: int
    station_id: int
    point: str
    from_at: datetime
    to_at: datetime
    """Excluded."""
    value: float | None
    """None: the samples count as missing."""
    why: str
    created_at: datetime
    created_by: str
    undone_at: datetime | None
    undone_by: str
    applied_at: datetime | None
    """When the collector had laid it over the lake, or had undone it; None while it waits."""

    @property
    def state(self) -> str:
        """waiting | applied | undoing | undone"""
        if self.undone_at is None:
            return "waiting" if self.applied_at is None else "applied"
        return "undoing" if self.applied_at is None else "undone"


_COLUMNS = [getattr(Correction, f.name) for f in fields(CorrectionRow)]


class Corrections:
    """The door to corrections."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def make(
        self,
        by: UserRow,
        station: StationRow,
        code: str,
        start: datetime,
        end: datetime,
        value: float | None,
        why: str,
        now: datetime,
    ) -> int:
        """Say what a point was in [start, end); the id.

        Raises Forbidden, NotFound (a station out of reach), Refused: no_such_point,
        span_empty, span_long (days), span_future, out_of_range (low, high, unit), why_empty.
        """
        require(by, RIGHT)
        if by.district_id not in (None, station.district_id):
            raise NotFound("station", station.code)
        found = {c.code: c.point for c in columns(station.layout)}.get(code)
        if found is None or found.block not in ("fast", "slow"):
            raise Refused("no_such_point")
        check_span(start, end, now)
        low, high = found.range
        if value is not None and not low <= value <= high:
            raise Refused("out_of_range", low=f"{low:g}", high=f"{high:g}", unit=found.unit)
        if not why.strip():
            raise Refused("why_empty")
        new = insert(Correction).values(
            station_id=station.id, point=code, from_at=start, to_at=end, value=value,
            why=why.strip()[:MOST_WORDS], created_at=now, created_by=by.username,
        )  # fmt: skip
        with self._db.session() as session:
            id = session.scalars(new.returning(Correction.id)).one()
            record(
                session, by.username, "correction.make", f"{station.code} {code}", now, id=id,
                start=start.isoformat(), end=end.isoformat(), value=value, why=why.strip()[:200],
            )  # fmt: skip
        return id

    def undo(self, by: UserRow, id: int, now: datetime) -> None:
        """Take a correction back. Raises Forbidden, NotFound, Refused('undone')."""
        require(by, RIGHT)
        row = self.get(by.scope, id)
        still = update(Correction).where(Correction.id == id, Correction.undone_at.is_(None))
        with self._db.session() as session:
            gone = session.execute(
                still.values(undone_at=now, undone_by=by.username, applied_at=None)
            )
            if not gone.rowcount:  # type: ignore[attr-defined]
                raise Refused("undone")
            record(session, by.username, "correction.undo", row.point, now, id=id)

    def get(self, scope: Scope, id: int) -> CorrectionRow:
        """Raises NotFound."""
        found = self._rows(_in(scope).where(Correction.id == id))
        if not found:
            raise NotFound("correction", id)
        return found[0]

    def all(
        self, scope: Scope, station: int | None = None, limit: int = 500
    ) -> tuple[CorrectionRow, ...]:
        """Newest first, undone ones too."""
        query = _in(scope).order_by(Correction.id.desc()).limit(limit)
        if station is not None:
            query = query.where(Correction.station_id == station)
        return self._rows(query)

    def active(self, station: int) -> tuple[CorrectionRow, ...]:
        """Of a station, oldest first: where two overlap the later one holds."""
        query = select(*_COLUMNS).where(
            Correction.station_id == station, Correction.undone_at.is_(None)
        )
        return self._rows(query.order_by(Correction.id))

    def since(self, at: datetime) -> tuple[CorrectionRow, ...]:
        """Active ones of spans that end after `at`: late data may fall into them."""
        query = select(*_COLUMNS).where(Correction.to_at > at, Correction.undone_at.is_(None))
        return self._rows(query)

    def waiting(self) -> tuple[CorrectionRow, ...]:
        """What the collector hasn't laid over the lake, or undone, oldest first."""
        query = select(*_COLUMNS).where(Correction.applied_at.is_(None))
        return self._rows(query.order_by(Correction.id))

    def applied(self, ids: Iterable[int], at: datetime) -> None:
        """The collector's word that the buckets are made anew."""
        with self._db.session() as session:
            for id in ids:
                session.execute(update(Correction).where(Correction.id == id).values(applied_at=at))

    def revisions(self, stations: Iterable[int], start: datetime, end: datetime) -> dict[int, int]:
        """Per station how often people have changed what [start, end) rests on: corrections and
        undoings that are in force. A figure's version is one more."""
        known = list(stations)
        touched = (Correction.from_at < end, Correction.to_at > start)
        query = (
            select(Correction.station_id, func.count(), func.count(Correction.undone_at))
            .where(*touched)
            .group_by(Correction.station_id)
        )
        if len(known) <= 500:
            query = query.where(Correction.station_id.in_(known))
        with self._db.session() as session:
            found = session.execute(query).all()
        wanted = set(known)
        return {station: made + undone for station, made, undone in found if station in wanted}

    def touching(self, start: datetime, end: datetime) -> tuple[CorrectionRow, ...]:
        """All that reach into [start, end), undone ones too: what `revisions` counts."""
        query = select(*_COLUMNS).where(Correction.from_at < end, Correction.to_at > start)
        return self._rows(query)

    def _rows(self, query: object) -> tuple[CorrectionRow, ...]:
        with self._db.session() as session:
            return tuple(CorrectionRow(*row) for row in session.execute(query))  # type: ignore[call-overload]


def _in(scope: Scope):  # type: ignore[no-untyped-def]
    query = select(*_COLUMNS)
    if scope.district_id is None:
        return query
    near = select(Station.id).where(Station.district_id == scope.district_id)
    return query.where(Correction.station_id.in_(near))


def check_span(start: datetime, end: datetime, now: datetime) -> None:
    """Raises Refused unless [start, end) is a span of the past that one correction may have."""
    if end <= start:
        raise Refused("span_empty")
    if end > now:
        raise Refused("span_future")
    if end - start > LONGEST:
        raise Refused("span_long", days=LONGEST.days)


def step_of(code: str) -> float:
    """The smallest step of a point's value, in its unit."""
    return float(point(code).resolution)
