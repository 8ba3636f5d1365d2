"""Where the parts of the mimic stand: columns by x, zones from the highest down by y."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from markupsafe import Markup

from components.mimic_parts import pipe

WIDTH = 1240
MIN_HEIGHT = 440
BAND = 172
"""Least height of a zone: what its pressure and flow need."""
GAP = 8
RISER, VALVE, STORE, COLLECTOR, SUCTION = 142, 190, 240, 438, 470
PUMPS, HEADER, VESSEL, PRESSURE, FLOW, ZONE = 536, 720, 752, 816, 1000, 1130
STORE_WIDTH = 172
VESSEL_SLOT, TANK_SLOT, FOOT = 148, 176, 58
"""Least heights in the column of tanks: a surge vessel, a tank, the water quality below."""
DEVIATION = 0.05
"""MPa between the set point and the ends of the pressure indicator."""


class PumpSet(Protocol):
    """What the drawing needs of a zone."""

    @property
    def zone(self) -> str: ...
    @property
    def pumps(self) -> int: ...
    @property
    def floor_from(self) -> int | None: ...
    @property
    def floor_to(self) -> int | None: ...
    @property
    def households(self) -> int: ...
    @property
    def rated_flow(self) -> float: ...


class Station(Protocol):
    """What the drawing needs of a station's record."""

    @property
    def type(self) -> str: ...
    @property
    def tanks(self) -> int: ...
    @property
    def households(self) -> int: ...
    @property
    def tank_area(self) -> float | None: ...
    @property
    def overflow_level(self) -> float | None: ...
    @property
    def inlet_diameter(self) -> int | None: ...
    @property
    def sets(self) -> Sequence[PumpSet]: ...


@dataclass(frozen=True)
class Band:
    """A zone's strip of the drawing: its pipe lies at `y`, its pumps at `rows`."""

    set: PumpSet
    y: float
    rows: tuple[float, ...]

    @property
    def running(self) -> tuple[str, ...]:
        return tuple(f"{self.set.zone}.P{n}.RUN" for n in range(1, self.set.pumps + 1))


def bands(station: Station) -> tuple[float, list[Band]]:
    """Height of the drawing and its zones from the highest down; the room is shared out."""
    sets = list(reversed(station.sets))
    if not sets:
        return 220.0, []
    vessels = len(sets) if station.type.startswith("STACKED") and station.tanks else 0
    column = vessels * VESSEL_SLOT + station.tanks * TANK_SLOT + FOOT
    total = sum(row.pumps for row in sets)
    pitch = 92 if total <= 4 else 76 if total <= 6 else 64
    heights = [max(BAND, row.pumps * pitch) for row in sets]
    spare = max(0.0, max(MIN_HEIGHT, column) - sum(heights) - GAP * (len(sets) - 1)) / len(sets)
    top, found = 0.0, []
    for row, least in zip(sets, heights, strict=True):
        y = top + (least + spare) / 2
        rows = tuple(y + (n - (row.pumps - 1) / 2) * pitch for n in range(row.pumps))
        found.append(Band(row, y, rows))
        top += least + spare + GAP
    return top - GAP, found


def comb(x: float, trunk: float, rows: list[tuple[float, str]], outward: bool) -> Markup:
    """An upright header with its trunk at y `trunk`; a piece flows when a branch beyond it does."""
    parts: list[Markup] = []
    for side in (-1, 1):
        beyond = sorted((row for row in rows if (row[0] - trunk) * side > 0), reverse=side < 0)
        stops = [trunk, *(y for y, _ in beyond)]
        for n, (near, far) in enumerate(pairwise(stops)):
            ends = [(x, near), (x, far)] if outward else [(x, far), (x, near)]
            parts.append(pipe(ends, " ".join(code for _, code in beyond[n:])))
    return Markup("").join(parts)
