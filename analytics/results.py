"""What a computed figure is: a value with unit, span, coverage, quality and reasons; never a bare
number. R1 in docs/methods.md."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Quality(StrEnum):
    """How far a figure can be trusted, best first."""

    GOOD = "GOOD"
    ESTIMATED = "ESTIMATED"
    """Some input was substituted."""
    UNCERTAIN = "UNCERTAIN"
    """Computed, but a condition of the method doesn't hold."""
    BAD = "BAD"
    """No value."""


class Reason(StrEnum):
    """Why a figure isn't simply good. The list is closed: each has its words in both languages."""

    NO_DATA = "NO_DATA"
    LOW_COVERAGE = "LOW_COVERAGE"
    STALE = "STALE"
    ZERO_FLOW = "ZERO_FLOW"
    ZERO_BASE = "ZERO_BASE"
    NEGATIVE_INPUT = "NEGATIVE_INPUT"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    COUNTER_ROLLOVER = "COUNTER_ROLLOVER"
    COUNTER_RESET = "COUNTER_RESET"
    COUNTER_SPIKE = "COUNTER_SPIKE"
    COUNTER_JITTER = "COUNTER_JITTER"
    COUNTER_REANCHOR = "COUNTER_REANCHOR"
    GAP_FILLED = "GAP_FILLED"
    EXTRAPOLATED = "EXTRAPOLATED"
    TOO_FEW_SAMPLES = "TOO_FEW_SAMPLES"
    NOT_IDENTIFIABLE = "NOT_IDENTIFIABLE"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    NOT_STEADY = "NOT_STEADY"
    UNIT_UNKNOWN = "UNIT_UNKNOWN"
    CLOCK_SKEW = "CLOCK_SKEW"
    BACKFILLED = "BACKFILLED"
    MAINTENANCE = "MAINTENANCE"
    DEFAULT_PARAMETER = "DEFAULT_PARAMETER"
    METER_NOT_INSTALLED = "METER_NOT_INSTALLED"
    CORRECTED = "CORRECTED"


_WORST = {
    Reason.LOW_COVERAGE: Quality.UNCERTAIN,
    Reason.STALE: Quality.UNCERTAIN,
    Reason.OUT_OF_RANGE: Quality.UNCERTAIN,
    Reason.EXTRAPOLATED: Quality.UNCERTAIN,
    Reason.TOO_FEW_SAMPLES: Quality.UNCERTAIN,
    Reason.UNIT_UNKNOWN: Quality.UNCERTAIN,
    Reason.CLOCK_SKEW: Quality.UNCERTAIN,
    Reason.NOT_STEADY: Quality.UNCERTAIN,
    Reason.COUNTER_RESET: Quality.ESTIMATED,
    Reason.COUNTER_REANCHOR: Quality.ESTIMATED,
    Reason.GAP_FILLED: Quality.ESTIMATED,
    Reason.DEFAULT_PARAMETER: Quality.ESTIMATED,
    Reason.CORRECTED: Quality.ESTIMATED,
}
"""What a reason makes of a figure that has a value; the others leave it GOOD."""
_ORDER = tuple(Quality)


@dataclass(frozen=True, slots=True)
class Figure:
    """One computed figure. `formula` is its number in docs/methods.md.

    value: None when it can't be told (quality BAD). low, high: bound or interval, where one is
    known. coverage: share of the span that the inputs cover, 0 to 1. version: counts up when late
    or corrected data change the inputs.
    """

    value: float | None
    unit: str
    formula: str
    coverage: float = 1.0
    quality: Quality = Quality.GOOD
    reasons: tuple[Reason, ...] = ()
    low: float | None = None
    high: float | None = None
    start: datetime | None = None
    end: datetime | None = None
    version: int = 1

    def because(self, *reasons: Reason) -> Figure:
        """The same figure with more reasons; its quality falls as they demand, never rises."""
        every = tuple(dict.fromkeys((*self.reasons, *reasons)))
        return replace(self, reasons=every, quality=worst([self.quality, quality(every)]))


def figure(
    value: float | None,
    unit: str,
    formula: str,
    reasons: Iterable[Reason] = (),
    *,
    coverage: float = 1.0,
    low: float | None = None,
    high: float | None = None,
) -> Figure:
    """A figure whose quality follows from its reasons; not finite means none (NO_DATA)."""
    every = tuple(dict.fromkeys(reasons))
    if value is None or not math.isfinite(value):
        return Figure(None, unit, formula, coverage, Quality.BAD, every or (Reason.NO_DATA,))
    return Figure(float(value), unit, formula, coverage, quality(every), every, low, high)


def nothing(unit: str, formula: str, *reasons: Reason, coverage: float = 0.0) -> Figure:
    """A figure that can't be told, and why."""
    return figure(None, unit, formula, reasons, coverage=coverage)


def covered(given: Figure, usable: float = 0.5, good: float = 0.8) -> Figure:
    """A daily figure judged by its coverage: under `usable` none, under `good` UNCERTAIN."""
    if given.value is None or given.coverage >= good:
        return given
    if given.coverage < usable:
        lost = replace(given, value=None, low=None, high=None, quality=Quality.BAD)
        return replace(lost, reasons=(*given.reasons, Reason.LOW_COVERAGE))
    return given.because(Reason.LOW_COVERAGE)


def quality(reasons: Iterable[Reason]) -> Quality:
    """The quality that these reasons leave to a figure with a value."""
    return worst(_WORST.get(reason, Quality.GOOD) for reason in reasons)


def worst(qualities: Iterable[Quality]) -> Quality:
    """The least of them; GOOD of none."""
    return max(qualities, key=_ORDER.index, default=Quality.GOOD)
