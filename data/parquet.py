"""Parquet as the lake keeps it: types by column name, encodings, durable writing, plain reading.

In memory a column is a numpy array: int64 with MISSING for "no value", float64 with NaN, or text.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.catalogue.points import point

MISSING = np.iinfo(np.int64).min
ABSENT = np.iinfo(np.int32).min
"""MISSING of a column that comes as int32."""
RAW = ("fast", "slow")
ROLLUPS = ("minute", "quarter", "hour")
GOT = "got_"
"""Before a rollup's name: its rows as they were before people corrected them."""
FACTS = ("station_day", "set_day", "pump_day", "household_day")
DATASETS = (*RAW, "flags", *ROLLUPS, *FACTS, "household")
_TEXT = pa.string()
_FIXED: dict[str, pa.DataType] = {
    "station": pa.int32(),
    "ts": pa.int64(),
    "polls": pa.int32(),
    "polls_slow": pa.int32(),
    "seconds": pa.float64(),
    "point": _TEXT,
    "flag": pa.uint8(),
    "raw": pa.int64(),
    "day": pa.date32(),
    "zone": _TEXT,
    "pump": pa.int8(),
    "bin": pa.int8(),
    "running": pa.int8(),
    "meter": _TEXT,
    "kind": _TEXT,
    "reading": pa.int64(),
}
ROW_GROUP = {
    "piece": 1 << 20,
    "quarter": 32_768,
    "hour": 12_288,
    "day": 16_384,
    "month": 8_192,
}
"""Rows of a row group by span: a query for one station should read little more than it."""
_SHORT = 2000
"""Columns up to this long are converted all at once, longer ones each in the cache."""
BRIEF = ("piece", "quarter")
"""Spans of files that will be merged within the hour: lz4 costs half the time of zstd."""
RAW_DAY_ROW_GROUP = 86_400
"""Two stations a day at 2 s."""


class UnknownColumn(ValueError):
    """A column that no dataset of the lake has."""


@lru_cache(maxsize=4096)
def column_type(dataset: str, name: str) -> pa.DataType:
    """Arrow type of a column; raises UnknownColumn."""
    if name in _FIXED:
        return _FIXED[name]
    if dataset.removeprefix(GOT) in FACTS or name.startswith("F."):
        return pa.float64()
    suffix, dataset = name.rpartition(".")[2], dataset.removeprefix(GOT)
    try:
        row = point(name)
    except KeyError:
        if dataset in ROLLUPS and suffix in ("min", "max", "n", "inc"):
            return pa.int64() if suffix == "inc" else pa.int32()
        raise UnknownColumn(f"{dataset} has no column '{name}'") from None
    return pa.int64() if row.rollup == "counter" else pa.int32()


def row_group(dataset: str, span: str) -> int:
    """Rows of one row group."""
    return RAW_DAY_ROW_GROUP if dataset == "fast" and span == "day" else ROW_GROUP[span]


def to_arrow(dataset: str, columns: Mapping[str, np.ndarray]) -> pa.Table:
    """Columns as an Arrow table. A number that doesn't fit its type becomes null."""
    kinds = {name: column_type(dataset, name) for name in columns}
    narrow = [n for n, k in kinds.items() if k == pa.int32() and columns[n].dtype == np.int64]
    arrays = dict(zip(narrow, _narrowed([columns[n] for n in narrow]), strict=True))
    for name, kind in kinds.items():
        if name not in arrays:
            arrays[name] = _array(columns[name], kind)
    fields = [pa.field(n, k, nullable=n not in ("station", "ts")) for n, k in kinds.items()]
    return pa.Table.from_arrays([arrays[n] for n in kinds], schema=pa.schema(fields))


def _narrowed(columns: Sequence[np.ndarray]) -> list[pa.Array]:
    """int64 columns of one length as int32 arrays."""
    if not columns:
        return []
    if len(columns[0]) > _SHORT:
        return [a for column in columns for a in _narrow(column[None])]
    return _narrow(np.stack(columns))


def _narrow(wide: np.ndarray) -> list[pa.Array]:
    narrow = wide.astype(np.int32)
    lost = narrow != wide
    some = lost.any(axis=1)
    return [
        pa.array(values, pa.int32(), mask=mask if has else None)
        for values, mask, has in zip(narrow, lost, some, strict=True)
    ]


