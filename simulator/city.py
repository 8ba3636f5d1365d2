"""The demo city: invented pump houses in six schematic districts around a bay.

Station number i is the same whatever the size of the city, so a small city is the beginning of
the large one and may grow.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from data.catalogue.errors import FOLDER
from data.catalogue.points import ZONES
from data.stations import CompoundRow, DistrictRow, SetRow, StationRow
from simulator import names
from simulator.draws import between, key, log_between, pick, uniform
from simulator.sizing import mean_flow, pump_set
from simulator.types import Bools, Floats

MAP = FOLDER / "map.geojson"
EVERY = 21
"""Every 21st station is a regional or rural one: 100 of 2,100."""
FIRST_OUTER = 9
SHARED = 0.18
"""Share of the houses that stand in the compound of the one before them in their district."""
MOST_HOUSES = 3
PROFILES = {"chengshui": 0.35, "haibeng": 0.25, "yunkong": 0.25, "linhai": 0.15}
SHARES = {
    "old_town": 402, "lake_east": 438, "west_shore": 271,
    "north_bay": 263, "tongxi": 214, "east_wing": 224,
}  # fmt: skip
OUTLYING = ("west_shore", "north_bay", "tongxi", "east_wing")
FIRST_HOST = 10
"""Gateways live on 127.10.x.y and up."""
EDGES = np.array([(0, 0), (0.003, 0), (-0.003, 0), (0, 0.0027), (0, -0.0027)])
"""Degrees around a spot that must be land too."""
BESIDE = 0.0009
"""Degrees between the houses of a compound: 100 m."""


@dataclass(frozen=True)
class Kind:
    """A layout of the demo city with the range of homes that it serves a zone."""

    type: str
    pumps: tuple[int, ...]
    tanks: int
    share: float
    homes: tuple[int, int]


COMPOUNDS = (
    Kind("TANK_VFD", (2,), 1, 0.08, (180, 420)),
    Kind("TANK_VFD", (3,), 1, 0.17, (320, 900)),
    Kind("TANK_VFD", (4,), 1, 0.11, (700, 1800)),
    Kind("TANK_VFD", (3, 3), 1, 0.19, (250, 800)),
    Kind("TANK_VFD", (3, 3, 3), 1, 0.10, (240, 650)),
    Kind("STACKED", (2,), 0, 0.09, (160, 400)),
    Kind("STACKED", (3,), 0, 0.12, (300, 800)),
    Kind("STACKED", (3, 3), 0, 0.14, (220, 600)),
)
OUTER = (
    Kind("REGIONAL", (4,), 2, 0.25, (5000, 9000)),
    Kind("REGIONAL", (6,), 2, 0.20, (8000, 16000)),
    Kind("RURAL", (2,), 1, 0.55, (200, 1500)),
)
FLOORS = {1: ((7, 18),), 2: ((6, 17), (18, 30)), 3: ((6, 15), (16, 25), (26, 34))}


@lru_cache
def districts(file: Path = MAP) -> tuple[DistrictRow, ...]:
    """The six districts with their boundaries, drawn for this project."""
    found: list[DistrictRow] = []
    for feature in json.loads(file.read_text(encoding="utf-8"))["features"]:
        facts: dict[str, Any] = feature["properties"]
        if facts["kind"] == "district":
            longitude, latitude = facts["label"]
            ring = feature["geometry"]["coordinates"][0]
            names_ = facts["code"], facts["name_zh"], facts["name_en"]
            found.append(DistrictRow(len(found) + 1, *names_, latitude, longitude, ring))
    return tuple(found)


def stations(count: int, seed: int, port: int, own_addresses: bool = True) -> list[StationRow]:
    """The first `count` stations of the city of this seed.

    `own_addresses`: each gateway on a loopback address of its own, else on a port of its own.
    """
    return [_station(i, seed, port, own_addresses) for i in range(count)]


def in_compounds(
    rows: Sequence[StationRow], seed: int
) -> tuple[list[StationRow], list[CompoundRow]]:
    """The first stations of the city and the compounds they stand in, which bear the ids of their
    first houses; regional and rural ones stand in none."""
    housed, homes = [], {}
    for i, row in enumerate(rows):
        outer, order = _order(i)
        if not outer:
            first = rows[_number(_compound(order, seed)[0])]
            place = first.name_zh, first.name_en, first.district_id
            homes[first.id] = CompoundRow(first.id, f"C-{first.code}", *place)
        housed.append(row if outer else replace(row, compound_id=first.id))
    return housed, list(homes.values())


def code(i: int) -> str:
    """The code of station number `i`, counted from 0."""
    return f"CW-{i + 1:04d}"


def loopback_addresses() -> bool:
    """True where the system lets a program listen on any 127.x.y.z."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((f"127.{FIRST_HOST}.7.77", 0))
        except OSError:
            return False
    return True


