"""The calendar file: published days, estimates marked, no day twice."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.catalogue.calendar import kinds, special_days, spring_festivals
from data.catalogue.errors import CatalogueError


def test_spring_festivals_are_the_published_dates() -> None:
    years = spring_festivals()
    assert years[2024] == date(2024, 2, 10)
    assert years[2025] == date(2025, 1, 29)
    assert years[2026] == date(2026, 2, 17)
    assert years[2027] == date(2027, 2, 6)


def test_published_days_off_and_worked_weekends() -> None:
    known = kinds()
    assert known[date(2024, 2, 10)] == known[date(2026, 2, 23)] == "festival"
    assert known[date(2025, 10, 8)] == "holiday"
    assert known[date(2024, 2, 4)] == known[date(2026, 2, 28)] == "workday"
    assert date(2026, 11, 25) not in known


def test_make_up_workdays_are_weekend_days_and_spring_festival_is_inside_its_run() -> None:
    days = special_days()
    assert all(day.weekday() >= 5 for day, row in days.items() if row.kind == "workday")
    for year in (2024, 2025, 2026, 2027):
        assert days[spring_festivals()[year]].kind == "festival"


def test_an_unpublished_year_says_so_and_foresees_no_make_up_day() -> None:
    later = [row for day, row in special_days().items() if day.year == 2027]
    assert later and not any(row.official for row in later)
    assert not any(row.kind == "workday" for row in later)
    assert all(row.official for day, row in special_days().items() if day.year < 2027)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (
            'days = [{first=2024-01-02,last=2024-01-01,kind="holiday",zh="x",en="x"}]',
            "ends before",
        ),
        ('days = [{first=2024-01-02,last=2024-01-02,kind="rest",zh="x",en="x"}]', "kind"),
        (
            'days = [{first=2024-01-01,last=2024-01-03,kind="holiday",zh="x",en="x"},'
            '{first=2024-01-03,last=2024-01-03,kind="workday",zh="y",en="y"}]',
            "twice",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_named(tmp_path: Path, text: str, word: str) -> None:
    file = tmp_path / "calendar.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=word):
        special_days(file)
