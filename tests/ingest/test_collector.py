"""The collector as a program: real gateways, real processes, kill -9."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import polars as pl
import pytest
import uvloop

from data.catalogue.rules import rules
from data.database import Database
from data.lake import Lake
from data.lake_writer import LakeWriter
from data.manifest import Manifest
from data.settings import Settings
from data.snapshot import SnapshotReader
from data.stations import DistrictRow, SetRow, StationRow, Stations
from data.status import Status
from data.stores import open_stores
from ingest.__main__ import landing, main
from ingest.alarming import Alarming
from ingest.collector import Collector
from ingest.figures import Figures
from ingest.fleet import Fleet
from ingest.flush import Flusher
from ingest.frames import BLOCKS
from ingest.journal import Journal
from tests.ingest.stand_in import StandIn, silent

R = TypeVar("R")
KILLS = int(os.environ.get("PUMPHOUSE_TEST_KILLS", "3"))
"""`kill -9` at so many random moments."""
DISTRICT = DistrictRow(1, "east", "东区", "East")


def station(number: int, port: int, profile: str = "chengshui") -> StationRow:
    sets = (SetRow("L", 2, 1, 11, 300, 36.0, 0.5, 16.0, 60.0, 5.5, 11.3),)
    return StationRow(
        0, f"S{number}", f"泵房{number}", f"House {number}", 1, "TANK_VFD", 1, profile,
        "127.0.0.1", port, 1, sets=sets,
    )  # fmt: skip


def environment(var: Path, **more: str) -> dict[str, str]:
    own = {
        "VAR": str(var), "POLL_SECONDS": "0.5", "SLOW_SECONDS": "3", "TIMEOUT_SECONDS": "0.4",
        "LOG_JSON": "true",
    }  # fmt: skip
    ours = {f"PUMPHOUSE_{name}": value for name, value in (own | more).items()}
    return {k: v for k, v in os.environ.items() if not k.startswith("PUMPHOUSE_")} | ours


@contextmanager
def collector(var: Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m ingest`; its log goes to VAR/log."""
    with (var / "log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ingest"], env=environment(var, **more), stderr=log, text=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(10)


def wait_for(look: Callable[[], R | None], seconds: float = 20.0) -> R:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not seen within {seconds} s")


