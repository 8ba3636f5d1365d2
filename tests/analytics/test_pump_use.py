"""Use of a pump: against sums by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.pump_use import pump_use

NAN = float("nan")
MINUTE = 60.0


def series(n: int) -> np.ndarray:
    return np.arange(n) * MINUTE


def test_counters_and_power_of_a_whole_hour() -> None:
    hours, starts = 1000.0 + np.arange(60) / 60.0, np.full(60, 7.0)
    starts[30:] = 9.0
    use = pump_use(series(60), hours, starts, np.full(60, 6.0), 3600.0)
    assert use.hours == pytest.approx(59 / 60)
    assert use.starts == 2.0
    assert use.energy == pytest.approx(6.0)
    assert use.coverage == pytest.approx(1.0)
    assert use.starts_an_hour == pytest.approx(2.0 / (59 / 60))


def test_a_gap_is_unknown_and_lowers_the_coverage() -> None:
    seconds = np.concatenate([series(20), 2400.0 + series(20)])
    power = np.full(40, 3.0)
    use = pump_use(seconds, np.arange(40.0), np.zeros(40), power, 3600.0)
    assert use.energy == pytest.approx(3.0 * 40 / 60)
    assert use.coverage == pytest.approx(40 / 60)


def test_what_is_not_known_is_not_nought() -> None:
    nothing = np.full(5, NAN)
    use = pump_use(series(5), nothing, nothing, nothing, 300.0)
    assert (use.hours, use.starts, use.energy, use.starts_an_hour) == (None, None, None, None)
    assert use.coverage == 0.0
    empty = np.empty(0)
    assert pump_use(empty, empty, empty, empty, 300.0).energy is None


def test_an_exchanged_counter_takes_nothing_away() -> None:
    hours = np.array([500.0, 501.0, NAN, 0.0, 1.0])
    use = pump_use(series(5), hours, np.zeros(5), np.zeros(5), 300.0)
    assert use.hours == pytest.approx(2.0)
    assert use.starts_an_hour == 0.0


def test_a_pump_that_never_ran_has_no_starts_an_hour() -> None:
    use = pump_use(series(5), np.full(5, 8.0), np.full(5, 3.0), np.zeros(5), 300.0)
    assert use.hours == 0.0 and use.starts_an_hour is None
