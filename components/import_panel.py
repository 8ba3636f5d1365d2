"""A file with rows for the records: where to drop it, and what came of it, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from components.formats import number
from components.ids import ident
from components.page import View
from components.tables import Field, table

MOST_BYTES = 11_000_000
"""Of a file in the browser; larger ones come in by the command line."""
SHOWN = 200


@dataclass(frozen=True)
class Refusal:
    """A row that was refused, in words."""

    row: int
    field: str
    why: str


def import_panel(view: View, page: str, columns: str) -> html.Details:
    """A closed panel with a place for a file (`PAGE-import`) and one for its report
    (`PAGE-import-report`). `columns` says what the file must hold."""
    upload = dcc.Upload(
        html.Div([view.text("import.drop"), html.Span(columns, className="hint")]),
        id=ident(page, "import"),
        className="drop",
        className_active="drop over",
        accept=".csv,.txt,.xlsx",
        max_size=MOST_BYTES,
    )
    report = html.Div(id=ident(page, "import-report"), **{"aria-live": "polite"})
    return html.Details(
        [
            html.Summary(view.text("import.open"), className="button"),
            html.Div([upload, report], className="import-box"),
        ],
        className="import",
    )


def import_report(view: View, added: int, refused: Sequence[Refusal]) -> list[Any]:
    """What came in, and every refused row with its column and reason (the first SHOWN)."""
    values = {"added": number(added), "refused": number(len(refused))}
    found: list[Any] = [html.P(view.text("import.result", **values))]
    if refused:
        fields = [
            Field("row", view.text("import.row"), right=True, width="64px"),
            Field("field", view.text("import.field"), width="30%"),
            Field("why", view.text("import.why")),
        ]
        rows = [{"row": number(r.row), "field": r.field, "why": r.why} for r in refused[:SHOWN]]
        found.append(table(fields, rows, view.text("import.refused")))
    if len(refused) > SHOWN:
        found.append(html.P(view.text("import.more", count=number(len(refused) - SHOWN))))
    return found
