"""Looking only where something can happen finds what looking everywhere finds."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analytics.alarm_engine import Engine, Transition
from analytics.alarm_inputs import Definition, Place
from analytics.alarm_screen import Block, Screen
from analytics.alarm_worth import mode_bits
from analytics.expressions import compile_expression

N, STEP = 6, 60_000
POINTS = {"{z}.P": "", "X.Q": ""}


def engine(on: int, off: int, remembers: bool = False, many: int = 1) -> Engine:
    def part(text: str):  # type: ignore[no-untyped-def]
        return compile_expression(text, POINTS, {"age": "s", "limit": ""})

    when = "mean({z}.P, 600) > limit" if remembers else "{z}.P > limit and X.Q > 0"
    limits = np.linspace(0.7, 1.3, N)
    some = [
        Definition(
            f"R-XX-{k:02}", part(when), on, off, 3, clear=part("{z}.P < 0.5"),
            worse=part("{z}.P > 2"), worse_ms=2 * STEP, worse_level=1, modes=mode_bits(["auto"]),
            constants={"limit": limits + 0.1 * k},
        )
        for k in range(many)
    ]  # fmt: skip
    low = np.ones(N, dtype=bool)
    low[0] = False
    present = {"L.P": low, "H.P": ~low, "X.Q": np.ones(N, dtype=bool)}
    return Engine(some, [Place("L"), Place("H"), Place()], present, range(N), 5 * STEP)


def blocks(seed: int, days: int, m: int) -> list[Block]:
    chance = np.random.default_rng(seed)
    made = []
    for day in range(days):
        values = np.full((4, N, m), np.nan)
        walk = np.repeat(chance.choice([0.2, 0.8, 1.4, 2.4, np.nan], (3, N, m // 8 + 1)), 8, axis=2)
        values[:3] = walk[:, :, :m]
        values[2] = chance.choice([0.0, 1.0], (N, 1), p=[0.2, 0.8])
        here = chance.random((N, m)) > 0.03
        mode = np.repeat(chance.choice([0.0, 1.0], (N, m // 16 + 1), p=[0.8, 0.2]), 16, axis=1)
        ms = np.tile((day * m + np.arange(1, m + 1)) * STEP, (N, 1))
        rows = {"L.P": 0, "H.P": 1, "X.Q": 2}
        made.append(Block(rows, values, ms, np.arange(N), here, {"mode": mode[:, :m]}))
    return made


def everywhere(one: Engine, block: Block) -> list[Transition]:
    index = np.array([block.rows[code] for code in one.codes])
    found: list[Transition] = []
    for t, ms in enumerate(block.ms[0]):
        now = block.values[index, :, t]
        live = {"mode": block.live["mode"][:, t]}
        found += one.step(np.full(N, ms), block.here[:, t], partial(np.take, now, axis=1), live)
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 9), st.integers(0, 9))
def test_a_screen_finds_what_the_engine_finds(seed: int, on: int, off: int) -> None:
    plain, screen = engine(on * STEP, off * STEP), Screen(engine(on * STEP, off * STEP), STEP)
    for block in blocks(seed, 3, 90):
        wanted = sorted(
            (t.ms, t.subject, t.place.code, t.kind, t.raw_ms, t.level)
            for t in everywhere(plain, block)
        )
        some = screen.candidates(block)
        told = screen.run(block.of(some))
        assert wanted == sorted(
            (t.ms, t.subject, t.place.code, t.kind, t.raw_ms, t.level) for t in told
        )


@settings(max_examples=30, deadline=None, phases=(Phase.generate,))
@given(st.integers(0, 10**6), st.sampled_from([7, 8, 90]), st.booleans(), st.sampled_from([1, 9]))
def test_rules_that_remember_find_what_every_minute_finds(
    seed: int, m: int, gaps: bool, many: int
) -> None:
    plain, screen = (
        engine(STEP, STEP, True, many),
        Screen(engine(STEP, STEP, True, many), STEP),
    )
    assert screen.stepped == (many > 1)
    found = 0
    for block in blocks(seed, 3, m):
        block.here[:] |= not gaps  # then all stations are at the same minute
        block.values[:2] += np.random.default_rng(seed).normal(0, 0.6, (2, N, m))
        wanted, told = everywhere(plain, block), screen.run(block)
        assert sorted(map(repr, wanted)) == sorted(map(repr, told))
        found += len(told)
    assert found or m < 90 or gaps


def test_as_many_samples_as_stations_are_no_stations() -> None:
    """A block of one station and N samples has as many columns as the engine has stations."""
    [block] = blocks(3, 1, N)
    block.values[:2], block.values[2], block.here[:] = 0.6, 1.0, True
    block.values[:2, :, 4], block.live["mode"][:] = 1.0, 0.0
    screen = Screen(engine(0, 0), STEP)  # limits 0.7 to 1.3: three of them are below 1.0
    each = [screen.run(block.of(np.arange(N) == row)) for row in range(N)]
    assert [len(told) for told in each] == [1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize("remembers", [False, True])
def test_quiet_stations_are_passed_over_unless_a_rule_remembers(remembers: bool) -> None:
    [block] = blocks(1, 1, 90)
    block.values[:2, 1:] = 0.2
    screen = Screen(engine(0, 0, remembers), STEP)
    assert screen.remembers == remembers
    assert screen.candidates(block).tolist()[1:] == [remembers] * (N - 1)
