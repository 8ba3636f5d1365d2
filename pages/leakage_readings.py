"""Readings of household meters into the page: a file, or one by hand."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

from dash import dcc, html

from components.ids import ident
from components.import_panel import Refusal, import_panel, import_report
from components.page import View
from data.household import RIGHT, Taken
from data.household_import import COLUMNS
from data.rights import allowed, require
from data.stores import Stores

FIELDS = ("station", "time", "meter", "reading_m3")
KINDS = ("household", "public", "fire")


def body(view: View, station: str) -> Any:
    """Place for a file and a small form; for those who may import, else a word."""
    if not allowed(view.user, RIGHT):
        return html.P(view.text("leakage.readings_right"), className="hint")
    wanted = ("、" if view.language == "zh" else ", ").join(
        view.text(f"leakage.reading_{name}") for name in COLUMNS
    )
    columns = view.text("import.columns", columns=wanted)
    kinds = [{"label": view.text(f"leakage.kind_{kind}"), "value": kind} for kind in KINDS]
    entries: list[Any] = []
    for name in FIELDS:
        entry = dcc.Input(
            id=ident("leakage", f"reading-{name}"), className="field",
            type="datetime-local" if name == "time" else "text",
            value=station if name == "station" else "", required=True,
        )  # fmt: skip
        entries.append(html.Label([html.Span(view.text(f"leakage.reading_{name}")), entry]))
    kind = dcc.RadioItems(kinds, "household", id=ident("leakage", "reading-kind"), inline=True,
                          className="leakage-kinds")  # fmt: skip
    send = html.Button(view.text("leakage.reading_save"), id=ident("leakage", "reading-save"),
                       className="button primary", type="button")  # fmt: skip
    form = html.Div(
        [
            *entries,
            kind,
            send,
            html.Div(id=ident("leakage", "reading-said"), **{"aria-live": "polite"}),
        ],
        className="leakage-form",
    )
    details = html.Details(
        [html.Summary(view.text("leakage.reading_by_hand"), className="button"), form]
    )
    hint = html.P(view.text("leakage.readings_hint"), className="hint")
    return html.Div([hint, import_panel(view, "leakage", columns), details])


def take_in(stores: Stores, view: View, content: str | None, name: str | None) -> Any:
    """Import a file that the browser sent (a data URL); the report. Raises Forbidden."""
    require(view.user, RIGHT)
    _, _, data = (content or "").partition(",")
    try:
        file = io.BytesIO(base64.b64decode(data, validate=True))
    except binascii.Error:
        file = io.BytesIO(b"")
    return report(view, stores.household.import_table(file, name or "", view.user, view.now))


def enter(stores: Stores, view: View, clicks: int | None, kind: str, *values: str | None) -> Any:
    """One reading from the form; what was made of it. Raises Forbidden."""
    if not clicks:
        return ""
    texts = dict(zip(FIELDS, (value or "" for value in values), strict=True)) | {"kind": kind}
    return report(view, stores.household.enter(texts, view.user, view.now))


def report(view: View, taken: Taken) -> Any:
    """What came in and every refused row in words."""
    refused = [
        Refusal(
            row.row,
            view.text(f"leakage.reading_{row.field}") if row.field in COLUMNS else row.field,
            view.text(_word(row.reason), **row.values),
        )
        for row in taken.refused
    ]
    return import_report(view, taken.added, refused)


OWN = frozenset({"time", "future", "twice", "known", "differs"})
"""Reasons that only readings have."""


def _word(reason: str) -> str:
    return f"leakage.refused_{reason}" if reason in OWN else f"import.{reason}"
