"""DuckDB over the files of the lake: one in-memory instance a process, one cursor a question."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakSet

import duckdb
import polars as pl

from data.unreadable import names_what_it_cannot_read

_NUMBER = count()
MOST_KNOWN = 256
"""Lists of files whose columns are remembered."""


class Closed(RuntimeError):
    """A question to a lake that was let go of."""


class Duck:
    """Reads Parquet files by name. Safe between threads; a forked child opens its own."""

    def __init__(self, memory: str = "512MB", threads: int = 2) -> None:
        self._settings: dict[str, Any] = {"memory_limit": memory, "threads": str(threads)}
        self._lock = Lock()
        self._pid = 0
        self._closed = False
        self._columns: dict[int, frozenset[str]] = {}
        self._link: duckdb.DuckDBPyConnection | None = None
        self._cursors: WeakSet[duckdb.DuckDBPyConnection] = WeakSet()

    @names_what_it_cannot_read
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

    @names_what_it_cannot_read
    def with_names(self, files: Sequence[Path]) -> pl.DataFrame:
        """All rows and columns, and the name of each row's file as `filename`."""
        sql = "select * from read_parquet(?, union_by_name=true, filename=true)"
        return self._cursor().execute(sql, [[str(file) for file in files]]).pl()

    @names_what_it_cannot_read
    def columns(self, files: Sequence[Path]) -> frozenset[str]:
        """Names of the columns of any of these files."""
        return self._known(self._cursor(), [str(file) for file in files])

    @names_what_it_cannot_read
    def summed(
        self,
        files: Sequence[Path],
        by: Sequence[str],
        facts: Sequence[str],
        where: str,
        values: Sequence[Any] = (),
        last: str = "",
    ) -> pl.DataFrame:
        """Sums of `facts` by the columns `by`, and the number of `rows`; a fact that no file has is
        null. `last` names a column whose highest value is told too."""
        cursor, paths = self._cursor(), [str(file) for file in files]
        known = self._known(cursor, paths)
        keys = ", ".join(f'"{name}"' for name in by)
        sums = [_sum(f) if f in known else f'null::double as "{f}"' for f in facts]
        what = [*([keys] if keys else []), *sums, "count(*) as rows"]
        what += [f'max("{last}") as last'] if last else []
        sql = (
            f"select {', '.join(what)} "  # noqa: S608
            f"from read_parquet(?, union_by_name=true) where {where}"
            + (f" group by {keys} order by {keys}" if keys else "")
        )
        return cursor.execute(sql, [paths, *values]).pl()

    @names_what_it_cannot_read
    def summed_files(
        self, files: Sequence[Path], facts: Sequence[str], places: pl.DataFrame
    ) -> pl.DataFrame:
        """Sums of facts by filename, day and district. places: station, district, households,
        zones; other stations don't count. Also lost_households, households and rows."""
        cursor, paths = self._cursor(), [str(file) for file in files]
        source = "read_parquet(?, union_by_name=true, filename=true)"
        known = self._known(cursor, paths)
        sums = [_sum(f) if f in known else f'null::double as "{f}"' for f in facts]
        lost = 'sum("F.lost_s" * households / greatest(zones, 1))'
        if "F.lost_s" not in known:
            lost = "null::double"
        columns = [places[c].to_list() for c in ("station", "district", "households", "zones")]
        what = ", ".join(["filename, day, district", *sums, f"{lost} as lost_households"])
        places_sql = (
            "with places as (select unnest(?::int[]) as station, unnest(?::int[]) as district, "
            "unnest(?::double[]) as households, unnest(?::int[]) as zones) "
        )
        sql = (
            f"select {what}, sum(households) as households, count(*) as rows "  # noqa: S608
            f"from {source} join places using (station) group by all order by all"
        )
        return cursor.execute(places_sql + sql, [*columns, paths]).pl()

    @names_what_it_cannot_read
    def gathered(
        self,
        files: Sequence[Path],
        by: Sequence[str],
        sums: Sequence[str],
        means: Sequence[str],
        where: str,
        values: Sequence[Any],
        places: pl.DataFrame,
        count: bool = False,
    ) -> pl.DataFrame:
        """Sums and means by columns of the files or of `places`, joined on `station`; stations that
        `places` lacks are left out, a column that no file has is null. count: also `rows`."""
        cursor, paths = self._cursor(), [str(file) for file in files]
        known = self._known(cursor, paths)
        name = f"places_{next(_NUMBER)}"  # never that of another thread
        cursor.register(name, places)
        keys = ", ".join(f'"{name}"' for name in by)
        folds = [
            f'{how}("{c}") as "{c}"' if c in known else f'null::double as "{c}"'
            for how, columns in (("sum", sums), ("avg", means))
            for c in columns
        ]
        folds += ["count(*)::double as rows"] if count else []
        try:
            return cursor.execute(
                f"select {', '.join([keys, *folds])} "  # noqa: S608
                f"from read_parquet(?, union_by_name=true) join {name} using (station) "
                f"where {where} group by {keys} order by {keys}",
                [paths, *values],
            ).pl()
        finally:
            cursor.unregister(name)

    def _known(self, cursor: duckdb.DuckDBPyConnection, paths: list[str]) -> frozenset[str]:
        """Names of the columns of any of these files; they never change, so the answer is kept."""
        key = hash(tuple(paths))
        with self._lock:
            known = self._columns.get(key)
        if known is None:
            ask = "select * from read_parquet(?, union_by_name=true) limit 0"
            known = frozenset(cursor.execute(ask, [paths]).pl().columns)
            with self._lock:
                if len(self._columns) >= MOST_KNOWN:
                    self._columns.clear()
                self._columns[key] = known
        return known

    def close(self) -> None:
        """Break off what still runs and answer nothing more: the interpreter must not end around a
        thread that is inside of DuckDB."""
        with self._lock:
            self._closed = True
            if self._link is not None and self._pid == os.getpid():
                for cursor in list(self._cursors):
                    cursor.interrupt()
                self._link.close()
            self._link = None

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._closed:
                raise Closed("the lake is closed")
            if self._link is None or self._pid != os.getpid():
                self._link = duckdb.connect(config=self._settings)
                # footers of wide files cost more than the rows of a point query
                self._link.execute("set parquet_metadata_cache=true")
                # the system caches the bytes of files already; here they would only add up
                self._link.execute("set enable_external_file_cache=false")
                self._pid = os.getpid()
            cursor = self._link.cursor()
            self._cursors.add(cursor)
            return cursor


def _sum(fact: str) -> str:
    """Sum of what is known; NaN is unknown."""
    return f'sum("{fact}") filter (where not isnan("{fact}"::double)) as "{fact}"'
