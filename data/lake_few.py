"""Day facts of a few stations, read by polars: it decodes the rows that are asked for, where DuckDB
decodes whole row groups (a pump's year from 68 files: 76 ms of CPU against 390)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from threading import Lock

import polars as pl

from data.unreadable import names_what_it_cannot_read

MOST = 60
"""Stations that are few."""


class FewRows:
    """Reads Parquet files by name and keeps their schemas. Safe between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._schemas: dict[Path, pl.Schema] = {}

    @names_what_it_cannot_read
    def rows(
        self,
        files: Sequence[Path],
        columns: Sequence[str] | None,
        start: date,
        end: date,
        stations: Sequence[int],
    ) -> pl.DataFrame:
        """Rows of the days from `start` to `end`, both included, with the columns (None = all) that
        any file has; null where a file lacks one."""
        schema = self._schema(files)
        wanted = schema.names() if columns is None else [c for c in columns if c in schema]
        plan = pl.scan_parquet(
            list(files), schema=schema, missing_columns="insert", extra_columns="ignore"
        )
        inside = pl.col("day").is_between(start, end) & pl.col("station").is_in(list(stations))
        return plan.filter(inside).select(wanted).collect()

    def summed(
        self,
        files: Sequence[Path],
        by: Sequence[str],
        facts: Sequence[str],
        start: date,
        end: date,
        stations: Sequence[int],
    ) -> pl.DataFrame:
        """What Duck.summed gives: sums of facts by the columns `by`, and the number of `rows`."""
        frame = self.rows(files, [*by, *facts], start, end, stations)
        sums = [
            pl.when(known.count() > 0).then(known.sum()).cast(pl.Float64).alias(f)
            if f in frame.columns
            else pl.lit(None, pl.Float64).alias(f)
            for f in facts
            for known in [pl.col(f).fill_nan(None)]
        ]
        what = [*sums, pl.len().cast(pl.Int64).alias("rows")]
        return frame.group_by(list(by)).agg(what).sort(list(by)) if by else frame.select(what)

    def _schema(self, files: Sequence[Path]) -> pl.Schema:
        """The columns of all files together."""
        with self._lock:
            for file in files:
                if file not in self._schemas:
                    self._schemas[file] = pl.Schema(pl.read_parquet_schema(file))
            found = pl.Schema()
            for file in files:
                found.update(self._schemas[file])
            return found
