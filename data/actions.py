"""What people ask of alarms; the collector applies it and is the only writer of alarm state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.orm import Session

from data.audit import record
from data.catalogue.alarm_life import alarm_life
from data.database import Database
from data.permit_tables import Permit
from data.rights import NotFound, Refused, require
from data.tables import Action, Alarm
from data.users import UserRow

VERBS = {
    "acknowledge": "alarms.acknowledge",
    "reset": "alarms.reset",
    "shelve": "alarms.shelve",
    "unshelve": "alarms.shelve",
}
"""The right that each verb needs."""

_STEPS = (
    select(
        Action.id, Action.at, Action.username, Action.verb, Action.alarm_id, Action.note,
        Action.until_at, Permit.id.label("permit"), Permit.kind, Permit.rule, Permit.station_id,
        Permit.place, Permit.until_at.label("ends_at"),
    )
    .outerjoin(Permit, Permit.id == Action.permit_id)
    .order_by(Action.id)
)  # fmt: skip
_WAITING = _STEPS.where(Action.applied_at.is_(None))
"""Asked every second, so it is made once."""


@dataclass(frozen=True)
class ActionRow:
    """A step on an alarm; or, with verb 'begin' or 'end', on `permit`."""

    id: int
    at: datetime
    username: str
    verb: str
    alarm_id: int
    note: str
    until: datetime | None = None
    permit: int | None = None
    kind: str = ""
    rule: str = ""
    station_id: int | None = None
    place: str = ""
    ends_at: datetime | None = None


@dataclass(frozen=True)
class RefusedRow:
    """A step that wasn't taken; `why` is a key for the page's words (`refused.WHY`)."""

    at: datetime
    username: str
    verb: str
    why: str


class Actions:
    """The queue between people and the collector."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def append(
        self,
        alarm_id: int,
        verb: str,
        by: UserRow,
        at: datetime,
        note: str = "",
        until: datetime | None = None,
    ) -> int:
        """Queue `verb` for an open alarm; the id of the action. Asking twice before the collector
        has answered is one action. A shelving has a reason (`note`) and an end (`until`; without
        one the usual time).

        Raises Forbidden (the role), NotFound (no such alarm in the person's scope),
        Refused('alarm_closed', 'shelve_reason', 'shelve_long').
        """
        until = _checked(verb, by, at, note, until)
        with self._db.session() as session:
            return _append(session, alarm_id, verb, by, at, note, until)

    def append_all(
        self,
        alarm_ids: Sequence[int],
        verb: str,
        by: UserRow,
        at: datetime,
        note: str = "",
        until: datetime | None = None,
    ) -> int:
        """The same for many at once, all or none; how many. Those closed meanwhile are left out.

        Raises what `append` raises but Refused('alarm_closed').
        """
        until, done = _checked(verb, by, at, note, until), 0
        with self._db.session() as session:
            for alarm_id in alarm_ids:
                try:
                    _append(session, alarm_id, verb, by, at, note, until)
                except Refused:
                    continue
                done += 1
        return done

    def waiting(self) -> tuple[ActionRow, ...]:
        """Actions that the collector hasn't answered, oldest first."""
        with self._db.session() as session:
            return tuple(ActionRow(*row) for row in session.execute(_WAITING))

    def taken(
        self, stations: Iterable[int], since: datetime
    ) -> list[tuple[datetime, tuple[str, str, int | None, int], ActionRow]]:
        """(when it was applied, the alarm's key, the step) of steps on alarms of these stations,
        and on permits that touch them, that were applied after `since`, in their order."""
        wanted = list(stations)
        everywhere = Permit.id.is_not(None) & Permit.station_id.is_(None)
        query = (
            _STEPS.add_columns(
                Action.applied_at,
                func.coalesce(Alarm.rule, ""),
                func.coalesce(Alarm.place, ""),
                Alarm.station_id,
                func.coalesce(Alarm.district_id, 0),
            )
            .outerjoin(Alarm, Alarm.id == Action.alarm_id)
            .where(Alarm.station_id.in_(wanted) | Permit.station_id.in_(wanted) | everywhere)
            .where(Action.applied_at > since)
            .where(Action.refused == "")
        )
        with self._db.session() as session:
            return [
                (at, (rule, place, station, district), ActionRow(*step))
                for *step, at, rule, place, station, district in session.execute(query)
            ]

    def refused(self, alarm_id: int) -> tuple[RefusedRow, ...]:
        """What was asked of an alarm and the collector didn't do, oldest first. The caller has
        found the alarm within the person's scope."""
        query = (
            select(Action.at, Action.username, Action.verb, Action.refused)
            .where(Action.alarm_id == alarm_id, Action.refused != "")
            .order_by(Action.id)
        )
        with self._db.session() as session:
            return tuple(RefusedRow(*row) for row in session.execute(query))

    def applied(self, id: int, at: datetime, refused: str = "") -> None:
        """The collector's answer; `refused` says why the engine didn't do it."""
        answer = update(Action).where(Action.id == id).values(applied_at=at, refused=refused)
        with self._db.session() as session:
            session.execute(answer)


def _checked(
    verb: str, by: UserRow, at: datetime, note: str, until: datetime | None
) -> datetime | None:
    """Right and terms; the end of a shelving."""
    require(by, VERBS[verb])
    if verb != "shelve":
        return None
    terms = alarm_life().shelve
    if not note.strip():
        raise Refused("shelve_reason")
    until = at + timedelta(hours=terms.hours) if until is None else until
    if not timedelta() < until - at <= timedelta(hours=terms.most_hours):
        raise Refused("shelve_long", hours=round(terms.most_hours))
    return until


def _append(
    session: Session, alarm_id: int, verb: str, by: UserRow, at: datetime, note: str,
    until: datetime | None,
) -> int:  # fmt: skip
    found = session.execute(_in_reach(alarm_id, by)).first()
    if found is None:
        raise NotFound("alarm", alarm_id)
    if found.closed_at is not None:
        raise Refused("alarm_closed")
    same = select(Action.id).where(
        Action.alarm_id == alarm_id, Action.verb == verb, Action.applied_at.is_(None)
    )
    waiting = session.scalars(same).first()
    if waiting is not None:
        return waiting
    new = insert(Action).values(
        at=at, username=by.username, verb=verb, alarm_id=alarm_id, note=note, until_at=until
    )
    id = session.scalars(new.returning(Action.id)).one()
    ends = {} if until is None else {"until": until.isoformat()}
    record(session, by.username, f"alarm.{verb}", str(alarm_id), at, note=note, **ends)
    return id


def _in_reach(alarm_id: int, by: UserRow) -> Select[datetime | None]:
    query = select(Alarm.closed_at).where(Alarm.id == alarm_id)
    return query if by.district_id is None else query.where(Alarm.district_id == by.district_id)
