"""Sets of columns of the list of stations (column_sets.toml)."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from data.catalogue.errors import FOLDER, CatalogueError, read, rows
from data.catalogue.indicators import indicators
from data.catalogue.points import point

RECORD = (
    "pumps", "zones", "tanks", "households", "build_year", "place", "profile", "address",
)  # fmt: skip
"""What a column may tell of a station's record."""


class ColumnName(NamedTuple):
    """A column: where it comes from (live, figure, record) and what of it."""

    source: str
    name: str

    @property
    def field(self) -> str:
        """Its key in a row of the grid, where a dot would mean a nested value."""
        return f"{self.source}_{self.name}".replace(".", "_")


class ColumnSet(BaseModel):
    """One row of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str = Field(pattern=r"^[a-z_]+$")
    zh: str
    en: str
    columns: tuple[str, ...] = Field(min_length=1)

    @property
    def names(self) -> tuple[ColumnName, ...]:
        parts = (column.partition(":") for column in self.columns)
        return tuple(ColumnName(source, name) for source, _, name in parts)

    def title(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@lru_cache
def column_sets(file: Path = FOLDER / "column_sets.toml") -> dict[str, ColumnSet]:
    """All sets by code, in their order. Raises CatalogueError for a column that isn't known."""
    found = rows(file, read(file).get("sets", []), ColumnSet, lambda row: row.code)
    if not found:
        raise CatalogueError(file, "-", "sets", "at least one set is needed")
    for row in found.values():
        for column, name in zip(row.columns, row.names, strict=True):
            why = _unknown(name)
            if why:
                raise CatalogueError(file, row.code, "columns", f"'{column}': {why}")
        if len(set(row.columns)) < len(row.columns):
            raise CatalogueError(file, row.code, "columns", "a column stands here twice")
    return found


def _unknown(column: ColumnName) -> str:
    """Why a column can't be shown; '' when it can."""
    if column.source == "record":
        return "" if column.name in RECORD else f"one of {', '.join(RECORD)}"
    if column.source == "live":
        try:
            point(column.name)
        except KeyError:
            return "no such point"
        return ""
    if column.source != "figure":
        return "begins with live:, figure: or record:"
    known = indicators().get(column.name)
    if known is None or not known.offered:
        return "no such indicator"
    return "" if known.source == "facts" else "not made of a station's own sums"
