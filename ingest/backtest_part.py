"""The replay of a changed rule, and of those tied to it, at the stations of one group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_engine import Engine, Transition
from analytics.alarm_screen import Block, Screen
from analytics.block_windows import reach
from analytics.expressions import compile_expression
from data.catalogue.rules import Mode, Rule, compiled
from data.manifest import FileRow
from data.station_rows import StationRow
from ingest.alarm_rules import SLOW_STALE_MS, engines
from ingest.backtest_raw import DATASETS, Samples
from ingest.backtest_rows import DAY, MINUTE, Minutes, silence
from ingest.backtest_spans import BEFORE, Spot, active, batches, spans, standing
from ingest.fleet import Fleet
from ingest.station_modes import LocalClock

HOLD = 5
"""Steps: the longest gap between two samples, or minutes, that counts as time."""
SAMPLED = 20
"""Stations whose samples of a day are in memory together."""
KEPT = ("minute", *DATASETS)
"""Datasets of the lake that are looked at."""
LONG_MS = 120 * MINUTE
"""Windows of this length or longer take one sample a minute at most: what minutes filled goes on
when samples follow them."""
TOLD: tuple[Mode, ...] = ("auto", "manual", "sleep", "power_off")
"""Modes that a station's points tell; none else is known of the past."""
AT_ONCE = 400
"""Spans of tied rules that are in memory together."""
Sides = tuple[Mapping[str, Rule], Mapping[str, Rule]]
"""The rules before and after."""
Learn = Callable[[Engine, Fleet], None]
"""Tells an engine what is usual."""


@dataclass(frozen=True)
class Span:
    """What is replayed: [start, end) in UTC ms, at which stations."""

    start: int
    end: int
    stations: Sequence[StationRow]
    step_ms: int = 2000
    """Between two samples of a station."""


@dataclass(frozen=True)
class Case:
    """What is replayed at some stations, of one group: rule `id` and, around its alarms, others."""

    root: Path
    files: Sequence[FileRow]
    """Those of KEPT that are stored of them."""
    stations: Sequence[StationRow]
    start: int
    end: int
    step_ms: int
    zone: ZoneInfo
    sides: Sides
    id: str
    around: Sequence[str]
    learn: Learn
    lead: int = 0
    """ms before the start from which on the rule is told what is stored, to look back on."""

    @property
    def days(self) -> list[tuple[int, int]]:
        return days(self.start, self.end)


class Told(NamedTuple):
    """What happened at the stations of a case."""

    sides: tuple[list[Transition], list[Transition]]
    """Before and after, with the places of the stations in the case."""
    seen: int
    """Minutes of stations that are stored."""
    raw: int
    """Of them, those of which the samples are."""


def nothing_usual(engine: Engine, fleet: Fleet) -> None:
    """Nothing has been learnt."""


def replayed(case: Case, done: Callable[[], None]) -> Told:
    """The replay of a case; `done` is told of each day."""
    part = _Part(case)
    for low, high in days(case.start - case.lead, case.start) if case.lead else ():
        part.day(low, high)
    part.begin()
    for low, high in case.days:
        part.day(low, high)
        done()
    part.around()
    return Told(part.found, part.seen, part.raw)


