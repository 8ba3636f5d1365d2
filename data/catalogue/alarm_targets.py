"""What alarms are held against: targets and limits of their statistics, and how many desks there
are."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from data.catalogue.errors import FOLDER, CatalogueError, read, rows
from data.catalogue.texts import Text

FILE = FOLDER / "alarm_targets.toml"
Verdict = Literal["met", "missed", "over", ""]


class Target(Text):
    """One figure of alarm_targets.toml, which says what the fields mean."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    unit: str = ""
    decimals: int = Field(ge=0, le=4)
    better: Literal["down", "up", "within"] = "down"
    target: float | None = None
    within: float | None = Field(None, gt=0)
    limit: float | None = None
    tile: bool = False
    about: Text

    @model_validator(mode="after")
    def _meant(self) -> Target:
        if (self.better == "within") != (self.within is not None):
            raise ValueError("`within` goes with better = within")
        if self.target is None and (self.limit is not None or self.within is not None):
            raise ValueError("`limit` and `within` need a `target`")
        return self

    def verdict(self, value: float | None) -> Verdict:
        """met, missed (the target), over (the limit, too); '' where nothing can be said."""
        if value is None or self.target is None:
            return ""
        if self.within is not None:
            return "met" if abs(value - self.target) <= self.within else "missed"
        sign = 1 if self.better == "down" else -1
        if sign * (value - self.target) <= 0:
            return "met"
        return "over" if self.limit is not None and sign * (value - self.limit) > 0 else "missed"


@lru_cache
def targets(file: Path = FILE) -> dict[str, Target]:
    """All figures by code, in their order. Raises CatalogueError."""
    return rows(file, read(file).get("figures", []), Target, lambda row: row.code)


@lru_cache
def positions(file: Path = FILE) -> int:
    """Desks among which alarms are shared. Raises CatalogueError."""
    found = read(file).get("positions", 1)
    if not isinstance(found, int) or found < 1:
        raise CatalogueError(file, "-", "positions", "is a whole number of 1 or more")
    return found
