"""kill -9 in the middle of flushing and keeping: every frame is in the lake once, none twice."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from data.database import Database
from tests.ingest.houses import MINUTE, START, T0, Place, said
from tests.ingest.test_compaction import FEW, Town

MINUTES = 17
KILLS = 3
FLUSHES = """
import sys
from datetime import timedelta
from pathlib import Path
from data.database import Database
from tests.ingest.houses import MINUTE, START, T0, said
from tests.ingest.test_compaction import FEW, Town

folder, minutes = Path(sys.argv[1]), int(sys.argv[2])
journal = folder / "journal"  # a file for each minute that waits, as the journal has them
town = Town(Database(f"sqlite:///{folder / 'pumphouse.db'}"), folder, FEW)
print("ready", flush=True)
for segment in sorted(journal.iterdir(), key=lambda f: int(f.name)):
    minute = int(segment.name)
    town.now = START + timedelta(minutes=minute + 1, seconds=1)
    town.flusher.flush(T0 + minute * MINUTE, said(T0 + minute * MINUTE, FEW, polls=2).frames)
    segment.unlink()
    town.housekeeping.run(town.now)
print("done", flush=True)
"""


def test_killed_at_any_moment_nothing_is_lost_or_doubled(sqlite: Database, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    journal.mkdir()
    for minute in range(MINUTES):
        (journal / str(minute)).touch()
    chance = random.Random(3)
    for _ in range(KILLS):
        process = _start(tmp_path)
        time.sleep(chance.uniform(0.0, 1.0))
        process.kill()
        process.communicate()
    process = _start(tmp_path)
    assert process.communicate(timeout=120)[0].split() == ["done"]
    assert not any(journal.iterdir())

    town = Town(sqlite, tmp_path, FEW)
    town.now = START + timedelta(minutes=MINUTES + 1)
    town.housekeeping.run(town.now)
    _assert_all(town)


def _start(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", FLUSHES, str(folder), str(MINUTES)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def _assert_all(place: Place) -> None:
    for dataset, polls in (("fast", 2), ("slow", 1)):
        table = place.table(dataset)
        want = {
            (station, ts)
            for minute in range(MINUTES)
            for block, station, ts in said(T0 + minute * MINUTE, FEW, polls=2).truth
            if block == dataset
        }
        assert len(want) == MINUTES * polls * len(FEW)
        assert sorted(table.select("station", "ts").rows()) == sorted(want)
    minutes = place.table("minute")
    assert minutes.height == MINUTES * len(FEW)
    assert set(minutes["polls"]) == {2}
    quarter = place.table("quarter")
    assert quarter["polls"].to_list() == [30] * len(FEW)
    assert quarter["F.expected_s"].to_list() == [900.0] * len(FEW)
