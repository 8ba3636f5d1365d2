"""A fleet without faults: every alarm is false.

At 2 s it lives second by second, with visits; at 60 s it is made by the quasi-steady model with the
noise and last digits of its gauges, each day by itself. That model knows the grid's own failures,
whose alarms are true: a station is left out on such a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from benchmarks.fault_city import FIRST, ZONE, Judge, Watched
from benchmarks.fault_past import live_of, reader, usual
from benchmarks.fault_scores import PHONED
from data.catalogue.rules import Rule
from data.stations import StationRow
from ingest.fleet import Fleet
from ingest.station_modes import LocalClock
from simulator import city
from simulator.living import midnight_of
from simulator.trial import trial

STEP, STEPS = 60, 1440
"""s, and how many make a day."""
MAINS = "EL.MAINS_OK"
CHUNK = 525
"""Stations whose day is made at once: 3 GB. Calls cost more than numbers, so few cost more each."""


@dataclass(frozen=True)
class Quiet:
    """Station-days watched and the false alarms of levels 1 to 3, by rule."""

    days: float
    alarms: dict[str, int]

    @property
    def rate(self) -> float:
        """False alarms a station-day."""
        return sum(self.alarms.values()) / self.days

    def __add__(self, other: Quiet) -> Quiet:
        rules = sorted({*self.alarms, *other.alarms})
        both = {r: self.alarms.get(r, 0) + other.alarms.get(r, 0) for r in rules}
        return Quiet(self.days + other.days, both)


def live(rules: Mapping[str, Rule], stations: int, seconds: int, seed: int) -> Quiet:
    """So many stations at 2 s from 6 o'clock on, the first minute left out."""
    watched = Watched(rules, city.stations(stations, seed, 5020), seed, 6.0)
    watched.go(60)
    begin = watched.now
    watched.go(seconds)
    return _counted(watched.judge, stations * seconds / 86_400.0, begin)


def parts(stations: int) -> list[range]:
    """The numbers of the stations of a city whose days are made at once."""
    return [range(i, min(i + CHUNK, stations)) for i in range(0, stations, CHUNK)]


def total(some: Iterable[Quiet]) -> Quiet:
    """All together."""
    found = Quiet(0.0, {})
    for one in some:
        found += one
    return found


def steady(rules: Mapping[str, Rule], part: range, days: int, seed: int) -> Quiet:
    """Some stations of a city for so many days at 60 s; the first minute is left out, and so are
    days on which a station's mains fail."""
    rows = city.stations(part.stop, seed, 5020)[part.start :]
    judge = Judge(rules, Fleet(rows), hold_ms=5 * STEP * 1000)
    usuals = judge.engines.stations.usuals
    usuals.learn(usual(usuals.wanted, rows, seed, FIRST, ZONE))
    begin = midnight_of(FIRST.toordinal(), ZONE)
    seen = sum(_day(judge, rows, FIRST + timedelta(days=day), seed) for day in range(days))
    return _counted(judge, float(seen), begin + STEP * 1000)


def _day(judge: Judge, rows: Sequence[StationRow], day: date, seed: int) -> int:
    """Let the engines see a day; how many stations had power throughout."""
    kinds, count = judge.engines, len(rows)
    codes = sorted({*kinds.stations.codes, *kinds.platform.codes, MAINS})
    seen, _ = trial(seed, rows, 1, STEP, codes=codes, tables=(), first=day)
    own, other = (
        np.ascontiguousarray(
            np.array([seen.values[code] for code in engine.codes], np.float32)
            .reshape(-1, count, STEPS)
            .transpose(2, 0, 1)
        )
        for engine in (kinds.stations, kinds.platform)
    )
    clock = LocalClock(ZONE)
    fresh = np.array(~(seen.values[MAINS] < 1.0).any(axis=1), bool)
    midnight = midnight_of(day.toordinal(), ZONE)
    silence = {"silence": np.zeros(count)}
    for step in range(STEPS):
        now = midnight + step * STEP * 1000
        at = np.full(count, now)
        live = live_of(clock, now, count)
        judge.take(kinds.stations.step(at, fresh, reader(own[step]), live))
        judge.take(kinds.platform.step(at, fresh, reader(other[step]), silence | live))
        judge.settle(now)
    return int(fresh.sum())


def _counted(judge: Judge, days: float, begin: int) -> Quiet:
    alarms: dict[str, int] = {}
    for one in judge.seen():
        if one.level <= PHONED and one.ms >= begin:
            alarms[one.rule] = alarms.get(one.rule, 0) + 1
    return Quiet(days, alarms)
