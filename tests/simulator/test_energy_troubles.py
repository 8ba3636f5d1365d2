"""The planted energy troubles of the demo's past are found: set points too high and bad sequences,
in a past made by the simulator's own code."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from analytics.energy_reasons import FACTS, judged
from pages.energy_facts import PRESSURES, excesses, records, totals
from simulator import city
from simulator.history_blocks import blocks
from simulator.history_files import Files
from simulator.history_past import Chunk, Past
from simulator.quasi import Quasi
from tests.simulator.test_history import BIRTH, BORN, BORN_MS, DAY, ZONE, World

COUNT = 320
CITY = city.stations(COUNT, 1, 5020)
DAYS = tuple(range(BIRTH - 8, BIRTH - 12, -1))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> pl.DataFrame:
    """Figures and reasons of a city of 320 stations over four days of hours."""
    folder = tmp_path_factory.mktemp("troubles")
    (folder / "pumphouse.db").write_bytes(_sqlite_template.read_bytes())
    world = World(folder, f"sqlite:///{folder / 'pumphouse.db'}")
    past = Past(blocks(CITY, {r.id for r in CITY}), 1, BORN_MS, ZONE)
    files, chunk = Files(past, world.writer, BORN_MS), Chunk("hour", DAYS)
    missing = files.missing(chunk)
    files.commit([r for rows in files.make(chunk, missing) for r in rows])
    first, last = BORN.date() - 11 * DAY, BORN.date() - 8 * DAY
    sums = totals(world.lake.summed("station_day", ["station", "day"], FACTS, first, last))
    start = BORN.replace(hour=0, minute=0) - 11 * DAY
    places = pl.DataFrame({"station": [r.id for r in CITY]}, schema={"station": pl.Int32})
    means = world.lake.gathered(
        "hour", ["station"], [], PRESSURES, start, start + timedelta(days=4), places
    )
    table = judged(sums, records(CITY, last), excesses(CITY, means), sums.clear())
    kinds = _kinds()
    world.db.close()
    return table.with_columns(
        pl.col("station").replace_strict(kinds, default="", return_dtype=pl.String).alias("kind")
    )


def _kinds() -> dict[int, str]:
    ledger = Quasi(CITY, 1, BIRTH).ledger
    return {
        CITY[i].id: kind
        for kind, first in ledger.first.items()
        for i in range(COUNT)
        if first[i] <= DAYS[-1]
    }


def missed(found: pl.DataFrame, kind: str, column: str) -> tuple[list[int], int]:
    """(stations of that trouble that don't stand among as many at the top, how many have it)."""
    having = found.filter(pl.col("kind") == kind)
    top = found.sort(column, descending=True, nulls_last=True).head(having.height)
    lost = set(having["station"]) - set(top["station"])
    return sorted(lost), having.height


def test_set_points_too_high_stand_at_the_top_of_their_ranking(found: pl.DataFrame) -> None:
    lost, number = missed(found, "setpoint", "excess")
    assert number >= 5
    assert len(lost) <= math.floor(0.2 * number), f"missed: {[CITY[i - 1].code for i in lost]}"
    having = found.filter(pl.col("kind") == "setpoint")
    assert (having["reason"] == "setpoint").sum() >= 0.8 * number
    assert (having["save_setpoint"] > 0).sum() >= 0.8 * number


def test_bad_sequences_stand_at_the_top_of_theirs(found: pl.DataFrame) -> None:
    lost, number = missed(found, "sequence", "extra")
    assert number >= 5
    assert len(lost) <= math.floor(0.2 * number), f"missed: {[CITY[i - 1].code for i in lost]}"


def test_healthy_stations_have_no_set_point_to_lower(found: pl.DataFrame) -> None:
    others = found.filter(~pl.col("kind").is_in(["setpoint", "gauge"]))
    assert (others["reason"] == "setpoint").sum() <= 0.01 * others.height
