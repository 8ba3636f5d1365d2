"""Types of days: weekdays, days off, worked weekends, festivals."""

from __future__ import annotations

from datetime import date

from analytics.day_types import DayType, day_type, day_types, like_days

CALENDAR = {
    date(2026, 2, 14): "workday",
    date(2026, 2, 17): "festival",
    date(2026, 4, 6): "holiday",
}


def test_a_special_day_is_not_what_its_weekday_says() -> None:
    days = [date(2026, 2, 14), date(2026, 2, 17), date(2026, 4, 6), date(2026, 2, 21)]
    assert day_types(days, CALENDAR) == [
        DayType.WORKDAY,
        DayType.FESTIVAL,
        DayType.SUNDAY,
        DayType.SATURDAY,
    ]
    assert day_type(date(2026, 2, 14), {}) is DayType.SATURDAY


def test_like_days_come_latest_first_and_never_from_the_future() -> None:
    found = like_days(date(2026, 4, 7), CALENDAR, 3)
    assert found == [date(2026, 4, 3), date(2026, 4, 2), date(2026, 4, 1)]
    assert like_days(date(2026, 4, 5), CALENDAR, 2) == [date(2026, 3, 29), date(2026, 3, 22)]
    assert like_days(date(2026, 4, 12), CALENDAR, 2) == [date(2026, 4, 6), date(2026, 4, 5)]


def test_same_weekday_narrows_workdays_only() -> None:
    assert like_days(date(2026, 4, 13), CALENDAR, 2, same_weekday=True) == [
        date(2026, 3, 30),
        date(2026, 3, 23),
    ]


def test_a_festival_has_no_like_within_reach() -> None:
    assert like_days(date(2026, 2, 17), CALENDAR) == []
