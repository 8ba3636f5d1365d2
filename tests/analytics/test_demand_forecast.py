"""The forecast: nothing of the future, gaps, holidays, festivals; and the public data."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from analytics.demand_forecast import Forecast, forecast, kinds
from analytics.results import Reason
from benchmarks.published import others_data
from benchmarks.truth_demand import (
    FILE,
    HOLIDAYS,
    demand_figures,
    last_week,
    mondays,
    read_districts,
)
from tests.conftest import OTHERS

MONDAY = date(2026, 3, 2)


def town(days: int, seed: int = 3, noise: float = 0.05) -> np.ndarray:
    """[days, 24]: two humps; weekends later and 10 % more."""
    rng = np.random.default_rng(seed)
    hours = np.arange(24)
    work = 4 + 5 * np.exp(-(((hours - 8) / 2) ** 2)) + 6 * np.exp(-(((hours - 20) / 3) ** 2))
    rest = 1.1 * np.roll(work, 2)
    rows = [rest if i % 7 >= 5 else work for i in range(days)]
    return np.stack(rows) * rng.normal(1.0, noise, (days, 24))


@pytest.fixture
def public() -> Path:
    file = others_data() / "bwdf" / FILE.name
    if not file.exists():
        pytest.skip(f"{OTHERS}: {file} isn't here")
    return file


def parts(told: Forecast) -> np.ndarray:
    return np.stack([told.value, told.low80, told.high80, told.low90, told.high90])


def test_a_regular_town_is_foretold_and_its_intervals_hold() -> None:
    history, names = town(133), kinds(MONDAY, 140, {})
    inside, error = [], []
    for origin in range(70, 126, 7):
        told = forecast(history[:origin], names)
        seen = history[origin : origin + 7]
        inside.append((seen >= told.low90) & (seen <= told.high90))
        error.append(np.abs(seen - told.value) / seen)
        assert (told.low90 <= told.low80).all()
        assert (told.high80 <= told.high90).all()
    assert np.mean(error) < 0.06
    assert 0.84 < np.mean(inside) < 0.96


def test_days_before_the_first_reading_are_no_rehearsal() -> None:
    history = town(56)
    history[:25] = np.nan
    told = forecast(history, kinds(MONDAY, 63, {}))
    assert (told.high90 < 1.5 * told.value).all(), "a house of a month isn't foretold from nothing"
    assert (told.low90 > 0.5 * told.value).all()


def test_what_comes_after_the_origin_changes_nothing() -> None:
    history, names = town(100), kinds(MONDAY, 107, {})
    before = parts(forecast(history[:70], names[:77]))
    history[70:] = 1e6
    assert np.array_equal(parts(forecast(history[:70], names[:77])), before)
    assert np.array_equal(parts(forecast(history[:70], names)), before)


def test_each_rehearsal_of_the_interval_uses_its_own_past_only() -> None:
    """The last day may widen the interval by its misses; it must not teach an earlier origin."""
    from analytics.demand_forecast import ahead

    history, names = town(90), kinds(MONDAY, 97, {})
    before = ahead(history[:60], names[:67])
    history[60:] *= 3.0
    assert np.array_equal(ahead(history[:60], names[:67]), before)


def test_gaps_and_a_skipped_or_repeated_hour_do_not_spoil_it() -> None:
    history, names = town(100), kinds(MONDAY, 107, {})
    whole = forecast(history, names).value
    history[40:43] = np.nan
    history[27, 2] = np.nan
    history[99, 10:20] = np.nan
    assert forecast(history, names).value == pytest.approx(whole, rel=0.1)


def test_a_day_off_is_foretold_like_a_sunday() -> None:
    off = MONDAY + timedelta(days=72)
    names = kinds(MONDAY, 77, {off: "holiday"})
    assert names[72] == "sunday"
    told = forecast(town(70), names).value
    rest = forecast(town(70), kinds(MONDAY, 77, {})).value[6]
    assert told[2] == pytest.approx(rest, rel=1e-6)


def test_a_make_up_workday_has_the_pattern_of_a_friday() -> None:
    saturday = MONDAY + timedelta(days=75)
    assert kinds(MONDAY, 77, {saturday: "workday"})[75] == "workday4"


def test_a_festival_scales_by_the_last_one_and_says_so_when_there_was_none() -> None:
    history = town(380, noise=0.01)
    first = {MONDAY + timedelta(days=d): "festival" for d in range(40, 48)}
    again = {MONDAY + timedelta(days=d): "festival" for d in range(381, 388)}
    usual = forecast(history, kinds(MONDAY, 387, {}))
    history[40:48] *= 0.7
    told = forecast(history, kinds(MONDAY, 387, first | again))
    assert told.reasons == ()
    assert told.value[1:6].sum() / usual.value[1:6].sum() == pytest.approx(0.72, abs=0.06)
    unknown = forecast(history[60:], kinds(MONDAY + timedelta(days=60), 327, again))
    assert unknown.reasons == (Reason.EXTRAPOLATED,)


def test_too_short_a_history_tells_nothing() -> None:
    told = forecast(town(10), kinds(MONDAY, 17, {}))
    assert not told.known
    assert told.reasons == (Reason.TOO_FEW_SAMPLES,)


def test_this_mornings_hours_move_the_rest_of_today() -> None:
    history, names = town(70, noise=0.01), kinds(MONDAY, 77, {})
    plain = forecast(history, names).value
    today = np.full(24, np.nan)
    today[:12] = plain[0, :12] + 2.0
    moved = forecast(history, names, today=today).value
    assert (moved[0] - plain[0]).mean() == pytest.approx(0.5, abs=0.05)


def test_summer_time_of_the_public_data(public: Path) -> None:
    first, districts = read_districts(public)
    assert (first, len(districts)) == (date(2021, 1, 1), 5)
    skipped = (date(2021, 3, 28) - first).days
    assert all(np.isnan(grid[skipped, 2]) for grid in districts)
    repeated = (date(2021, 10, 31) - first).days
    assert all(np.isfinite(grid[repeated, 2]) for grid in districts)
    assert first + timedelta(days=mondays(first, len(districts[0]))[-1]) == date(2022, 7, 18)


def test_the_gain_over_last_week_on_public_data(public: Path) -> None:
    told = demand_figures(public)
    assert told["demand.gain_vs_seasonal_naive_pct"] >= 12.0
    assert told["demand.gain_worst_district_pct"] > 0.0
    assert 70.0 < told["demand.coverage80_pct"] < 88.0


def test_public_forecast_does_not_see_its_future(public: Path) -> None:
    first, [grid, *_] = read_districts(public)
    names, origin = kinds(first, len(grid) + 7, HOLIDAYS), mondays(first, len(grid))[0]
    before = parts(forecast(grid[:origin], names))
    naive = last_week(grid[:origin])
    grid[origin:] = -1.0
    assert np.array_equal(parts(forecast(grid[:origin], names)), before)
    assert np.array_equal(last_week(grid[:origin]), naive, equal_nan=True)
