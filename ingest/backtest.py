"""Replays the stored past for a changed rule and the rules tied to it: before and after.

Group by group and day by day: the changed rule over all stations; then the rules that explain it or
that it explains, only around the alarms that it raised. Their lives are then compared by
analytics.backtest. Stored minutes stand for the samples, so the figures are approximate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np

from analytics.alarm_engine import Engine, Transition
from analytics.alarm_run import Engines, Run, Title
from analytics.alarm_screen import Screen
from analytics.backtest import Replayed, lived
from data.catalogue.rules import Rule
from data.groups import groups
from data.lake import Lake
from data.manifest import FileRow
from data.station_rows import StationRow
from ingest.alarm_rules import engines, explanations, policies
from ingest.backtest_rows import DAY, MINUTE, Minutes, silence
from ingest.fleet import Fleet
from ingest.station_modes import LocalClock

HOLD_MS = 5 * MINUTE
"""Longest gap between two stored minutes that counts as time."""
BEFORE, LONGEST, BEHIND = 120 * MINUTE, 360 * MINUTE, 60 * MINUTE
"""Tied rules are looked at from so long before an alarm's condition, through so much of the alarm,
to so long after it."""
AT_ONCE = 150
"""Spans of tied rules that are in memory together."""
Learn = Callable[[Engine, Fleet], None]
"""Tells an engine what is usual."""


@dataclass(frozen=True)
class Span:
    """What is replayed: [start, end) in UTC ms, at which stations."""

    start: int
    end: int
    stations: Sequence[StationRow]


def replayable(rule: Rule) -> bool:
    """Whether stored samples say what the rule would have done: not a rule of the day, nor one that
    counts the stations of an area."""
    return rule.source == "tick" and "count_stations" not in rule.when


def tied(rules: Mapping[str, Rule], id: str) -> list[str]:
    """Rules that explain this one and those that it explains."""
    told = explanations(rules)
    children = {other for one in told.get(id, ()) for other in one.rules}
    parents = {other for other, some in told.items() if any(id in one.rules for one in some)}
    return sorted(
        other
        for other in (children | parents) - {id}
        if other in rules and replayable(rules[other])
    )


def replay(
    lake: Lake,
    span: Span,
    before: Mapping[str, Rule],
    after: Mapping[str, Rule],
    id: str,
    zone: ZoneInfo,
    learn: Learn = lambda engine, fleet: None,
    step: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[list[Replayed], list[Replayed], float]:
    """Alarms of rule `id` and those tied to it with the rules before and after, and the share of
    the minutes that are stored. `step(done, total)` is told of each day of each group. Raises
    CatalogueError for a rule that can't run."""
    old: list[Transition] = []
    new: list[Transition] = []
    seen = 0
    parts = groups(span.stations)
    first = span.start // DAY * DAY
    edges = [span.start, *range(first + DAY, span.end, DAY), span.end]
    days = list(pairwise(edges))
    columns = {row.id: n for n, row in enumerate(span.stations)}
    for n, rows in enumerate(parts.values()):
        part = _Part(lake, rows, span.start, zone, (before, after), id, learn)
        for k, (low, high) in enumerate(days):
            part.day(low, high)
            step(n * len(days) + k + 1, len(parts) * len(days))
        part.around()
        own = part.told(columns)
        old += own[0]
        new += own[1]
        seen += part.seen
    where = [(row.id, row.district_id) for row in span.stations]
    share = seen * MINUTE / max((span.end - span.start) * len(where), 1)
    return lived(_run(before, where), old), lived(_run(after, where), new), share


