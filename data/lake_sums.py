"""Sums of day facts by day and district, kept by file: a file of the lake never changes.

The first question reads each file once; from then on 400 days of a city are a sum of small frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import polars as pl

from data.duck import Duck

KEYS = ["day", "district"]
PLACES = ("station", "district", "households", "zones")
WEIGHTED = "lost_households"
"""F.lost_s times the homes of its station, shared over its zones."""


class FileSums:
    """Keeps one small frame a file: day, district, facts, lost_households, households, rows."""

    def __init__(self, duck: Duck) -> None:
        self._duck = duck
        self._lock = Lock()
        self._places: tuple[int, int] = (0, 0)
        self._kept: dict[Path, pl.DataFrame] = {}
        self._joined: tuple[tuple[Path, ...], tuple[str, ...], pl.DataFrame] | None = None

    def of(self, files: Sequence[Path], facts: Sequence[str], places: pl.DataFrame) -> pl.DataFrame:
        """Rows of all files one under the other. places: PLACES of the stations that count; a
        station elsewhere counts nowhere. Facts that a file lacks are null there."""
        with self._lock:
            mark = (places.height, int(places.hash_rows().sum()) if places.height else 0)
            if mark != self._places:
                self._places, self._kept, self._joined = mark, {}, None
            wanted = tuple(sorted(facts))
            joined = self._joined
            if joined is not None and joined[0] == tuple(files) and set(wanted) <= set(joined[1]):
                return joined[2]
            missing = [f for f in files if not set(wanted) <= set(self._columns(f))]
            if missing:
                self._read(missing, wanted, places)
            alive = set(files)
            self._kept = {f: frame for f, frame in self._kept.items() if f in alive}
            frames = [self._kept[f] for f in files]
            columns = tuple(sorted(set.intersection(*(set(f.columns) for f in frames))))
            frame = pl.concat([f.select(columns) for f in frames])
            self._joined = (tuple(files), columns, frame)
            return frame

    def _columns(self, file: Path) -> list[str]:
        kept = self._kept.get(file)
        return [] if kept is None else kept.columns

    def _read(self, files: Sequence[Path], facts: Sequence[str], places: pl.DataFrame) -> None:
        """Reads what was asked now and before, so that a file is kept in one piece."""
        known = {c for f in files for c in self._columns(f)}
        every = sorted({*facts, *(c for c in known if c not in (*KEYS, *_MADE))})
        found = self._duck.summed_files(files, every, places)
        empty = found.clear().drop("filename")
        parts = {
            Path(str(name)): frame.drop("filename")
            for (name,), frame in found.partition_by("filename", as_dict=True).items()
        }
        for file in files:
            self._kept[file] = parts.get(file, empty)


_MADE = (WEIGHTED, "households", "rows")
_TYPES: dict[str, type[pl.DataType]] = {
    "day": pl.Date, "zone": pl.String, "ts": pl.Int64, "station": pl.Int32, "district": pl.Int32,
    "pump": pl.Int8, "bin": pl.Int8, "running": pl.Int8,
}  # fmt: skip


def nothing(by: Sequence[str], sums: Sequence[str]) -> pl.DataFrame:
    """Sums of no rows, with the types that some would have."""
    keys = {key: _TYPES.get(key, pl.String) for key in by}
    return pl.DataFrame(schema={**keys, **dict.fromkeys(sums, pl.Float64)})
