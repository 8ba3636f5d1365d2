"""Demand of many stations at once: their sum, factors, and who departs from its pattern. The
formulas are those of analytics/patterns.py (D2 to D6), on arrays [stations, days, 24]."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.patterns import LEAST_DAYS, LIKE_DAYS, MAD, Departure, departures

Floats = np.ndarray
LEAST_COVERAGE = 0.8


@dataclass(frozen=True)
class Added:
    """flow: [days, slots] m³/h of all together; coverage: [days, slots] the share of the usual
    demand whose stations were known."""

    flow: Floats
    coverage: Floats


@dataclass(frozen=True)
class Factors:
    """[stations] each, NaN where it can't be told.

    mean_day: m³; hour: K_h, median of the days; day: K_d; regular: D5; coverage: of the hours.
    """

    mean_day: Floats
    hour: Floats
    day: Floats
    regular: Floats
    coverage: Floats


def added(flow: Floats) -> Added:
    """D12. The demand of all stations. A silent station isn't one without demand: the sum of the
    known ones is divided by the share of the usual demand that they have; NaN under 80 %."""
    known = np.isfinite(flow)
    usual = np.where(known, flow, 0.0).sum((1, 2)) / np.maximum(known.sum((1, 2)), 1)
    whole = float(usual.sum())
    if whole <= 0:
        return Added(np.full(flow.shape[1:], np.nan), np.zeros(flow.shape[1:]))
    share = np.einsum("nds,n->ds", known, usual) / whole
    total = np.where(known, flow, 0.0).sum(axis=0, dtype=float)
    enough = share >= LEAST_COVERAGE
    return Added(np.where(enough, total / np.maximum(share, 1e-9), np.nan), share)


def factors(flow: Floats) -> Factors:
    """D4, D5 of each station. flow: [stations, whole days, 24] m³/h."""
    known = np.isfinite(flow)
    hours = known.sum(axis=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        means = np.where(
            hours >= 20, np.where(known, flow, 0.0).sum(2) / np.maximum(hours, 1), np.nan
        )
        peak = np.where(hours >= 20, np.where(known, flow, -np.inf).max(axis=2), np.nan)
        drawn = np.where(means >= 0.05, means, np.nan)
        hour = np.nanmedian(peak / drawn, axis=1)
        mean_day = 24.0 * np.nanmean(means, axis=1)
        enough = np.isfinite(means).sum(axis=1) >= 7
        day = np.where(
            enough & (mean_day >= 1.0), 24.0 * np.nanmax(means, axis=1) / mean_day, np.nan
        )
    return Factors(mean_day, hour, day, _regular(flow, known), known.mean(axis=(1, 2)))


def fleet_departures(
    flow: Floats, kinds: Sequence[str], day: int, spreads: float = 4.0, share: float = 0.25
) -> list[tuple[int, Departure]]:
    """D6 for all stations: (row of the station, departure) of one day, the greatest volume first.

    A template for all at once picks who has anything far off; those are looked at one by one.
    """
    like = [i for i in range(day) if kinds[i] == kinds[day]][-LIKE_DAYS:]
    if len(like) < LEAST_DAYS:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        typical = np.nanmedian(flow[:, like], axis=1)
        spread = MAD * np.nanmedian(np.abs(flow[:, like] - typical[:, None]), axis=1)
        mean = np.nanmean(typical, axis=1)[:, None]
    off = np.abs(flow[:, day] - typical)
    far = (off > spreads * np.maximum(spread, 0.05 * mean)) & (off > share * mean)
    found = [
        (int(row), departure)
        for row in np.flatnonzero(far.any(axis=1))
        for departure in departures(flow[row], kinds, day, spreads, share)
    ]
    return sorted(found, key=lambda pair: -abs(pair[1].excess))


def _regular(flow: Floats, known: Floats) -> Floats:
    """Correlation of each station's hours with those a week earlier."""
    if flow.shape[1] < 14:
        return np.full(len(flow), np.nan)
    both = known[:, 7:] & known[:, :-7]
    count = np.maximum(both.sum(axis=(1, 2)), 1)

    def centred(part: Floats) -> Floats:
        values = np.where(both, part, 0.0)
        mean = values.sum(axis=(1, 2)) / count
        rest: Floats = np.where(both, part - mean[:, None, None], 0.0)
        return rest

    a, b = centred(flow[:, 7:]), centred(flow[:, :-7])
    scale = np.sqrt((a * a).sum(axis=(1, 2)) * (b * b).sum(axis=(1, 2)))
    enough = (both.mean(axis=(1, 2)) >= 0.6) & (scale > 1e-9)
    return np.where(enough, (a * b).sum(axis=(1, 2)) / np.maximum(scale, 1e-9), np.nan)
