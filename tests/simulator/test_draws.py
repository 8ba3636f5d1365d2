"""Draws depend on their keys alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulator.draws import normal, pick, uniform


@given(st.integers(0, 2**31), st.integers(0, 2**40), st.integers(-400, 800_000))
def test_a_draw_is_the_same_alone_and_in_company(seed: int, first: int, day: int) -> None:
    stations = np.arange(first, first + 5)
    together = uniform(seed, "leak", stations, day)
    alone = [float(uniform(seed, "leak", station, day)) for station in stations[::-1]]
    assert together.tolist() == alone[::-1]


def test_draws_differ_by_every_key_and_spread_evenly() -> None:
    base = uniform(1, "a", np.arange(20_000), 7)
    for other in (
        uniform(2, "a", np.arange(20_000), 7),
        uniform(1, "b", np.arange(20_000), 7),
        uniform(1, "a", np.arange(20_000), 8),
        uniform(1, "a", np.arange(1, 20_001), 7),
    ):
        assert abs(np.corrcoef(base, other)[0, 1]) < 0.03
    assert base.min() >= 0.0 and base.max() < 1.0
    counts = np.histogram(base, bins=20, range=(0, 1))[0]
    assert (abs(counts - 1000) < 150).all()


def test_normal_draws_are_normal() -> None:
    found = normal(1, "n", np.arange(50_000))
    assert abs(found.mean()) < 0.02 and abs(found.std() - 1.0) < 0.02
    assert abs((found > 1.96).mean() - 0.025) < 0.004


def test_pick_follows_the_weights() -> None:
    found = np.bincount(pick([1, 0, 3], uniform(1, "p", np.arange(10_000))), minlength=3) / 10_000
    assert abs(found[0] - 0.25) < 0.02 and found[1] == 0.0
