"""Proposals: a delay that false alarms speak for, a deadband that noise speaks for."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.rule_proposals import deadband, delay, noise


def test_a_delay_covers_the_false_alarms_and_has_a_cap() -> None:
    told = delay([40.0] * 19 + [70.0], 30, 30)
    assert told is not None and (told.name, told.now, told.count) == ("on_s", 30, 20)
    assert 40 <= told.value <= 45
    capped = delay([4000.0] * 20, 30, 30)
    assert capped is not None and capped.value == 330
    assert delay([40.0] * 4, 30, 30) is None, "too few"
    assert delay([20.0] * 20, 30, 30) is None, "nothing to gain"


def test_noise_is_found_from_the_ranges_of_minutes() -> None:
    chance = np.random.default_rng(1)
    values = chance.normal(0.5, 0.004, (5000, 30))
    sigma = noise(np.append(values.max(axis=1) - values.min(axis=1), np.nan))
    assert sigma == pytest.approx(0.004, rel=0.03)
    assert np.isnan(noise(np.array([])))


def test_a_deadband_is_three_sigma_on_the_side_where_it_clears() -> None:
    low = deadband("margin_clear", 0.05, 0.045, 0.004)
    assert low is not None and low.value == pytest.approx(0.038)
    high = deadband("limit_clear", 0.05, 0.051, 0.004)
    assert high is not None and high.value == pytest.approx(0.062)
    assert deadband("margin_clear", 0.05, 0.03, 0.004) is None
    assert deadband("margin_clear", 0.05, 0.045, float("nan")) is None
