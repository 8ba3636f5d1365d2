"""The rota: repeats on the site's clock, holidays, substitutes, gaps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.rota import checked, gaps, on_duty, stands

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=SHANGHAI).astimezone(UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Shift:
    id: int
    username: str
    duty: str
    district_id: int | None
    start_at: datetime
    end_at: datetime
    repeat: str = ""
    days: str = "all"
    until_at: datetime | None = None


def shift(id: int = 1, username: str = "chen", **other: object) -> Shift:
    given = {
        "duty": "dispatcher", "district_id": None, "start_at": MONDAY,
        "end_at": MONDAY + timedelta(hours=12),
    } | other  # fmt: skip
    return Shift(id, username, **given)  # type: ignore[arg-type]


def times(shifts: list[Shift], start: datetime, end: datetime, **other: object) -> list[datetime]:
    given = {"changes": {}, "zone": SHANGHAI, "days": {}} | other
    return [one.start for one in stands(shifts, start=start, end=end, **given)]  # type: ignore[arg-type]


def test_a_shift_stands_once_or_repeats() -> None:
    week = (MONDAY - DAY, MONDAY + 7 * DAY)
    assert times([shift()], *week) == [MONDAY]
    assert times([shift(repeat="FREQ=DAILY;INTERVAL=4")], *week) == [MONDAY, MONDAY + 4 * DAY]
    assert times([shift(repeat="FREQ=DAILY", until_at=MONDAY + 2 * DAY)], *week) == [
        MONDAY,
        MONDAY + DAY,
    ]


def test_a_running_time_is_found_from_its_middle() -> None:
    later = MONDAY + timedelta(hours=11)
    assert times([shift(repeat="FREQ=DAILY")], later, later + timedelta(minutes=1)) == [MONDAY]


def test_eight_stays_eight_when_clocks_are_put_forward() -> None:
    paris = ZoneInfo("Europe/Paris")
    before = datetime(2026, 3, 28, 8, 0, tzinfo=paris).astimezone(UTC)
    daily = shift(start_at=before, end_at=before + timedelta(hours=8), repeat="FREQ=DAILY")
    found = times([daily], before, before + 2 * DAY, zone=paris)
    assert [one.astimezone(paris).hour for one in found] == [8, 8, 8]


@pytest.mark.parametrize("rule", ["FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2"])
def test_a_rota_of_years_is_the_same_whether_it_is_walked_or_not(rule: str) -> None:
    far = MONDAY + 1000 * DAY
    whole = times([shift(repeat=rule)], MONDAY, far + 30 * DAY)
    late = times([shift(repeat=rule)], far, far + 30 * DAY)
    assert late == [one for one in whole if one + timedelta(hours=12) > far]
    assert late


def test_holidays_and_worked_weekends_count_as_what_they_are() -> None:
    days = {date(2026, 11, 24): "holiday", date(2026, 11, 28): "workday"}
    span = (MONDAY, MONDAY + 7 * DAY)

    def numbers(kind: str) -> list[int]:
        found = times([shift(repeat="FREQ=DAILY", days=kind)], *span, days=days)
        return [one.astimezone(SHANGHAI).day for one in found]

    assert numbers("workdays") == [23, 25, 26, 27, 28]
    assert numbers("days_off") == [24, 29]


def test_a_substitute_stands_in_and_nobody_leaves_a_gap() -> None:
    daily = shift(repeat="FREQ=DAILY", end_at=MONDAY + DAY)
    changes = {(1, MONDAY + DAY): "wang", (1, MONDAY + 2 * DAY): ""}
    found = stands([daily], changes, MONDAY, MONDAY + 4 * DAY, SHANGHAI, {})
    assert [(one.username, one.substitute) for one in found] == [
        ("chen", False), ("wang", True), ("chen", False),
    ]  # fmt: skip
    end = MONDAY + 4 * DAY
    assert gaps(found, "dispatcher", 7, MONDAY, end) == [(MONDAY + 2 * DAY, MONDAY + 3 * DAY)]


def test_who_stands_for_the_city_stands_for_every_district() -> None:
    city, east = shift(1, "chen"), shift(2, "wang", district_id=1)
    found = stands([city, east], {}, MONDAY, MONDAY + DAY, SHANGHAI, {})
    names = [{s.username for s in on_duty(found, "dispatcher", d, MONDAY)} for d in (1, 2)]
    assert names == [{"chen", "wang"}, {"chen"}]
    assert on_duty(found, "inspector", 1, MONDAY) == []
    assert on_duty(found, "dispatcher", 1, MONDAY + timedelta(hours=12)) == []


@pytest.mark.parametrize(
    "rule", ["FREQ=SECONDLY", "FREQ=DAILY;X=1", "every day", "FREQ=DAILY;INTERVAL=0"]
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(ValueError):
        checked(rule)


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(1, 30), st.sampled_from([None, 1, 2])), max_size=8
    )
)
def test_a_moment_is_covered_or_in_a_gap(rows: list[tuple[int, int, int | None]]) -> None:
    hours = timedelta(hours=1)
    shifts = [
        shift(n, start_at=MONDAY + a * hours, end_at=MONDAY + (a + b) * hours, district_id=district)
        for n, (a, b, district) in enumerate(rows)
    ]
    end = MONDAY + 72 * hours
    found = stands(shifts, {}, MONDAY, end, SHANGHAI, {})
    empty = gaps(found, "dispatcher", 1, MONDAY, end)
    for n in range(72):
        at = MONDAY + n * hours + timedelta(minutes=30)
        manned = bool(on_duty(found, "dispatcher", 1, at))
        assert manned != any(a <= at < b for a, b in empty)
