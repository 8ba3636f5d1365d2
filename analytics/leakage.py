"""Leakage inside the red line: night balance, day, ratios, grade, money. E4.1 to E4.10, L4 in
docs/methods.md. Flow m³/h, pressure MPa, volume m³, money yuan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from analytics.results import Figure, Reason, figure, nothing

HOMES_NIGHT = 1.8
"""L/(hh·h), default for what a home uses legitimately at the night minimum (λ)."""
HOURS_DEFAULT = 22.0
"""h/d, night-day factor where no pressure is known."""
WATER_OWN, WATER_RETAIL = 1.5, 3.2
"""yuan/m³: the utility's own loss; a compound that pays on its master meter."""
TARIFF = 0.65
"""yuan/kWh where no tariff is known."""
BACKGROUND = 0.35
"""L/(hh·h), default for leakage that no search would find."""
REPAIR = 6000.0
"""yuan, default for finding and mending one leak."""
GRADES = (10.0, 12.0)
"""% of CJJ 92: first and second level."""
RATIO_WATCH, RATIO_ACT = 0.25, 0.40
HOME_WATCH, HOME_ACT = 3.0, 6.0
STEP_WATCH, STEP_ACT = 0.3, 0.8
METRES = 1e6 / (1000.0 * 9.80665)


def night_use(homes: float, occupancy: float = 1.0, per_home: float = HOMES_NIGHT) -> float:
    """m³/h of legitimate night use: N_occ · λ (E4.1); per_home in L/(hh·h)."""
    return homes * occupancy * per_home / 1000.0


def night_leak(minimum: float | None, legitimate: float, exceptional: float = 0.0) -> Figure:
    """E4.1: L_night = MNF − LNU − exceptional use, m³/h. Below zero it is 0 and UNCERTAIN: the
    meter reads too little or the use is put too high."""
    if minimum is None or not math.isfinite(minimum):
        return nothing("m³/h", "E4.1", Reason.NO_DATA)
    if minimum < 0:
        return nothing("m³/h", "E4.1", Reason.NEGATIVE_INPUT)
    left = minimum - legitimate - exceptional
    return figure(max(0.0, left), "m³/h", "E4.1", [Reason.OUT_OF_RANGE] if left < 0 else [])


def at_pressure(leak: float, before: float, after: float, exponent: float = 1.0) -> Figure:
    """E4.2 FAVAD: L(p) = L₀·(p/p₀)^N1; pressures above 0 in one unit."""
    if before <= 0 or after <= 0:
        return nothing("m³/h", "E4.2", Reason.OUT_OF_RANGE)
    return figure(leak * (after / before) ** exponent, "m³/h", "E4.2")


def exponent_of_test(leak: float, lower: float, before: float, after: float) -> Figure:
    """N1 of a pressure-step test: ln(L₀/L₁)/ln(p₀/p₁)."""
    if min(leak, lower, before, after) <= 0:
        return nothing("", "E4.2", Reason.OUT_OF_RANGE)
    if abs(math.log(before / after)) < 0.02:
        return nothing("", "E4.2", Reason.NOT_IDENTIFIABLE)
    return figure(math.log(leak / lower) / math.log(before / after), "", "E4.2")


def day_hours(
    pressures: Sequence[float | None], night: Sequence[int] = (2, 3), exponent: float = 1.0
) -> Figure:
    """E4.3: NDF = Σ (p_h/p_night)^N1 over the hours of a day, h/d.

    pressures: of each hour; an unknown one counts as the mean of the others and lowers coverage.
    None at night, or under half of the day: HOURS_DEFAULT, ESTIMATED.
    """
    values = np.array([math.nan if p is None else p for p in pressures], float)
    at_night = values[[h for h in night if h < len(values)]] if len(values) else values
    known = np.isfinite(values) & (values > 0)
    if not len(values) or known.mean() < 0.5 or not np.any(at_night > 0):
        return figure(HOURS_DEFAULT, "h", "E4.3", [Reason.DEFAULT_PARAMETER])
    base = float(np.nanmean(np.where(at_night > 0, at_night, np.nan)))
    share = float(known.mean())
    total = float(np.mean((values[known] / base) ** exponent)) * len(values)
    return figure(total, "h", "E4.3", [Reason.GAP_FILLED] if share < 1 else [], coverage=share)


def day_leak(night: Figure, hours: Figure) -> Figure:
    """L_day = L_night · NDF, m³/d, with the interval of the night."""
    if night.value is None or hours.value is None:
        return nothing("m³/d", "E4.3", *(night.reasons or (Reason.NO_DATA,)))
    bound = [None if v is None else v * hours.value for v in (night.low, night.high)]
    return figure(
        night.value * hours.value, "m³/d", "E4.3", (*night.reasons, *hours.reasons),
        coverage=min(night.coverage, hours.coverage), low=bound[0], high=bound[1],
    )  # fmt: skip


def share(part: Figure, whole: float | None, unit: str, formula: str, floor: float) -> Figure:
    """part / whole, in % where `unit` says so, with the interval of the part; nothing where the
    whole is under `floor`."""
    if part.value is None:
        return nothing(unit, formula, *part.reasons)
    if whole is None or not math.isfinite(whole):
        return nothing(unit, formula, Reason.NO_DATA)
    if whole < floor:
        return nothing(unit, formula, Reason.ZERO_BASE)
    factor = (100.0 if unit == "%" else 1.0) / whole
    low, high = (None if v is None else v * factor for v in (part.low, part.high))
    return figure(part.value * factor, unit, formula, part.reasons, coverage=part.coverage,
                  low=low, high=high)  # fmt: skip


