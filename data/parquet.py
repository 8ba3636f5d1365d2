"""Parquet as the lake keeps it: types by column name, encodings, durable writing, plain reading.

In memory a column is a numpy array: int64 with MISSING for "no value", float64 with NaN, or text.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.catalogue.points import point

MISSING = np.iinfo(np.int64).min
RAW = ("fast", "slow")
ROLLUPS = ("minute", "quarter", "hour")
FACTS = ("station_day", "pump_day")
DATASETS = (*RAW, "flags", *ROLLUPS, *FACTS)
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
}
ROW_GROUP = {"piece": 1 << 20, "hour": 16_384, "day": 16_384, "month": 32_768}
"""Rows of a row group by span: a query for one station should read little more than it."""
RAW_DAY_ROW_GROUP = 86_400
"""Two stations a day at 2 s."""


class UnknownColumn(ValueError):
    """A column that no dataset of the lake has."""


@lru_cache(maxsize=4096)
def column_type(dataset: str, name: str) -> pa.DataType:
    """Arrow type of a column; raises UnknownColumn."""
    if name in _FIXED:
        return _FIXED[name]
    if dataset in FACTS or name.startswith("F."):
        return pa.float64()
    suffix = name.rpartition(".")[2]
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


def to_arrow(dataset: str, columns: dict[str, np.ndarray]) -> pa.Table:
    """Columns as an Arrow table. A number that doesn't fit its type becomes null."""
    fields, arrays = [], []
    for name, values in columns.items():
        kind = column_type(dataset, name)
        fields.append(pa.field(name, kind, nullable=name not in ("station", "ts")))
        arrays.append(_array(values, kind))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _array(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    if kind == _TEXT:
        return pa.array(np.asarray(values, object), kind)
    if pa.types.is_date(kind):
        return pa.array(values.astype("datetime64[D]"), kind)
    if pa.types.is_floating(kind):
        floats = np.asarray(values, np.float64)
        return pa.array(floats, kind, mask=_or_none(np.isnan(floats)))
    if kind == pa.int64() and values.dtype == np.int64:
        return pa.array(values, kind, mask=_or_none(values == MISSING))
    target = np.dtype(kind.to_pandas_dtype())
    if values.dtype == target:
        return pa.array(values, kind)
    limits = np.iinfo(target)
    wide = np.asarray(values, np.int64)
    mask = (wide < limits.min) | (wide > limits.max)
    return pa.array(np.where(mask, 0, wide).astype(target), kind, mask=_or_none(mask))


def _or_none(mask: np.ndarray) -> np.ndarray | None:
    return mask if mask.any() else None


def writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A writer with the lake's encodings: deltas for integers, zstd 1, little statistics."""
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
        compression="zstd",
        compression_level=1,
        use_dictionary=text or False,
        column_encoding=encodings | plain,
        write_statistics=["station", "ts"],
        store_schema=False,
    )


def write_file(path: Path, tables: Iterable[pa.Table], group_rows: int | None) -> int:
    """Write tables of one schema one after another; returns the file's size in bytes.

    group_rows: rows of a row group; None = each table is one.

    The file appears whole or not at all: written aside, synced, renamed. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    try:
        sink: pq.ParquetWriter | None = None
        for table in tables:
            sink = sink or writer(aside, table.schema)
            sink.write_table(table, row_group_size=group_rows or table.num_rows)
        if sink is None:
            raise ValueError(f"no rows for {path.name}")
        sink.close()
        _sync(aside)
        size = aside.stat().st_size
        aside.replace(path)
        _sync(path.parent)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return size


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_columns(path: Path, names: Sequence[str] | None = None) -> dict[str, np.ndarray]:
    """Columns of a file as numpy arrays; names that the file lacks are left out."""
    with pq.ParquetFile(path) as file:
        if names is not None:
            known = set(file.schema_arrow.names)
            names = [name for name in names if name in known]
        table = file.read(columns=names, use_threads=False)
    return {name: _numpy(table.column(name)) for name in table.column_names}


def _numpy(column: pa.ChunkedArray) -> np.ndarray:
    kind = column.type
    if kind == _TEXT:
        return np.asarray(column.to_pylist(), object)
    dtype: Any = "datetime64[D]" if pa.types.is_date(kind) else np.int64
    if pa.types.is_floating(kind):
        dtype = np.float64
    elif dtype is np.int64 and column.null_count:
        column = pc.fill_null(column.cast(pa.int64()), MISSING)
    values: np.ndarray = column.to_numpy()
    return values.astype(dtype, copy=False)


def stacked(tables: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Tables one under the other, sorted by (station, ts); a column that one lacks is MISSING
    (NaN, None) there."""
    kinds = {name: values.dtype for table in tables for name, values in table.items()}
    if not kinds:
        return {"station": np.empty(0, np.int64), "ts": np.empty(0, np.int64)}
    joined = {
        name: np.concatenate(
            [t[name] if name in t else _missing(len(t["ts"]), kind) for t in tables]
        )
        for name, kind in kinds.items()
    }
    order = np.lexsort((joined["ts"], joined["station"]))
    return {name: values[order] for name, values in joined.items()}


def _missing(rows: int, kind: np.dtype) -> np.ndarray:
    if kind == np.float64:
        return np.full(rows, np.nan)
    return np.full(rows, MISSING if kind == np.int64 else None, kind)
