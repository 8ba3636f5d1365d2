"""Several series beside each other: statistics, correlation, lag, difference, one scale. C4, C5 in
docs/methods.md."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.timeseries import time_weighted_mean

MIN_PAIRS = 24
"""Pairs below which two series aren't set against each other."""
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a series was like in [start, end); every value NaN when nothing is known."""

    count: int
    mean: float
    """Weighted by time (M2)."""
    lowest: float
    p5: float
    p50: float
    p95: float
    highest: float
    sd: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a series goes with the first one."""

    correlation: float
    """Pearson's, at no lag; NaN under MIN_PAIRS pairs or where one of them never moves."""
    lag: int
    """Steps by which it follows the first (negative: goes before) where they agree best."""
    at_lag: float
    """Correlation there."""


def statistics(
    ms: np.ndarray, values: np.ndarray, start: int, end: int, max_hold: int
) -> Statistics:
    """Statistics of [start, end), UTC ms. ms: sorted; values: NaN = missing; a sample holds until
    the next one, at most `max_hold` ms. Percentiles are of samples, linear between them."""
    inside = (ms >= start) & (ms < end)
    held = time_weighted_mean(ms, values, start, end, max_hold)
    known = values[inside & np.isfinite(values)]
    if not len(known):
        return Statistics(0, held.value, _NAN, _NAN, _NAN, _NAN, _NAN, _NAN, held.coverage)
    p5, p50, p95 = np.percentile(known, (5, 50, 95))
    return Statistics(
        len(known), held.value, float(known.min()), float(p5), float(p50), float(p95),
        float(known.max()), float(known.std(ddof=1)) if len(known) > 1 else 0.0, held.coverage,
    )  # fmt: skip


def on_grid(ms: np.ndarray, values: np.ndarray, start: int, end: int, step: int) -> np.ndarray:
    """Mean of the samples in each step of [start, end); NaN where a step has none."""
    count = max(0, -(-(end - start) // step))
    at = (ms - start) // step
    good = np.isfinite(values) & (at >= 0) & (at < count)
    place = at[good].astype(np.int64)
    sums = np.bincount(place, values[good], count)
    n = np.bincount(place, minlength=count)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(n > 0, sums / np.maximum(n, 1), _NAN), float)


def likeness(first: np.ndarray, other: np.ndarray, reach: int) -> Likeness:
    """Correlation at no lag, and the lag of at most `reach` steps with the highest correlation.

    Both on one grid, NaN = missing. Ties go to the smaller lag.
    """
    here = _pearson(first, other)
    best, at = 0, here
    for lag in sorted(range(-reach, reach + 1), key=abs):
        found = _pearson(first, shifted(other, lag))
        if np.isfinite(found) and (not np.isfinite(at) or found > at + 1e-9):
            best, at = lag, found
    return Likeness(here, best, at)


def shifted(values: np.ndarray, lag: int) -> np.ndarray:
    """The series moved `lag` steps earlier, NaN where nothing moves in: one that follows the other
    by `lag` lies upon it then."""
    moved = np.full(len(values), _NAN)
    if lag == 0:
        return np.asarray(values, float).copy()
    if 0 < lag < len(values):
        moved[:-lag] = values[lag:]
    elif 0 < -lag < len(values):
        moved[-lag:] = values[:lag]
    return moved


def difference(first: np.ndarray, other: np.ndarray, lag: int = 0) -> np.ndarray:
    """other − first step by step, `other` moved `lag` steps earlier; NaN where one is missing."""
    left: np.ndarray = shifted(other, lag) - np.asarray(first, float)
    return left


def normalised(values: np.ndarray, how: str) -> np.ndarray:
    """The series on a scale that several can share.

    'mean': percent of its own mean; 'range': 0 at its lowest, 100 at its highest; 'z': standard
    deviations from its mean. All NaN where the yardstick is nothing. Raises ValueError for others.
    """
    values = np.asarray(values, float)
    known = values[np.isfinite(values)]
    if how not in ("mean", "range", "z"):
        raise ValueError(f"no such scale: {how}")
    if not len(known):
        return values
    middle = float(known.mean())
    yardstick = {"mean": abs(middle), "range": float(np.ptp(known)), "z": float(known.std())}[how]
    if yardstick <= 1e-12:
        return np.full(len(values), _NAN)
    if how == "mean":
        return np.asarray(100.0 * values / middle, float)
    if how == "range":
        return np.asarray(100.0 * (values - known.min()) / yardstick, float)
    return np.asarray((values - middle) / yardstick, float)


def typical_day(
    ms: np.ndarray, values: np.ndarray, offset_ms: np.ndarray, slots: int
) -> np.ndarray:
    """Median of the values in each slot of the local day, NaN where a slot has none.

    offset_ms: what is to be added to each `ms` to get local time (a day of 23 or 25 hours is cut
    by its clock); slots: parts of the day.
    """
    day = 86_400_000
    place = ((ms + offset_ms) % day) * slots // day
    found = np.full(slots, _NAN)
    for slot in np.unique(place[np.isfinite(values)]):
        found[int(slot)] = np.median(values[(place == slot) & np.isfinite(values)])
    return found


def _pearson(first: np.ndarray, other: np.ndarray) -> float:
    both = np.isfinite(first) & np.isfinite(other)
    if both.sum() < MIN_PAIRS:
        return _NAN
    a, b = first[both] - first[both].mean(), other[both] - other[both].mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 1e-12 else _NAN
