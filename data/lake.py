"""Reads the lake: series for a chart, a fleet's values, facts, and whole rows for a rollup.

Every answer comes from one list of files, taken from the manifest in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl

from data.catalogue.points import columns, point
from data.duck import Duck
from data.lake_facts import FactSums, in_ms
from data.manifest import FileRow, Manifest
from data.parquet import MISSING, read_columns
from data.series import Series, in_units, stored_columns, thin, with_band, with_gaps, with_grain
from data.station_rows import StationRow
from data.tiers import TIERS, Part, Tier, plan, preferred

__all__ = ["MISSING", "Lake", "Series"]

HOLD = 150_000
"""A value of the slow block is shown for this long, in ms, beside the fast ones."""


class UnknownPoint(ValueError):
    """A code that this station doesn't have."""


class Lake(FactSums):
    """The reader. Makes no files, keeps no state but DuckDB's cache."""

    def __init__(self, root: Path, manifest: Manifest) -> None:
        super().__init__(root, manifest, Duck())
        # a second thread costs half as much again for one station's rows and makes them no faster
        self._narrow = Duck(threads=1)

    def series(
        self,
        station: StationRow,
        codes: Sequence[str],
        start: datetime,
        end: datetime,
        points: int = 1500,
    ) -> Series:
        """Values of [start, end), from the coarsest grain that answers, thinned to `points`.

        Older than a grain is kept, or newer than it is rolled up, another grain steps in.
        Raises UnknownPoint.
        """
        self._check(station, codes)
        low, high = in_ms(start), in_ms(end)
        files = self._files(station, low, high)
        first = preferred(low, high)
        if first.name == "raw" and all(point(code).block == "derived" for code in codes):
            first = TIERS[1]
        parts = plan(files, low, high, first)
        frames = [self._part(part, station, codes, files) for part in parts]
        found = [(part.tier, f) for part, f in zip(parts, frames, strict=True) if f.height]
        if not found:
            return Series(_finish(pl.DataFrame({"ts": []}), codes), first.label)
        marked = [with_grain(f, tier.ms) for tier, f in found]
        frame = with_gaps(pl.concat(marked, how="diagonal").sort("ts"))
        frame = thin(frame, codes, points)
        return Series(_finish(frame, codes), _label(found, codes))

    def several(
        self,
        asked: Sequence[tuple[StationRow, Sequence[str]]],
        start: datetime,
        end: datetime,
        points: int = 1500,
    ) -> list[Series]:
        """`series` of several stations, each with its codes, two at a time."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda a: self.series(a[0], a[1], start, end, points), asked))

    def fleet(
        self,
        codes: Sequence[str],
        start: datetime,
        end: datetime,
        dataset: str = "quarter",
        stations: Iterable[int] | None = None,
        in_order: bool = True,
    ) -> pl.DataFrame:
        """Rows of all stations in [start, end): station, ts (Datetime ms, UTC) and the codes.

        codes: points, also CODE.min, CODE.max or CODE.inc, and facts (F.volume); floats in units,
        null where a station lacks a point. Sorted by station and ts unless that is too dear.
        """
        low, high = in_ms(start), in_ms(end)
        by_layout: dict[str, list[Path]] = {}
        for file in self.manifest.live(dataset, None, low, high):
            by_layout.setdefault(file.group.rpartition("-")[0], []).append(self.root / file.path)
        wanted = None if stations is None else list(stations)
        where = "ts >= ? and ts < ?" + ("" if wanted is None else " and station in ?")
        values = [low, high] if wanted is None else [low, high, wanted]
        frames = [
            self._duck.select(paths, ["station", "ts", *codes], where, values)
            for paths in by_layout.values()
        ]
        frames = [in_units(f, dataset not in ("fast", "slow")) for f in frames if f.height]
        empty = pl.DataFrame(schema={"station": pl.Int32, "ts": pl.Int64})
        frame = pl.concat([empty, *frames], how="diagonal")
        return _finish(frame.sort("station", "ts") if in_order else frame, codes)

    def rows(
        self,
        dataset: str,
        group: str,
        from_ms: int,
        to_ms: int,
        names: Sequence[str] | None = None,
    ) -> dict[str, np.ndarray]:
        """Stored rows of [from_ms, to_ms) of one group, as written, sorted by (station, ts).

        Integers are int64 with MISSING; a column that a file lacks is MISSING (NaN) there.
        """
        files = self.manifest.live(dataset, [group], from_ms, to_ms)
        return self.read(files, from_ms, to_ms, names)

    def read(
        self,
        files: Sequence[FileRow],
        from_ms: int,
        to_ms: int,
        names: Sequence[str] | None = None,
    ) -> dict[str, np.ndarray]:
        """`rows` of files that are already listed."""
        if names is not None:
            names = ["station", "ts", *(n for n in names if n not in ("station", "ts"))]
        table = read_columns([self.root / file.path for file in files], names)
        order = np.lexsort((table["ts"], table["station"]))
        if any(file.from_ms < from_ms or file.to_ms >= to_ms for file in files):
            ts = table["ts"][order]
            order = order[(ts >= from_ms) & (ts < to_ms)]
        if np.array_equal(order, np.arange(len(table["ts"]))):
            return table
        return {name: values[order] for name, values in table.items()}

    def close(self) -> None:
        """Let go of DuckDB; nothing may be asked any more."""
        super().close()
        self._narrow.close()

    def _check(self, station: StationRow, codes: Sequence[str]) -> None:
        known = {column.code for column in columns(station.layout)}
        unknown = [code for code in codes if code not in known]
        if unknown:
            raise UnknownPoint(f"station {station.code} has no point {', '.join(unknown)}")

    def _files(self, station: StationRow, low: int, high: int) -> dict[str, list[FileRow]]:
        names = [dataset for tier in TIERS for dataset in tier.datasets]
        found: dict[str, list[FileRow]] = {}
        for file in self.manifest.live(
            names, None, low - HOLD, high, layout=station.layout.key, station=station.id
        ):
            found.setdefault(file.dataset, []).append(file)
        return found

    def _part(
        self, part: Part, station: StationRow, codes: Sequence[str], files: dict[str, list[FileRow]]
    ) -> pl.DataFrame:
        if part.tier.name == "raw":
            return self._raw(part, station, codes, files)
        frame = self._one(files[part.tier.name], stored_columns(codes, True), station.id, part)
        return with_band(in_units(frame, True))

    def _raw(
        self, part: Part, station: StationRow, codes: Sequence[str], files: dict[str, list[FileRow]]
    ) -> pl.DataFrame:
        slow = [code for code in codes if point(code).block == "slow"]
        fast = [code for code in codes if code not in slow]
        frames = []
        if fast:
            frames.append(self._one(files.get("fast", []), fast, station.id, part))
        if slow:
            early = part._replace(start=part.start - HOLD) if fast else part
            frames.append(self._one(files.get("slow", []), slow, station.id, early))
        frames = [in_units(frame, False) for frame in frames if frame.height]
        if not frames:
            return pl.DataFrame({"ts": []}, schema={"ts": pl.Int64})
        if len(frames) == 1:
            return frames[0].filter(pl.col("ts") >= part.start)
        return frames[0].join_asof(frames[1], on="ts", tolerance=HOLD)

    def _one(
        self, files: Sequence[FileRow], names: Sequence[str], station: int, part: Part
    ) -> pl.DataFrame:
        paths = [
            self.root / f.path for f in files if f.to_ms >= part.start and f.from_ms < part.end
        ]
        if not paths:
            return pl.DataFrame({"ts": []}, schema={"ts": pl.Int64})
        return self._narrow.select(
            paths,
            ["ts", *names],
            "station = ? and ts >= ? and ts < ?",
            [station, part.start, part.end],
            "ts",
        )


def _finish(frame: pl.DataFrame, codes: Sequence[str]) -> pl.DataFrame:
    """ts as a time; every code there, null where nothing was found."""
    absent = [pl.lit(None, pl.Float64).alias(c) for c in codes if c not in frame.columns]
    time = pl.from_epoch(pl.col("ts").cast(pl.Int64), time_unit="ms").dt.replace_time_zone("UTC")
    return frame.with_columns(time, *absent)


def _label(found: Sequence[tuple[Tier, pl.DataFrame]], codes: Sequence[str]) -> str:
    """The grain of most rows."""
    tier = max(found, key=lambda pair: pair[1].height)[0]
    if tier.name == "raw" and all(point(code).block == "slow" for code in codes):
        return TIERS[1].label
    return tier.label
