"""The door to the polarity of contacts: which are wired the other way round, from when on.

History isn't rewritten: a row holds from its time on, the newest one counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from data.audit import record
from data.catalogue.points import point
from data.database import Database
from data.permit_tables import Polarity
from data.rights import NotFound, Refused, require
from data.tables import Station
from data.users import UserRow

AHEAD = timedelta(seconds=30)
"""A change holds this much after it was asked for, so that the collector knows it in time: what is
judged live and what is judged anew change at the same second."""


@dataclass(frozen=True)
class PolarityRow:
    id: int
    station_id: int
    point: str
    inverted: bool
    since_at: datetime
    created_by: str
    note: str


class Polarities:
    def __init__(self, db: Database) -> None:
        self._db = db

    def put(
        self, station_id: int, code: str, inverted: bool, by: UserRow, at: datetime, note: str
    ) -> int:
        """Say how a contact is wired; the row's id.

        Raises Forbidden, NotFound (the station in the person's reach), Refused('polarity_reason',
        'polarity_contact').
        """
        require(by, "points.polarity")
        if not note.strip():
            raise Refused("polarity_reason")
        try:
            contact = point(code).digital
        except KeyError:
            contact = False
        if not contact:
            raise Refused("polarity_contact")
        station = select(Station.id).where(Station.id == station_id)
        if by.district_id is not None:
            station = station.where(Station.district_id == by.district_id)
        with self._db.session() as session:
            if session.scalar(station) is None:
                raise NotFound("station", station_id)
            return _say(session, station_id, code, inverted, by.username, at, note)

    def rows(self, station_id: int | None = None) -> list[PolarityRow]:
        """All that was ever said, oldest first."""
        query = select(
            Polarity.id, Polarity.station_id, Polarity.point, Polarity.inverted, Polarity.since_at,
            Polarity.created_by, Polarity.note,
        ).order_by(Polarity.since_at, Polarity.id)  # fmt: skip
        if station_id is not None:
            query = query.where(Polarity.station_id == station_id)
        with self._db.session() as session:
            return [PolarityRow(*row) for row in session.execute(query)]

    def inverted(self, station_id: int, code: str) -> bool:
        """Whether the newest row says so."""
        found = [row for row in self.rows(station_id) if row.point == code]
        return bool(found) and found[-1].inverted


def turn(
    session: Session, station_id: int, code: str, username: str, at: datetime, note: str
) -> None:
    """A contact is wired the other way round than was said before, in the caller's transaction."""
    newest = (
        select(Polarity.inverted)
        .where(Polarity.station_id == station_id, Polarity.point == code)
        .order_by(Polarity.since_at.desc(), Polarity.id.desc())
    )
    before = session.scalars(newest).first()
    _say(session, station_id, code, not before, username, at, note)


def _say(
    session: Session, station_id: int, code: str, inverted: bool, username: str, at: datetime,
    note: str,
) -> int:  # fmt: skip
    new = insert(Polarity).values(
        station_id=station_id, point=code, inverted=inverted, since_at=at + AHEAD,
        created_by=username, note=note,
    )  # fmt: skip
    id = session.scalars(new.returning(Polarity.id)).one()
    record(
        session, username, "point.polarity", f"{station_id} {code}", at, inverted=inverted,
        note=note,
    )  # fmt: skip
    return id