def _station(i: int, seed: int, port: int, own_addresses: bool) -> StationRow:
    outer, order = _order(i)
    kind = _kind(OUTER if outer else COMPOUNDS, order, seed)
    district = _district(order, outer, seed)
    place = between(0, 1, uniform(seed, "station", i, np.arange(12)))
    first, number = (order, 1) if outer else _compound(order, seed)
    name = names.outlying(order, kind.type == "RURAL") if outer else names.house(first, number)
    of = i if number == 1 else _number(first)
    spot = uniform(seed, "station", of, np.arange(2))
    street = names.address(int(spot[0] * 1e6), float(spot[1]))
    longitude, latitude = _position(district, of, seed)
    latitude = round(latitude + BESIDE * (number - 1), 5)
    underground = bool(place[2] < 0.62) and not outer
    sets = _sets(kind, i, seed, underground)
    homes = sum(row.households for row in sets)
    volume = mean_flow(homes) * 24.0 * float(between(0.18, 0.26, place[3])) if kind.tanks else 0.0
    overflow = round(float(between(2.4, 3.4, place[4])), 1) if kind.tanks else None
    host = f"127.{FIRST_HOST + i // 62500}.{i // 250 % 250}.{1 + i % 250}"
    return StationRow(
        id=i + 1, code=code(i), name_zh=name.zh, name_en=name.en,
        district_id=district.id, type=kind.type, tanks=kind.tanks,
        profile=list(PROFILES)[int(pick(list(PROFILES.values()), place[5]))],
        host=host if own_addresses else "127.0.0.1",
        port=port if own_addresses else port + i, unit=1,
        latitude=latitude, longitude=longitude,
        address_zh=district.name_zh + street.zh, address_en=f"{street.en}, {district.name_en}",
        underground=underground, households=homes, build_year=int(between(1998, 2023, place[6])),
        tank_area=round(volume / overflow, 1) if overflow else None, overflow_level=overflow,
        inlet_diameter=_bore(mean_flow(homes) * 2.4), sets=sets,
    )  # fmt: skip


def _order(i: int) -> tuple[bool, int]:
    """Whether station number `i` is a regional or rural one, and its place among its like."""
    before = (i + EVERY - 1 - FIRST_OUTER) // EVERY
    return (True, before) if i % EVERY == FIRST_OUTER else (False, i - before)


def _number(order: int) -> int:
    """The station number of the residential house `order`."""
    return order + (order + EVERY - 1 - FIRST_OUTER) // (EVERY - 1)


@lru_cache(maxsize=4096)
def _compound(order: int, seed: int) -> tuple[int, int]:
    """The first house of the compound that residential house `order` stands in, and its own
    number there, from 1."""
    if float(uniform(seed, "compound", order)) < SHARED:
        home = _district(order, False, seed)
        before = (o for o in range(order - 1, -1, -1) if _district(o, False, seed) == home)
        if (last := next(before, None)) is not None:
            first, number = _compound(last, seed)
            if number < MOST_HOUSES:
                return first, number + 1
    return order, 1


def _kind(kinds: tuple[Kind, ...], order: int, seed: int) -> Kind:
    """Golden-ratio steps: even a city of twenty has some of every kind."""
    share = (order * 0.6180339887 + _shift(seed, "kind")) % 1.0
    return kinds[int(pick([kind.share for kind in kinds], np.asarray(share)))]


