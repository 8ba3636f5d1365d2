"""Points and station types: what a pump house can tell, and which of it a given layout has."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from data.catalogue.errors import FOLDER, CatalogueError, read, rows

ZONES = ("L", "M", "H")
MAX_PUMPS = 6
Block = Literal["fast", "slow", "derived", "none"]


class Point(BaseModel):
    """One row of points.toml: a template when its code holds {z}, {n} or {t}."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str
    zh: str
    en: str
    unit: str
    kind: str
    resolution: Decimal
    range: tuple[float, float]
    normal: tuple[float, float] | None = None
    rate: float | None = None
    decimals: int
    block: Block
    applies: str
    rollup: Literal["full", "mean", "counter", "last"]

    @field_validator("resolution")
    @classmethod
    def _positive(cls, value: Decimal) -> Decimal:
        if value <= 0:
            raise ValueError("must be above 0")
        return value

    @model_validator(mode="after")
    def _ordered(self) -> Point:
        for name in ("range", "normal"):
            pair = getattr(self, name)
            if pair is not None and pair[0] > pair[1]:
                raise ValueError(f"{name} runs from high to low")
        return self

    @property
    def scope(self) -> Literal["station", "tank", "zone", "pump"]:
        if "{n}" in self.code:
            return "pump"
        return "zone" if "{z}" in self.code else "tank" if "{t}" in self.code else "station"

    @property
    def digital(self) -> bool:
        return self.kind in ("state", "alarm")


class StationType(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str
    letter: str
    zh: str
    en: str
    tank: bool
    pumped: bool


class Column(NamedTuple):
    """One point of one place in a station, e.g. L.P2.F: column of the matrix and of the lake."""

    code: str
    point: Point
    zone: str
    pump: int
    tank: int

    def name(self, lang: str) -> str:
        """The point's name in `lang` ('zh' or 'en'), with its pump or tank number."""
        text = self.point.zh if lang == "zh" else self.point.en
        tank = f"{self.tank}#" if lang == "zh" else str(self.tank)
        return text.replace("{n}", str(self.pump)).replace("{t}", tank)


@dataclass(frozen=True)
class Layout:
    """What a station is made of: its type, pumps per zone from low to high, tanks.

    The key (`TANK_VFD-3.3-1`) names the set of points, so it also groups files of the lake.
    """

    type: str
    pumps: tuple[int, ...]
    tanks: int

    @property
    def key(self) -> str:
        return f"{self.type}-{'.'.join(map(str, self.pumps)) or '0'}-{self.tanks}"

    @classmethod
    def parse(cls, key: str) -> Layout:
        kind, pumps, tanks = key.rsplit("-", 2)
        return cls(kind, tuple(int(n) for n in pumps.split(".") if n != "0"), int(tanks))

    @property
    def zones(self) -> tuple[str, ...]:
        return ZONES[: len(self.pumps)]


@lru_cache
def points(file: Path = FOLDER / "points.toml") -> dict[str, Point]:
    """All point templates by code, in the order of the file."""
    return rows(file, read(file).get("points", []), Point, lambda row: row.code)


@lru_cache
def station_types(file: Path = FOLDER / "stations.toml") -> dict[str, StationType]:
    """All station types by code."""
    return rows(file, read(file).get("types", []), StationType, lambda row: row.code)


@lru_cache
def columns(layout: Layout) -> tuple[Column, ...]:
    """The points that a station of this layout has, in catalogue order, blocks 'none' left out.

    Raises CatalogueError when the type is unknown or has more zones or pumps than the platform.
    """
    kinds = station_types()
    if layout.type not in kinds:
        raise CatalogueError("stations.toml", layout.type, "type", "no such station type")
    if len(layout.pumps) > len(ZONES) or any(not 1 <= n <= MAX_PUMPS for n in layout.pumps):
        raise CatalogueError(
            "stations.toml", layout.key, "pumps", f"1 to {MAX_PUMPS} pumps in up to 3 zones"
        )
    letter = kinds[layout.type].letter
    found: list[Column] = []
    for row in points().values():
        if letter not in row.applies or row.block == "none":
            continue
        if row.scope == "station":
            found.append(Column(row.code, row, "", 0, 0))
        elif row.scope == "tank":
            found += [
                Column(row.code.replace("{t}", f"T{k}"), row, "", 0, k)
                for k in range(1, layout.tanks + 1)
            ]
        else:
            for zone, pumps in zip(layout.zones, layout.pumps, strict=True):
                code = row.code.replace("{z}", zone)
                if row.scope == "zone":
                    found.append(Column(code, row, zone, 0, 0))
                else:
                    found += [
                        Column(code.replace("{n}", str(n)), row, zone, n, 0)
                        for n in range(1, pumps + 1)
                    ]
    return tuple(found)


@lru_cache
def universe(layouts: tuple[Layout, ...]) -> tuple[Column, ...]:
    """The columns of a fleet: the union over its layouts, in catalogue order."""
    order = {code: i for i, code in enumerate(points())}
    union = {column.code: column for layout in layouts for column in columns(layout)}
    return tuple(
        sorted(
            union.values(),
            key=lambda c: (
                order[c.point.code],
                c.tank,
                ZONES.index(c.zone) if c.zone else -1,
                c.pump,
            ),
        )
    )


def point(code: str) -> Point:
    """The template that a concrete code (L.P2.F) comes from; KeyError when there is none."""
    parts = code.split(".")
    if parts[0] in ZONES:
        parts[0] = "{z}"
        if len(parts) == 3:
            parts[1] = "P{n}"
    elif parts[0][:1] == "T" and parts[0][1:].isdigit():
        parts[0] = "{t}"
    return points()[".".join(parts)]
