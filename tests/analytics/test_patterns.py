"""The typical day: golden G35, gaps, factors, regularity, departures."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.patterns import (
    day_factor,
    departures,
    hour_factor,
    pattern,
    peaks,
    regularity,
    valleys,
)
from analytics.results import Quality, Reason

G35 = np.array([
    2.0, 1.5, 1.2, 1.0, 1.2, 2.5, 6.0, 9.0, 7.0, 5.0, 4.5, 5.0,
    6.0, 5.0, 4.0, 4.0, 5.0, 7.0, 10.0, 12.0, 11.0, 9.0, 6.0, 3.5,
])  # fmt: skip


def test_golden_g35_peaks_valleys_and_hour_factor() -> None:
    assert G35.mean() == pytest.approx(5.35, abs=0.02)
    hours = [h for first, last in peaks(G35) for h in range(first, last + 1)]
    assert hours == [7, 8, 17, 18, 19, 20, 21]
    assert valleys(G35) == [(0, 5)]
    told = hour_factor(G35)
    assert told.value == pytest.approx(2.24299, abs=0.01)


def test_quarters_have_the_peaks_of_their_hours() -> None:
    quarters = np.repeat(G35, 4)
    assert peaks(quarters) == [(28, 35), (68, 87)]
    assert hour_factor(quarters).value == pytest.approx(hour_factor(G35).value or 0.0)


def test_a_gap_of_half_an_hour_is_bridged_and_a_peak_of_half_an_hour_is_none() -> None:
    day = np.ones(96)
    day[20:24] = 4.0
    day[26:30] = 4.0
    day[60:62] = 4.0
    assert peaks(day) == [(20, 29)]


def test_the_template_is_the_median_of_like_days_only() -> None:
    history = np.stack([G35 * f for f in (1.0, 1.1, 0.9, 5.0, 1.0)])
    kinds = ["workday", "workday", "workday", "sunday", "workday"]
    told = pattern(history, kinds, "workday")
    assert told.days == 4
    assert told.typical == pytest.approx(G35)
    assert not pattern(history, kinds, "sunday").known


def test_a_day_without_most_of_its_slots_is_no_like_day() -> None:
    history = np.stack([G35] * 4)
    history[0, :12] = np.nan
    assert pattern(history, ["a"] * 4, "a").days == 3


def test_unknown_hours_are_unknown_not_zero() -> None:
    day = G35.copy()
    day[10:16] = np.nan
    assert hour_factor(day).reasons == (Reason.LOW_COVERAGE,)
    assert hour_factor(np.zeros(24)).reasons == (Reason.ZERO_FLOW,)


def test_day_factor() -> None:
    assert day_factor(np.array([100.0] * 9 + [130.0])).value == pytest.approx(130 / 103)
    assert day_factor(np.array([100.0] * 5)).quality is Quality.BAD


def test_a_repeated_week_is_regular_and_noise_is_not() -> None:
    week = np.stack([G35 * (1.0 + 0.1 * d) for d in range(7)])
    assert regularity(np.tile(week, (4, 1))).value == pytest.approx(1.0)
    noise = np.random.default_rng(5).normal(5, 1, (28, 24))
    assert abs(regularity(noise).value or 0.0) < 0.2
    assert regularity(week).reasons == (Reason.TOO_FEW_SAMPLES,)


def test_a_burst_departs_from_the_pattern_and_says_how_much() -> None:
    history = np.stack([G35] * 8)
    history[7, 2:5] += 4.0
    [found] = departures(history, ["w"] * 8, 7)
    assert (found.first, found.last) == (2, 4)
    assert found.excess == pytest.approx(12.0)
    assert departures(history, ["w"] * 8, 6) == []


def test_a_counter_that_stood_still_and_caught_up_is_no_departure() -> None:
    history = np.stack([G35] * 8)
    history[7, 10:12] = 0.5
    history[7, 12] += 8.5
    assert departures(history, ["w"] * 8, 7) == []
    history[7, 12] = G35[12]
    assert len(departures(history, ["w"] * 8, 7)) == 1


def test_departures_of_a_day_do_not_know_the_days_after_it() -> None:
    """Were the later days part of the template, the burst would be the usual."""
    history = np.stack([G35] * 12)
    history[8, 2:5] += 4.0
    before = departures(history, ["w"] * 12, 8)
    history[9:] = history[8]
    assert before
    assert departures(history, ["w"] * 12, 8) == before
