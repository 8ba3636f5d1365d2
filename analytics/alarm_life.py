"""The life of alarms after ISA-18.2 / OPC UA Part 9: what becomes of one, step by step.

    unacknowledged -> acknowledged -> closed      active and seen, then over
    unacknowledged -> returned -> closed          over before anybody saw it, then seen
    ... -> latched -> closed                      over, but a person has to reset it
    suppressed -> closed | unacknowledged         explained by its parent, until it is released

Only the condition and people move an alarm; suppression never stops its evaluation or clearing.
Times are UTC ms. Nothing here is stored: `changed` and `events` say what has to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

UNACKNOWLEDGED, ACKNOWLEDGED, RETURNED = "unacknowledged", "acknowledged", "returned"
LATCHED, SUPPRESSED, CLOSED = "latched", "suppressed", "closed"
WAITING = (UNACKNOWLEDGED, RETURNED, LATCHED)
"""States that wait for a person."""

Key = tuple[str, str, int | None, int]
"""Rule, place, station id (None = the whole district), district id: one open alarm for each."""


@dataclass(frozen=True)
class Policy:
    """What a rule says of the life of its alarms."""

    on_ms: int = 0
    fold_ms: int = 300_000
    latched: bool = False


@dataclass(eq=False, slots=True)
class Alarm:
    """One alarm; several activations close to each other are one, with a count."""

    rule: str
    station: int | None
    district: int
    place: str
    point: str
    level: int
    raw_ms: int
    """The condition's first crossing."""
    active_ms: int
    value: float
    limit: float
    peak: float
    state: str = UNACKNOWLEDGED
    version: int = 1
    crossed_ms: int = 0
    """First crossing of the latest activation."""
    raised_ms: int = 0
    """When the latest activation was raised."""
    acknowledged_ms: int | None = None
    cleared_ms: int | None = None
    closed_ms: int | None = None
    acknowledged_by: str = ""
    note: str = ""
    count: int = 1
    parent: Alarm | None = None
    id: int | None = None
    """Of the stored row; None as long as there is none."""
    order: int | None = None
    """Work order."""
    by_person: bool = False
    """A person has closed it, so that the next activation is a new alarm."""

    def __post_init__(self) -> None:
        self.crossed_ms = self.crossed_ms or self.raw_ms
        self.raised_ms = self.raised_ms or self.active_ms

    @property
    def key(self) -> Key:
        return self.rule, self.place, self.station, self.district

    @property
    def active(self) -> bool:
        return self.cleared_ms is None


@dataclass(frozen=True)
class Event:
    """One line of an alarm's journal."""

    alarm: Alarm
    ms: int
    state: str
    username: str = ""
    note: str = ""


