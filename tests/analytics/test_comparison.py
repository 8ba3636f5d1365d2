"""Growth and bounds: golden G04, G04b, G02b; deleted samples stay within what is shown."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.comparison import (
    added,
    change,
    delta,
    growth,
    like_for_like,
    mean,
    per_day,
    ratio,
    total,
)
from analytics.results import Quality, Reason, figure, nothing

ALL = np.ones(3)


def test_growth_and_absolute_change() -> None:
    """G04: 1,240 kWh after 1,180 kWh."""
    made = change(figure(1240, "kWh", ""), figure(1180, "kWh", ""), (30, 30), True)
    assert made.delta.value == pytest.approx(60.0)
    assert made.growth.value == pytest.approx(5.08475, abs=1e-5)
    assert (made.growth.unit, made.per_day, made.growth.low) == ("%", None, None)


def test_months_of_unequal_length_are_compared_per_day_too() -> None:
    """G04b: February 2024 against February 2023."""
    made = change(figure(2900, "kWh", ""), figure(2744, "kWh", ""), (29, 28), True)
    assert made.growth.value == pytest.approx(5.68513, abs=1e-5)
    assert made.per_day is not None
    assert made.per_day.value == pytest.approx(2.04082, abs=1e-5)
    assert change(figure(2, "", ""), figure(1, "", ""), (29, 28), False).per_day is None


def test_a_ratio_is_a_ratio_of_sums() -> None:
    """G02b: kWh over m³·MPa, not the mean of the three ratios (0.5297)."""
    volume, pressure = np.array([10.0, 30.0, 60.0]), np.array([0.5, 0.55, 0.6])
    found = ratio(np.array([3.2, 8.1, 16.5]), volume * pressure, ALL, "kWh/(m³·MPa)")
    assert found.value == pytest.approx(0.483478, abs=1e-6)
    assert found.quality is Quality.GOOD


@pytest.mark.parametrize("base", [0.0, 0.4])
def test_no_growth_on_nothing(base: float) -> None:
    found = growth(figure(12, "kWh", ""), figure(base, "kWh", ""))
    assert (found.value, found.reasons) == (None, (Reason.ZERO_BASE,))
    assert delta(figure(12, "kWh", ""), figure(base, "kWh", "")).value == pytest.approx(12 - base)


def test_no_growth_without_data() -> None:
    found = growth(figure(12, "kWh", ""), nothing("kWh", "", Reason.NO_DATA))
    assert (found.value, found.reasons) == (None, (Reason.NO_DATA,))
    assert delta(nothing("kWh", ""), figure(1, "kWh", "")).value is None


def test_growth_on_a_negative_base_is_uncertain() -> None:
    found = growth(figure(-5, "yuan", ""), figure(-10, "yuan", ""))
    assert found.value == pytest.approx(50.0)
    assert found.quality is Quality.UNCERTAIN


def test_unequal_coverage_gives_a_bound_and_says_why() -> None:
    """Of ten days of 10 m³ two are missing: 80 to 100 m³ against 100 m³, so −20 to 0 %."""
    heard = np.r_[np.ones(8), 0, 0]
    now = total(np.r_[np.full(8, 10.0), np.nan, np.nan], heard, "m³")
    base = total(np.full(10, 10.0), np.ones(10), "m³")
    assert [now.low, now.high, now.coverage] == pytest.approx([80.0, 100.0, 0.8])
    found = growth(now, base)
    assert [found.low, found.high] == pytest.approx([-20.0, 0.0])
    assert (found.quality, found.reasons) == (Quality.UNCERTAIN, (Reason.LOW_COVERAGE,))
    assert growth(base, base).low is None


def test_nothing_known_is_no_sum_and_too_little_is_none_either() -> None:
    none = total(np.full(3, np.nan), np.zeros(3), "m³")
    assert (none.value, none.reasons) == (None, (Reason.NO_DATA,))
    little = total(np.array([1.0, np.nan, np.nan]), np.array([0.1, 0, 0]), "m³")
    assert (little.value, little.reasons) == (None, (Reason.LOW_COVERAGE,))
    assert ratio(np.ones(2), np.zeros(2), np.ones(2), "").reasons == (Reason.ZERO_FLOW,)


def test_sums_of_stations_add_their_bounds() -> None:
    whole = figure(10, "m³", "")
    half = figure(5, "m³", "", [Reason.LOW_COVERAGE], coverage=0.5, low=4, high=8)
    both = added([whole, half], "m³")
    assert (both.value, both.low, both.high, both.coverage) == (15, 14, 18, 0.75)
    lost = added([whole, nothing("m³", "", Reason.NO_DATA)], "m³")
    assert Reason.LOW_COVERAGE in lost.reasons
    assert per_day(half, 2).high == 4


def test_like_for_like_needs_both_periods() -> None:
    assert like_for_like({1: 1.0, 2: 0.95, 3: 0.8, 4: 1.0}, {1: 0.9, 2: 0.5, 3: 1.0}) == [1]


@pytest.mark.parametrize("kind", ["sum", "mean", "ratio", "growth"])
def test_a_tenth_deleted_at_random_leaves_the_truth_in_the_bound(kind: str) -> None:
    """400 months of hourly samples with a daily pattern, trend and noise; >= 95 %."""
    chance = np.random.default_rng(20261125)
    inside = 0
    for _ in range(400):
        hours = np.arange(24 * 30)
        shape = 1 + 0.7 * np.sin((hours % 24 - 8) / 24 * 2 * np.pi)
        flow = chance.uniform(5, 50) * shape * chance.lognormal(0, 0.25, len(hours))
        power = flow * chance.uniform(0.3, 1.2) * chance.lognormal(0, 0.1, len(hours))
        gone = chance.random(len(hours)) < 0.1
        q, p = (np.where(gone, np.nan, x) for x in (flow, power))
        heard = (~gone).astype(float)
        if kind == "sum":
            shown, truth = total(q, heard, "m³"), flow.sum()
        elif kind == "mean":
            shown, truth = mean(q, "m³/h"), flow.mean()
        elif kind == "ratio":
            shown, truth = ratio(p, q, heard, "kWh/m³"), power.sum() / flow.sum()
        else:
            before = flow[::-1] * 0.93
            base = total(before, np.ones(len(before)), "m³")
            shown = growth(total(q, heard, "m³"), base)
            truth = 100 * (flow.sum() / before.sum() - 1)
        assert shown.low is not None and shown.high is not None
        assert shown.low < shown.high
        inside += shown.low <= truth <= shown.high
    assert inside / 400 >= 0.95
