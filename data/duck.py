"""DuckDB over the files of the lake: one in-memory instance a process, one cursor a question."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import polars as pl


class Duck:
    """Reads Parquet files by name. Safe between threads; a forked child opens its own."""

    def __init__(self, memory: str = "512MB", threads: int = 2) -> None:
        self._settings: dict[str, Any] = {"memory_limit": memory, "threads": str(threads)}
        self._lock = Lock()
        self._pid = 0
        self._link: duckdb.DuckDBPyConnection | None = None

    def select(
        self,
        files: Sequence[Path],
        columns: Sequence[str] | None,
        where: str,
        values: Sequence[Any] = (),
        order: str = "",
    ) -> pl.DataFrame:
        """The columns (None = all) that exist in the files; one that none has is left out."""
        what = "*"
        if columns is not None:
            names = "|".join(name.replace(".", "[.]") for name in columns)
            what = f"columns('^({names})$')"
        sql = (
            f"select {what} from read_parquet(?, union_by_name=true) "  # noqa: S608
            f"where {where}" + (f" order by {order}" if order else "")
        )
        paths = [str(file) for file in files]
        return self._cursor().execute(sql, [paths, *values]).pl()

    def summed(
        self,
        files: Sequence[Path],
        by: Sequence[str],
        facts: Sequence[str],
        where: str,
        values: Sequence[Any] = (),
    ) -> pl.DataFrame:
        """Sums of `facts` by the columns `by`, and the number of `rows`; a fact that no file has is
        null."""
        cursor, paths = self._cursor(), [str(file) for file in files]
        known = set(
            cursor.execute("select * from read_parquet(?, union_by_name=true) limit 0", [paths])
            .pl()
            .columns
        )
        keys = ", ".join(f'"{name}"' for name in by)
        sums = [f'sum("{f}") as "{f}"' if f in known else f'null::double as "{f}"' for f in facts]
        sql = (
            f"select {', '.join([*([keys] if keys else []), *sums, 'count(*) as rows'])} "  # noqa: S608
            f"from read_parquet(?, union_by_name=true) where {where}"
            + (f" group by {keys} order by {keys}" if keys else "")
        )
        return cursor.execute(sql, [paths, *values]).pl()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._link is None or self._pid != os.getpid():
                self._link = duckdb.connect(config=self._settings)
                # footers of wide files cost more than the rows of a point query
                self._link.execute("set parquet_metadata_cache=true")
                # the system caches the bytes of files already; here they would only add up
                self._link.execute("set enable_external_file_cache=false")
                self._pid = os.getpid()
            return self._link.cursor()