@dataclass
class Life:
    """All alarms that aren't closed, and those closed a moment ago."""

    policies: Mapping[str, Policy]
    open: dict[Key, Alarm] = field(default_factory=dict)
    of_station: dict[int, dict[Key, Alarm]] = field(default_factory=dict)
    of_district: dict[int, dict[Key, Alarm]] = field(default_factory=dict)
    of_area: dict[int, dict[Key, Alarm]] = field(default_factory=dict)
    """Those of the district itself, not of its stations."""
    changed: dict[Alarm, None] = field(default_factory=dict)
    """Alarms that differ from their stored rows, in the order in which they changed."""
    events: list[Event] = field(default_factory=list)
    _closed: dict[Key, Alarm] = field(default_factory=dict)

    def load(self, alarms: Iterable[Alarm]) -> None:
        """Take over stored alarms, open or closed lately, without calling them changed."""
        for alarm in alarms:
            if alarm.state == CLOSED:
                self._closed[alarm.key] = alarm
            else:
                self._enter(alarm)

    def raised(self, new: Alarm) -> Alarm:
        """A condition has become true for its delay: a new alarm, or the same as a moment ago."""
        found = self.open.get(new.key) or self._closed.pop(new.key, None)
        if found is not None and not self._foldable(found, new.active_ms):
            if found.state != CLOSED:
                self._close(found, new.active_ms, note="superseded")
            found = None
        if found is None:
            self._enter(new)
            self._moved(new, new.active_ms, UNACKNOWLEDGED)
            return new
        seen = found.acknowledged_ms is not None and new.level >= found.level
        found.count += 1
        found.level = min(found.level, new.level)
        found.crossed_ms, found.raised_ms = new.raw_ms, new.active_ms
        found.cleared_ms, found.closed_ms = None, None
        found.value, found.limit = new.value, new.limit
        self._enter(found)
        state = ACKNOWLEDGED if seen else UNACKNOWLEDGED
        self._moved(found, new.active_ms, state, note=f"count {found.count}")
        return found

    def worsened(self, key: Key, ms: int, level: int) -> Alarm | None:
        """It has become worse: whoever has seen it has not seen this."""
        alarm = self.open.get(key)
        if alarm is None or not alarm.active or level >= alarm.level:
            return None
        alarm.level, alarm.acknowledged_ms = level, None
        state = SUPPRESSED if alarm.state == SUPPRESSED else UNACKNOWLEDGED
        self._moved(alarm, ms, state, note=f"level {level}")
        return alarm

    def cleared(self, key: Key, ms: int, peak: float) -> Alarm | None:
        """Its condition is over."""
        alarm = self.open.get(key)
        if alarm is None or not alarm.active:
            return None
        alarm.cleared_ms, alarm.peak = ms, peak
        if self.policies[alarm.rule].latched:
            self._moved(alarm, ms, LATCHED)
        elif alarm.state == UNACKNOWLEDGED:
            self._moved(alarm, ms, RETURNED)
        else:
            self._close(alarm, ms)
        return alarm

    def acknowledge(self, alarm: Alarm, ms: int, by: str, note: str = "") -> str:
        """Somebody has seen it. Why that can't be, or ''; once more is no harm."""
        if alarm.state in (CLOSED, SUPPRESSED):
            return f"alarm_{alarm.state}"
        if alarm.acknowledged_ms is None:
            alarm.acknowledged_ms, alarm.acknowledged_by, alarm.note = ms, by, note
            if alarm.state == RETURNED:
                self._close(alarm, ms, by, note)
            else:
                state = LATCHED if alarm.state == LATCHED else ACKNOWLEDGED
                self._moved(alarm, ms, state, by, note)
        return ""

    def reset(self, alarm: Alarm, ms: int, by: str, note: str = "") -> str:
        """Somebody lets a latched alarm go. Why that can't be, or ''."""
        if alarm.state == CLOSED:
            return "alarm_closed"
        if alarm.state != LATCHED:
            return "alarm_active" if self.policies[alarm.rule].latched else "alarm_not_latched"
        if alarm.acknowledged_ms is None:
            alarm.acknowledged_ms, alarm.acknowledged_by = ms, by
        alarm.note = note or alarm.note
        self._close(alarm, ms, by, note)
        return ""

    def suppress(self, alarm: Alarm, parent: Alarm, ms: int) -> None:
        """Another alarm explains this one."""
        alarm.parent = parent
        self._moved(alarm, ms, SUPPRESSED)

    def release(self, alarm: Alarm, ms: int) -> None:
        """Nothing explains it any more."""
        alarm.parent = None
        seen = alarm.acknowledged_ms is not None
        self._moved(alarm, ms, ACKNOWLEDGED if seen else UNACKNOWLEDGED, note="released")

    def dismiss(self, alarm: Alarm, ms: int) -> None:
        """Nobody evaluates it any more: its rule or its station is gone."""
        self._close(alarm, ms, note="dismissed")

    def forget(self, before_ms: int) -> None:
        """Drop closed alarms that nothing can be folded into any more."""
        old = [k for k, alarm in self._closed.items() if (alarm.cleared_ms or 0) < before_ms]
        for key in old:
            del self._closed[key]

    def _foldable(self, alarm: Alarm, ms: int) -> bool:
        gap = ms - (alarm.cleared_ms if alarm.cleared_ms is not None else ms)
        return not alarm.by_person and gap <= self.policies[alarm.rule].fold_ms

    def _enter(self, alarm: Alarm) -> None:
        for index in self._indexes(alarm):
            index[alarm.key] = alarm

    def _indexes(self, alarm: Alarm) -> tuple[dict[Key, Alarm], ...]:
        if alarm.station is None:
            own = self.of_area.setdefault(alarm.district, {})
        else:
            own = self.of_station.setdefault(alarm.station, {})
        return self.open, self.of_district.setdefault(alarm.district, {}), own

    def _close(self, alarm: Alarm, ms: int, by: str = "", note: str = "") -> None:
        alarm.closed_ms, alarm.by_person = ms, bool(by)
        alarm.cleared_ms = ms if alarm.cleared_ms is None else alarm.cleared_ms
        for index in self._indexes(alarm):
            del index[alarm.key]
        self._closed[alarm.key] = alarm
        self._moved(alarm, ms, CLOSED, by, note)

    def _moved(self, alarm: Alarm, ms: int, state: str, by: str = "", note: str = "") -> None:
        alarm.state = state
        self.changed[alarm] = None
        self.events.append(Event(alarm, ms, state, by, note))
