"""Laboratory samples come in: from a file and by a small form, for those who may."""

from __future__ import annotations

import base64
import binascii
import io
from typing import Any

import dash_bootstrap_components as dbc
from dash import html, no_update

from components.ids import ident
from components.import_panel import Refusal, import_panel, import_report
from components.page import View
from components.time_range import time_range
from data.catalogue.limits import PLACES, limits
from data.lab_samples import RIGHT
from data.rights import allowed, require
from data.stores import Stores

FIELDS = ("station", "place", "sampled_at", "item", "value", "unit", "laboratory")
WORDS = {
    "station": "code", "place": "lab_place", "sampled_at": "lab_time", "item": "lab_item",
    "value": "lab_value", "unit": "lab_unit", "laboratory": "lab_by", "note": "lab_by",
}  # fmt: skip


def entry(view: View, station: str = "") -> list[Any]:
    """The panel for a file and the form for one item; [] for those who may not."""
    if not allowed(view.user, RIGHT):
        return []
    return [import_panel(view, "quality", view.text("quality.lab_columns")), _form(view, station)]


def take_in(stores: Stores, view: View, content: str | None, name: str | None) -> Any:
    """A file that the browser sent (a data URL); the report. Raises Forbidden."""
    require(view.user, RIGHT)
    _, _, body = (content or "").partition(",")
    try:
        file = io.BytesIO(base64.b64decode(body, validate=True))
    except binascii.Error:
        file = io.BytesIO(b"")
    stations = stores.stations.all(view.scope)
    report = stores.lab_samples.import_table(file, name or "", stations, view.user, view.now)
    refused = [
        Refusal(r.row, _column(view, r.field), view.text(f"import.{r.reason}", **r.values))
        for r in report.refused
    ]
    return import_report(view, report.added, refused)


def save(stores: Stores, view: View, clicks: int | None, *values: str | None) -> Any:
    """One item from the form: saved, or what is wrong with it. Raises Forbidden."""
    if not clicks:
        return no_update
    texts = {name: str(value or "") for name, value in zip(FIELDS, values, strict=True)}
    stations = stores.stations.all(view.scope)
    problems = stores.lab_samples.add(texts, stations, view.user, view.now)
    if not problems:
        return html.P(view.text("quality.form_saved"), className="saved")
    words = [
        f"{_column(view, column)}: {view.text(f'import.{reason}', **values)}"
        for column, reason, values in problems
    ]
    return html.Ul([html.Li(line) for line in words], className="problems")


def _column(view: View, column: str) -> str:
    return view.text(f"quality.{WORDS[column]}") if column in WORDS else column


def _form(view: View, station: str) -> html.Details:
    lang = view.language
    places = [{"label": view.text(f"quality.place_{p}"), "value": p} for p in PLACES]
    items = [{"label": row.text(lang), "value": item} for item, row in limits().items()]
    inputs = {
        "station": dbc.Input(value=station, className="field"),
        "place": dbc.Select(options=places, value="outlet", className="field"),
        "sampled_at": dbc.Input(placeholder=view.text("quality.form_time"), className="field"),
        "item": dbc.Select(options=items, value="free_chlorine", className="field"),
        "value": dbc.Input(className="field"),
        "unit": dbc.Input(className="field"),
        "laboratory": dbc.Input(className="field"),
    }
    for name, field in inputs.items():
        field.id = ident("quality", f"form-{name}")
    labels = [html.Label([_column(view, name), inputs[name]]) for name in FIELDS]
    button = html.Button(
        view.text("quality.form_save"), id=ident("quality", "form-save"),
        className="button primary", type="button",
    )  # fmt: skip
    told = html.Div(id=ident("quality", "form-told"), **{"aria-live": "polite"})
    return html.Details(
        [
            html.Summary(view.text("quality.form_open"), className="button"),
            html.Div([*labels, button, told], className="import-box quality-form"),
        ],
        className="import",
    )


def in_span(stores: Stores, view: View, ids: list[int]) -> Any:
    """Samples of these stations in the URL's span."""
    span = time_range(view.params, view.now, view.zone, "30d")
    only = ids if len(ids) <= 500 else None
    found = stores.lab_samples.taken(span.start, span.end, view.scope, only)
    mine = set(ids)
    return tuple(sample for sample in found if sample.station_id in mine)
