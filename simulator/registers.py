"""What the gateways answer: points encoded as each station's profile lays them out."""

from __future__ import annotations

from collections.abc import Sequence
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


class Encoder:
    """Encodes one block of all stations of one plan at once."""

    def __init__(self, plan: BlockPlan) -> None:
        self.plan = plan
        swapped = plan.word_order in ("CDAB", "DCBA")
        of = {name: np.flatnonzero(plan.kind == i) for i, name in enumerate(KINDS)}
        self._byte_order = "<u2" if plan.word_order in ("BADC", "DCBA") else ">u2"
        self._whole = np.concatenate([of[name] for name in RANGES])
        self._floats = of["float32"]
        scale = plan.resolution * plan.multiplier
        self._scale = scale[self._whole, None]
        self._shift = (plan.offset / plan.multiplier)[self._whole, None]
        signed = plan.fillers_signed[0] & 0xFFFF
        filler = {
            "uint16": plan.fillers[0] & 0xFFFF,
            "int16": signed - 0x10000 if signed >= 0x8000 else signed,
            "uint32": 0xFFFFFFFF,
            "int32": 0x7FFFFFFF,
        }
        # the filler itself must not be sent as a value
        lengths = [len(of[name]) for name in RANGES]
        most = [high - (filler[name] == high) for name, (_, high) in RANGES.items()]
        self._least = np.repeat([float(low) for low, _ in RANGES.values()], lengths)[:, None]
        self._most = np.repeat(np.array(most, float), lengths)[:, None]
        self._filler = np.repeat(np.array(list(filler.values()), float), lengths)[:, None]
        self._short = lengths[0] + lengths[1]
        """Whole numbers of one register come first."""
        self._places = _places(plan.word[self._whole[self._short :]], swapped)
        self._float_places = _places(plan.word[self._floats], swapped)
        bits = of["bit"][np.argsort(plan.word[of["bit"]], kind="stable")]
        self._bits, self._closed = bits, plan.closed[bits, None]
        self._weight = (1 << plan.bit[bits]).astype(np.uint16)[:, None]
        self._bit_words, self._first = np.unique(plan.word[bits], return_index=True)

    def __call__(self, values: Floats) -> Answer:
        """values: float64[k, m] in the points' units, NaN = no value (the brand's filler; a bit
        reads 0). Returns big-endian registers [m, count]; what a register can't hold is clipped."""
        plan = self.plan
        words = np.zeros((plan.count, values.shape[1]), np.uint16)
        numbers = np.rint(values[self._whole] / self._scale - self._shift)
        numbers = np.minimum(np.maximum(numbers, self._least), self._most)
        lost = np.isnan(numbers)
        if lost.any():
            numbers = np.where(lost, self._filler, numbers)
        whole = numbers.astype(np.int64)
        words[plan.word[self._whole[: self._short]]] = whole[: self._short].astype(np.uint16)
        _pairs(words, self._places, whole[self._short :].astype(np.uint32))
        if len(self._floats):
            resolution = plan.resolution[self._floats, None]
            shown = np.rint(values[self._floats] / resolution) * resolution
            _pairs(words, self._float_places, shown.astype(np.float32).view(np.uint32))
        if len(self._bits):
            on = (values[self._bits] > 0.5) ^ self._closed
            words[self._bit_words] = np.add.reduceat(on * self._weight, self._first, axis=0)
        return np.ascontiguousarray(words.T).astype(self._byte_order)


def _places(word: Ints, swapped: bool) -> tuple[Ints, Ints]:
    """Registers of the high and the low half of 32-bit values."""
    return (word + 1, word) if swapped else (word, word + 1)


def _pairs(words: Answer, places: tuple[Ints, Ints], pairs: NDArray[np.uint32]) -> None:
    words[places[0]] = (pairs >> np.uint32(16)).astype(np.uint16)
    words[places[1]] = (pairs & np.uint32(0xFFFF)).astype(np.uint16)


@dataclass(frozen=True)
class Group:
    """Stations of one profile and layout; its place in `Registers.groups` is its number."""

    number: int
    layout: Layout
    members: Ints
    """Indices of the stations."""
    plans: tuple[BlockPlan, BlockPlan]
    """Fast and slow block."""


class Registers:
    """The current registers of all stations."""

    def __init__(self, stations: Sequence[StationRow]) -> None:
        kinds: dict[tuple[str, Layout], list[int]] = {}
        for i, row in enumerate(stations):
            kinds.setdefault((row.profile, row.layout), []).append(i)
        self.groups = [
            Group(
                number,
                layout,
                np.array(members, np.int64),
                (compile_block(profile, layout, "fast"), compile_block(profile, layout, "slow")),
            )
            for number, ((profile, layout), members) in enumerate(kinds.items())
        ]
        self._encoders = [tuple(Encoder(plan) for plan in group.plans) for group in self.groups]
        self._content = [[b"", b""] for _ in self.groups]
        self._place = [(0, 0)] * len(stations)
        for group in self.groups:
            for j, station in enumerate(group.members.tolist()):
                self._place[station] = group.number, j

    def put(self, group: Group, block: int, values: Floats) -> None:
        """Take new values float64[k, m] for a block (0 fast, 1 slow): points in the order of its
        plan, stations in that of the group."""
        self._content[group.number][block] = self._encoders[group.number][block](values).tobytes()

    def read(self, station: int, function: int, address: int, count: int) -> tuple[int, bytes]:
        """(block, registers as they go on the wire); raises LookupError with the Modbus exception
        code: 1 function not served, 2 address outside a block."""
        number, j = self._place[station]
        plans = self.groups[number].plans
        for block, plan in enumerate(plans):
            first = address - plan.address
            if plan.function == function and first >= 0 and first + count <= plan.count:
                begin = 2 * (j * plan.count + first)
                return block, self._content[number][block][begin : begin + 2 * count]
        raise LookupError(2 if any(plan.function == function for plan in plans) else 1)
