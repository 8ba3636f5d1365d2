"""What becomes of an alarm by itself: times of each level, shelving, what comes again and again."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.catalogue.errors import FOLDER, CatalogueError, read, rows

FILE = FOLDER / "alarm_life.toml"


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Again(Row):
    times: int = Field(ge=2)
    hours: float = Field(gt=0, le=48)


class Shelve(Row):
    hours: float = Field(gt=0)
    most_hours: float = Field(gt=0, le=168)


class Wiring(Row):
    share: float = Field(gt=0.5, lt=1)
    days: float = Field(gt=0, le=60)
    hours: float = Field(ge=1, le=168)
    profile_share: float = Field(gt=0, le=1)
    profile_least: int = Field(ge=2)
    out_days: float = Field(gt=0, le=90)


class Level(Row):
    """0 = never."""

    level: Literal[1, 2, 3, 4]
    seen_min: float = Field(0, ge=0)
    again_min: float = Field(0, ge=0)
    restore_h: float = Field(0, ge=0)
    lifts: bool = True


class AlarmLife(Row):
    again: Again
    shelve: Shelve
    wiring: Wiring
    levels: dict[int, Level]


@lru_cache
def alarm_life(file: Path = FILE) -> AlarmLife:
    """The whole file. Raises CatalogueError."""
    raw = read(file)
    levels = rows(file, raw.get("levels", []), Level, lambda row: str(row.level))
    parts: dict[str, Any] = {name: raw.get(name, {}) for name in ("again", "shelve", "wiring")}
    try:
        return AlarmLife(levels={row.level: row for row in levels.values()}, **parts)
    except ValidationError as error:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"]]
        raise CatalogueError(file, place[0], ".".join(place[1:]), first["msg"]) from error
