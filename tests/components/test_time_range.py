"""The grammar of time in the URL."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.moments import floored, moment, months_before
from components.time_range import (
    ALIGN,
    COMPARE,
    LONGEST,
    MORE,
    PRESETS,
    link,
    neighbours,
    time_range,
)

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)  # 14:30 at the site


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("now", NOW),
        ("now-6h", NOW - timedelta(hours=6)),
        ("now-30d", NOW - timedelta(days=30)),
        ("now-15m", NOW - timedelta(minutes=15)),
        ("now/d", datetime(2026, 11, 21, 16, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 19, 16, tzinfo=UTC)),
        ("2026-11-20T08:15", datetime(2026, 11, 20, 0, 15, tzinfo=UTC)),
        ("2026-11-20T08:15+00:00", datetime(2026, 11, 20, 8, 15, tzinfo=UTC)),
        ("yesterday", None),
        ("now-6k", None),
        ("0001-01-01", None),
        ("", None),
    ],
)
def test_a_moment_means_this(text: str, wanted: datetime | None) -> None:
    assert moment(text, NOW, ZONE) == wanted


def test_today_begins_at_the_sites_midnight_and_its_axis_runs_to_the_next() -> None:
    span = time_range({}, NOW, ZONE)
    assert (span.preset, span.live, span.compare) == ("today", True, "none")
    assert span.start == datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert span.end == NOW
    assert span.whole_end == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert span.compared is None


def test_what_one_compares_with_is_a_day_or_a_week_earlier_over_the_whole_axis() -> None:
    span = time_range({"cmp": "week"}, NOW, ZONE)
    week = timedelta(days=7)
    assert span.compared == (span.start - week, span.whole_end - week)
    assert time_range({"cmp": "yesterday"}, NOW, ZONE).shift == timedelta(days=1)
    assert time_range({"cmp": "century"}, NOW, ZONE).compare == "none"


@pytest.mark.parametrize(
    "params",
    [
        {"from": "nonsense"},
        {"from": "now-1h", "to": "now-2h"},
        {"from": "2027-01-01", "to": "2027-01-02"},
    ],
)
def test_a_range_that_makes_no_sense_falls_back(params: dict[str, str]) -> None:
    assert time_range(params, NOW, ZONE).preset == "today"
    assert time_range(params, NOW, ZONE, "7d").start == NOW - timedelta(days=7)


def test_a_custom_range_is_not_live_and_not_in_the_future() -> None:
    span = time_range({"from": "2026-11-20T00:00", "to": "2026-11-21T00:00"}, NOW, ZONE)
    assert (span.preset, span.live) == ("custom", False)
    assert span.end - span.start == timedelta(days=1)
    assert time_range({"from": "now-1h", "to": "2026-12-31"}, NOW, ZONE).end == NOW


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=8))
def test_no_text_breaks_a_range(start: str, end: str, compare: str) -> None:
    span = time_range({"from": start, "to": end, "cmp": compare}, NOW, ZONE)
    assert span.start < span.end <= NOW
    assert span.end - span.start <= LONGEST
    assert span.end <= span.whole_end


@given(st.sampled_from(sorted(PRESETS)))
def test_a_presets_link_leads_to_that_preset(name: str) -> None:
    assert time_range({"from": PRESETS[name]}, NOW, ZONE).preset == name


def test_a_link_leaves_out_what_is_empty() -> None:
    assert link("/x", {"tab": "trends", "cmp": "week"}, cmp="") == "/x?tab=trends"
    assert link("/x", {"tab": "trends"}, tab="") == "/x"
    assert link("/x", {}, sel="a b&c") == "/x?sel=a+b%26c"


def local(text: str, zone: ZoneInfo = ZONE) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("now/w", "2026-11-16"),
        ("now/M", "2026-11-01"),
        ("now-1M/M", "2026-10-01"),
        ("now/Q", "2026-10-01"),
        ("now/y", "2026-01-01"),
        ("now/B", "2026-10-26"),
        ("now-1B/B", "2026-09-26"),
        ("now-4h/d+2h", "2026-11-22T02:00"),
        ("now-1d/d", "2026-11-21"),
        ("now/h", "2026-11-22T14:00"),
    ],
)
def test_a_floored_moment_means_this(text: str, wanted: str) -> None:
    assert moment(text, NOW, ZONE) == local(wanted)


@pytest.mark.parametrize(
    ("start", "end", "compare", "align", "wanted"),
    [
        ("now-7d", "now", "prev", "", ("2026-11-08T14:30", "2026-11-15T14:30")),
        ("now/d", "now", "prev", "", ("2026-11-21", "2026-11-22")),
        ("now/M", "now", "prev", "", ("2026-10-01", "2026-10-22T14:30")),
        ("now-1M/M", "now/M", "prev", "", ("2026-09-01", "2026-10-01")),
        ("now/w", "now", "prev", "", ("2026-11-09", "2026-11-15T14:30")),
        ("now/M", "now", "yoy", "", ("2025-11-01", "2025-11-22T14:30")),
        ("now-7d", "now", "yoy", "", ("2025-11-16T14:30", "2025-11-23T14:30")),
        ("now-7d", "now", "yoy", "date", ("2025-11-15T14:30", "2025-11-22T14:30")),
        ("2026-02-10", "2026-02-20", "yoy", "festival", ("2025-01-22", "2025-02-01")),
        ("2024-02-28", "2024-03-01", "yoy", "date", ("2023-02-28", "2023-03-01")),
        ("2026-11-20", "2026-11-21", "prev", "", ("2026-11-19", "2026-11-20")),
    ],
)
def test_a_range_is_compared_with(
    start: str, end: str, compare: str, align: str, wanted: tuple[str, str]
) -> None:
    span = time_range({"from": start, "to": end, "cmp": compare, "align": align}, NOW, ZONE)
    assert span.compared == tuple(local(at) for at in wanted)
    moved = local(wanted[0]).astimezone(ZONE) + span.shift
    assert moved == span.start.astimezone(ZONE)


def test_a_running_month_is_not_compared_beyond_the_end_of_the_one_before() -> None:
    late = local("2026-03-30T12:00")
    span = time_range({"from": "now/M", "cmp": "prev"}, late, ZONE)
    assert span.compared == (local("2026-02-01"), local("2026-03-01"))


def test_days_are_those_of_the_calendar_when_the_clock_changes() -> None:
    """New York: 1 November 2026 has 25 hours, 8 March 23."""
    zone = ZoneInfo("America/New_York")
    now = local("2026-11-02T09:00", zone)
    today = time_range({"cmp": "yesterday"}, now, zone)
    assert today.compared == (local("2026-11-01", zone), local("2026-11-02", zone))
    assert today.compared[1] - today.compared[0] == timedelta(hours=25)
    assert today.shift == timedelta(days=1)
    assert moment("now-1d/d", now, zone) == local("2026-11-01", zone)


def test_spans_beside_a_range_are_of_its_kind() -> None:
    before, after = neighbours(time_range({"from": "now-1M/M", "to": "now/M"}, NOW, ZONE))
    assert before == (local("2026-09-01"), local("2026-10-01"))
    assert after == (local("2026-11-01"), local("2026-12-01"))
    before, after = neighbours(time_range({}, NOW, ZONE))
    assert (before[0], after[0]) == (local("2026-11-21"), local("2026-11-23"))
    before, after = neighbours(time_range({"from": "now-6h"}, NOW, ZONE))
    assert before[1] - before[0] == after[1] - after[0] == timedelta(hours=6)


@given(st.sampled_from(sorted(MORE)), st.sampled_from(COMPARE), st.sampled_from(ALIGN))
def test_every_preset_can_be_compared_with_something_before_it(
    name: str, compare: str, align: str
) -> None:
    start, end = MORE[name]
    params = {"from": start, "to": end, "cmp": compare, "align": align}
    span = time_range(params, NOW, ZONE)
    assert (span.preset, span.refused) == (name, ())
    if span.compared is not None:
        assert span.compared[0] < span.compared[1]
        assert span.compared[0] < span.start


def test_what_makes_no_sense_is_named() -> None:
    span = time_range({"from": "x", "cmp": "century", "align": "moon"}, NOW, ZONE)
    assert set(span.refused) == {"from", "cmp", "align"}


@given(st.integers(-60_000, 60_000), st.sampled_from("hdwMQyB"))
def test_a_floor_is_not_after_and_floors_to_itself(hours: int, unit: str) -> None:
    at = NOW + timedelta(hours=hours)
    low = floored(at, unit, ZONE)
    assert low <= at
    assert floored(low, unit, ZONE) == low


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(-30, 30))
def test_months_keep_the_day_or_end_with_the_month(day: date, months: int) -> None:
    found = months_before(day, months)
    assert found.day == day.day or (found + timedelta(days=1)).day == 1
