"""Limits of drinking water: what a standard allows, as data with edition and date."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import Field, model_validator

from data.catalogue.errors import FOLDER, CatalogueError, read, rows
from data.catalogue.station_columns import plain
from data.catalogue.texts import Text

FILE = FOLDER / "limits.toml"
PLACES = ("inlet", "tank", "outlet", "tap")
"""Where a sample is taken; a limit of place `tap` holds at all of them but the inlet's owner."""
UNITS = {
    ("µg/L", "mg/L"): 0.001, ("μg/L", "mg/L"): 0.001, ("ug/L", "mg/L"): 0.001,
    ("mg/m3", "mg/L"): 0.001, ("g/m3", "mg/L"): 1.0, ("g/m³", "mg/L"): 1.0, ("FNU", "NTU"): 1.0,
    ("MPN/100mL", "CFU/100mL"): 1.0, ("PCU", "度"): 1.0, ("铂钴色度单位", "度"): 1.0,
}  # fmt: skip
"""Factor from a unit that laboratories write to ours."""


class Limit(Text):
    """One row of limits.toml."""

    item: str = Field(pattern=r"^[a-z_]+$")
    also: tuple[str, ...] = ()
    """Other names that laboratories write."""
    standard: str
    edition: int
    valid_from: date
    lo: float | None = None
    hi: float | None = None
    unit: str
    place: str = Field(pattern=r"^(plant|tap)$")
    point: str = ""
    fact: str = ""
    decimals: int = Field(ge=0, le=4)

    @model_validator(mode="after")
    def _ordered(self) -> Limit:
        if self.lo is None and self.hi is None:
            raise ValueError("a limit needs `lo` or `hi`")
        if self.lo is not None and self.hi is not None and self.hi < self.lo:
            raise ValueError("`hi` is below `lo`")
        return self

    @property
    def source(self) -> str:
        return f"{self.standard}-{self.edition}"

    def factor(self, unit: str) -> float | None:
        """What a value in `unit` is multiplied with to be in ours; None for a unit that isn't
        known. No unit means ours."""
        if plain(unit) in ("", plain(self.unit)) or self.unit == "":
            return 1.0
        known = {plain(other): f for (other, ours), f in UNITS.items() if ours == self.unit}
        return known.get(plain(unit))


@lru_cache
def every_limit(file: Path = FILE) -> dict[str, Limit]:
    """All rows by item and date from which they hold. Raises CatalogueError."""
    return rows(
        file, read(file).get("limits", []), Limit, lambda row: f"{row.item} {row.valid_from}"
    )


@lru_cache
def limits(day: date | None = None, file: Path = FILE) -> dict[str, Limit]:
    """The limit of each item in force on `day` (None = the latest), in the order of the file."""
    found: dict[str, Limit] = {}
    for row in every_limit(file).values():
        if day is not None and row.valid_from > day:
            continue
        if row.item not in found or found[row.item].valid_from < row.valid_from:
            found[row.item] = row
    return found


def online_limits() -> dict[str, Limit]:
    """Items that an analyser measures, by item."""
    return {item: row for item, row in limits().items() if row.point}


@lru_cache
def item_names(file: Path = FILE) -> dict[str, str]:
    """Item by every name that a laboratory may write, plain. Raises CatalogueError when two items
    claim one name."""
    found: dict[str, str] = {}
    for row in limits(None, file).values():
        for word in (row.item, row.zh, row.en, *row.also):
            if found.setdefault(plain(word), row.item) != row.item:
                raise CatalogueError(file, row.item, "also", f"'{word}' names two items")
    return found
