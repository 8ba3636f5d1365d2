"""The typical day of a demand: template and spread, peaks and valleys, factors, regularity, and
what departs from it. D2 to D6 in docs/methods.md.

Demands are [days, slots] arrays of m³/h, a row a local day from its midnight in equal slots (24 or
96); NaN where nothing is known. `kinds` names the type of each row (analytics.day_types).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.results import Figure, Reason, figure, nothing

Floats = np.ndarray
LIKE_DAYS = 6
"""Like days that a template is the median of."""
LEAST_DAYS = 3
PEAK, VALLEY = 1.3, 0.6
"""Share of the day's mean from which on a slot is a peak, up to which a valley."""
LEAST_MINUTES, GAP_MINUTES = 45, 30
STRONG, WEAK = 0.8, 0.5
"""Regularity of a week: from here on strong; below here no schedule may build on it."""
CAUGHT_UP = 0.35
"""An excess and a lack next to it that differ by less than this share are one counter's delay."""
MAD = 1.4826
"""Median absolute deviation to standard deviation of a normal spread."""


@dataclass(frozen=True)
class Pattern:
    """A typical day.

    typical: [slots] m³/h, median of the like days; spread: [slots] m³/h, their scaled MAD.
    days: how many like days stand behind it; under LEAST_DAYS all is NaN.
    """

    typical: Floats
    spread: Floats
    days: int

    @property
    def known(self) -> bool:
        return self.days >= LEAST_DAYS


@dataclass(frozen=True)
class Departure:
    """A run of slots away from the pattern.

    first, last: slot numbers within the day, both included; excess: m³ over the template
    (negative under it); worst: its greatest distance in spreads.
    """

    day: int
    first: int
    last: int
    excess: float
    worst: float


def pattern(history: Floats, kinds: Sequence[str], kind: str, count: int = LIKE_DAYS) -> Pattern:
    """D2. The typical day of a type from its last `count` days of `history`, oldest first.

    A day counts when at least 60 % of its slots are known.
    """
    like = [i for i, found in enumerate(kinds) if found == kind and _share(history[i]) >= 0.6][
        -count:
    ]
    slots = history.shape[1]
    if len(like) < LEAST_DAYS:
        return Pattern(np.full(slots, np.nan), np.full(slots, np.nan), len(like))
    typical, spread = _middle(history[like])
    return Pattern(typical, spread, len(like))


def peaks(day: Floats) -> list[tuple[int, int]]:
    """D3. Runs of slots, both ends included, at PEAK times the mean or more. Gaps up to 30 min are
    bridged, runs under 45 min don't count."""
    return _runs(day >= PEAK * _mean(day), len(day))


def valleys(day: Floats) -> list[tuple[int, int]]:
    """D3. The same for slots at VALLEY times the mean or less."""
    return _runs(day <= VALLEY * _mean(day), len(day))


