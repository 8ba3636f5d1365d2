"""What an alarm costs the people behind it: shares of homes by rule, minutes by level."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from data.catalogue.errors import FOLDER, CatalogueError, read
from data.catalogue.rules import rules

FILE = FOLDER / "service_loss.toml"


class ServiceLoss(NamedTuple):
    shares: dict[str, float]
    """Rule -> part of the homes left without usable water, 0 to 1."""
    minutes: dict[int, float]
    """Level -> minutes where history says nothing."""


@lru_cache
def service_losses(file: Path = FILE) -> ServiceLoss:
    """The table, checked. Raises CatalogueError with file, row and field."""
    raw = read(file)
    shares: dict[str, float] = {}
    for rule, share in raw.get("shares", {}).items():
        if rule not in rules():
            raise CatalogueError(file, rule, "shares", f"no rule '{rule}'")
        if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share <= 1:
            raise CatalogueError(file, rule, "shares", "has to be above 0 and at most 1")
        shares[rule] = float(share)
    minutes = {}
    for level in (1, 2, 3, 4):
        value = raw.get("minutes", {}).get(str(level))
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
            raise CatalogueError(file, level, "minutes", "has to be a number above 0")
        minutes[level] = float(value)
    return ServiceLoss(shares, minutes)
