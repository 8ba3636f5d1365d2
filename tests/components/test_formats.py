from __future__ import annotations

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import formats

XIAMEN = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("value", "decimals", "signed", "shown"),
    [
        (1812, 0, False, "1,812"),
        (-0.0004, 2, False, "0.00"),
        (-3.15, 1, True, "−3.1"),
        (3.5, 1, True, "+3.5"),
        (0.0, 2, True, "±0.00"),
        (None, 2, False, "—"),
        (math.nan, 0, False, "—"),
        (math.inf, 0, False, "—"),
    ],
)
def test_number(value: float | None, decimals: int, signed: bool, shown: str) -> None:
    assert formats.number(value, decimals, signed) == shown


@given(st.floats(allow_nan=True, allow_infinity=True), st.integers(0, 4), st.booleans())
def test_a_number_never_has_a_hyphen_and_missing_is_never_zero(
    value: float, decimals: int, signed: bool
) -> None:
    shown = formats.number(value, decimals, signed)
    assert "-" not in shown
    assert (shown == "—") == (not math.isfinite(value))


def test_volume_is_grouped_as_each_language_does() -> None:
    assert formats.volume(118_400, "zh") == ("11.84", "万 m³")
    assert formats.volume(118_400, "en") == ("118.4", "10³ m³")
    assert formats.volume(9_999, "zh") == ("9,999", "m³")
    assert formats.volume(None, "zh") == ("—", "m³")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0s"), (59, "59s"), (60, "1m"), (7199, "1h"), (86_400, "1d"), (-5, "0s"), (None, "—")],
)
def test_span(seconds: float | None, shown: str) -> None:
    assert formats.span(seconds) == shown


def test_deadlines_tell_left_from_over() -> None:
    assert formats.hours_minutes(72 * 60, signed=True) == "+1h12m"
    assert formats.hours_minutes(-38 * 60, signed=True) == "−38m"


def test_times_are_the_sites() -> None:
    at = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert formats.clock(at, XIAMEN) == "00:30"
    assert formats.day_clock(at, XIAMEN, at) == "00:30"
    assert formats.day_clock(at, XIAMEN, datetime(2026, 11, 25, tzinfo=UTC)) == "11-23 00:30"
    assert formats.day_clock(at, XIAMEN, datetime(2027, 1, 1, tzinfo=UTC)) == "2026-11-23 00:30"
    assert formats.date_words(at, XIAMEN, "zh") == "11月23日 周一"
    assert formats.date_words(at, XIAMEN, "en") == "Mon 23 Nov"


def test_midnight_goes_by_the_calendar_where_clocks_change() -> None:
    after = datetime(2026, 10, 25, 12, tzinfo=UTC)  # Berlin's clock went back this night
    assert formats.midnight(after, BERLIN) == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert formats.midnight(after, BERLIN, -1) == datetime(2026, 10, 25, 23, tzinfo=UTC)


def test_size() -> None:
    assert [formats.size(n) for n in (12, 45_600, 1_400_000, 2.5e12)] == [
        "12 B", "46 kB", "1.4 MB", "2.50 TB",
    ]  # fmt: skip
