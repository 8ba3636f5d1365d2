"""What the lake answers: units, gaps, tiers that step in for each other, fleets and days."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from data.database import Database
from data.lake import MISSING, UnknownPoint
from tests.data.lake_world import GROUP, START, T0, World, minutes, polls, station


@pytest.fixture
def world(sqlite: Database, tmp_path: Path) -> World:
    return World(sqlite, tmp_path)


def test_series_of_an_hour_comes_from_the_polls_with_its_slow_points(world: World) -> None:
    table = polls([1, 2], 10)
    world.add("fast", table)
    slow = {
        "station": np.array([1, 1]),
        "ts": T0 + np.array([10_000, 400_000]),
        "WQ.PH": np.array([712, 731]),
    }
    world.add("slow", slow)
    series = world.lake.series(
        station(1), ["L.P_OUT", "WQ.PH"], START, START + timedelta(hours=1), 5000
    )
    assert series.grain == "2 s"
    mine = table["station"] == 1
    want = np.where(table["L.P_OUT"] == MISSING, np.nan, table["L.P_OUT"] * 0.001)[mine]
    assert np.allclose(series.frame["L.P_OUT"].to_numpy(), want, equal_nan=True)
    ph = dict(zip(series.frame["ts"].to_list(), series.frame["WQ.PH"].to_list(), strict=True))
    assert ph[min(ph)] is None
    assert sorted({v for v in ph.values() if v is not None}) == pytest.approx([7.12, 7.31])
    held = [at for at, v in ph.items() if v == pytest.approx(7.12)]
    assert max(held) - min(held) < timedelta(seconds=151)


def test_means_bands_and_counters_come_in_units(world: World) -> None:
    world.add("minute", minutes([1, 2], 0, 180))
    series = world.lake.series(station(1), ["L.P_OUT", "EL.E"], START, START + timedelta(hours=3))
    assert series.grain == "1 min"
    head = series.frame.row(0, named=True)
    assert head["ts"] == START
    assert head["L.P_OUT"] == pytest.approx(0.55)
    assert head["L.P_OUT.min"] == pytest.approx(0.54)
    assert head["L.P_OUT.max"] == pytest.approx(0.55), "one value a step: the band is the value"
    assert head["EL.E"] == pytest.approx(1000.0)
    assert head["EL.E.inc"] == pytest.approx(0.01)


def test_a_gap_stays_a_gap(world: World) -> None:
    world.add("minute", minutes([1], 0, 60))
    world.add("minute", minutes([1], 90, 60))
    frame = world.lake.series(station(1), ["L.P_OUT"], START, START + timedelta(hours=3)).frame
    empty = frame.filter(pl.col("L.P_OUT").is_null())
    assert empty["ts"].to_list() == [START + timedelta(hours=1)]
    assert frame.height == 121


def test_tiers_mix_where_one_has_not_all(world: World) -> None:
    """Old days exist by the hour, recent ones by 15 min, the last minutes by 1 min."""
    world.add("hour", minutes([1], 0, 48, 3_600_000))
    world.add("quarter", minutes([1], 48 * 4, 4 * 24, 900_000))
    world.add("minute", minutes([1], 72 * 60, 10))
    end = START + timedelta(days=3, minutes=10)
    series = world.lake.series(station(1), ["L.P_OUT"], START, end)
    ts = series.frame["ts"]
    assert series.grain == "15 min"
    assert ts.to_list() == sorted(ts.to_list())
    assert series.frame.height == 48 + 96 + 10
    assert series.frame["L.P_OUT"].null_count() == 0, "a coarser row is no gap"
    assert ts[-1] == end - timedelta(minutes=1)


def test_a_rollup_row_doesnt_stand_in_for_the_moment_before_the_first_poll(world: World) -> None:
    world.add("fast", polls([1], 10))
    world.add("minute", minutes([1], 0, 11))
    frame = world.lake.series(
        station(1),
        ["L.P_OUT"],
        START - timedelta(milliseconds=5),
        START + timedelta(minutes=11),
        5000,
    ).frame
    assert frame.height == 300 + 1, "ten minutes of polls, then the minute that has none yet"
    assert frame["ts"][-1] == START + timedelta(minutes=10)


def test_thinning_keeps_extremes_and_gaps(world: World) -> None:
    table = minutes([1], 0, 2000)
    table["L.P_OUT"][1234] = 299_900
    keep = np.ones(2000, bool)
    keep[500:600] = False
    world.add("minute", {name: values[keep] for name, values in table.items()})
    frame = world.lake.series(
        station(1), ["L.P_OUT"], START, START + timedelta(hours=34), 300
    ).frame
    assert frame.height <= 310
    assert frame["L.P_OUT"].max() == pytest.approx(2.999)
    assert frame["L.P_OUT"].null_count() == 1


def test_a_span_without_data_is_an_empty_frame_with_its_columns(world: World) -> None:
    frame = world.lake.series(station(1), ["L.P_OUT"], START, START + timedelta(days=2)).frame
    assert frame.height == 0
    assert set(frame.columns) == {"ts", "L.P_OUT"}


def test_a_point_the_station_lacks_is_an_error(world: World) -> None:
    with pytest.raises(UnknownPoint, match=r"M\.P_OUT"):
        world.lake.series(station(1), ["M.P_OUT"], START, START + timedelta(hours=1))


def test_fleet_spans_layouts(world: World) -> None:
    world.add("quarter", minutes([1, 2], 0, 8, 900_000))
    other = minutes([5], 0, 8, 900_000)
    other = {k: v for k, v in other.items() if not k.startswith("L.")}
    row = world.writer.write("quarter", "DIRECT-0-0-00", "piece", other)
    world.writer.commit([row], at=START)
    frame = world.lake.fleet(["L.P_OUT", "F.volume", "EL.E.inc"], START, START + timedelta(hours=1))
    assert frame.height == 12
    assert frame.filter(station=5)["L.P_OUT"].null_count() == 4
    assert frame.filter(station=1)["L.P_OUT"][0] == pytest.approx(0.55)
    assert frame["F.volume"].to_list() == [0.25] * 12
    assert frame["EL.E.inc"][0] == pytest.approx(0.01)
    some = world.lake.fleet(["F.volume"], START, START + timedelta(hours=1), stations=[2, 5])
    assert some["station"].unique().to_list() == [2, 5]


def test_facts_by_day_and_station(world: World) -> None:
    days = np.array(["2026-02-27", "2026-02-28", "2026-03-01"], "datetime64[D]")
    table = {
        "station": np.repeat([1, 2], 3),
        "ts": np.tile(days.astype("datetime64[ms]").astype(np.int64), 2),
        "day": np.tile(days, 2),
        "F.volume": np.arange(6.0),
        "mnf": np.array([1.0, np.nan, 2.0, 1.0, 1.0, 1.0]),
    }
    row = world.writer.write("station_day", "all", "piece", table)
    world.writer.commit([row], at=START)
    frame = world.lake.facts("station_day", date(2026, 2, 28), date(2026, 3, 1), [1])
    assert frame.select("station", "day", "F.volume", "mnf").rows() == [
        (1, date(2026, 2, 28), 1.0, None),
        (1, date(2026, 3, 1), 2.0, 2.0),
    ]
    assert world.lake.facts("pump_day", date(2026, 2, 28), date(2026, 3, 1)).height == 0


def test_sums_and_means_by_what_stations_share(world: World) -> None:
    world.add("hour", minutes([1, 2, 3], 0, 4, 3_600_000))
    places = pl.DataFrame(
        {"station": [1, 2], "district": [7, 7]}, schema={"station": pl.Int32, "district": pl.Int32}
    )
    end = START + timedelta(hours=4)
    ask = (["F.volume", "F.gone"], ["L.P_OUT"], START, end, places)
    whole = world.lake.gathered("hour", ["district"], *ask)
    assert whole.to_dicts() == [
        {"district": 7, "F.volume": 2.0, "F.gone": None, "L.P_OUT": pytest.approx(0.5515)}
    ]
    each = world.lake.gathered("hour", ["ts", "district"], *ask)
    assert each["ts"][0] == START
    assert each["F.volume"].to_list() == [0.5] * 4
    assert each["L.P_OUT"].to_list() == pytest.approx([0.55, 0.551, 0.552, 0.553])
    later = world.lake.gathered("hour", ["station"], ["F.volume"], [], end, end + DAY, places)
    assert later.height == 0
    assert later.columns == ["station", "F.volume"]


DAY = timedelta(days=1)


def _same(world: World, ids: list[int], codes: list[list[str]], hours: float, points: int) -> None:
    asked = [(station(i), c) for i, c in zip(ids, codes, strict=True)]
    end = START + timedelta(hours=hours)
    together = world.lake.several(asked, START, end, points)
    for (row, wanted), one in zip(asked, together, strict=True):
        alone = world.lake.series(row, wanted, START, end, points)
        assert one.grain == alone.grain
        assert sorted(one.frame.columns) == sorted(alone.frame.columns)
        assert one.frame.select(alone.frame.columns).equals(alone.frame)


def test_several_stations_at_once_are_each_as_if_asked_alone(world: World) -> None:
    """Gaps, tiers, files of one without a column of the others, another layout, no rows at all."""
    table = minutes([1, 2, 3], 0, 400, 3_600_000)
    torn = (table["station"] != 2) | (table["ts"] < T0 + 90 * 3_600_000)
    torn |= table["ts"] > T0 + 120 * 3_600_000
    world.add("hour", {name: values[torn] for name, values in table.items()})
    plain = minutes([11, 12], 0, 400, 3_600_000)
    plain.pop("L.P_OUT.min")
    plain["L.P_OUT.max"][plain["station"] == 12] = MISSING
    row = world.writer.write("hour", GROUP.replace("-00", "-01"), "piece", plain)
    world.writer.commit([row], at=START)
    world.add("quarter", minutes([1, 3], 400 * 4, 40, 900_000))
    ids = [1, 2, 11, 3, 12, 9, 1]
    for hours, points in ((800, 2000), (800, 60), (399, 2000), (410, 2000), (100, 2000)):
        _same(world, ids, [["L.P_OUT"]] * 7, hours, points)
        _same(world, ids, [["L.P_OUT", "EL.E"], ["EL.E"]] * 3 + [["L.Q_OUT"]], hours, points)


def test_several_stations_of_an_hour_are_each_as_if_asked_alone(world: World) -> None:
    world.add("fast", polls([1, 2], 10))
    world.add("minute", minutes([1, 2, 3], 0, 40))
    _same(world, [1, 2, 3], [["L.P_OUT"], ["L.P_OUT", "L.Q_OUT"], ["L.P_OUT"]], 1, 5000)
    with pytest.raises(UnknownPoint):
        world.lake.several([(station(1), ["M.P_OUT"])], START, START + DAY)
