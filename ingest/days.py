"""The local day of a moment: the edge where UTC meets the zone of the site."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from analytics.day_facts import Day


def day_of(ms: int, zone: ZoneInfo) -> date:
    """The local date of a moment."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).date()


def bounds(day: date, zone: ZoneInfo) -> Day:
    """A local day in UTC ms; 23 to 25 hours long where clocks change."""

    def at(on: date, hour: int) -> int:
        return round(datetime.combine(on, time(hour), zone).timestamp() * 1000)

    return Day(
        start=at(day, 0),
        end=at(day + timedelta(days=1), 0),
        night=(at(day, 1), at(day, 5)),
        trough=(at(day, 2), at(day, 4)),
    )
