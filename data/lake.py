"""Reads the lake: series for a chart, a fleet's values, facts, and whole rows for a rollup.

Every answer comes from one list of files, taken from the manifest in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from data.catalogue.points import columns, point
from data.duck import Duck
from data.lake_sums import FileSums, nothing
from data.manifest import FileRow, Manifest
from data.parquet import MISSING, read_columns
from data.series import Series, in_units, stored_columns, thin, with_band, with_gaps, with_grain
from data.station_rows import StationRow
from data.tiers import DAY, TIERS, Part, Tier, plan, preferred

__all__ = ["MISSING", "Lake", "Series"]

HOLD = 150_000
"""A value of the slow block is shown for this long, in ms, beside the fast ones."""


class UnknownPoint(ValueError):
    """A code that this station doesn't have."""


class Lake:
    """The reader. Makes no files, keeps no state but DuckDB's cache."""

    def __init__(self, root: Path, manifest: Manifest) -> None:
        self.root = root
        self.manifest = manifest
        self._duck = Duck()
        self._sums = FileSums(self._duck)

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
        low, high = _ms(start), _ms(end)
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

    def fleet(
        self,
        codes: Sequence[str],
        start: datetime,
        end: datetime,
        dataset: str = "quarter",
        stations: Iterable[int] | None = None,
    ) -> pl.DataFrame:
        """Rows of all stations in [start, end): station, ts (Datetime ms, UTC) and the codes.

        codes: points, also CODE.min, CODE.max or CODE.inc, and facts (F.volume); floats in units,
        null where a station lacks a point. Sorted by station and ts.
        """
        low, high = _ms(start), _ms(end)
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
        return _finish(frame.sort("station", "ts"), codes)

    def facts(
        self,
        dataset: str,
        start: date,
        end: date,
        stations: Iterable[int] | None = None,
    ) -> pl.DataFrame:
        """Rows of `station_day` or `pump_day` from `start` to `end`, both days included.

        Columns: station, day, for pumps also zone, pump and bin, then the facts as floats.
        """
        paths, where, values = self._days(dataset, start, end, stations)
        if not paths:
            return pl.DataFrame(schema={"station": pl.Int32, "day": pl.Date})
        return self._duck.select(paths, None, where, values, "station, day").drop("ts")

    def summed(
        self,
        dataset: str,
        by: Sequence[str],
        facts: Sequence[str],
        start: date,
        end: date,
        stations: Iterable[int] | None = None,
    ) -> pl.DataFrame:
        """Sums of facts of a day dataset by some of its keys (station, day, zone, pump, bin ...).

        Columns: `by`, the facts (null where no row knows one), and `rows`; sorted by `by`.
        """
        paths, where, values = self._days(dataset, start, end, stations)
        if not paths:
            return nothing(by, (*facts, "rows"))
        return self._duck.summed(paths, by, facts, where, values)

    def summed_city(
        self, dataset: str, facts: Sequence[str], start: date, end: date, places: pl.DataFrame
    ) -> pl.DataFrame:
        """Sums of facts by day and district, both days included, kept by file (FileSums).

        places: station, district, households, zones of the stations that count. Columns: day,
        district, the facts, lost_households, households, rows.
        """
        paths, _, _ = self._days(dataset, start, end, None)
        names = [*facts, "lost_households", "households", "rows"]
        if not paths:
            return nothing(("day", "district"), names)
        frame = self._sums.of(paths, facts, places)
        inside = frame.lazy().filter(pl.col("day").is_between(start, end))
        sums = [pl.when(pl.col(n).count() > 0).then(pl.col(n).sum()).alias(n) for n in names]
        return inside.group_by("day", "district").agg(sums).sort("day", "district").collect()

    def summed_steps(
        self,
        dataset: str,
        by: Sequence[str],
        facts: Sequence[str],
        start: datetime,
        end: datetime,
        stations: Iterable[int] | None = None,
    ) -> pl.DataFrame:
        """Sums of facts of a rollup over [start, end) by its keys (station, ts); also `rows` and
        `last`, the start of the newest step in UTC ms."""
        low, high = _ms(start), _ms(end)
        paths = [self.root / f.path for f in self.manifest.live(dataset, None, low, high)]
        if not paths:
            return nothing(by, (*facts, "rows", "last"))
        where, values = "ts >= ? and ts < ?", [low, high]
        chosen = None if stations is None else sorted(set(stations))
        if chosen is not None:
            where += " and station in ?"
        return self._duck.summed(
            paths, by, facts, where, [*values, *([chosen] if chosen is not None else [])], "ts"
        )

    def gathered(
        self,
        dataset: str,
        by: Sequence[str],
        sums: Sequence[str],
        means: Sequence[str],
        start: datetime,
        end: datetime,
        places: pl.DataFrame,
    ) -> pl.DataFrame:
        """Sums of facts and means of points over the rows of [start, end) of a rollup dataset.

        places: `station` and what stations may be grouped by (district, type); others' rows are
        left out. by: columns of places, or `ts` (Datetime ms, UTC). Means are in units; what no
        row knows is null. Sorted by `by`.
        """
        low, high = _ms(start), _ms(end)
        files = self.manifest.live(dataset, None, low, high)
        if not files:
            return pl.DataFrame(schema=dict.fromkeys((*by, *sums, *means), pl.Float64))
        paths = [self.root / file.path for file in files]
        where = "ts >= ? and ts < ?"
        frame = self._duck.gathered(paths, by, sums, means, where, [low, high], places)
        frame = in_units(frame, True)
        if "ts" not in by:
            return frame
        time = pl.from_epoch(pl.col("ts").cast(pl.Int64), time_unit="ms")
        return frame.with_columns(time.dt.replace_time_zone("UTC"))

    def _days(
        self, dataset: str, start: date, end: date, stations: Iterable[int] | None
    ) -> tuple[list[Path], str, list[object]]:
        """Files, condition and values of the days from `start` to `end`, both included."""
        low, high = (_ms(datetime(d.year, d.month, d.day, tzinfo=UTC)) for d in (start, end))
        files = self.manifest.live(dataset, None, low - DAY, high + 2 * DAY)  # days are local
        where, values = "day >= ? and day <= ?", [start, end]
        if stations is None:
            return [self.root / file.path for file in files], where, list(values)
        chosen = sorted(set(stations))
        where += " and station in ?"
        return [self.root / file.path for file in files], where, [*values, chosen]

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
        return self._duck.select(
            paths,
            ["ts", *names],
            "station = ? and ts >= ? and ts < ?",
            [station, part.start, part.end],
            "ts",
        )


def _ms(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("a time of the lake needs a zone")
    return round(at.timestamp() * 1000)


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
