"""People's steps on alarms and permits: the collector applies them at a second of its clock and
answers."""

from __future__ import annotations

from collections.abc import Iterable

from analytics.alarm import Alarm
from analytics.alarm_life import Life
from analytics.alarm_permits import Permit
from data.actions import ActionRow, Actions
from data.permits import PermitRow
from ingest.alarm_records import milliseconds, moment


class Answers:
    """The queue's other end. An answer is given only when what it did is stored."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._ready: dict[int, tuple[int, str]] = {}
        """Applied, not answered: action id -> second it was applied at, why it was refused."""

    def apply(self, life: Life, second: int) -> None:
        """Take what waits, oldest first. Raises what the records raise."""
        waiting = [one for one in self._actions.waiting() if one.id not in self._ready]
        alarms = {alarm.id: alarm for alarm in life.open.values()} if waiting else {}
        for one in waiting:
            self._ready[one.id] = second, applied(life, alarms.get(one.alarm_id), one)

    def give(self) -> None:
        """Answer what has been applied and stored. Raises what the records raise."""
        for id, (second, refused) in list(self._ready.items()):
            self._actions.applied(id, moment(second), refused)
            del self._ready[id]


def applied(life: Life, alarm: Alarm | None, action: ActionRow) -> str:
    """Do one step; '' or why it can't be done. None: the alarm isn't open."""
    at, by, note = milliseconds(action.at), action.username, action.note
    if action.permit is not None and action.ends_at is not None:
        if action.verb == "end":
            life.end_permit(action.permit, at, by)
        else:
            until = milliseconds(action.ends_at)
            life.begin_permit(
                Permit(action.permit, action.kind, until, action.rule, action.station_id,
                       action.place),
                at, by, note,
            )  # fmt: skip
        return ""
    if alarm is None:
        return "alarm_closed"
    if action.verb == "shelve" and action.until is not None:
        return life.shelve(alarm, at, milliseconds(action.until), by, note)
    if action.verb == "unshelve":
        return life.unshelve(alarm, at, by, note)
    do = life.reset if action.verb == "reset" else life.acknowledge
    return do(alarm, at, by, note)


def permits(rows: Iterable[PermitRow]) -> list[Permit]:
    """Stored permits as the life of alarms knows them."""
    return [
        Permit(row.id, row.kind, milliseconds(row.until_at), row.rule, row.station_id, row.place)
        for row in rows
    ]