class _Part:
    """One group of stations."""

    def __init__(
        self, lake: Lake, rows: Sequence[StationRow], start: int, zone: ZoneInfo,
        sides: tuple[Mapping[str, Rule], Mapping[str, Rule]], id: str, learn: Learn,
    ) -> None:  # fmt: skip
        self._lake, self._rows, self._learn = lake, rows, learn
        self._first, self._last = min(row.id for row in rows), max(row.id for row in rows)
        self._fleet = Fleet(rows)
        self._minutes = Minutes(lake.root, rows, LocalClock(zone))
        own = [side.get(id) for side in sides]
        self._sides = [self._screen([] if one is None else [one]) for one in own]
        self._same = own[0] is not None and own[1] is not None and _like(own[0], own[1])
        self._silent = np.full(len(rows), start, dtype=np.int64)
        known = sides[0]
        around = [known[other] for other in tied(known, id) if known[other].clock == "station"]
        self._tied, self._end = around, start
        self.seen = 0
        """Minutes of stations that are stored."""
        self._found: tuple[list[Transition], list[Transition]] = ([], [])

    def _screen(self, rules: Sequence[Rule]) -> Screen:
        every = bool(rules) and rules[0].clock == "platform"
        made = engines(rules, self._fleet, HOLD_MS)
        engine = made.platform if every else made.stations
        self._learn(engine, self._fleet)
        return Screen(engine, MINUTE, every)

    def day(self, low: int, high: int) -> None:
        """Replay a day."""
        files = self._files(low, high)
        codes = sorted({code for side in self._sides for code in side.engine.codes})
        block = silence(self._minutes.day(files, low, high, codes), self._silent)
        self.seen += int(block.here.sum())
        some = self._sides[0].candidates(block)
        after = self._sides[1]
        some |= after.pending() if self._same else after.candidates(block)
        if some.any():
            rows = np.flatnonzero(some)
            modes = self._minutes.some(files, low, high, self._minutes.mode_codes, rows)
            here = self._minutes.with_modes(block.of(some), modes)
            for known, side in zip(self._found, self._sides, strict=True):
                known.extend(side.run(here))
        self._end = high

    def around(self) -> None:
        """The tied rules around the alarms of the changed one. What they have raised is over for us
        at a span's end."""
        spans = sorted(_spans(self._found, self._end), key=lambda one: one[2] - one[1])
        for at in range(0, len(spans) if self._tied else 0, AT_ONCE):
            some = spans[at : at + AT_ONCE]
            fleet = Fleet([self._rows[row] for row, _, _ in some])
            engine = engines(self._tied, fleet, HOLD_MS).stations
            self._learn(engine, fleet)
            found = Screen(engine, MINUTE).run(self._minutes.spans(self._files, engine.codes, some))
            active: dict[tuple[str, str, int], Transition] = {}
            for one in found:
                key = (one.rule, one.place.code, one.subject)
                if one.kind == "cleared":
                    active.pop(key, None)
                else:
                    active[key] = one
            found += [replace(one, kind="cleared", ms=some[one.subject][2])
                      for one in active.values()]  # fmt: skip
            told = [replace(one, subject=some[one.subject][0]) for one in found]
            for known in self._found:
                known.extend(told)

    def _files(self, low: int, high: int) -> list[FileRow]:
        return [
            file
            for file in self._lake.manifest.live("minute", None, low, high)
            if file.first_station <= self._last and file.last_station >= self._first
        ]

    def told(self, columns: Mapping[int, int]) -> tuple[list[Transition], list[Transition]]:
        """All that happened, with the columns of the whole span."""
        at = [columns[row.id] for row in self._rows]
        old, new = ([replace(one, subject=at[one.subject]) for one in f] for f in self._found)
        return old, new


def _spans(found: Sequence[Sequence[Transition]], end: int) -> list[tuple[int, int, int]]:
    """(station, from ms, to ms) around alarms, whole minutes; those that touch are one."""
    alarms = []
    for side in found:
        open_at: dict[tuple[str, int], int] = {}
        for one in side:
            key = one.place.code, one.subject
            if one.kind == "raised":
                open_at[key] = one.raw_ms
            elif one.kind == "cleared" and key in open_at:
                alarms.append((one.subject, open_at.pop(key), one.ms))
        alarms += [(subject, raw, end) for (_, subject), raw in open_at.items()]
    merged: list[tuple[int, int, int]] = []
    for subject, raw, cleared in sorted(alarms):
        low = (raw - BEFORE) // MINUTE * MINUTE
        high = min(cleared, raw + LONGEST) // MINUTE * MINUTE + BEHIND
        if merged and merged[-1][0] == subject and merged[-1][2] >= low:
            merged[-1] = subject, merged[-1][1], max(high, merged[-1][2])
        else:
            merged.append((subject, low, high))
    return merged


def _like(one: Rule, other: Rule) -> bool:
    """Whether both are true at the same samples."""
    return (one.when, one.params, one.clock) == (other.when, other.params, other.clock)


def _run(rules: Mapping[str, Rule], where: Sequence[tuple[int, int]]) -> Run:
    """Life and parents only: what the engines found comes from outside."""
    nothing = Engine([], [], {}, [])
    return Run(
        Engines(nothing, nothing, nothing, ()),
        {rule.id: Title(rule.point, rule.version) for rule in rules.values()},
        policies(rules.values()),
        explanations(rules),
        where,
    )
