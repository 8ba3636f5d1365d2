"""The live snapshot: the whole fleet at one tick, one Arrow IPC file renamed into place.

The collector writes it each second; every web worker maps it and reads without copying.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from data.catalogue.flags import Flag
from data.catalogue.points import point

MISSING = np.iinfo(np.int64).min
Fact = float | int | str | None
_ARRAYS = {
    "stations": np.int32,
    "values": np.int64,
    "flags": np.uint8,
    "fast_ms": np.int64,
    "slow_ms": np.int64,
    "online": np.uint8,
    "level": np.uint8,
    "unacknowledged": np.uint8,
}


@dataclass(frozen=True)
class Snapshot:
    """Values of n stations at k points; arrays read from a file can't be written."""

    seq: int
    at_ms: int
    """UTC, milliseconds, of the tick."""
    stations: np.ndarray
    """int32[n]: station IDs."""
    codes: tuple[str, ...]
    """k point codes."""
    values: np.ndarray
    """int64[k, n] in catalogue units; MISSING = never read, or not at this station."""
    flags: np.ndarray
    """uint8[k, n] of `Flag`; MISSING and GOOD together = the station has no such point."""
    fast_ms: np.ndarray
    """int64[n]: time of the last good fast answer, UTC ms; 0 = none yet."""
    slow_ms: np.ndarray
    online: np.ndarray
    """bool[n]"""
    level: np.ndarray
    """uint8[n]: worst open alarm that isn't suppressed, 1 (worst) to 4; 0 = none."""
    unacknowledged: np.ndarray
    """uint8[n]: 1 where an alarm waits for a person."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """What the collector says of itself: samples_per_s, missed_cycles ..."""

    @cached_property
    def row_of(self) -> dict[int, int]:
        return {int(station): row for row, station in enumerate(self.stations)}

    @cached_property
    def line_of(self) -> dict[str, int]:
        return {code: line for line, code in enumerate(self.codes)}

    @cached_property
    def _scales(self) -> list[tuple[int, float, str]]:
        """For each code: divisor, factor (one of them is 1) and block."""
        found: list[tuple[int, float, str]] = []
        for code in self.codes:
            row = point(code)
            fine = row.resolution < 1 and (1 / row.resolution) % 1 == 0
            divisor, factor = (int(1 / row.resolution), 1.0) if fine else (1, float(row.resolution))
            found.append((divisor, factor, row.block))
        return found

    def value(self, station_id: int, code: str) -> float | None:
        """A value in the point's unit; None when there is none."""
        row, line = self.row_of.get(station_id), self.line_of.get(code)
        return None if row is None or line is None else self._unit(line, row)

    def row(self, station_id: int) -> dict[str, tuple[float | None, Flag, float | None]]:
        """code -> (value in its unit, flag, age in s) of one station; {} for an unknown one.

        The age is None as long as the point's block was never read.
        """
        row = self.row_of.get(station_id)
        if row is None:
            return {}
        ages = {
            "fast": self._age(int(self.fast_ms[row])),
            "slow": self._age(int(self.slow_ms[row])),
            "derived": 0.0,
        }
        has = (self.values[:, row] != MISSING) | (self.flags[:, row] != Flag.GOOD)
        return {
            self.codes[line]: (
                self._unit(line, row),
                Flag(int(self.flags[line, row])),
                ages[self._scales[line][2]],
            )
            for line in np.flatnonzero(has).tolist()
        }

    def _unit(self, line: int, row: int) -> float | None:
        value = int(self.values[line, row])
        divisor, factor, _ = self._scales[line]
        return None if value == MISSING else value / divisor * factor

    def _age(self, ms: int) -> float | None:
        return max(0, self.at_ms - ms) / 1000 if ms else None


def write(path: Path, snapshot: Snapshot) -> None:
    """Put `snapshot` in place of the file at `path`; a reader sees the old or the new one.

    Not synced: after a power cut the next tick writes it anew. Raises OSError.
    """
    columns: dict[str, Any] = {
        name: _listed(np.ascontiguousarray(getattr(snapshot, name), dtype=kind))
        for name, kind in _ARRAYS.items()
    }
    columns["codes"] = pa.array([list(snapshot.codes)], pa.list_(pa.string()))
    head = {"seq": snapshot.seq, "at_ms": snapshot.at_ms, "facts": dict(snapshot.facts)}
    batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    schema = batch.schema.with_metadata({"pumphouse": json.dumps(head)})
    tmp = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with pa.OSFile(str(tmp), "wb") as sink, pa.ipc.new_file(sink, schema) as file:
        file.write_batch(batch.replace_schema_metadata(schema.metadata))
    tmp.replace(path)


def _listed(array: np.ndarray) -> pa.LargeListArray:
    """An array of any shape as one Arrow list, without a copy."""
    return pa.LargeListArray.from_arrays([0, array.size], pa.array(array.reshape(-1)))


class SnapshotReader:
    """Reads the newest snapshot; the same file is opened once. Not for use by two threads
    at a time without harm other than a second opening."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._cached: tuple[tuple[int, int], Snapshot] | None = None

    def read(self) -> Snapshot | None:
        """The newest snapshot; None when there is none or it can't be read."""
        try:
            stat = self.path.stat()
        except OSError:
            return None
        key = (stat.st_ino, stat.st_mtime_ns)
        cached = self._cached
        if cached is not None and cached[0] == key:
            return cached[1]
        try:
            snapshot = _load(self.path)
        except (OSError, pa.ArrowInvalid, KeyError, ValueError):
            return None
        self._cached = (key, snapshot)
        return snapshot


def _load(path: Path) -> Snapshot:
    with pa.memory_map(str(path)) as source:
        batch = pa.ipc.open_file(source).get_batch(0)
    head = json.loads(batch.schema.metadata[b"pumphouse"])
    arrays = {name: batch.column(name).flatten().to_numpy() for name in _ARRAYS}
    codes = tuple(batch.column("codes")[0].as_py())
    shape = (len(codes), len(arrays["stations"]))
    arrays["values"] = arrays["values"].reshape(shape)
    arrays["flags"] = arrays["flags"].reshape(shape)
    arrays["online"] = arrays["online"].view(np.bool_)
    return Snapshot(
        seq=head["seq"], at_ms=head["at_ms"], facts=head["facts"], codes=codes, **arrays
    )
