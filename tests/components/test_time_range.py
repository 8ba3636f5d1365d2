"""The grammar of time in the URL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.time_range import LONGEST, PRESETS, link, moment, time_range

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
        ("now-6y", None),
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
