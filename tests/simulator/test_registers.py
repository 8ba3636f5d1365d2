"""Encoding: every kind, word order, filler and polarity, read back by plain struct code."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.catalogue.points import Layout
from data.catalogue.profiles import KINDS, BlockPlan, compile_block, profiles
from simulator.city import stations
from simulator.registers import Encoder, Registers

LAYOUTS = [
    Layout("TANK_VFD", (3, 3, 3), 1),
    Layout("STACKED", (2,), 0),
    Layout("REGIONAL", (6,), 2),
]
PLANS = [
    compile_block(profile, layout, name)
    for profile in profiles()
    for layout in LAYOUTS
    for name in ("fast", "slow")
]


def raw(plan: BlockPlan, wire: bytes, point: int) -> float:
    """The number of the register, read the slow way."""
    kind, at = KINDS[plan.kind[point]], 2 * int(plan.word[point])
    body = wire[at : at + 4]
    if plan.word_order in ("BADC", "DCBA"):
        body = b"".join(body[i : i + 2][::-1] for i in range(0, len(body), 2))
    if kind in ("uint32", "int32", "float32") and plan.word_order in ("CDAB", "DCBA"):
        body = body[2:] + body[:2]
    if kind == "bit":
        on = struct.unpack(">H", body[:2])[0] >> int(plan.bit[point]) & 1
        return float(on ^ plan.closed[point])
    form = {"uint16": ">H", "int16": ">h", "uint32": ">I", "int32": ">i", "float32": ">f"}[kind]
    return float(struct.unpack(form, body[: struct.calcsize(form)])[0])


def meant(plan: BlockPlan, number: float, point: int) -> float:
    """What a register's number means, in the point's unit."""
    if KINDS[plan.kind[point]] in ("bit", "float32"):
        return number
    units = number * plan.multiplier[point] + plan.offset[point]
    return float(units * plan.resolution[point])


@pytest.mark.parametrize("plan", PLANS, ids=lambda p: f"{p.profile}-{p.layout.key}-{p.name}")
def test_what_is_encoded_reads_back_to_half_a_digit(plan: BlockPlan) -> None:
    @given(st.integers(0, 2**32 - 1))
    @settings(max_examples=4, deadline=None)
    def check(seed: int) -> None:
        rng = np.random.default_rng(seed)
        values = rng.uniform(0.0, 30.0, (len(plan.codes), 2))
        bits = plan.kind == KINDS.index("bit")
        values[bits] = rng.integers(0, 2, (int(bits.sum()), 2))
        words = Encoder(plan)(values)
        assert words.shape == (2, plan.count)
        for station in range(2):
            wire = words[station].tobytes()
            for point in range(len(plan.codes)):
                found = meant(plan, raw(plan, wire, point), point)
                step = plan.resolution[point] * (1 if bits[point] else plan.multiplier[point])
                assert abs(found - values[point, station]) <= 0.501 * step + 1e-5

    check()


@pytest.mark.parametrize("plan", PLANS[:8], ids=lambda p: f"{p.profile}-{p.layout.key}-{p.name}")
def test_no_value_is_the_filler_of_the_brand(plan: BlockPlan) -> None:
    wire = Encoder(plan)(np.full((len(plan.codes), 1), np.nan))[0].tobytes()
    for point in range(len(plan.codes)):
        number = raw(plan, wire, point)
        expected = {
            "bit": 0.0,
            "uint16": float(plan.fillers[0]),
            "int16": float(plan.fillers_signed[0]),
            "uint32": float(0xFFFFFFFF),
            "int32": float(0x7FFFFFFF),
            "float32": np.nan,
        }[KINDS[plan.kind[point]]]
        assert number == pytest.approx(expected, nan_ok=True), plan.codes[point]


def test_a_value_out_of_the_register_is_clipped_and_never_the_filler() -> None:
    plan = compile_block("chengshui", LAYOUTS[0], "fast")
    values = np.zeros((len(plan.codes), 2))
    point = plan.codes.index("PH.Q_IN")
    values[point] = 1e6, -5.0
    words = Encoder(plan)(values)
    assert raw(plan, words[0].tobytes(), point) == 65534.0
    assert raw(plan, words[1].tobytes(), point) == 0.0


def test_reading_tells_blocks_apart_and_refuses_what_is_not_there() -> None:
    rows = stations(12, 1, 5020)
    registers = Registers(rows)
    for group in registers.groups:
        for block, plan in enumerate(group.plans):
            values = np.zeros((len(plan.codes), len(group.members)))
            code = "EL.UA" if block == 0 else "WQ.TEMP"
            values[plan.codes.index(code)] = 10.0 + group.members
            registers.put(group, block, values)
    for group in registers.groups:
        for station in group.members.tolist():
            for block, plan in enumerate(group.plans):
                answer = registers.read(station, plan.function, plan.address, plan.count)
                assert answer[0] == block and len(answer[1]) == 2 * plan.count
                point = plan.codes.index("EL.UA" if block == 0 else "WQ.TEMP")
                assert meant(plan, raw(plan, answer[1], point), point) == pytest.approx(
                    10.0 + station
                )
                part = registers.read(station, plan.function, plan.address + 2, 3)[1]
                assert part == answer[1][4:10]
            fast = group.plans[0]
            with pytest.raises(LookupError) as refused:
                registers.read(station, fast.function, fast.address, fast.count + 1)
            assert refused.value.args == (2,)
            with pytest.raises(LookupError) as refused:
                registers.read(station, 7 - fast.function, fast.address, 1)
            assert refused.value.args == (1,)
