"""Moments in words: the grammar of a page's `from` and `to`, and steps of the calendar.

`now`, less a number of units (`now-6h`), floored to a unit (`now/d`, `now-1M/M`), plus a number
of hours or days (`now-4h/d+2h`); units m h d w M Q y, and B, the billing month. Or an ISO date or
time, the site's own where it names no zone. Days and more are counted by the site's calendar.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.catalogue.calendar import spring_festivals

UNITS = "mhdwMQyB"
BILLING_DAY = 26
"""The billing month begins on this day: readings of the 26th to the 25th are one bill."""
FESTIVAL_REACH = 45
"""A span touches a festival within so many days of it."""
_STEP = {"m": timedelta(minutes=1), "h": timedelta(hours=1)}
_GRAMMAR = re.compile(rf"now(?:-(\d{{1,4}})([{UNITS}]))?(?:/([{UNITS}]))?(?:\+(\d{{1,3}})([hd]))?")
_MONTHS = {"M": 1, "Q": 3, "y": 12, "B": 1}


def moment(text: str, now: datetime, zone: ZoneInfo) -> datetime | None:
    """The time that a piece of the grammar means, UTC; None when it means nothing."""
    if found := _GRAMMAR.fullmatch(text):
        count, unit, floor, plus, plus_unit = found.groups()
        try:
            at = back(now, int(count), unit, zone) if count else now
            at = floored(at, floor, zone) if floor else at
        except (OverflowError, ValueError):
            return None
        if not plus:
            return at
        local = at.astimezone(zone).replace(tzinfo=None)
        local += timedelta(hours=int(plus)) if plus_unit == "h" else timedelta(days=int(plus))
        return local.replace(tzinfo=zone).astimezone(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return None


def floored(at: datetime, unit: str, zone: ZoneInfo) -> datetime:
    """Start of the local minute, hour, day, week, month, quarter, year or billing month, UTC."""
    local = at.astimezone(zone)
    if unit in _STEP:
        cut = {"second": 0, "microsecond": 0} | ({"minute": 0} if unit == "h" else {})
        return local.replace(**cut).astimezone(UTC)  # type: ignore[arg-type]
    day = local.date()
    if unit == "w":
        day -= timedelta(days=day.weekday())
    elif unit == "B":
        day = (day if day.day >= BILLING_DAY else months_before(day, 1)).replace(day=BILLING_DAY)
    elif unit in _MONTHS:
        step = _MONTHS[unit]
        day = day.replace(day=1, month=(day.month - 1) // step * step + 1)
    return datetime.combine(day, time(), zone).astimezone(UTC)


def months_before(day: date, months: int) -> date:
    """The same day some months earlier (later when negative), or the last day of that month."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def back(at: datetime, count: int, unit: str, zone: ZoneInfo) -> datetime:
    """Some units earlier: hours by the clock of the world, days and more by the calendar."""
    if unit in _STEP:
        return at - count * _STEP[unit]
    if unit in ("d", "w"):
        return days_back(at, count * (7 if unit == "w" else 1), zone)
    local = at.astimezone(zone)
    day = months_before(local.date(), count * _MONTHS[unit])
    return datetime.combine(day, local.time(), zone).astimezone(UTC)


def days_back(at: datetime, count: int, zone: ZoneInfo) -> datetime:
    local = at.astimezone(zone)
    moved = local.date() - timedelta(days=count)
    return datetime.combine(moved, local.time(), zone).astimezone(UTC)


def festival_days(first: date, last: date) -> int | None:
    """Days from the Spring Festival nearest to the span back to that of the year before; None when
    the span isn't within FESTIVAL_REACH days of one that is known for both years."""
    known, reach = spring_festivals(), timedelta(days=FESTIVAL_REACH)
    middle = first + (last - first) // 2
    near = [d for d in known.values() if first - reach <= d <= last + reach and d.year - 1 in known]
    if not near:
        return None
    closest = min(near, key=lambda d: abs((d - middle).days))
    return (closest - known[closest.year - 1]).days
