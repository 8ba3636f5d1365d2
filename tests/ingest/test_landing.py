"""Minutes of the journal on their way to the lake."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from data.database import Database
from data.lake import Lake
from data.lake_writer import LakeWriter
from data.manifest import Manifest
from ingest.compaction import Housekeeping
from ingest.flush import Flusher
from ingest.frames import FAST, SLOW
from ingest.journal import MINUTE, Journal
from ingest.landing import Landing
from tests.ingest.test_fleet import CITY, frame

START = 1_800_000_000_000 // MINUTE * MINUTE


def landing(db: Database, var: Path, journal: Journal, now_ms: int) -> tuple[Landing, Lake]:
    manifest = Manifest(db)
    lake = Lake(var / "lake", manifest)
    writer = LakeWriter(lake.root, manifest)
    keep = Housekeeping(lake, writer, CITY, ZoneInfo("UTC"))
    return Landing(journal, Flusher(lake, writer, CITY), keep, now_ms), lake


def rows(lake: Lake, dataset: str) -> list[tuple[int, int]]:
    files = [pl.read_parquet(lake.root / f.path) for f in lake.manifest.live(dataset)]
    return sorted(row for file in files for row in file.select("station", "ts").rows())


def write(journal: Journal, *at: int) -> None:
    for ms in at:
        journal.append([frame(CITY[0], FAST, ms), frame(CITY[0], SLOW, ms)])
        journal.sync()


def settle(landing: Landing, now_ms: int) -> int:
    steps = 0
    while landing.step(now_ms):
        steps += 1
        assert steps < 20
    return steps


def test_a_minute_lands_when_it_is_over_and_not_before(sqlite: Database, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    boat, lake = landing(sqlite, tmp_path, journal, START + 10_000)
    write(journal, START + 1000, START + 3000)
    settle(boat, START + MINUTE - 1)
    assert rows(lake, "fast") == []
    settle(boat, START + MINUTE)
    assert rows(lake, "fast") == [(5, START + 1000), (5, START + 3000)]
    assert rows(lake, "slow") == rows(lake, "fast")
    assert journal.segments(before=2**62) == {}
    journal.close()


def test_what_an_earlier_run_left_lands_first(sqlite: Database, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    write(journal, START - 5 * MINUTE, START - 3 * MINUTE, START + 100)
    boat, lake = landing(sqlite, tmp_path, journal, START + 200)
    assert boat.step(START + 300)
    assert rows(lake, "fast") == [(5, START - 5 * MINUTE)]
    settle(boat, START + 300)
    assert len(rows(lake, "fast")) == 2
    settle(boat, START + MINUTE)
    assert len(rows(lake, "fast")) == 3
    journal.close()


def test_a_minute_of_silence_is_a_fact(sqlite: Database, tmp_path: Path) -> None:
    """Three whole minutes of this run, in the middle one nobody answered; the one that was
    under way when it started is no fact."""
    journal = Journal(tmp_path / "journal")
    boat, lake = landing(sqlite, tmp_path, journal, START - 1000)
    write(journal, START + 1000, START + 2 * MINUTE + 1000)
    settle(boat, START + 3 * MINUTE)
    minutes = {ts for _, ts in rows(lake, "minute")}
    assert minutes == {START, START + MINUTE, START + 2 * MINUTE}
    journal.close()


def test_a_lake_that_cannot_be_written_keeps_the_journal(sqlite: Database, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    boat, lake = landing(sqlite, tmp_path, journal, START)
    write(journal, START + 1000)
    lake.root.write_text("a file where the lake must be")
    for _ in range(2):
        with pytest.raises(OSError, match="lake"):
            boat.step(START + MINUTE)
    assert len(journal.segments(before=2**62)) == 1
    lake.root.unlink()
    settle(boat, START + MINUTE)
    assert rows(lake, "fast") == [(5, START + 1000)]
    assert journal.segments(before=2**62) == {}
    journal.close()
