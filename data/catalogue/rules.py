"""Alarm rules: what is wrong, when, how bad, who is told, and what is likely behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.catalogue.errors import FOLDER, CatalogueError, read, rows
from data.catalogue.points import points, station_types
from data.catalogue.profiles import profiles
from data.catalogue.texts import Text
from data.catalogue.work_orders import templates

FILE = FOLDER / "rules"
"""A folder: one file for each family of rules, such as hy.toml for R-HY-01."""
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
Mode = Literal[
    "auto",
    "manual",
    "sleep",
    "maintenance",
    "cleaning",
    "power_off",
    "commissioning",
    "decommissioned",
]
Level = Literal[1, 2, 3, 4]

ATTRIBUTES = {"overflow_level": "m", "tank_area": "m²", "households": ""}
"""Names beside points and params that every rule may use, with units: facts of the station."""
SET_ATTRIBUTES = {"rated_flow": "m³/h", "rated_power": "kW", "rated_current": "A"}
"""The same of a pump of the set, for rules of a zone or pump."""
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
    by_brand: dict[str, float] = {}
    """By profile."""
    by_station: dict[str, float] = {}
    """By the station's code."""

    def of(self, station_type: str, brand: str = "", station: str = "") -> float:
        """The limit for a station: its own, else its brand's, its type's, everybody's."""
        of_type = self.by_type.get(station_type, self.value)
        return self.by_station.get(station, self.by_brand.get(brand, of_type))


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
    same_place: bool = False
    """Only those of the very same pump, tank or zone."""


class Rule(Text):
    """One row of rules/*.toml; hy.toml says what the fields mean."""

    id: str = Field(pattern=r"^R-[A-Z]{2}-\d{2}$")
    version: int = Field(1, ge=1)
    enabled: bool = True
    """A utility may switch a rule off; nobody evaluates it then."""
    clock: Literal["station", "platform"] = "station"
    """Whose time the delays run on: the samples', or the collector's (for what is silent)."""
    source: Literal["tick", "daily", "gathered", "none"] = "tick"
    """Who evaluates it: the engines, the analyses of the day, its stations' alarms, nobody yet."""
    condition: Text | None = None
    """In words, for what the engines don't evaluate."""
    when: str = ""
    clear: str | None = None
    worse: Worse | None = None
    params: dict[str, Parameter] = {}
    on_s: float = Field(ge=0)
    off_s: float = Field(ge=0)
    fold_s: float = Field(300, ge=0)
    """Raised again within this time after it cleared, it is the same alarm, counted."""
    level: Level
    latched: bool = False
    live: tuple[Mode, ...] = Field(("auto", "sleep"), min_length=1)
    hours: tuple[float, float] | None = None
    """Hours of the local day in which it is meant, [from, to), also over midnight."""
    acknowledge: Literal["person", "auto"] = "person"
    """auto: nobody has to acknowledge it."""
    notify: tuple[Role, ...] = Field(min_length=1)
    template: str | None = None
    point: str = ""
    value: str | None = None
    limit: str | None = None
    worst: Literal["high", "low"] = "high"
    suppresses: tuple[Suppression, ...] = ()
    gathers: str = ""
    """An area's: this rule's alarms at `params.least` stations of a district, their beginnings no
    more than `params.window` s apart, are one."""
    causes: tuple[Cause, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _levels(self) -> Rule:
        if self.worse is not None and self.worse.level >= self.level:
            raise ValueError("worse.level is not worse than level")
        return self

    @model_validator(mode="after")
    def _source(self) -> Rule:
        if self.source == "tick" and not self.when:
            raise ValueError("source tick needs `when`")
        if self.source != "tick" and (self.when or self.condition is None):
            raise ValueError(f"source {self.source} needs `condition` in words and no `when`")
        if (self.source == "gathered") != bool(self.gathers):
            raise ValueError("source gathered and `gathers` belong together")
        if self.gathers and not {"least", "window"} <= self.params.keys():
            raise ValueError("`gathers` needs the params least and window")
        if self.hours and not all(0 <= hour <= 24 for hour in self.hours):
            raise ValueError("hours run from 0 to 24")
        return self

    def names(self, field: str = "when") -> dict[str, str]:
        """Units of the names that an expression of this rule may use beside points."""
        known = {name: parameter.unit for name, parameter in self.params.items()} | ATTRIBUTES
        if "{z}" in self.when:
            known |= SET_ATTRIBUTES
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
    """All rules by id, of one file or a folder of them. Raises CatalogueError; the expressions
    are checked by `compiled`."""
    files = sorted(file.glob("*.toml")) if file.is_dir() else [file]
    found: dict[str, Rule] = {}
    for one in files:
        more = rows(one, read(one).get("rules", []), Rule, lambda row: row.id)
        for id in more:
            if file.is_dir() and file_of(id, file) != one:
                raise CatalogueError(one, id, "id", f"stands in {file_of(id, file).name}")
        found |= more
    for rule in found.values():
        check(file_of(rule.id, file), rule, found)
    return found


def file_of(id: str, file: Path = FILE) -> Path:
    """The file that this rule stands in."""
    return file / f"{id[2:4].lower()}.toml" if file.is_dir() else file


def check(file: Path, rule: Rule, known: Mapping[str, Rule]) -> None:
    """What a rule says of other files and rows. Raises CatalogueError."""
    if rule.template is not None and rule.template not in templates():
        raise CatalogueError(file, rule.id, "template", f"no template '{rule.template}'")
    if rule.point and rule.point not in points():
        raise CatalogueError(file, rule.id, "point", f"no such point: '{rule.point}'")
    taken = ATTRIBUTES | SET_ATTRIBUTES | PLATFORM_ATTRIBUTES | STATE_ATTRIBUTES
    for name, parameter in rule.params.items():
        if not name.isidentifier() or name in taken:
            raise CatalogueError(file, rule.id, f"params.{name}", "can't be a parameter's name")
        for kind in parameter.by_type:
            if kind not in station_types():
                field = f"params.{name}.by_type"
                raise CatalogueError(file, rule.id, field, f"no station type '{kind}'")
        for brand in parameter.by_brand:
            if brand not in profiles():
                field = f"params.{name}.by_brand"
                raise CatalogueError(file, rule.id, field, f"no profile '{brand}'")
    _check_others(file, rule, known)


def _check_others(file: Path, rule: Rule, known: Mapping[str, Rule]) -> None:
    if rule.gathers and rule.gathers not in known:
        raise CatalogueError(file, rule.id, "gathers", f"no other rule '{rule.gathers}'")
    for suppression in rule.suppresses:
        for other in suppression.rules:
            if other == rule.id and (suppression.to_s is None or suppression.same_place):
                why = "may explain itself at other places only, within to_s"
                raise CatalogueError(file, rule.id, "suppresses", why)
            if other != ALL and other not in known:
                raise CatalogueError(file, rule.id, "suppresses", f"no other rule '{other}'")


def compiled(
    rule: Rule, compiler: Compiler[Expression], file: Path = FILE
) -> dict[str, Expression]:
    """Every expression of `rule` by field: when, clear, worse.when, value, limit.

    `compiler` is analytics.expressions.compile_expression; what it refuses (a ValueError) becomes
    a CatalogueError with row and field, as does an expression that speaks of another kind of place
    than `when`, or shows another unit than the rule's point.
    """
    file = file_of(rule.id, file)
    known = {code: row.unit for code, row in points().items() if row.block != "none"}
    worse = rule.worse.when if rule.worse else None
    texts = {"when": rule.when or None, "clear": rule.clear, "worse.when": worse,
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
