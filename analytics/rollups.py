"""Samples to rollup rows, and rollup rows to coarser ones. M4 in docs/methods.md.

Values are whole catalogue units with MISSING; a mean is kept in hundredths of a unit, so that the
mean of a coarser step is that of its parts to half a hundredth. Rows are sorted by (station, ts).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

MISSING = np.iinfo(np.int64).min
_HIGH = np.iinfo(np.int64).max
ABSENT = np.iinfo(np.int32).min
"""MISSING of a column that is int32."""
SCALE = 100
"""A stored mean counts hundredths of a catalogue unit."""


@dataclass(frozen=True)
class Buckets:
    """Rows of one station within one step of time; one item a bucket."""

    station: np.ndarray
    ts: np.ndarray
    """Start of the step, ms."""
    starts: np.ndarray
    """Index of the bucket's first row."""
    sizes: np.ndarray
    """Rows in it."""


def buckets(station: np.ndarray, ts: np.ndarray, step: int) -> Buckets:
    """Cut rows, sorted by (station, ts), into steps of `step` ms."""
    start = ts - ts % step
    new = np.ones(len(ts), bool)
    new[1:] = (station[1:] != station[:-1]) | (start[1:] != start[:-1])
    starts = np.flatnonzero(new)
    sizes = np.diff(np.append(starts, len(ts)))
    return Buckets(station[starts], start[starts], starts, sizes)


def total(values: np.ndarray, cut: Buckets) -> np.ndarray:
    """Sum per bucket along the last axis. Floats: NaN counts as nothing, all NaN gives NaN."""
    if not len(cut.starts):
        return values[..., :0]
    if values.dtype.kind != "f":
        return np.add.reduceat(values, cut.starts, axis=-1)
    known = ~np.isnan(values)
    sums = np.add.reduceat(np.where(known, values, 0.0), cut.starts, axis=-1)
    some = np.add.reduceat(known.astype(np.int64), cut.starts, axis=-1)
    return np.where(some > 0, sums, np.nan)


def mean(values: np.ndarray, weight: np.ndarray, cut: Buckets) -> tuple[np.ndarray, np.ndarray]:
    """(mean rounded to a whole number, sum of weights); MISSING where the weights are 0.

    values: int64[..., rows]; weight: int64 of the same shape, 0 = not counted.
    """
    n = total(weight, cut)
    sums = total(np.where(weight > 0, values, 0) * weight, cut)
    return np.where(n > 0, _rounded(sums, n), MISSING), n


def extremes(
    lowest: np.ndarray, highest: np.ndarray, cut: Buckets
) -> tuple[np.ndarray, np.ndarray]:
    """(least of `lowest`, greatest of `highest`) per bucket; MISSING doesn't count."""
    if not len(cut.starts):
        return lowest[..., :0], highest[..., :0]
    low = np.minimum.reduceat(np.where(lowest == MISSING, _HIGH, lowest), cut.starts, axis=-1)
    high = np.maximum.reduceat(highest, cut.starts, axis=-1)
    return np.where(low == _HIGH, MISSING, low), high


def last(values: np.ndarray, cut: Buckets) -> np.ndarray:
    """Last value of each bucket that isn't MISSING."""
    if not len(cut.starts):
        return values[..., :0]
    rows = np.arange(values.shape[-1])
    at = np.maximum.reduceat(np.where(values != MISSING, rows, -1), cut.starts, axis=-1)
    found = np.take_along_axis(values, np.maximum(at, 0), axis=-1)
    return np.where(at >= 0, found, MISSING)


def roll_samples(
    samples: Mapping[str, np.ndarray], kinds: Mapping[str, str], cut: Buckets
) -> dict[str, np.ndarray]:
    """Rollup columns of samples of one block; counters are left out (they need a state).

    samples: per code int64[rows] with MISSING where a sample is absent or not usable.
    kinds: per code full | mean | last | counter.
    CODE.n is MISSING where every poll of the bucket counted.
    """
    table: dict[str, np.ndarray] = {}
    averaged, ranged, newest = (
        [code for code in samples if kinds[code] in wanted]
        for wanted in (("full", "mean"), ("full",), ("last",))
    )
    if averaged:
        values = np.stack([samples[code] for code in averaged])
        known = values != MISSING
        n = total(known.astype(np.int64), cut)
        sums = total(np.where(known, values, 0), cut) * SCALE
        means = np.where(n > 0, _rounded(sums, n), MISSING)
        counts = np.where(n == cut.sizes, MISSING, n)
        for i, code in enumerate(averaged):
            table[code], table[f"{code}.n"] = means[i], counts[i]
    if ranged:
        values = np.stack([samples[code] for code in ranged])
        for code, low, high in zip(ranged, *extremes(values, values, cut), strict=True):
            table[f"{code}.min"], table[f"{code}.max"] = low, high
    if newest:
        found = last(np.stack([samples[code] for code in newest]), cut)
        table |= dict(zip(newest, found, strict=True))
    return table


