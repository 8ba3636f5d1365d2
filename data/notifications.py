"""The door to notifications: what was told to whom, by which channel, and what became of it.

A message is one row a person and route. The collector makes and sends them; each step of a delivery
is written down before it is taken, so that a restart neither loses a message nor sends it twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, or_, select, update

from data.audit import record
from data.channels import ContactRow
from data.database import Database
from data.rights import require
from data.tables import Action, Alarm
from data.telling_tables import Notification
from data.users import UserRow

APP, WAIT = "app", "digest"
"""Routes: within the cockpit; of what waits for a digest."""
OVER = timedelta(hours=2)
"""An alarm that was closed so long ago is told of no more."""


@dataclass(frozen=True)
class NotificationRow:
    """One message to one person by one route; fields as in telling_tables.Notification."""

    id: int
    key: str
    username: str
    route: str
    kind: str
    alarm_id: int | None
    alarms: list[int]
    level: int
    why: Mapping[str, Any]
    title: str
    body: str
    state: str
    deferred: str
    contact_id: int | None
    channel: str
    tried: list[int]
    tries: int
    error: str
    created_at: datetime
    next_at: datetime | None
    sent_at: datetime | None
    seen_at: datetime | None


@dataclass(frozen=True)
class OpenAlarm:
    """What telling needs of an alarm; `asked`: an acknowledge waits for the collector."""

    id: int
    rule: str
    level: int
    state: str
    district_id: int
    active_at: datetime
    cleared_at: datetime | None
    parent_id: int | None
    historic: bool
    asked: bool


_ROW = [getattr(Notification, f.name) for f in fields(NotificationRow)]
_ASKED = (
    select(Action.id)
    .where(Action.alarm_id == Alarm.id, Action.applied_at.is_(None), Action.verb == "acknowledge")
    .exists()
)
_OPEN: list[Any] = [getattr(Alarm, f.name) for f in fields(OpenAlarm) if f.name != "asked"]


class Notifications:
    """Messages and their delivery."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def alarms(self, now: datetime) -> list[OpenAlarm]:
        """Alarms that are open or were closed a short while ago."""
        query: Select[Any] = select(*_OPEN, _ASKED).where(
            or_(Alarm.closed_at.is_(None), Alarm.closed_at > now - OVER)
        )
        with self._db.session() as session:
            return [OpenAlarm(*row) for row in session.execute(query)]

    def told(self, since: datetime, alarms: Sequence[int]) -> list[NotificationRow]:
        """What was told since then, what waits, and everything of `alarms`; tests left out."""
        found: dict[int, NotificationRow] = {}
        recent = or_(Notification.created_at >= since, Notification.state == "deferred")
        parts = [list(alarms[n : n + 500]) for n in range(0, len(alarms), 500)]
        for where in (recent, *(Notification.alarm_id.in_(part) for part in parts)):
            query = select(*_ROW).where(where, Notification.kind != "test")
            found |= {row.id: row for row in self._rows(query)}
        return [found[id] for id in sorted(found)]

    def add(
        self,
        rows: Sequence[Mapping[str, Any]],
        covered: Sequence[tuple[str, str]],
        at: datetime,
    ) -> None:
        """New messages (columns by name), and (key, username) of what their digests tell, in one
        transaction. Raises sqlalchemy's IntegrityError for what was told already."""
        with self._db.session() as session:
            if rows:
                session.execute(insert(Notification), list(rows))
            for key, username in covered:
                session.execute(
                    update(Notification)
                    .where(
                        Notification.key == key,
                        Notification.username == username,
                        Notification.state == "deferred",
                    )
                    .values(state="digested", sent_at=at)
                )

    def order_test(self, by: UserRow, contact: ContactRow, title: str, at: datetime) -> int:
        """A test message to one's own contact, or by an administrator to anybody's."""
        key = f"test:{contact.id}:{at.isoformat(timespec='seconds')}"
        values = {
            "key": key, "username": contact.username, "route": contact.kind, "kind": "test",
            "level": 4, "title": title, "body": title, "state": "queued", "contact_id": contact.id,
            "channel": contact.channel, "created_at": at, "next_at": at,
            "why": {"how": "test", "by": by.username}, "alarms": [], "tried": [],
        }  # fmt: skip
        with self._db.session() as session:
            new = insert(Notification).values(values).returning(Notification.id)
            id = session.scalars(new).one()
            record(session, by.username, "contact.test", contact.username, at, contact=contact.id)
        return id

    def due(self, now: datetime, most: int, without: Sequence[str] = ()) -> list[NotificationRow]:
        """Messages to be sent now, the worst and oldest first, but for channels of `without`."""
        query = (
            select(*_ROW)
            .where(
                Notification.state.in_(("queued", "failed")),
                Notification.route != APP,
                Notification.next_at <= now,
                Notification.channel.not_in(without),
            )
            .order_by(Notification.level, Notification.id)
            .limit(most)
        )
        return self._rows(query)

    def siblings(self, row: NotificationRow) -> list[NotificationRow]:
        """The other routes of the same message to the same person."""
        same = (Notification.key == row.key, Notification.username == row.username)
        return self._rows(select(*_ROW).where(*same, Notification.id != row.id))

    def interrupted(self) -> list[NotificationRow]:
        """What was being handed over when the collector stopped: it may have arrived or not."""
        return self._rows(select(*_ROW).where(Notification.state == "sending"))

    def begin(self, id: int) -> bool:
        """Take a message for sending; False when it isn't waiting any more."""
        change = (
            update(Notification)
            .where(Notification.id == id, Notification.state.in_(("queued", "failed")))
            .values(state="sending", tries=Notification.tries + 1)
            .returning(Notification.id)
        )
        with self._db.session() as session:
            return session.scalars(change).first() is not None

    def end(self, id: int, state: str, **values: Any) -> None:
        """What became of a message."""
        with self._db.session() as session:
            session.execute(
                update(Notification).where(Notification.id == id).values(state=state, **values)
            )

    def waiting_for(self, alarm_id: int) -> bool:
        """Whether this alarm lasts or is latched, and no person has acknowledged it."""
        query = select(Alarm.state, Alarm.acknowledged_by, _ASKED).where(Alarm.id == alarm_id)
        with self._db.session() as session:
            found = session.execute(query).first()
        if found is None:
            return False
        state, person, asked = found
        by_itself = state == "acknowledged" and not person
        return (state in ("unacknowledged", "latched") or by_itself) and not asked

    def of(self, user: UserRow, limit: int = 200) -> list[NotificationRow]:
        """A person's own messages, one row each, newest first: those in the app."""
        query = select(*_ROW).where(
            Notification.username == user.username, Notification.route == APP
        )
        return self._rows(query.order_by(Notification.id.desc()).limit(limit))

    def told_to(self, user: UserRow, alarms: Sequence[int]) -> set[int]:
        """Those of `alarms` that this person was told of."""
        query = select(Notification.alarm_id).where(
            Notification.username == user.username, Notification.alarm_id.in_(list(alarms)[:500])
        )
        with self._db.session() as session:
            return {id for id in session.scalars(query) if id is not None} if alarms else set()

    def unseen(self, user: UserRow) -> int:
        """Own messages that weren't looked at."""
        query = select(func.count()).where(
            Notification.username == user.username,
            Notification.route == APP,
            Notification.seen_at.is_(None),
        )
        with self._db.session() as session:
            return session.scalar(query) or 0

    def see(self, user: UserRow, at: datetime) -> None:
        """The person has looked at the own list."""
        mine = (Notification.username == user.username, Notification.seen_at.is_(None))
        with self._db.session() as session:
            session.execute(
                update(Notification).where(*mine, Notification.route == APP).values(seen_at=at)
            )

    def log(self, by: UserRow, since: datetime, limit: int = 1000) -> list[NotificationRow]:
        """Every message since then, newest first, of alarms in the person's scope; tests are shown
        to who may see the whole city. Raises Forbidden."""
        require(by, "on_call.log")
        query = select(*_ROW).where(Notification.created_at >= since)
        if by.district_id is not None:
            query = query.join(Alarm, Alarm.id == Notification.alarm_id).where(
                Alarm.district_id == by.district_id
            )
        return self._rows(query.order_by(Notification.id.desc()).limit(limit))

    def _rows(self, query: Select[Any]) -> list[NotificationRow]:
        with self._db.session() as session:
            return [NotificationRow(*row) for row in session.execute(query)]
