"""Alarm rules: what is wrong, when, how bad, who is told, and what is likely behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.catalogue.errors import FOLDER, CatalogueError, read, rows
from data.catalogue.points import points, station_types
from data.catalogue.texts import Text
from data.catalogue.work_orders import templates

FILE = FOLDER / "rules.toml"
ALL = "*"
Role = Literal[
    "executive",
    "district_manager",
    "engineer",
    "dispatcher",
    "inspector",
    "water_quality",
    "administrator",
]
Mode = Literal["auto", "manual", "sleep", "maintenance", "cleaning", "commissioning"]
Level = Literal[1, 2, 3, 4]

ATTRIBUTES = {"overflow_level": "m", "tank_area": "m²", "households": ""}
"""Names beside points and params that every rule may use, with units: facts of the station."""
PLATFORM_ATTRIBUTES = {"silence": "s", "gateways": ""}
"""For rules on the platform's clock: time without an answer, stations of the area."""
STATE_ATTRIBUTES = {"age": "s"}
"""For `clear` and `worse`: time since the condition was first true."""


class Parameter(BaseModel):
    """A limit that a utility may set."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    value: float = Field(allow_inf_nan=False)
    unit: str = ""
    by_type: dict[str, float] = {}

    def of(self, station_type: str) -> float:
        """The limit for stations of this type."""
        return self.by_type.get(station_type, self.value)


class Cause(Text):
    """Something that may be behind it, what would show it, and what helps."""

    check: Text
    remedy: Text


class Worse(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    when: str
    level: Level
    on_s: float = Field(0, ge=0)


class Suppression(BaseModel):
    """Alarms that a rule's alarm explains: those of the same station (for an alarm of an area: of
    its stations) first true from `from_s` before it to `to_s` after it, or as long as it lasts."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    rules: tuple[str, ...] = Field(min_length=1)
    from_s: float = Field(ge=0)
    to_s: float | None = Field(None, ge=0)


class Rule(Text):
    """One row of rules.toml, which says what the fields mean."""

    id: str = Field(pattern=r"^R-[A-Z]{2}-\d{2}$")
    version: int = Field(1, ge=1)
    clock: Literal["station", "platform"] = "station"
    """Whose time the delays run on: the samples', or the collector's (for what is silent)."""
    when: str
    clear: str | None = None
    worse: Worse | None = None
    params: dict[str, Parameter] = {}
    on_s: float = Field(ge=0)
    off_s: float = Field(ge=0)
    fold_s: float = Field(300, ge=0)
    """Raised again within this time after it cleared, it is the same alarm, counted."""
    level: Level
    latched: bool = False
    live: tuple[Mode, ...] = ("auto", "sleep")
    notify: tuple[Role, ...] = Field(min_length=1)
    template: str | None = None
    point: str = ""
    value: str | None = None
    limit: str | None = None
    worst: Literal["high", "low"] = "high"
    suppresses: tuple[Suppression, ...] = ()
    causes: tuple[Cause, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _levels(self) -> Rule:
        if self.worse is not None and self.worse.level >= self.level:
            raise ValueError("worse.level is not worse than level")
        return self

    def names(self, field: str = "when") -> dict[str, str]:
        """Units of the names that an expression of this rule may use beside points."""
        known = {name: parameter.unit for name, parameter in self.params.items()} | ATTRIBUTES
        if self.clock == "platform":
            known |= PLATFORM_ATTRIBUTES
        return known | STATE_ATTRIBUTES if field in ("clear", "worse.when") else known


class Compiled(Protocol):
    """What is asked of a compiled expression (analytics.expressions)."""

    @property
    def unit(self) -> str | None: ...
    @property
    def marks(self) -> frozenset[str]: ...


Expression = TypeVar("Expression", bound=Compiled)
Compiler = Callable[
    [str, Mapping[str, str], Mapping[str, str], Literal["truth", "number"]], Expression
]


@lru_cache
def rules(file: Path = FILE) -> dict[str, Rule]:
    """All rules by id. Raises CatalogueError; the expressions are checked by `compiled`."""
    found = rows(file, read(file).get("rules", []), Rule, lambda row: row.id)
    for rule in found.values():
        _check(file, rule, found)
    return found


def _check(file: Path, rule: Rule, known: Mapping[str, Rule]) -> None:
    """What a rule says of other files and rows."""
    if rule.template is not None and rule.template not in templates():
        raise CatalogueError(file, rule.id, "template", f"no template '{rule.template}'")
    if rule.point and rule.point not in points():
        raise CatalogueError(file, rule.id, "point", f"no such point: '{rule.point}'")
    taken = ATTRIBUTES | PLATFORM_ATTRIBUTES | STATE_ATTRIBUTES
    for name, parameter in rule.params.items():
        if not name.isidentifier() or name in taken:
            raise CatalogueError(file, rule.id, f"params.{name}", "can't be a parameter's name")
        for kind in parameter.by_type:
            if kind not in station_types():
                field = f"params.{name}.by_type"
                raise CatalogueError(file, rule.id, field, f"no station type '{kind}'")
    for suppression in rule.suppresses:
        for other in suppression.rules:
            if other != ALL and (other not in known or other == rule.id):
                raise CatalogueError(file, rule.id, "suppresses", f"no other rule '{other}'")


def compiled(
    rule: Rule, compiler: Compiler[Expression], file: Path = FILE
) -> dict[str, Expression]:
    """Every expression of `rule` by field: when, clear, worse.when, value, limit.

    `compiler` is analytics.expressions.compile_expression; what it refuses (a ValueError) becomes
    a CatalogueError with row and field, as does an expression that speaks of another kind of place
    than `when`, or shows another unit than the rule's point.
    """
    known = {code: row.unit for code, row in points().items() if row.block != "none"}
    worse = rule.worse.when if rule.worse else None
    texts = {"when": rule.when, "clear": rule.clear, "worse.when": worse,
             "value": rule.value, "limit": rule.limit}  # fmt: skip
    found: dict[str, Expression] = {}
    for field, text in texts.items():
        if text is None:
            continue
        result: Literal["truth", "number"] = "number" if field in ("value", "limit") else "truth"
        try:
            found[field] = compiler(text, known, rule.names(field), result)
        except ValueError as error:
            raise CatalogueError(file, rule.id, field, str(error)) from error
        extra = found[field].marks - found["when"].marks
        if extra:
            marks = ", ".join(f"{{{mark}}}" for mark in sorted(extra))
            raise CatalogueError(file, rule.id, field, f"names {marks}, which 'when' does not")
        unit = known.get(rule.point)
        if result == "number" and unit is not None and found[field].unit not in (None, unit):
            why = f"is in '{found[field].unit}', the point '{rule.point}' in '{unit}'"
            raise CatalogueError(file, rule.id, field, why)
    return found
