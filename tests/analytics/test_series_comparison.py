"""Series beside each other: golden G27, a lag that is known, scales, a day cut by its clock."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.series_comparison import (
    difference,
    likeness,
    normalised,
    on_grid,
    shifted,
    statistics,
    typical_day,
)

NAN = float("nan")


def test_the_mean_is_weighted_by_time() -> None:
    """G27: the plain mean of these samples is 12.5."""
    ms = np.array([0, 60, 180, 1200]) * 1000
    found = statistics(ms, np.array([10.0, 12.0, 20.0, 8.0]), 0, 1_500_000, 300_000)
    assert found.mean == pytest.approx(13.3846, abs=1e-4)
    assert found.coverage == pytest.approx(0.52)
    assert (found.count, found.lowest, found.highest, found.p50) == (4, 8.0, 20.0, 11.0)


def test_statistics_of_nothing() -> None:
    found = statistics(np.array([0]), np.array([NAN]), 0, 1000, 1000)
    assert found.count == 0 and found.coverage == 0
    assert np.isnan([found.mean, found.p95, found.sd]).all()


@pytest.mark.parametrize("lag", [-7, -1, 0, 3, 12])
def test_a_known_lag_is_found(lag: int) -> None:
    chance = np.random.default_rng(3)
    first = np.convolve(chance.normal(size=600), np.ones(5), "same")
    other = shifted(first, -lag) * 2 + 5 + chance.normal(0, 0.1, 600)
    other[::9] = NAN
    found = likeness(first, other, 15)
    assert found.lag == lag
    assert found.at_lag > 0.98
    left = difference(first, shifted(first, -lag), lag)
    assert np.nanmax(np.abs(left)) == pytest.approx(0)


def test_no_likeness_of_few_or_unmoving_values() -> None:
    assert np.isnan(likeness(np.arange(10.0), np.arange(10.0), 2).correlation)
    assert np.isnan(likeness(np.ones(50), np.arange(50.0), 2).at_lag)


def test_scales() -> None:
    values = np.array([1.0, NAN, 3.0])
    assert normalised(values, "mean")[[0, 2]].tolist() == [50.0, 150.0]
    assert normalised(values, "range")[[0, 2]].tolist() == [0.0, 100.0]
    assert normalised(values, "z")[[0, 2]].tolist() == [-1.0, 1.0]
    assert np.isnan(normalised(np.ones(3), "z")).all()
    with pytest.raises(ValueError, match="no such scale"):
        normalised(values, "log")


def test_samples_on_a_grid() -> None:
    ms, values = np.array([0, 400, 1000, 2500]), np.array([1.0, 3.0, NAN, 5.0])
    assert on_grid(ms, values, 0, 3000, 1000).tolist() == pytest.approx(
        [2.0, NAN, 5.0], nan_ok=True
    )


def test_a_typical_day_is_cut_by_the_clock_of_the_site() -> None:
    hour = 3_600_000
    ms = np.arange(0, 72) * hour
    offset = np.full(72, 8 * hour)
    values = ((np.arange(72) + 8) % 24).astype(float)
    assert typical_day(ms, values, offset, 24).tolist() == list(range(24))
    offset[24:] += hour  # the clock goes forward: every hour has another name from then on
    assert typical_day(ms[24:], values[24:], offset[24:], 24)[9] == 8.0


@given(st.lists(st.floats(-100, 100) | st.just(NAN), min_size=1, max_size=30), st.integers(-40, 40))
def test_moving_there_and_back_loses_only_the_ends(values: list[float], lag: int) -> None:
    there = shifted(np.array(values), lag)
    back = shifted(there, -lag)
    same = np.isfinite(back)
    assert len(there) == len(values)
    assert np.array_equal(back[same], np.array(values)[same])
