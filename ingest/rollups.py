"""Rows of a minute to its rollup: one row a station, silent ones too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from analytics.counters import CounterState, Limits, advance
from analytics.facts import (
    camera_facts,
    counter_facts,
    hydraulic_facts,
    integrals,
    quality_facts,
    tank_facts,
)
from analytics.rollups import SCALE, Buckets, buckets, roll_samples, total
from analytics.timeseries import held_seconds
from data.catalogue.flags import Flag
from data.catalogue.points import Column
from ingest.frames import FAST, SLOW
from ingest.groups import Group, Rows
from ingest.meters import limits_of
from ingest.registers import MISSING

MINUTE = 60_000


@dataclass(frozen=True)
class Cadence:
    """How often the blocks are polled, s."""

    fast: float = 2.0
    slow: float = 60.0

    @property
    def hold(self) -> tuple[int, int]:
        """ms that an answer of each block stands for when no other follows."""
        return round(max(10.0, 3 * self.fast) * 1000), round(2.5 * self.slow * 1000)

    @property
    def expected(self) -> tuple[int, int]:
        """Answers of each block in a minute."""
        return max(1, round(60 / self.fast)), max(1, round(60 / self.slow))


class MinuteRollup:
    """Rolls up the minutes of one group. Counter states are the caller's, so that a minute whose
    commit failed can be done again."""

    def __init__(self, group: Group, cadence: Cadence) -> None:
        self.group = group
        self.cadence = cadence
        self.kinds = {c.code: c.point.rollup for c in group.columns}
        self._resolution = {c.code: float(c.point.resolution) for c in group.columns}
        self.counters: list[Column] = [c for c in group.columns if c.point.rollup == "counter"]
        self._limits: Limits = limits_of(group.stations, self.counters, cadence.slow)
        self._area = np.array([s.tank_area or 0.0 for s in group.stations])
        self._lines = [group.codes[SLOW].index(c.code) for c in self.counters]

    def table(
        self,
        minute: int,
        fast: Rows,
        slow: Rows,
        known: np.ndarray,
        increases: np.ndarray,
        readings: np.ndarray,
    ) -> dict[str, np.ndarray]:
        """The rollup of [minute, minute + 60 s), one row a station of the group.

        known, increases, readings: [counters, stations] of this minute: has this counter ever
        been read; what it added and where it stood, MISSING where there was no reading.
        """
        n = len(self.group.ids)
        table: dict[str, np.ndarray] = {
            "station": self.group.ids,
            "ts": np.full(n, minute, np.int64),
        }
        spreads = fast_of, slow_of = _Spread(fast, self.group.ids), _Spread(slow, self.group.ids)
        seconds = held_seconds(fast.station, fast.ts, MINUTE, self.cadence.hold[FAST])
        table["polls"] = fast_of.each(fast_of.cut.sizes, 0)
        table["polls_slow"] = slow_of.each(slow_of.cut.sizes, 0)
        table["seconds"] = fast_of.sums(seconds)
        for rows, spread in zip((fast, slow), spreads, strict=True):
            samples = dict(zip(rows.codes, rows.usable, strict=True))
            if rows is fast:
                samples |= running(samples, self.group.zones)
            rolled = roll_samples(samples, self.kinds, spread.cut)
            table |= {name: spread.each(values, MISSING) for name, values in rolled.items()}
        if "CM.ONLINE" in self.kinds:
            table["CM.ONLINE"] = np.rint(table["seconds"] / 60 * SCALE).astype(np.int64)
            table["CM.ONLINE.n"] = np.full(n, self.cadence.expected[FAST])
        for i, column in enumerate(self.counters):
            table[column.code] = readings[i]
            table[f"{column.code}.inc"] = increases[i]
        return table | self._facts(fast, slow, spreads, seconds, known, increases, table)

    def readings(
        self, state: CounterState, slow: Rows
    ) -> tuple[CounterState, np.ndarray, np.ndarray]:
        """(state afterwards, increases, last readings) of the counters, in order of time.

        Both int64[counters, stations], MISSING where nothing was read.
        """
        values = slow.usable[self._lines]
        at = np.searchsorted(self.group.ids, slow.station)
        turn = np.arange(len(at)) - np.searchsorted(at, at)
        increases = np.full(state.value.shape, MISSING)
        readings = np.full(state.value.shape, MISSING)
        for number in range(int(turn.max()) + 1 if len(turn) else 0):
            rows = turn == number
            reading = np.full(state.value.shape, MISSING)
            ms = np.zeros(state.value.shape, np.int64)
            reading[:, at[rows]] = values[:, rows]
            ms[:, at[rows]] = slow.ts[rows]
            state, step, verdict = advance(state, self._limits, reading, ms)
            increases = sum_known(increases, step)
            readings = np.where(verdict > 0, state.value, readings)
        return state, increases, readings

    def _units(self, code: str, values: np.ndarray) -> np.ndarray:
        return in_units(values, self._resolution[code])

    def _facts(
        self,
        fast: Rows,
        slow: Rows,
        spreads: tuple[_Spread, _Spread],
        seconds: np.ndarray,
        known: np.ndarray,
        increases: np.ndarray,
        table: dict[str, np.ndarray],
    ) -> dict[str, np.ndarray]:
        zones = self.group.zones
        fast_of, slow_of = spreads
        values = InUnits(fast, self._resolution)
        volume, energy = (fast_of.sums(v) for v in integrals(values, seconds, zones))
        facts = hydraulic_facts(values, seconds, zones)
        area = self._area[np.searchsorted(self.group.ids, fast.station)]
        facts |= tank_facts(values, seconds, zones, self.group.layout.tanks, area)
        summed = {name: fast_of.sums(v) for name, v in facts.items()}
        held = held_seconds(slow.station, slow.ts, MINUTE, self.cadence.hold[SLOW])
        guards = camera_facts(InUnits(slow, self._resolution), held)
        summed |= {name: slow_of.sums(v) for name, v in guards.items()}
        quality = dict(InUnits(slow, self._resolution, only="WQ."))
        if "WQ.FLOWCELL" in table:  # a fast point that says whether the slow ones mean anything
            share = self._units("WQ.FLOWCELL", table["WQ.FLOWCELL"]) / SCALE
            quality["WQ.FLOWCELL"] = share[np.searchsorted(self.group.ids, slow.station)]
        summed |= {name: slow_of.sums(v) for name, v in quality_facts(quality, held).items()}
        counted = {
            c.code: np.where(known[i], np.nan_to_num(self._units(c.code, increases[i])), np.nan)
            for i, c in enumerate(self.counters)
        }
        summed |= counter_facts(counted, zones, volume, energy)
        n = len(self.group.ids)
        expected = zip(self.cadence.expected, self.group.codes, strict=True)
        summed["F.expected_s"] = np.full(n, 60.0)
        summed["F.expected_n"] = np.full(n, float(sum(k * len(codes) for k, codes in expected)))
        good = [(r.usable != MISSING).sum(axis=0, dtype=np.float64) for r in (fast, slow)]
        late = [_late(rows) for rows in (fast, slow)]
        summed["F.good_n"] = fast_of.sums(good[FAST]) + slow_of.sums(good[SLOW])
        summed["F.timely_n"] = (
            summed["F.good_n"] - fast_of.sums(late[FAST]) - slow_of.sums(late[SLOW])
        )
        return summed


def _late(rows: Rows) -> np.ndarray:
    """Usable samples of each row that a gateway sent later."""
    late = (rows.flags == Flag.BACKFILL) & (rows.usable != MISSING)
    count: np.ndarray = late.sum(axis=0, dtype=np.float64)
    return count


class _Spread:
    """What rows tell a station, as arrays with one item for every station of the group."""

    def __init__(self, rows: Rows, ids: np.ndarray) -> None:
        self.cut: Buckets = buckets(rows.station, rows.ts, MINUTE)
        self._at = np.searchsorted(ids, self.cut.station)
        self._count = len(ids)

    def each(self, values: np.ndarray, empty: float) -> np.ndarray:
        """Values of the cut; `empty` for silent stations."""
        full = np.full(self._count, empty, values.dtype)
        full[self._at] = values
        return full

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sums of one float a row; 0 for silent stations."""
        return self.each(total(values, self.cut), 0.0)


