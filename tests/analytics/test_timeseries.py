"""Samples that hold: time-weighted means, seconds of a bucket, the lowest moving mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.timeseries import held_seconds, lowest_moving_mean, time_weighted_mean


def mean(points: list[tuple[int, float]], window: tuple[int, int]) -> tuple[float, float]:
    ms = np.array([s * 1000 for s, _ in points])
    values = np.array([v for _, v in points])
    found = time_weighted_mean(ms, values, window[0] * 1000, window[1] * 1000, 300_000)
    return found.value, found.coverage


def test_the_worked_example_of_event_driven_samples() -> None:
    """(60*10 + 120*12 + 300*20 + 300*8) / 780 s; the plain mean would say 12.5."""
    value, coverage = mean([(0, 10.0), (60, 12.0), (180, 20.0), (1200, 8.0)], (0, 1500))
    assert value == pytest.approx(13.3846, abs=1e-4)
    assert coverage == pytest.approx(0.52)


def test_a_sample_before_the_window_counts_for_what_it_still_holds() -> None:
    value, coverage = mean([(-100, 4.0)], (0, 400))
    assert value == 4.0
    assert coverage == pytest.approx(0.5)
    value, coverage = mean([(-300, 4.0)], (0, 400))
    assert np.isnan(value)
    assert coverage == 0


def test_an_empty_window_and_unknown_samples_have_no_mean() -> None:
    for points, window in (([(0, 1.0)], (5, 5)), ([(0, float("nan"))], (0, 10)), ([], (0, 10))):
        value, coverage = mean(points, window)
        assert np.isnan(value)
        assert coverage == 0


def test_seconds_of_a_minute() -> None:
    station = np.array([1, 1, 1, 2, 3, 3, 3])
    ms = np.array([500, 2_500, 58_000, 30_000, 0, 20_000, 61_000])
    held = held_seconds(station, ms, 60_000, 10_000)
    # station 1: start to 0.5 s too, then a silence; station 2: alone; 3: two minutes
    assert held.tolist() == [2.5, 10.0, 2.0, 10.0, 10.0, 10.0, 11.0]


@settings(deadline=None)
@given(st.lists(st.integers(0, 239_999), min_size=1, max_size=60, unique=True))
def test_a_bucket_never_holds_more_than_itself(times: list[int]) -> None:
    ms = np.array(sorted(times))
    held = held_seconds(np.ones(len(ms), np.int64), ms, 60_000, 10_000)
    assert (held > 0).all()
    sums = np.bincount(ms // 60_000, held)
    assert (sums <= 60 + 1e-9).all()
    without_limit = held_seconds(np.ones(len(ms), np.int64), ms, 60_000, 60_000)
    assert np.bincount(ms // 60_000, without_limit)[np.unique(ms // 60_000)] == pytest.approx(60)


def test_lowest_moving_mean_skips_windows_with_holes() -> None:
    nan = np.nan
    values = np.array([[4, 3, 2, 1, 5, 1], [1, nan, 1, nan, 1, nan], [9, 9, 1, 1, nan, nan]])
    assert lowest_moving_mean(values, 2).tolist()[0] == 1.5
    assert np.isnan(lowest_moving_mean(values, 2)[1])
    assert lowest_moving_mean(values, 2)[2] == 1.0
    assert np.isnan(lowest_moving_mean(values[:, :1], 2)).all()
