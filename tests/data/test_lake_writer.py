"""What is written can be read, by us and by plain tools; merging and replacing lose nothing."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest

from data.database import Database
from data.lake import MISSING
from data.parquet import UnknownColumn
from tests.data.lake_world import GROUP, START, T0, World, minutes, polls


@pytest.fixture
def world(sqlite: Database, tmp_path: Path) -> World:
    return World(sqlite, tmp_path)


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
