"""The manifest: all or nothing, filters, and the end of files nobody reads any more."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from data.database import Database
from data.lake_writer import LakeWriter
from data.manifest import FileRow, Manifest

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
ROW = FileRow("fast", "TANK_VFD-3-1-00", "a", 1000, 1999, 10, 90, 5, 100, "piece")


@pytest.fixture
def manifest(db: Database) -> Manifest:
    return Manifest(db)


def paths(rows: list[FileRow]) -> list[str]:
    return [row.path for row in rows]


def test_what_is_committed_is_live_until_retired(manifest: Manifest) -> None:
    manifest.commit([ROW, replace(ROW, path="b", from_ms=500)], [], NOW)
    live = manifest.live("fast")
    assert paths(live) == ["b", "a"]
    manifest.commit([replace(ROW, path="c")], [live[0].id], NOW)
    assert paths(manifest.live("fast")) == ["a", "c"]
    assert manifest.paths() == {"a", "b", "c"}


def test_a_commit_that_retires_what_is_gone_changes_nothing(manifest: Manifest) -> None:
    manifest.commit([ROW], [], NOW)
    [live] = manifest.live("fast")
    manifest.commit([], [live.id], NOW)
    with pytest.raises(ValueError, match="1 of 1"):
        manifest.commit([replace(ROW, path="b")], [live.id], NOW)
    assert manifest.live("fast") == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"from_ms": 1999, "to_ms": 3000}, ["a"]),
        ({"from_ms": 2000, "to_ms": 3000}, []),
        ({"from_ms": 0, "to_ms": 1000}, []),
        ({"from_ms": 0, "to_ms": 1001}, ["a"]),
        ({"station": 10}, ["a", "d"]),
        ({"station": 91}, ["d"]),
        ({"layout": "TANK_VFD-3-1"}, ["a"]),
        ({"layout": "TANK_VFD-3-2"}, []),
        ({"layout": "TANK%VFD-3-1"}, []),
        ({"groups": ["X-00"]}, ["d"]),
        ({"span": "day"}, ["d"]),
    ],
)
def test_filters(manifest: Manifest, wanted: dict[str, object], found: list[str]) -> None:
    far = replace(ROW, path="d", group="X-00", from_ms=5000, to_ms=6000, last_station=100)
    manifest.commit(
        [ROW, replace(far, span="day"), replace(ROW, path="s", dataset="slow")], [], NOW
    )
    assert paths(manifest.live("fast", **wanted)) == found  # type: ignore[arg-type]


def test_retired_files_go_after_their_grace_and_orphans_at_once(
    manifest: Manifest, tmp_path: Path
) -> None:
    writer = LakeWriter(tmp_path / "lake", manifest)
    table = {"station": np.array([1]), "ts": np.array([5]), "L.P_OUT": np.array([7])}
    first, second = (writer.write("fast", "g-00", "piece", table) for _ in range(2))
    writer.commit([first, second], at=NOW)
    [one, _] = manifest.live("fast")
    writer.commit([], [one], at=NOW)
    orphan = writer.write("fast", "g-00", "piece", table)  # a crash before the commit
    young = writer.write("fast", "g-00", "piece", table)
    torn = (writer.root / orphan.path).with_suffix(".tmp")
    torn.write_bytes(b"half")
    old = (NOW - timedelta(hours=1)).timestamp()
    for file in (writer.root / orphan.path, torn):
        os.utime(file, (old, old))
    os.utime(writer.root / young.path, (NOW.timestamp(), NOW.timestamp()))

    assert writer.sweep(NOW + timedelta(seconds=119), 120) == 0
    assert (writer.root / one.path).exists()
    assert writer.sweep(NOW + timedelta(seconds=121), 120) == 1
    assert writer.sweep_orphans(NOW) == 2
    left = {f.relative_to(writer.root).as_posix() for f in writer.root.rglob("*") if f.is_file()}
    assert left == {second.path, young.path}
    assert manifest.paths() == {second.path}


def test_a_failed_write_leaves_nothing(manifest: Manifest, tmp_path: Path) -> None:
    writer = LakeWriter(tmp_path / "lake", manifest)
    (tmp_path / "lake").write_text("a file where the folder should be")
    table = {"station": np.array([1]), "ts": np.array([5]), "L.P_OUT": np.array([7])}
    with pytest.raises(OSError, match="lake"):
        writer.write("fast", "g-00", "piece", table)
    with pytest.raises(ValueError, match="no rows"):
        writer.write("fast", "g-00", "piece", {k: v[:0] for k, v in table.items()})
