"""How pumps are used: preferred region, flow of each pump without its own meter, cycling, balance.
M22 in docs/methods.md.

Units as in analytics.hydraulics; shares are fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

from analytics.hydraulics import PumpCurve, suction_head_available

Array = NDArray[np.float64]

PREFERRED = (0.70, 1.20)
"""Flow over speed, over the best flow (ANSI/HI 9.6.3, radial pumps)."""
ALLOWED = (0.50, 1.25)
EFFICIENT = (1.0 - 0.1**0.5, 1.0 + 0.1**0.5)
"""Where E3.4 gives at least 90 % of the best efficiency."""
LEAST_STABLE = 0.30
ECONOMIC, REASONABLE = 0.85, 0.70
"""Efficiency over the best one: classes of GB/T 13469."""
CLOSED = (0.93, 1.07)
STARTS_WATCH, STARTS_ALARM = 8.0, 15.0
"""An hour."""
UNBALANCED = 0.30
EXERCISE_DAYS = 7
SUCTION_MARGIN = 0.5


class Economy(StrEnum):
    """Class of a pump's operation."""

    ECONOMIC = "economic"
    REASONABLE = "reasonable"
    UNECONOMIC = "uneconomic"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Duty:
    """Shares of pumps' time and volume; arrays [k], NaN where a pump didn't run."""

    preferred: Array
    """Share of the time in PREFERRED."""
    allowed: Array
    efficient: Array
    starved: Array
    """Share of the time below LEAST_STABLE."""
    beyond: Array
    """Share of the time above the preferred region."""
    preferred_volume: Array
    efficient_volume: Array
    ratio: Array
    """Median flow over best flow, by time."""
    relative: Array
    """Mean efficiency over the best efficiency, weighted by energy: what GB/T 13469 judges."""


def duty(time: ArrayLike, flow: ArrayLike, speed: ArrayLike, best_flow: ArrayLike) -> Duty:
    """Use of pumps from their bins: time (any unit), flow q/s and speed s, all [k, m]; best_flow
    [k]. A bin with no time may hold NaN."""
    w = np.nan_to_num(np.asarray(time, float))
    r = np.asarray(flow, float) / np.asarray(best_flow, float)[:, None]
    known = (w > 0) & np.isfinite(r)
    w = np.where(known, w, 0.0)
    volume = np.where(known, w * np.asarray(flow, float) * np.asarray(speed, float), 0.0)
    r = np.where(known, r, np.nan)

    def share(weight: Array, low: float, high: float) -> Array:
        # a bin is as wide as an eighth of the rated flow: its edge shares count by overlap
        half = 0.0625
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.clip((np.minimum(r + half, high) - np.maximum(r - half, low)) / 0.125, 0, 1)
            return np.asarray(np.nansum(part * weight, axis=1) / weight.sum(axis=1))

    with np.errstate(invalid="ignore", divide="ignore"):
        shape = np.clip(r * (2.0 - r), 0.0, 1.0)
        relative = np.nansum(w * shape, axis=1) / w.sum(axis=1)
    return Duty(
        preferred=share(w, *PREFERRED),
        allowed=share(w, *ALLOWED),
        efficient=share(w, *EFFICIENT),
        starved=share(w, -1.0, LEAST_STABLE),
        beyond=share(w, PREFERRED[1], 9.0),
        preferred_volume=share(volume, *PREFERRED),
        efficient_volume=share(volume, *EFFICIENT),
        ratio=weighted_median(r, w),
        relative=np.asarray(relative),
    )


def weighted_median(values: Array, weight: Array) -> Array:
    """[k] median of each row of [k, m] by weight; NaN without weight."""
    order = np.argsort(np.where(np.isnan(values), np.inf, values), axis=1)
    v, w = np.take_along_axis(values, order, 1), np.take_along_axis(weight, order, 1)
    run = w.cumsum(axis=1)
    place = (run < 0.5 * run[:, -1:]).sum(axis=1).clip(0, v.shape[1] - 1)
    found = v[np.arange(len(v)), place]
    return np.asarray(np.where(run[:, -1] > 0, found, np.nan))


def economy(relative: float) -> Economy:
    """The class of operating over best efficiency (GB/T 13469-2021, limits are our default)."""
    if not np.isfinite(relative):
        return Economy.UNKNOWN
    if relative >= ECONOMIC:
        return Economy.ECONOMIC
    return Economy.REASONABLE if relative >= REASONABLE else Economy.UNECONOMIC


