"""A correction through the real pipeline: every figure that stands on the sample follows and says
so; undone, the old numbers are back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.catalogue.flags import Flag
from data.catalogue.points import point
from data.corrections import Corrections
from data.database import Database
from data.meter_exchanges import MeterExchanges
from data.rights import Refused
from data.station_rows import DistrictRow
from data.stations import Stations
from data.users import UserRow, Users
from ingest.compaction import Housekeeping
from ingest.corrected_rows import MARK
from ingest.corrections import Corrector
from ingest.rollups import Cadence
from tests.data.conftest import CHEAP
from tests.ingest.houses import HOUSES, MINUTE, START, T0, Place, said

SHANGHAI = ZoneInfo("Asia/Shanghai")
FEW = HOUSES[:2]
DATASETS = ("minute", "quarter", "hour", "station_day", "pump_day", "set_day", "flags")
LENGTH = 135
"""Minutes of the world: two whole hours and a quarter."""


class Town(Place):
    """Two pump houses, an engineer, and a collector that lays corrections over its lake."""

    def __init__(self, db: Database, folder: Path, fresh: bool = True) -> None:
        self.db = db
        stations, users = Stations(db), Users(db, CHEAP)
        if fresh:
            stations.save([DistrictRow(1, "e", "东区", "East")], FEW)
            users.create("lin", "x" * 12, role="engineer", name_zh="林", name_en="Lin", at=START)
        self.corrections, self.exchanges = Corrections(db), MeterExchanges(db)
        by_code = {s.code: s for s in stations.all()}
        super().__init__(db, folder, tuple(by_code[h.code] for h in FEW))
        found = users.get("lin")
        assert found is not None
        self.lin: UserRow = found

    def restart(self) -> None:
        super().restart()
        corrector = Corrector(
            self.lake, self.writer, self.houses, SHANGHAI, self.corrections, self.exchanges,
            Cadence(),
        )  # fmt: skip
        self.housekeeping = Housekeeping(
            self.lake, self.writer, self.houses, SHANGHAI, corrector=corrector
        )

    def live(self, first: int, count: int, polls: int = 30) -> None:
        for minute in range(first, first + count):
            start = T0 + minute * MINUTE
            self.now = START + timedelta(minutes=minute + 1, seconds=1)
            self.flusher.flush(start, said(start, self.houses, polls=polls).frames)
            self.housekeeping.run(self.now)

    def keep(self) -> None:
        self.now += timedelta(seconds=1)
        self.housekeeping.run(self.now)

    def correct(self, code: str, minute: float, length: float, value: float | None) -> int:
        start = START + timedelta(minutes=minute)
        id = self.corrections.make(
            self.lin, self.houses[0], code, start, start + timedelta(minutes=length), value,
            "表计读数抄错", self.now,
        )  # fmt: skip
        self.keep()
        return id

    def undo(self, id: int) -> None:
        self.corrections.undo(self.lin, id, self.now)
        self.keep()

    def picture(self) -> dict[str, pl.DataFrame]:
        """All rows of all datasets; the mark apart."""
        keys = {
            "pump_day": ["station", "ts", "zone", "pump", "bin"],
            "set_day": ["station", "ts", "zone", "running", "bin"],
            "flags": ["station", "ts", "point"],
        }
        found = {}
        for dataset in DATASETS:
            frame = self.table(dataset, *keys.get(dataset, ["station", "ts"]))
            empty = [c for c in frame.columns if frame[c].is_null().all()]
            found[dataset] = frame.drop(empty).drop(MARK, strict=False)
        return found

    def mark(self, dataset: str) -> float:
        frame = self.table(dataset)
        return float(frame[MARK].sum() or 0.0) if MARK in frame.columns else 0.0

    def row(self, dataset: str, minute: int) -> dict[str, float]:
        frame = self.table(dataset).filter(
            (pl.col("station") == self.houses[0].id) & (pl.col("ts") == T0 + minute * MINUTE)
        )
        return frame.row(0, named=True)


@pytest.fixture(scope="module")
def made(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corrected")
    shutil.copy(_sqlite_template, folder / "records.db")
    db = Database(f"sqlite:///{folder / 'records.db'}")
    Town(db, folder).live(0, LENGTH, polls=4)
    db.close()
    return folder


@pytest.fixture
def town(made: Path, tmp_path: Path) -> Iterator[Town]:
    shutil.copytree(made, tmp_path / "town")
    db = Database(f"sqlite:///{tmp_path / 'town' / 'records.db'}")
    found = Town(db, tmp_path / "town", fresh=False)
    found.now = START + timedelta(minutes=LENGTH, seconds=1)
    found.keep()
    yield found
    db.close()


def same(a: dict[str, pl.DataFrame], b: dict[str, pl.DataFrame], *datasets: str) -> None:
    for name in datasets or DATASETS:
        assert_frame_equal(a[name], b[name], check_column_order=False, check_exact=True)


def test_one_sample_moves_every_figure_that_stands_on_it(town: Town) -> None:
    before = town.picture()
    raw = [town.table(d) for d in ("fast", "slow")]
    samples = town.table("fast").filter(pl.col("station") == town.houses[0].id)
    at = samples["ts"].to_list()[100]
    minute = (at - T0) / MINUTE
    id = town.correct("L.Q_OUT", minute, 0.001, 33.3)  # 60 ms: one sample of four in its minute
    after = town.picture()
    for name in ("minute", "quarter", "hour", "station_day"):
        assert not after[name].equals(before[name]), name
    whole = int(minute)
    own = samples.filter(pl.col("ts") // MINUTE == at // MINUTE)["L.Q_OUT"].to_list()
    values = [v for v, ts in zip(own, samples.filter(pl.col("ts") // MINUTE == at // MINUTE)["ts"],
                                 strict=True) if ts != at]  # fmt: skip
    unit = float(point("L.Q_OUT").resolution)
    now = town.row("minute", whole)
    assert now["L.Q_OUT"] / 100 * unit == pytest.approx(
        (sum(values) * unit + 33.3) / len(own), abs=0.001
    )
    quarter = whole - whole % 15
    rows = [town.row("minute", m)["F.volume"] for m in range(quarter, quarter + 15)]
    assert town.row("quarter", quarter)["F.volume"] == pytest.approx(sum(rows))
    assert town.mark("minute") == town.mark("quarter") == town.mark("hour") == 60.0
    assert town.mark("station_day") == 60.0
    assert [town.table(d).equals(old) for d, old in zip(("fast", "slow"), raw, strict=True)] == [
        True, True,
    ], "the lake must keep what it got"  # fmt: skip
    flags = town.table("flags", "station", "ts").filter(pl.col("flag") == Flag.MANUAL)
    assert flags["ts"].to_list() == [at] and flags["point"].to_list() == ["L.Q_OUT"]
    assert flags["raw"].to_list() == [samples.filter(pl.col("ts") == at)["L.Q_OUT"].item()]
    [row] = town.corrections.all(town.lin.scope)
    assert (row.state, row.applied_at) == ("applied", town.now)
    town.undo(id)
    same(town.picture(), before)
    assert town.mark("minute") == town.mark("station_day") == 0
    assert town.manifest.live("got_minute") == []
    assert town.corrections.all(town.lin.scope)[0].state == "undone"


def test_missing_is_missing_not_zero(town: Town) -> None:
    before = town.picture()
    id = town.correct("L.P_OUT", 20, 15, None)
    row = town.row("minute", 25)
    assert [row[f"L.P_OUT{end}"] for end in ("", ".min", ".max")] == [None] * 3
    assert row["F.demanded_s"] <= 60 and row["F.pressure_ok_s"] == 0
    assert town.mark("station_day") == 15 * 60
    flags = town.table("flags", "station", "ts").filter(pl.col("point") == "L.P_OUT")
    assert (flags["flag"] == Flag.BAD_SENSOR).sum() >= 4 * 15
    town.undo(id)
    same(town.picture(), before)


def test_overlapping_corrections_undone_in_any_order(town: Town) -> None:
    before = town.picture()
    first = town.correct("L.Q_OUT", 30, 20, 12.0)
    one = town.picture()
    second = town.correct("L.Q_OUT", 40, 20, 24.0)
    assert town.row("minute", 35)["L.Q_OUT"] * float(point("L.Q_OUT").resolution) / 100 == 12.0
    assert town.row("minute", 45)["L.Q_OUT"] * float(point("L.Q_OUT").resolution) / 100 == 24.0
    town.undo(second)
    same(town.picture(), one)
    third = town.correct("EL.P", 35, 1, None)
    town.undo(first)
    town.undo(third)
    same(town.picture(), before)


def test_a_wrong_counter_reading_gives_the_energy_back_to_its_minutes(town: Town) -> None:
    before = town.picture()
    at = 50
    good = town.row("minute", at)["EL.E"]
    unit = float(point("EL.E").resolution)
    total = town.table("quarter").filter(pl.col("station") == town.houses[0].id)["EL.E.inc"].sum()
    id = town.correct("EL.E", at, 1, (good + 3) * unit)
    assert town.row("minute", at)["EL.E"] == good + 3
    assert town.row("minute", at)["EL.E.inc"] == before_inc(before, town, at) + 3
    # what one minute gained the counter gives back: it stood 3 too high, the next reading is
    # within its jitter or below
    assert town.row("minute", at)["F.energy"] == pytest.approx(
        town.row("minute", at)["EL.E.inc"] * unit
    )
    assert town.mark("hour") >= 60
    town.undo(id)
    same(town.picture(), before)
    again = town.table("quarter").filter(pl.col("station") == town.houses[0].id)["EL.E.inc"].sum()
    assert again == total


def before_inc(picture: dict[str, pl.DataFrame], town: Town, minute: int) -> int:
    row = picture["minute"].filter(
        (pl.col("station") == town.houses[0].id) & (pl.col("ts") == T0 + minute * MINUTE)
    )
    found: int = row["EL.E.inc"].item()
    return found


def test_an_exchange_of_the_meter_overrides_the_difference(town: Town) -> None:
    unit = float(point("EL.E").resolution)
    last, now = (town.row("minute", m)["EL.E"] for m in (59, 60))
    town.exchanges.make(
        town.lin, town.houses[0], "EL.E", START + timedelta(minutes=60), (last + 7) * unit,
        (now - 2) * unit, "换表", town.now,
    )  # fmt: skip
    town.keep()
    assert town.row("minute", 60)["EL.E.inc"] == 7 + 2
    assert town.row("minute", 60)["F.energy"] == pytest.approx(9 * unit)
    hour = town.table("minute").filter(
        (pl.col("station") == town.houses[0].id) & (pl.col("ts") >= T0 + 60 * MINUTE)
        & (pl.col("ts") < T0 + 120 * MINUTE)
    )["EL.E.inc"].sum()  # fmt: skip
    assert town.row("hour", 60)["EL.E.inc"] == hour


def test_an_exchange_that_is_taken_back_leaves_the_rows_as_they_were(town: Town) -> None:
    unit = float(point("EL.E").resolution)
    house = town.houses[0]
    before = {tier: town.row(tier, 60)["EL.E.inc"] for tier in ("minute", "quarter", "hour")}
    last, now = (town.row("minute", m)["EL.E"] for m in (59, 60))
    id = town.exchanges.make(
        town.lin, house, "EL.E", START + timedelta(minutes=60), (last + 7) * unit,
        (now - 2) * unit, "换表", town.now,
    )  # fmt: skip
    town.keep()
    assert town.row("minute", 60)["EL.E.inc"] != before["minute"]
    town.exchanges.undo(town.lin, id, town.now)
    [row] = town.exchanges.all(town.lin.scope, house.id)
    assert (row.state, row.undone_by, row.note) == ("undoing", town.lin.username, "换表")
    town.keep()
    assert {t: town.row(t, 60)["EL.E.inc"] for t in before} == before
    assert town.exchanges.all(town.lin.scope)[0].state == "undone"
    assert town.exchanges.of(house.id) == () == town.exchanges.waiting()
    with pytest.raises(Refused, match="undone"):
        town.exchanges.undo(town.lin, id, town.now)


def test_late_data_do_not_wash_a_correction_away(made: Path, tmp_path: Path,
                                                 _sqlite_template: Path) -> None:  # fmt: skip
    shutil.copy(_sqlite_template, tmp_path / "records.db")
    db = Database(f"sqlite:///{tmp_path / 'records.db'}")
    town = Town(db, tmp_path)
    town.live(0, 5, polls=4)
    late = T0 + 5 * MINUTE
    answers = said(late, town.houses, polls=4).frames
    town.now = START + timedelta(minutes=6, seconds=1)
    town.flusher.flush(late, [f for f in answers if f.station == town.houses[1].id])
    town.live(6, 20, polls=4)
    plain = Town(_copy(town, tmp_path / "plain"), tmp_path / "plain", fresh=False)
    id = town.correct("L.Q_OUT", 4, 3, 20.0)
    for each in (town, plain):
        each.restart()  # a counter's late reading counts when it is younger than the one before
        each.now = START + timedelta(minutes=26, seconds=1)
        each.flusher.flush(late, answers)
        each.keep()
    unit = float(point("L.Q_OUT").resolution)
    assert town.row("minute", 5)["L.Q_OUT"] * unit / 100 == 20.0
    assert town.row("minute", 5)["polls"] == 4
    town.keep()
    assert town.mark("quarter") == 180.0
    town.undo(id)
    same(town.picture(), plain.picture())
    db.close()
    plain.db.close()


def _copy(town: Town, folder: Path) -> Database:
    shutil.copytree(town.root, folder / "lake")
    with town.db.engine.connect() as link:
        link.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(folder.parent / "records.db", folder / "records.db")
    return Database(f"sqlite:///{folder / 'records.db'}")


def test_where_raw_rows_are_gone_the_minutes_stand_for_them(town: Town) -> None:
    files = town.manifest.live(["fast", "slow", "flags"])
    town.writer.commit([], files, at=town.now)
    before = town.picture()
    id = town.correct("L.Q_OUT", 30, 15, 40.0)
    unit = float(point("L.Q_OUT").resolution)
    row = town.row("quarter", 30)
    assert row["L.Q_OUT"] * unit / 100 == pytest.approx(40.0)
    assert town.mark("station_day") == 900
    town.undo(id)
    same(town.picture(), before)


def test_where_only_quarters_are_left_they_do(town: Town) -> None:
    files = town.manifest.live(["fast", "slow", "flags", "minute"])
    town.writer.commit([], files, at=town.now)
    before = town.picture()
    id = town.correct("L.Q_OUT", 37.5, 22.5, 40.0)
    unit = float(point("L.Q_OUT").resolution)
    old = before["quarter"].filter(
        (pl.col("station") == town.houses[0].id) & (pl.col("ts") == T0 + 30 * MINUTE)
    )["L.Q_OUT"].item()  # fmt: skip
    assert town.row("quarter", 30)["L.Q_OUT"] == pytest.approx(old / 2 + 40 / unit * 50, abs=1)
    assert town.row("quarter", 45)["L.Q_OUT"] * unit / 100 == pytest.approx(40.0)
    assert town.mark("station_day") == 1800
    town.undo(id)
    same(town.picture(), before)


def test_others_are_left_alone(town: Town) -> None:
    def others() -> dict[str, pl.DataFrame]:
        mine = pl.col("station") == town.houses[1].id
        return {k: f.filter(mine) for k, f in town.picture().items() if f.height}

    before = others()
    town.correct("L.Q_OUT", 10, 60, 5.0)
    after = others()
    for name, frame in before.items():
        both = [c for c in frame.columns if c in after[name].columns]
        assert_frame_equal(frame.select(both), after[name].select(both), check_exact=True)


def test_a_restart_between_applies_once(town: Town) -> None:
    start = START + timedelta(minutes=10)
    town.corrections.make(
        town.lin, town.houses[0], "L.Q_OUT", start, start + timedelta(minutes=5), 9.0, "x", town.now
    )
    town.restart()
    town.keep()
    once = town.picture()
    town.restart()
    town.keep()
    same(town.picture(), once)
    assert town.corrections.waiting() == ()


def test_versions_count_what_people_did(town: Town) -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    id = town.correct("L.Q_OUT", 10, 5, 5.0)
    ids = [s.id for s in town.houses]
    assert town.corrections.revisions(ids, day, day + timedelta(days=1)) == {ids[0]: 1}
    town.undo(id)
    assert town.corrections.revisions(ids, day, day + timedelta(days=1)) == {ids[0]: 2}
    assert town.corrections.revisions(ids, day - timedelta(days=2), day) == {}
