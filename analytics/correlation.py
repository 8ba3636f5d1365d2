"""Which alarm explains which: one power cut is one alarm, not six. (docs/alarms.md)

A parent suppresses the alarms that it explains and that began around its own beginning. They go on
being evaluated and may clear; when the parent has cleared and they are still true after their own
delay, at least RELEASE_MS, they are released. A parent that is itself explained passes on what its
own parent explains as well, so that one alarm stands above all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.alarm import OUT_OF_SERVICE, SUPPRESSED, Alarm
from analytics.alarm_life import Life

RELEASE_MS = 120_000


@dataclass(frozen=True)
class Explanation:
    """What an alarm of a rule explains, by when it began."""

    rules: frozenset[str]
    """Of the same station; of all stations of the district when the alarm is the district's."""
    before_ms: int
    """How much earlier than the parent's a child's condition may have become true."""
    after_ms: int | None
    """How much later; None = as long as the parent is active."""
    same_place: bool = False
    """Only what is said of the very same pump, tank or zone."""

    def covers(self, parent: Alarm, child: Alarm) -> bool:
        later = child.crossed_ms - parent.crossed_ms
        return (
            child.rule in self.rules
            and later >= -self.before_ms
            and (self.after_ms is None or later <= self.after_ms)
            and (not self.same_place or child.place == parent.place)
        )


@dataclass(frozen=True)
class Gathering:
    """Alarms of one rule at many stations of a district are one alarm of the district."""

    rule: str
    """Of the district's alarm, which explains theirs."""
    counted: str
    least: int
    """Stations that it takes."""
    window_ms: int
    """How far their beginnings may lie apart from the newest's."""
    level: int
    version: int = 1

    def over(self, left: int) -> bool:
        """Whether so few stations are left that it isn't the district's any more."""
        return 2 * left < self.least


class Correlation:
    """Finds parents by rule; holds no state but that of the alarms."""

    def __init__(
        self,
        explanations: Mapping[str, Sequence[Explanation]],
        gatherings: Sequence[Gathering] = (),
    ) -> None:
        self._explanations = explanations
        self._of_area = {one.rule: one for one in gatherings}
        self._counted = {one.counted: one for one in gatherings}

    def raised(self, life: Life, alarm: Alarm, ms: int) -> list[Alarm]:
        """A newly raised alarm finds its parent, and takes the open alarms that it explains. When
        it is one too many of its kind in a district, that has an alarm of its own: returned."""
        self._relate(life, alarm, ms)
        area = self._gathered(life, alarm, ms)
        if area is None:
            return []
        self._relate(life, area, ms)
        return [area]

    def _gathered(self, life: Life, alarm: Alarm, ms: int) -> Alarm | None:
        one = self._counted.get(alarm.rule)
        if one is None or alarm.station is None:
            return None
        known = life.open.get((one.rule, "", None, alarm.district))
        if known is not None and known.active:
            return None
        begun = {
            other.station: other.crossed_ms
            for other in life.of_district[alarm.district].values()
            if other.rule == one.counted
            and _explaining(other)
            and abs(other.crossed_ms - alarm.crossed_ms) <= one.window_ms
        }
        if len(begun) < one.least:
            return None
        return life.raised(
            Alarm(
                rule=one.rule, station=None, district=alarm.district, place="", point="",
                level=one.level, raw_ms=min(begun.values()), active_ms=ms, value=float(len(begun)),
                limit=float(one.least), peak=float(len(begun)), version=one.version,
            )
        )  # fmt: skip

    def _relate(self, life: Life, alarm: Alarm, ms: int) -> None:
        parent = self._parent(life, alarm)
        if parent is not None:
            self._adopt(life, parent, alarm, ms)
        if alarm.rule not in self._explanations or alarm.state == OUT_OF_SERVICE:
            return
        around = life.of_district if alarm.station is None else life.of_station
        subject = alarm.district if alarm.station is None else alarm.station
        above = _above(alarm)
        for child in list(around.get(subject, {}).values()):
            told = child.active and child.parent is None and child not in above
            if told and self._explains(alarm, child):
                self._adopt(life, alarm, child, ms)

    def release(self, life: Life, now_ms: int) -> None:
        """End the alarms of areas that few stations are left of; let go of the alarms whose parents
        cleared long enough ago, or give them to another."""
        for area in [one for own in life.of_area.values() for one in own.values() if one.active]:
            gathering = self._of_area.get(area.rule)
            if gathering is not None and gathering.over(_left(life, area)):
                life.cleared(area.key, now_ms, float(area.count))
        for alarm in [one for one in life.open.values() if one.state == SUPPRESSED]:
            parent = alarm.parent
            if parent is not None and _explaining(parent):
                continue
            since = parent.cleared_ms if parent is not None else None
            delay = max(life.policies[alarm.rule].on_ms, RELEASE_MS)
            if since is not None and now_ms - since < delay:
                continue
            other = self._parent(life, alarm)
            if other is None:
                life.release(alarm, now_ms)
            else:
                self._adopt(life, other, alarm, now_ms)

    def _adopt(self, life: Life, parent: Alarm, child: Alarm, ms: int) -> None:
        life.suppress(child, parent, ms)
        for own in self._children(life, child):
            if self._explains(parent, own):
                life.suppress(own, parent, ms)
        if parent.station is None:
            family = life.of_district[parent.district].values()
            parent.count = max(parent.count, sum(one.parent is parent for one in family))
            if parent.rule in self._of_area:
                parent.peak = max(parent.peak, float(parent.count))
            life.changed[parent] = None

    def _children(self, life: Life, alarm: Alarm) -> list[Alarm]:
        """What hangs on this alarm."""
        if alarm.rule not in self._explanations or alarm.station is None:
            return []
        family = life.of_station.get(alarm.station, {}).values()
        return [one for one in family if one.state == SUPPRESSED and one.parent is alarm]

    def _parent(self, life: Life, alarm: Alarm) -> Alarm | None:
        """The active alarm that explains this one: the area's before the station's, one that is
        told before one that another explains, then the earliest."""
        if alarm.station is None:
            return None
        around = (
            *life.of_area.get(alarm.district, {}).values(),
            *life.of_station.get(alarm.station, {}).values(),
        )
        found = [one for one in around if _explaining(one) and self._explains(one, alarm)]
        best = min(found, key=_rank, default=None)
        above = best.parent if best is not None and best.state == SUPPRESSED else None
        if above is not None and _explaining(above) and self._explains(above, alarm):
            return above
        return best

    def _explains(self, parent: Alarm, child: Alarm) -> bool:
        if parent is child or child.station is None:
            return False
        explanations = self._explanations.get(parent.rule, ())
        return any(explanation.covers(parent, child) for explanation in explanations)


def _left(life: Life, area: Alarm) -> int:
    """Alarms that last and are this one's own."""
    family = life.of_district[area.district].values()
    return sum(one.parent is area and one.active for one in family)


def _explaining(parent: Alarm) -> bool:
    """What is out of service says nothing: its contact may be wired the wrong way round."""
    return parent.active and parent.state != OUT_OF_SERVICE


def _above(alarm: Alarm) -> list[Alarm]:
    """All that explain it: a rule may explain itself at another pump, but never in a ring."""
    found: list[Alarm] = []
    while alarm.parent is not None and alarm.parent not in found:
        alarm = alarm.parent
        found.append(alarm)
    return found


def _rank(parent: Alarm) -> tuple[bool, bool, int]:
    return parent.station is not None, parent.state == SUPPRESSED, parent.crossed_ms
