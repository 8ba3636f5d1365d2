"""Rollup rows of one station with people's corrections laid over them. X1 in docs/methods.md.

Where the raw rows are still there a minute is made anew from them, by the collector's own code.
Where they are gone, or the step is coarser, the correction is laid over the step's values and its
facts move by what the corrected values make different.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.counters import CounterState, Limits, advance
from analytics.facts import step_facts
from analytics.rollups import SCALE, cascade
from data.catalogue.flags import Flag
from data.lake_patch import Table
from data.station_rows import StationRow
from ingest.frames import FAST, SLOW
from ingest.groups import Group, Rows
from ingest.meters import limits_of
from ingest.registers import MISSING
from ingest.rollups import Cadence, MinuteRollup, in_units

MARK = "F.corrected_s"
"""Seconds of a step that rest on a correction; they add up like every fact."""


@dataclass(frozen=True)
class Laid:
    """A correction in catalogue units: samples of [from_ms, to_ms) are `value`, MISSING = none."""

    code: str
    from_ms: int
    to_ms: int
    value: int


@dataclass(frozen=True)
class Exchanged:
    """A meter that was exchanged, in catalogue units."""

    code: str
    ms: int
    final: int
    first: int


def over(values: np.ndarray, ms: np.ndarray, laid: Sequence[Laid]) -> np.ndarray:
    """Values of one point at `ms` with its corrections; the last one holds."""
    values = values.copy()
    for one in laid:
        values[(ms >= one.from_ms) & (ms < one.to_ms)] = one.value
    return values


def recounted(
    before: tuple[int, int],
    ms: np.ndarray,
    readings: np.ndarray,
    limits: Limits,
    exchanges: Sequence[Exchanged],
) -> tuple[np.ndarray, np.ndarray]:
    """(increases, readings that stand) of one counter, int64 with MISSING, in order of time.

    before: its last accepted reading and when, MISSING = none. An exchange between two readings
    overrides their difference: (final - last) + (reading - first).
    """
    state = CounterState.at(np.array([before[0]]), np.array([before[1]]))
    increases, stands = np.full(len(ms), MISSING), np.full(len(ms), MISSING)
    for i, (at, value) in enumerate(zip(ms.tolist(), readings.tolist(), strict=True)):
        if value == MISSING:
            continue
        last, since = int(state.value[0]), int(state.ms[0])
        new = next((e for e in exchanges if last != MISSING and since < e.ms <= at), None)
        if new is not None:
            increases[i] = (new.final - last) + (value - new.first)
            state = CounterState.at(np.array([value]), np.array([at]))
            stands[i] = value
            continue
        state, step, verdict = advance(state, limits, np.array([value]), np.array([at]))
        increases[i] = step[0]
        if verdict[0]:
            stands[i] = state.value[0]
    return increases, stands


class StationRows:
    """Makes the rows of one station anew."""

    def __init__(self, group: str, station: StationRow, cadence: Cadence) -> None:
        self.station = station
        self.group = Group(group, (station,))
        self.rollup = MinuteRollup(self.group, cadence)
        self.zones = self.group.zones
        self.counters = [c.code for c in self.rollup.counters]
        self._resolution = {c.code: float(c.point.resolution) for c in self.group.columns}
        self._limits = limits_of((station,), self.rollup.counters, cadence.slow)
        self._slow = frozenset(c.code for c in self.group.columns if c.point.block == "slow")

    def limits(self, code: str) -> Limits:
        """Limits of one counter."""
        i = self.counters.index(code)
        of = self._limits
        return Limits(of.cap[i], of.modulus[i], of.resolution[i], of.nominal_ms)

    def from_raw(self, base: Table, at: int, raw: tuple[Table, Table], laid: Sequence[Laid],
                 known: np.ndarray) -> Table:  # fmt: skip
        """Row `at` of 1-min rows from its raw rows (fast, slow). The counters are those of `base`;
        known: bool[counters], has it ever been read."""
        minute = int(base["ts"][at])
        fast, slow = (self.judged(block, raw[block], laid) for block in (FAST, SLOW))
        none = np.full(len(base["ts"]), MISSING)
        increases, readings = (
            np.array([[base.get(f"{c}{end}", none)[at]] for c in self.counters], np.int64)
            .reshape(len(self.counters), 1)
            for end in (".inc", "")
        )  # fmt: skip
        return self.rollup.table(minute, fast, slow, known[:, None], increases, readings)

    def judged(self, block: int, raw: Table, laid: Sequence[Laid]) -> Rows:
        """Raw rows of one minute with flags; corrected samples are MANUAL, or BAD_SENSOR."""
        codes, none = self.group.codes[block], np.full(len(raw["ts"]), MISSING)
        values = np.stack([raw.get(code, none) for code in codes])
        rows = self.group.judged(block, raw["station"], raw["ts"], values)
        new, flags = rows.values.copy(), rows.flags.copy()
        for one in laid:
            if one.code in codes:
                line = codes.index(one.code)
                mine = (rows.ts >= one.from_ms) & (rows.ts < one.to_ms)
                new[line, mine] = one.value
                flags[line, mine] = Flag.BAD_SENSOR if one.value == MISSING else Flag.MANUAL
        return Rows(rows.codes, rows.station, rows.ts, new, flags)

    def laid_over(self, base: Table, grain: int, laid: Sequence[Laid]) -> Table:
        """Rows of `grain` ms with the corrections laid over their values; of a step that is
        corrected in part the mean moves by that part. Counters: see `counted`."""
        new = {name: values.copy() for name, values in base.items()}
        for one in laid:
            kind = self.rollup.kinds[one.code]
            if one.code not in base or kind == "counter":
                continue
            low = np.maximum(base["ts"], one.from_ms)
            share = np.clip(np.minimum(base["ts"] + grain, one.to_ms) - low, 0, None) / grain
            if kind == "last":
                share = np.where((base["ts"] + grain > one.to_ms) & (share > 0), 0.0, share)
            self._lay(new, one, kind, share)
        return new

    def _lay(self, new: Table, one: Laid, kind: str, share: np.ndarray) -> None:
        touched, whole = share > 0, share >= 1
        if one.value == MISSING:
            for end in ("", ".min", ".max"):
                if f"{one.code}{end}" in new:
                    new[f"{one.code}{end}"][whole] = MISSING
            return
        old = new[one.code]
        value = one.value * (SCALE if kind in ("full", "mean") else 1)
        known = (old != MISSING) & ~whole & (kind != "last")
        mixed = np.rint(np.where(known, old, 0) * (1 - share) + value * share).astype(np.int64)
        new[one.code] = np.where(touched, np.where(known, mixed, value), old)
        for end, pick in ((".min", np.minimum), (".max", np.maximum)):
            if f"{one.code}{end}" in new:
                edge = new[f"{one.code}{end}"]
                part = np.where(edge == MISSING, one.value, pick(edge, one.value))
                new[f"{one.code}{end}"] = np.where(whole, one.value, np.where(touched, part, edge))

    def moved(self, base: Table, new: Table, grain: int) -> Table:
        """`new` with the facts of `base`, moved by what its values make different."""
        before, after = (self._facts(table, grain) for table in (base, new))
        facts = {
            name: base[name] + np.nan_to_num(after[name] - before[name])
            for name in after
            if name in base
        }
        return new | facts

    def _facts(self, table: Table, grain: int) -> Table:
        values, increases = {}, {}
        for code, kind in self.rollup.kinds.items():
            if code not in table:
                continue
            unit = self._resolution[code]
            if kind == "counter":
                increases[code] = in_units(table[f"{code}.inc"], unit)
            else:
                scale = SCALE if kind in ("full", "mean") else 1
                values[code] = in_units(table[code], unit / scale)
        seconds = np.nan_to_num(table["seconds"])
        area = np.array([self.station.tank_area or 0.0])
        made = step_facts(
            values, increases, seconds, np.full(len(seconds), grain / 1000), self.zones,
            tanks=self.station.tanks, area=area,
        )  # fmt: skip
        return {n: np.broadcast_to(v, seconds.shape) for n, v in made.items() if n[:2] == "F."}

    def coarser(self, rows: Table, step: int) -> Table:
        """Rows of `step` ms from finer ones."""
        return cascade(rows, self.rollup.kinds, self._slow, step)


def put(table: Table, at: np.ndarray, rows: Table) -> None:
    """Write `rows` into the lines `at` of a table, every column of them: what `rows` lack is empty
    there, and a column that is new is empty elsewhere."""
    for name, values in rows.items():
        if name not in table:
            empty = np.nan if values.dtype.kind == "f" else MISSING
            table[name] = np.full(len(table["ts"]), empty, values.dtype)
        table[name][at] = values
    for name in table.keys() - rows.keys():
        table[name][at] = np.nan if table[name].dtype.kind == "f" else MISSING


def marked(table: Table) -> np.ndarray:
    """Seconds of each row that rest on a correction; 0 where none does."""
    return np.nan_to_num(table.get(MARK, np.zeros(len(table["ts"]))))


def between(table: Table, low: int, high: int) -> Table:
    """Rows of [low, high) of a table sorted by time."""
    a, b = np.searchsorted(table["ts"], [low, high])
    return {name: values[a:b] for name, values in table.items()}


def merged(every: Table, newer: Table) -> Table:
    """Rows of `every` (by time), those of `newer` in the place of their own."""
    out = {name: values.copy() for name, values in every.items()}
    if not len(every["ts"]):
        return out
    at = np.searchsorted(every["ts"], newer["ts"])
    inside = every["ts"][np.minimum(at, len(every["ts"]) - 1)] == newer["ts"]
    put(out, at[inside], {name: values[inside] for name, values in newer.items()})
    return out


def originals(old: Table, got: Table) -> Table:
    """The rows as they were before any correction: for those that are marked, the ones kept
    aside. Without the mark."""
    base = {name: values.copy() for name, values in old.items() if name != MARK}
    at = np.searchsorted(got["ts"], old["ts"])
    found = np.zeros(len(old["ts"]), bool)
    if len(got["ts"]):
        found = got["ts"][np.minimum(at, len(got["ts"]) - 1)] == old["ts"]
    found &= marked(old) > 0
    put(base, np.flatnonzero(found), {n: v[at[found]] for n, v in got.items() if n != MARK})
    return base


def differs(a: Table, b: Table) -> np.ndarray:
    """bool[rows]: rows (of the same times) whose columns aren't the same; absent = empty."""
    found = np.zeros(len(a["ts"]), bool)
    for name in {*a, *b} - {MARK}:
        kind = (a if name in a else b)[name].dtype.kind
        x, y = (
            t.get(name, np.full(len(found), np.nan if kind == "f" else MISSING)) for t in (a, b)
        )
        found |= (x != y) & ~(np.isnan(x) & np.isnan(y)) if kind == "f" else x != y
    return found
