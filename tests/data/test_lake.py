"""The lake from writer to reader: values, units, gaps, tiers, and what plain tools see."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from data.database import Database
from data.lake import MISSING, Lake, UnknownPoint
from data.lake_writer import LakeWriter
from data.manifest import Manifest
from data.parquet import UnknownColumn
from data.station_rows import SetRow, StationRow

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
T0 = int(START.timestamp() * 1000)
SET = SetRow("L", 3, 7, 18, 100, 50.0, 0.55, 12.0, 60.0, 4.0, 9.0)


def station(id: int) -> StationRow:
    return StationRow(
        id, f"S{id}", "甲", "A", 1, "TANK_VFD", 1, "chengshui", "h", 1, 1, sets=(SET,)
    )


GROUP = f"{station(1).layout.key}-00"


class World:
    """A lake with its own database."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.manifest = Manifest(db)
        self.root = folder / "lake"
        self.writer = LakeWriter(self.root, self.manifest)
        self.lake = Lake(self.root, self.manifest)

    def add(self, dataset: str, table: dict[str, np.ndarray], span: str = "piece") -> None:
        row = self.writer.write(dataset, GROUP, span, table)
        self.writer.commit([row], at=START)

    def paths(self, dataset: str) -> list[str]:
        return [str(self.root / f.path) for f in self.manifest.live(dataset)]


@pytest.fixture
def world(sqlite: Database, tmp_path: Path) -> World:
    return World(sqlite, tmp_path)


def polls(ids: list[int], minutes: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Fast rows each 2 s of a few points, a tenth of them without a value."""
    rng = np.random.default_rng(seed)
    each = minutes * 30
    ts = np.tile(T0 + np.arange(each) * 2000, len(ids))
    values = rng.integers(-500, 3000, (2, len(ts)))
    values[rng.random(values.shape) < 0.1] = MISSING
    return {
        "station": np.repeat(np.array(ids), each),
        "ts": ts + rng.integers(0, 400, len(ts)),
        "L.P_OUT": values[0],
        "L.Q_OUT": values[1],
    }


def test_plain_duckdb_and_polars_read_what_was_written(world: World) -> None:
    table = polls([3, 7, 9], 2)
    shuffled = np.random.default_rng(2).permutation(len(table["ts"]))
    world.add("fast", {name: values[shuffled] for name, values in table.items()})
    paths = world.paths("fast")
    for frame in (duckdb.read_parquet(paths).pl(), pl.read_parquet(paths)):
        assert frame["station"].dtype == pl.Int32
        for name, values in table.items():
            assert np.array_equal(frame[name].fill_null(MISSING).to_numpy(), values), name


def test_rows_come_back_as_written_and_within_their_time(world: World) -> None:
    table = polls([3, 7], 3)
    world.add("fast", table)
    back = world.lake.rows("fast", GROUP, T0 + 60_000, T0 + 120_000)
    inside = (table["ts"] >= T0 + 60_000) & (table["ts"] < T0 + 120_000)
    assert 0 < inside.sum() < len(inside)
    assert {name: v.tolist() for name, v in back.items()} == {
        name: v[inside].tolist() for name, v in table.items()
    }


def test_a_column_that_one_file_lacks_is_missing_there(world: World) -> None:
    table = polls([3], 1)
    world.add("fast", {k: v for k, v in table.items() if k != "L.Q_OUT"})
    world.add("fast", {**table, "ts": table["ts"] + 60_000})
    back = world.lake.rows("fast", GROUP, T0, T0 + 120_000)
    assert (back["L.Q_OUT"][:30] == MISSING).all()
    assert back["L.Q_OUT"][30:].tolist() == table["L.Q_OUT"].tolist()


def test_a_column_nobody_knows_is_refused(world: World) -> None:
    with pytest.raises(UnknownColumn, match="NOPE"):
        world.add("fast", {**polls([3], 1), "NOPE": np.zeros(30, np.int64)})


def test_too_large_for_its_type_is_null_not_another_number(world: World) -> None:
    table = polls([3], 1)
    table["L.P_OUT"][:] = 2**40
    world.add("fast", table)
    assert (world.lake.rows("fast", GROUP, T0, T0 + 60_000)["L.P_OUT"] == MISSING).all()


def minutes(ids: list[int], first: int, count: int, grain: int = 60_000) -> dict[str, np.ndarray]:
    """Rollup rows from T0 + first * grain on."""
    ts = np.tile(T0 + (first + np.arange(count)) * grain, len(ids))
    step = np.tile(np.arange(count), len(ids))
    return {
        "station": np.repeat(np.array(ids), count),
        "ts": ts,
        "polls": np.full(len(ts), 30),
        "L.P_OUT": 55_000 + step * 100,
        "L.P_OUT.min": 540 + step,
        "L.P_OUT.max": np.where(step == 0, MISSING, 560 + step),
        "EL.E": 100_000 + step,
        "EL.E.inc": np.ones(len(ts), np.int64),
        "F.volume": np.full(len(ts), 0.25),
    }


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


def test_merging_changes_no_row(world: World) -> None:
    for minute in range(5):
        table = polls([1, 4, 9], 1, seed=minute)
        world.add("fast", {**table, "ts": table["ts"] + minute * 60_000})
    before = world.lake.rows("fast", GROUP, T0, T0 + 600_000)
    old = world.manifest.live("fast")
    merged = world.writer.merge(old, "hour")
    world.writer.commit([merged], old, at=START)
    assert [f.span for f in world.manifest.live("fast")] == ["hour"]
    after = world.lake.rows("fast", GROUP, T0, T0 + 600_000)
    assert {k: v.tolist() for k, v in after.items()} == {k: v.tolist() for k, v in before.items()}


def test_replacing_takes_exactly_these_rows_out(world: World) -> None:
    world.add("minute", minutes([1, 2], 0, 60), "hour")
    world.add("minute", minutes([3], 30, 1))
    with world.writer.change(lambda: START) as change:
        new = minutes([1], 30, 1)
        change.replace("minute", GROUP, T0 + 30 * 60_000, T0 + 31 * 60_000, "piece", new)
    rows = world.lake.rows("minute", GROUP, T0, T0 + 3_600_000)
    assert len(rows["ts"]) == 2 * 59 + 1
    assert rows["station"][rows["ts"] == T0 + 30 * 60_000].tolist() == [1]


def test_a_change_that_fails_leaves_no_file_and_no_row(world: World) -> None:
    world.add("minute", minutes([1], 0, 10))

    def fail() -> None:
        with world.writer.change(lambda: START) as change:
            change.replace("minute", GROUP, T0, T0 + 600_000, "hour", minutes([1], 0, 1))
            raise OSError("no space left on device")

    before = {f for f in world.root.rglob("*") if f.is_file()}
    with pytest.raises(OSError, match="no space"):
        fail()
    assert {f for f in world.root.rglob("*") if f.is_file()} == before
    assert len(world.lake.rows("minute", GROUP, T0, T0 + 600_000)["ts"]) == 10


def test_a_commit_that_is_refused_leaves_no_file(world: World) -> None:
    world.add("minute", minutes([1], 0, 10))
    [old] = world.manifest.live("minute")
    before = {f for f in world.root.rglob("*") if f.is_file()}

    def fail() -> None:
        with world.writer.change(lambda: START) as change:
            change.merge([old], "hour")
            world.writer.commit([], [old], at=START)  # another writer was faster

    with pytest.raises(ValueError, match="aren't live"):
        fail()
    assert {f for f in world.root.rglob("*") if f.is_file()} == before
