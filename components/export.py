"""Tables to take away: CSV as the bare table, Excel with a second sheet of facts."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from dash import html

from components.glyphs import icon
from components.ids import each
from components.page import View

Rows = Sequence[Sequence[Any]]
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""First letters that make a spreadsheet read a text as a formula."""


def download(
    kind: str,
    name: str,
    heads: Sequence[str],
    rows: Rows,
    facts: Sequence[tuple[str, str]],
    title: str,
) -> dict[str, Any]:
    """What dcc.Download takes. `kind` 'csv' or 'xlsx'; `name` without ending."""
    content = csv_bytes(heads, rows) if kind == "csv" else xlsx_bytes(heads, rows, facts, title)
    return {
        "filename": f"{name}.{'csv' if kind == 'csv' else 'xlsx'}",
        "content": base64.b64encode(content).decode(),
        "base64": True,
        "type": "text/csv" if kind == "csv" else EXCEL,
    }


def csv_bytes(heads: Sequence[str], rows: Rows) -> bytes:
    """UTF-8 with BOM, so that Excel reads Chinese; raw numbers, ISO times, empty for missing."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def xlsx_bytes(
    heads: Sequence[str], rows: Rows, facts: Sequence[tuple[str, str]], title: str
) -> bytes:
    """The table on the first sheet, `facts` (scope, range, made when and by whom) on a second."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet(_sheet_name(title))
    sheet.freeze_panes(1, 0)
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
        sheet.set_column(column, column, max(10, min(32, 2 * len(head))))
    for line, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                sheet.write_number(line, column, value)
            else:
                sheet.write_string(line, column, str(_time(value)))
    about = book.add_worksheet("facts" if sheet.name != "facts" else "about")
    about.set_column(0, 0, 22)
    about.set_column(1, 1, 60)
    for line, (name, fact) in enumerate(facts):
        about.write_string(line, 0, name, bold)
        about.write_string(line, 1, fact)
    book.close()
    return out.getvalue()


def file_buttons(page: str, css: str = "button") -> list[html.Button]:
    """One button a kind of file; their ids are those of each(page, "export", kind)."""
    return [
        html.Button(
            [icon("download", 16), word],
            id=each(page, "export", kind),
            className=css,
            type="button",
        )
        for kind, word in (("csv", "CSV"), ("xlsx", "Excel"))
    ]


def file_name(view: View, *parts: str) -> str:
    """Name without ending: the parts, when it was made, in which language."""
    made = view.now.astimezone(view.zone).strftime("%Y%m%d-%H%M")
    return "_".join([*parts, made, view.language]).replace("/", "-")


def facts(
    view: View, scope: str, span: str = "", more: Sequence[tuple[str, str]] = ()
) -> list[tuple[str, str]]:
    """The usual rows of the second sheet."""
    rows = [(view.text("export.scope"), scope)]
    if span:
        rows.append((view.text("export.span"), span))
    made = view.now.astimezone(view.zone).isoformat(sep=" ", timespec="seconds")
    return [
        *rows,
        *more,
        (view.text("export.made"), made),
        (view.text("export.by"), f"{view.user.name(view.language)} ({view.user.username})"),
    ]


def _time(value: Any) -> Any:
    return value.isoformat(sep=" ", timespec="seconds") if isinstance(value, datetime) else value


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(RISKY):
        return "'" + value
    return _time(value)


def _sheet_name(title: str) -> str:
    """At most 31 letters, without those that Excel refuses."""
    return "".join("·" if letter in "[]:*?/\\" else letter for letter in title)[:31] or "data"
