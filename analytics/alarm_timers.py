"""When something happens to an alarm by itself, whatever its condition and people do."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from analytics.alarm import ACKNOWLEDGED, HIDDEN, OVERDUE, RETURNED, Alarm, Policy

_Timer = tuple[int, str, str, int, int, int, Alarm]


class Timers:
    """What is due next of many alarms; in an order that follows from the alarms alone. An alarm's
    `due_ms` is its timer: an entry that says otherwise is an old one."""

    def __init__(self) -> None:
        self._heap: list[_Timer] = []
        self._pushed = 0

    def set(self, alarm: Alarm, due: int | None) -> None:
        if due is not None and due != alarm.due_ms:
            self._pushed += 1
            where = alarm.rule, alarm.place, alarm.station or 0, alarm.district
            heappush(self._heap, (due, *where, self._pushed, alarm))
        alarm.due_ms = due

    @property
    def next_ms(self) -> int | None:
        """Nothing happens by itself before."""
        return self._heap[0][0] if self._heap else None

    def over(self, now_ms: int) -> Iterator[Alarm]:
        """Alarms whose time has come, also those whose timer is set meanwhile."""
        while self._heap and self._heap[0][0] <= now_ms:
            due, *_, alarm = heappop(self._heap)
            if alarm.due_ms == due:
                alarm.due_ms = None
                yield alarm


def due_of(alarm: Alarm, policy: Policy) -> int | None:
    """When something happens to it by itself next, whatever its condition and people do."""
    if alarm.closed_ms is not None:
        ended = alarm.cleared_ms if alarm.cleared_ms is not None else alarm.closed_ms
        return 1 + max(ended + policy.fold_ms, alarm.active_ms + policy.repeats_ms)
    if alarm.shelved_ms is not None:
        return alarm.shelved_ms
    terms = policy.terms.get(alarm.level)
    if terms is None or policy.auto or alarm.state in HIDDEN:
        return None
    times: list[int] = []
    if alarm.state == RETURNED and alarm.cleared_ms is not None and terms.seen_ms is not None:
        times.append(alarm.cleared_ms + terms.seen_ms)
    if alarm.state == ACKNOWLEDGED and terms.again_ms is not None:
        times.append((alarm.acknowledged_ms or alarm.active_ms) + terms.again_ms)
    if alarm.active and OVERDUE not in alarm.tags and terms.restore_ms is not None:
        times.append(alarm.active_ms + terms.restore_ms)
    return min(times, default=None)
