"""Readers in another process while files come, merge and go: no error, no row twice, none lost."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from data.database import Database
from data.lake import Lake
from data.lake_writer import LakeWriter
from data.manifest import FileRow, Manifest

STATIONS, POLLS = 20, 10
LEAST, READS = 40, 8
GRACE = 10.0
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
    (root / f"{sys.argv[4]}.reads").write_text(str(reads))
"""


def test_readers_never_see_a_torn_lake(sqlite: Database, tmp_path: Path) -> None:
    root = tmp_path / "lake"
    manifest = Manifest(sqlite)
    writer = LakeWriter(root, manifest)
    root.mkdir()
    command = [sys.executable, "-c", READER, sqlite.url.render_as_string(), str(root)]
    readers = [
        subprocess.Popen([*command, str(STATIONS * POLLS), name], stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n"
        written = _write_and_merge(writer, manifest)
        (root / "done").touch()
    finally:
        for reader in readers:
            reader.communicate(timeout=60)
    assert [reader.returncode for reader in readers] == [0, 0]
    assert len(Lake(root, manifest).rows("fast", "X-0-0-00", 0, 1 << 60)["ts"]) == written
    writer.sweep(_now() + timedelta(minutes=1), GRACE)
    left = {f.relative_to(root).as_posix() for f in root.rglob("*.parquet")}
    assert left == {f.path for f in manifest.live("fast")}


def _write_and_merge(writer: LakeWriter, manifest: Manifest) -> int:
    """Pieces, every tenth followed by a merge and a sweep, until each reader has read its share;
    returns the rows written."""
    rows = number = 0
    while number < LEAST or (number < 10 * LEAST and _reads(writer.root) < READS):
        ts = np.tile(T0 + number * 60_000 + np.arange(POLLS) * 2000, STATIONS)
        table = {
            "station": np.repeat(np.arange(STATIONS), POLLS),
            "ts": ts,
            "L.P_OUT": ts % 1000,
        }
        with writer.change(_now) as change:
            change.write("fast", "X-0-0-00", "piece", table)
        rows += len(ts)
        number += 1
        if number % 10 == 0:
            old: list[FileRow] = manifest.live("fast")
            with writer.change(_now) as change:
                change.merge(old, "hour")
            writer.sweep(_now(), GRACE)
    return rows


def _reads(root: Path) -> int:
    """Of the slower reader."""
    files = list(root.glob("*.reads"))
    return min((int(f.read_text() or 0) for f in files), default=0) if len(files) == 2 else 0


def _now() -> datetime:
    return datetime.now(UTC)
