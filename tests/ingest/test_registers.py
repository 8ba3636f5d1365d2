"""Decoding against an encoder that is written another way: byte by byte, from the letters."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.catalogue.flags import Flag
from data.catalogue.points import Layout
from data.catalogue.profiles import KINDS, WIDTH, BlockPlan, compile_block, profiles
from ingest.registers import MISSING, Decoder, decode

ORDERS = ("ABCD", "CDAB", "BADC", "DCBA")
UNSIGNED, SIGNED = (0xFFFF, 0x8000), (0x7FFF,)
BOUNDS = {
    "uint16": (0, 0xFFFF),
    "int16": (-0x8000, 0x7FFF),
    "uint32": (0, 0xFFFFFFFF),
    "int32": (-0x80000000, 0x7FFFFFFF),
}
FILLERS = {
    "uint16": set(UNSIGNED),
    "int16": set(SIGNED),
    "uint32": {0xFFFFFFFF},
    "int32": {0x7FFFFFFF},
}


@dataclass(frozen=True)
class Cell:
    kind: str
    raw: int | float
    multiplier: int
    offset: int
    closed: bool
    bit: int


def number(kind: str) -> st.SearchStrategy[int | float]:
    if kind == "bit":
        return st.integers(0, 1)
    if kind == "float32":
        return st.floats(width=32)
    low, high = BOUNDS[kind]
    edge = st.sampled_from(sorted(FILLERS[kind] | {low, high, 0}))
    return st.one_of(st.integers(low, high), edge)


cell = st.sampled_from(KINDS).flatmap(
    lambda kind: st.builds(
        Cell, st.just(kind), number(kind), st.integers(1, 1000), st.integers(-500, 500),
        st.booleans(), st.integers(0, 15),
    )
)  # fmt: skip


def plan_of(cells: list[Cell], order: str) -> BlockPlan:
    word = np.cumsum([0] + [WIDTH[c.kind] for c in cells])
    return BlockPlan(
        profile="test", layout=Layout("TANK_VFD", (1,), 1), name="fast", function=3, address=0,
        count=int(word[-1]), word_order=order, fillers=UNSIGNED, fillers_signed=SIGNED,
        codes=tuple(f"C{i}" for i in range(len(cells))), word=word[:-1].astype(np.int64),
        kind=np.array([KINDS.index(c.kind) for c in cells], np.uint8),
        bit=np.array([c.bit if c.kind == "bit" else 0 for c in cells]),
        closed=np.array([c.closed for c in cells]),
        multiplier=np.array([c.multiplier for c in cells]),
        offset=np.array([0 if c.kind == "bit" else c.offset for c in cells]),
        resolution=np.full(len(cells), 0.01),
    )  # fmt: skip


def on_the_wire(cell: Cell, order: str) -> bytes:
    swapped = order in ("BADC", "DCBA")
    if cell.kind == "bit":
        word = int(cell.raw) << cell.bit
        return struct.pack("<H" if swapped else ">H", word)
    if WIDTH[cell.kind] == 1:
        return struct.pack("<H" if swapped else ">H", int(cell.raw) & 0xFFFF)
    code = {"uint32": ">I", "int32": ">i", "float32": ">f"}[cell.kind]
    letters = dict(zip("ABCD", struct.pack(code, cell.raw), strict=True))
    return bytes(letters[letter] for letter in order)


def expected(cell: Cell) -> tuple[int, Flag]:
    if cell.kind == "bit":
        return int(cell.raw) ^ int(cell.closed), Flag.GOOD
    if cell.kind == "float32":
        if not math.isfinite(cell.raw) or abs(round(cell.raw / 0.01)) >= 2**62:
            return MISSING, Flag.BAD_SENSOR
        return round(cell.raw / 0.01) + cell.offset, Flag.GOOD
    if cell.raw in FILLERS[cell.kind]:
        return MISSING, Flag.BAD_SENSOR
    return int(cell.raw) * cell.multiplier + cell.offset, Flag.GOOD


@given(st.lists(cell, min_size=1, max_size=30), st.sampled_from(ORDERS), st.integers(1, 4))
def test_what_was_encoded_is_decoded(cells: list[Cell], order: str, answers: int) -> None:
    wire = b"".join(on_the_wire(c, order) for c in cells) * answers
    words = np.frombuffer(wire, ">u2").reshape(answers, -1)
    values, flags = decode(plan_of(cells, order), words)
    want = [expected(c) for c in cells]
    for answer in range(answers):
        assert list(zip(values[:, answer].tolist(), flags[:, answer].tolist(), strict=True)) == want


@pytest.mark.parametrize(
    ("kind", "multiplier", "order", "registers", "value"),
    [
        ("int16", 1, "ABCD", (0xFFF6,), -0.10),
        ("float32", 1, "ABCD", (0x4248, 0x0000), 50.0),
        ("float32", 1, "CDAB", (0x0000, 0x4248), 50.0),
        ("float32", 1, "ABCD", (0x0000, 0x4248), 0.0),  # the wrong order: 2.4e-41
        ("uint32", 10, "ABCD", (0x0001, 0x86A0), 10_000.0),
    ],
)
def test_golden_g26(
    kind: str, multiplier: int, order: str, registers: tuple[int, ...], value: float
) -> None:
    plan = plan_of([Cell(kind, 0, multiplier, 0, False, 0)], order)
    values, flags = decode(plan, np.array([registers], np.uint16))
    assert values[0, 0] * 0.01 == pytest.approx(value)
    assert flags[0, 0] == Flag.GOOD


@given(st.data())
def test_answers_do_not_touch_each_other(data: st.DataObject) -> None:
    plan = compile_block("yunkong", Layout("TANK_VFD", (2, 3), 2), "fast")
    rows = data.draw(
        st.lists(
            st.binary(min_size=2 * plan.count, max_size=2 * plan.count), min_size=2, max_size=5
        )
    )
    words = np.frombuffer(b"".join(rows), ">u2").reshape(len(rows), -1)
    decoder = Decoder(plan)
    together = decoder(words)
    for i in range(len(rows)):
        alone = decoder(words[i : i + 1])
        assert (together[0][:, [i]] == alone[0]).all()
        assert (together[1][:, [i]] == alone[1]).all()


@pytest.mark.parametrize("name", sorted(profiles()))
@pytest.mark.parametrize("block", ["fast", "slow"])
def test_every_profile_takes_any_registers(name: str, block: str) -> None:
    plan = compile_block(name, Layout("TANK_VFD", (3,), 1), block)
    words = np.random.default_rng(1).integers(0, 0x10000, (50, plan.count)).astype(np.uint16)
    values, flags = decode(plan, words)
    assert values.shape == flags.shape == (len(plan.codes), 50)
    assert ((values == MISSING) == (flags == Flag.BAD_SENSOR)).all()


def test_a_block_of_another_width_is_refused() -> None:
    plan = compile_block("chengshui", Layout("TANK_VFD", (3,), 1), "fast")
    with pytest.raises(ValueError, match="registers"):
        decode(plan, np.zeros((1, plan.count - 1), np.uint16))
