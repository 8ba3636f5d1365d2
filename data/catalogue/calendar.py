"""The calendar of days off, make-up workdays and festivals, as facts with their dates."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from data.catalogue.errors import FOLDER, CatalogueError, read, rows
from data.catalogue.texts import Text

FILE = FOLDER / "calendar.toml"
Kind = Literal["holiday", "workday", "festival"]


class Special(Text):
    """A run of days that aren't what their weekday says; both ends belong to it.

    kind: holiday and festival are days off, workday is a weekend day that is worked (调休).
    official: False = not published yet, an estimate.
    """

    first: date
    last: date
    kind: Kind
    official: bool = Field(True)

    @model_validator(mode="after")
    def _ordered(self) -> Special:
        if self.last < self.first:
            raise ValueError("ends before it begins")
        return self


@lru_cache
def special_days(file: Path = FILE) -> dict[date, Special]:
    """Every special day with its row; a day that isn't here is what its weekday says.

    Raises CatalogueError, also when two rows claim one day.
    """
    runs = rows(file, read(file).get("days", []), Special, lambda row: f"{row.first}")
    found: dict[date, Special] = {}
    for number, run in enumerate(runs.values(), start=1):
        for step in range((run.last - run.first).days + 1):
            day = run.first + timedelta(days=step)
            if day in found:
                raise CatalogueError(file, number, "first", f"{day} stands here twice")
            found[day] = run
    return found


@lru_cache
def kinds(file: Path = FILE) -> dict[date, str]:
    """day -> holiday, workday or festival: what analytics.day_types takes."""
    return {day: row.kind for day, row in special_days(file).items()}


@lru_cache
def spring_festivals(file: Path = FILE) -> dict[int, date]:
    """First day of the lunar year by year; a year that isn't here is not known."""
    return {day.year: day for day in read(file).get("spring_festivals", [])}