def stop(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(20)


def acknowledged(file: Path) -> set[tuple[int, ...]]:
    """(station, block, ms) of every whole line; a kill may cut the last one short."""
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    return {tuple(map(int, line.split())) for line in lines if line.endswith("\n")}


def test_from_registers_to_snapshot_status_and_a_clean_end(
    sqlite: Database, tmp_path: Path
) -> None:
    with StandIn() as one, StandIn() as two:
        rows = [station(1, one.port), station(2, two.port), station(3, 21500, "nobody's")]
        Stations(sqlite).save([DISTRICT], rows)
        reader, status = SnapshotReader(tmp_path / "live.arrow"), Status(sqlite)

        def online(*want: bool) -> bool:
            found = reader.read()
            return found is not None and found.online.tolist() == list(want)

        with collector(tmp_path, ACK_LOG=str(tmp_path / "acks")) as process:
            wait_for(lambda: online(True, True))
            facts, _ = wait_for(lambda: status.get("collector"))
            assert [p["station"] for p in facts["problems"]] == ["S3"]
            assert "no such profile" in facts["problems"][0]["why"]
            assert facts["stations"] == facts["online"] == 2
            assert facts["missed_cycles"] == 0
            assert facts["first_sweep_s"] > 0
            two.answer = silent
            lost = time.monotonic()
            wait_for(lambda: online(True, False), 10)
            assert time.monotonic() - lost < 10
            with collector(tmp_path) as second:
                assert second.wait(20) == 1
            assert stop(process) == 0
    assert "another collector is writing the journal" in (tmp_path / "log").read_text()
    journal = Journal(tmp_path / "journal")
    segments = journal.segments(before=2**62)
    frames = [f for paths in segments.values() for f in journal.read(paths)]
    journal.close()
    told = acknowledged(tmp_path / "acks")
    assert {(f.station, f.block, f.ms) for f in frames} <= told
    assert len(told) > 20


def in_the_lake(db: Database, root: Path) -> list[tuple[int, int, int]]:
    """(station, block, ms) of every raw row, read with nothing but Polars."""
    found = []
    for block, name in enumerate(BLOCKS):
        for file in Manifest(db).live(name):
            rows = pl.read_parquet(root / file.path).select("station", "ts").rows()
            found += [(row[0], block, row[1]) for row in rows]
    return found


def test_kill_9_at_any_moment_loses_no_acknowledged_frame(sqlite: Database, tmp_path: Path) -> None:
    """What was acknowledged is in the lake afterwards, once, also when a minute whose files are
    committed already comes again from a journal that wasn't dropped any more."""
    with StandIn() as house:
        Stations(sqlite).save(
            [DISTRICT], [station(1, house.port), replace(station(2, house.port), unit=2)]
        )
        for _ in range(KILLS):
            before = len(acknowledged(tmp_path / "acks"))
            with collector(tmp_path, ACK_LOG=str(tmp_path / "acks")) as process:
                wait_for(lambda b=before: len(acknowledged(tmp_path / "acks")) > b + 4)  # type: ignore[misc]
                time.sleep(random.uniform(0, 2.5))
                process.kill()
                process.wait(10)
    told = acknowledged(tmp_path / "acks")
    manifest = Manifest(sqlite)
    lake = Lake(tmp_path / "lake", manifest)
    journal = Journal(tmp_path / "journal")
    for again in (False, True):
        flusher = Flusher(lake, LakeWriter(lake.root, manifest), Stations(sqlite).all())
        for minute, paths in journal.segments(before=2**62).items():
            flusher.flush(minute, journal.read(paths))
            if again:
                journal.drop(paths)
        found = in_the_lake(sqlite, lake.root)
        assert len(found) == len(set(found))
        assert told <= set(found)
    assert journal.segments(before=2**62) == {}
    journal.close()


def test_without_stations_it_says_so_and_waits(sqlite: Database, tmp_path: Path) -> None:
    with collector(tmp_path) as process:
        wait_for(lambda: "no station can be polled" in (tmp_path / "log").read_text())
        assert stop(process) == 0


def test_a_new_station_starts_the_fleet_anew(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.collector.REPORT", 0.2)
    monkeypatch.setattr("ingest.collector.LOOK", 0.2)
    monkeypatch.setattr("data.stations.CACHE_SECONDS", 0.0)
    stores = open_stores(Settings(var=tmp_path, poll_seconds=0.2))
    with StandIn() as house:
        stores.stations.save([DISTRICT], [station(1, house.port)])

        async def run() -> Collector:
            fleet = Fleet(stores.stations.all())
            journal = Journal(tmp_path / "journal")
            alarming = Alarming(stores, fleet, rules())
            now = datetime.now(UTC)
            found = Collector(
                stores, journal, fleet, (), alarming,
                landing(stores, journal, fleet), Figures(now),
            )  # fmt: skip
            work = asyncio.create_task(found.run())
            await asyncio.sleep(1)
            assert not found.changed
            stores.stations.save([], [replace(station(2, house.port), unit=2)])
            async with asyncio.timeout(20):
                await work
            journal.close()
            return found

        assert uvloop.run(run()).changed
    stores.close()


@pytest.mark.parametrize("name", ["journal", ""])
def test_a_place_that_cannot_be_written_is_an_error_in_words(
    name: str,
    sqlite: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    var = tmp_path / "var"
    var.mkdir()
    blocked = var / name if name else var / "deeper"
    blocked.write_text("a file where a folder must be")
    monkeypatch.setenv("PUMPHOUSE_VAR", str(var if name else blocked))
    assert main() == 1
    assert "can't" in capfd.readouterr().err
