"""What rules recall over a block is to the bit what they recall from sample to sample."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.alarm_engine import Engine
from analytics.alarm_inputs import Definition, Frame, Place
from analytics.alarm_memory import Memories
from analytics.alarm_usual import DAY_TYPES, SLOTS
from analytics.alarm_windows import Windows
from analytics.block_recalls import Recalls
from analytics.expressions import compile_expression

N, START = 7, 1_790_000_000_000
POINTS = {"{z}.P": ""}
VERBS = ("mean", "std", "lowest", "highest", "span", "rate", "gain", "jitter", "missing")
HOLD = 10_000


def engine(seconds: float) -> Engine:
    """A rule a verb, and one that remembers."""
    parts = [f"{verb}({{z}}.P, {seconds})" for verb in VERBS]
    parts.append(f"ago({{z}}.P > 2) > 1 and since({parts[0]} > usual({{z}}.P, 90))")
    rules = [
        Definition(f"R-{n}", compile_expression(f"{part} > 1", POINTS, {}), 0, 0, 3)
        for n, part in enumerate(parts)
    ]
    low = np.ones(N, dtype=bool)
    low[0] = False
    present = {"L.P": low, "H.P": np.ones(N, dtype=bool)}
    made = Engine(rules, [Place("L"), Place("H"), Place()], present, range(N), HOLD)
    chance = np.random.default_rng(1)
    usual = chance.normal(1, 0.3, (DAY_TYPES * SLOTS, N))
    made.usuals.learn({("L.P", 90.0): usual, ("H.P", 90.0): usual + 0.2})
    return made


class OneByOne:
    """What the engine's own windows and memories say."""

    def __init__(self, of: Engine) -> None:
        self.windows = Windows(of.bound, of.subjects)
        self.usuals, self.memories = of.usuals, Memories(of.bound, N, HOLD)

    def __call__(self, frame: Frame) -> dict[tuple[str, str], np.ndarray]:
        for part in (self.windows, self.usuals, self.memories):
            part.step(frame)
        return dict(frame.recalls)


def times(chance: np.random.Generator, kind: str, m: int) -> tuple[np.ndarray, np.ndarray]:
    """ms [N, m] and whether there is a sample."""
    step = 60_000 if kind.startswith("minutes") else 2000
    ms = START + step * np.arange(m) + np.zeros((N, 1), dtype=np.int64)
    here = np.ones((N, m), dtype=bool)
    if kind.endswith("gaps"):
        here = chance.random((N, m)) > 0.1
        for row in range(N):
            first = int(chance.integers(0, m))
            here[row, first : first + int(chance.integers(0, m // 2))] = False
        here[N - 1] = False  # never heard
    if step == 2000:
        ms += np.sort(chance.integers(0, 1900, (N, 1))) + chance.integers(0, 90, (N, m))
        drift = np.cumsum(chance.random((N, m)) < 0.01, axis=1)
        ms += drift * 700
    return ms, here


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [
        ("minutes", 300), ("minutes with gaps", 7200), ("samples", 37), ("samples with gaps", 150),
    ],
)  # fmt: skip
def test_a_block_recalls_what_its_samples_do(kind: str, seconds: float) -> None:
    chance = np.random.default_rng(round(seconds) + len(kind))
    made = engine(seconds)
    plain, block = OneByOne(made), Recalls(made, HOLD)
    lengths = [1, 40, 130, 3, 90]
    ms, here = times(chance, kind, sum(lengths))
    codes = list(made.codes)
    values = chance.choice([0.3, 1.1, 1.2, 2.4, np.nan], (len(codes), N, sum(lengths)))
    values += chance.normal(0, 0.2, values.shape)
    slot = (ms // 900_000 % SLOTS).astype(float)
    known, begin = 0, 0
    for length in lengths:
        part = slice(begin, begin + length)
        begin += length
        some = np.array([0, 2, 3, 6]), np.array([1, 4, 5])
        whose = {one.definition.id: one for one in made.bound}
        told: dict[tuple[str, str], np.ndarray] = {}
        for rows in some:  # as blocks of some stations each
            flat = Frame(
                values[:, rows, part].reshape(len(codes), -1), np.repeat(rows, length),
                ms[rows, part].reshape(-1),
            )  # fmt: skip
            found = block.take(flat, ms[rows, part], here[rows, part], rows, slot[rows, part])
            for key, one in found.items():
                whole = told.setdefault(key, np.full((one.shape[0], N, length), np.nan))
                whole[:, rows] = one
        for k in range(part.start, part.stop):
            columns = np.flatnonzero(here[:, k])
            if not len(columns):
                continue
            frame = Frame(values[:, columns, k], columns, ms[columns, k], {"slot": slot[:, k]})
            for key, wanted in plain(frame).items():
                there = whose[key[0]].exists[:, columns]
                mine = told[key][:, columns, k - part.start]
                assert np.array_equal(wanted[there], mine[there], equal_nan=True), (key, k)
                known += int(np.isfinite(wanted[there]).sum())
    assert known > 1000
    assert block.looks_back and block.width == 2 * (len(VERBS) + 4)


def test_what_is_usual_alone_looks_back_on_nothing() -> None:
    rule = Definition("R", compile_expression("{z}.P > usual({z}.P, 90)", POINTS, {}), 0, 0, 3)
    whole = {"L.P": np.ones(N, dtype=bool)}
    made = Engine([rule], [Place("L"), Place()], whole, range(N), HOLD)
    assert not Recalls(made, HOLD).looks_back
    flat = Frame(np.ones((1, 2 * N)), np.repeat(np.arange(N), 2), np.arange(2 * N))
    ms, here = flat.ms.reshape(N, 2), np.ones((N, 2), dtype=bool)
    [told] = Recalls(made, HOLD).take(flat, ms, here, np.arange(N), None).values()
    assert np.isnan(told).all(), "nothing has been learnt, and nobody tells the time"


@pytest.mark.parametrize("verb", VERBS)
def test_a_rule_without_a_place_here_recalls_nothing(verb: str) -> None:
    rule = Definition("R", compile_expression(f"{verb}({{z}}.P, 60) > 1", POINTS, {}), 0, 0, 3)
    made = Engine([rule], [Place("L")], {}, range(N), HOLD)
    ms, here = times(np.random.default_rng(1), "minutes", 9)
    frame = Frame(np.zeros((0, N * 9)), np.repeat(np.arange(N), 9), ms.reshape(-1))
    found = Recalls(made, HOLD).take(frame, ms, here, np.arange(N), None)
    assert [one.shape for one in found.values()] == [(0, N, 9)]