def hourly(day: Floats) -> Floats:
    """[24] m³/h from equal slots; an hour is NaN when none of its slots is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        hours: Floats = np.nanmean(day.reshape(24, -1), axis=1)
    return hours


def hour_factor(day: Floats) -> Figure:
    """D4. K_h of one day: greatest clock hour over the mean hour."""
    hours = hourly(day)
    known = np.isfinite(hours)
    coverage = float(known.mean())
    if coverage < 0.8:
        return nothing("", "D4", Reason.LOW_COVERAGE, coverage=coverage)
    mean = float(hours[known].mean())
    if mean < 0.05:
        return nothing("", "D4", Reason.ZERO_FLOW, coverage=coverage)
    return figure(float(hours[known].max()) / mean, "", "D4", coverage=coverage)


def day_factor(volumes: Floats) -> Figure:
    """D4. K_d of a period: greatest day over the mean day. volumes: [days] m³, NaN unknown."""
    known = volumes[np.isfinite(volumes)]
    coverage = len(known) / max(len(volumes), 1)
    if len(known) < 7:
        return nothing("", "D4", Reason.TOO_FEW_SAMPLES, coverage=coverage)
    if known.mean() < 1.0:
        return nothing("", "D4", Reason.ZERO_FLOW, coverage=coverage)
    return figure(float(known.max() / known.mean()), "", "D4", coverage=coverage)


def regularity(hours: Floats) -> Figure:
    """D5. Correlation of hourly demand with itself a week earlier. hours: [days, 24], in a row.

    From STRONG on the week repeats itself; under WEAK no schedule may build on it.
    """
    if hours.shape[0] < 14:
        return nothing("", "D5", Reason.TOO_FEW_SAMPLES)
    now, before = hours[7:].ravel(), hours[:-7].ravel()
    both = np.isfinite(now) & np.isfinite(before)
    coverage = float(both.mean())
    if coverage < 0.6:
        return nothing("", "D5", Reason.LOW_COVERAGE, coverage=coverage)
    a, b = now[both] - now[both].mean(), before[both] - before[both].mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    if scale < 1e-9:
        return nothing("", "D5", Reason.NOT_IDENTIFIABLE, coverage=coverage)
    return figure(float((a * b).sum()) / scale, "", "D5", coverage=coverage)


def departures(
    history: Floats, kinds: Sequence[str], day: int, spreads: float = 4.0, share: float = 0.25
) -> list[Departure]:
    """D6. Runs of row `day` that leave the template of the like days before it by more than
    `spreads` spreads and by more than `share` of the template's mean, for 45 min or longer.

    Rows after `day` aren't looked at. [] without a template.
    """
    typical = pattern(history[:day], kinds[:day], kinds[day])
    if not typical.known:
        return []
    mean = _mean(typical.typical)
    spread = np.maximum(typical.spread, 0.05 * mean)
    off = history[day] - typical.typical
    slots = history.shape[1]
    found = []
    for sign in (1.0, -1.0):
        far = (sign * off > spreads * spread) & (sign * off > share * mean)
        for first, last in _runs(far, slots, bridge=False):
            run = slice(first, last + 1)
            excess = float(np.nansum(off[run])) * 24 / slots
            worst = float(np.nanmax(sign * off[run] / spread[run]))
            found.append(Departure(day, first, last, excess, worst))
    return _uncaught(sorted(found, key=lambda each: each.first))


def _uncaught(found: list[Departure]) -> list[Departure]:
    """Without neighbours that make each other good: a counter that stood still and caught up is
    no change of demand."""
    left: list[Departure] = []
    for each in found:
        before = left[-1] if left else None
        if before is not None and each.first <= before.last + 2:
            rest, most = abs(before.excess + each.excess), max(abs(before.excess), abs(each.excess))
            if before.excess * each.excess < 0 and rest <= CAUGHT_UP * most:
                left.pop()
                continue
        left.append(each)
    return left


def _middle(days: Floats) -> tuple[Floats, Floats]:
    """Median and scaled MAD of each slot; NaN where no day knows it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        typical = np.nanmedian(days, axis=0)
        spread = MAD * np.nanmedian(np.abs(days - typical), axis=0)
    return typical, spread


def _share(day: Floats) -> float:
    return float(np.isfinite(day).mean())


def _mean(day: Floats) -> float:
    known = day[np.isfinite(day)]
    return float(known.mean()) if len(known) else float("nan")


def _runs(marked: Floats, slots: int, bridge: bool = True) -> list[tuple[int, int]]:
    """Runs of marked slots, short gaps bridged, short runs left out."""
    minutes = 1440 // slots
    found: list[tuple[int, int]] = []
    for slot in np.flatnonzero(marked).tolist():
        gap = (slot - found[-1][1] - 1) * minutes if found else 0
        if found and gap <= (GAP_MINUTES if bridge else 0):
            found[-1] = (found[-1][0], slot)
        else:
            found.append((slot, slot))
    return [run for run in found if (run[1] - run[0] + 1) * minutes >= LEAST_MINUTES]