def _rounded(sums: np.ndarray, n: np.ndarray) -> np.ndarray:
    """sums / n to the nearest whole number, halves upwards; 0 for n = 0."""
    nearest: np.ndarray = (2 * sums + n) // np.maximum(2 * n, 1)
    return nearest


def cascade(
    table: Mapping[str, np.ndarray], kinds: Mapping[str, str], slow: frozenset[str], step: int
) -> dict[str, np.ndarray]:
    """Rollup rows of `step` ms from finer rollup rows, sorted by (station, ts).

    kinds: of all codes; slow: codes whose absent CODE.n means `polls_slow` instead of `polls`.
    """
    cut = buckets(table["station"], table["ts"], step)
    coarse = {"station": cut.station, "ts": cut.ts}
    for name in ("polls", "polls_slow", "seconds"):
        if name in table:
            coarse[name] = total(table[name], cut)
    for code, kind in kinds.items():
        if code not in table:
            continue
        if kind in ("full", "mean"):
            polls = "polls_slow" if code in slow else "polls"
            coarse |= _cascade_mean(table, code, kind, table[polls], coarse[polls], cut)
        else:
            coarse[code] = last(table[code], cut)
        if kind == "counter":
            coarse[f"{code}.inc"] = _sum_known(table[f"{code}.inc"], cut)
    facts = {name: total(table[name], cut) for name in table if name.startswith("F.")}
    return coarse | facts


def _cascade_mean(
    table: Mapping[str, np.ndarray],
    code: str,
    kind: str,
    polls: np.ndarray,
    coarse_polls: np.ndarray,
    cut: Buckets,
) -> dict[str, np.ndarray]:
    known = table[code] != MISSING
    n = table.get(f"{code}.n", np.full(len(known), MISSING))
    weight = np.where(known, np.where(n == MISSING, polls, n), 0)
    means, counted = mean(table[code], weight, cut)
    found = {code: means, f"{code}.n": np.where(counted == coarse_polls, MISSING, counted)}
    if kind == "full":
        # a step of history has one value: its mean stands for both ends
        middle = np.where(known, (2 * table[code] + SCALE) // (2 * SCALE), MISSING)
        ends = [table.get(f"{code}.{end}", np.full(len(known), MISSING)) for end in ("min", "max")]
        low, high = (np.where(end == MISSING, middle, end) for end in ends)
        found[f"{code}.min"], found[f"{code}.max"] = extremes(low, high, cut)
    return found


def _sum_known(values: np.ndarray, cut: Buckets) -> np.ndarray:
    """Sum of what is known; MISSING where nothing is."""
    known = values != MISSING
    some = total(known.astype(np.int64), cut)
    return np.where(some > 0, total(np.where(known, values, 0), cut), MISSING)


def step_table(
    station: np.ndarray,
    ts: np.ndarray,
    values: Mapping[str, np.ndarray],
    increases: Mapping[str, np.ndarray],
    kinds: Mapping[str, str],
    facts: Mapping[str, np.ndarray],
    step_seconds: float,
    poll_seconds: float = 2.0,
    slow_seconds: float = 60.0,
) -> dict[str, np.ndarray]:
    """Rollup rows of quasi-steady steps, one value each, in the form of live rows.

    station: int[n]; ts: starts of steps, ms, int[m]; every other array is [n, m]. values in
    catalogue units (a counter's reading at the step's end), NaN = none; increases in catalogue
    units; facts as `facts.step_facts` gives them. Lowest and highest stay away: there are none.
    polls are what a live station would have answered, so that a step weighs as much as live rows.
    """
    n, m = len(station), len(ts)
    table: dict[str, np.ndarray] = {
        "station": np.repeat(station.astype(np.int64), m),
        "ts": np.tile(ts.astype(np.int64), n),
        "polls": np.full(n * m, round(step_seconds / poll_seconds)),
        "polls_slow": np.full(n * m, round(step_seconds / slow_seconds)),
        "seconds": np.full(n * m, float(step_seconds)),
    }
    for code, value in values.items():
        scale = SCALE if kinds[code] in ("full", "mean") else 1
        table[code] = whole(value * scale)
    for code, value in increases.items():
        table[f"{code}.inc"] = whole(value)
    return table | {name: np.broadcast_to(v, (n, m)).ravel() for name, v in facts.items()}


def whole(values: np.ndarray, narrow: bool = False) -> np.ndarray:
    """Floats as whole numbers in one line, MISSING for NaN; narrow: as int32 with ABSENT, half the
    memory for columns that the lake keeps so anyway."""
    flat = np.rint(np.asarray(values, np.float64).ravel())
    empty, kind = (ABSENT, np.int32) if narrow else (MISSING, np.int64)
    unknown = np.isnan(flat)
    if not unknown.any():
        return flat.astype(kind)
    return np.where(unknown, empty, np.where(unknown, 0.0, flat).astype(kind))
