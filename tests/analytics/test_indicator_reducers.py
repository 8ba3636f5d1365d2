"""Percentiles, peaks and counts of events, with worked examples."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from analytics import indicator_reducers as make
from analytics.results import Reason

AT = datetime(2026, 11, 1, tzinfo=UTC)
H = timedelta(hours=1)
MIN = timedelta(minutes=1)


def test_g05_one_gross_outlier_among_twelve() -> None:
    """E2.10: the robust z finds what the classic one misses."""
    e = [0.27, 0.289, 0.301, 0.31, 0.312, 0.318, 0.325, 0.334, 0.341, 0.352, 0.366, 0.612]
    logs = pl.DataFrame({"type": ["T"] * 12, "x": [math.log(v) for v in e]})
    assert make.outliers(logs) == (1.0, ())
    assert make.outliers(logs, 6.95) == (1.0, ())  # its z is 6.96
    assert make.outliers(logs, 6.97) == (0.0, ())
    assert make.outliers(logs.head(11)) == (0.0, ())
    assert make.outliers(logs.head(4))[1] == (Reason.TOO_FEW_SAMPLES,)
    assert make.outliers(logs.clear()) == make.NOTHING


def test_g35_peak_factor_of_a_day() -> None:
    """The worked day G35: mean 5.35, K_h 2.24299."""
    day = [2.0, 1.5, 1.2, 1.0, 1.2, 2.5, 6.0, 9.0, 7.0, 5.0, 4.5, 5.0, 6.0, 5.0, 4.0, 4.0, 5.0,
           7.0, 10.0, 12.0, 11.0, 9.0, 6.0, 3.5]  # fmt: skip
    hours = pl.DataFrame({"day": [1] * 24, "hour": range(24), "value": day})
    assert make.peak_factor(hours)[0] == pytest.approx(2.24299, abs=1e-5)
    assert make.peak_factor(hours.head(12)) == make.NOTHING
    inflow = hours.with_columns(pl.lit(1.0).alias("inflow"))
    assert make.off_peak_share(inflow)[0] == pytest.approx(6 / 24)  # hours 0 to 5


def test_g29_mtbf_and_availability() -> None:
    between, least = make.mtbf(26_280.0, 42.0, 7)
    assert between == pytest.approx(3748.29, abs=0.005)
    assert least is None
    assert pytest.approx(0.998402, abs=1e-6) == 1 - 42.0 / 26_280.0
    assert make.share(42.0, 7) == (6.0, ())
    none, bound = make.mtbf(2996.0, 0.0, 0)
    assert none is None
    assert bound == pytest.approx(1000.0)


def test_downtime_is_cut_to_the_span_and_open_faults_count() -> None:
    alarms = pl.DataFrame(
        {
            "rule": ["R-PU-01", "R-PU-05", "R-WQ-01"],
            "active_at": [AT, AT + 20 * H, AT],
            "cleared_at": [AT + 2 * H, None, AT + 9 * H],
        }
    )
    assert make.downtime(alarms, AT, AT + 24 * H) == (6.0, 2)


def test_acknowledged_on_time() -> None:
    alarms = pl.DataFrame(
        {
            "level": [1, 1, 2, 2, 3, 1],
            "active_at": [AT, AT, AT, AT, AT, AT + 58 * MIN],
            "acknowledged_at": [AT + 4 * MIN, AT + 6 * MIN, AT + 14 * MIN, None, None, None],
        },
        schema_overrides={"acknowledged_at": pl.Datetime("us", "UTC")},
    )
    assert make.acknowledged_on_time(alarms, AT + H) == (0.5, ())  # the last isn't due yet


def test_g21_a_flood_of_one_bin() -> None:
    minutes = [0, 0.5, 1, 1.2, 2, 3, 3.5, 4, 4.2, 5, 6, 7, 12, 14, 19, 25, 31, 44]
    times = [AT + m * MIN for m in minutes]
    assert make.flood_share(times, AT, AT + H)[0] == pytest.approx(0.166667, abs=1e-6)


def test_a_flood_starts_above_ten_and_ends_below_five() -> None:
    times = [AT] * 11 + [AT + 10 * MIN] * 6 + [AT + 20 * MIN] * 4 + [AT + 30 * MIN] * 9
    assert make.flood_share(times, AT, AT + H)[0] == pytest.approx(2 / 6)
    assert make.flood_share([], AT, AT) == make.NOTHING


def test_a_repair_that_comes_back_is_no_first_time_fix() -> None:
    orders = pl.DataFrame(
        {
            "station": [1, 1, 2, 2],
            "template": ["WT-07"] * 4,
            "created_at": [AT, AT + 240 * H, AT, AT + 600 * H],
            "finished_at": [AT + H, AT + 241 * H, AT + H, AT + 601 * H],
            "outcome": ["repaired", "no_fault_found", "replaced", "repaired"],
        }
    )
    assert make.first_time_fix(orders)[0] == pytest.approx(2 / 3)


def test_preferred_share_weighs_by_volume() -> None:
    bins = pl.DataFrame(
        {"n": [10.0, 10.0], "q": [100.0, 50.0], "s": [8.0, 8.0], "rated": [10.0] * 2}
    )
    assert make.preferred_share(bins)[0] == pytest.approx(2 / 3)
    assert make.preferred_share(bins.clear()) == make.NOTHING


def test_run_balance_is_that_of_the_least_even_set() -> None:
    runs = pl.DataFrame(
        {
            "station": [1, 1, 1, 1, 2], "zone": ["L", "L", "M", "M", "L"],
            "pump": [1, 2, 1, 2, 1], "n": [10.0, 10.0, 15.0, 5.0, 3.0],
        }
    )  # fmt: skip
    assert make.run_balance(runs) == (1.0, ())
    assert make.run_balance(runs.tail(1))[1] == (Reason.NOT_APPLICABLE,)


def test_percentile_wants_five_values() -> None:
    assert make.percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 0.9) == (10.0, ())
    assert make.percentile([1.0], 0.9) == (None, (Reason.TOO_FEW_SAMPLES,))
    assert make.percentile([], 0.9) == make.NOTHING
