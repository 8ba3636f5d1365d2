"""People's steps on alarms: the collector applies them at a second of its clock and answers."""

from __future__ import annotations

from analytics.alarm_life import Alarm, Life
from data.actions import ActionRow, Actions
from ingest.alarm_records import moment


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
    if alarm is None:
        return "alarm_closed"
    at = round(action.at.timestamp() * 1000)
    do = life.reset if action.verb == "reset" else life.acknowledge
    return do(alarm, at, action.username, action.note)