def _array(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    if kind == _TEXT:
        return pa.array(np.asarray(values, object), kind)
    if pa.types.is_date(kind):
        return pa.array(values.astype("datetime64[D]"), kind)
    if pa.types.is_floating(kind):
        floats = np.asarray(values, np.float64)
        return pa.array(floats, kind, mask=_or_none(np.isnan(floats)))
    if kind == pa.int64():
        wide = np.asarray(values, np.int64)
        return pa.array(wide, kind, mask=_or_none(wide == MISSING))
    if kind == pa.int32() and values.dtype == np.int32:
        return pa.array(values, kind, mask=_or_none(values == ABSENT))
    return pa.array(np.asarray(values).astype(kind.to_pandas_dtype(), copy=False), kind)


def _or_none(mask: np.ndarray) -> np.ndarray | None:
    return mask if mask.any() else None


def writer(path: Path, schema: pa.Schema, brief: bool) -> pq.ParquetWriter:
    """A writer with the lake's encodings: deltas for integers, little statistics, zstd 1.

    brief: lz4 instead, for a sixth more bytes.
    """
    text = [f.name for f in schema if f.type == _TEXT]
    encodings = {
        f.name: "BYTE_STREAM_SPLIT" if pa.types.is_floating(f.type) else "DELTA_BINARY_PACKED"
        for f in schema
        if f.name not in text and f.type != pa.uint8() and f.type != pa.int8()
    }
    plain = {f.name: "PLAIN" for f in schema if f.type in (pa.uint8(), pa.int8())}
    return pq.ParquetWriter(
        path,
        schema,
        compression="lz4" if brief else "zstd",
        compression_level=None if brief else 1,
        use_dictionary=text or False,
        column_encoding=encodings | plain,
        write_statistics=["station", "ts"],
        store_schema=False,
    )


def write_file(
    path: Path, tables: Iterable[pa.Table], group_rows: int | None, brief: bool = False
) -> int:
    """Write tables of one schema one after another; returns the file's size in bytes.

    group_rows: rows of a row group; None = each table is one. brief: as in `writer`. The caller
    syncs the folder before anyone relies on the file.

    The file appears whole or not at all: written aside, synced, renamed. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    try:
        sink: pq.ParquetWriter | None = None
        for table in tables:
            sink = sink or writer(aside, table.schema, brief)
            sink.write_table(table, row_group_size=group_rows or table.num_rows)
        if sink is None:
            raise ValueError(f"no rows for {path.name}")
        sink.close()
        sync(aside)
        size = aside.stat().st_size
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return size


def sync(path: Path) -> None:
    """Put a file's bytes, or a folder's names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@lru_cache(maxsize=8192)
def stations_in(path: Path) -> np.ndarray:
    """Ids of the stations that a file of the lake has rows of, each once. Kept by name: a file is
    never written anew. Not to be changed."""
    with pq.ParquetFile(path) as file:
        found = file.read(columns=["station"], use_threads=False)["station"].unique()
    return np.asarray(found.to_numpy(), np.int64)


def read_columns(
    paths: Sequence[Path], names: Sequence[str] | None = None, narrow: bool = False
) -> dict[str, np.ndarray]:
    """Columns of files of one dataset, one under the other, as numpy arrays.

    names: None = all. A column that only some of the files have is MISSING (NaN, None) in the
    others; one that none has is left out. narrow: int32 without a gap stays as it is, uncopied.
    """
    tables = []
    for path in paths:
        with pq.ParquetFile(path) as file:
            known = set(file.schema_arrow.names)
            wanted = None if names is None else [name for name in names if name in known]
            tables.append(file.read(columns=wanted, use_threads=False))
    if not tables:
        return {"station": np.empty(0, np.int64), "ts": np.empty(0, np.int64)}
    return arrays_of(pa.concat_tables(tables, promote_options="default"), narrow)


def arrays_of(table: pa.Table, narrow: bool = False) -> dict[str, np.ndarray]:
    """An Arrow table's columns as they stand in memory; narrow: as in `read_columns`."""
    return {name: _numpy(table.column(name), narrow) for name in table.column_names}


def _numpy(column: pa.ChunkedArray, narrow: bool) -> np.ndarray:
    kind = column.type
    if narrow and kind == pa.int32() and not column.null_count:
        return np.asarray(column.to_numpy())
    if kind == _TEXT:
        return np.asarray(column.to_pylist(), object)
    dtype: Any = "datetime64[D]" if pa.types.is_date(kind) else np.int64
    if pa.types.is_floating(kind):
        dtype = np.float64
    elif dtype is np.int64 and column.null_count:
        column = pc.fill_null(column.cast(pa.int64()), MISSING)
    values: np.ndarray = column.to_numpy()
    return values.astype(dtype, copy=False)
