"""What the system page asks: the collector's figures, processes, files, silent stations."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from components import formats
from components.page import View
from data.parquet import DATASETS
from data.settings import ROOT, Settings
from data.snapshot import Snapshot
from data.stores import Stores

PROGRAMS = (
    ("collector", ("-m", "ingest")),
    ("simulator", ("-m", "simulator")),
    ("cockpit", ("app:server()",)),
    ("cockpit", ("app.py",)),
)
"""Kind of process by words of its command line."""


@dataclass(frozen=True)
class Collector:
    """What is known of the collector now."""

    at: datetime | None
    """Time of the last tick."""
    age: float | None
    facts: Mapping[str, Any]
    problems: list[dict[str, Any]]

    def fact(self, name: str) -> float | None:
        value = self.facts.get(name)
        return float(value) if isinstance(value, int | float) else None


@dataclass(frozen=True)
class Disk:
    """Bytes of the disk that holds the data."""

    free: float
    used_share: float
    ours: float


@dataclass(frozen=True)
class Process:
    kind: str
    pid: int
    cpu: float | None
    """Percent of one core since the process began."""
    memory: float
    age: float


@dataclass(frozen=True)
class Dataset:
    name: str
    files: int | None
    rows: int | None
    bytes: int
    latest: datetime | None


def collector(stores: Stores, snapshot: Snapshot | None, now: datetime) -> Collector:
    """The collector's own figures, and the age of its last tick."""
    found = stores.status.get("collector")
    value = found[0] if found else {}
    at = None if snapshot is None else datetime.fromtimestamp(snapshot.at_ms / 1000, UTC)
    age = None if at is None else max(0.0, (now - at).total_seconds())
    return Collector(at, age, value, list(value.get("problems", [])))


def silent_stations(
    stores: Stores, snapshot: Snapshot | None, view: View, now: datetime
) -> list[dict[str, Any]]:
    """Rows of the grid: stations of the scope that do not answer, the longest silent first."""
    rows: list[dict[str, Any]] = []
    names = {d.id: d.name(view.language) for d in stores.stations.districts(view.scope)}
    for s in stores.stations.all(view.scope):
        at = None if snapshot is None else snapshot.row_of.get(s.id)
        if snapshot is not None and at is not None and snapshot.online[at]:
            continue
        ms = 0 if snapshot is None or at is None else int(snapshot.fast_ms[at])
        last = datetime.fromtimestamp(ms / 1000, UTC) if ms else None
        silence = (now - last).total_seconds() if last else None
        rows.append(
            {
                "id": s.code,
                "code": s.code,
                "name": s.name(view.language),
                "district": names.get(s.district_id, ""),
                "address": f"{s.host}:{s.port}/{s.unit}",
                "profile": s.profile,
                "last": formats.day_clock(last, view.zone, view.now),
                "silence": formats.span(silence),
                "order": -(silence if silence is not None else 1e12),
            }
        )
    return sorted(rows, key=lambda row: float(row["order"]))


def disk(stores: Stores) -> Disk:
    """Room on the disk that holds the data, and what they take: files and the lake's manifest."""
    folder = stores.settings.var
    usage = shutil.disk_usage(folder)
    ours = sum(_size(file) for file in folder.iterdir())
    ours += sum(row.bytes for row in stores.manifest.live(DATASETS))
    return Disk(usage.free, usage.used / usage.total, ours)


def _size(path: Path) -> int:
    """Bytes of a file; of a folder only what lies in it directly (the lake has its own count)."""
    try:
        if path.is_dir():
            return sum(f.stat().st_size for f in path.iterdir() if f.is_file())
        return path.stat().st_size
    except OSError:
        return 0


def processes(settings: Settings) -> list[Process]:
    """Processes on this machine that work on the same data, by program and age."""
    found = []
    for process in psutil.process_iter(["cmdline", "cpu_times", "memory_info", "create_time"]):
        kind = _kind(process.info["cmdline"] or [])
        if not kind or process.info["memory_info"] is None or not _ours(process, settings.var):
            continue
        age = max(time.time() - process.info["create_time"], 0.001)
        times = process.info["cpu_times"]
        cpu = None if times is None else 100 * (times.user + times.system) / age
        found.append(Process(kind, process.pid, cpu, process.info["memory_info"].rss, age))
    order = {kind: n for n, (kind, _) in enumerate(PROGRAMS)}
    return sorted(found, key=lambda p: (order[p.kind], -p.age, p.pid))


def _ours(process: psutil.Process, var: Path) -> bool:
    """Whether a process was started on the folder `var`; another city may live beside ours."""
    try:
        named = process.environ().get("PUMPHOUSE_VAR")
    except psutil.Error:
        return False
    return Path(named or ROOT / "data" / "var").resolve() == var.resolve()


def _kind(words: list[str]) -> str:
    for kind, wanted in PROGRAMS:
        size = len(wanted)
        if any(tuple(words[i : i + size]) == wanted for i in range(len(words))):
            return kind
    return ""


def datasets(stores: Stores) -> list[Dataset]:
    """Files, rows and bytes of the records and of each kind of data in the lake."""
    found: list[Dataset] = []
    file = stores.db.url.database
    if stores.db.sqlite and file:
        found.append(
            Dataset(
                "records", None, None, sum(_size(Path(file + end)) for end in ("", "-wal")), None
            )
        )
    for name in DATASETS:
        rows = stores.manifest.live(name)
        latest = max((r.to_ms for r in rows), default=0)
        found.append(
            Dataset(
                name,
                len(rows),
                sum(r.rows for r in rows),
                sum(r.bytes for r in rows),
                datetime.fromtimestamp(latest / 1000, UTC) if latest else None,
            )
        )
    return found
