"""The door to readings of household, public and fire meters: files and forms in, rows out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from data.audit import record
from data.database import Database
from data.duck import Duck
from data.household_import import Find, Reading, check, read_readings
from data.lake_writer import LakeWriter
from data.manifest import FileRow, Manifest
from data.rights import require
from data.station_import import RefusedRow
from data.stations import Stations
from data.users import UserRow

__all__ = ["GROUP", "RIGHT", "Household", "Reading", "Taken"]

GROUP = "all"
"""Readings have one group; a file holds what came together."""
RIGHT = "readings.import"
MOST_DROPPED = 600_000
"""Rows of a file in the inbox: a reading company sends a whole city at once."""
_SCHEMA = {"station": pl.Int32, "ts": pl.Int64, "meter": pl.String, "kind": pl.String,
           "reading": pl.Int64}  # fmt: skip


@dataclass(frozen=True)
class Taken:
    """What came of a file or a form."""

    added: int
    refused: tuple[RefusedRow, ...]


class Household:
    """Readings are only ever added: one that stands there already is told and left as it is."""

    def __init__(
        self, db: Database, root: Path, manifest: Manifest, stations: Stations, zone: ZoneInfo
    ) -> None:
        self._db, self._root, self._manifest = db, root, manifest
        self._stations, self._zone = stations, zone
        self._duck = Duck("256MB")

    def import_table(self, file: BinaryIO, name: str, by: UserRow, at: datetime) -> Taken:
        """A person's CSV or Excel file; only stations within reach. Raises Forbidden."""
        require(by, RIGHT)
        good, refused = read_readings(file, self._within(by), self._zone, at)
        return self._take(good, refused, by.username, f"file {name}", at)

    def enter(self, texts: dict[str, str], by: UserRow, at: datetime) -> Taken:
        """A single reading from a form: the columns of a file's row. Raises Forbidden."""
        require(by, RIGHT)
        found = check(texts, self._within(by), self._zone, at)
        good, refused = ([], found) if isinstance(found, list) else ([found], [])
        return self._take(good, refused, by.username, "form", at)

    def take_dropped(self, file: BinaryIO, name: str, at: datetime) -> Taken:
        """A file that somebody with access to the machine has put into the inbox."""
        good, refused = read_readings(
            file, self._stations.by_code, self._zone, at, most_rows=MOST_DROPPED
        )
        return self._take(good, refused, "inbox", f"file {name}", at)

    def readings(
        self, start_ms: int, end_ms: int, stations: Iterable[int] | None = None
    ) -> pl.DataFrame:
        """station, ts (UTC ms), meter, kind, reading (litres) of [start_ms, end_ms)."""
        files = self._manifest.live("household", None, start_ms, end_ms)
        if not files:
            return pl.DataFrame(schema=_SCHEMA)
        where, values = "ts >= ? and ts < ?", [start_ms, end_ms]
        chosen: list[object] = list(values)
        if stations is not None:
            where += " and station in ?"
            chosen.append(sorted(set(stations)))
        paths = [self._root / file.path for file in files]
        return self._duck.select(paths, list(_SCHEMA), where, chosen, "station, meter, ts")

    def touched(self, files: Sequence[FileRow]) -> list[int]:
        """Stations with readings in these files."""
        if not files:
            return []
        paths = [self._root / file.path for file in files]
        return self._duck.select(paths, ["station"], "true")["station"].unique().sort().to_list()

    def _within(self, by: UserRow) -> Find:
        return lambda code: self._stations.by_code(code, by.scope)

    def _take(
        self, good: Sequence[Reading], refused: Sequence[RefusedRow], by: str, source: str,
        at: datetime,
    ) -> Taken:  # fmt: skip
        new, known = self._news(good)
        if new:
            writer = LakeWriter(self._root, self._manifest)
            with writer.change(lambda: at) as change:
                change.write("household", GROUP, "piece", _table(new))
        told = tuple(sorted([*refused, *known], key=lambda row: row.row))
        with self._db.session() as session:
            record(session, by, "readings.import", source, at, added=len(new), refused=len(told))
        return Taken(len(new), told)

    def _news(self, good: Sequence[Reading]) -> tuple[list[Reading], list[RefusedRow]]:
        """Readings that the lake doesn't have, and what is to be said of the others."""
        if not good:
            return [], []
        low, high = min(r.ts for r in good), max(r.ts for r in good) + 1
        frame = self.readings(low, high, {r.station for r in good})
        rows = frame.select("station", "meter", "ts", "reading").iter_rows()
        there = {(station, meter, ts): litres for station, meter, ts, litres in rows}
        new, told = [], []
        for reading in good:
            old = there.get((reading.station, reading.meter, reading.ts))
            if old is None:
                new.append(reading)
            elif old == reading.litres:
                told.append(RefusedRow(reading.row, "", "known"))
            else:
                values = {"value": f"{old / 1000:g}"}
                told.append(RefusedRow(reading.row, "reading_m3", "differs", values))
        return new, told


def _table(rows: Sequence[Reading]) -> dict[str, np.ndarray]:
    return {
        "station": np.array([r.station for r in rows], np.int64),
        "ts": np.array([r.ts for r in rows], np.int64),
        "meter": np.array([r.meter for r in rows], object),
        "kind": np.array([r.kind for r in rows], object),
        "reading": np.array([r.litres for r in rows], np.int64),
    }
