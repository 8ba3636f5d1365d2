"""Writes the lake: new files, merged files, and the removal of what nobody reads any more.

A file becomes visible only by `commit`. Whatever is on the disk but in no manifest is an orphan
of a crash and is swept.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from data.lake_merge import merged
from data.lake_patch import patched
from data.manifest import FileRow, Manifest
from data.parquet import (
    BRIEF,
    MISSING,
    ROLLUPS,
    read_columns,
    row_group,
    sync,
    to_arrow,
    write_file,
)

ORPHAN_AGE = timedelta(minutes=15)
"""Another writer may be between writing a file and its commit for less than this."""


class LakeWriter:
    """Writes files under `root` and lists them in the manifest. One thread at a time."""

    def __init__(self, root: Path, manifest: Manifest) -> None:
        self.root = root
        self.manifest = manifest
        self._folders: set[Path] = set()

    def write(
        self,
        dataset: str,
        group: str,
        span: str,
        table: dict[str, np.ndarray],
        origin: str = "live",
    ) -> FileRow:
        """Write a table as a new file, sorted by (station, ts); not visible before `commit`.

        table: one array a column, all of one length, among them `station` and `ts` (UTC ms).
        Raises OSError when the disk is full, UnknownColumn, ValueError for an empty table.
        """
        table = _sorted(table)
        if dataset in ROLLUPS:  # most points had every sample good: no column of counts
            table = {n: v for n, v in table.items() if n[-2:] != ".n" or (v != MISSING).any()}
        tables = [to_arrow(dataset, table)] if len(table["station"]) else []
        row = self._new(dataset, group, span, origin, table["ts"], table["station"])
        return self._write(row, tables, row_group(dataset, span))

    def commit(
        self, add: Sequence[FileRow], retire: Iterable[FileRow] = (), *, at: datetime
    ) -> None:
        """Make files visible and hide others, in one transaction."""
        for folder in self._folders:
            sync(folder)
        self._folders.clear()
        self.manifest.commit(add, [row.id for row in retire], at)

    def merge(self, files: Sequence[FileRow], span: str) -> FileRow:
        """One file with the rows of several of one dataset and group; not visible yet."""
        first = files[0]
        row = FileRow(
            dataset=first.dataset,
            group=first.group,
            path=_path(first.dataset, first.group, span, min(f.from_ms for f in files)),
            from_ms=min(f.from_ms for f in files),
            to_ms=max(f.to_ms for f in files),
            first_station=min(f.first_station for f in files),
            last_station=max(f.last_station for f in files),
            rows=sum(f.rows for f in files),
            bytes=0,
            span=span,
            origin=first.origin if len({f.origin for f in files}) == 1 else "live",
        )
        size = row_group(row.dataset, span)
        tables = merged([self.root / f.path for f in files], row, size)
        done = self._write(row, tables, None)
        pa.default_memory_pool().release_unused()
        return done

    @contextmanager
    def change(self, clock: Callable[[], datetime]) -> Iterator[Change]:
        """Collect files to add and retire; committed together at the end of the block.

        When the block or the commit fails, what it wrote is unlinked and nothing has changed.
        """
        change = Change(self)
        try:
            yield change
        except BaseException:
            self._discard(change.add)
            raise
        if not change.add and not change.retire:
            return
        try:
            self.commit(change.add, change.retire, at=clock())
        except Exception:
            # a database that fails may have committed all the same: it must be asked
            if not self.manifest.paths([row.path for row in change.add]):
                self._discard(change.add)
            raise

    def _discard(self, rows: Iterable[FileRow]) -> None:
        for row in rows:
            (self.root / row.path).unlink(missing_ok=True)

    def outside(self, file: FileRow, from_ms: int, to_ms: int) -> FileRow | None:
        """The file again without the rows of [from_ms, to_ms); None when there are no others."""
        table = read_columns([self.root / file.path])
        keep = (table["ts"] < from_ms) | (table["ts"] >= to_ms)
        if not keep.any():
            return None
        rest = {name: values[keep] for name, values in table.items()}
        return self.write(file.dataset, file.group, file.span, rest, file.origin)

    def patch(
        self, file: FileRow, station: int, from_ms: int, to_ms: int, table: dict[str, np.ndarray]
    ) -> FileRow | None:
        """The file again with a station's rows of [from_ms, to_ms) changed for those of `table`
        (may be empty); None when no row is left. Not visible yet; a row group is held at a time."""
        rows = to_arrow(file.dataset, table)
        counted = 0

        def counting() -> Iterator[pa.Table]:
            nonlocal counted
            for part in patched(self.root / file.path, station, from_ms, to_ms, rows):
                counted += part.num_rows
                yield part

        path = _path(file.dataset, file.group, file.span, file.from_ms)
        try:
            done = self._write(replace(file, path=path, id=0), counting(), None)
        except ValueError:
            if counted:
                raise
            return None
        ts = table["ts"] if len(table["ts"]) else np.array([file.from_ms])
        low, high = min(file.from_ms, int(ts.min())), max(file.to_ms, int(ts.max()))
        return replace(done, rows=counted, from_ms=low, to_ms=high)

    def sweep(self, at: datetime, grace_seconds: float) -> int:
        """Unlink files retired longer than the grace ago; returns their number."""
        old = self.manifest.retired(at - timedelta(seconds=grace_seconds))
        for row in old:
            (self.root / row.path).unlink(missing_ok=True)
        self.manifest.forget(row.id for row in old)
        return len(old)

    def sweep_orphans(self, at: datetime, age: timedelta = ORPHAN_AGE) -> int:
        """Unlink files that are in no manifest and older than `age`; returns their number."""
        if not self.root.exists():
            return 0
        # first the disk, then the manifest: a file committed in between is known by then
        found = [f for f in self.root.rglob("*") if f.suffix in (".parquet", ".tmp")]
        known = self.manifest.paths()
        gone = 0
        for file in found:
            if file.relative_to(self.root).as_posix() in known:
                continue
            if datetime.fromtimestamp(file.stat().st_mtime, UTC) < at - age:
                file.unlink(missing_ok=True)
                gone += 1
        return gone

    def _new(
        self, dataset: str, group: str, span: str, origin: str, ts: np.ndarray, stations: np.ndarray
    ) -> FileRow:
        if not len(ts):
            raise ValueError(f"no rows for {dataset} {group}")
        return FileRow(
            dataset=dataset,
            group=group,
            path=_path(dataset, group, span, int(ts.min())),
            from_ms=int(ts.min()),
            to_ms=int(ts.max()),
            first_station=int(stations.min()),
            last_station=int(stations.max()),
            rows=len(ts),
            bytes=0,
            span=span,
            origin=origin,
        )

    def _write(self, row: FileRow, tables: Iterable[pa.Table], group_rows: int | None) -> FileRow:
        path = self.root / row.path
        self._folders |= {path.parent, path.parent.parent, self.root}
        return replace(row, bytes=write_file(path, tables, group_rows, row.span in BRIEF))


class Change:
    """What one commit adds and retires."""

    def __init__(self, writer: LakeWriter) -> None:
        self._writer = writer
        self.add: list[FileRow] = []
        self.retire: list[FileRow] = []

    def write(self, dataset: str, group: str, span: str, table: dict[str, np.ndarray]) -> None:
        """A new file."""
        self.add.append(self._writer.write(dataset, group, span, table))

    def merge(self, files: Sequence[FileRow], span: str) -> None:
        """One file instead of several of one dataset and group."""
        self.add.append(self._writer.merge(files, span))
        self.retire += files

    def patch(
        self,
        dataset: str,
        group: str,
        station: int,
        from_ms: int,
        to_ms: int,
        table: dict[str, np.ndarray],
    ) -> None:
        """One station's rows instead of those that it has in [from_ms, to_ms), in the files where
        they stand; at most once per dataset and group. An empty table takes them away."""
        live = self._writer.manifest.live(dataset, [group], from_ms, to_ms)
        files = [f for f in live if f.first_station <= station <= f.last_station]
        left = np.ones(len(table["ts"]), bool)
        for file in files:
            own = left & (table["ts"] >= file.from_ms) & (table["ts"] <= file.to_ms)
            left &= ~own
            mine = {name: values[own] for name, values in table.items()}
            new = self._writer.patch(file, station, from_ms, to_ms, mine)
            self.add += [new] if new else []
        self.retire += files
        if left.any():
            self.write(dataset, group, "piece", {n: v[left] for n, v in table.items()})

    def replace(
        self,
        dataset: str,
        group: str,
        from_ms: int,
        to_ms: int,
        span: str,
        table: dict[str, np.ndarray],
    ) -> None:
        """New rows instead of those of [from_ms, to_ms); at most once per dataset and group.

        A file that lies wholly inside is retired; one that reaches out of it is written again
        without these rows. An empty table adds nothing.
        """
        old = self._writer.manifest.live(dataset, [group], from_ms, to_ms)
        for file in old:
            if file.from_ms < from_ms or file.to_ms >= to_ms:
                rest = self._writer.outside(file, from_ms, to_ms)
                self.add += [rest] if rest else []
        self.retire += old
        if len(table["ts"]):
            self.write(dataset, group, span, table)


def _path(dataset: str, group: str, span: str, from_ms: int) -> str:
    """Dataset, day and minute for people; the random end keeps a late piece of the same minute
    from taking the name of a file that is being read."""
    start = datetime.fromtimestamp(from_ms // 1000, UTC)
    name = f"{group}.{span}.{start:%Y%m%dT%H%M}.{uuid.uuid4().hex[:8]}.parquet"
    return f"{dataset}/{start:%Y-%m-%d}/{name}"


def _sorted(table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    station, ts = table["station"], table["ts"]
    step = np.diff(station)
    if np.all((step > 0) | ((step == 0) & (np.diff(ts) >= 0))):
        return table
    order = np.lexsort((ts, station))
    return {name: values[order] for name, values in table.items()}
