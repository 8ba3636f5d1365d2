"""The rows of station_day of the last months, kept in memory: a file of the lake never changes.

The first question reads each file once; from then on sums by station are sums of a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from threading import Lock

import polars as pl

from data.duck import Duck
from data.manifest import FileRow

MOST_ROWS = 200_000
"""95 days of 2,100 stations; with all facts about 65 MB."""
RECENT = 100 * 86_400_000
"""Only files that end so many ms before the newest one or later: what is a year ago would push out
what everybody asks for."""
BY = frozenset({"station", "day"})


class DayRows:
    """Keeps the files that were asked for lately, at most MOST_ROWS. Safe between threads."""

    def __init__(self, root: Path, duck: Duck, most: int = MOST_ROWS) -> None:
        self._root, self._duck, self._most = root, duck, most
        self._lock = Lock()
        self._newest = 0
        self._kept: tuple[dict[str, int], pl.DataFrame] = ({}, pl.DataFrame())
        """Number of each file, and the rows of all with that number as `file`."""

    def summed(
        self,
        files: Sequence[FileRow],
        by: Sequence[str],
        facts: Sequence[str],
        start: date,
        end: date,
        stations: Sequence[int] | None,
    ) -> pl.DataFrame | None:
        """What Duck.summed gives of these files by station or day; None when they have too many
        rows to be kept."""
        self._newest = max(self._newest, *(file.to_ms for file in files))
        old = any(file.to_ms < self._newest - RECENT for file in files)
        if old or not BY.issuperset(by) or sum(file.rows for file in files) > self._most:
            return None
        numbers, frame = self._with(files)
        rows = frame.lazy().filter(pl.col("day").is_between(start, end))
        if len(numbers) > len(files):
            rows = rows.filter(pl.col("file").is_in([numbers[file.path] for file in files]))
        if stations is not None:
            rows = rows.filter(pl.col("station").is_in(stations))
        sums = [
            pl.when(pl.col(f).count() > 0).then(pl.col(f).sum()).alias(f)
            if f in frame.columns
            else pl.lit(None, pl.Float64).alias(f)
            for f in facts
        ]
        what = [*sums, pl.len().cast(pl.Int64).alias("rows")]
        if not by:
            return rows.select(what).collect()
        return rows.group_by(list(by)).agg(what).sort(list(by)).collect()

    def _with(self, files: Sequence[FileRow]) -> tuple[dict[str, int], pl.DataFrame]:
        """What is kept, these files among it; the files that were not asked for go first."""
        wanted = {file.path: file for file in files}
        with self._lock:
            numbers, frame = self._kept
            missing = [path for path in wanted if path not in numbers]
            if not missing:
                return self._kept
            new = self._read(missing)
            number = max(numbers.values(), default=-1) + 1
            found = {path: number + n for n, path in enumerate(missing)}
            new = new.with_columns(
                pl.col("filename")
                .replace_strict({str(self._root / p): n for p, n in found.items()})
                .cast(pl.Int32)
                .alias("file")
            ).drop("filename")
            if frame.height + new.height > self._most:
                numbers = {path: n for path, n in numbers.items() if path in wanted}
                frame = frame.filter(pl.col("file").is_in(list(numbers.values())))
            frames = [f for f in (frame, new) if f.height]
            whole = pl.concat(frames, how="diagonal").rechunk() if frames else frame
            self._kept = ({**numbers, **found}, whole)
            return self._kept

    def _read(self, paths: Sequence[str]) -> pl.DataFrame:
        """All facts of the files, null where unknown, with `filename`."""
        frame = self._duck.with_names([self._root / path for path in paths])
        facts = [c for c in frame.columns if c not in ("filename", "station", "day", "ts")]
        return frame.select(
            "filename", pl.col("station").cast(pl.Int32), "day",
            *(pl.col(f).cast(pl.Float64).fill_nan(None) for f in facts),
        )  # fmt: skip
