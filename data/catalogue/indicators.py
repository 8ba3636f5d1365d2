"""Indicators: which facts make a figure, who may see it, and what it is measured against."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from data.catalogue.errors import FOLDER, read, rows

Source = Literal[
    "facts", "hours", "pumps", "alarms", "work_orders", "stations", "samples",
    "analyses", "none",
]  # fmt: skip
Role = Literal[
    "all", "executive", "district_manager", "engineer", "dispatcher", "inspector", "water_quality"
]
Theme = Literal[
    "service", "supply", "energy", "pumps", "quality", "leakage", "demand", "alarms", "work",
    "safety",
]  # fmt: skip
FACT = r"^(F\.\w+|mnf|night_flow|mean_flow|peak_hour_flow|households)$"
"""What an indicator may sum: a fact, a flow of the day, or the homes of a station."""
REDUCERS: dict[str, tuple[str, ...]] = {
    "stations": ("station_count", "household_count"),
    "facts": (
        "per_day", "per_year", "outlier_count", "co2", "analysers", "over_age", "paired",
    ),
    "hours": ("energy_cost", "peak_band_share", "peak_factor", "off_peak_share"),
    "pumps": ("preferred_share", "run_balance"),
    "alarms": (
        "pump_availability", "mtbf", "mttr", "alarm_count", "alarm_rate", "acknowledged_on_time",
        "flood_share", "stale_alarms",
    ),
    "work_orders": (
        "false_alarm_rate", "open_orders", "orders_on_time", "first_time_fix", "response_p90",
    ),
    "samples": ("lab_pass_rate",),
    "analyses": ("loss_rate", "leakage_cost", "suspected_leaks", "wear_index"),
    "none": (),
}  # fmt: skip
"""Named reducers by the source that they read; docs/methods.md M9 tells what each does."""


class Indicator(BaseModel):
    """One row of indicators.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    k: str = Field(pattern=r"^K\d\d$")
    code: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    theme: Theme
    zh: str
    en: str
    unit: str
    decimals: int = Field(ge=0, le=4)
    grains: str = Field(pattern=r"^[FDCSP]+$")
    roles: tuple[Role, ...] = Field(min_length=1)
    source: Source
    numerator: str = Field("", pattern=FACT)
    denominator: str | None = Field(None, pattern=FACT)
    reducer: str = ""
    weight: Literal["households"] | None = None
    scale: float = 1.0
    floor: float = 0.0
    bound: Literal["", "sum", "time", "share"] = ""
    most: float = Field(1.0, gt=0)
    coverage: Literal["time", "rows"] = "time"
    default: bool = False
    better: Literal["up", "down"] | None = None
    target: float | None = None
    target_per: Literal["", "day"] = ""
    """A sum's target grows with the days of its span."""
    level: int = Field(0, ge=0, le=4)
    """Alarm level whose look the tile takes when the target is missed; 0 = never."""
    version: int = Field(1, ge=1)
    definition_zh: str
    definition_en: str

    @field_validator("reducer")
    @classmethod
    def _known(cls, reducer: str) -> str:
        if reducer and reducer not in {name for names in REDUCERS.values() for name in names}:
            raise ValueError(f"no such reducer '{reducer}'")
        return reducer

    @model_validator(mode="after")
    def _judged(self) -> Indicator:
        if self.target is not None and self.better is None:
            raise ValueError("a target needs `better`")
        if self.weight is not None and self.denominator is not None:
            raise ValueError("a weight takes the place of the denominator")
        if self.reducer and self.reducer not in REDUCERS[self.source]:
            raise ValueError(f"reducer '{self.reducer}' doesn't read source '{self.source}'")
        if self.source == "facts" and not self.numerator:
            raise ValueError("source 'facts' needs a numerator")
        if self.source not in ("facts", "none") and not self.reducer:
            raise ValueError(f"source '{self.source}' needs a reducer")
        if self.source != "facts" and (self.numerator or self.denominator):
            raise ValueError(f"source '{self.source}' sums no facts of a day")
        if self.bound == "share" and self.denominator is None:
            raise ValueError("the bound of a share needs a denominator")
        return self

    @property
    def formula(self) -> str:
        """How a figure names where it comes from: number and version."""
        return f"{self.k} v{self.version}"

    @property
    def offered(self) -> bool:
        """Whether there are facts that it can be computed from."""
        return self.source != "none"

    @property
    def facts(self) -> tuple[str, ...]:
        """The columns of station_day that it sums; homes come from the records."""
        named = (self.numerator, self.denominator or "")
        return tuple(name for name in named if name and name != "households")

    def allowed(self, role: str) -> bool:
        """Whether a role may see it; the administrator sees each."""
        return role == "administrator" or "all" in self.roles or role in self.roles

    def name(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def definition(self, lang: str) -> str:
        return self.definition_zh if lang == "zh" else self.definition_en

    def target_of(self, days: float) -> float | None:
        """The yardstick of a span of so many days."""
        if self.target is None or not self.target_per:
            return self.target
        return self.target * days

    def missed(self, value: float | None, target: float | None = None) -> bool:
        """Whether `value` breaks the target (its own unless one is given)."""
        limit = self.target if target is None else target
        if value is None or limit is None:
            return False
        return value < limit if self.better == "up" else value > limit


@lru_cache
def indicators(file: Path = FOLDER / "indicators.toml") -> dict[str, Indicator]:
    """All indicators by code, in the order of the file."""
    return rows(file, read(file).get("indicators", []), Indicator, lambda row: row.code)


def offered(role: str) -> dict[str, Indicator]:
    """The indicators that can be computed and that a role may see, by code."""
    return {c: row for c, row in indicators().items() if row.offered and row.allowed(role)}
