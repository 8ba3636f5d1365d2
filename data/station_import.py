"""A list of pump houses from CSV or Excel: good rows become stations, bad rows a report."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from data.catalogue.station_columns import headings, plain, station_columns
from data.station_check import Check
from data.station_rows import CompoundRow, DistrictRow, StationRow
from data.station_table import TableError, read_table


@dataclass(frozen=True)
class RefusedRow:
    """What can't be used. `row` counts as the file does, from 1; `field` is a column of
    station_columns.toml, a heading that nobody knows, or '' for the whole file; `reason` is a
    key for the page's words (`import.REASON`), with its `values`."""

    row: int
    field: str
    reason: str
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class ImportReport:
    """What came of a file: codes of the stations added, and everything that was refused; a row
    with several faults stands here several times."""

    added: tuple[str, ...]
    refused: tuple[RefusedRow, ...]


def read_stations(
    file: BinaryIO,
    districts: Iterable[DistrictRow],
    compounds: Iterable[CompoundRow],
    codes: Iterable[str],
    addresses: Mapping[tuple[str, int, int], str],
) -> tuple[list[StationRow], list[CompoundRow], ImportReport]:
    """Stations of the good rows, the compounds that are new with them, and the report. The rest is
    what the database holds already; `addresses` with the code of the station that has it."""
    check = Check(districts, compounds, codes, addresses)
    good: list[StationRow] = []
    refused: list[RefusedRow] = []
    try:
        (first, header), *rows = read_table(file)
        order = _order(header)
    except TableError as error:
        return [], [], ImportReport((), (RefusedRow(1, "", error.reason, error.values),))
    unknown = [word for i, word in enumerate(header) if word and i not in order]
    refused += [RefusedRow(first, word, "unknown_column") for word in unknown]
    for number, cells in rows:
        texts = {code: cells[i] for i, code in order.items() if i < len(cells)}
        if "name_zh" not in order.values():
            texts["name_zh"] = texts.get("compound_zh", "")
        station, problems = check.station(texts)
        refused += [RefusedRow(number, *problem) for problem in problems]
        if station is not None:
            good.append(station)
    report = ImportReport(tuple(row.code for row in good), tuple(refused))
    return good, check.compounds.fresh, report


def _order(header: list[str]) -> dict[int, str]:
    """Column code by place in the row, for the headings that are known. Raises TableError."""
    found: dict[int, str] = {}
    for i, heading in enumerate(header):
        code = headings().get(plain(heading))
        if code is None:
            continue
        if code in found.values():
            raise TableError("column_twice", heading=heading)
        found[i] = code
    required = [code for code, column in station_columns().items() if column.required]
    if "compound_zh" in found.values():
        required.remove("name_zh")
    if missing := [code for code in required if code not in found.values()]:
        raise TableError("missing_columns", columns=", ".join(missing))
    return found
