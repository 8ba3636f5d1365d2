"""Device profiles: how a brand of gateway lays a station's points out in registers.

A profile is data (profiles/NAME.toml). `compile_block` turns it and a layout into flat arrays
that decode (collector) or encode (simulator) all stations of that kind at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from data.catalogue.errors import FOLDER, CatalogueError, read, rows
from data.catalogue.points import Column, Layout, columns, points

WIDTH = {"bit": 1, "uint16": 1, "int16": 1, "uint32": 2, "int32": 2, "float32": 2}
KINDS = tuple(WIDTH)
LIMIT = 125
"""Most registers that one Modbus read may ask for."""


class Entry(BaseModel):
    """Where one point stands: word = at + ordinal * step; the ordinal counts zones, tanks or,
    through the whole station, pumps. For bits also bit + ordinal * bit_step."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    point: str
    at: int = Field(ge=0)
    step: int = Field(0, ge=0)
    type: Literal["bit", "uint16", "int16", "uint32", "int32", "float32"] = "uint16"
    scale: Decimal = Decimal(1)
    offset: Decimal = Decimal(0)
    bit: int = Field(0, ge=0, le=15)
    bit_step: int = Field(0, ge=0)
    closed: bool = False
    """Normally closed contact: 0 on the wire means active."""


class BlockRow(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    function: Literal[3, 4] = 3
    address: int = Field(ge=0, le=65535)
    entries: tuple[Entry, ...]


class Profile(BaseModel):
    """One file of profiles/."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    zh: str
    en: str
    word_order: Literal["ABCD", "CDAB", "BADC", "DCBA"]
    fillers: tuple[int, ...]
    """Words that mean 'no value' for uint16 points; all bits set means it for uint32."""
    fillers_signed: tuple[int, ...] = (0x7FFF,)
    """The same for int16 points; 0x7FFFFFFF means it for int32, NaN for float32."""
    unit: int = Field(1, ge=0, le=247)
    fast: BlockRow
    slow: BlockRow


@dataclass(frozen=True)
class BlockPlan:
    """One block of one profile for one layout. All arrays have one item a point (k items)."""

    profile: str
    layout: Layout
    name: Literal["fast", "slow"]
    function: int
    address: int
    count: int
    word_order: str
    fillers: tuple[int, ...]
    fillers_signed: tuple[int, ...]
    codes: tuple[str, ...]
    word: np.ndarray
    """int64: index of the (first) register within the block."""
    kind: np.ndarray
    """uint8: index into KINDS."""
    bit: np.ndarray
    """int64: bit number within the word; 0 for other kinds."""
    closed: np.ndarray
    """bool: normally closed contact."""
    multiplier: np.ndarray
    """int64: catalogue units for one count of the register."""
    offset: np.ndarray
    """int64: catalogue units added after scaling."""
    resolution: np.ndarray
    """float64: the point's unit for one catalogue unit."""


@lru_cache
def profiles(folder: Path = FOLDER / "profiles") -> dict[str, Profile]:
    """All profiles by name, the name of their file."""
    found: dict[str, Profile] = {}
    for file in sorted(folder.glob("*.toml")):
        raw = read(file) | {"name": file.stem}
        for block in ("fast", "slow"):
            if block in raw:
                rows(file, raw[block].get("entries", []), Entry, lambda row: row.point)
        found |= rows(file, [raw], Profile, lambda row: row.name)
        _check(file, found[file.stem])
    return found


def _check(file: Path, profile: Profile) -> None:
    """Every point known, in its block, and representable in whole catalogue units."""
    catalogue = points()
    for block in (profile.fast, profile.slow):
        name = "fast" if block is profile.fast else "slow"
        for number, entry in enumerate(block.entries, start=1):
            label = f"{number} ({entry.point})"
            if entry.point not in catalogue:
                raise CatalogueError(file, label, "point", "no such point in points.toml")
            row = catalogue[entry.point]
            if row.block != name:
                raise CatalogueError(file, label, "point", f"belongs to block '{row.block}'")
            if row.digital != (entry.type == "bit"):
                raise CatalogueError(file, label, "type", f"'{entry.type}' for a {row.kind}")
            for field, value in (("scale", entry.scale), ("offset", entry.offset)):
                if entry.type != "float32" and value % row.resolution != 0:
                    raise CatalogueError(
                        file, label, field, f"{value} is finer than the resolution {row.resolution}"
                    )


@cache
def compile_block(profile: str, layout: Layout, name: Literal["fast", "slow"]) -> BlockPlan:
    """The flat arrays of one block, for the points of the layout that the profile has. Raises
    CatalogueError when it needs over 125 registers or two points share a register or bit."""
    file = FOLDER / "profiles" / f"{profile}.toml"
    known = profiles()
    if profile not in known:
        raise CatalogueError(file, "-", "name", "no such profile")
    rules = known[profile]
    block = rules.fast if name == "fast" else rules.slow
    entries = {entry.point: entry for entry in block.entries}
    cells = [
        (column, entries[column.point.code], _ordinal(column, layout))
        for column in columns(layout)
        if column.point.code in entries
    ]
    taken: dict[tuple[int, int], str] = {}
    word, bit = [], []
    for column, entry, ordinal in cells:
        position = entry.bit + ordinal * entry.bit_step
        word.append(entry.at + ordinal * entry.step + position // 16)
        bit.append(position % 16)
        for extra in range(WIDTH[entry.type]):
            place = word[-1] + extra
            for n in (bit[-1],) if entry.type == "bit" else range(16):
                other = taken.setdefault((place, n), column.code)
                if other != column.code:
                    raise CatalogueError(file, column.code, "at", f"{place} is taken by {other}")
    count = max((w + WIDTH[e.type] for w, (_, e, _) in zip(word, cells, strict=True)), default=0)
    if count > LIMIT:
        raise CatalogueError(file, layout.key, name, f"{count} registers, at most {LIMIT} a read")
    scaled = [(e.scale / c.point.resolution, e.offset / c.point.resolution) for c, e, _ in cells]
    return BlockPlan(
        profile=profile,
        layout=layout,
        name=name,
        function=block.function,
        address=block.address,
        count=count,
        word_order=rules.word_order,
        fillers=rules.fillers,
        fillers_signed=rules.fillers_signed,
        codes=tuple(column.code for column, _, _ in cells),
        word=np.array(word, dtype=np.int64),
        kind=np.array([KINDS.index(e.type) for _, e, _ in cells], dtype=np.uint8),
        bit=np.array(bit, dtype=np.int64),
        closed=np.array([e.closed for _, e, _ in cells], dtype=bool),
        multiplier=np.array([int(m) if m == int(m) else 1 for m, _ in scaled], dtype=np.int64),
        offset=np.array([int(o) for _, o in scaled], dtype=np.int64),
        resolution=np.array([float(c.point.resolution) for c, _, _ in cells]),
    )


def _ordinal(column: Column, layout: Layout) -> int:
    """Place of a zone, tank or pump in the station, counted from 0."""
    if column.tank:
        return column.tank - 1
    if not column.zone:
        return 0
    zone = layout.zones.index(column.zone)
    return sum(layout.pumps[:zone]) + column.pump - 1 if column.pump else zone
