"""Tables to take away: CSV as the bare table, Excel with a second sheet of facts."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from dash import html
from flask import g, has_request_context

from components.glyphs import icon
from components.ids import each
from components.page import View
from data.catalogue.sheets import fill, plain, sheet_name, write_row

Rows = Sequence[Sequence[Any]]
KINDS = {"csv": "CSV", "xlsx": "Excel"}
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    filename = f"{name}.{'csv' if kind == 'csv' else 'xlsx'}"
    if has_request_context():
        g.taken = [*g.get("taken", ()), (filename, len(rows))]  # for the audit, pages/jobs.py
    return {
        "filename": filename,
        "content": base64.b64encode(content).decode(),
        "base64": True,
        "type": "text/csv" if kind == "csv" else EXCEL,
    }


def csv_bytes(heads: Sequence[str], rows: Rows) -> bytes:
    """UTF-8 with BOM, so that Excel reads Chinese; raw numbers, ISO times, empty for missing."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([plain(value) for value in row] for row in rows)
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
    sheet = book.add_worksheet(sheet_name(title))
    about = book.add_worksheet("facts" if sheet.name != "facts" else "about")
    fill(sheet, about, bold, heads, facts)
    for line, row in enumerate(rows, 1):
        write_row(sheet, line, row)
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
        for kind, word in KINDS.items()
    ]


def table_buttons(page: str, table: str) -> html.Span:
    """CSV and Excel of one table or chart of several; ids each(page, "export", "TABLE|KIND")."""
    return html.Span(
        [
            html.Button(word, id=each(page, "export", f"{table}|{kind}"), className="more plain",
                        type="button")
            for kind, word in KINDS.items()
        ],
        className="table-files",
    )  # fmt: skip


def file_name(view: View, *parts: str) -> str:
    """Name without ending: the parts, when it was made, in which language."""
    made = view.now.astimezone(view.zone).strftime("%Y%m%d-%H%M")
    return "_".join([*parts, made, view.language]).replace("/", "-")


def facts(
    view: View,
    scope: str,
    span: str = "",
    more: Sequence[tuple[str, str]] = (),
    *,
    definition: str = "",
    filters: str = "",
    coverage: str = "",
    rows: int | None = None,
) -> list[tuple[str, str]]:
    """The rows of the second sheet: scope and period, definition, filter, units, coverage, rows,
    when and by whom. What isn't given is left out, but for filter and units, which always hold."""
    told = [(view.text("export.scope"), scope)]
    if span:
        told.append((view.text("export.span"), span))
    if definition:
        told.append((view.text("export.definition"), definition))
    told.append((view.text("export.filter"), filters or view.text("export.no_filter")))
    told.append((view.text("export.units"), view.text("export.units_in_head", zone=view.zone.key)))
    if coverage:
        told.append((view.text("export.coverage"), coverage))
    if rows is not None:
        told.append((view.text("export.rows"), f"{rows:,}"))
    made = view.now.astimezone(view.zone).isoformat(sep=" ", timespec="seconds")
    return [
        *told,
        *more,
        (view.text("export.made"), made),
        (view.text("export.by"), f"{view.user.name(view.language)} ({view.user.username})"),
    ]
