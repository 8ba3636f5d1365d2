"""Fault codes of drives: the classes they fall into, and each brand's own numbers."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field

from data.catalogue.errors import FOLDER, CatalogueError, read, rows
from data.catalogue.profiles import profiles
from data.catalogue.texts import Text

FILE = FOLDER / "drive_codes.toml"
COMMON = "common"


class Trip(Text):
    """A class of trips: what is behind it, what to look at first, whether it may reset itself."""

    code: str = Field(pattern=r"^[A-Z]{2,3}$")
    causes: tuple[Text, ...] = Field(min_length=1)
    check: Text
    auto_reset: Text


@lru_cache
def trips(file: Path = FILE) -> dict[str, Trip]:
    """All classes by code (OC). Raises CatalogueError."""
    return rows(file, read(file).get("classes", []), Trip, lambda row: row.code)


@lru_cache
def codes(file: Path = FILE) -> dict[str, dict[int, str]]:
    """Brand (`common` for the others) -> number that its drives tell -> class. Raises
    CatalogueError for a class or profile that is unknown, and for a number that is none."""
    raw = read(file)
    found: dict[str, dict[int, str]] = {}
    for brand, numbers in {COMMON: raw.get(COMMON, {}), **raw.get("brands", {})}.items():
        if brand != COMMON and brand not in profiles():
            raise CatalogueError(file, brand, "brands", f"no profile '{brand}'")
        for number, code in numbers.items():
            if not number.isdigit() or int(number) == 0:
                raise CatalogueError(file, brand, number, "is not the number of a trip")
            if code not in trips(file):
                raise CatalogueError(file, brand, number, f"no class '{code}'")
            found.setdefault(brand, {})[int(number)] = code
    return found


def trip(number: float, brand: str = "") -> Trip | None:
    """The class of a code that a drive of this brand (profile) tells; None when nobody knows it."""
    known = codes()
    code = known.get(brand, known[COMMON]).get(round(number))
    return None if code is None else trips()[code]