def days(start: int, end: int) -> list[tuple[int, int]]:
    """The UTC days of a time, cut off at its ends."""
    return list(pairwise([start, *range(start // DAY * DAY + DAY, end, DAY), end]))


def lead(rules: Iterable[Rule | None]) -> int:
    """ms, whole minutes, that rules have to be told of before they know what they look back on, and
    what of it stands."""
    longest = 0
    for rule in rules:
        if rule is not None and rule.source == "tick":
            parts = compiled(rule, compile_expression).values()
            back = [reach(window) for part in parts for window in part.windows]
            back += [BEFORE for part in parts if part.memories]
            longest = max([longest, *(one + round(1000 * rule.on_s) for one in back)])
    return -(-longest // MINUTE) * MINUTE


class _Part:
    def __init__(self, case: Case) -> None:
        self._rows, self._learn = case.stations, case.learn
        self._all = {name: [one for one in case.files if one.dataset == name] for name in KEPT}
        self._fleet = Fleet(self._rows)
        self._minutes = Minutes(case.root, self._rows, LocalClock(case.zone))
        self._all["minute"] = [one for one in self._all["minute"] if self._minutes.hold(one)]
        self._samples = Samples(case.root, self._rows, self._minutes, case.step_ms)
        self._step = case.step_ms
        self._own = [side.get(case.id) for side in case.sides]
        self._sides = [self._screen(one, MINUTE) for one in self._own]
        self._exact: int | None = None
        """From when samples are replayed, no longer minutes."""
        one, other = self._own
        self._same = one is not None and other is not None and _like(one, other)
        self._modal = any(not set(TOLD) <= set(one.live) for one in self._own if one is not None)
        """Whether it matters in which mode a station is."""
        self._whole = any(side.remembers for side in self._sides)
        """Whether no sample may be left out."""
        self._silent = np.full(len(self._rows), case.start - case.lead, dtype=np.int64)
        self._tied = [r for other in case.around if (r := case.sides[0][other]).clock == "station"]
        self._start = self._end = case.start
        self.seen = self.raw = 0
        self.found: tuple[list[Transition], list[Transition]] = ([], [])

    def _screen(self, rule: Rule | None, step_ms: int) -> Screen:
        made = engines([] if rule is None else [rule], self._fleet, HOLD * step_ms)
        every = rule is not None and rule.clock == "platform"
        engine = made.platform if every else made.stations
        self._learn(engine, self._fleet)
        return Screen(engine, step_ms, every)

    def day(self, low: int, high: int) -> None:
        """Replay a day."""
        samples = self._stored_samples(low, high)
        if samples and self._exact is None:
            self._go_on_with_samples(low)
        every = self._exact is not None and self._whole
        codes = [] if every else self._codes
        minutes = partial(self._minutes.day, self._files(low, high), low, high, codes)
        block = silence(minutes(), self._silent)
        seen = int(block.here.sum())
        self.seen += seen
        some = np.full(len(self._rows), every) if every else self._candidates(block)
        if self._exact is not None:
            self.raw += seen if samples else 0
            for lean in () if every else (-1, 1):
                some |= self._candidates(minutes(lean))
            rows = np.flatnonzero(some)
            for at in range(0, len(rows) if samples else 0, SAMPLED):
                mine = rows[at : at + SAMPLED]
                self._run(self._samples.block(samples, low, high, self._codes, mine))
        elif some.any():
            here = block.of(some)
            if self._modal:
                codes, rows = self._minutes.mode_codes, np.flatnonzero(some)
                modes = self._minutes.some(self._files(low, high), low, high, codes, rows)
                here = self._minutes.with_modes(here, modes)
            self._run(here)
        self._end = high

    def begin(self) -> None:
        """What was before is no part of the replay, but for the alarms that stand now."""
        self.seen = self.raw = 0
        for known in self.found:
            known[:] = standing(known)

    @property
    def _codes(self) -> list[str]:
        return sorted({code for side in self._sides for code in side.engine.codes})

    def _candidates(self, block: Block) -> NDArray[np.bool_]:
        before, after = self._sides
        found = before.candidates(block)
        return found | (after.pending() if self._same else after.candidates(block))

    def _run(self, block: Block) -> None:
        for known, side in zip(self.found, self._sides, strict=True):
            known.extend(side.run(block))

    def _stored_samples(self, low: int, high: int) -> list[FileRow]:
        """Files of samples and flags, when they are stored of all that the minutes are of the day;
        none for rules on the platform's clock, and for those that have to be stepped."""
        if any(side.stepped or side.every for side in self._sides):
            return []
        found = [
            file
            for name in DATASETS
            for file in self._all[name]
            if file.to_ms >= low - SLOW_STALE_MS and file.from_ms < high
        ]
        began = min((file.from_ms for file in found if file.dataset == "fast"), default=high)
        if self._exact is not None:
            return found if began < high else []
        first = max(low, min((file.from_ms for file in self._files(low, high)), default=low))
        return found if began <= first + 10 * MINUTE else []

    def _go_on_with_samples(self, ms: int) -> None:
        """From now on samples: engines of their step go on from what minutes told."""
        self._exact, before = ms, self._sides
        self._sides = [self._screen(one, self._step) for one in self._own]
        for side, old, known in zip(self._sides, before, self.found, strict=True):
            side.adopt(old, LONG_MS, active(known))

    def around(self) -> None:
        """The tied rules around the alarms of the changed one, on samples where it was."""
        found = spans(self.found, self._start, self._end) if self._tied else []
        begin = self._end if self._exact is None else self._exact
        for some in batches([one for one in found if one[1] >= begin], SAMPLED):
            files = [file for name in DATASETS for file in self._all[name]]
            self._around(some, self._step, partial(self._samples.spans, files))
        for some in batches([one for one in found if one[1] < begin], AT_ONCE):
            self._around(some, MINUTE, partial(self._minutes.spans, self._files))

    def _around(self, some: Sequence[Spot], step_ms: int, read: Callable[..., Block]) -> None:
        """What the tied rules have raised is over for us at a span's end."""
        fleet = Fleet([self._rows[row] for row, _, _ in some])
        engine = engines(self._tied, fleet, HOLD * step_ms).stations
        self._learn(engine, fleet)
        found = Screen(engine, step_ms).run(read(engine.codes, some))
        found += [replace(one, kind="cleared", ms=some[one.subject][2]) for one in active(found)]
        told = [replace(one, subject=some[one.subject][0]) for one in found]
        for known in self.found:
            known.extend(told)

    def _files(self, low: int, high: int) -> list[FileRow]:
        return [one for one in self._all["minute"] if one.to_ms >= low and one.from_ms < high]


def _like(one: Rule, other: Rule) -> bool:
    """Whether both are true at the same samples."""
    return (one.when, one.params, one.clock) == (other.when, other.params, other.clock)
