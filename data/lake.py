"""Reads the lake: series for a chart, a fleet's values, facts, and whole rows for a rollup.

Every answer comes from one list of files, taken from the manifest in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

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


class _Question(NamedTuple):
    """One station's codes, the files that may answer, and which parts they answer."""

    station: StationRow
    codes: Sequence[str]
    files: dict[str, list[FileRow]]
    first: Tier
    parts: list[Part]


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
        asked = self._asked(station, codes, in_ms(start), in_ms(end))
        return self._answers([asked], points)[0]

    def several(
        self,
        asked: Sequence[tuple[StationRow, Sequence[str]]],
        start: datetime,
        end: datetime,
        points: int = 1500,
    ) -> list[Series]:
        """`series` of several stations, each with its codes. Stations of one layout whose rollups
        answer the same codes are read together; two such groups at a time."""
        low, high = in_ms(start), in_ms(end)
        alike: dict[Any, list[int]] = {}
        questions = [self._asked(station, codes, low, high) for station, codes in asked]
        for n, one in enumerate(questions):
            raw = any(part.tier.name == "raw" for part in one.parts)
            key = n if raw else (one.station.layout.key, tuple(one.codes), tuple(one.parts))
            alike.setdefault(key, []).append(n)
        groups = list(alike.values())
        with ThreadPoolExecutor(2) as pool:
            told = pool.map(lambda g: self._answers([questions[n] for n in g], points), groups)
            found = {n: one for g, ones in zip(groups, told, strict=True)
                     for n, one in zip(g, ones, strict=True)}  # fmt: skip
        return [found[n] for n in range(len(questions))]

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

    def _asked(self, station: StationRow, codes: Sequence[str], low: int, high: int) -> _Question:
        self._check(station, codes)
        files = self._files(station, low, high)
        first = preferred(low, high)
        if first.name == "raw" and all(point(code).block == "derived" for code in codes):
            first = TIERS[1]
        return _Question(station, codes, files, first, plan(files, low, high, first))

    def _answers(self, asked: Sequence[_Question], points: int) -> list[Series]:
        """Of one question, or several of the same layout, codes and parts, none of them raw."""
        codes, parts = asked[0].codes, asked[0].parts
        if len(asked) == 1:
            one = asked[0]
            read = [[self._part(part, one.station, codes, one.files)] for part in parts]
        else:
            read = [self._together(part, asked) for part in parts]
        made = []
        for n in range(len(asked)):
            pairs = zip(parts, read, strict=True)
            found = [(part.tier, frames[n]) for part, frames in pairs if frames[n].height]
            made.append(_told(found, codes, asked[n].first, points))
        return made

    def _together(self, part: Part, asked: Sequence[_Question]) -> list[pl.DataFrame]:
        """What `_part` gives for each of them, from one look into their files."""
        names = stored_columns(asked[0].codes, True)
        own = [self._paths(one.files[part.tier.name], part) for one in asked]
        ids = [one.station.id for one in asked]
        paths = sorted({path for paths in own for path in paths})
        where = f"station in ({', '.join('?' * len(ids))}) and ts >= ? and ts < ?"
        values = [*ids, part.start, part.end]
        frame = self._narrow.select(paths, ["station", "ts", *names], where, values, "ts")
        frames = []
        for id, paths in zip(ids, own, strict=True):
            mine = frame.filter(pl.col("station") == id).drop("station")
            void = [name for name in names if name in mine.columns and mine[name].null_count()
                    == mine.height]  # fmt: skip
            if void:  # is it without values, or in the files of others only?
                known = self._narrow.columns(paths)
                mine = mine.drop(name for name in void if name not in known)
            frames.append(with_band(in_units(mine, True)))
        return frames

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
        paths = self._paths(files, part)
        if not paths:
            return pl.DataFrame({"ts": []}, schema={"ts": pl.Int64})
        return self._narrow.select(
            paths,
            ["ts", *names],
            "station = ? and ts >= ? and ts < ?",
            [station, part.start, part.end],
            "ts",
        )

    def _paths(self, files: Sequence[FileRow], part: Part) -> list[Path]:
        return [self.root / f.path for f in files if f.to_ms >= part.start and f.from_ms < part.end]


def _told(
    found: Sequence[tuple[Tier, pl.DataFrame]], codes: Sequence[str], first: Tier, points: int
) -> Series:
    """The parts that have rows as one series."""
    if not found:
        return Series(_finish(pl.DataFrame({"ts": []}), codes), first.label)
    marked = [with_grain(f, tier.ms) for tier, f in found]
    frame = with_gaps(pl.concat(marked, how="diagonal").sort("ts"))
    return Series(_finish(thin(frame, codes, points), codes), _label(found, codes))


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
