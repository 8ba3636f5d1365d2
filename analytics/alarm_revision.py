"""What late data change in the journal: alarms judged anew laid over those that were told.

An alarm that was told and one that was judged are the same when they are of the same rule and place
and their times touch. What only the new judgement has began and ended unseen: it is historic and
told to nobody, unless it is still active. What only the journal has wasn't so and is withdrawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analytics.alarm import Alarm
from analytics.alarm_life import Life

_FACTS = (
    "raw_ms", "active_ms", "raised_ms", "crossed_ms", "cleared_ms", "value", "limit", "peak",
    "level", "count", "lifted", "turns",
)  # fmt: skip
LATE, WITHDRAWN = "late data", "withdrawn"
"""Notes of an alarm that late data have changed, and of one that they show wasn't so."""


def revise(
    life: Life, told: Sequence[Alarm], judged: Sequence[Alarm], now_ms: int, near_ms: int = 60_000
) -> None:
    """Make the journal of some stations what has been judged.

    told: their alarms since the checkpoint, those that are open the very objects of `life`.
    judged: what a run over all data made of the same time; its objects are taken over. Two alarms
    whose times don't touch are the same when they began within `near_ms`.
    """
    same = {new: old for old, new in match(told, judged, near_ms)}
    kept, family = set(same.values()), set(judged)
    for one in told:
        if one not in kept and life.open.get(one.key) is one:
            life.dismiss(one, now_ms, WITHDRAWN)
    for new in sorted(judged, key=lambda one: one.active_ms):
        parent = same.get(new.parent, new.parent) if new.parent in family else None
        old = same.get(new)
        if old is None:
            new.historic, new.parent = not new.active, parent
            life.recast(new, now_ms if new.cleared_ms is None else new.cleared_ms)
            continue
        before = [getattr(old, name) for name in _FACTS]
        for name in _FACTS:
            setattr(old, name, getattr(new, name))
        if old.acknowledged_ms is None:
            old.acknowledged_ms, old.acknowledged_by = new.acknowledged_ms, new.acknowledged_by
        if old.parent is None or old.parent in kept:
            old.parent = parent
        if before != [getattr(old, name) for name in _FACTS]:
            life.recast(old, now_ms, LATE)


def match(
    told: Iterable[Alarm], judged: Sequence[Alarm], near_ms: int
) -> list[tuple[Alarm, Alarm]]:
    """(told, judged) that are one alarm, each at most once; of several the nearest beginnings."""
    known = [(old, new) for old in told for new in judged if _same(old, new, near_ms)]
    known.sort(key=lambda pair: (pair[0].id != pair[1].id, abs(_apart(*pair)), pair[1].active_ms))
    found: list[tuple[Alarm, Alarm]] = []
    taken: set[Alarm] = set()
    for old, new in known:
        if old not in taken and new not in taken:
            taken |= {old, new}
            found.append((old, new))
    return found


def _same(old: Alarm, new: Alarm, near_ms: int) -> bool:
    if old.key != new.key or (new.id is not None and new.id != old.id):
        return False
    touch = old.active_ms <= _end(new) and new.active_ms <= _end(old)
    return new.id is not None or touch or abs(_apart(old, new)) <= near_ms


def _apart(old: Alarm, new: Alarm) -> int:
    return old.active_ms - new.active_ms


def _end(alarm: Alarm) -> float:
    return float("inf") if alarm.cleared_ms is None else alarm.cleared_ms
