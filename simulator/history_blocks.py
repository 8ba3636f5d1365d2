"""Blocks: stations of one group of the lake whose past is made and filed together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data.catalogue.points import Column, columns
from data.catalogue.profiles import compile_block
from data.groups import groups
from data.stations import StationRow
from simulator.types import Bools, Floats, Ints

SIZE = 68
"""Most stations of a block, a third of a group: its minutes of a day fill some 100 MB."""


@dataclass(frozen=True)
class Block:
    """Stations of one layout, neighbours in the city that is computed."""

    group: str
    rows: tuple[StationRow, ...]
    first: int = 0
    """Place of the first station among those computed."""
    first_set: int = 0

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        return columns(self.rows[0].layout)

    @cached_property
    def column(self) -> dict[str, Column]:
        return {c.code: c for c in self.columns}

    @cached_property
    def kinds(self) -> dict[str, str]:
        """How each code rolls up."""
        return {c.code: c.point.rollup for c in self.columns}

    @cached_property
    def resolution(self) -> dict[str, float]:
        return {c.code: float(c.point.resolution) for c in self.columns}

    @cached_property
    def polled(self) -> int:
        """Points that the gateways answer."""
        return sum(c.point.block != "derived" for c in self.columns)

    @cached_property
    def zones(self) -> dict[str, int]:
        """Pumps of each zone."""
        layout = self.rows[0].layout
        return dict(zip(layout.zones, layout.pumps, strict=True))

    @cached_property
    def ids(self) -> Ints:
        return np.array([row.id for row in self.rows], np.int64)

    @property
    def stations(self) -> slice:
        return slice(self.first, self.first + len(self.rows))

    def sets(self, zone: int) -> slice:
        """The sets of one zone: the sets of a station follow one another."""
        count = len(self.zones)
        return slice(self.first_set + zone, self.first_set + len(self.rows) * count, count)

    @cached_property
    def digits(self) -> dict[str, Floats]:
        """Per polled code [n] catalogue units of the register's last digit; 0 where the profile of
        a station lacks the point."""
        found: dict[str, Floats] = {
            c.code: np.zeros(len(self.rows)) for c in self.columns if c.point.block != "derived"
        }
        for name in {row.profile for row in self.rows}:
            mine = np.array([row.profile == name for row in self.rows])
            for part in ("fast", "slow"):
                plan = compile_block(name, self.rows[0].layout, part)
                for code, digit in zip(plan.codes, plan.multiplier, strict=True):
                    found[code][mine] = max(1.0, float(digit))
        return found

    def lacks(self, code: str) -> Bools:
        """[n] stations whose profile has no such point."""
        digits = self.digits.get(code)
        return np.zeros(len(self.rows), bool) if digits is None else np.asarray(digits == 0.0)


def blocks(stations: Iterable[StationRow], simulated: set[int]) -> list[Block]:
    """The simulated stations in blocks; `stations` are all, for they decide the groups."""
    found = []
    for group, rows in groups(stations).items():
        mine = [row for row in rows if row.id in simulated]
        found += [
            Block(group, tuple(mine[first : first + SIZE])) for first in range(0, len(mine), SIZE)
        ]
    return found


def halves(blocks: Sequence[Block], count: int) -> list[list[Block]]:
    """Shared out evenly, by the number of values that a step has."""
    shares: list[list[Block]] = [[] for _ in range(count)]
    sizes = [0] * count
    for block in sorted(blocks, key=lambda b: -len(b.rows) * len(b.columns)):
        place = sizes.index(min(sizes))
        shares[place].append(block)
        sizes[place] += len(block.rows) * len(block.columns)
    return shares


def in_line(blocks: Iterable[Block]) -> list[Block]:
    """The same blocks with their places in a city of just their stations, one after another."""
    found, first, first_set = [], 0, 0
    for block in blocks:
        found.append(Block(block.group, block.rows, first, first_set))
        first += len(block.rows)
        first_set += len(block.rows) * len(block.zones)
    return found
