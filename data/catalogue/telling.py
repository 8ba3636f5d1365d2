"""Who is told of an alarm and how: levels, recipient steps, duties, kinds of channels."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from data.catalogue.errors import FOLDER, CatalogueError, read, rows
from data.catalogue.rules import Role
from data.catalogue.texts import Text

FILE = FOLDER / "telling.toml"
APP = "app"
Hour = Annotated[int, Field(ge=0, le=23)]
Table = TypeVar("Table", bound=BaseModel)


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Settings(Row):
    settle_s: float = Field(ge=0)
    quiet: tuple[Hour, Hour]
    flood_from: int = Field(ge=1)
    flood_below: int = Field(ge=1)
    at_once: int = Field(ge=1)
    most_per_hour: int = Field(ge=1)
    digest_min: float = Field(gt=0)
    weekly: tuple[Annotated[int, Field(ge=1, le=7)], Hour]
    oldest_h: float = Field(gt=0)


class Delivery(Row):
    tries: int = Field(ge=1)
    first_s: float = Field(gt=0)
    longest_s: float = Field(gt=0)
    timeout_s: float = Field(gt=0)


class Level(Row):
    """`routes`: each goes out at once, by the first of its kinds ('push|mail') that one has."""

    level: Literal[1, 2, 3, 4]
    acknowledge_min: float = Field(gt=0)
    routes: tuple[str, ...] = Field(min_length=1)
    quiet: bool = False
    digest: Literal["", "weekly"] = ""


class After(Row):
    cleared: tuple[str, ...] = Field(min_length=1)
    digest: tuple[str, ...] = Field(min_length=1)


class Step(Row):
    after: float = Field(gt=0)
    duty: str
    levels: tuple[Literal[1, 2, 3, 4], ...] = Field(min_length=1)


class Duty(Text):
    code: str = Field(pattern=r"^[a-z_]{1,32}$")
    role: Role
    covered: bool = False


class Kind(Text):
    """`address`: pattern that an address of this kind has to match as a whole."""

    code: str = Field(pattern=r"^[a-z]{1,16}$")
    address: str
    example: str

    @field_validator("address")
    @classmethod
    def _pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"no pattern: {error}") from error
        return value

    def fits(self, address: str) -> bool:
        return re.fullmatch(self.address, address) is not None


class Telling(Row):
    """The whole file; `levels`, `duties` and `kinds` by their codes, in the file's order."""

    settings: Settings
    delivery: Delivery
    after: After
    levels: dict[int, Level]
    steps: tuple[Step, ...]
    duties: dict[str, Duty]
    kinds: dict[str, Kind]


@lru_cache
def telling(file: Path = FILE) -> Telling:
    """The file, checked. Raises CatalogueError naming file, row and field."""
    tree = read(file)
    kinds = rows(file, tree.get("kinds", []), Kind, lambda row: row.code)
    duties = rows(file, tree.get("duties", []), Duty, lambda row: row.code)
    levels = rows(file, tree.get("levels", []), Level, lambda row: str(row.level))
    steps = rows(file, tree.get("steps", []), Step, lambda row: f"{row.after} {row.duty}")
    for step in steps.values():
        if step.duty not in duties:
            raise CatalogueError(file, step.duty, "duty", f"no duty '{step.duty}'")
    for role in get_args(Role):
        if role not in duties:
            raise CatalogueError(file, role, "code", f"no duty for the role '{role}'")
    for level in ("1", "2", "3", "4"):
        if level not in levels:
            raise CatalogueError(file, level, "level", f"no row for level {level}")
    after = _table(file, tree, "after", After)
    for name, routes in [
        *((f"levels {row.level}", row.routes) for row in levels.values()),
        ("after", after.cleared + after.digest),
    ]:
        for kind in [kind for route in routes for kind in route.split("|")]:
            if kind != APP and kind not in kinds:
                raise CatalogueError(file, name, "routes", f"no kind of channel '{kind}'")
    return Telling(
        settings=_table(file, tree, "settings", Settings),
        delivery=_table(file, tree, "delivery", Delivery),
        after=after,
        levels={row.level: row for row in levels.values()},
        steps=tuple(sorted(steps.values(), key=lambda row: row.after)),
        duties=duties,
        kinds=kinds,
    )


def _table(file: Path, tree: dict[str, Any], name: str, model: type[Table]) -> Table:
    try:
        return model.model_validate(tree.get(name, {}))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "-"
        raise CatalogueError(file, name, field, first["msg"]) from error
