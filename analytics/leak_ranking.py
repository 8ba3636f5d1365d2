"""What each compound's leak means: day, rate, money, priority; and whether a repair has helped.

Arrays over compounds, for a fleet at once; single figures by analytics.leakage. L3, L10.
"""

from __future__ import annotations

import math

import numpy as np

from analytics.change_points import Z90
from analytics.compounds import Assessment
from analytics.leakage import (
    BACKGROUND,
    HOURS_DEFAULT,
    REPAIR,
    TARIFF,
    WATER_OWN,
    share,
)
from analytics.night_flow import LIKE
from analytics.results import Figure, Reason, figure, nothing

Columns = dict[str, np.ndarray]
PROOF_NIGHTS = 14
PROOF_LEAST = 4


def day_hours_of(pressures: np.ndarray, exponent: float = 1.0) -> np.ndarray:
    """E4.3 for [n, 24] hourly pressures: Σ(p_h/p_night)^N1, h/d; HOURS_DEFAULT where under half
    of the day or the night (02, 03 h) isn't known."""
    known = np.isfinite(pressures) & (pressures > 0)
    safe = np.where(known, pressures, 0.0)
    night_known = known[:, 2:4].sum(axis=1)
    base = safe[:, 2:4].sum(axis=1) / np.maximum(night_known, 1)
    count = known.sum(axis=1)
    usable = (night_known > 0) & (count >= 12)
    ratio = np.where(known, (safe / np.where(base > 0, base, 1.0)[:, None]) ** exponent, 0.0)
    total = ratio.sum(axis=1) / np.maximum(count, 1) * pressures.shape[1]
    return np.where(usable, total, HOURS_DEFAULT)


def ranking(
    found: Assessment,
    homes: np.ndarray,
    volume_day: np.ndarray,
    energy: np.ndarray,
    hours: np.ndarray,
    tariff: float = TARIFF,
    water: float = WATER_OWN,
) -> Columns:
    """Columns [n], NaN where unknown.

    volume_day: m³/d supplied; energy: kWh/m³; hours: h/d of E4.3. night, low, high m³/h; minimum
    m³/h; ratio MNF/ADF; home L/(hh·h); day m³/d; rate % of the supply; cost and recoverable
    yuan/d; confidence 0 to 1; payback d; score = yuan/d that even the low end of the interval
    promises · confidence / (repair in 1,000 yuan), so that a guess about the night use of a large
    compound doesn't stand above a leak that was seen to grow; grown m³/h; supply = volume_day.
    """
    leak, flow = found.leak, volume_day / 24.0
    with np.errstate(invalid="ignore", divide="ignore"):
        day = leak.value * hours
        day = np.minimum(day, np.where(np.isfinite(volume_day), volume_day, np.inf))
        price = water + np.where(np.isfinite(energy), energy, 0.0) * tariff
        cost = day * price
        background = usual_leak(leak.value, homes) * homes / 1000.0
        part = np.clip(1.0 - background / leak.value, 0.0, 1.0)
        spread = np.maximum((leak.high - leak.low) / (2.0 * Z90), 1e-6)
        sure = _normal((leak.value - background) / spread)
        saved = cost * np.where(leak.value > 0, part, 0.0)
        certain = np.maximum(leak.low - background, 0.0)
        rate = np.where(volume_day >= 1.0, 100.0 * day / volume_day, np.nan)
        return {
            "night": leak.value, "low": leak.low, "high": leak.high, "minimum": found.now,
            "ratio": np.where(flow >= 0.3, found.now / flow, np.nan),
            "home": np.where(homes > 0, 1000.0 * found.now / homes, np.nan), "day": day,
            "supply": volume_day, "rate": rate, "cost": cost, "recoverable": saved,
            "confidence": sure,
            "payback": np.where(saved >= 1.0, REPAIR / saved, np.nan),
            "score": certain * price * hours * sure / (REPAIR / 1000.0), "grown": found.grown,
        }  # fmt: skip


