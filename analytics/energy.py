"""Energy of pumping: per volume, per volume and pressure, efficiency; what is lost and why a sum of
kWh has changed. M13 in docs/methods.md (E2.1 to E2.7).

Units: kWh, m³, MPa, m³·MPa, m, m³/h, kW. Every answer to a person is a Figure with its reasons.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analytics.hydraulics import hydraulic_power, three_phase_power
from analytics.results import Figure, Reason, figure, nothing

FLOOR = 1.0 / 3.6
"""kWh that lift 1 m³ by 1 MPa: nothing needs less (E2.7)."""
KWH_A_METRE = 9.80665 / 3600.0
"""kWh that lift 1 m³ by 1 m."""
VOLUME_FLOOR, HEAD_VOLUME_FLOOR = 1.0, 0.02
"""m³ and m³·MPa (1 m³ by 2 m) of a period under which no ratio is told."""
ENERGY_FLOOR = 0.1
FLOW_FLOOR, POWER_FLOOR, HEAD_FLOOR = 0.3, 0.1, 2.0
TAP_PRESSURE = 0.10
"""MPa wanted at the highest tap."""
FRICTION = 0.04
"""MPa lost on the way up, our default."""
END_MARGIN = 0.05
"""MPa that a measured far end should keep above TAP_PRESSURE."""
SMALL_SET, SMALL_BEST, BEST, LEAST = 22.0, 0.85, 0.92, 0.05
SCALES = (10.0, 0.1, 100.0, 0.01, 1000.0, 0.001)
DEFAULT_POWER_FACTOR = 0.85


def specific_energy(energy: float | None, volume: float | None, coverage: float = 1.0) -> Figure:
    """E2.5: kWh/m³. Under 1 m³ there is none (ZERO_FLOW): the energy is then idle consumption."""
    return _per(energy, volume, VOLUME_FLOOR, "kWh/m³", "E2.5", coverage)


def specific_per_head(
    energy: float | None, head_volume: float | None, coverage: float = 1.0
) -> Figure:
    """E2.6: kWh/(m³·MPa), of sums. Under FLOOR it is impossible: OUT_OF_RANGE."""
    found = _per(energy, head_volume, HEAD_VOLUME_FLOOR, "kWh/(m³·MPa)", "E2.6", coverage)
    if found.value is not None and found.value < FLOOR:
        return found.because(Reason.OUT_OF_RANGE)
    return found


def wire_to_water(
    energy: float | None,
    head_volume: float | None,
    rated_power: float | None = None,
    coverage: float = 1.0,
) -> Figure:
    """E2.7: efficiency 0 to 1 from the socket to the water, elevation and velocity left out.

    rated_power: kW of the set; small ones (up to 22 kW) can't do better than 0.85, none than
    0.92: beyond, or under 0.05, it is OUT_OF_RANGE.
    """
    spent = specific_per_head(energy, head_volume, coverage)
    if spent.value is None or spent.value <= 0:
        return nothing("", "E2.7", *(spent.reasons or (Reason.ZERO_BASE,)), coverage=coverage)
    return _judged(FLOOR / spent.value, rated_power, "E2.7", coverage)


def efficiency(
    flow: float | None,
    head: float | None,
    power: float | None,
    rated_power: float | None = None,
    range_top: float = 0.0,
) -> Figure:
    """E2.4 of a moment: hydraulic over electric power. range_top: m³/h that the meter reaches.

    No flow or no power: none, ZERO_FLOW (a pump at shut-off is idle energy, not efficiency 0).
    Water that falls while power is drawn: none, OUT_OF_RANGE (transmitters swapped, check valve).
    """
    if flow is None or head is None or power is None:
        return nothing("", "E2.4", Reason.NO_DATA)
    if flow < max(FLOW_FLOOR, 0.02 * range_top) or power < POWER_FLOOR:
        return nothing("", "E2.4", Reason.ZERO_FLOW)
    if head <= 0:
        return nothing("", "E2.4", Reason.OUT_OF_RANGE)
    if head < HEAD_FLOOR:
        return nothing("", "E2.4", Reason.ZERO_BASE)
    return _judged(float(hydraulic_power(flow, head)) / power, rated_power, "E2.4", 1.0)


def scale_error(found: float, expected: float, ratios: tuple[float, ...] = ()) -> float | None:
    """The factor (10, 0.1, a transformer's ratio or its inverse) that `found` is off by, within
    15 %; None when none of them explains it."""
    if found <= 0 or expected <= 0:
        return None
    factors = (*SCALES, *(r for ct in ratios for r in (ct, 1.0 / ct)))
    return next((k for k in factors if abs(math.log(found / expected / k)) < 0.14), None)


def idle_share(idle: float | None, energy: float | None) -> Figure:
    """Share of the energy, 0 to 1, that was used while nothing flowed."""
    if idle is None or energy is None:
        return nothing("", "E2.5i", Reason.NO_DATA)
    if energy < 0.1:
        return nothing("", "E2.5i", Reason.ZERO_BASE)
    return figure(idle / energy, "", "E2.5i")


def pressure_need(static: ArrayLike, friction: float = FRICTION) -> np.ndarray:
    """MPa wanted at the outlet: the highest tap's height (m), its pressure, friction."""
    return np.asarray(static, float) * 9.80665e-3 + TAP_PRESSURE + friction


def pressure_excess(
    outlet: ArrayLike, static: ArrayLike, far_end: ArrayLike = np.nan
) -> np.ndarray:
    """MPa more than is needed, 0 or above; NaN where neither height nor far end is known.

    Where the far end is measured it has the word: what it has above its own need.
    """
    by_height = np.asarray(outlet, float) - pressure_need(static)
    by_end = np.asarray(far_end, float) - (TAP_PRESSURE + END_MARGIN)
    excess = np.where(np.isnan(by_end), by_height, by_end)
    return np.where(np.isnan(excess), np.nan, np.maximum(excess, 0.0))


def excess_loss(excess: float, volume: float, spent: float) -> float:
    """kWh for pressure that nobody needed: `spent` is kWh/(m³·MPa); 0.27778/η of it, likewise for
    what a reducing valve takes away."""
    return max(0.0, excess) * volume * spent


def saving_to(spent: ArrayLike, target: ArrayLike, head_volume: ArrayLike) -> np.ndarray:
    """kWh less if the work had been done at `target` kWh/(m³·MPa); 0 where it was done better."""
    less = np.asarray(spent, float) - np.asarray(target, float)
    return np.asarray(np.maximum(0.0, less) * np.asarray(head_volume, float))


def setpoint_saving(before: float, after: float, energy: float) -> Figure:
    """kWh less at a lower head (m): E·(1 − H₂/H₁), at constant flow and efficiency (E3.15)."""
    if before < HEAD_FLOOR:
        return nothing("kWh", "E3.15", Reason.ZERO_BASE)
    return figure(energy * (1.0 - after / before), "kWh", "E3.15")


def current_power(
    volts: float | None, amperes: float | None, power_factor: float | None = None
) -> Figure:
    """kW of three phases from the current, before the drive; without a known power factor 0.85
    (DEFAULT_PARAMETER)."""
    if volts is None or amperes is None:
        return nothing("kW", "E3.16", Reason.NO_DATA)
    if amperes < 0 or volts < 0:
        return nothing("kW", "E3.16", Reason.NEGATIVE_INPUT)
    reasons = [Reason.DEFAULT_PARAMETER] if power_factor is None else []
    factor = DEFAULT_POWER_FACTOR if power_factor is None else power_factor
    return figure(float(three_phase_power(volts, amperes, factor)), "kW", "E3.16", reasons)


@dataclass(frozen=True)
class Change:
    """Why kWh have changed between two periods; `volume + head + efficiency + other` is `total`."""

    volume: float
    head: float
    efficiency: float
    other: float
    """Stations of which only one of the periods is known, or that pumped nothing in one."""
    base: float
    current: float

    @property
    def total(self) -> float:
        return self.current - self.base


def change(
    base: tuple[ArrayLike, ArrayLike, ArrayLike], current: tuple[ArrayLike, ArrayLike, ArrayLike]
) -> Change:
    """Split the change of Σ E by station (each argument: E, V, ΣVΔp of the same stations; NaN =
    unknown). E = V · (ΣVΔp/V) · (E/ΣVΔp), so with the logarithmic mean L of E₁ and E₀ the parts
    L·ln(x₁/x₀) add up to E₁ − E₀ without a rest (E2.13)."""
    e0, v0, h0 = (np.asarray(a, float) for a in base)
    e1, v1, h1 = (np.asarray(a, float) for a in current)
    before, now = float(np.nansum(e0)), float(np.nansum(e1))
    with np.errstate(invalid="ignore"):
        like = (np.minimum(e0, e1) >= ENERGY_FLOOR) & (np.minimum(v0, v1) >= VOLUME_FLOOR)
        like &= np.minimum(h0, h1) >= HEAD_VOLUME_FLOOR
    e0, v0, h0, e1, v1, h1 = (a[like] for a in (e0, v0, h0, e1, v1, h1))
    step = np.log(e1 / e0)
    small = np.abs(step) < 1e-9
    mean = np.where(small, (e0 + e1) / 2, (e1 - e0) / np.where(small, 1.0, step))
    volume = mean * np.log(v1 / v0)
    head = mean * np.log((h1 / v1) / (h0 / v0))
    machine = mean * np.log((e1 / h1) / (e0 / h0))
    parts = [float(part.sum()) for part in (volume, head, machine)]
    return Change(parts[0], parts[1], parts[2], now - before - sum(parts), before, now)


def _per(
    energy: float | None, over: float | None, floor: float, unit: str, formula: str, coverage: float
) -> Figure:
    if energy is None or over is None or not (math.isfinite(energy) and math.isfinite(over)):
        return nothing(unit, formula, Reason.NO_DATA, coverage=coverage)
    if energy < 0 or over < 0:
        return nothing(unit, formula, Reason.NEGATIVE_INPUT, coverage=coverage)
    if over < floor:
        return nothing(unit, formula, Reason.ZERO_FLOW, coverage=coverage)
    return figure(energy / over, unit, formula, coverage=coverage)


def _judged(value: float, rated_power: float | None, formula: str, coverage: float) -> Figure:
    top = SMALL_BEST if rated_power is not None and rated_power <= SMALL_SET else BEST
    odd = value > top or value < LEAST
    return figure(value, "", formula, [Reason.OUT_OF_RANGE] if odd else [], coverage=coverage)
