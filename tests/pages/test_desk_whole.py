"""Frames of the whole city: a part of them is what the files say of that part alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.lake_writer import LakeWriter
from data.station_rows import Scope
from data.stores import Stores
from pages import desk_whole
from pages.desk import Desk

NOW = datetime(2026, 11, 22, 6, 20, tzinfo=UTC)
FIRST = datetime(2026, 11, 19, 16, tzinfo=UTC)
DAYS = (date(2026, 11, 20), date(2026, 11, 21))
HOURS = 60
PUMPS = ("n", "q", "s")


@pytest.fixture
def filled(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Stores:
    """Hours until now and two days of pumps; station 3 is silent for a while."""
    monkeypatch.setattr(desk_whole, "FEW", 0)
    rng = np.random.default_rng(4)
    ids = np.array([s.id for s in stores.stations.all()], np.int32)
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    group = f"{stores.stations.all()[0].layout.key}-00"
    start = round(FIRST.timestamp() * 1000)
    station, ts = np.repeat(ids, HOURS), np.tile(start + np.arange(HOURS) * 3_600_000, len(ids))
    heard = ~((station == 3) & (ts > start + 40 * 3_600_000))
    table = {"station": station[heard], "ts": ts[heard]}
    table |= {name: rng.random(int(heard.sum())) for name in desk_whole.HOURS}
    rows = [writer.write("hour", group, "month", table)]
    n = len(ids) * 12
    for k, day in enumerate(DAYS):
        rows.append(
            writer.write(
                "pump_day", "all", "month",
                {
                    "station": np.repeat(ids, 12), "ts": np.full(n, start + k * 86_400_000),
                    "day": np.full(n, np.datetime64(day)), "zone": np.full(n, "L", object),
                    "pump": np.tile([1, 2], n // 2), "bin": np.tile(np.arange(12), len(ids)),
                    **{name: rng.random(n) for name in PUMPS},
                },
            )
        )  # fmt: skip
    writer.commit(rows, at=NOW)
    return stores


def _parts(stores: Stores) -> list[list[int]]:
    """The city, each district, and stations that are no whole district."""
    districts = [[s.id for s in stores.stations.all(Scope(d))] for d in (1, 2)]
    return [[s.id for s in stores.stations.all()], *districts, [1, 2, 4], [3], []]


def test_hours_of_a_district_are_those_of_its_stations(filled: Stores) -> None:
    desk, last = Desk(filled), FIRST + timedelta(hours=HOURS)
    names = ["ts", *desk_whole.HOURS, "rows"]
    for ids in _parts(filled):
        found = desk_whole.hour_sums(desk, FIRST, last, NOW, ids).select(names)
        plain = filled.lake.summed_steps("hour", ("ts",), desk_whole.HOURS, FIRST, last, ids)
        plain = plain.select(pl.col("ts"), *(pl.col(n).cast(pl.Float64) for n in names[1:]))
        assert_frame_equal(found.cast({"rows": pl.Float64}), plain)


def test_pumps_of_a_district_are_those_of_its_stations(filled: Stores) -> None:
    desk, keys = Desk(filled), ["station", "zone", "pump", "bin"]
    for ids in _parts(filled):
        found = desk_whole.pump_sums(desk, NOW, *DAYS, ids, PUMPS)
        plain = filled.lake.summed("pump_day", keys, PUMPS, *DAYS, ids)
        assert_frame_equal(found.sort(keys), plain.sort(keys))
