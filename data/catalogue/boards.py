"""Boards that roles begin with: cards in their order, until a person chooses otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from data.catalogue.errors import FOLDER, CatalogueError, read, rows
from data.catalogue.indicators import indicators

PERIODS: Mapping[str, tuple[str, str]] = {
    "today": ("now/d", "now"),
    "yesterday": ("now-1d/d", "now/d"),
    "7d": ("now-7d/d", "now/d"),
    "30d": ("now-30d/d", "now/d"),
    "this_month": ("now/M", "now"),
    "last_month": ("now-1M/M", "now/M"),
    "this_year": ("now/y", "now"),
}
"""Periods of cards, `from` and `to` as in a URL; 7d and 30d are whole days, so that a figure that
is mailed stays what the page shows all day."""
COMPARES = ("prev", "yoy")
"""As long a time before, or the year before."""


class PresetCard(BaseModel):
    """One card; fields as data/cards.py has them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    indicator: str
    period: Literal[
        "today", "yesterday", "7d", "30d", "this_month", "last_month", "this_year"
    ] = "7d"  # fmt: skip
    compare: Literal["prev", "yoy"] = "prev"
    pinned: bool = False


class Preset(BaseModel):
    """The board of one role."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str
    cards: tuple[PresetCard, ...] = Field(min_length=1)


@lru_cache
def presets(file: Path = FOLDER / "boards.toml") -> dict[str, Preset]:
    """By role. Raises CatalogueError, also for an indicator that the role may not see or that can't
    be computed."""
    found = rows(file, read(file).get("presets", []), Preset, lambda row: row.code)
    known = indicators()
    for number, preset in enumerate(found.values(), start=1):
        label = f"{number} ({preset.code})"
        for place, card in enumerate(preset.cards):
            row = known.get(card.indicator)
            if row is None or not row.offered:
                why = f"'{card.indicator}' is no indicator that is offered"
                raise CatalogueError(file, label, f"cards.{place}.indicator", why)
            if not row.allowed(preset.code):
                why = f"the role may not see '{card.indicator}'"
                raise CatalogueError(file, label, f"cards.{place}.indicator", why)
    return found
