"""Leakage: the worked examples G14 to G18, G28, G36, and the edges of each formula."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analytics import leakage
from analytics.change_points import cusum, median, spread
from analytics.results import Quality, Reason, figure
from analytics.water_balance import iwa, kind_of_loss, master_against_meters

PRESSURES = [
    0.55, 0.55, 0.55, 0.55, 0.55, 0.55, 0.52, 0.50, 0.49, 0.50, 0.51, 0.52,
    0.52, 0.52, 0.52, 0.52, 0.51, 0.50, 0.49, 0.48, 0.49, 0.51, 0.53, 0.54,
]  # fmt: skip
BASELINE = [5.8, 6.1, 5.9, 6.0, 6.2, 5.9, 6.0, 5.8, 6.1, 6.0, 5.9, 6.1, 6.0, 6.2]


def test_g14_night_balance_and_day() -> None:
    use = leakage.night_use(620, 0.92, 1.8)
    assert use == pytest.approx(1.02672)
    night = leakage.night_leak(5.9, use, 0.3)
    assert night.value is not None
    assert night.value == pytest.approx(3.0 + 1.57328)
    assert night.quality == Quality.GOOD
    hours = leakage.day_hours(PRESSURES, (2, 3), 1.0)
    assert hours.value == pytest.approx(22.6727, abs=1e-4)
    assert leakage.day_hours(PRESSURES, (2, 3), 1.5).value == pytest.approx(22.0518, abs=1e-4)
    day = leakage.day_leak(night, hours)
    assert day.value == pytest.approx(103.689, abs=1e-3)
    assert leakage.share(day, 312.0, "", "E4.4", 1.0).value == pytest.approx(0.332336, abs=1e-6)
    assert leakage.minimum_ratio(5.9, 312 / 24).value == pytest.approx(0.453846, abs=1e-6)
    assert leakage.per_home(5.9, 620).value == pytest.approx(9.51613, abs=1e-5)


def test_a_night_below_the_use_of_homes_is_zero_and_uncertain() -> None:
    found = leakage.night_leak(1.0, 1.1)
    assert (found.value, found.quality) == (0.0, Quality.UNCERTAIN)
    assert leakage.night_leak(None, 1.1).value is None
    assert leakage.night_leak(-1.0, 1.1).reasons == (Reason.NEGATIVE_INPUT,)


def test_without_pressure_the_day_has_the_default_hours_and_says_so() -> None:
    found = leakage.day_hours([])
    assert (found.value, found.quality) == (22.0, Quality.ESTIMATED)
    some = leakage.day_hours([0.5] * 20 + [None] * 4)
    assert some.value == pytest.approx(24.0)
    assert some.coverage == pytest.approx(20 / 24)
    assert leakage.day_hours([0.5, 0.5, None, None, *[0.5] * 20]).reasons == (
        Reason.DEFAULT_PARAMETER,
    )


def test_g15_pressure_and_leak() -> None:
    for exponent, wanted in ((0.5, 4.26929), (1.0, 3.98836), (1.5, 3.72592)):
        found = leakage.at_pressure(4.57, 0.55, 0.48, exponent)
        assert found.value == pytest.approx(wanted, abs=1e-5)
    assert leakage.exponent_of_test(4.57, 3.9, 0.55, 0.48).value == pytest.approx(1.16458, abs=1e-5)
    assert leakage.exponent_of_test(4.57, 4.5, 0.55, 0.549).reasons == (Reason.NOT_IDENTIFIABLE,)
    assert leakage.at_pressure(4.57, 0.0, 0.5).value is None


def test_g16_unavoidable_losses_are_only_an_index_for_a_compound() -> None:
    least = leakage.unavoidable(1.8, 24, 0.9, 45.0)
    assert least.value == pytest.approx(3334.5)
    assert least.quality == Quality.UNCERTAIN
    index = leakage.leakage_index(20_000.0, least)
    assert index.value == pytest.approx(5.9979, abs=1e-4)
    assert index.quality == Quality.UNCERTAIN
    assert leakage.unavoidable(180.0, 4000, 9.0, 45.0).quality == Quality.GOOD


def test_g17_balance() -> None:
    found = iwa(9500.0, 8010.0, 0.0, 60.0, 0.0025, 0.02)
    assert found.non_revenue.value == 1490.0
    assert found.losses.value == 1430.0
    assert found.apparent.value == pytest.approx(187.219, abs=1e-3)
    assert found.real.value == pytest.approx(1242.78, abs=1e-2)
    assert found.non_revenue_rate.value == pytest.approx(15.6842, abs=1e-4)
    assert found.loss_rate.value == pytest.approx(15.0526, abs=1e-4)
    total = found.billed + found.unbilled + (found.apparent.value or 0) + (found.real.value or 0)
    assert total == pytest.approx(9500.0)
    assert leakage.loss_rate(9500.0, 8070.0).value == pytest.approx(15.0526, abs=1e-4)


def test_g18_cusum_tells_the_first_stepped_night() -> None:
    base = np.array([BASELINE])
    mu = median(base)
    sigma = spread(base, mu, 0.1)
    assert (mu[0], sigma[0]) == (6.0, pytest.approx(0.14826))
    sums, alarm = cusum(np.array([6.0, 5.9, 6.1, 6.9, 7.0, 6.8, 7.1, 7.0]), 6.0, float(sigma[0]))
    wanted = [0, 0, 0.1745, 5.7449, 11.9898, 16.8857, 23.8051, 30.05]
    assert sums == pytest.approx(wanted, abs=1e-4)
    assert alarm == 3


def test_g28_cost_and_payback() -> None:
    day = figure(103.68873018181817, "m³/d", "E4.3")
    loss = leakage.cost(day, 0.3, 3.2, 0.65)
    assert loss.value == pytest.approx(352.023, abs=1e-3)
    saved = leakage.recoverable(loss, day.value, 0.2 * 103.68873018181817)
    assert saved.value == pytest.approx(281.619, abs=1e-3)
    assert leakage.payback(6000, saved.value).value == pytest.approx(21.3054, abs=1e-4)
    assert leakage.payback(6000, 0.2).reasons == (Reason.ZERO_BASE,)


def test_g36_tank_standing_still() -> None:
    assert leakage.tank_leak(20.0, 0.006, 2.0, 0.0).value == pytest.approx(0.06)
    assert leakage.tank_leak(20.0, 0.004, 2.0).quality == Quality.UNCERTAIN
    assert leakage.tank_leak(20.0, 0.006, 0.0).value is None


def test_grades_of_cjj_92() -> None:
    assert [leakage.grade(rate) for rate in (None, 10.0, 10.1, 12.0, 12.1)] == [0, 1, 2, 2, 3]


def test_a_hole_of_5_mm_at_50_m() -> None:
    assert leakage.hole(5.0, 50.0) == pytest.approx(1.33, abs=0.01)


def test_confidence_follows_the_interval() -> None:
    sure = figure(3.0, "m³/h", "E4.1", low=2.5, high=3.5)
    vague = figure(0.6, "m³/h", "E4.1", low=0.0, high=1.6)
    assert leakage.confidence(sure, 0.2) > 0.99
    assert 0.5 < leakage.confidence(vague, 0.2) < 0.9
    assert leakage.confidence(leakage.night_leak(None, 1.0), 0.2) == 0.0


def test_master_against_household_meters() -> None:
    found = master_against_meters(1000.0, 900.0, 20.0)
    assert found.rate.value == pytest.approx(8.0)
    assert found.rate.quality == Quality.GOOD
    guessed = master_against_meters(1000.0, 900.0, imputed=120.0)
    assert guessed.rate.quality == Quality.UNCERTAIN
    assert master_against_meters(1000.0, 900.0, imputed=45.0).rate.quality == Quality.ESTIMATED
    under = master_against_meters(1000.0, 1040.0)
    assert under.under_reads
    assert not master_against_meters(1000.0, 1025.0).under_reads
    assert master_against_meters(None, 900.0).rate.reasons == (Reason.METER_NOT_INSTALLED,)


@pytest.mark.parametrize(
    ("difference", "night", "wanted"),
    [(15.0, 12.0, "real"), (15.0, 2.0, "apparent"), (3.0, 3.0, "none"), (-5.0, 1.0, "under_reads")],
)
def test_apparent_or_real(difference: float, night: float, wanted: str) -> None:
    shares = figure(difference, "%", "E4.8"), figure(night, "%", "E4.4")
    assert kind_of_loss(*shares) == wanted
    assert kind_of_loss(figure(math.nan, "%", "E4.8"), shares[1]) == ""
