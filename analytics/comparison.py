"""Growth and difference of two periods, with a bound where they aren't covered alike. C2, C3 in
docs/methods.md.

A period is its steps (days or hours) in order; NaN is a step of which nothing is known. What is
missing is bounded by what the same period's known steps show: never filled in silently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from analytics.results import Figure, Reason, figure, nothing

COMPLETE = 0.995
"""From this coverage on a period counts as whole."""
LIKE = 0.9
"""Coverage from which a station counts as present in a period (同口径)."""
USABLE = 0.5
"""A step covered less says too little of its rate."""
SUM, MEAN, RATIO, GROWTH, DELTA = "C2.1", "C2.2", "C2.3", "E2.8", "C3.1"
_CLIPPED = np.finfo(float).tiny


def total(values: np.ndarray, covered: np.ndarray, unit: str, formula: str = SUM) -> Figure:
    """Sum of a quantity that only grows (m³, kWh) over the steps of a period.

    values: what was counted in each step, NaN = nothing known; covered: share of each step that
    was heard, 0 to 1. Where all was heard the figure is the sum. Else low is what was counted, high
    adds the missing steps at the highest known rate, and the value adds them at the mean rate,
    UNCERTAIN. NO_DATA when no step is known.
    """
    values, covered = np.asarray(values, float), np.asarray(covered, float)
    known = np.isfinite(values)
    share = np.where(known, np.clip(np.nan_to_num(covered), 0.0, 1.0), 0.0)
    coverage = float(share.mean()) if len(share) else 0.0
    if not known.any():
        return nothing(unit, formula, Reason.NO_DATA, coverage=coverage)
    counted = float(values[known].sum())
    if coverage >= COMPLETE:
        return figure(counted, unit, formula, coverage=coverage)
    rates = _rates(values, share)
    if not len(rates):
        return nothing(unit, formula, Reason.LOW_COVERAGE, coverage=coverage)
    missing = float(len(share) - share.sum())
    return figure(
        counted + missing * float(rates.mean()), unit, formula, [Reason.LOW_COVERAGE],
        coverage=coverage, low=counted, high=counted + missing * float(rates.max()),
    )  # fmt: skip


def mean(values: np.ndarray, unit: str, formula: str = MEAN) -> Figure:
    """Mean of an intensive quantity (MPa, m³/h) over steps of equal length, NaN = missing.

    Not whole: the value is the mean of what is known, UNCERTAIN, and the bound puts every missing
    step at the lowest and at the highest known value.
    """
    values = np.asarray(values, float)
    known = values[np.isfinite(values)]
    coverage = len(known) / len(values) if len(values) else 0.0
    if not len(known):
        return nothing(unit, formula, Reason.NO_DATA, coverage=coverage)
    at = float(known.mean())
    if coverage >= COMPLETE:
        return figure(at, unit, formula, coverage=coverage)
    low = coverage * at + (1 - coverage) * float(known.min())
    high = coverage * at + (1 - coverage) * float(known.max())
    return figure(at, unit, formula, [Reason.LOW_COVERAGE], coverage=coverage, low=low, high=high)


def ratio(
    numerator: np.ndarray,
    denominator: np.ndarray,
    covered: np.ndarray,
    unit: str,
    *,
    scale: float = 1.0,
    floor: float = 0.0,
    formula: str = RATIO,
) -> Figure:
    """scale · Σ numerator / Σ denominator over the steps of a period, a ratio of sums.

    A missing step has at most the highest known denominator and a ratio between the lowest and the
    highest known one: the ratio of the whole lies between Σn + r·d over Σd + d at those two.
    ZERO_FLOW when the known denominator is under `floor`.
    """
    top, bottom = np.asarray(numerator, float), np.asarray(denominator, float)
    known = np.isfinite(top) & np.isfinite(bottom)
    share = np.where(known, np.clip(np.nan_to_num(np.asarray(covered, float)), 0, 1), 0.0)
    coverage = float(share.mean()) if len(share) else 0.0
    if not known.any():
        return nothing(unit, formula, Reason.NO_DATA, coverage=coverage)
    n, d = float(top[known].sum()), float(bottom[known].sum())
    if d <= 0 or d < floor:
        return nothing(unit, formula, Reason.ZERO_FLOW, coverage=coverage)
    if coverage >= COMPLETE:
        return figure(scale * n / d, unit, formula, coverage=coverage)
    usable = known & (share >= USABLE) & (bottom > max(floor / max(len(top), 1), _CLIPPED))
    if not usable.any():
        return nothing(unit, formula, Reason.LOW_COVERAGE, coverage=coverage)
    each = top[usable] / bottom[usable]
    missing = (len(share) - float(share.sum())) * float((bottom[usable] / share[usable]).max())
    low = (n + float(each.min()) * missing) / (d + missing)
    high = (n + float(each.max()) * missing) / (d + missing)
    return figure(
        scale * n / d, unit, formula, [Reason.LOW_COVERAGE],
        coverage=coverage, low=scale * low, high=scale * high,
    )  # fmt: skip


def growth(current: Figure, base: Figure, floor: float = 1.0, formula: str = GROWTH) -> Figure:
    """E2.8, E2.9: current / base − 1 in %, with the bound that the two bounds leave.

    ZERO_BASE when the base (or its lower bound) is under `floor`, NO_DATA when either is unknown.
    A negative base is divided by its size and makes the growth UNCERTAIN.
    """
    coverage = min(current.coverage, base.coverage)
    if current.value is None or base.value is None:
        return nothing("%", formula, *_reasons(current, base, Reason.NO_DATA), coverage=coverage)
    if abs(base.value) < floor:
        return nothing("%", formula, Reason.ZERO_BASE, coverage=coverage)
    low, high = _bound(current, base, lambda c, b: 100.0 * (c - b) / abs(b) if b else np.nan)
    reasons = _reasons(current, base)
    if base.value < 0:
        reasons = (*reasons, Reason.OUT_OF_RANGE)
    value = 100.0 * (current.value - base.value) / abs(base.value)
    return figure(value, "%", formula, reasons, coverage=coverage, low=low, high=high)


def delta(current: Figure, base: Figure, formula: str = DELTA) -> Figure:
    """current − base in their unit: the absolute change that always stands beside the growth."""
    coverage = min(current.coverage, base.coverage)
    if current.value is None or base.value is None:
        reasons = _reasons(current, base, Reason.NO_DATA)
        return nothing(current.unit, formula, *reasons, coverage=coverage)
    low, high = _bound(current, base, lambda c, b: c - b)
    return figure(
        current.value - base.value, current.unit, formula, _reasons(current, base),
        coverage=coverage, low=low, high=high,
    )  # fmt: skip


def per_day(given: Figure, days: int) -> Figure:
    """A sum over `days` as a sum a day: what periods of unequal length are compared by."""

    def each(value: float | None) -> float | None:
        return None if value is None else value / days

    return replace(given, value=each(given.value), low=each(given.low), high=each(given.high))


def added(parts: list[Figure], unit: str, formula: str = SUM) -> Figure:
    """Sum of figures of several stations: values and bounds add up; coverage is their mean. A part
    without a value leaves its reasons and takes the sum's completeness."""
    known = [part for part in parts if part.value is not None]
    coverage = sum(part.coverage for part in parts) / len(parts) if parts else 0.0
    if not known:
        return nothing(unit, formula, Reason.NO_DATA, coverage=coverage)
    reasons = tuple(dict.fromkeys(r for part in parts for r in part.reasons))
    if len(known) < len(parts):
        reasons = tuple(dict.fromkeys((*reasons, Reason.LOW_COVERAGE)))
    value = sum(part.value for part in known if part.value is not None)
    bounded = any(part.low is not None for part in known)
    low = sum(_low(part) for part in known) if bounded else None
    high = sum(_high(part) for part in known) if bounded else None
    return figure(value, unit, formula, reasons, coverage=coverage, low=low, high=high)


