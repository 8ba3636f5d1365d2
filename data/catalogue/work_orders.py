"""Templates of work orders and the ways in which an order may end."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field, model_validator

from data.catalogue.errors import FOLDER, read, rows
from data.catalogue.texts import Text

FILE = FOLDER / "work_orders.toml"


class Template(Text):
    """What a kind of work order asks for. Hours count from its making; None = a plan sets it."""

    code: str = Field(pattern=r"^WT-\d{2}$")
    respond_hours: float | None = Field(None, ge=0)
    restore_hours: float | None = Field(None, ge=0)
    steps: tuple[Text, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ordered(self) -> Template:
        if self.restore_hours is not None and self.restore_hours < (self.respond_hours or 0):
            raise ValueError("restore_hours comes before respond_hours")
        return self


class Outcome(Text):
    """A way in which an order may end. `solves`: something was put right, so that the solution has
    to be told."""

    code: str = Field(pattern=r"^[a-z_]+$")
    solves: bool = False


@lru_cache
def templates(file: Path = FILE) -> dict[str, Template]:
    """All templates by code (WT-07). Raises CatalogueError."""
    return rows(file, read(file).get("templates", []), Template, lambda row: row.code)


@lru_cache
def outcomes(file: Path = FILE) -> dict[str, Outcome]:
    """All outcomes by code (no_fault_found), in the order in which they are offered."""
    return rows(file, read(file).get("outcomes", []), Outcome, lambda row: row.code)
