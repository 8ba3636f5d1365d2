"""Columns of a station list: how they may be headed and what may stand in them."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from data.catalogue.errors import FOLDER, CatalogueError, read, rows

_NOISE = re.compile(r"\(.*?\)|[\s_\-*:]+")


class ColumnRow(BaseModel):
    """One row of station_columns.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str
    zh: str
    en: str
    also: tuple[str, ...] = ()
    kind: Literal["word", "name", "integer", "number", "flag", "pumps", "zones"]
    required: bool = False
    longest: int = 128
    range: tuple[float, float] | None = None

    def name(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@lru_cache
def station_columns(file: Path = FOLDER / "station_columns.toml") -> dict[str, ColumnRow]:
    """All columns by code."""
    return rows(file, read(file).get("columns", []), ColumnRow, lambda row: row.code)


@lru_cache
def headings(file: Path = FOLDER / "station_columns.toml") -> dict[str, str]:
    """Column code by plain heading. Raises CatalogueError when two columns claim one heading."""
    found: dict[str, str] = {}
    for code, row in station_columns(file).items():
        for word in (code, row.zh, row.en, *row.also):
            other = found.setdefault(plain(word), code)
            if other != code:
                raise CatalogueError(file, code, "also", f"'{word}' already heads '{other}'")
    return found


def plain(heading: str) -> str:
    """A heading without what doesn't count: width, case, spaces, brackets."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", heading)).casefold()
