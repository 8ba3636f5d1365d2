"""What the world does to a pump house: demand, mains pressure, season, weather.

All are functions of (parameters, day, seconds of the local day), without state, so that the live
plant and the history see the same world.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from simulator.draws import normal
from simulator.parameters import Parameters
from simulator.types import Floats, Ints

QUARTER = 900.0
_HOURS = np.array(
    [.30, .18, .10, .10, .14, .40, 1.10, 1.70, 1.35, 1.00, .90, .95,
     1.10, .95, .80, .80, .95, 1.30, 1.75, 2.05, 1.95, 1.60, 1.10, .70]
)  # fmt: skip
WORKDAY = _HOURS / _HOURS.mean()
"""Demand of each hour over the day's mean."""
SPRING_FESTIVALS = tuple(
    date.fromisoformat(text).toordinal()
    for text in ("2025-01-29", "2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-03")
)


def _weekend() -> Floats:
    """The morning 1.5 h later and its peak 15 % flatter; 8 % more in all, of which the night and
    the evening have nothing: people are at home by day."""
    hour = np.arange(24.0)
    late = np.interp(hour - 1.5, hour, WORKDAY)
    flat = np.where(late > 1.0, 1.0 + (late - 1.0) * 0.85, late)
    mixed = np.where((hour >= 5) & (hour <= 12), flat, WORKDAY)
    day = (hour >= 9) & (hour <= 18)
    return np.asarray(mixed + day * (1.08 * 24.0 - mixed.sum()) / day.sum())


WEEKEND = _weekend()


def pattern(hours: Floats, day: int) -> Floats:
    """Demand over its mean at these local hours (any shape) of the day with this ordinal."""
    table = WEEKEND if (day - 1) % 7 >= 5 else WORKDAY
    knots = np.arange(-1, 25) + 0.5
    return np.interp(np.mod(hours, 24.0), knots, table[np.arange(-1, 25) % 24])


SMALL_HOURS = np.array([0.5, 1.0, 1.0, 1.0, 1.0, 0.5, *[0.0] * 18])
"""How far each hour is of the night, in which every compound has a use of its own."""


def small_hours(hours: Floats) -> Floats:
    """1 in the middle of the night, 0 by day, for local hours of any shape."""
    knots = np.arange(-1, 25)
    return np.asarray(np.interp(np.mod(hours, 24.0), knots + 0.5, SMALL_HOURS[knots % 24]))


def season(day: float) -> float:
    """-1 in late January, +1 in late July."""
    return float(np.cos(2.0 * np.pi * ((day - date(2000, 7, 25).toordinal()) % 365.25) / 365.25))


def volume_factor(shape: Parameters, day: int) -> Floats:
    """[s] demand of that day over the year's mean: season, holiday, chance."""
    holiday = 0.75 if any(-1 <= day - first <= 6 for first in SPRING_FESTIVALS) else 1.0
    own = normal(shape.seed, "day", shape.set_key, day)
    return (1.0 + 0.06 * season(day)) * holiday * np.exp(0.03 * own)


def slow_noise(shape: Parameters, day: int, seconds: Floats) -> Floats:
    """[s, t] factor around 1 that wanders from quarter to quarter of an hour."""
    first = np.floor(seconds / QUARTER).astype(np.int64)
    share = seconds / QUARTER - first
    knots, place = np.unique(np.concatenate([first, first + 1]), return_inverse=True)
    draws = normal(shape.seed, "slow", shape.set_key[:, None], day * 96 + knots)
    low, high = draws[:, place[: len(first)]], draws[:, place[len(first) :]]
    return 1.0 + 0.04 * (low * (1.0 - share) + high * share)


def demand(shape: Parameters, day: int, seconds: Floats) -> Floats:
    """[s, t] m³/h that the homes would draw at full pressure, without the fast noise."""
    hours = seconds / 3600.0 - shape.phase[:, None]
    level = (shape.demand * volume_factor(shape, day))[:, None]
    night = 1.0 + (shape.night - 1.0)[:, None] * small_hours(hours)
    usual: Floats = level * pattern(hours, day) * night
    return usual * slow_noise(shape, day, seconds)


def mains(shape: Parameters, day: int, seconds: Floats) -> Floats:
    """[n, t] MPa in the street main, lowest in the morning and evening peak."""
    city = pattern(seconds / 3600.0, day)
    own = 0.004 * normal(shape.seed, "mains.day", shape.key, day)
    return (shape.p_main + own)[:, None] - shape.p_swing[:, None] * city


def water_temperature(day: int) -> float:
    """°C in the mains."""
    return 21.5 + 8.5 * season(day - 20)


def tap_temperature(shape: Parameters, day: int, seconds: Floats) -> Floats:
    """[n, t] °C at the analyser of each station: the mains' with an own offset and a small wave of
    the day, without a step at midnight."""
    own = 0.4 * normal(shape.seed, "tap", shape.key)[:, None]
    at = day + np.asarray(seconds) / 86_400.0
    mains = np.array([21.5 + 8.5 * season(float(d) - 20.0) for d in at])
    return np.asarray(mains + own + 0.3 * np.cos(2.0 * np.pi * (at % 1.0 - 0.7)))


def acidity(shape: Parameters, day: int, seconds: Floats) -> Floats:
    """[n, t] pH at each station, around its own value of 7.2 to 7.4, wandering through the day."""
    quarter = np.asarray(seconds) / 21_600.0
    low = np.floor(quarter).astype(np.int64)
    knots = day * 4 + np.arange(int(low.max(initial=0)) + 2)
    own = 0.03 * normal(shape.seed, "acidity", shape.key[:, None], knots)
    share = quarter - low
    wander = own[:, low] * (1.0 - share) + own[:, low + 1] * share
    return np.asarray(7.2 + 0.002 * (shape.key % 101)[:, None] + wander)


def air_temperature(shape: Parameters, day: int, seconds: Floats) -> Floats:
    """[n, t] °C outside."""
    hours = seconds / 3600.0
    chance = 1.8 * normal(shape.seed, "air", day // 3 * np.ones(1, np.int64))[0]
    daily = 3.5 * np.cos(2.0 * np.pi * (hours - 14.5) / 24.0)
    return np.broadcast_to(21.0 + 8.0 * season(day) + chance + daily, (shape.count, len(seconds)))


def midnight_level(shape: Parameters, day: int) -> Floats:
    """[n] m in the tank at the beginning of the local day: where the past of one day meets the
    next, whoever computes it."""
    share = 0.73 + 0.03 * np.clip(normal(shape.seed, "level", shape.key, day), -2.0, 2.0)
    return share * shape.overflow


def lead_pump(shape: Parameters, day: int, seconds: Floats) -> Ints:
    """[s, t] index of the pump that runs first; it changes every 12 h."""
    turn = day * 2 + np.floor(seconds / 43200.0).astype(np.int64)
    return np.asarray((turn + shape.zone[:, None]) % shape.pumps[:, None])
