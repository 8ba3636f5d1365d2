"""What a changed rule would have changed: two replays of the same past, side by side.

A replay is the life of the alarms that the engines found in stored samples, with parents and
children, but without people: nobody acknowledges. It is scored against what work orders found at
the recorded alarms: confirmed, or no fault found. (M97 in docs/methods.md)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analytics.alarm import SUPPRESSED, UNACKNOWLEDGED, Alarm
from analytics.alarm_engine import Transition
from analytics.alarm_run import Run
from analytics.correlation import RELEASE_MS

NEAR_MS = 600_000
"""Two alarms of one place are the same event when their times are no further apart."""
TRUE, FALSE, UNKNOWN = "confirmed", "no_fault", ""
FOREVER = 2**62


@dataclass(frozen=True)
class Recorded:
    """An alarm of the records and what its work order found: TRUE, FALSE or UNKNOWN."""

    station: int | None
    place: str
    active_ms: int
    cleared_ms: int | None
    verdict: str


@dataclass(eq=False)
class Replayed:
    """An alarm of a replay and when somebody would have been told of it."""

    alarm: Alarm
    told_ms: list[int] = field(default_factory=list)

    @property
    def span(self) -> tuple[int, int]:
        end = self.alarm.cleared_ms
        return self.alarm.raw_ms, FOREVER if end is None else end


@dataclass(frozen=True)
class Change:
    """One alarm that differs. kind: avoided, new, later (or earlier, when below 0), and of other
    rules freed (told, was explained before) or hidden (explained, was told before)."""

    kind: str
    rule: str
    station: int | None
    place: str
    level: int
    active_ms: int
    cleared_ms: int | None
    verdict: str
    later_s: float | None = None


class Lives:
    """The lives of the alarms of one replay, second by second where something happens."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._alarms: dict[Alarm, Replayed] = {}

    def settle(self, raised: Iterable[Alarm], ms: int) -> None:
        """What was raised up to `ms`, and all that happens by itself until then."""
        for alarm in raised:
            self._alarms.setdefault(alarm, Replayed(alarm))
        life = self.run.life
        self.run.settle(ms)
        for event in life.events:
            again = event.note.startswith("count")  # the same alarm, its count went up
            told = event.state == UNACKNOWLEDGED and event.alarm.state != SUPPRESSED
            if told and not again and event.alarm in self._alarms:
                self._alarms[event.alarm].told_ms.append(event.ms)
        life.events.clear()
        life.changed.clear()

    @property
    def alarms(self) -> list[Replayed]:
        return list(self._alarms.values())


def lived(
    run: Run, found: Iterable[Transition], areas: Iterable[Transition] = ()
) -> list[Replayed]:
    """Let transitions of stations, and of areas, become alarms in the order of their times."""
    ordered = sorted(
        [*((one, True) for one in areas), *((one, False) for one in found)],
        key=lambda pair: pair[0].ms,
    )
    waits = (RELEASE_MS, *sorted({p.on_ms for p in run.life.policies.values()
                                  if p.on_ms > RELEASE_MS}))  # fmt: skip
    cleared = [one.ms for one, _ in ordered if one.kind == "cleared"]
    times = sorted({one.ms for one, _ in ordered} | {ms + wait for ms in cleared for wait in waits})
    lives, at = Lives(run), 0
    for ms in times:
        raised: list[Alarm] = []
        while at < len(ordered) and ordered[at][0].ms <= ms:
            one, area = ordered[at]
            raised += run.take([one], area)
            at += 1
        lives.settle(raised, ms)
    return lives.alarms