@lru_cache
def _shift(seed: int, stream: str) -> float:
    return float(uniform(seed, stream, 0))


def _district(order: int, outer: bool, seed: int) -> DistrictRow:
    share = (order * 0.7548776662 + _shift(seed, "district")) % 1.0
    codes = OUTLYING if outer else tuple(SHARES)
    weights = [1.0] * len(codes) if outer else list(SHARES.values())
    code = codes[int(pick(weights, np.asarray(share)))]
    return next(row for row in districts() if row.code == code)


def _sets(kind: Kind, i: int, seed: int, underground: bool) -> tuple[SetRow, ...]:
    rows = []
    floors: tuple[int | None, int | None]
    for z, pumps in enumerate(kind.pumps):
        draw = uniform(seed, "set", i, z, np.arange(4))
        homes = int(log_between(*kind.homes, draw[0]))
        if kind.type in ("REGIONAL", "RURAL"):
            low, high = (26.0, 42.0) if kind.type == "REGIONAL" else (16.0, 34.0)
            static, floors = float(between(low, high, draw[1])), (None, None)
        else:
            first, last = FLOORS[len(kind.pumps)][z]
            last -= int(draw[1] * 5) if z == len(kind.pumps) - 1 else 0
            static, floors = last * 3.0 + (5.0 if underground else 1.0), (first, last)
        suction = 1.2 if kind.tanks else 20.0
        rows.append(pump_set(ZONES[z], pumps, floors, homes, static, suction))
    return tuple(rows)


def _bore(flow: float) -> int:
    """mm of the inlet pipe for about 1.2 m/s."""
    wanted = 1000.0 * (4.0 * flow / 3600.0 / np.pi / 1.2) ** 0.5
    return next((d for d in (50, 65, 80, 100, 150, 200, 250, 300, 400) if d >= wanted), 500)


def _position(district: DistrictRow, i: int, seed: int) -> tuple[float, float]:
    """A place inside the district, denser near its centres, a little away from its edge."""
    ring = _ring(district.code)
    draws = uniform(seed, "place", i, np.arange(24)[:, None], np.arange(4))
    low, high = ring.min(axis=0), ring.max(axis=0)
    spot = low + (high - low) * draws[:, :2]
    centres = _centres(district.code, seed)
    near = centres[(draws[:, 2] * len(centres)).astype(int)]
    pull = np.where(draws[:, 3] < 0.62, 0.55 + 0.35 * draws[:, 2] * draws[:, 3], 0.0)[:, None]
    spot = spot + (near - spot) * pull
    good = inside(ring, (spot[:, None] + EDGES).reshape(-1, 2)).reshape(-1, len(EDGES)).all(axis=1)
    chosen = spot[int(np.argmax(good))] if good.any() else near[0]
    return round(float(chosen[0]), 5), round(float(chosen[1]), 5)


@lru_cache
def _ring(code: str) -> Floats:
    return np.asarray(next(row.boundary for row in districts() if row.code == code), float)


@lru_cache
def _centres(code: str, seed: int) -> Floats:
    """Three town centres of a district, well inside it."""
    ring = _ring(code)
    spot = ring.mean(axis=0) + (ring.max(axis=0) - ring.min(axis=0)) * (
        uniform(seed, "centre", key(code), np.arange(40)[:, None], np.arange(2)) - 0.5
    )
    return np.asarray(spot[inside(ring, spot)][:3])


def inside(ring: Floats, points: Floats) -> Bools:
    """Which of `points` [m, 2] lie in the polygon `ring` [k, 2] (even-odd rule)."""
    x, y = points[:, 0][:, None], points[:, 1][:, None]
    ax, ay, bx, by = ring[:-1, 0], ring[:-1, 1], ring[1:, 0], ring[1:, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        crosses = ((ay > y) != (by > y)) & (x < (bx - ax) * (y - ay) / (by - ay) + ax)
    return np.asarray(crosses.sum(axis=1) % 2 == 1)
