"""Indicators: which facts make a figure, and what it is measured against."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.catalogue.errors import FOLDER, read, rows


class Indicator(BaseModel):
    """One row of indicators.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str
    zh: str
    en: str
    unit: str
    numerator: str = Field(pattern=r"^F\.\w+$")
    denominator: str | None = Field(None, pattern=r"^F\.\w+$")
    weight: Literal["households"] | None = None
    scale: float = 1.0
    floor: float = 0.0
    decimals: int = Field(ge=0, le=4)
    better: Literal["up", "down"] | None = None
    target: float | None = None
    level: int = Field(0, ge=0, le=4)
    """Alarm level whose look the tile takes when the target is missed; 0 = never."""
    definition_zh: str
    definition_en: str

    @model_validator(mode="after")
    def _judged(self) -> Indicator:
        if self.target is not None and self.better is None:
            raise ValueError("a target needs `better`")
        if self.weight is not None and self.denominator is not None:
            raise ValueError("a weight takes the place of the denominator")
        return self

    def name(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def definition(self, lang: str) -> str:
        return self.definition_zh if lang == "zh" else self.definition_en

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