def compare(
    rule: str,
    before: Sequence[Replayed],
    after: Sequence[Replayed],
    recorded: Sequence[Recorded],
    woken: tuple[Callable[[Alarm, int], int], Callable[[Alarm, int], int]],
) -> tuple[dict[str, float | None], list[Change]]:
    """Figures of a change of `rule`, and every alarm that differs.

    woken: how many people a message of an alarm at that time gets out of bed, before and after.
    later: s by which the alarms that stay are raised later; None where none stays.
    """
    old, new = ([one for one in some if one.alarm.rule == rule] for some in (before, after))
    known: dict[tuple[int | None, str], list[Recorded]] = {}
    for row in recorded:
        known.setdefault((row.station, row.place), []).append(row)
    verdicts = {one: _verdict(one, known) for one in old}
    partner = _pairs(old, new)
    taken = set(partner.values())
    changes, later, late_true = [], [], []
    for one in old:
        other, verdict = partner.get(one), verdicts[one]
        if other is None:
            changes.append(_change("avoided", one, verdict))
            continue
        seconds = (other.alarm.active_ms - one.alarm.active_ms) / 1000
        later.append(seconds)
        late_true += [seconds] if verdict == TRUE else []
        if seconds:
            changes.append(_change("later", one, verdict, seconds))
    fresh = [one for one in new if one not in taken]
    changes += [_change("new", one, _verdict(one, known)) for one in fresh]
    others = _others(rule, before, after)
    avoided = [change for change in changes if change.kind == "avoided"]
    figures: dict[str, float | None] = {
        "alarms_before": len(old),
        "alarms_after": len(new),
        "avoided": len(avoided),
        "avoided_false": sum(change.verdict == FALSE for change in avoided),
        "lost": sum(change.verdict == TRUE for change in avoided),
        "new": len(fresh),
        "known_true": sum(verdict == TRUE for verdict in verdicts.values()),
        "known_false": sum(verdict == FALSE for verdict in verdicts.values()),
        "later_p50_s": _percentile(later, 50),
        "later_p90_s": _percentile(later, 90),
        "later_true_p90_s": _percentile(late_true, 90),
        "freed": sum(change.kind == "freed" for change in others),
        "hidden": sum(change.kind == "hidden" for change in others),
        "told_before": sum(len(one.told_ms) for one in before),
        "told_after": sum(len(one.told_ms) for one in after),
        "woken_before": _woken(before, woken[0]),
        "woken_after": _woken(after, woken[1]),
    }
    return figures, sorted([*changes, *others], key=lambda change: change.active_ms)


def _pairs(old: Sequence[Replayed], new: Sequence[Replayed]) -> dict[Replayed, Replayed]:
    """For each old alarm the first new one of its place whose time touches it."""
    at: dict[tuple[int | None, int, str], list[Replayed]] = {}
    for one in new:
        at.setdefault(_where(one), []).append(one)
    found: dict[Replayed, Replayed] = {}
    for one in old:
        near = (other for other in at.get(_where(one), ()) if _touch(one.span, other.span))
        other = next(near, None)
        if other is not None:
            found[one] = other
    return found


def _others(rule: str, before: Sequence[Replayed], after: Sequence[Replayed]) -> list[Change]:
    """Alarms of tied rules that are told in one replay only; both have the same alarms."""

    def told(some: Sequence[Replayed]) -> Mapping[tuple[object, ...], Replayed]:
        return {
            (one.alarm.rule, *_where(one), one.alarm.active_ms): one
            for one in some
            if one.alarm.rule != rule and one.told_ms
        }  # fmt: skip

    was, now = told(before), told(after)
    freed = [_change("freed", one, UNKNOWN) for key, one in now.items() if key not in was]
    return freed + [_change("hidden", one, UNKNOWN) for key, one in was.items() if key not in now]


def _verdict(one: Replayed, known: Mapping[tuple[int | None, str], Sequence[Recorded]]) -> str:
    """What the orders of the recorded alarms of this time and place found; a confirmation wins."""
    said = {
        row.verdict
        for row in known.get((one.alarm.station, one.alarm.place), ())
        if _touch(one.span, (row.active_ms, FOREVER if row.cleared_ms is None else row.cleared_ms))
    }
    return TRUE if TRUE in said else FALSE if FALSE in said else UNKNOWN


def _where(one: Replayed) -> tuple[int | None, int, str]:
    return one.alarm.station, one.alarm.district, one.alarm.place


def _touch(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] + NEAR_MS and other[0] <= one[1] + NEAR_MS


def _change(kind: str, one: Replayed, verdict: str, later: float | None = None) -> Change:
    a = one.alarm
    return Change(kind, a.rule, a.station, a.place, a.level, a.active_ms, a.cleared_ms, verdict,
                  later)  # fmt: skip


def _woken(some: Sequence[Replayed], woken: Callable[[Alarm, int], int]) -> int:
    return sum(woken(one.alarm, ms) for one in some for ms in one.told_ms)


def _percentile(values: Sequence[float], percent: float) -> float | None:
    return float(np.percentile(values, percent)) if values else None
