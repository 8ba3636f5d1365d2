"""Counter differences: a worked example, each rule once, and what must hold for any readings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.counters import MISSING, CounterState, Limits, Verdict, advance, differences

HOUR = 3_600_000


def hourly(readings: list[int | None], **how: int) -> tuple[list[int], list[str]]:
    ms = [i * HOUR for i in range(len(readings))]
    settings = {"cap": 20, "modulus": 100_000, **how}
    increases, verdicts = differences(ms, readings, **settings)
    return increases, [v.name for v in verdicts]


def test_the_worked_example_of_a_meter_with_every_trouble() -> None:
    """12+14(turn-over)+25(gap)+13+4(reset)+11+[spike]+25(gap)+0(jitter)+10 = 114 m³."""
    readings = [99980, 99992, 6, None, 31, 44, 4, 15, 61000, 40, 39, 50]
    increases, verdicts = hourly(readings)
    assert sum(increases) == 114
    assert verdicts == [
        "FIRST", "OK", "ROLLOVER", "MISSING", "GAP_FILLED", "OK", "RESET", "OK", "SPIKE",
        "GAP_FILLED", "JITTER", "OK",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("readings", "increases", "last"),
    [
        ([100, 121], [0, 21], "OK"),  # the cap and one step of the register
        ([100, 122], [0, 0], "SPIKE"),
        ([100, 98], [0, 0], "JITTER"),
        ([100, 98, 101], [0, 0, 1], "OK"),  # the high-water mark stays
        ([95_000, 5], [0, 5], "RESET"),  # turned over it would be 5005
        ([50_000, 40_000], [0, 0], "REANCHOR"),  # another meter
        ([50_000, 40_000, 40_010], [0, 0, 10], "OK"),
        ([100, 5_000, 5_005], [0, 0, 0], "SPIKE"),
        ([100, 5_000, 5_005, 5_012], [0, 0, 0, 12], "REANCHOR"),  # three that agree
        ([100, 5_000, 9_000, 5_001, 105], [0, 0, 0, 0, 5], "GAP_FILLED"),
        ([100, 5_000, 5_005, 110, 120, 5_030], [0, 0, 0, 10, 10, 0], "SPIKE"),
        ([None, None], [0, 0], "MISSING"),
    ],
)
def test_each_rule(readings: list[int | None], increases: list[int], last: str) -> None:
    found, verdicts = hourly(readings)
    assert found == increases
    assert verdicts[-1] == last


def test_a_coarse_register_that_steps_once_in_a_while_is_no_spike() -> None:
    """Steps of 100 units at 30 units a minute: 0, 0, 0, 100 is what such a register shows."""
    ms = [i * 60_000 for i in range(8)]
    found, verdicts = differences(
        ms, [0, 0, 0, 100, 100, 100, 200, 200], cap=1800, modulus=10**8, resolution=100,
        nominal_ms=60_000,
    )  # fmt: skip
    assert sum(found) == 200
    assert set(verdicts[1:]) == {Verdict.OK}


def test_a_reading_seen_before_counts_once() -> None:
    limits = Limits(np.array([20.0]), np.array([100_000]), np.array([1]), HOUR)
    state = CounterState.at(np.array([100]), np.array([HOUR]))
    state, first, _ = advance(state, limits, np.array([110]), np.array([2 * HOUR]))
    again, second, verdict = advance(state, limits, np.array([110]), np.array([2 * HOUR]))
    late, third, _ = advance(again, limits, np.array([105]), np.array([HOUR + 60_000]))
    assert (int(first[0]), int(second[0]), int(third[0])) == (10, MISSING, MISSING)
    assert verdict[0] == Verdict.MISSING
    assert late.value.tolist() == [110]


steps = st.lists(st.integers(0, 20), min_size=2, max_size=40)


@settings(deadline=None)
@given(steps, st.integers(0, 99_999), st.data())
def test_what_the_meter_counted_is_found_whatever_is_lost(
    increments: list[int], start: int, data: st.DataObject
) -> None:
    """Through turn-over and gaps the sum is what went through, to the last digit."""
    total = start + np.cumsum([0, *increments])
    readings = (total % 100_000).tolist()
    kept = data.draw(st.lists(st.booleans(), min_size=len(readings), max_size=len(readings)))
    kept[0] = kept[-1] = True
    found, _ = hourly([r if k else None for r, k in zip(readings, kept, strict=True)])
    assert sum(found) == sum(increments)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.integers(0, 300), min_size=6, max_size=6), min_size=1, max_size=5))
def test_side_by_side_is_one_by_one(table: list[list[int]]) -> None:
    """Any readings, good or nonsense: a fleet's columns don't touch each other."""
    alone = [hourly(list(row), modulus=300) for row in table]
    readings = np.array(table).T
    limits = Limits(np.array(20.0), np.array(300), np.array(1), HOUR)
    state = CounterState.new((len(table),))
    for i, row in enumerate(readings):
        state, increase, verdict = advance(state, limits, row, np.full(len(row), i * HOUR))
        assert np.where(increase == MISSING, 0, increase).tolist() == [a[0][i] for a in alone]
        assert [Verdict(v).name for v in verdict.tolist()] == [a[1][i] for a in alone]
        assert (increase >= 0).sum() == (increase != MISSING).sum(), "an increase is never below 0"
