"""The form of a correction: span, value or missing, reason; and what it would change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
from dash import dcc, html

from analytics.corrected import Preview, preview
from components.formats import number
from components.graph import figure, graph, line
from components.ids import ident
from components.page import View
from components.theme import SERIES, tokens
from components.time_range import TimeRange
from components.trend import site_time
from data.catalogue.points import Column, Point
from data.corrections import RIGHT
from data.rights import Refused, allowed
from data.series import Series
from data.station_rows import StationRow
from data.stores import Stores

CHART, FROM, TO, VALUE, MISSING, WHY, EFFECT = (
    ident("corrections", part)
    for part in ("chart", "from", "to", "value", "missing", "why", "effect")
)
PREVIEW, SAVE, FINAL, FIRST, EXCHANGE, LOOK, COUNTED = (
    ident("corrections", part)
    for part in ("preview", "save", "final", "first", "exchange", "look", "counted")
)
POINTS = 3000
PATTERN = "2026-11-22 14:00:00"


def fields(view: View, of: Point) -> html.Div:
    """The form for one point; who may not correct reads why."""
    if not allowed(view.user, RIGHT):
        return html.P(view.text("corrections.nobody"), className="hint")
    unit = of.unit or "—"
    parts: list[Any] = [
        *(
            _field(view.text(f"corrections.{word}"), dcc.Input(id=part, placeholder=PATTERN))
            for word, part in (("from", FROM), ("to", TO))
        ),
        _field(
            view.text("corrections.value", unit=unit),
            dcc.Input(id=VALUE, type="number", step="any"),
        ),
        dcc.Checklist(
            options=[{"label": view.text("corrections.missing"), "value": "1"}], value=[],
            id=MISSING, className="check",
        ),
        _field(
            view.text("corrections.why"),
            dcc.Textarea(id=WHY, placeholder=view.text("corrections.why_hint"), rows=2),
        ),
        html.Div(
            [
                html.Button(view.text("corrections.preview"), id=PREVIEW, className="button",
                            type="button"),
                html.Button(view.text("corrections.save"), id=SAVE, className="button primary",
                            type="button"),
            ],
            className="buttons",
        ),
        html.P("", id=EFFECT, className="effect", **{"aria-live": "polite"}),
        html.P(view.text("corrections.keeps"), className="hint"),
    ]  # fmt: skip
    if of.rollup == "counter":
        parts.append(_exchange(view, unit))
    return html.Div(parts, className="form")


def _exchange(view: View, unit: str) -> html.Details:
    """The record of an exchanged meter; its time is the form's 'from'."""
    return html.Details(
        [
            html.Summary(view.text("corrections.exchange")),
            html.P(view.text("corrections.exchange_hint"), className="hint"),
            _field(
                view.text("corrections.final", unit=unit),
                dcc.Input(id=FINAL, type="number", step="any"),
            ),
            _field(
                view.text("corrections.first", unit=unit),
                dcc.Input(id=FIRST, type="number", step="any"),
            ),
            html.Div(
                [
                    html.Button(view.text("corrections.exchange_preview"), id=LOOK,
                                className="button", type="button"),
                    html.Button(view.text("corrections.save_exchange"), id=EXCHANGE,
                                className="button", type="button"),
                ],
                className="buttons",
            ),
            html.P("", id=COUNTED, className="effect", **{"aria-live": "polite"}),
        ]
    )  # fmt: skip


def _field(label: str, inside: Any) -> html.Label:
    return html.Label([html.Span(label, className="hint"), inside], className="field")


def chart(
    stores: Stores,
    view: View,
    station: StationRow,
    column: Column,
    span: TimeRange,
    wanted: tuple[datetime, datetime, float | None] | None = None,
) -> tuple[Any, str, Series]:
    """(the chart, what the correction would do in words, the series). A span is chosen by dragging;
    with `wanted` the corrected line stands over the measured one."""
    series = stores.lake.series(station, [column.code], span.start, span.end, POINTS)
    local = series.frame["ts"].dt.convert_time_zone(view.zone.key).dt.replace_time_zone(None)
    times, values = local.to_list(), series.frame[column.code].to_numpy()
    colors, unit = tokens(view.theme), column.point.unit
    fig = figure(view.theme, dragmode="select", selectdirection="h", showlegend=False)
    fig.add_trace(
        line(times, values.tolist(), view.text("corrections.was"), colors[SERIES[0]], unit)
    )
    told = ""
    if wanted is not None:
        low, high = (round(at.timestamp() * 1000) for at in wanted[:2])
        ms = series.frame["ts"].dt.timestamp("ms").to_numpy()
        found = preview(ms, values, low, high, wanted[2])
        after = np.where(found.touched, found.after, np.nan)
        name = view.text("corrections.is")
        fig.add_trace(
            line(times, after.tolist(), name, colors[SERIES[1]], unit, mode="lines+markers",
                 marker={"size": 4})
        )  # fmt: skip
        x0, x1 = (site_time(at, view.zone) for at in wanted[:2])
        fig.add_vrect(x0=x0, x1=x1, fillcolor=colors["band2"], line_width=0, layer="below")
        told = effect(view, column.point, found, series.grain)
    fig.update_layout(margin={"l": 8, "r": 12, "t": 8, "b": 24})
    fig.update_yaxes(nticks=5, tickformat=",")
    revision = f"{station.code}{column.code}{span.start}"
    return graph(CHART, fig, view.language, revision=revision), told, series


def effect(view: View, of: Point, found: Preview, grain: str) -> str:
    """What a correction changes, in one sentence."""
    if not found.touched.any():
        return view.text("corrections.no_effect")

    def shown(value: float) -> str:
        return number(None if np.isnan(value) else value, of.decimals)

    old, new = (" – ".join(map(shown, r)) for r in (found.before_range, found.after_range))
    return view.text(
        "corrections.effect", steps=f"{int(found.touched.sum()):,}", grain=grain, unit=of.unit,
        before=shown(found.before_mean), after=shown(found.after_mean), old=old, new=new,
    )  # fmt: skip


def asked(
    view: View, start: str | None, end: str | None, value: Any, missing: list[str] | None
) -> tuple[datetime, datetime, float | None]:
    """What the form says. Raises Refused('bad_time'), Refused('bad_number')."""
    low, high = moment(view, start), moment(view, end)
    if missing:
        return low, high, None
    return low, high, real(value)


def real(value: Any) -> float:
    """A number of the form. Raises Refused('bad_number')."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise Refused("bad_number") from None


def moment(view: View, text: str | None) -> datetime:
    """A time of the site as typed. Raises Refused('bad_time')."""
    try:
        at = datetime.fromisoformat((text or "").strip())
    except ValueError:
        raise Refused("bad_time") from None
    return at if at.tzinfo else at.replace(tzinfo=view.zone)
