"""What was drawn: from the outlet meter, else from the tank's balance, else in shape only from
the pumps' speed. And what a compound ought to draw. D7 to D9 in docs/methods.md."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analytics.results import Figure, Reason, figure

Floats = np.ndarray
SLOPE_SECONDS = 900
"""Levels within this time make one slope: 1 cm of 20 m² is 0.2 m³, too much for a minute."""
PERSONS, LITRES = 2.8, 150.0
"""Persons a household; litres a person and day (120 to 180 in the region's norm)."""
NORM = (120.0, 180.0)
DAY_FACTOR, HOUR_FACTOR = 1.3, 2.5
STORAGE = (0.15, 0.20)


class Source(StrEnum):
    """Where a demand comes from, best first."""

    METER = "meter"
    TANK = "tank"
    FREQUENCY = "frequency"
    """Shape only: an index, not a flow."""
    NONE = "none"


@dataclass(frozen=True)
class Demand:
    """flow: [n] m³/h (an index without unit when source is FREQUENCY), NaN where unknown."""

    flow: Floats
    source: Source
    reasons: tuple[Reason, ...] = ()


def reconstruct(
    outlet: Floats | None,
    tank: Floats | None = None,
    frequencies: Floats | None = None,
) -> Demand:
    """D7. The best of what there is: the outlet meter, the tank's balance, the frequency index.

    outlet, tank: [n] m³/h; frequencies: [pumps, n] Hz. A route with less than 60 % of the span
    known gives way to the next; the last is UNCERTAIN (EXTRAPOLATED): good for shape only.
    """
    for flow, source in ((outlet, Source.METER), (tank, Source.TANK)):
        if flow is not None and len(flow) and np.isfinite(flow).mean() >= 0.6:
            reasons = () if source is Source.METER else (Reason.METER_NOT_INSTALLED,)
            return Demand(flow, source, reasons)
    if frequencies is not None and frequencies.size:
        index = frequency_index(frequencies)
        if np.isfinite(index).mean() >= 0.6:
            weak = (Reason.METER_NOT_INSTALLED, Reason.EXTRAPOLATED)
            return Demand(index, Source.FREQUENCY, weak)
    rest = next((f for f in (outlet, tank) if f is not None), np.array([]))
    return Demand(np.full(len(rest), np.nan), Source.NONE, (Reason.NO_DATA,))


def tank_balance(
    ms: Floats, level: Floats, inflow: Floats, area: float, moving: Floats | None = None
) -> Floats:
    """D7. Q_out = Q_in − A·dh/dt, m³/h, at each sample.

    ms: [n] sorted; level: [n] m, of all connected tanks weighted to one; inflow: [n] m³/h; area:
    m² of all tanks; moving: [n] the inlet valve moves, such samples give NaN. dh/dt is the
    Theil-Sen slope of the levels within SLOPE_SECONDS around; NaN where under 5 are known.
    A demand isn't negative: small negatives (2 % of the greatest inflow) are 0, others NaN.
    """
    n = len(ms)
    slope = np.full(n, np.nan)
    half = SLOPE_SECONDS * 500
    known = np.isfinite(level)
    first = np.searchsorted(ms, ms - half, "left")
    last = np.searchsorted(ms, ms + half, "right")
    for i in range(n):
        inside = np.flatnonzero(known[first[i] : last[i]]) + first[i]
        if len(inside) >= 5:
            slope[i] = _theil_sen((ms[inside] - ms[i]) / 3.6e6, level[inside])
    flow = inflow - area * slope
    if moving is not None:
        flow = np.where(moving, np.nan, flow)
    highest = float(np.nanmax(inflow)) if np.isfinite(inflow).any() else 0.0
    small = np.maximum(0.02 * highest, 0.1)
    return np.where(flow >= 0, flow, np.where(flow >= -small, 0.0, np.nan))


def frequency_index(frequencies: Floats) -> Floats:
    """D7. Σ (f/50)³ over the pumps, [n]; NaN where no pump's frequency is known. A shape of the
    day, no flow: figures from it are UNCERTAIN."""
    known = np.isfinite(frequencies).any(axis=0)
    cubes = np.nansum((frequencies / 50.0) ** 3, axis=0)
    return np.where(known, cubes, np.nan)


@dataclass(frozen=True)
class Sizing:
    """What a compound should draw by the norm: m³ a day, m³/h, m³ of storage, hours."""

    mean_day: float
    greatest_day: float
    mean_hour: float
    greatest_hour: float
    storage: tuple[float, float]
    residence: float
    """Hours that the greater storage lasts in the mean hour."""


def sizing(
    households: float,
    persons: float = PERSONS,
    litres: float = LITRES,
    day_factor: float = DAY_FACTOR,
    hour_factor: float = HOUR_FACTOR,
) -> Sizing:
    """D8. Demand by the norm of the region. Source: GB/T 50331 (120 to 180 L a person and day)."""
    mean_day = households * persons * litres / 1000.0
    greatest = mean_day * day_factor
    mean_hour = mean_day / 24.0
    storage = (STORAGE[0] * greatest, STORAGE[1] * greatest)
    return Sizing(
        mean_day=mean_day,
        greatest_day=greatest,
        mean_hour=mean_hour,
        greatest_hour=greatest / 24.0 * hour_factor,
        storage=storage,
        residence=storage[1] / mean_hour if mean_hour > 0 else float("nan"),
    )


def per_person(volume: float | None, days: float, households: float) -> Figure:
    """D9. Litres a person and day, with the default number of persons a household."""
    if volume is None or days <= 0 or households <= 0:
        return figure(None, "L", "D9", (Reason.NO_DATA,))
    litres = 1000.0 * volume / days / (households * PERSONS)
    return figure(litres, "L", "D9", (Reason.DEFAULT_PARAMETER,))


def _theil_sen(x: Floats, y: Floats) -> float:
    """Median of the slopes of all pairs."""
    i, j = np.triu_indices(len(x), 1)
    step = x[j] - x[i]
    return float(np.median((y[j] - y[i])[step > 0] / step[step > 0]))
