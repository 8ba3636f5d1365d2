"""A station that says nothing for an hour: its counters' increase comes back to its quarters."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from data.database import Database
from tests.ingest.houses import HOUSES, MINUTE, START, T0, said
from tests.ingest.test_compaction import TODAY, Town

FEW = HOUSES[2:4]
SILENT = range(20, 95)
"""Minutes in which the first house says nothing."""


@pytest.fixture
def place(tmp_path: Path, sqlite: Database) -> Town:
    return Town(sqlite, tmp_path, FEW)


def live(place: Town, first: int, last: int) -> None:
    for minute in range(first, last, 5):
        start = T0 + minute * MINUTE
        place.now = START + timedelta(minutes=minute + 1, seconds=1)
        houses = FEW[1:] if minute in SILENT else FEW
        place.flusher.flush(start, said(start, houses, polls=1).frames)
        if minute % 15 == 10:
            place.now = START + timedelta(minutes=minute + 5, seconds=1)
            place.housekeeping.run(place.now)


def test_a_gap_is_given_back_and_no_digit_is_lost(place: Town) -> None:
    live(place, 0, 120)
    house = FEW[0].id
    code = "L.V_OUT"
    minutes = place.table("minute").filter(station=house).sort("ts")
    readings = minutes[code].drop_nulls().to_numpy()
    quarters = place.table("quarter").filter(station=house).sort("ts")
    counted = quarters[f"{code}.inc"].to_numpy()
    assert counted.sum() == readings[-1] - readings[0]
    gap = counted[2:7]
    assert (gap > 0).all(), "every quarter has its share"
    hours = place.table("hour").filter(station=house).sort("ts")
    assert hours[f"{code}.inc"].to_numpy().sum() == counted.sum()
    assert hours["F.volume"].to_numpy() == pytest.approx(
        [quarters["F.volume"].to_numpy()[h * 4 : h * 4 + 4].sum() for h in range(2)]
    )
    day = place.lake.facts("station_day", TODAY, TODAY, [house])
    assert day["F.volume"].sum() == pytest.approx(hours["F.volume"].sum())
    other = place.table("quarter").filter(station=FEW[1].id)[f"{code}.inc"]
    assert other.null_count() == 0


def test_rows_that_come_late_keep_the_shares(place: Town) -> None:
    live(place, 0, 120)
    before = place.table("quarter").sort("station", "ts")
    for minute in (40, 100):  # within the gap, and where it ended: a poll more of the other house
        start = T0 + minute * MINUTE
        place.flusher.flush(start, said(start, FEW[1:], polls=2, seed=9).frames)
    place.housekeeping.run(place.now + timedelta(seconds=5))
    after = place.table("quarter").sort("station", "ts")
    mine = FEW[0].id
    for name in ("L.V_OUT.inc", "F.volume", "F.energy"):
        np.testing.assert_allclose(
            after.filter(station=mine)[name].to_numpy(),
            before.filter(station=mine)[name].to_numpy(),
            err_msg=name,
        )
