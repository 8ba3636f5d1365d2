"""Between the flushes: rollups cascade, days are told, files merge, old ones go."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from analytics.rollups import cascade
from data.catalogue.points import columns
from data.database import Database
from data.manifest import FileRow
from ingest.cascade import QUARTER, due
from ingest.compaction import LADDER, Housekeeping, Kept, period, tasks
from ingest.days import bounds, day_of
from tests.ingest.houses import HOUSES, MINUTE, START, T0, Place, said

SHANGHAI = ZoneInfo("Asia/Shanghai")
FEW = HOUSES[2:4]
TODAY = date(2026, 3, 1)


class Town(Place):
    """A place that is flushed and kept, minute by minute."""

    def restart(self) -> None:
        super().restart()
        self.housekeeping = Housekeeping(self.lake, self.writer, self.houses, SHANGHAI)

    def live(self, first: int, count: int) -> Iterator[Kept]:
        """Minutes first .. first + count, 3 polls of each station in each."""
        for minute in range(first, first + count):
            start = T0 + minute * MINUTE
            self.now = START + timedelta(minutes=minute + 1, seconds=1)
            self.flusher.flush(start, said(start, self.houses, polls=3).frames)
            yield self.housekeeping.run(self.now)

    def rows(self, dataset: str, group: str) -> dict[str, np.ndarray]:
        return self.lake.rows(dataset, group, T0, T0 + 86_400_000)

    def expected(self) -> list[float]:
        """Seconds that today's facts speak of, a station."""
        found: list[float] = self.lake.facts("station_day", TODAY, TODAY)["F.expected_s"].to_list()
        return found


@dataclass(frozen=True)
class Hour:
    """66 minutes of two stations, made once."""

    folder: Path
    kept: list[Kept]
    expected: list[list[float]]
    """Town.expected after each minute from the first quarter on."""


