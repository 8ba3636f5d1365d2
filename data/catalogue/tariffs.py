"""Electricity tariffs by code: bands of the day, prices, demand charge. M12 in docs/methods.md."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from data.catalogue.errors import FOLDER, CatalogueError, read, rows
from data.catalogue.texts import Text

FILE = FOLDER / "tariffs.toml"
DEFAULT = "default"
"""`source` of a tariff that nobody has confirmed."""
MINUTES = 1440
BANDS = ("critical", "peak", "flat", "valley")
"""Kinds of band, the dearest first."""

Bands = tuple[tuple[int, int, str], ...]
"""Of one day: (first minute, end minute, band), in order, tiling 0 to 1440."""


class Rule(BaseModel):
    """The bands of the days of some months and weekdays."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    months: frozenset[int] = Field(min_length=1)
    weekdays: frozenset[int] = Field(min_length=1)
    bands: Bands

    @field_validator("months")
    @classmethod
    def _months(cls, found: frozenset[int]) -> frozenset[int]:
        return _within(found, 12)

    @field_validator("weekdays")
    @classmethod
    def _weekdays(cls, found: frozenset[int]) -> frozenset[int]:
        return _within(found, 7)

    @field_validator("bands", mode="before")
    @classmethod
    def _tiling(cls, raw: object) -> Bands:
        if not isinstance(raw, (list, tuple)) or not all(
            isinstance(row, (list, tuple)) and len(row) == 3 for row in raw
        ):
            raise ValueError("a band is [from, to, kind]")
        found, at = [], 0
        for start, end, kind in raw:
            first, last = _minute(start), _minute(end)
            if kind not in BANDS:
                raise ValueError(f"'{kind}' is no kind of band ({', '.join(BANDS)})")
            if first != at:
                what = "overlap" if first < at else "leave a gap"
                raise ValueError(f"the bands {what} at {start}: {_clock(at)} was due")
            if last <= first:
                raise ValueError(f"the band {start}-{end} has no length")
            found.append((first, last, kind))
            at = last
        if at != MINUTES:
            raise ValueError(f"the bands end at {_clock(at)}, not at 24:00")
        return tuple(found)


class PowerFactor(BaseModel):
    """What the bill gains or loses by the power factor."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    target: float = Field(gt=0, le=1)
    step: float = Field(ge=0)
    """Share of the energy cost for each 0.01."""
    most: float = Field(ge=0, le=1)


class Tariff(Text):
    """One price list. `code` may stand several times with spans that follow one another."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    source: str = Field(min_length=1)
    valid_from: date
    valid_to: date | None = None
    basis: Literal["kW", "kVA"]
    demand_charge: float = Field(ge=0)
    power_factor: PowerFactor | None = None
    prices: dict[str, float]
    rules: tuple[Rule, ...] = Field(min_length=1)

    @field_validator("prices")
    @classmethod
    def _prices(cls, found: dict[str, float]) -> dict[str, float]:
        if bad := [band for band, price in found.items() if band not in BANDS or price < 0]:
            raise ValueError(f"no usable price of '{bad[0]}'")
        return found

    @field_validator("rules")
    @classmethod
    def _every_day_once(cls, found: tuple[Rule, ...]) -> tuple[Rule, ...]:
        for month in range(1, 13):
            for weekday in range(1, 8):
                number = sum(month in r.months and weekday in r.weekdays for r in found)
                if number != 1:
                    raise ValueError(f"month {month}, weekday {weekday} is of {number} rules")
        return found

    @model_validator(mode="after")
    def _whole(self) -> Tariff:
        used = {kind for rule in self.rules for _, _, kind in rule.bands}
        if missing := sorted(used - set(self.prices)):
            raise ValueError(f"no price of '{missing[0]}'")
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise ValueError("valid_to comes before valid_from")
        return self

    @property
    def assumed(self) -> bool:
        """Whether nobody has confirmed these prices."""
        return self.source == DEFAULT

    def on(self, day: date) -> Bands:
        """The bands of a local day."""
        return next(
            rule.bands
            for rule in self.rules
            if day.month in rule.months and day.isoweekday() in rule.weekdays
        )

    def holds(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@lru_cache
def tariffs(file: Path = FILE) -> dict[str, tuple[Tariff, ...]]:
    """All tariffs by code, each in the order of its spans. Raises CatalogueError: file, row and
    field of what can't be used, also spans of one code that overlap."""
    raw = read(file).get("tariffs", [])
    found = rows(file, raw, Tariff, lambda row: f"{row.code} {row.valid_from}")
    by_code: dict[str, list[Tariff]] = {}
    for row in sorted(found.values(), key=lambda row: (row.code, row.valid_from)):
        before = by_code.setdefault(row.code, [])
        if before and (before[-1].valid_to is None or before[-1].valid_to >= row.valid_from):
            raise CatalogueError(file, row.code, "valid_from", "the tariff before still holds")
        before.append(row)
    default = read(file).get("default")
    if default not in by_code:
        raise CatalogueError(file, "-", "default", f"no tariff '{default}'")
    return {code: tuple(spans) for code, spans in by_code.items()}


@lru_cache
def default_code(file: Path = FILE) -> str:
    """Code of the tariff of a station that has no other."""
    tariffs(file)
    return str(read(file)["default"])


def tariff_on(code: str, day: date, file: Path = FILE) -> Tariff | None:
    """The span of `code` that holds on a local day; None when none does. KeyError: no such code."""
    return next((row for row in tariffs(file)[code] if row.holds(day)), None)


def _within(found: frozenset[int], top: int) -> frozenset[int]:
    if bad := [n for n in found if not 1 <= n <= top]:
        raise ValueError(f"{bad[0]} isn't from 1 to {top}")
    return found


def _minute(text: object) -> int:
    found = re.fullmatch(r"(\d\d):(\d\d)", str(text))
    minute = int(found[1]) * 60 + int(found[2]) if found else -1
    if not found or int(found[2]) > 59 or minute > MINUTES:
        raise ValueError(f"'{text}' is no time of day from 00:00 to 24:00")
    return minute


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
