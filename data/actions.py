"""What people ask of alarms; the collector applies it and is the only writer of alarm state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from data.audit import record
from data.database import Database
from data.rights import NotFound, Refused, require
from data.tables import Action, Alarm
from data.users import UserRow

VERBS = {"acknowledge": "alarms.acknowledge", "reset": "alarms.reset"}
"""The right that each verb needs."""

_WAITING = (
    select(Action.id, Action.at, Action.username, Action.verb, Action.alarm_id, Action.note)
    .where(Action.applied_at.is_(None))
    .order_by(Action.id)
)
"""Asked every second, so it is made once."""


@dataclass(frozen=True)
class ActionRow:
    id: int
    at: datetime
    username: str
    verb: str
    alarm_id: int
    note: str


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

    def append(self, alarm_id: int, verb: str, by: UserRow, at: datetime, note: str = "") -> int:
        """Queue `verb` for an open alarm; the id of the action. Asking twice before the collector
        has answered is one action.

        Raises Forbidden (the role), NotFound (no such alarm in the person's scope),
        Refused('alarm_closed').
        """
        require(by, VERBS[verb])
        alarm = select(Alarm.closed_at).where(Alarm.id == alarm_id)
        if by.district_id is not None:
            alarm = alarm.where(Alarm.district_id == by.district_id)
        same = select(Action.id).where(
            Action.alarm_id == alarm_id, Action.verb == verb, Action.applied_at.is_(None)
        )
        with self._db.session() as session:
            found = session.execute(alarm).first()
            if found is None:
                raise NotFound("alarm", alarm_id)
            if found.closed_at is not None:
                raise Refused("alarm_closed")
            waiting = session.scalars(same).first()
            if waiting is not None:
                return waiting
            new = insert(Action).values(
                at=at, username=by.username, verb=verb, alarm_id=alarm_id, note=note
            )
            id = session.scalars(new.returning(Action.id)).one()
            record(session, by.username, f"alarm.{verb}", str(alarm_id), at, note=note)
        return id

    def waiting(self) -> tuple[ActionRow, ...]:
        """Actions that the collector hasn't answered, oldest first."""
        with self._db.session() as session:
            return tuple(ActionRow(*row) for row in session.execute(_WAITING))

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