@pytest.fixture(scope="module")
def hour(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Hour:
    folder = tmp_path_factory.mktemp("hour")
    shutil.copy(_sqlite_template, folder / "records.db")
    db = Database(f"sqlite:///{folder / 'records.db'}")
    town = Town(db, folder, FEW)
    made = Hour(folder, [], [])
    for kept in town.live(0, 66):
        made.kept.append(kept)
        if len(made.kept) in (16, 31):
            made.expected.append(town.expected())
    db.close()
    return made


@pytest.fixture
def place(hour: Hour, tmp_path: Path) -> Iterator[Town]:
    """A copy of that hour, with a collector that has just started."""
    shutil.copytree(hour.folder, tmp_path / "town")
    db = Database(f"sqlite:///{tmp_path / 'town' / 'records.db'}")
    town = Town(db, tmp_path / "town", FEW)
    town.now = START + timedelta(minutes=66, seconds=1)
    yield town
    db.close()


def assert_cascaded(place: Town) -> None:
    """Every quarter and hour row is what its finer rows say now."""
    for group in {f.group for f in place.manifest.live("minute")}:
        layout = next(h.layout for h in FEW if group.startswith(f"{h.layout.key}-"))
        kinds = {c.code: c.point.rollup for c in columns(layout)}
        slow = frozenset(c.code for c in columns(layout) if c.point.block == "slow")
        for source, target, step in (
            ("minute", "quarter", QUARTER),
            ("quarter", "hour", 4 * QUARTER),
        ):
            found = place.rows(target, group)
            want = cascade(place.rows(source, group), kinds, slow, step)
            made = np.isin(want["ts"], found["ts"])
            assert made.any()
            for name, values in want.items():
                if name not in found:
                    assert name.endswith(".n")
                elif values.dtype == np.float64:
                    assert np.allclose(found[name], values[made], equal_nan=True), name
                else:
                    assert found[name].tolist() == values[made].tolist(), name


def test_an_hour_from_minutes_to_merged_files(place: Town, hour: Hour) -> None:
    assert [m for m, kept in enumerate(hour.kept) if kept.steps] == [14, 29, 44, 59]
    for dataset in ("fast", "minute"):
        files = place.manifest.live(dataset, to_ms=T0 + 3_600_000)
        assert [f.span for f in files] == ["hour"] * len(FEW)
    assert place.table("hour")["station"].to_list() == [h.id for h in FEW]
    assert_cascaded(place)
    assert place.table("fast").height == 66 * 3 * len(FEW)
    assert place.table("fast").select("station", "ts").is_unique().all()
    assert hour.kept[-1].waiting == 0


def test_a_days_volume_is_the_end_less_the_start_of_the_counter(place: Town) -> None:
    meter = place.table("minute").filter(station=9)["L.V_OUT"].drop_nulls()
    used = float(np.ptp(meter.to_numpy()[:60])) * 0.01
    hour = place.table("hour").filter(station=9)
    quarters = place.table("quarter").filter(station=9)
    day = place.lake.facts("station_day", TODAY, TODAY, [9])
    assert used > 20
    for volume in (hour["F.volume"], quarters["F.volume"], day["F.volume"]):
        # before its first reading a counter is stood in for by the flow
        assert volume.sum() == pytest.approx(used, abs=0.5)
    assert float(hour["L.V_OUT.inc"].to_numpy().sum()) * 0.01 == pytest.approx(used)
    assert day["F.expected_s"].to_list() == [3600.0]


def test_facts_of_today_grow_each_quarter_and_stand_once(place: Town, hour: Hour) -> None:
    assert hour.expected == [[900.0] * len(FEW), [1800.0] * len(FEW)]
    assert place.expected() == [3600.0] * len(FEW)
    assert place.table("station_day")["station"].to_list() == [h.id for h in FEW]


def test_late_frames_change_every_row_they_touch(place: Town) -> None:
    """A link that comes back after its hour was merged: raw, minute, quarter, hour and day."""
    start = T0 + 20 * MINUTE
    before = place.lake.facts("station_day", TODAY, TODAY, [9])["F.good_n"][0]
    late = said(start, FEW[:1], seed=7).frames
    place.flusher.flush(start, late)
    place.housekeeping.run(place.now)
    minute = place.table("minute").filter(pl.col("ts") == start, station=9)
    assert minute["polls"].to_list() == [33]
    assert_cascaded(place)
    hour = place.table("hour").filter(station=9)
    assert hour["polls"].to_list() == [60 * 3 + 30]
    after = place.lake.facts("station_day", TODAY, TODAY, [9])["F.good_n"][0]
    assert after > before
    assert place.table("minute").select("station", "ts").is_unique().all()
    assert place.table("fast").height == 66 * 3 * len(FEW) + 30


def test_what_a_crash_left_undone_is_done_at_the_next_start(place: Town) -> None:
    """Flushed but never kept, to the end of a quarter; then a new process."""
    for minute in range(66, 75):
        start = T0 + minute * MINUTE
        place.flusher.flush(start, said(start, FEW, polls=2).frames)
    place.restart()
    place.now = START + timedelta(minutes=75, seconds=1)
    assert place.housekeeping.run(place.now).steps == 1
    assert_cascaded(place)
    assert place.expected() == [4500.0] * 2
    assert place.housekeeping.run(place.now).steps == 0


def test_facts_lost_between_rollup_and_day_are_found_at_start(place: Town) -> None:
    place.housekeeping.run(place.now)
    place.writer.commit([], place.manifest.live("station_day"), at=place.now)
    assert place.housekeeping.run(place.now).days == 0
    place.restart()
    assert place.housekeeping.run(place.now).days >= 1
    assert place.expected() == [3600.0] * 2


def test_retired_files_go_and_orphans_of_a_crash_too(place: Town) -> None:
    row = {"station": np.array([1]), "ts": np.array([T0])}
    orphan = place.writer.write("minute", "X-0-0-00", "piece", row)
    files = {f.relative_to(place.root).as_posix() for f in place.root.rglob("*.parquet")}
    assert files == place.manifest.paths() | {orphan.path}
    os.utime(place.root / orphan.path, (START.timestamp(), START.timestamp()))
    for minutes in (1, 4):
        place.housekeeping.run(place.now + timedelta(minutes=minutes))
    files = {f.relative_to(place.root).as_posix() for f in place.root.rglob("*.parquet")}
    assert files == {f.path for f in place.manifest.live(list(LADDER))}
    assert orphan.path not in files


def test_raw_rows_are_kept_for_their_days_only(place: Town) -> None:
    place.housekeeping.run(START + timedelta(days=31))
    assert place.manifest.live(["fast", "slow", "flags"]) == []
    assert place.manifest.live("minute") != []
    place.housekeeping.run(START + timedelta(days=91))
    assert place.manifest.live("minute") == []
    assert place.manifest.live("quarter") != []


def file(id: int, span: str, hour: float, dataset: str = "fast", hours: float = 0.01) -> FileRow:
    low = T0 + round(hour * 3_600_000)
    high = low + round(hours * 3_600_000) - 1
    return FileRow(dataset, "g-00", f"{id}", low, high, 1, 1, 1, 1, span, id=id)


def chosen(files: list[FileRow], hours: float) -> list[tuple[str, list[int]]]:
    return [
        (task.span, [f.id for f in task.files])
        for task in tasks(files, START + timedelta(hours=hours))
    ]


def test_which_files_merge() -> None:
    pieces = [file(1, "piece", 0.0), file(2, "piece", 0.2), file(3, "piece", 0.3)]
    assert chosen(pieces, 0.25) == []
    assert chosen(pieces, 0.3) == [("quarter", [1, 2])]
    merged = [file(4, "quarter", 0.0, hours=0.25), file(3, "piece", 0.3)]
    assert chosen(merged, 0.5) == []
    assert chosen([*merged, file(5, "piece", 0.2)], 0.5) == [("quarter", [4, 5])], "late ones too"
    quarters = [file(i, "quarter", i / 4, hours=0.25) for i in range(4)]
    assert chosen(quarters, 1.04) == []
    assert chosen(quarters, 1.06) == [("hour", [0, 1, 2, 3])]


def test_days_and_months_merge_after_their_end() -> None:
    day = [file(1, "hour", 0, hours=1), file(2, "hour", 1, hours=1)]
    assert chosen(day, 16.4) == []
    assert chosen(day, 16.6) == [("day", [1, 2])]
    assert chosen([file(3, "day", 0, hours=15)], 40) == []
    assert chosen([*day, file(4, "piece", 2)], 17) == [("quarter", [4])], "the smaller merge first"
    march = [file(5, "day", 0, "hour", 15), file(6, "day", 16, "hour", 24)]
    assert chosen(march, 24 * 32) == []
    assert chosen(march, 24 * 34) == [("month", [5, 6])]


def test_a_file_that_reaches_out_of_the_period_stays() -> None:
    assert chosen([file(1, "piece", 0.2, hours=0.1), file(2, "piece", 0.1)], 5) == [
        ("quarter", [2])
    ]


def test_due_steps() -> None:
    pieces = [file(1, "piece", 0.0), file(2, "piece", 0.2), file(3, "piece", 0.26)]
    assert due(pieces, QUARTER, T0 + QUARTER - 1) == []
    assert due(pieces, QUARTER, T0 + QUARTER) == [(T0, "g-00")]
    assert due([file(1, "piece", 0.1, hours=0.5)], QUARTER, T0 + 2 * QUARTER) == [
        (T0, "g-00"),
        (T0 + QUARTER, "g-00"),
    ]


def test_periods_and_local_days() -> None:
    ms = round(datetime(2026, 12, 31, 23, 59, tzinfo=UTC).timestamp() * 1000)
    assert period("month", ms) == (
        datetime(2026, 12, 1, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert period("hour", ms)[0].hour == 23
    assert day_of(ms, SHANGHAI) == date(2027, 1, 1)
    berlin = ZoneInfo("Europe/Berlin")
    spring = bounds(date(2026, 3, 29), berlin)
    assert (spring.end - spring.start) / 3_600_000 == 23
    assert (spring.night[1] - spring.night[0]) / 3_600_000 == 3, "02:00 to 03:00 doesn't exist"
    assert (
        bounds(date(2026, 10, 25), berlin).end - bounds(date(2026, 10, 25), berlin).start
        == 25 * 3_600_000
    )
