"""Increases over a gap, shared out: exactly, by what was seen, else evenly in time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.counters import differences
from analytics.gaps import gap_weights, shared


@given(
    st.integers(0, 10**9),
    st.lists(st.floats(0.0, 1e6, allow_nan=False), min_size=1, max_size=60),
)
def test_the_parts_are_the_total_to_the_last_digit(total: int, weights: list[float]) -> None:
    parts = shared(total, np.array(weights))
    assert parts.sum() == total
    assert (parts >= 0).all()
    whole = sum(weights)
    if whole > 1e-6:
        assert (np.abs(parts - total * np.array(weights) / whole) <= 1.0 + 1e-6 * total).all()


def test_nothing_seen_is_linear() -> None:
    weights = gap_weights(np.zeros(5), np.zeros(5), 900.0, 25.0)
    assert shared(2500, weights).tolist() == [500] * 5


def test_what_was_seen_decides_and_the_dark_time_has_the_rest() -> None:
    """A gap of two dark quarters and one seen: 6 of 20 m³ in it, 7 in each of the others."""
    seen, known = np.array([0.0, 0.0, 6.0]), np.array([0.0, 0.0, 900.0])
    assert shared(2000, gap_weights(seen, known, 900.0, 20.0)).tolist() == [700, 700, 600]
    slow_only = gap_weights(np.array([3.0, 5.0, 2.0]), np.full(3, 900.0), 900.0, 20.0)
    assert shared(2000, slow_only).tolist() == [600, 1000, 400]
    gauge_too_high = gap_weights(np.array([0.0, 0.0, 30.0]), known, 900.0, 20.0)
    assert shared(2000, gauge_too_high).tolist() == [0, 0, 2000]


def test_golden_g03_the_gap_of_two_hours() -> None:
    """25 m³ between hours 2 and 4 are 13 and 12; the hours' sum is still 114."""
    readings = [99980, 99992, 6, None, 31, 44, 4, 15, 61000, 40, 39, 50]
    ms = [h * 3_600_000 for h in range(12)]
    found, _ = differences(ms, readings, 20.0, 100_000)
    assert sum(found) == 114
    found[3:5] = shared(found[4], gap_weights(np.zeros(2), np.zeros(2), 3600.0, 25.0)).tolist()
    assert found[3:5] == [13, 12]
    assert sum(found) == 114
