"""Readers in another process while files come, merge and go: no error, no row twice, none lost."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from data.database import Database
from data.lake import Lake
from data.lake_writer import LakeWriter
from data.manifest import FileRow, Manifest

STATIONS, POLLS = 20, 10
T0 = 1_767_225_600_000
READER = """
import sys
from pathlib import Path
import duckdb
from data.database import Database
from data.lake import Lake
from data.manifest import Manifest

url, root, polls = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
manifest = Manifest(Database(url))
lake = Lake(root, manifest)
print("ready", flush=True)
reads = most = 0
while not (root / "done").exists():
    files = manifest.live("fast")
    if not files:
        continue
    paths = [str(root / f.path) for f in files]
    total, distinct = duckdb.sql(
        f"select count(*), count(distinct (station, ts)) from read_parquet({paths})"
    ).fetchone()
    rows = lake.rows("fast", "X-0-0-00", 0, 1 << 60, ["L.P_OUT"])
    seen = len(rows["ts"])
    assert total == distinct == sum(f.rows for f in files), (total, distinct)
    assert total % polls == 0 and seen % polls == 0 and total >= most and seen >= total
    assert (rows["L.P_OUT"] == rows["ts"] % 1000).all()
    most, reads = seen, reads + 1
print(reads, most, flush=True)
"""


def test_readers_never_see_a_torn_lake(sqlite: Database, tmp_path: Path) -> None:
    root = tmp_path / "lake"
    manifest = Manifest(sqlite)
    writer = LakeWriter(root, manifest)
    root.mkdir()
    command = [sys.executable, "-c", READER, sqlite.url.render_as_string(), str(root)]
    readers = [
        subprocess.Popen([*command, str(STATIONS * POLLS)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n"
        written = _write_and_merge(writer, manifest, pieces=60)
        (root / "done").touch()
        answers = [reader.communicate(timeout=60)[0].split() for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
    assert [reader.returncode for reader in readers] == [0, 0]
    assert all(int(reads) >= 3 for reads, _ in answers)
    assert len(Lake(root, manifest).rows("fast", "X-0-0-00", 0, 1 << 60)["ts"]) == written
    swept = {f.relative_to(root).as_posix() for f in root.rglob("*.parquet")}
    assert len(swept) < 60, "retired files went while it ran"


def _write_and_merge(writer: LakeWriter, manifest: Manifest, pieces: int) -> int:
    """Pieces, every tenth followed by a merge and a sweep; returns the rows written."""
    rows = 0
    for number in range(pieces):
        ts = np.tile(T0 + number * 60_000 + np.arange(POLLS) * 2000, STATIONS)
        table = {
            "station": np.repeat(np.arange(STATIONS), POLLS),
            "ts": ts,
            "L.P_OUT": ts % 1000,
        }
        with writer.change(_now) as change:
            change.write("fast", "X-0-0-00", "piece", table)
        rows += len(ts)
        if number % 10 == 9:
            old: list[FileRow] = manifest.live("fast")
            with writer.change(_now) as change:
                change.merge(old, "hour")
            writer.sweep(_now(), grace_seconds=3.0)
    return rows


def _now() -> datetime:
    return datetime.now(UTC)
