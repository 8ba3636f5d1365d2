"""A recording in a CSV file, read into points: which column is which point, what can't be read."""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from data.catalogue.points import Layout, columns
from simulator.types import Floats

LAYOUT = Layout("REGIONAL", (1,), 0)
"""A test bed: one pump whose winding and bearing are watched."""
TIMES = ("datetime", "timestamp", "time", "date")
SHOWN = 20
"""Complaints told one by one."""


class BadRecording(ValueError):
    """The file can't be replayed; the message says where and why."""


@dataclass(frozen=True)
class Source:
    """A point and how a column becomes it: value * scale + offset, in the point's unit."""

    point: str
    scale: float = 1.0
    offset: float = 0.0


KNOWN = {
    "Volume Flow RateRMS": Source("L.Q_OUT", 0.06),  # L/min
    "Pressure": Source("L.P_OUT", 0.1),  # bar
    "Current": Source("L.P1.I"),
    "Voltage": Source("EL.UA"),
    "Temperature": Source("L.P1.T_MOT"),
    "Thermocouple": Source("WQ.TEMP"),
    "Accelerometer1RMS": Source("L.P1.VIB", 10.0),  # g; a rough stand-in for mm/s at 150 Hz
}
"""Columns of the SKAB pump test bed; other files bring a TOML beside them or `--map`."""


@dataclass(frozen=True)
class Recording:
    """Values [rows, points] in the points' units, NaN = unreadable; seconds since the first row."""

    name: str
    seconds: Floats
    points: tuple[str, ...]
    values: Floats
    complaints: tuple[str, ...]

    @property
    def length(self) -> float:
        """s of one round, the last row's own time included."""
        steps = np.diff(self.seconds)
        return float(self.seconds[-1] + (np.median(steps) if len(steps) else 1.0))

    def at(self, elapsed: float) -> dict[str, float]:
        """Values `elapsed` s after the start, the recording going round and round."""
        row = int(np.searchsorted(self.seconds, elapsed % self.length, side="right")) - 1
        return dict(zip(self.points, self.values[max(0, row)].tolist(), strict=True))


def mapping(file: Path, given: Iterable[str]) -> dict[str, Source]:
    """What stands beside the file (FILE.toml: `COLUMN = "POINT"` or a table with point, scale,
    offset under [columns]) and in `--map COLUMN=POINT[*SCALE][+OFFSET]`, over the known columns.

    Raises BadRecording for a point that a test bed doesn't have.
    """
    found = dict(KNOWN)
    beside = file.with_suffix(".toml")
    if beside.exists():
        found |= _from_toml(beside)
    for text in given:
        column, equals, target = text.rpartition("=")
        if not equals:
            raise BadRecording(f"--map {text}: expected COLUMN=POINT")
        found[column] = _source(f"--map {text}", target)
    has = {column.code for column in columns(LAYOUT)}
    for column, source in found.items():
        if source.point not in has:
            raise BadRecording(f"column '{column}': a replay has no point '{source.point}'")
    return found


def read(file: Path, sources: Mapping[str, Source]) -> Recording:
    """Read a CSV (',' or ';') with a time column. Rows without a usable time are left out, cells
    that aren't numbers have no value; both are told. Raises BadRecording when nothing is left."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadRecording(f"{file}: can't be read: {error}") from error
    if len(lines) < 2:
        raise BadRecording(f"{file}: needs a header and at least one row")
    sign = ";" if lines[0].count(";") > lines[0].count(",") else ","
    rows = csv.reader(lines, delimiter=sign)
    header = [name.strip() for name in next(rows)]
    clock = next((i for i, name in enumerate(header) if name.lower() in TIMES), None)
    if clock is None:
        raise BadRecording(
            f"{file}: no time column ({', '.join(TIMES)}) among: {', '.join(header)}"
        )
    used = {i: sources[name] for i, name in enumerate(header) if name in sources}
    if not used:
        raise BadRecording(f"{file}: no known column; it has: {', '.join(header)}; use --map")
    return _collect(file, rows, header, clock, used)


def _collect(
    file: Path, rows: Iterable[list[str]], header: list[str], clock: int, used: dict[int, Source]
) -> Recording:
    times: list[float] = []
    values: list[list[float]] = []
    complaints: list[str] = []
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            complaints.append(f"row {number}: {len(row)} cells, the header has {len(header)}")
            continue
        time = _time(row[clock])
        if time is None or (times and time <= times[-1]):
            why = "is no time" if time is None else "is not after the row before"
            complaints.append(f"row {number}, column '{header[clock]}': '{row[clock]}' {why}")
            continue
        times.append(time)
        values.append([_number(row[i], s, number, header[i], complaints) for i, s in used.items()])
    if not times:
        raise BadRecording(f"{file}: no usable row; {'; '.join(complaints[:3])}")
    return Recording(
        name=file.stem,
        seconds=np.array(times) - times[0],
        points=tuple(source.point for source in used.values()),
        values=np.array(values),
        complaints=tuple(complaints),
    )


def _number(cell: str, source: Source, number: int, column: str, complaints: list[str]) -> float:
    try:
        value = float(cell.strip().replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        complaints.append(f"row {number}, column '{column}': '{cell}' is not a number")
        return math.nan
    return value * source.scale + source.offset


def _time(cell: str) -> float | None:
    text = cell.strip()
    try:
        return float(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _from_toml(file: Path) -> dict[str, Source]:
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8")).get("columns", {})
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadRecording(f"{file}: {error}") from error
    found = {}
    for column, row in rows.items():
        try:
            found[column] = Source(row) if isinstance(row, str) else Source(**row)
        except TypeError as error:
            raise BadRecording(f"{file}: column '{column}': {error}") from error
    return found


def _source(where: str, text: str) -> Source:
    body, _, offset = text.partition("+")
    point, _, scale = body.partition("*")
    try:
        return Source(point.strip(), float(scale or 1.0), float(offset or 0.0))
    except ValueError as error:
        raise BadRecording(f"{where}: {error}") from error
