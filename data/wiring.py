"""The door to contacts that are suspected of being wired the other way round: one question to
people, and what is out of service until it is answered. (docs/alarms.md)

The collector asks, extends and puts back in service in its own name, which is empty in the records.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from data.audit import record
from data.database import Database
from data.permit_tables import ContactNotice, Permit
from data.permits import OUT_OF_SERVICE, begin, end
from data.polarities import turn
from data.rights import NotFound, Refused, require
from data.station_rows import EVERYWHERE, Scope
from data.tables import Action, Alarm, Station
from data.users import UserRow

OPEN, INVERTED, REAL = "open", "inverted", "real"
REASON = "contact_suspected"
NOBODY = ""
"""The collector itself."""


@dataclass(frozen=True)
class NoticeRow:
    """Times are UTC. `profile` is empty where it is about one station."""

    id: int
    point: str
    profile: str
    cells: list[tuple[int, str]]
    rules: list[str]
    share: float
    found_at: datetime
    until_at: datetime
    state: str
    decided_at: datetime | None
    decided_by: str
    settled_at: datetime | None

    @property
    def stations(self) -> set[int]:
        return {station for station, _ in self.cells}


@dataclass(frozen=True)
class Spot:
    """A suspected contact and where its rules are out of service meanwhile."""

    station: int
    code: str
    rules: tuple[tuple[str, str], ...]
    """(rule, place)."""


@dataclass(frozen=True)
class HeldRow:
    """A rule that is out of service at a place for a notice, with its open alarm."""

    permit: int
    rule: str
    alarm: int | None
    active: bool


class Wiring:
    """Every question carries a scope, every step a person."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def ask(
        self, point: str, profile: str, spots: Sequence[Spot], share: float, at: datetime,
        until: datetime,
    ) -> int:  # fmt: skip
        """A new notice; its id."""
        with self._db.session() as session:
            new = insert(ContactNotice).values(
                point=point, profile=profile, cells=[], rules=[], share=share, found_at=at,
                until_at=until, state=OPEN,
            )  # fmt: skip
            id = session.scalars(new.returning(ContactNotice.id)).one()
            record(session, NOBODY, "contact.ask", str(id), at, point=point, profile=profile,
                   share=round(share, 4))  # fmt: skip
            _add(session, id, spots, at)
        return id

    def add(self, id: int, spots: Sequence[Spot], at: datetime) -> None:
        """More contacts of the same question; nothing when it isn't open any more."""
        with self._db.session() as session:
            _add(session, id, spots, at)

    def rows(
        self, states: Collection[str] = (OPEN, INVERTED, REAL), scope: Scope = EVERYWHERE
    ) -> list[NoticeRow]:
        """Notices that have to do with a station of the scope, the latest first."""
        query = select(
            ContactNotice.id, ContactNotice.point, ContactNotice.profile, ContactNotice.cells,
            ContactNotice.rules, ContactNotice.share, ContactNotice.found_at,
            ContactNotice.until_at, ContactNotice.state, ContactNotice.decided_at,
            ContactNotice.decided_by, ContactNotice.settled_at,
        ).where(ContactNotice.state.in_(states)).order_by(ContactNotice.id.desc())  # fmt: skip
        with self._db.session() as session:
            found = [
                NoticeRow(id, point, profile, [(s, code) for s, code in cells], *rest)
                for id, point, profile, cells, *rest in session.execute(query)
            ]
            if not found or scope.district_id is None:
                return found
            mine = _stations(session, scope.district_id)
        return [one for one in found if one.stations & mine]

    def decide(self, id: int, inverted: bool, by: UserRow, at: datetime) -> None:
        """The contacts are wired the other way round, or what they say is real.

        Raises Forbidden, NotFound (all of it has to be in the person's reach),
        Refused('contact_decided').
        """
        require(by, "points.polarity")
        state = INVERTED if inverted else REAL
        with self._db.session() as session:
            row = session.execute(
                select(ContactNotice.cells, ContactNotice.state).where(ContactNotice.id == id)
            ).first()
            cells = [] if row is None else [(station, code) for station, code in row.cells]
            if row is None or (
                by.district_id is not None
                and not {station for station, _ in cells} <= _stations(session, by.district_id)
            ):
                raise NotFound("contact", id)
            if row.state != OPEN:
                raise Refused("contact_decided")
            session.execute(
                update(ContactNotice)
                .where(ContactNotice.id == id)
                .values(state=state, decided_at=at, decided_by=by.username)
            )
            record(session, by.username, f"contact.{state}", str(id), at)
            for station, code in cells if inverted else ():
                turn(session, station, code, by.username, at, f"contact {id}")

    def held(self, id: int, now: datetime) -> list[HeldRow]:
        """What is still out of service for a notice."""
        query = (
            select(Permit.id, Permit.rule, Alarm.id, Alarm.cleared_at)
            .outerjoin(
                Alarm,
                (Alarm.closed_at.is_(None))
                & (Alarm.rule == Permit.rule)
                & (Alarm.station_id == Permit.station_id)
                & (Alarm.place == Permit.place),
            )
            .where(Permit.notice_id == id, Permit.ended_at.is_(None), Permit.until_at > now)
            .order_by(Permit.id)
        )
        with self._db.session() as session:
            return [
                HeldRow(permit, rule, alarm, alarm is not None and cleared is None)
                for permit, rule, alarm, cleared in session.execute(query)
            ]

    def put_back(
        self, some: Sequence[HeldRow], at: datetime, reset: Collection[int] = (), by: str = NOBODY
    ) -> None:
        """Back in service; the alarms in `reset`, latched ones that the wrong contact raised, are
        let go in the name of who said so."""
        with self._db.session() as session:
            for one in some:
                end(session, one.permit, NOBODY, at)
                if one.alarm in reset:
                    session.execute(
                        insert(Action).values(
                            at=at, username=by, verb="reset", alarm_id=one.alarm,
                            note="contact_inverted",
                        )
                    )  # fmt: skip
                    record(session, by, "alarm.reset", str(one.alarm), at)

    def settle(self, id: int, at: datetime) -> None:
        """Nothing is out of service for this notice any more."""
        with self._db.session() as session:
            session.execute(
                update(ContactNotice).where(ContactNotice.id == id).values(settled_at=at)
            )


def _add(session: Session, id: int, spots: Sequence[Spot], at: datetime) -> None:
    row = session.execute(
        select(ContactNotice.cells, ContactNotice.rules, ContactNotice.until_at).where(
            ContactNotice.id == id, ContactNotice.state == OPEN
        )
    ).first()
    if row is None:
        return
    cells = row.cells + [[one.station, one.code] for one in spots]
    rules = sorted({*row.rules, *(rule for one in spots for rule, _ in one.rules)})
    session.execute(
        update(ContactNotice).where(ContactNotice.id == id).values(cells=cells, rules=rules)
    )
    if row.until_at <= at:
        return  # its time out of service is over
    places = {(one.station, rule, place) for one in spots for rule, place in one.rules}
    known = select(Permit.station_id, Permit.rule, Permit.place).where(
        Permit.notice_id == id, Permit.ended_at.is_(None)
    )
    places -= {(station, rule, place) for station, rule, place in session.execute(known)}
    for station, rule, place in sorted(places):
        begin(
            session, NOBODY, at, kind=OUT_OF_SERVICE, rule=rule, station_id=station, place=place,
            owner=NOBODY, reason=REASON, created_at=at, until_at=row.until_at, notice_id=id,
        )  # fmt: skip


def _stations(session: Session, district: int) -> set[int]:
    return set(session.scalars(select(Station.id).where(Station.district_id == district)))
