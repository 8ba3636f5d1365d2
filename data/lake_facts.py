"""Sums of facts in the store: whole days, steps of a rollup, by any of their keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from data.duck import Duck
from data.lake_days import DayRows
from data.lake_few import MOST, FewRows
from data.lake_sums import FileSums, nothing
from data.manifest import FileRow, Manifest
from data.series import in_units
from data.tiers import DAY


class FactSums:
    """The part of the lake's reader that adds up."""

    def __init__(self, root: Path, manifest: Manifest, duck: Duck) -> None:
        self.root = root
        self.manifest = manifest
        self._duck = duck
        self._sums = FileSums(duck)
        self._rows = DayRows(root, duck)
        self._few = FewRows()

    def facts(
        self,
        dataset: str,
        start: date,
        end: date,
        stations: Iterable[int] | None = None,
        names: Sequence[str] | None = None,
    ) -> pl.DataFrame:
        """Rows of `station_day` or `pump_day` from `start` to `end`, both days included.

        Columns: station, day, for pumps also zone, pump and bin, then the facts as floats. names:
        only these beside station and day.
        """
        chosen = None if stations is None else sorted(set(stations))
        files = self._day_files(dataset, start, end)
        if not files:
            return pl.DataFrame(schema={"station": pl.Int32, "day": pl.Date})
        paths, where, values = self._days(files, start, end, chosen)
        if chosen is not None and len(chosen) <= MOST:
            few = None if names is None else ["station", "day", *names]
            found = self._few.rows(paths, few, start, end, chosen).sort("station", "day")
            return found.drop("ts", strict=False)
        if names is not None:
            return self._duck.select(
                paths, ["station", "day", *names], where, values, "station, day"
            )
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
        chosen = None if stations is None else sorted(set(stations))
        files = self._day_files(dataset, start, end)
        if not files:
            return nothing(by, (*facts, "rows"))
        if dataset == "station_day":
            kept = self._rows.summed(files, by, facts, start, end, chosen)
            if kept is not None:
                return kept
        paths, where, values = self._days(files, start, end, chosen)
        if chosen is not None and len(chosen) <= MOST:
            return self._few.summed(paths, by, facts, start, end, chosen)
        return self._duck.summed(paths, by, facts, where, values)

    def summed_city(
        self, dataset: str, facts: Sequence[str], start: date, end: date, places: pl.DataFrame
    ) -> pl.DataFrame:
        """Sums of facts by day and district, both days included, kept by file (FileSums).

        places: station, district, households, zones of the stations that count. Columns: day,
        district, the facts, lost_households, households, rows.
        """
        paths = [self.root / file.path for file in self._day_files(dataset, start, end)]
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
        low, high = in_ms(start), in_ms(end)
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
        count: bool = False,
    ) -> pl.DataFrame:
        """Sums of facts and means of points over the rows of [start, end) of a rollup dataset.

        places: `station` and what stations may be grouped by (district, type); others' rows are
        left out. by: columns of places, or `ts` (Datetime ms, UTC). Means are in units; what no
        row knows is null. Sorted by `by`. count: also the number of `rows`.
        """
        low, high = in_ms(start), in_ms(end)
        files = self.manifest.live(dataset, None, low, high)
        if not files:
            return pl.DataFrame(
                schema=dict.fromkeys((*by, *sums, *means, *(["rows"] if count else [])), pl.Float64)
            )
        paths = [self.root / file.path for file in files]
        where = "ts >= ? and ts < ?"
        frame = self._duck.gathered(paths, by, sums, means, where, [low, high], places, count)
        frame = in_units(frame, True)
        if "ts" not in by:
            return frame
        time = pl.from_epoch(pl.col("ts").cast(pl.Int64), time_unit="ms")
        return frame.with_columns(time.dt.replace_time_zone("UTC"))

    def _day_files(self, dataset: str, start: date, end: date) -> list[FileRow]:
        """Files with local days from `start` to `end`, both included."""
        low, high = (in_ms(datetime(d.year, d.month, d.day, tzinfo=UTC)) for d in (start, end))
        return self.manifest.live(dataset, None, low - DAY, high + 2 * DAY)

    def _days(
        self, files: Sequence[FileRow], start: date, end: date, stations: Iterable[int] | None
    ) -> tuple[list[Path], str, list[object]]:
        """Paths, condition and values of the days from `start` to `end`, both included."""
        paths = [self.root / file.path for file in files]
        where, values = "day >= ? and day <= ?", [start, end]
        if stations is None:
            return paths, where, list(values)
        return paths, where + " and station in ?", [*values, list(stations)]

    def close(self) -> None:
        """Let go of DuckDB."""
        self._duck.close()


def in_ms(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError("a time of the lake needs a zone")
    return round(at.timestamp() * 1000)
