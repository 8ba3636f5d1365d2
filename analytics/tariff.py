"""What energy costs and emits: split into the bands of a tariff, priced, weighed. M12 in
docs/methods.md (E2.11, E2.12).

A day's bands are (first minute, end minute, band) in order, tiling 0 to 1440 of local time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

import numpy as np

from analytics.results import Figure, Reason, figure, nothing

Bands = Sequence[tuple[int, int, str]]
ENERGY_FLOOR = 0.1
"""kWh under which a mean price has no meaning."""
HOURS = 24


def split(
    start: datetime, end: datetime, energy: float, bands_on: Callable[[date], Bands]
) -> dict[str, float]:
    """kWh of [start, end) by band, in proportion to time where it crosses a boundary (E2.11).

    start, end: aware local times; the shares are of true elapsed seconds, so an hour that the
    clock repeats or leaves out counts as it passed. No length: no energy is given to any band.
    """
    whole = _seconds(start, end)
    found: dict[str, float] = {}
    if whole <= 0 or not math.isfinite(energy):
        return found
    at = start
    while _seconds(at, end) > 0:
        minute = at.hour * 60 + at.minute + (at.second + at.microsecond / 1e6) / 60
        _, last, band = next(b for b in bands_on(at.date()) if b[0] <= minute < b[1])
        turn = _later(at, (last - minute) * 60)
        until = turn if _seconds(turn, end) > 0 else end
        found[band] = found.get(band, 0.0) + energy * _seconds(at, until) / whole
        at = until
    return found


def hour_shares(bands: Bands) -> dict[str, np.ndarray]:
    """Share of each local hour of the day that lies in a band: float [24] by band, summing to 1."""
    found: dict[str, np.ndarray] = {}
    hours = np.arange(HOURS) * 60
    for first, last, band in bands:
        inside = np.clip(np.minimum(last, hours + 60) - np.maximum(first, hours), 0, 60) / 60
        found[band] = found.get(band, np.zeros(HOURS)) + inside
    return found


def by_band(
    days: Sequence[date],
    hours: Sequence[int],
    energy: Sequence[float],
    bands_on: Callable[[date], Bands],
) -> dict[str, float]:
    """kWh by band of energies of local clock hours (`hours` 0-23 of `days`)."""
    found: dict[str, float] = {}
    known: dict[date, dict[str, np.ndarray]] = {}
    for day, hour, value in zip(days, hours, energy, strict=True):
        if day not in known:
            known[day] = hour_shares(bands_on(day))
        for band, shares in known[day].items():
            if shares[hour]:
                found[band] = found.get(band, 0.0) + float(value) * float(shares[hour])
    return found


def max_demand(energy: Sequence[float | None], hours: float = 0.25) -> float | None:
    """Highest mean power of the intervals, kW: kWh over their length; None when none is known."""
    known = [e / hours for e in energy if e is not None and math.isfinite(e)]
    return max(known, default=None)


def cost(
    energy: Mapping[str, float],
    prices: Mapping[str, float],
    currency: str,
    demand: float | None = None,
    demand_charge: float = 0.0,
    power_factor: float | None = None,
    adjustment: tuple[float, float, float] | None = None,
    assumed: bool = False,
    coverage: float = 1.0,
) -> Figure:
    """E2.11: the bill of kWh by band, with demand charge and power factor.

    demand: kW or kVA, for each of which `demand_charge` is due; a charge without a known demand
    is left out and the bill is a lower bound (NO_DATA among its reasons). adjustment: (target,
    share a 0.01, most); it moves the energy part. assumed: the prices are a default. KeyError
    for a band without a price.
    """
    if not energy:
        return nothing(currency, "E2.11", Reason.NO_DATA)
    reasons = [Reason.DEFAULT_PARAMETER] if assumed else []
    total = sum(kwh * prices[band] for band, kwh in energy.items())
    if adjustment is not None and power_factor is not None:
        target, step, most = adjustment
        total *= 1 + max(-most, min(most, step * round((target - power_factor) * 100)))
    if demand_charge:
        if demand is None:
            reasons.append(Reason.NO_DATA)
        else:
            total += demand_charge * demand
    return figure(total, currency, "E2.11", reasons, coverage=coverage)


def mean_price(bill: Figure, energy: float | None) -> Figure:
    """Cost of a kWh; none under ENERGY_FLOOR."""
    unit = f"{bill.unit}/kWh"
    if bill.value is None or energy is None:
        return nothing(unit, "E2.11", *(bill.reasons or (Reason.NO_DATA,)))
    if energy < ENERGY_FLOOR:
        return nothing(unit, "E2.11", Reason.ZERO_BASE)
    return figure(bill.value / energy, unit, "E2.11", bill.reasons, coverage=bill.coverage)


def co2(energy: Mapping[int, float], factors: Mapping[int, float], coverage: float = 1.0) -> Figure:
    """E2.12: kg CO₂ of kWh by calendar year with the factors of those years; a year without one
    takes the latest earlier one (DEFAULT_PARAMETER), before the first there is none."""
    reasons: list[Reason] = []
    total = 0.0
    for year, kwh in energy.items():
        known = [y for y in factors if y <= year]
        if not known:
            return nothing("kg", "E2.12", Reason.NO_DATA)
        if max(known) != year:
            reasons.append(Reason.DEFAULT_PARAMETER)
        total += kwh * factors[max(known)]
    if not energy:
        return nothing("kg", "E2.12", Reason.NO_DATA)
    return figure(total, "kg", "E2.12", reasons, coverage=coverage)


def _seconds(start: datetime, end: datetime) -> float:
    """Elapsed seconds; between aware times through UTC, where no hour is missing."""
    if start.tzinfo is None or end.tzinfo is None:
        return (end - start).total_seconds()
    return end.timestamp() - start.timestamp()


def _later(at: datetime, seconds: float) -> datetime:
    """`seconds` of true time later, in the same zone."""
    if at.tzinfo is None:
        return at + timedelta(seconds=seconds)
    return datetime.fromtimestamp(at.timestamp() + seconds, at.tzinfo)
