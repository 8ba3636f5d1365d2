"""Irregular samples: how long each one holds, and means over time. M2, M3 in docs/methods.md."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Mean(NamedTuple):
    """A mean over time and the share of the window that its samples cover (0..1)."""

    value: float
    coverage: float


def time_weighted_mean(
    ms: np.ndarray, values: np.ndarray, start: int, end: int, max_hold: int
) -> Mean:
    """Mean of [start, end) where each sample holds until the next, at most `max_hold` ms.

    ms: sorted. A sample before the window counts for what it still holds of it. NaN with coverage
    0 when nothing holds inside; a NaN sample holds nothing.
    """
    if end <= start or not len(ms):
        return Mean(float("nan"), 0.0)
    until = np.minimum(np.append(ms[1:], np.iinfo(np.int64).max // 2), ms + max_hold)
    held = np.clip(until, start, end) - np.clip(ms, start, end)
    held = np.where(np.isnan(values), 0, held)
    total = float(held.sum())
    if total == 0:
        return Mean(float("nan"), 0.0)
    return Mean(float((np.nan_to_num(values) * held).sum()) / total, total / (end - start))


def held_seconds(station: np.ndarray, ms: np.ndarray, bucket: int, hold: int) -> np.ndarray:
    """Seconds of its own bucket that each row stands for; rows sorted by (station, ms).

    bucket, hold: ms. A row holds until the station's next row, at most `hold` and not beyond its
    bucket. The first row of a bucket also stands for what went before it, when that isn't longer
    than `hold`: the bucket can be judged without knowing its neighbour.
    """
    start = ms - ms % bucket
    same = np.zeros(len(ms), bool)
    same[1:] = (station[1:] == station[:-1]) & (start[1:] == start[:-1])
    until = start + bucket
    until[:-1] = np.where(same[1:], ms[1:], until[:-1])
    before = np.where(same, 0, ms - start)
    held: np.ndarray = np.minimum(until - ms, hold) + np.where(before <= hold, before, 0)
    return held / 1000.0


def lowest_moving_mean(values: np.ndarray, width: int) -> np.ndarray:
    """Lowest mean of `width` neighbours along the last axis; windows with a NaN don't count.

    NaN where no window is whole.
    """
    if values.shape[-1] < width:
        return np.full(values.shape[:-1], np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(values, width, axis=-1).mean(axis=-1)
    lowest = np.min(np.where(np.isnan(windows), np.inf, windows), axis=-1)
    return np.where(np.isinf(lowest), np.nan, lowest)
