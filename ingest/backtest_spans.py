"""Alarms of a replay by their places: which stand, and the times around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analytics.alarm_engine import Transition
from ingest.backtest_rows import MINUTE

BEFORE, LONGEST, BEHIND = 120 * MINUTE, 360 * MINUTE, 60 * MINUTE
"""Tied rules are looked at from so long before an alarm's condition, through so much of the alarm,
to so long after it."""
Spot = tuple[int, int, int]
"""Station, from ms, to ms."""


def standing(found: Sequence[Transition]) -> list[Transition]:
    """What was raised and hasn't been cleared, with all that happened to it since."""
    active: dict[tuple[str, str, int], list[Transition]] = {}
    for one in found:
        key = (one.rule, one.place.code, one.subject)
        if one.kind == "cleared":
            active.pop(key, None)
        else:
            active.setdefault(key, []).append(one)
    return [one for some in active.values() for one in some]


def active(found: Sequence[Transition]) -> list[Transition]:
    """The last that happened to each alarm that stands."""
    last = {(one.rule, one.place.code, one.subject): one for one in standing(found)}
    return list(last.values())


def spans(found: Sequence[Sequence[Transition]], start: int, end: int) -> list[Spot]:
    """Times around alarms within [start, end), whole minutes; those that touch are one."""
    alarms = []
    for side in found:
        open_at: dict[tuple[str, int], int] = {}
        for one in side:
            key = one.place.code, one.subject
            if one.kind == "raised":
                open_at[key] = max(one.raw_ms, start)
            elif one.kind == "cleared" and key in open_at:
                alarms.append((one.subject, open_at.pop(key), one.ms))
        alarms += [(subject, raw, end) for (_, subject), raw in open_at.items()]
    merged: list[Spot] = []
    for subject, raw, cleared in sorted(alarms):
        low = (raw - BEFORE) // MINUTE * MINUTE
        high = min(cleared, raw + LONGEST) // MINUTE * MINUTE + BEHIND
        if merged and merged[-1][0] == subject and merged[-1][2] >= low:
            merged[-1] = subject, merged[-1][1], max(high, merged[-1][2])
        else:
            merged.append((subject, low, high))
    return merged


def batches(some: Sequence[Spot], size: int) -> Iterator[Sequence[Spot]]:
    """Those of about the same length together."""
    by_length = sorted(some, key=lambda one: one[2] - one[1])
    for at in range(0, len(by_length), size):
        yield by_length[at : at + size]
