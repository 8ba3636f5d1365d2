"""What the gateways answer: points encoded as each station's profile lays them out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.catalogue.points import Layout
from data.catalogue.profiles import KINDS, BlockPlan, compile_block
from data.stations import StationRow
from simulator.types import Floats, Ints

Answer = NDArray[np.uint16]
RANGES = {
    "uint16": (0, 0xFFFF),
    "int16": (-0x8000, 0x7FFF),
    "uint32": (0, 0xFFFFFFFF),
    "int32": (-0x80000000, 0x7FFFFFFF),
}
BLOCKS = ("fast", "slow")


class Encoder:
    """Encodes one block of all stations of one plan at once."""

    def __init__(self, plan: BlockPlan) -> None:
        self.plan = plan
        first, second = (1, 0) if plan.word_order in ("CDAB", "DCBA") else (0, 1)
        self._high, self._low = plan.word + first, plan.word + second
        self._swapped = plan.word_order in ("BADC", "DCBA")
        self._of = {name: np.flatnonzero(plan.kind == i) for i, name in enumerate(KINDS)}
        signed = plan.fillers_signed[0] & 0xFFFF
        self._filler = {
            "uint16": plan.fillers[0] & 0xFFFF,
            "int16": signed - 0x10000 if signed >= 0x8000 else signed,
            "uint32": 0xFFFFFFFF,
            "int32": 0x7FFFFFFF,
        }

    def __call__(self, values: Floats) -> Answer:
        """values: float64[k, m] in the points' units, NaN = no value (the brand's filler; a bit
        reads 0). Returns big-endian registers [m, count]; what a register can't hold is clipped."""
        plan = self.plan
        words = np.zeros((plan.count, values.shape[1]), np.uint16)
        units = values / plan.resolution[:, None]
        for name in RANGES:
            points = self._of[name]
            if len(points):
                self._put(words, points, self._numbers(name, units[points], points))
        self._bits(words, values)
        floats = self._of["float32"]
        if len(floats):
            shown = np.rint(units[floats]) * plan.resolution[floats, None]
            self._pairs(words, floats, shown.astype(np.float32).view(np.uint32))
        return np.ascontiguousarray(words.T).astype("<u2" if self._swapped else ">u2")

    def _numbers(self, name: str, units: Floats, points: Ints) -> Ints:
        scaled = (units - self.plan.offset[points, None]) / self.plan.multiplier[points, None]
        low, high = RANGES[name]
        # the filler itself must not be sent as a value
        low, high = (low, high - 1) if self._filler[name] == high else (low, high)
        numbers = np.rint(np.clip(np.nan_to_num(scaled), low, high)).astype(np.int64)
        return np.where(np.isnan(scaled), self._filler[name], numbers)

    def _put(self, words: Answer, points: Ints, numbers: Ints) -> None:
        if KINDS[self.plan.kind[points[0]]] in ("uint16", "int16"):
            words[self.plan.word[points]] = (numbers & 0xFFFF).astype(np.uint16)
        else:
            self._pairs(words, points, (numbers & 0xFFFFFFFF).astype(np.uint32))

    def _pairs(self, words: Answer, points: Ints, pairs: NDArray[np.uint32]) -> None:
        words[self._high[points]] = (pairs >> np.uint32(16)).astype(np.uint16)
        words[self._low[points]] = (pairs & np.uint32(0xFFFF)).astype(np.uint16)

    def _bits(self, words: Answer, values: Floats) -> None:
        points = self._of["bit"]
        if not len(points):
            return
        on = (np.nan_to_num(values[points]) > 0.5) ^ self.plan.closed[points, None]
        masks = on.astype(np.uint16) << self.plan.bit[points, None].astype(np.uint16)
        np.bitwise_or.at(words, self.plan.word[points], masks)


@dataclass(frozen=True)
class Group:
    """Stations of one profile and layout."""

    profile: str
    layout: Layout
    members: Ints
    """Indices of the stations."""
    encoders: tuple[Encoder, Encoder]
    rows: tuple[Ints, Ints]
    """Rows of the observed values that each block shows."""


class Registers:
    """The current registers of all stations, refreshed from observed values."""

    def __init__(self, stations: Sequence[StationRow], codes: Sequence[str]) -> None:
        """`codes` name the rows of the arrays given to `refresh`."""
        place = {code: i for i, code in enumerate(codes)}
        by_kind: dict[tuple[str, Layout], list[int]] = {}
        for i, row in enumerate(stations):
            by_kind.setdefault((row.profile, row.layout), []).append(i)
        self.groups: list[Group] = []
        self.plans: list[tuple[BlockPlan, BlockPlan]] = [None] * len(stations)  # type: ignore[list-item]
        self._answers: list[list[bytes]] = [[b""] * len(stations) for _ in BLOCKS]
        for (profile, layout), members in by_kind.items():
            plans = (compile_block(profile, layout, "fast"), compile_block(profile, layout, "slow"))
            for i in members:
                self.plans[i] = plans
            self.groups.append(
                Group(
                    profile,
                    layout,
                    np.array(members, np.int64),
                    (Encoder(plans[0]), Encoder(plans[1])),
                    tuple(np.array([place[c] for c in p.codes], np.int64) for p in plans),  # type: ignore[arg-type]
                )
            )

    def refresh(
        self,
        observed: Floats,
        groups: Iterable[Group] | None = None,
        blocks: tuple[int, ...] = (0, 1),
    ) -> None:
        """Encode observed values float64[codes, stations] of these groups (all by default) and
        blocks (0 fast, 1 slow)."""
        for group in self.groups if groups is None else groups:
            for block in blocks:
                words = group.encoders[block](observed[np.ix_(group.rows[block], group.members)])
                width = words.shape[1] * 2
                content = words.tobytes()
                answers = self._answers[block]
                for j, station in enumerate(group.members):
                    answers[station] = content[j * width : (j + 1) * width]

    def read(self, station: int, function: int, address: int, count: int) -> tuple[int, bytes]:
        """(block, registers as they go on the wire); raises LookupError with the Modbus exception
        code: 1 function not served, 2 address outside a block."""
        plans = self.plans[station]
        if all(plan.function != function for plan in plans):
            raise LookupError(1)
        for block, plan in enumerate(plans):
            first = address - plan.address
            if plan.function == function and first >= 0 and first + count <= plan.count:
                return block, self._answers[block][station][2 * first : 2 * (first + count)]
        raise LookupError(2)
