"""Rows of one station: read alone, and put in the place of others without holding a whole file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.lake import Lake
from data.manifest import FileRow
from data.parquet import arrays_of

Table = dict[str, np.ndarray]


class StationLake:
    """The stored rows of one station of a group."""

    def __init__(self, lake: Lake, group: str, station: int) -> None:
        self.lake, self.group, self.station = lake, group, station

    def files(self, dataset: str, from_ms: int, to_ms: int) -> list[FileRow]:
        """Files that may hold rows of the station in [from_ms, to_ms)."""
        group = "all" if dataset.endswith("_day") else self.group
        files = self.lake.manifest.live(dataset, [group], from_ms, to_ms)
        return [f for f in files if f.first_station <= self.station <= f.last_station]

    def rows(self, dataset: str, from_ms: int, to_ms: int) -> Table:
        """All columns, by time; as stored (Lake.rows)."""
        return self.read(self.files(dataset, from_ms, to_ms), from_ms, to_ms)

    def read(self, files: Sequence[FileRow], from_ms: int, to_ms: int) -> Table:
        """`rows` of files that are already listed."""
        mine = (
            (pc.field("station") == self.station)
            & (pc.field("ts") >= from_ms)
            & (pc.field("ts") < to_ms)
        )
        tables = [
            pq.read_table(
                self.lake.root / f.path, filters=mine, use_threads=False, partitioning=None
            )
            for f in files
        ]
        if not tables:
            return {"station": np.empty(0, np.int64), "ts": np.empty(0, np.int64)}
        table = arrays_of(pa.concat_tables(tables, promote_options="default"))
        order = np.argsort(table["ts"], kind="stable")
        return {name: values[order] for name, values in table.items()}


def patched(
    path: Path, station: int, from_ms: int, to_ms: int, rows: pa.Table
) -> Iterator[pa.Table]:
    """The file's row groups, in order, with `rows` instead of the station's of [from_ms, to_ms).

    rows: of this station, by time; may be empty. One row group is held at a time.
    """
    with pq.ParquetFile(path) as file:
        schema = pa.unify_schemas([file.schema_arrow, rows.schema])
        rows = _as(rows, schema)
        put = not rows.num_rows
        for number in range(file.num_row_groups):
            part = _as(file.read_row_group(number, use_threads=False), schema)
            ids, ts = part.column("station").to_numpy(), part.column("ts").to_numpy()
            keep = (ids != station) | (ts < from_ms) | (ts >= to_ms)
            if not keep.all():
                part = part.filter(pa.array(keep))
            # they go where their station's rows are, or before the first later station
            if not put and (ids[-1] > station or (ids[-1] == station and ts[-1] >= from_ms)):
                part, put = _sorted(pa.concat_tables([part, rows])), True
            if part.num_rows:
                yield part
        if not put:
            yield rows


def _as(table: pa.Table, schema: pa.Schema) -> pa.Table:
    absent = [f for f in schema if f.name not in table.schema.names]
    for field in absent:
        table = table.append_column(field.name, pa.nulls(table.num_rows, field.type))
    return table.select(schema.names).cast(schema)


def _sorted(table: pa.Table) -> pa.Table:
    order = np.lexsort((table.column("ts").to_numpy(), table.column("station").to_numpy()))
    return table.combine_chunks().take(pa.array(order))
