"""A list of pump houses from CSV or Excel: good rows become stations, bad rows a report."""

from __future__ import annotations

from collections.abc import Mapping
import dataclasses
from dataclasses import dataclass
from typing import Any, BinaryIO

from data.station_rows import StationRow


@dataclass(frozen=True)
class RefusedRow:
    """A row that can't be used. `row` counts as the file does, its header being row 1; `reason`
    is a key for the page's words, with its `values`."""

    row: int
    field: str
    reason: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class ImportReport:
    """What came of a file: codes of the stations added, and every refused row."""

    added: tuple[str, ...]
    refused: tuple[RefusedRow, ...]


def read_stations(
    file: BinaryIO,
    name: str,
    districts: Mapping[str, int],
    codes: set[str],
    taken: Mapping[tuple[str, int, int], str],
) -> tuple[list[StationRow], ImportReport]:
    """`districts` gives the id of a code, `codes` and `taken` what the database holds already."""
    del file, name, districts, codes, taken
    return [], ImportReport((), ())
