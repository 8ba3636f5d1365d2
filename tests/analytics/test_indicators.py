from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.indicators import ratio, same_hours, summed, total


@pytest.mark.parametrize(
    ("numerator", "denominator", "floor", "found"),
    [
        (1.0, 4.0, 0.0, 25.0),
        (0.0, 4.0, 0.0, 0.0),
        (1.0, 0.0, 0.0, None),
        (1.0, 0.9, 1.0, None),
        (None, 4.0, 0.0, None),
        (1.0, None, 0.0, None),
        (math.nan, 4.0, 0.0, None),
    ],
)
def test_ratio(
    numerator: float | None, denominator: float | None, floor: float, found: float | None
) -> None:
    assert ratio(numerator, denominator, 100.0, floor) == found


STATIONS = pl.DataFrame(
    {"station": [1, 2], "district": [7, 8], "households": [100, 300], "zones": [2, 1]},
    schema={"station": pl.Int32, "district": pl.Int32, "households": pl.Int64, "zones": pl.Int32},
)


def test_sums_by_district_and_lost_time_by_homes() -> None:
    frame = pl.DataFrame(
        {"station": [1, 2, 3], "F.volume": [5.0, 7.0, 99.0], "F.lost_s": [120.0, 60.0, 1e9]},
        schema_overrides={"station": pl.Int32},
    )
    found = summed(frame, STATIONS, ["district"])
    assert found["F.volume"].to_list() == [5.0, 7.0]  # station 3 is in nobody's scope
    assert found["lost_households"].to_list() == [120.0 * 100 / 2, 60.0 * 300]
    assert found["households"].to_list() == [100, 300]


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(1, 1e6)), min_size=1, max_size=20))
def test_a_ratio_of_sums_lies_between_the_ratios(pairs: list[tuple[float, float]]) -> None:
    whole = ratio(sum(a for a, _ in pairs), sum(b for _, b in pairs))
    parts = [a / b for a, b in pairs]
    assert whole is not None
    assert min(parts) - 1e-9 <= whole <= max(parts) * (1 + 1e-9) + 1e-9


def test_a_total_of_nothing_is_nothing() -> None:
    assert total(pl.DataFrame({"F.volume": []}), "F.volume") is None
    assert total(pl.DataFrame({"F.volume": [None, 2.0]}), "F.volume") == 2.0
    assert total(pl.DataFrame({"x": [1.0]}), "F.volume") is None


def test_the_band_of_like_days() -> None:
    curves: list[list[float | None]] = [[1.0, None], [2.0, 5.0], [3.0, None], [4.0, math.nan]]
    band = same_hours(curves, 0.0)
    assert band == [(1.0, 4.0), None]
    assert same_hours([]) == []