@dataclass(frozen=True)
class Shared:
    """Flow of each pump where only the total is measured."""

    by_head: Array
    """From speed and head through the curve (head route), m³/h."""
    by_power: Array
    """From speed and power, on the rising branch; NaN without power."""
    reconciled: Array
    """All routes and the measured total together."""
    closure: float
    """Measured total over the sum by head."""
    sensitivity: float
    """Change of the total for 1 m more head, m³/h."""

    @property
    def closes(self) -> bool:
        return CLOSED[0] <= self.closure <= CLOSED[1]


def shared_flow(
    curve: PumpCurve,
    speed: ArrayLike,
    head: float,
    total: float,
    power: ArrayLike | None = None,
    head_error: float = 0.5,
    power_error: float = 0.03,
    total_error: float = 0.01,
) -> Shared:
    """Flow of each running pump of one kind: by head, by power, reconciled by weighted least
    squares. Errors: m, and shares of power and of the total.

    Like pumps at one speed share the total evenly.
    """
    s = np.asarray(speed, float)
    by_head = curve.flow(head, s)
    slope = -1.0 / (2.0 * float(curve.c) * np.maximum(by_head, 1e-9))
    by_power = np.full(s.shape, np.nan)
    if power is not None:
        by_power = flow_by_power(curve, s, np.asarray(power, float))
    closure = total / float(by_head.sum()) if by_head.sum() > 0 else np.nan
    even = bool(np.ptp(s) <= 0.01 * s.max())
    if even and power is None:
        found: Array = np.full(s.shape, total / s.size)
    else:
        spread = np.maximum(np.abs(slope) * head_error, 0.02 * float(curve.best_flow))

        def misses(q: Array) -> Array:
            closing = np.array([(q.sum() - total) / (total_error * total)])
            terms = [np.asarray((q - by_head) / spread), closing]
            if power is not None:
                shown = np.asarray(power, float)
                terms.append(
                    np.asarray((curve.electric_power(q, s) - shown) / (power_error * shown))
                )
            return np.asarray(np.nan_to_num(np.concatenate(terms)), float)

        start = np.maximum(by_head, 0.05 * float(curve.best_flow))
        found = np.asarray(least_squares(misses, start, bounds=(1e-6, np.inf)).x)
    return Shared(by_head, by_power, found, float(closure), float(slope.sum()))


def flow_by_power(curve: PumpCurve, speed: ArrayLike, power: ArrayLike) -> Array:
    """Flow that explains a pump's electric power at its speed, m³/h, on the branch where power
    rises with flow; NaN where no flow does."""
    s, shown = np.asarray(speed, float), np.asarray(power, float)
    grid = np.linspace(0.02, 1.30, 400)[:, None] * (curve.best_flow * s).reshape(1, -1)
    taken = curve.electric_power(grid, s.reshape(1, -1))
    top = taken.argmax(axis=0)
    found = np.full(s.size, np.nan)
    for i, wanted in enumerate(shown.ravel()):
        low = int(taken[: top[i] + 1, i].argmin())
        rise = taken[low : top[i] + 1, i]
        if rise.size > 1 and rise[0] <= wanted <= rise[-1]:
            found[i] = np.interp(wanted, rise, grid[low : top[i] + 1, i])
    return found.reshape(s.shape)


def suction_margin(p_in: ArrayLike, required: ArrayLike, p_vapour: float = 0.00234) -> Array:
    """m of suction head beyond what the pump needs (E3.14); under SUCTION_MARGIN it cavitates."""
    return np.asarray(suction_head_available(p_in, p_vapour) - np.asarray(required, float))


def balance(hours: ArrayLike) -> float | None:
    """Largest less smallest run hours of pumps of one role, over their mean; beyond UNBALANCED
    they aren't rotated. None for one pump, or without hours."""
    h = np.asarray(hours, float)
    h = h[np.isfinite(h)]
    if h.size < 2 or h.mean() <= 0:
        return None
    return float((h.max() - h.min()) / h.mean())


def starts_an_hour(starts: ArrayLike, run_seconds: ArrayLike) -> Array:
    """Starts over the hours that the pump ran; NaN under an hour of running."""
    hours = np.asarray(run_seconds, float) / 3600.0
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(hours >= 1.0, np.asarray(starts, float) / hours, np.nan))