def like_for_like(
    current: Mapping[int, float], base: Mapping[int, float], least: float = LIKE
) -> list[int]:
    """同口径: stations whose coverage is at least `least` in both periods, sorted."""
    return sorted(k for k, v in current.items() if v >= least and base.get(k, 0.0) >= least)


def of_many(
    top: np.ndarray, bottom: np.ndarray | None, coverage: float, unit: str,
    scale: float = 1.0, floor: float = 0.0,
) -> Figure:  # fmt: skip
    """C2.1, C2.3 over stations: what all of them counted, or the ratio of their sums.

    top, bottom: a sum a station over the period, NaN = nothing known; coverage: mean share heard.
    Nothing is added for what wasn't heard, so a growth of it is of what was counted: compare
    like_for_like. NO_DATA without a station, ZERO_FLOW when Σ bottom is under `floor`.
    """
    formula = SUM if bottom is None else RATIO
    known = np.isfinite(top) if bottom is None else np.isfinite(top) & np.isfinite(bottom)
    if not known.any():
        return nothing(unit, formula, Reason.NO_DATA, coverage=coverage)
    reasons = () if coverage >= COMPLETE else (Reason.LOW_COVERAGE,)
    value = float(top[known].sum())
    if bottom is not None:
        below = float(bottom[known].sum())
        if below <= 0 or below < floor:
            return nothing(unit, formula, Reason.ZERO_FLOW, coverage=coverage)
        value = scale * value / below
    return figure(value, unit, formula, reasons, coverage=coverage)


@dataclass(frozen=True, slots=True)
class Change:
    """One quantity of one entity: now, base, and what came of it."""

    current: Figure
    base: Figure
    delta: Figure
    growth: Figure
    per_day: Figure | None = None
    """Growth per day, where it is a sum and the periods differ in length."""


def change(
    current: Figure, base: Figure, days: tuple[int, int], extensive: bool, floor: float = 1.0
) -> Change:
    """Everything about one quantity in two periods of days[0] and days[1] days."""
    scaled = None
    if extensive and days[0] != days[1]:
        scaled = growth(per_day(current, days[0]), per_day(base, days[1]), floor / max(days))
    return Change(current, base, delta(current, base), growth(current, base, floor), scaled)


def _rates(values: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Rates of the steps that were heard long enough to have one."""
    usable = share >= USABLE
    return np.asarray(values[usable] / share[usable], float)


def _low(of: Figure) -> float:
    return of.low if of.low is not None else float(of.value or 0.0)


def _high(of: Figure) -> float:
    return of.high if of.high is not None else float(of.value or 0.0)


def _bound(
    current: Figure, base: Figure, how: Callable[[float, float], float]
) -> tuple[float | None, float | None]:
    """Least and most of how(current, base) over both bounds; (None, None) when both are exact or
    it has no finite answer."""
    if current.low is None and base.low is None:
        return None, None
    ends = (_low(base), _high(base))
    found = [how(c, b) for c in (_low(current), _high(current)) for b in ends]
    if not np.isfinite(found).all():
        return None, None
    return float(min(found)), float(max(found))


def _reasons(current: Figure, base: Figure, fallback: Reason | None = None) -> tuple[Reason, ...]:
    found = tuple(dict.fromkeys((*current.reasons, *base.reasons)))
    return found or ((fallback,) if fallback else ())
