"""Rows of days in memory: the same sums as the files give, also as files come and go."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from threading import Event, Thread

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.database import Database
from data.duck import Closed
from data.lake_days import DayRows
from tests.data.lake_world import START, T0, World

DAY = 86_400_000
FIRST = date(2026, 3, 1)
FACTS = ("F.volume", "mnf", "F.energy")
ASKED = [(), ("station",), ("day",), ("station", "day")]


@pytest.fixture
def world(sqlite: Database, tmp_path: Path) -> World:
    return World(sqlite, tmp_path)


def _day(n: int, stations: int = 5, **more: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(n)
    volume = rng.normal(50.0, 9.0, stations)
    volume[n % stations] = np.nan
    table = {
        "station": np.arange(1, stations + 1),
        "ts": np.full(stations, T0 + n * DAY),
        "day": np.full(stations, np.datetime64(FIRST) + n),
        "F.volume": volume,
    }
    return table | {name: np.full(stations, value) for name, value in more.items()}


def _plain(
    world: World, by: tuple[str, ...], first: date, last: date, ids: list[int] | None
) -> pl.DataFrame:
    lake = world.lake
    paths, where, values = lake._days(lake._day_files("station_day", first, last), first, last, ids)
    return lake._duck.summed(paths, by, FACTS, where, values)


@pytest.mark.parametrize("by", ASKED)
@pytest.mark.parametrize("ids", [None, [2, 4], [99]])
def test_sums_are_those_of_the_files(
    world: World, by: tuple[str, ...], ids: list[int] | None
) -> None:
    for n in range(6):
        world.add("station_day", _day(n, mnf=0.5) if n % 2 else _day(n))
    for first, last in ((0, 5), (2, 3), (4, 9)):
        span = FIRST + timedelta(first), FIRST + timedelta(last)
        found = world.lake.summed("station_day", by, FACTS, *span, ids)
        assert_frame_equal(found, _plain(world, by, *span, ids))


def test_a_file_that_another_replaced_counts_no_more(world: World) -> None:
    row = world.writer.write("station_day", "all", "piece", _day(0))
    world.writer.commit([row], at=START)

    def ask() -> pl.DataFrame:
        return world.lake.summed("station_day", (), ("F.volume",), FIRST, FIRST)

    before = ask()["F.volume"][0]
    known = world.manifest.live("station_day")
    table = _day(0)
    table["F.volume"] = table["F.volume"] * 2
    new = world.writer.write("station_day", "all", "piece", table)
    world.manifest.commit([new], [known[0].id], START)
    assert ask()["F.volume"][0] == pytest.approx(2 * before)


def test_only_so_many_rows_are_kept(world: World) -> None:
    for n in range(8):
        world.add("station_day", _day(n))
    rows = DayRows(world.root, world.lake._duck, most=20)
    files = world.manifest.live("station_day")

    def ask(some: slice) -> float | None:
        found = rows.summed(files[some], (), ("F.volume",), FIRST, FIRST + timedelta(9), None)
        return None if found is None else float(found["rows"][0])

    assert ask(slice(0, 4)) == 20
    assert ask(slice(2, 5)) == 15
    assert rows._kept[1].height == 15  # those that were not asked for are gone
    assert ask(slice(0, 1)) == 5
    assert ask(slice(0, 5)) is None


def test_many_threads_get_the_same(world: World) -> None:
    for n in range(10):
        world.add("station_day", _day(n))
    found: list[pl.DataFrame] = []

    def ask(n: int) -> None:
        for turn in range(20):
            last = FIRST + timedelta((n + turn) % 10)
            world.lake.summed("station_day", ("station",), FACTS, FIRST, last)
        found.append(
            world.lake.summed("station_day", ("station",), FACTS, FIRST, FIRST + timedelta(9))
        )

    threads = [Thread(target=ask, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    for frame in found[1:]:
        assert_frame_equal(frame, found[0])


def test_a_closed_lake_breaks_off_and_answers_nothing_more(world: World) -> None:
    world.add("station_day", _day(0))
    began, said = Event(), []

    def ask() -> None:
        try:
            while True:
                world.lake.facts("station_day", FIRST, FIRST)
                began.set()
        except Exception as error:
            said.append(error)

    thread = Thread(target=ask)
    thread.start()
    assert began.wait(10)
    world.lake.close()
    thread.join(10)
    assert not thread.is_alive()
    assert len(said) == 1
    with pytest.raises(Closed):
        world.lake.facts("station_day", FIRST, FIRST)