def usual_leak(night: np.ndarray, homes: np.ndarray) -> float:
    """L/(hh·h) that compounds lose anyway: the median of them, BACKGROUND at least; a search isn't
    expected to win it back. Under LIKE compounds BACKGROUND alone."""
    with np.errstate(invalid="ignore", divide="ignore"):
        each = 1000.0 * night / np.where(homes > 0, homes, np.nan)
    known = each[np.isfinite(each)]
    return max(BACKGROUND, float(np.median(known))) if len(known) >= LIKE else BACKGROUND


def _normal(z: np.ndarray) -> np.ndarray:
    known = np.nan_to_num(z, nan=0.0)
    share = np.array([0.5 * (1.0 + math.erf(v / math.sqrt(2.0))) for v in known.tolist()])
    return np.where(np.isfinite(z), share, np.nan)


def total(columns: Columns, name: str, factor: np.ndarray | float = 1.0) -> Figure:
    """Sum of `night`-like column over compounds with its interval: the errors of compounds are
    their own, so they add as squares. Coverage is the share of compounds that are known."""
    unit = {"day": "m³/d", "cost": "yuan/d", "recoverable": "yuan/d"}[name]
    values = columns[name]
    known = np.isfinite(values)
    if not known.any():
        return nothing(unit, "E4.10", Reason.NO_DATA)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (columns["high"] - columns["low"]) / (2.0 * columns["night"])
        error = np.where(columns["night"] > 0, values * share, 0.0)
    half = float(np.sqrt(np.nansum(error[known] ** 2)))
    value = float(values[known].sum())
    formula = "E4.3" if name == "day" else "E4.10"
    return figure(value, unit, formula, [Reason.DEFAULT_PARAMETER], coverage=float(known.mean()),
                  low=max(0.0, value - half), high=value + half)  # fmt: skip


def loss_share(columns: Columns) -> Figure:
    """E4.8 of all compounds together: Σ day / Σ supply in %, over those of which both are known, so
    that neither sum has what the other lacks; coverage is their share of the compounds."""
    both = np.isfinite(columns["day"]) & np.isfinite(columns["supply"])
    some = {name: np.where(both, values, np.nan) for name, values in columns.items()}
    supply = float(columns["supply"][both].sum()) if both.any() else None
    return share(total(some, "day"), supply, "%", "E4.8", 1.0)


def proof(nights: np.ndarray, begun: int, done: int) -> tuple[Figure, Figure, Figure]:
    """(before, after, after − before) of the night minimum around a repair, m³/h.

    nights: one compound without the common course; begun: last night before the work; done: first
    night after it. Medians of up to 14 valid nights; the 90 % interval of the difference says
    whether it helped: its upper end below 0. Under 4 nights on a side nothing is told.
    """
    sides = (
        nights[max(0, begun - PROOF_NIGHTS + 1) : begun + 1],
        nights[done : done + PROOF_NIGHTS],
    )
    made: list[Figure] = []
    errors: list[float] = []
    for side in sides:
        known = side[~np.isnan(side)]
        if len(known) < PROOF_LEAST:
            none = nothing("m³/h", "L10", Reason.TOO_FEW_SAMPLES)
            return none, none, none
        middle = float(np.median(known))
        error = 1.4826 * float(np.median(np.abs(known - middle))) * 1.2533 / math.sqrt(len(known))
        error = max(error, 0.02)
        errors.append(error)
        made.append(figure(middle, "m³/h", "L10", coverage=len(known) / PROOF_NIGHTS,
                           low=middle - Z90 * error, high=middle + Z90 * error))  # fmt: skip
    change = (made[1].value or 0.0) - (made[0].value or 0.0)
    half = Z90 * math.hypot(*errors)
    return made[0], made[1], figure(change, "m³/h", "L10", low=change - half, high=change + half)


def helped(difference: Figure) -> str:
    """'' unknown | yes | no | unsure."""
    if difference.value is None or difference.low is None or difference.high is None:
        return ""
    if difference.high < 0:
        return "yes"
    return "no" if difference.value >= 0 else "unsure"
