"""Forecast of a demand to seven days with intervals. D10, D11 in docs/methods.md.

A day ahead is the weighted mean of past days of its kind, younger ones more, plus the level by
which the latest days lie over or under what the same rule says for them. Nothing after the origin
is used: rows from the origin on may hold anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from analytics.day_types import DayType, day_type
from analytics.results import Reason

Floats = np.ndarray
HORIZON = 7
AGE_WEEKS = 2.0
"""A past day's weight falls by e in this time."""
CROSS = 0.2
"""Weight of a day of a kindred kind (another workday; Saturday to Sunday) against its own kind."""
RECENT = 0.1
"""A day more of age takes this share off its word in the level."""
BACK_DAYS = 112
LEAST_DAYS = 14
REHEARSALS = 56
"""Past origins from which the interval is learnt, a day apart."""
SHARES = (0.05, 0.10, 0.90, 0.95)


@dataclass(frozen=True)
class Forecast:
    """typical: [days, slots] m³/h; low and high of the 80 and 90 % intervals likewise.

    reasons: TOO_FEW_SAMPLES with less than LEAST_DAYS of history (all NaN), EXTRAPOLATED where a
    festival is ahead and none is in the history.
    """

    value: Floats
    low80: Floats
    high80: Floats
    low90: Floats
    high90: Floats
    reasons: tuple[Reason, ...] = ()

    @property
    def known(self) -> bool:
        return bool(np.isfinite(self.value).any())


def kinds(first: date, count: int, calendar: Mapping[date, str]) -> list[str]:
    """Kind of each of `count` days from `first`: workdays keep their weekday, a make-up workday is
    the workday before the weekend that it breaks (`workday4`)."""
    found = []
    for step in range(count):
        day = first + timedelta(days=step)
        kind = day_type(day, calendar)
        weekday = min(day.weekday(), 4)
        found.append(f"{kind}{weekday}" if kind is DayType.WORKDAY else str(kind))
    return found


def forecast(
    history: Floats, names: Sequence[str], horizon: int = HORIZON, today: Floats | None = None
) -> Forecast:
    """D10, D11. The days after `history`.

    history: [days, slots] m³/h of whole days, oldest first; NaN unknown. today: [slots] of the day
    after them as far as it has come, then the first of the horizon. names: kinds of the days of
    `history` and of the horizon after them. Raises ValueError when names are too few.
    """
    slots = history.shape[1]
    origin = len(history)
    if len(names) < origin + horizon:
        raise ValueError(f"{len(names)} kinds for {origin + horizon} days")
    if _known_days(history) < LEAST_DAYS:
        empty = np.full((horizon, slots), np.nan)
        return Forecast(empty, empty, empty, empty, empty, (Reason.TOO_FEW_SAMPLES,))
    first = max(0, origin - BACK_DAYS)
    past, named = history[first:origin], names[first : origin + horizon]
    value = ahead(past, named, horizon, today)
    reasons: tuple[Reason, ...] = ()
    if DayType.FESTIVAL in named[len(past) :]:
        ratio = _festival_ratio(history, names)
        reasons = (Reason.EXTRAPOLATED,) if ratio is None else ()
        for day in np.flatnonzero(np.array(named[len(past) :]) == DayType.FESTIVAL):
            value[day] *= ratio or 1.0
    low90, low80, high80, high90 = _interval(past, named, value)
    return Forecast(value, low80, high80, low90, high90, reasons)


def ahead(
    past: Floats, names: Sequence[str], horizon: int = HORIZON, today: Floats | None = None
) -> Floats:
    """D10. [horizon, slots] for the days after `past`, from `past` alone and what is known of
    `today` ([slots], the first day ahead)."""
    known = np.isfinite(past)
    values = np.where(known, past, 0.0)
    count = len(past)
    age = np.exp(-np.arange(count)[::-1] / (7.0 * AGE_WEEKS))
    wanted = [*range(count - 1, max(-1, count - 8), -1), *range(count, count + horizon)]
    weights = np.stack([_alike(names[day], names[:count]) * age for day in wanted])
    own = weights @ known
    like = np.where(own > 1e-9, weights @ values / np.maximum(own, 1e-9), np.nan)
    like = np.where(np.isfinite(like), like, _any_day(past))
    recent = len(wanted) - horizon
    level = _level(past[::-1][:recent] - like[:recent])
    if today is not None:
        level = _with_today(level, today - like[recent], past.shape[1])
    told: Floats = np.maximum(like[recent:] + level, 0.0)
    return told


