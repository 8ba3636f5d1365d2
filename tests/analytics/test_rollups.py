"""Rollups: each column's meaning, and that a coarse row doesn't care how it was cut before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.rollups import MISSING, SCALE, buckets, cascade, roll_samples, step_table, total

MINUTE, QUARTER, HOUR = 60_000, 900_000, 3_600_000
KINDS = {"A": "full", "B": "mean", "C": "last", "V": "counter"}


def rolled(
    station: np.ndarray, ts: np.ndarray, values: dict[str, np.ndarray], step: int
) -> dict[str, np.ndarray]:
    cut = buckets(station, ts, step)
    return {
        "station": cut.station,
        "ts": cut.ts,
        "polls": cut.sizes,
        "polls_slow": cut.sizes,
        **roll_samples(values, KINDS, cut),
        "F.x": total(np.ones(len(ts)), cut),
    }


def test_one_bucket_by_hand() -> None:
    station, ts = np.full(4, 7), np.array([0, 1, 2, 59_999])
    values = np.array([10, MISSING, 13, 12])
    table = rolled(
        station, ts, {"A": values, "B": values, "C": np.array([1, 2, 3, MISSING])}, MINUTE
    )
    assert table["A"].tolist() == [1167]  # 35 / 3 in hundredths
    assert (table["A.min"].tolist(), table["A.max"].tolist()) == ([10], [13])
    assert (table["A.n"].tolist(), table["polls"].tolist()) == ([3], [4])
    assert "B.min" not in table
    assert table["C"].tolist() == [3]


def test_every_sample_good_needs_no_count() -> None:
    table = rolled(np.full(2, 1), np.array([0, 1]), {"A": np.array([4, 5])}, MINUTE)
    assert table["A.n"].tolist() == [MISSING]


def test_nothing_good_is_missing_not_zero() -> None:
    values = {"A": np.full(2, MISSING), "C": np.full(2, MISSING)}
    table = rolled(np.full(2, 1), np.array([0, 1]), values, MINUTE)
    for name in ("A", "A.min", "A.max", "C"):
        assert table[name].tolist() == [MISSING], name
    assert table["A.n"].tolist() == [0]


def test_negative_values_round_to_the_nearest() -> None:
    values = {"A": np.array([-1, -1, -2])}
    assert rolled(np.full(3, 1), np.arange(3), values, MINUTE)["A"].tolist() == [-133]


def test_no_rows_no_buckets() -> None:
    none = np.empty(0, np.int64)
    table = rolled(none, none, dict.fromkeys("ABC", none), MINUTE)
    assert {len(v) for v in table.values()} == {0}


samples = st.one_of(st.integers(-3000, 300_000), st.just(MISSING))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 3), st.integers(0, HOUR - 1), samples), min_size=1, max_size=80
    )
)
def test_the_whole_is_the_cascade_of_its_parts(rows: list[tuple[int, int, int]]) -> None:
    """Samples to hours at once, and over minutes and quarters, tell the same."""
    table = np.array(sorted(rows))
    station, ts, values = table.T
    samples = dict.fromkeys("ABC", values)
    whole = rolled(station, ts, samples, HOUR)
    parts = rolled(station, ts, samples, MINUTE)
    for step in (QUARTER, HOUR):
        parts = cascade(parts, KINDS, frozenset("B"), step)
    for name in ("station", "ts", "polls", "A.min", "A.max", "A.n", "B.n", "C", "F.x"):
        assert parts[name].tolist() == whole[name].tolist(), name
    for name in ("A", "B"):
        assert (np.abs(parts[name] - whole[name]) <= 1).all()
        assert ((parts[name] == MISSING) == (whole[name] == MISSING)).all()


def test_counters_and_facts_add_up() -> None:
    table = {
        "station": np.array([1, 1, 1, 2]),
        "ts": np.array([0, MINUTE, 2 * MINUTE, 0]),
        "polls": np.full(4, 30),
        "polls_slow": np.ones(4, np.int64),
        "V": np.array([100, MISSING, 130, MISSING]),
        "V.inc": np.array([10, MISSING, 30, MISSING]),
        "F.x": np.array([1.0, np.nan, 2.5, np.nan]),
    }
    coarse = cascade(table, KINDS, frozenset("V"), QUARTER)
    assert coarse["V"].tolist() == [130, MISSING]
    assert coarse["V.inc"].tolist() == [40, MISSING]
    assert coarse["F.x"][0] == 3.5
    assert np.isnan(coarse["F.x"][1]), "unknown is not zero"
    assert coarse["polls"].tolist() == [90, 30]


def test_a_long_step_of_history_weighs_as_much_as_its_live_rows() -> None:
    """Half an hour in one step of 4.00 and half an hour of live minutes of 2.00 make 3.00."""
    one, half = np.array([5]), np.array([0])
    past = step_table(
        one, half, {"A": np.array([[4.0]]), "V": np.array([[77.0]])}, {"V": np.array([[9.0]])},
        KINDS, {"F.x": np.array([[1.0]])}, 1800.0,
    )  # fmt: skip
    live_ts = np.arange(HOUR // 2, HOUR, 2000)
    live = cascade(
        rolled(np.full(len(live_ts), 5), live_ts, {"A": np.full(len(live_ts), 2)}, MINUTE),
        KINDS, frozenset(), QUARTER,
    )  # fmt: skip
    names = past.keys() | live.keys()
    both = {}
    for name in names:
        parts = [t.get(name, np.full(len(t["ts"]), MISSING)) for t in (past, live)]
        both[name] = np.concatenate(parts)
    hour = cascade(both, KINDS, frozenset("V"), HOUR)
    assert hour["A"].tolist() == [3 * SCALE]
    assert (hour["A.min"].tolist(), hour["A.max"].tolist()) == ([2], [4])
    assert hour["V"].tolist() == [77]
    assert past["A"].tolist() == [400]
    assert "A.min" not in past


@pytest.mark.parametrize("value", [1.004, 1.006])
def test_steps_round_to_what_is_stored(value: float) -> None:
    table = step_table(
        np.array([1]), np.array([0]), {"A": np.array([[value]]), "B": np.array([[np.nan]])}, {},
        KINDS, {}, 60.0,
    )  # fmt: skip
    assert table["A"].tolist() == [round(value * SCALE)]
    assert table["B"].tolist() == [MISSING]
