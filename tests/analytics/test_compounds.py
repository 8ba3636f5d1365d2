"""Nights of many compounds: what is found, when, how large, and what is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.change_points import watch
from analytics.compounds import as_of, assess
from analytics.night_flow import (
    bursts,
    common_course,
    holiday_nights,
    night_use,
    valid_nights,
    without_common,
)  # fmt: skip
from analytics.step_search import search
from benchmarks.published import others_data
from benchmarks.truth_leaks import leaks, ltown


def quiet(n: int, nights: int, seed: int, mean: float = 1.5, noise: float = 0.05) -> np.ndarray:
    return mean + noise * np.random.default_rng(seed).standard_normal((n, nights))


def test_a_step_is_told_with_its_night_and_size() -> None:
    nights = quiet(1, 90, 5)
    nights[0, 60:] += 1.5
    [change] = watch(nights, 0.05, 0.15).changes
    assert change.first == 60
    assert change.told - change.first <= 1
    assert change.low < 1.5 < change.high
    assert change.ramp == 1


def test_growth_over_ten_nights_is_one_change_of_its_whole_size() -> None:
    nights = quiet(1, 110, 6)
    nights[0, 60:] += 2.0 * np.clip((np.arange(50) + 1) / 10, 0, 1)
    [change] = watch(nights, 0.05, 0.15).changes
    assert abs(change.first - 60) <= 1
    assert change.told - 60 <= 3
    assert change.size == pytest.approx(2.0, abs=0.15)
    assert change.ramp >= 6


def test_a_repair_is_a_change_down_and_nothing_stays_grown() -> None:
    nights = quiet(1, 160, 7)
    nights[0, 60:110] += 1.5
    found = watch(nights, 0.05, 0.15)
    assert [np.sign(c.size) for c in found.changes] == [1, -1]
    done = assess(nights, np.array([400.0]))
    assert done.grown[0] < 0.2
    assert done.since(0) is None


def test_weekends_seasons_and_holidays_are_no_leaks() -> None:
    """All compounds use 20 % less in a festival week, 10 % more at weekends, more in summer."""
    n, d = 60, 200
    course = 1.0 + 0.08 * np.sin(np.arange(d) / 60)
    course *= np.where(np.arange(d) % 7 >= 5, 1.1, 1.0)
    course[100:108] *= 0.8
    nights = quiet(n, d, 8, 2.0, 0.06) * course
    nights[3, 150:] += 1.2
    found = assess(nights, np.full(n, 500.0))
    assert {c.row for c in found.watch.changes} == {3}
    assert found.since(3) is not None
    shared = common_course(nights)
    told, true = shared[101:107] / shared[94:100], course[101:107] / course[94:100]
    assert np.allclose(told, true, atol=0.05)


def test_nights_without_coverage_pressure_or_by_order_do_not_count() -> None:
    night = np.ones((1, 5))
    kept = valid_nights(
        night, np.array([[1, 0.8, 1, 1, 1.0]]), np.array([[0, 0, 900, 0, 0.0]]),
        np.array([[False, False, False, True, False]]),
    )  # fmt: skip
    assert np.isnan(kept[0]).tolist() == [False, True, True, True, False]


def test_holidays_take_their_eve_along() -> None:
    from datetime import date, timedelta

    days = [date(2026, 2, 15) + timedelta(days=n) for n in range(5)]
    assert holiday_nights(days, {date(2026, 2, 17)}).tolist() == [False, True, True, True, False]


def test_night_use_is_learnt_from_like_compounds() -> None:
    alone = night_use(np.array([2.5]))
    assert alone.prior == 1.8
    assert not alone.learnt
    low = night_use(np.full(40, 1.2) + np.linspace(0, 0.3, 40))
    assert low.learnt
    assert low.prior < 1.4
    assert (low.mean < 1.5).all()
    tight = night_use(np.array([1.5]))
    assert tight.mean[0] < 1.5 + 0.1
    assert tight.spread[0] < alone.spread[0]


def test_a_course_never_scales_a_leak() -> None:
    nights = np.full((1, 30), 1.0)
    nights[0, 10:] = 5.0
    plain = without_common(nights, np.full(30, 0.8))
    assert plain[0, 20] - plain[0, 5] == pytest.approx(4.0)


def test_a_burst_needs_height_and_time() -> None:
    usual = np.full(8, 10.0)
    flow = np.array([10, 14, 10, 14, 14, 14, 10, 11.9])
    assert bursts(flow, usual).tolist() == [False, False, False, True, True, True, False, False]
    assert not bursts(np.full(4, 11.9), np.full(4, 10.0)).any()


def test_a_single_series_finds_its_step_among_weekdays() -> None:
    rng = np.random.default_rng(3)
    hours = np.arange(24 * 50)
    flow = 100 + 20 * np.sin(hours / 24 * 2 * np.pi) - 8 * ((hours // 24) % 7 == 6)
    flow = flow + rng.normal(0, 4, len(hours))
    assert search(flow, least=3.0) == []
    flow[24 * 30 + 13 :] += 8
    [step] = search(flow, least=3.0)
    assert abs(step.first - (24 * 30 + 13)) <= 12
    assert step.told - (24 * 30 + 13) <= 72
    assert step.low < 8 < step.high


def test_truth_of_the_simulator() -> None:
    """Seed 71 is no default seed of the benchmark."""
    found = leaks([71], 100)
    assert found["leak.mape_pct"] <= 20
    assert found["leak.detect_nights_p90"] <= 3
    assert found["leak.false_per_station_year"] <= 1


def test_truth_of_ltown() -> None:
    folder = others_data() / "ltown"
    if not folder.exists():
        pytest.skip("OTHERS: no L-Town here")
    found = ltown(folder)
    assert found["ltown.abrupt_found_pct"] == 100
    assert found["ltown.false_events"] <= 1


def test_a_growth_that_goes_on_counts_also_for_the_night_before() -> None:
    """The leak of last night must not lose its growth because today's night is known already."""
    nights = quiet(30, 120, 21)
    nights[3, 100:] += 0.1 * (np.arange(20) + 1)  # still growing at the end
    nights[4, 60:] += 1.5  # settled long ago
    found = assess(nights, np.full(30, 500.0))
    assert next(c for c in found.of(3)).open
    eve = as_of(found, 118)
    assert eve.grown[3] == pytest.approx(found.grown[3], rel=0.15)
    assert eve.grown[4] == pytest.approx(found.grown[4], abs=1e-9)
    assert eve.since(3) is not None
    early = as_of(found, 105)
    assert 0.0 < early.grown[3] < 0.7
    assert early.leak.value[3] < found.leak.value[3] - 0.8
    assert as_of(found, 90).grown[3] == 0.0
