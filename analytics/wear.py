"""Wear of pumps: how much head and efficiency are lost, since when, and whether it is the pump at
all. M24 in docs/methods.md.

Units as in analytics.hydraulics; wear is a fraction (0.07 = 7 points).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.hydraulics import METRES_PER_MPA, PumpCurve
from analytics.learnt_curves import LOW_FLOW, Bins

Array = NDArray[np.float64]

WATCH, WARN, ACT = (0.04, 0.06), (0.07, 0.10), (0.12, 0.15)
"""Loss of head and of efficiency from which a pump is watched, warned of, repaired."""
STEADY_WINDOWS, STEADY_BINS = 67.0, 3
"""200 steady minutes in 3 bins are needed."""
GAUGE = 0.02
"""Shift of head that all pumps of a set share, from which the gauge is suspected."""
STRAINER = 0.06
"""Loss of the strainer over the pump's own c, from which it is said to be clogged."""
SYSTEMATIC = 0.004
"""Standard error of a loss of head that doesn't shrink with more windows."""


class Cause(StrEnum):
    """What a loss of head or efficiency is put down to."""

    NONE = "none"
    IMPELLER = "impeller"
    STRAINER = "strainer"
    GAUGE = "gauge"
    CHECK_VALVE = "check_valve"
    FRICTION = "friction"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Wear:
    """Wear of pumps; arrays [k]."""

    head: Array
    """1 - k_H of each pump by itself (E3.11); negative when it gives more than the reference."""
    error: Array
    """Standard error of `head`."""
    efficiency: Array
    """1 - k_η."""
    windows: Array
    known: NDArray[np.bool_]
    """Enough steady windows in enough bins."""


def wear(bins: Bins, reference: PumpCurve) -> Wear:
    """Loss of head and efficiency of pumps against their reference curves (arrays [k])."""
    seen = (bins.n > 0) & np.isfinite(bins.flow) & np.isfinite(bins.head)
    w = np.where(seen, bins.n, 0.0)
    q, h = np.where(seen, bins.flow, 0.0), np.where(seen, bins.head, 0.0)
    square = np.where(seen, bins.square, 0.0)
    h0, c = reference.shutoff_head[:, None], reference.c[:, None]
    total = w.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (h + c * square) / h0
        k = (w * share).sum(axis=1) / total
        capped = np.minimum(w, 50.0)
        scatter = (capped * (share - k[:, None]) ** 2).sum(1) / capped.sum(1)
        bins_seen = seen.sum(axis=1)
        error = np.sqrt(scatter / np.maximum(bins_seen - 1, 1) + SYSTEMATIC**2)
        due = reference.a1[:, None] * q - reference.a2[:, None] * square
        eta = bins.pump_efficiency(reference.rated_power)
        told = (
            seen & np.isfinite(eta) & (due > 0.05) & (q > LOW_FLOW * reference.best_flow[:, None])
        )
        weight = np.where(told, w, 0.0)
        ratio = np.where(told, eta / np.where(told, due, 1.0), 0.0)
        gain = (weight * ratio).sum(axis=1) / weight.sum(axis=1)
    known = (total >= STEADY_WINDOWS) & (bins_seen >= STEADY_BINS)
    return Wear(1.0 - k, error, 1.0 - gain, total, np.asarray(known))


def common_shift(head: Array, of: NDArray[np.int64], sets: int) -> Array:
    """[sets] loss of head that all pumps of a set share: a gauge, not the pumps. 0 where one pump
    stands alone or they disagree about the sign.

    head: [k] losses; of: [k] set of each pump. Pumps don't wear alike, a gauge moves them alike:
    what they share is the loss of the least affected.
    """
    low, high = np.full(sets, np.inf), np.full(sets, -np.inf)
    known = np.isfinite(head)
    np.minimum.at(low, of[known], head[known])
    np.maximum.at(high, of[known], head[known])
    count = np.bincount(of[known], minlength=sets)
    shared = np.where(low > 0, low, np.where(high < 0, high, 0.0))
    return np.asarray(np.where(count >= 2, shared, 0.0))


def strainer_loss(dpq2: ArrayLike, q4: ArrayLike, c: ArrayLike) -> Array:
    """Loss of the strainer over the pump's c: the slope of its pressure drop (MPa) over the square
    of a pump's flow, in m, over c. Sums as in set_day; NaN where nothing flowed."""
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.asarray(dpq2, float) / np.asarray(q4, float)
    return np.asarray(slope * METRES_PER_MPA / np.asarray(c, float))


