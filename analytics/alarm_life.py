"""The life of alarms after ISA-18.2 / OPC UA Part 9: what becomes of one, step by step.

    unacknowledged -> acknowledged -> closed      active and seen, then over
    unacknowledged -> returned -> closed          over before anybody saw it, then seen
    ... -> latched -> closed                      over, but a person has to reset it
    suppressed -> closed | unacknowledged         explained by its parent, until it is released
    shelved -> whatever its condition says        by a person for a time; it comes back by itself
    out_of_service -> whatever it says            by permit, until that ends

A state follows from the alarm's facts (alarm.state_of); the condition, people and the clock that
`tick` tells move it. What is hidden goes on being evaluated, counted and cleared. Times are UTC ms.
Nothing here is stored: `changed` and `events` say what has to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from analytics.alarm import (
    ACKNOWLEDGED,
    CLOSED,
    HIDDEN,
    LATCHED,
    OUT_OF_SERVICE,
    OVERDUE,
    REPEAT,
    RETURNED,
    SHELVED,
    SUPPRESSED,
    Alarm,
    Event,
    Key,
    Policy,
    Terms,
    state_of,
)
from analytics.alarm_index import Index
from analytics.alarm_permits import Permit, Permits
from analytics.alarm_timers import Timers, due_of

__all__ = ["CLOSED", "Alarm", "Event", "Key", "Life", "Policy"]
_NO_POLICY, _NO_TERMS = Policy(), Terms(lifts=False)
"""Of a rule that is no more; of a level that has none."""


class Life(Index):
    """All alarms that aren't closed, and those closed a while ago."""

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        super().__init__()
        self.policies = policies
        self.permits = Permits()
        self.changed: dict[Alarm, None] = {}
        """Alarms that differ from their stored rows, in the order in which they changed."""
        self.events: list[Event] = []
        self._closed: dict[Key, Alarm] = {}
        """As long as something can be folded into them, or they count as repeats."""
        self._timers = Timers()

    def load(self, alarms: Iterable[Alarm], permits: Iterable[Permit] = ()) -> None:
        """Take over stored alarms, open or closed within a day, and permits in force, without
        calling them changed."""
        for permit in permits:
            self.permits.begin(permit)
        recent: dict[Key, tuple[int, ...]] = {}
        for alarm in sorted(alarms, key=lambda one: one.active_ms):
            alarm.recent = alarm.recent or self._recent(alarm, recent.get(alarm.key, ()))
            recent[alarm.key], alarm.due_ms = alarm.recent, None
            if alarm.state == CLOSED:
                self._closed[alarm.key] = alarm
            else:
                alarm.permit = self.permits.covering(alarm)
                self._enter(alarm)
            self._schedule(alarm)
            if alarm.state not in (CLOSED, state_of(alarm, self._policy(alarm))):
                self._timers.set(alarm, 0)

    def tick(self, now_ms: int) -> None:
        """A second is over: what happens by itself."""
        for id in self.permits.over(now_ms):
            self.end_permit(id, now_ms)
        for alarm in self._timers.over(now_ms):
            self._by_itself(alarm, now_ms)

    def raised(self, new: Alarm) -> Alarm:
        """A condition has become true for its delay: a new alarm, or the same as a moment ago."""
        ms = new.active_ms
        before = self.open.get(new.key) or self._closed.pop(new.key, None)
        if before is not None and self._foldable(before, ms):
            return self._again(before, new)
        if before is not None and before.state != CLOSED:
            self._close(before, ms, note="superseded")
        policy = self._policy(new)
        new.recent = self._recent(new, before.recent if before is not None else ())
        new.turned(ms)
        if len(new.recent) >= policy.repeats and not policy.auto:
            new.lift(REPEAT, self._terms(new))
        new.permit = self.permits.covering(new)
        self._enter(new)
        self._settle(new, ms)
        return new

    def worsened(self, key: Key, ms: int, level: int) -> Alarm | None:
        """It has become worse: whoever has seen it has not seen this."""
        alarm = self.open.get(key)
        if alarm is None or not alarm.active or level >= alarm.level + alarm.lifted:
            return None
        alarm.worsen(level)
        self._settle(alarm, ms, note=f"level {alarm.level}")
        return alarm

    def cleared(self, key: Key, ms: int, peak: float) -> Alarm | None:
        """Its condition is over."""
        alarm = self.open.get(key)
        if alarm is None or not alarm.active:
            return None
        alarm.cleared_ms, alarm.peak = ms, peak
        alarm.turned(ms)
        hidden = state_of(alarm, self._policy(alarm)) in HIDDEN
        self._settle(alarm, ms, note="cleared" if hidden else "")
        return alarm

    def acknowledge(self, alarm: Alarm, ms: int, by: str, note: str = "") -> str:
        """Somebody has seen it. Why that can't be, or ''; once more is no harm."""
        if alarm.state in (CLOSED, *HIDDEN):
            return f"alarm_{alarm.state}"
        if alarm.acknowledged_ms is None:
            alarm.acknowledged_ms, alarm.acknowledged_by, alarm.note = ms, by, note
            self._settle(alarm, ms, by, note)
        return ""

    def reset(self, alarm: Alarm, ms: int, by: str, note: str = "") -> str:
        """Somebody lets a latched alarm go. Why that can't be, or ''."""
        if alarm.state == CLOSED:
            return "alarm_closed"
        if alarm.state != LATCHED:
            return "alarm_active" if self._policy(alarm).latched else "alarm_not_latched"
        if alarm.acknowledged_ms is None:
            alarm.acknowledged_ms, alarm.acknowledged_by = ms, by
        alarm.note = note or alarm.note
        self._close(alarm, ms, by, note)
        return ""

    def shelve(self, alarm: Alarm, ms: int, until_ms: int, by: str, note: str) -> str:
        """Somebody puts it aside until then. Why that can't be, or ''."""
        if alarm.state in (CLOSED, OUT_OF_SERVICE):
            return f"alarm_{alarm.state}"
        if until_ms <= ms:
            return "shelved_too_short"
        alarm.shelved_ms, alarm.note = until_ms, note
        self._settle(alarm, ms, by, note)
        return ""

    def unshelve(self, alarm: Alarm, ms: int, by: str = "", note: str = "") -> str:
        """It comes back as what its condition says; what is over had been seen by who shelved it.
        Why that can't be, or ''."""
        if alarm.shelved_ms is None:
            return "alarm_not_shelved"
        alarm.shelved_ms = None
        over = not alarm.active and not self._policy(alarm).latched
        (self._close if over else self._settle)(alarm, ms, by, note or "unshelved")
        return ""

    def begin_permit(self, permit: Permit, ms: int, by: str = "", note: str = "") -> None:
        """What it covers is out of service from now on."""
        self.permits.begin(permit)
        if permit.kind == OUT_OF_SERVICE:
            for alarm in [one for one in self.open.values() if permit.covers(one)]:
                if alarm.permit is None:
                    alarm.permit = permit.id
                    self._settle(alarm, ms, by, note)

    def end_permit(self, id: int, ms: int, by: str = "") -> None:
        """Its time is over, or somebody ends it: what it covered is back in service."""
        self.permits.end(id)
        for alarm in [one for one in self.open.values() if one.permit == id]:
            alarm.permit = self.permits.covering(alarm)
            self._settle(alarm, ms, by, "in_service")

    def suppress(self, alarm: Alarm, parent: Alarm, ms: int) -> None:
        """Another alarm explains this one."""
        alarm.parent = parent
        self._settle(alarm, ms)

    def release(self, alarm: Alarm, ms: int) -> None:
        """Nothing explains it any more."""
        alarm.parent = None
        self._settle(alarm, ms, note="released")

    def dismiss(self, alarm: Alarm, ms: int, note: str = "dismissed") -> None:
        """Nobody evaluates it any more: its rule or its station is gone."""
        self._close(alarm, ms, note=note)

    def recast(self, alarm: Alarm, ms: int, note: str = "") -> None:
        """Late data have given it other facts, or have shown it: what follows from them now."""
        alarm.closed_ms = None
        there = self.open.get(alarm.key)
        if there is alarm:
            self._settle(alarm, ms, note=note)
        elif there is not None or state_of(alarm, self._policy(alarm)) == CLOSED:
            alarm.closed_ms = ms
            self._moved(alarm, ms, CLOSED, note=note)
        else:
            self._enter(alarm)
            self._settle(alarm, ms, note=note)

    def quiet_until(self) -> int | None:
        """UTC ms before which nothing happens to any alarm by itself; None = never. Children may
        be released at any second: 0."""
        if any(alarm.state == SUPPRESSED for alarm in self.open.values()):
            return 0
        return self._timers.next_ms

    def known(self) -> list[Alarm]:
        """All that are open or were closed a while ago."""
        return [*self.open.values(), *self._closed.values()]

    def _policy(self, alarm: Alarm) -> Policy:
        return self.policies.get(alarm.rule, _NO_POLICY)

    def _again(self, found: Alarm, new: Alarm) -> Alarm:
        """The same alarm as a moment ago: counted, and seen by whoever had seen it no worse."""
        if new.level < found.level + found.lifted:
            found.worsen(new.level)
        found.count += 1
        found.crossed_ms, found.raised_ms = new.raw_ms, new.active_ms
        found.cleared_ms, found.closed_ms, found.parent = None, None, None
        found.value, found.limit = new.value, new.limit
        found.turned(new.active_ms)
        found.permit = self.permits.covering(found)
        self._enter(found)
        self._settle(found, new.active_ms, note=f"count {found.count}")
        return found

    def _by_itself(self, alarm: Alarm, now_ms: int) -> None:
        """Do what was due by now."""
        restore = self._terms(alarm).restore_ms
        if alarm.state == CLOSED:
            if self._closed.get(alarm.key) is alarm:
                del self._closed[alarm.key]
        elif alarm.shelved_ms is not None and alarm.shelved_ms <= now_ms:
            self.unshelve(alarm, now_ms)
        elif state_of(alarm, self._policy(alarm)) != alarm.state:
            self._settle(alarm, now_ms)
        elif alarm.state == RETURNED:
            self._close(alarm, now_ms, note="unseen")
        elif (
            OVERDUE not in alarm.tags
            and restore is not None
            and alarm.active_ms + restore <= now_ms
        ):
            if alarm.lift(OVERDUE, self._terms(alarm)):
                alarm.acknowledged_ms = None
            self._settle(alarm, now_ms, note=f"overdue, level {alarm.level}")
        elif alarm.state == ACKNOWLEDGED:
            alarm.acknowledged_ms = None
            self._settle(alarm, now_ms, note="again")

    def _terms(self, alarm: Alarm) -> Terms:
        return self._policy(alarm).terms.get(alarm.level, _NO_TERMS)

    def _recent(self, alarm: Alarm, before: tuple[int, ...]) -> tuple[int, ...]:
        policy = self._policy(alarm)
        since = alarm.active_ms - policy.repeats_ms
        return (*(ms for ms in before if ms > since), alarm.active_ms)[-policy.repeats :]

    def _foldable(self, alarm: Alarm, ms: int) -> bool:
        if alarm.state == SHELVED:
            return True
        gap = ms - (alarm.cleared_ms if alarm.cleared_ms is not None else ms)
        return not alarm.by_person and gap <= self._policy(alarm).fold_ms

    def _settle(self, alarm: Alarm, ms: int, by: str = "", note: str = "") -> None:
        """The state that follows from its facts now."""
        state = state_of(alarm, self._policy(alarm))
        if state == CLOSED:
            self._close(alarm, ms, by, note)
        else:
            self._moved(alarm, ms, state, by, note)

    def _close(self, alarm: Alarm, ms: int, by: str = "", note: str = "") -> None:
        alarm.closed_ms, alarm.by_person, alarm.shelved_ms = ms, bool(by), None
        alarm.cleared_ms = ms if alarm.cleared_ms is None else alarm.cleared_ms
        self._leave(alarm)
        self._closed[alarm.key] = alarm
        self._moved(alarm, ms, CLOSED, by, note)

    def _moved(self, alarm: Alarm, ms: int, state: str, by: str = "", note: str = "") -> None:
        alarm.state = state
        self.changed[alarm] = None
        self.events.append(Event(alarm, ms, state, by, note))
        self._schedule(alarm)

    def _schedule(self, alarm: Alarm) -> None:
        self._timers.set(alarm, due_of(alarm, self._policy(alarm)))