def _alike(kind: str, others: Sequence[str]) -> Floats:
    """[n] how much each day tells about a day of `kind`."""
    rest = {DayType.SATURDAY, DayType.SUNDAY}

    def weight(other: str) -> float:
        if other == kind:
            return 1.0
        if kind == DayType.FESTIVAL:
            return CROSS if other == DayType.SUNDAY else 1e-6
        if other == DayType.FESTIVAL:
            return 0.0
        both = (kind in rest) == (other in rest)
        return CROSS if both else 1e-6

    known = {other: weight(other) for other in set(others)}
    return np.array([known[other] for other in others])


def _any_day(past: Floats) -> Floats:
    """[slots] mean of all days, for slots that no like day knows."""
    known = np.isfinite(past)
    mean: Floats = np.where(known, past, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return mean


def _level(rest: Floats) -> float:
    """What the latest days lie over the rule, the latest first; a day's own is its median, so that
    a burst of an hour doesn't move it."""
    words = np.array(
        [np.median(r[np.isfinite(r)]) if np.isfinite(r).sum() > 5 else np.nan for r in rest]
    )
    ages = (1.0 - RECENT) ** np.arange(len(words))
    known = np.isfinite(words)
    return (
        float((ages * np.nan_to_num(words))[known].sum() / ages[known].sum())
        if known.any()
        else 0.0
    )


def _with_today(level: float, rest: Floats, slots: int) -> float:
    """Today's hours take part in the level, in the share of the day that they cover."""
    known = np.isfinite(rest)
    if known.sum() < 3:
        return level
    share = 0.5 * float(known.sum()) / slots
    return (1 - share) * level + share * float(np.median(rest[known]))


def _festival_ratio(history: Floats, names: Sequence[str]) -> float | None:
    """Demand of past festival days over that of the four weeks before each; None without any."""
    means = _day_means(history)
    marked = np.array(names[: len(history)]) == DayType.FESTIVAL
    ratios = []
    for day in np.flatnonzero(marked & np.isfinite(means)):
        before = slice(max(0, day - 35), day)
        usual = means[before][~marked[before] & np.isfinite(means[before])]
        if len(usual) >= 7:
            ratios.append(means[day] / np.median(usual))
    return float(np.median(ratios)) if len(ratios) >= 3 else None


def _interval(past: Floats, names: Sequence[str], value: Floats) -> tuple[Floats, ...]:
    """D11. Bounds at SHARES around `value`: quantiles of what rehearsals from past origins missed,
    in units of each slot's usual miss, day of the horizon by day."""
    horizon, count = len(value), len(past)
    misses = np.full((REHEARSALS, horizon, past.shape[1]), np.nan)
    for turn in range(REHEARSALS):
        origin = count - 1 - turn
        if _known_days(past[: max(origin, 0)]) < LEAST_DAYS:
            break  # rehearsed from less than is asked of a forecast, misses say nothing of it
        told = ahead(past[:origin], names[: origin + horizon], horizon)
        seen = past[origin : origin + horizon]
        misses[turn, : len(seen)] = seen - told[: len(seen)]
    usual = _quantile(np.abs(misses).reshape(-1, past.shape[1]), [0.5])[0]
    floor = 0.01 * max(float(np.nanmean(value)), 1e-6)
    usual = np.maximum(np.nan_to_num(_smooth(usual), nan=0.0), floor)
    scaled = (misses / usual).transpose(1, 0, 2).reshape(horizon, -1)
    bounds = []
    for each in _quantile(scaled.T, SHARES):
        filled = np.where(
            np.isfinite(each), each, np.nanmean(each) if np.isfinite(each).any() else 0.0
        )
        bounds.append(np.maximum(value + filled[:, None] * usual, 0.0))
    return tuple(bounds)


def _quantile(values: Floats, shares: Sequence[float]) -> Floats:
    """[shares, columns] quantiles of the known values of each column; NaN under eight."""
    found = np.full((len(shares), values.shape[1]), np.nan)
    for column in range(values.shape[1]):
        known = values[:, column][np.isfinite(values[:, column])]
        if len(known) >= 8:
            found[:, column] = np.quantile(known, shares)
    return found


def _smooth(usual: Floats) -> Floats:
    """Mean of each slot and its neighbours around the clock."""
    filled = np.where(
        np.isfinite(usual), usual, np.nanmean(usual) if np.isfinite(usual).any() else 0.0
    )
    return (np.roll(filled, 1) + filled + np.roll(filled, -1)) / 3.0


def _known_days(history: Floats) -> int:
    return int((np.isfinite(history).mean(axis=1) >= 0.6).sum()) if len(history) else 0


def _day_means(history: Floats) -> Floats:
    known = np.isfinite(history)
    enough = known.mean(axis=1) >= 0.6
    sums = np.where(known, history, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.where(enough, sums, np.nan)
