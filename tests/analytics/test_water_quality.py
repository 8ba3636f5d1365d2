"""Age and chlorine in the tank (golden G19, G19b), limits, availability."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import water_quality as wq
from analytics.results import Quality, Reason


def test_golden_g19() -> None:
    told = wq.age(60.0, 288.0)
    assert told.value == pytest.approx(5.0)
    assert wq.mixed(0.45, 0.5, 5.0) == pytest.approx(0.407547, abs=1e-6)
    assert wq.plug(0.45, 0.5, 5.0) == pytest.approx(0.405484, abs=1e-6)
    warm = wq.at_temperature(0.5, 28.0)
    assert warm == pytest.approx(1.07179, abs=1e-5)
    assert wq.mixed(0.45, warm, 5.0) == pytest.approx(0.36786, abs=1e-5)
    assert wq.longest_age(0.45, 0.5, 0.10) == pytest.approx(168.0)


def test_golden_g19b() -> None:
    steps = wq.aged(40.0, 8.0, np.array([6.0, 0.0, 10.0]), np.array([4.0, 5.0, 3.0]), 1.0)
    assert [s.volume for s in steps] == pytest.approx([42.0, 37.0, 44.0])
    assert [s.age for s in steps] == pytest.approx([7.785714, 8.785714, 7.675325], abs=1e-6)


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 20)), min_size=1, max_size=60))
def test_water_never_grows_older_than_the_clock(flows: list[tuple[float, float]]) -> None:
    inflow, outflow = np.array(flows).T
    steps = wq.aged(40.0, 8.0, inflow, outflow, 1.0)
    for hour, step in enumerate(steps, 1):
        assert 0.0 < step.age <= 8.0 + hour + 1e-9


def test_measured_levels_give_the_age_of_the_balance() -> None:
    """Truth in minutes, readings by the hour."""
    rng = np.random.default_rng(4)
    inflow, outflow = rng.uniform(4, 12, 300), rng.uniform(4, 12, 300)
    outflow += inflow.mean() - outflow.mean()
    steps = wq.aged(90.0, 9.0, np.repeat(inflow, 60), np.repeat(outflow, 60), 1 / 60)[59::60]
    told = wq.ages(np.array([s.volume for s in steps]), inflow)
    real = np.array([s.age for s in steps])
    assert told[150:] == pytest.approx(real[150:], rel=0.03)


def test_steady_use_gives_the_steady_age() -> None:
    assert wq.ages(np.full(200, 60.0), np.full(200, 12.0))[-1] == pytest.approx(5.0, abs=0.1)


def test_an_unknown_level_has_no_age_and_standing_water_grows_older() -> None:
    volumes = np.array([40.0, np.nan, 40.0, 40.0])
    told = wq.ages(volumes, np.array([8.0, 8.0, 0.0, 0.0]))
    assert np.isnan(told[1])
    assert told[3] - told[2] == pytest.approx(1.0)
    assert np.isnan(wq.ages(volumes, np.zeros(4))).all()


def test_decay_is_learnt_from_a_mixed_tank() -> None:
    hours = np.full(24, 9.0)
    inlet = np.full(24, 0.5)
    outlet = np.array([wq.mixed(0.5, 0.8, 9.0)] * 24)
    outlet[3] = 0.0
    assert wq.learnt_decay(inlet, outlet, hours) == pytest.approx(0.8)
    assert np.isnan(wq.learnt_decay(inlet, outlet, np.full(24, 0.5)))
    assert np.isnan(wq.learnt_decay(np.full(24, np.nan), outlet, hours))


def test_a_tank_without_history_has_the_default_decay_and_says_so() -> None:
    told = wq.tank_decay(np.full(10, np.nan))
    assert (told.value, told.quality) == (0.5, Quality.ESTIMATED)
    assert Reason.DEFAULT_PARAMETER in told.reasons
    assert wq.tank_decay(np.array([0.4, 0.6, 0.5])).value == pytest.approx(0.5)


def test_a_jump_needs_three_days_of_twice_the_base() -> None:
    days = np.full(30, 0.5)
    days[20:22] = 1.2
    assert wq.jumped(days) is None
    days[20:23] = 1.2
    days[21] = np.nan
    assert wq.jumped(days) is None
    days[23] = 1.2
    assert wq.jumped(days) == 20


def test_time_to_the_limit_at_standstill() -> None:
    told = wq.time_to_limit(0.45, 0.5)
    assert told.value == pytest.approx(24 * np.log(9) / 0.5)
    assert wq.time_to_limit(0.04, 0.5).value == 0.0
    assert wq.time_to_limit(None, 0.5).value is None


def test_a_broken_analyser_lowers_availability_and_not_compliance() -> None:
    whole = wq.kept(86_400.0, 86_400.0, 86_400.0)
    broken = wq.kept(43_200.0, 43_200.0, 86_400.0)
    assert whole.compliance.value == broken.compliance.value == 100.0
    assert broken.availability.value == pytest.approx(50.0)
    assert broken.compliance.coverage == pytest.approx(0.5)
    dead = wq.kept(0.0, 0.0, 86_400.0)
    assert dead.compliance.value is None
    assert dead.outside.value is None
    assert dead.availability.value == 0.0


def test_minutes_out_of_limits() -> None:
    assert wq.kept(86_400.0, 86_400.0 - 1_800.0, 86_400.0).outside.value == pytest.approx(30.0)


def test_less_than_is_no_breach_of_an_upper_limit_but_may_be_of_a_lower_one() -> None:
    assert not wq.outside(3.0, None, 1.0, below=True)
    assert wq.outside(3.0, None, 1.0)
    assert wq.outside(0.05, 0.05, 2.0, below=True)
    assert not wq.outside(0.05, 0.05, 2.0)


def test_a_reading_that_stands_still_while_the_temperature_moves_is_frozen() -> None:
    values = np.array([0.3, 0.31, 0.31, 0.31, 0.31, 0.3])
    moving, still = np.arange(6.0), np.zeros(6)
    assert wq.frozen(values, moving, 4).tolist() == [False, True, True, True, True, False]
    assert not wq.frozen(values, still, 4).any()