def cause(
    own: float, shared: float, efficiency: float, strainer: float = 0.0, closure: float = 1.0
) -> Cause:
    """What the signs point to (the table of M24). own: loss of head beyond what the set shares;
    shared: that; efficiency: loss; strainer: its loss over c, above what a clean one has."""
    signs = (
        (not np.isfinite(own), Cause.UNKNOWN),
        (own >= WATCH[0] and closure > 1.25 and efficiency > 2.5 * own, Cause.CHECK_VALVE),
        (own >= WATCH[0], Cause.IMPELLER),
        (np.isfinite(strainer) and strainer >= STRAINER, Cause.STRAINER),
        (abs(shared) >= GAUGE and (shared < 0 or not efficiency > shared), Cause.GAUGE),
        (shared >= WATCH[0], Cause.IMPELLER),
        (np.isfinite(efficiency) and efficiency >= WARN[1], Cause.FRICTION),
    )
    return next((found for sign, found in signs if sign), Cause.NONE)


def grade(head: float, efficiency: float) -> int:
    """0 good, 1 watch, 2 warn, 3 act."""
    e = efficiency if np.isfinite(efficiency) else 0.0
    if not np.isfinite(head):
        return 0
    return sum(head > limit[0] or e > limit[1] for limit in (WATCH, WARN, ACT))


@dataclass(frozen=True)
class Onset:
    """When a slow loss began: places on the time axis of the samples."""

    begin: float | None
    """None when there is no loss that time explains."""
    end: float | None
    """Where it stopped growing, or the last sample."""
    loss: float
    """What was lost by then."""
    low: float | None = None
    high: float | None = None
    """90 % interval of `begin`."""
    fitted: Array | None = None


def onset(times: ArrayLike, values: ArrayLike, weight: ArrayLike | None = None) -> Onset:
    """The ramp that explains a series best: flat, then a straight change, then flat or the end.

    times: days, any step, sorted; values: wear, NaN = unknown. Every pair of bends is tried
    (least squares); a ramp must explain at least 2 points of wear and 20 times the variance that
    chance would. The interval is what a profile likelihood leaves.
    """
    t, y = np.asarray(times, float), np.asarray(values, float)
    w = np.ones_like(y) if weight is None else np.asarray(weight, float)
    known = np.isfinite(y) & (w > 0)
    t, y, w = t[known], y[known], w[known]
    nothing = Onset(None, None, 0.0)
    if t.size < 8 or t[-1] - t[0] < 20.0:
        return nothing
    step = max((t[-1] - t[0]) / 110.0, 1.0)
    grid = np.arange(t[0], t[-1] + step, step)
    first, last = (part.ravel() for part in np.meshgrid(grid[:-1], grid, indexing="ij"))
    keep = last - first >= step * 0.99
    first, last = first[keep], last[keep]
    error, base, size = _ramps(t, y, w, first, last)
    best = int(error.argmin())
    flat = float((w * (y - np.average(y, weights=w)) ** 2).sum())
    noise = max(float(error[best]) / max(t.size - 4, 1), 1e-12)
    if size[best] < 0.02 or flat - error[best] < 20.0 * noise:
        return nothing
    profile = np.full(grid.size, np.inf)
    np.minimum.at(profile, np.rint((first - t[0]) / step).astype(int), error)
    inside = grid[profile <= error[best] + 2.71 * noise]
    shape = np.clip((t - first[best]) / (last[best] - first[best]), 0.0, 1.0)
    return Onset(
        float(first[best]), float(min(last[best], t[-1])), float(size[best]),
        float(inside.min()) - step, float(inside.max()) + step, base[best] + size[best] * shape,
    )  # fmt: skip


def _ramps(t: Array, y: Array, w: Array, first: Array, last: Array) -> tuple[Array, Array, Array]:
    """(error, level before, size) of each ramp [c], by weighted least squares in closed form."""
    error, base, size = (np.empty(len(first)) for _ in range(3))
    total, mean = w.sum(), np.average(y, weights=w)
    spread = (w * (y - mean) ** 2).sum()
    for begin in range(0, len(first), 2000):
        part = slice(begin, begin + 2000)
        x = np.clip((t - first[part, None]) / (last - first)[part, None], 0.0, 1.0)
        centre = (x @ w) / total
        off = x - centre[:, None]
        up = np.maximum((off**2) @ w, 1e-12)
        size[part] = (off @ (w * (y - mean))) / up
        error[part] = spread - size[part] ** 2 * up
        base[part] = mean - size[part] * centre
    return error, base, size
