"""Rows of a few stations: the same as DuckDB gives, also where files differ in their columns."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from polars.testing import assert_frame_equal

from data.database import Database
from tests.data.lake_world import T0, World

FIRST = date(2026, 3, 1)
DAY = 86_400_000
PUMPS = np.array([1, 2, 1])
ZONES = np.array(["L", "L", "H"])


def _pumps(n: int, **more: float) -> dict[str, np.ndarray]:
    """A day of stations 1 to 4 with three pumps each."""
    chance, rows = np.random.default_rng(n), 12
    flow = chance.normal(10.0, 2.0, rows)
    flow[n % rows] = np.nan
    return {
        "station": np.repeat(np.arange(1, 5), 3),
        "ts": np.full(rows, T0 + n * DAY),
        "day": np.full(rows, np.datetime64(FIRST) + n),
        "zone": np.tile(ZONES, 4),
        "pump": np.tile(PUMPS, 4),
        "bin": np.full(rows, n % 3),
        "q": flow,
    } | {name: np.full(rows, value) for name, value in more.items()}


@pytest.fixture
def world(sqlite: Database, tmp_path: Path) -> World:
    made = World(sqlite, tmp_path)
    for n in range(5):
        made.add("pump_day", _pumps(n, h=30.0) if n % 2 else _pumps(n))
    return made


@pytest.mark.parametrize("by", [(), ("station",), ("day", "zone", "pump", "bin")])
@pytest.mark.parametrize("ids", [[2], [1, 4], [99]])
def test_sums_are_those_of_duckdb(world: World, by: tuple[str, ...], ids: list[int]) -> None:
    lake = world.lake
    for span in ((FIRST, FIRST + timedelta(4)), (FIRST + timedelta(1), FIRST + timedelta(2))):
        found = lake.summed("pump_day", by, ("q", "h", "nowhere"), *span, ids)
        paths, where, values = lake._days(lake._day_files("pump_day", *span), *span, ids)
        plain = lake._duck.summed(paths, by, ("q", "h", "nowhere"), where, values)
        assert_frame_equal(found, plain, check_dtypes=False)


def test_rows_have_every_column_of_any_file(world: World) -> None:
    rows = world.lake.facts("pump_day", FIRST, FIRST + timedelta(4), [3])
    assert rows["h"].drop_nulls().to_list() == [30.0] * 6
    assert rows.height == 15
    some = world.lake.facts("pump_day", FIRST, FIRST + timedelta(1), [3], ("zone", "q"))
    assert some.columns == ["station", "day", "zone", "q"]
    assert some["zone"].to_list() == ["L", "L", "H"] * 2
