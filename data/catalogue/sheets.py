"""What spreadsheet programs do with a table: limits, letters they refuse, texts they run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

RISKY = ("=", "+", "-", "@", "\t", "\r")
"""First letters that make a spreadsheet read a text as a formula."""
EXCEL_ROWS = 1_048_576
"""Rows of a sheet, its head included."""


def plain(value: Any) -> Any:
    """A cell of a CSV: empty for missing, ISO times; a text that would be taken for a formula gets
    an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(RISKY):
        return "'" + value
    return moment(value)


def moment(value: Any) -> Any:
    """A time as ISO text to the second, anything else as it is."""
    return value.isoformat(sep=" ", timespec="seconds") if isinstance(value, datetime) else value


def sheet_name(title: str) -> str:
    """At most 31 letters, without those that Excel refuses."""
    kept = "".join("·" if letter in "[]:*?/\\" else letter for letter in title)[:31].strip("'")
    return kept or "data"


def fill(sheet: Any, about: Any, bold: Any, heads: Sequence[str], facts: Sequence[Any]) -> None:
    """Write the head row of an xlsxwriter sheet and the facts of its second sheet."""
    sheet.freeze_panes(1, 0)
    for column, head in enumerate(heads):
        sheet.set_column(column, column, max(10, min(32, 2 * len(head))))
        sheet.write_string(0, column, head, bold)
    about.set_column(0, 0, 22)
    about.set_column(1, 1, 60)
    for line, (name, fact) in enumerate(facts):
        about.write_string(line, 0, str(name), bold)
        about.write_string(line, 1, str(fact))


def write_row(sheet: Any, line: int, row: Sequence[Any]) -> None:
    """One row of an xlsxwriter sheet: numbers as numbers, missing left empty, all else as text."""
    for column, value in enumerate(row):
        if value is None:
            continue
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if math.isfinite(value):
                sheet.write_number(line, column, value)
        else:
            sheet.write_string(line, column, str(moment(value)))
