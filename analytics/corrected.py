"""What a correction makes of a series, and of a figure that stands on it. X1 in docs/methods.md."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analytics.results import Figure, Reason


@dataclass(frozen=True)
class Preview:
    """A series with a correction laid over it; NaN where nothing is known."""

    after: np.ndarray
    touched: np.ndarray
    """bool: steps that the correction reaches."""
    before_mean: float
    after_mean: float
    before_range: tuple[float, float]
    after_range: tuple[float, float]


def preview(
    ms: np.ndarray, values: np.ndarray, low: int, high: int, value: float | None
) -> Preview:
    """The steps whose time lies in [low, high) take `value`, None = they count as missing.

    Means and ranges are those of the touched steps. NaN without any.
    """
    touched = (ms >= low) & (ms < high)
    after = np.where(touched, np.nan if value is None else value, values)
    old, new = values[touched], after[touched]
    return Preview(after, touched, _mean(old), _mean(new), _range(old), _range(new))


def marked(told: Figure, corrected_seconds: float | None, revisions: int = 0) -> Figure:
    """The figure with what people's corrections make of it: CORRECTED when a second of what it
    stands on was corrected (F.corrected_s), and a version that counts corrections and undoings."""
    told = replace(told, version=told.version + revisions)
    if corrected_seconds and corrected_seconds > 0:
        return told.because(Reason.CORRECTED)
    return told


def exchanged(last: float, final: float, first: float, following: float) -> float:
    """X1. What a counter counted between two readings with a new meter between them: the old
    meter's `final` less the `last` reading, plus the `following` one less the new meter's `first`.
    NaN when a reading is unknown."""
    return (final - last) + (following - first)


def believable(last: float, final: float, first: float, following: float) -> bool:
    """Whether the old meter's final reading isn't below the last one, nor the new one's first above
    the following: a meter doesn't run backwards. Unknown readings don't contradict."""
    return not (final < last or following < first)


def around(ms: np.ndarray, values: np.ndarray, at: int) -> tuple[float, float]:
    """The last known value before `at` (ms) and the first known from it on; NaN = none."""
    known = np.isfinite(values)
    before, after = values[known & (ms < at)], values[known & (ms >= at)]
    nothing = float("nan")
    return (
        float(before[-1]) if len(before) else nothing,
        float(after[0]) if len(after) else nothing,
    )


def _mean(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def _range(values: np.ndarray) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (float("nan"),) * 2
