"""What a period is compared with: golden G04b and G04c, ISO weeks, leap days, running months."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.periods import (
    Align,
    Kind,
    Note,
    Period,
    kind_of,
    previous,
    running,
    whole,
    year_before,
)

FESTIVALS = {2024: date(2024, 2, 10), 2025: date(2025, 1, 29), 2026: date(2026, 2, 17)}
DAYS = st.dates(date(2015, 1, 1), date(2035, 12, 31))


def span(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


def test_spring_festival_is_laid_on_spring_festival() -> None:
    """G04c: a period of 2025 moves 354 days, to 3 to 23 February 2024."""
    period = span("2025-01-22", "2025-02-11")
    base = year_before(period, Align.FESTIVAL, FESTIVALS)
    assert base.period == span("2024-02-03", "2024-02-23")
    assert (period.first - base.period.first).days == 354
    assert year_before(period).period == span("2024-01-22", "2024-02-11")


def test_a_festival_that_is_not_known_falls_back_to_weekdays_and_says_so() -> None:
    base = year_before(span("2024-02-01", "2024-02-14"), Align.FESTIVAL, FESTIVALS)
    assert base.notes == (Note.NO_FESTIVAL,)
    assert (date(2024, 2, 1) - base.period.first).days == 364
    far = year_before(span("2025-08-01", "2025-08-07"), Align.FESTIVAL, FESTIVALS)
    assert far.notes == (Note.NO_FESTIVAL,)


def test_february_of_a_leap_year_is_compared_per_day() -> None:
    """G04b: 29 days against 28."""
    base = year_before(span("2024-02-01", "2024-02-29"))
    assert base.period == span("2023-02-01", "2023-02-28")
    assert base.notes == (Note.PER_DAY,)
    assert year_before(span("2024-02-29", "2024-02-29")).period == span("2023-02-28", "2023-02-28")
    assert year_before(span("2025-02-01", "2025-02-28")).period == span("2024-02-01", "2024-02-29")


@pytest.mark.parametrize(
    ("period", "wanted"),
    [
        (span("2026-11-01", "2026-11-30"), span("2026-10-01", "2026-10-31")),
        (span("2026-01-01", "2026-03-31"), span("2025-10-01", "2025-12-31")),
        (span("2026-01-01", "2026-12-31"), span("2025-01-01", "2025-12-31")),
        (span("2026-11-16", "2026-11-22"), span("2026-11-09", "2026-11-15")),
        (span("2026-11-22", "2026-11-22"), span("2026-11-21", "2026-11-21")),
        (span("2026-11-03", "2026-11-12"), span("2026-10-24", "2026-11-02")),
    ],
)
def test_the_period_before_is_of_the_same_kind(period: Period, wanted: Period) -> None:
    assert previous(period).period == wanted


def test_a_running_month_is_compared_with_the_same_elapsed_days() -> None:
    now = running(Kind.MONTH, date(2026, 11, 25))
    assert previous(now, Kind.MONTH).period == span("2026-10-01", "2026-10-25")
    late = previous(running(Kind.MONTH, date(2026, 3, 30)), Kind.MONTH)
    assert late.period == span("2026-02-01", "2026-02-28")
    assert set(late.notes) == {Note.PER_DAY, Note.CLIPPED}
    assert previous(running(Kind.YEAR, date(2026, 3, 1)), Kind.YEAR).period == span(
        "2025-01-01", "2025-03-01"
    )


def test_week_53_is_compared_with_week_52_and_says_so() -> None:
    week = whole(Kind.WEEK, date(2026, 12, 30))
    assert week.first.isocalendar().week == 53
    base = year_before(week)
    assert base.period.first.isocalendar()[:2] == (2025, 52)
    assert base.notes == (Note.WEEK_53,)
    plain = year_before(whole(Kind.WEEK, date(2026, 11, 18)))
    assert plain.period.first.isocalendar()[:2] == (2025, 47)


@given(DAYS, st.integers(1, 400), st.sampled_from([Align.DATE, Align.WEEKDAY]))
def test_a_base_lies_before_and_keeps_weekdays_where_asked(
    first: date, days: int, align: Align
) -> None:
    period = Period(first, first + timedelta(days=days - 1))
    base = year_before(period, align).period
    assert base.first < period.first and base.last < period.last
    if align is Align.WEEKDAY:
        assert (base.first.weekday(), base.days) == (first.weekday(), days)
    else:
        assert abs(base.days - days) <= 1


@given(DAYS, st.sampled_from([Kind.DAY, Kind.WEEK, Kind.MONTH, Kind.QUARTER, Kind.YEAR]))
def test_periods_of_one_kind_follow_each_other_without_a_hole(day: date, kind: Kind) -> None:
    period = whole(kind, day)
    assert period.first <= day <= period.last
    assert kind_of(period) is kind
    assert previous(period).period.last + timedelta(days=1) == period.first


@given(DAYS, st.integers(1, 60))
def test_a_span_is_compared_with_as_many_days_just_before(first: date, days: int) -> None:
    period = Period(first, first + timedelta(days=days - 1))
    before = previous(period)
    assert before.period.last + timedelta(days=1) == first
    if kind_of(period) in (Kind.SPAN, Kind.DAY, Kind.WEEK):
        assert before.period.days == days


def test_a_period_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="can't end"):
        span("2026-02-02", "2026-02-01")