def minimum_ratio(minimum: float | None, mean_flow: float | None) -> Figure:
    """E4.4: MNF / ADF, both m³/h."""
    made = figure(minimum, "m³/h", "E4.4")
    return share(made, mean_flow, "", "E4.4", 0.3)


def per_home(minimum: float | None, homes: float) -> Figure:
    """E4.4: MNF a home, L/(hh·h)."""
    if homes <= 0:
        return nothing("L/(hh·h)", "E4.4", Reason.NO_DATA)
    value = None if minimum is None else 1000.0 * minimum / homes
    return figure(value, "L/(hh·h)", "E4.4")


def loss_rate(supplied: float | None, authorised: float) -> Figure:
    """E4.6 R_WL = (Q_s − Q_a)/Q_s, %. The corrections of CJJ 92 are of a city, not a compound."""
    if supplied is None or not math.isfinite(supplied):
        return nothing("%", "E4.6", Reason.NO_DATA)
    if supplied < 1.0:
        return nothing("%", "E4.6", Reason.ZERO_BASE)
    return figure(100.0 * (supplied - authorised) / supplied, "%", "E4.6")


def grade(rate: float | None) -> int:
    """0 = not known, 1 = at most 10 %, 2 = at most 12 %, 3 = above (CJJ 92)."""
    if rate is None or not math.isfinite(rate):
        return 0
    return 1 if rate <= GRADES[0] else 2 if rate <= GRADES[1] else 3


def unavoidable(mains_km: float, connections: int, private_km: float, head: float) -> Figure:
    """E4.7 UARL = (18·L_m + 0.8·N_c + 25·L_p)·P, L/d; UNCERTAIN, for it was made for networks of
    3,000 connections and more, above 25 m."""
    if min(mains_km, connections, private_km, head) < 0:
        return nothing("L/d", "E4.7", Reason.NEGATIVE_INPUT)
    total = (18.0 * mains_km + 0.8 * connections + 25.0 * private_km) * head
    outside = connections < 3000 or head < 25.0
    return figure(total, "L/d", "E4.7", [Reason.OUT_OF_RANGE] if outside else [])


def leakage_index(real_losses: float, least: Figure) -> Figure:
    """ILI = CARL / UARL, both L/d: for a compound a relative index, always UNCERTAIN."""
    if least.value is None or least.value <= 0:
        return nothing("", "E4.7", Reason.ZERO_BASE)
    return figure(real_losses / least.value, "", "E4.7", (*least.reasons, Reason.OUT_OF_RANGE))


def cost(leak_day: Figure, energy: float | None, water: float, tariff: float = TARIFF) -> Figure:
    """E4.10: yuan/d = L_day·(c_water + e·tariff); energy e in kWh/m³, None = left out."""
    if leak_day.value is None:
        return nothing("yuan/d", "E4.10", *leak_day.reasons)
    known = energy is not None and math.isfinite(energy)
    price = water + ((energy or 0.0) * tariff if known else 0.0)
    low, high = (None if v is None else v * price for v in (leak_day.low, leak_day.high))
    reasons = (*leak_day.reasons, Reason.DEFAULT_PARAMETER)
    return figure(leak_day.value * price, "yuan/d", "E4.10", reasons,
                  coverage=leak_day.coverage, low=low, high=high)  # fmt: skip


def recoverable(loss: Figure, leak_day: float | None, background_day: float) -> Figure:
    """yuan/d that a repair can bring back: loss·(1 − L_background/L_day), not below 0."""
    if loss.value is None or leak_day is None:
        return nothing("yuan/d", "E4.10", *(loss.reasons or (Reason.NO_DATA,)))
    part = max(0.0, 1.0 - background_day / leak_day) if leak_day > 0 else 0.0
    return figure(loss.value * part, "yuan/d", "E4.10", loss.reasons, coverage=loss.coverage)


def payback(repair: float, saved: float | None) -> Figure:
    """Days after which a repair has paid for itself."""
    if saved is None or saved < 1.0:
        return nothing("d", "E4.10", Reason.ZERO_BASE)
    return figure(repair / saved, "d", "E4.10", [Reason.DEFAULT_PARAMETER])


def confidence(night: Figure, background: float) -> float:
    """0 to 1: how sure it is that more than `background` m³/h leaks, from the 90 % interval of
    L_night as if it were normal; 0 where nothing is known."""
    if night.value is None:
        return 0.0
    if night.low is None or night.high is None:
        return 0.5 if night.value > background else 0.0
    spread = max(1e-6, (night.high - night.low) / (2.0 * 1.645))
    return 0.5 * (1.0 + math.erf((night.value - background) / spread / math.sqrt(2.0)))


def hole(diameter_mm: float, head: float, discharge: float = 0.6) -> float:
    """m³/h through a round hole: 3600·C_d·A·√(2gh)."""
    area = math.pi / 4.0 * (diameter_mm / 1000.0) ** 2
    return 3600.0 * discharge * area * math.sqrt(2.0 * 9.80665 * max(0.0, head))


def tank_leak(area: float, drop: float, hours: float, outflow: float = 0.0) -> Figure:
    """L4: A·dh/dt − outflow, m³/h, while the inlet is shut; area m², drop m in `hours`."""
    if hours <= 0 or area <= 0:
        return nothing("m³/h", "L4", Reason.OUT_OF_RANGE)
    found = area * drop / hours - outflow
    if found < 0:
        return figure(0.0, "m³/h", "L4", [Reason.OUT_OF_RANGE])
    return figure(found, "m³/h", "L4", [Reason.TOO_FEW_SAMPLES] if drop < 0.005 else [])
