"""Which days are alike: workday, Saturday, Sunday or holiday, festival. D1 in docs/methods.md.

The calendar is an argument: a mapping day -> "holiday" | "workday" | "festival" of the days that
aren't what their weekday says (data.catalogue.calendar.kinds() for China).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum

Calendar = Mapping[date, str]


class DayType(StrEnum):
    """Days whose demand may be compared with each other."""

    WORKDAY = "workday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"
    """Sundays and days off."""
    FESTIVAL = "festival"
    """Spring Festival: people leave town."""


def day_type(day: date, calendar: Calendar) -> DayType:
    """The type of one day. A make-up workday on a weekend is a workday."""
    special = calendar.get(day)
    if special == "festival":
        return DayType.FESTIVAL
    if special == "holiday":
        return DayType.SUNDAY
    if special == "workday" or day.weekday() < 5:
        return DayType.WORKDAY
    return DayType.SATURDAY if day.weekday() == 5 else DayType.SUNDAY


def day_types(days: Iterable[date], calendar: Calendar) -> list[DayType]:
    """The type of each of `days`, in their order."""
    return [day_type(day, calendar) for day in days]


def like_days(
    day: date, calendar: Calendar, count: int = 6, reach: int = 60, same_weekday: bool = False
) -> list[date]:
    """The last `count` days before `day` that are of its type, latest first, within `reach` days.

    same_weekday: of workdays, only those of the same weekday count. Fewer come back when `reach`
    holds fewer (a festival has its like a year ago: none).
    """
    wanted = day_type(day, calendar)
    found: list[date] = []
    for step in range(1, reach + 1):
        other = day - timedelta(days=step)
        if day_type(other, calendar) is not wanted:
            continue
        if same_weekday and wanted is DayType.WORKDAY and other.weekday() != day.weekday():
            continue
        found.append(other)
        if len(found) == count:
            break
    return found