class InUnits(Mapping[str, np.ndarray]):
    """Usable samples as floats in units; converted when asked for: facts need few of them."""

    def __init__(self, rows: Rows, resolution: Mapping[str, float], only: str = "") -> None:
        self._rows, self._resolution = rows, resolution
        self._lines = {c: i for i, c in enumerate(rows.codes) if c.startswith(only)}

    def __getitem__(self, code: str) -> np.ndarray:
        return in_units(self._rows.usable[self._lines[code]], self._resolution[code])

    def __contains__(self, code: object) -> bool:
        return code in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


def running(samples: dict[str, np.ndarray], zones: dict[str, int]) -> dict[str, np.ndarray]:
    """Z.NRUN of each zone from the states of its pumps; MISSING where none is known."""
    found = {}
    for zone, pumps in zones.items():
        states = [
            samples[code] for n in range(1, pumps + 1) if (code := f"{zone}.P{n}.RUN") in samples
        ]
        if states:
            table = np.stack(states)
            count = (table == 1).sum(axis=0)
            found[f"{zone}.NRUN"] = np.where((table != MISSING).any(axis=0), count, MISSING)
    return found


def in_units(values: np.ndarray, resolution: float) -> np.ndarray:
    """Catalogue units as float64 in the point's unit, NaN for MISSING."""
    known = values != MISSING
    return np.where(known, np.where(known, values, 0) * resolution, np.nan)


def sum_known(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a + b where MISSING adds nothing; MISSING where both are."""
    both = np.where(a == MISSING, 0, a) + np.where(b == MISSING, 0, b)
    return np.where((a == MISSING) & (b == MISSING), MISSING, both)
