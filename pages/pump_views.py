"""What the pages of a set and of a pump share: use in the period, trends, live words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from dash import dcc, html

from analytics.pump_use import PumpUse, pump_use
from components.attributes import data
from components.export import download, facts, file_buttons, file_name
from components.formats import MISSING, number, percent, stamp
from components.graph import graph
from components.ids import ident
from components.mimic import LIVE_WORDS
from components.page import View
from components.panel import panel
from components.states import empty
from components.time_range import TimeRange, time_bar, time_range
from data.catalogue.words import words as catalogue
from data.station_rows import StationRow
from data.stores import Stores
from pages import station_trends
from pages.guarded import guard
from pages.station_points import Chart, by_code, zone_name

UNTHINNED = 1_000_000
"""Rows: more than any span has of one grain, so that sums miss none."""


def uses(
    stores: Stores,
    station: StationRow,
    pumps: Sequence[tuple[str, int]],
    start: datetime,
    end: datetime,
) -> list[PumpUse]:
    """Hours, starts and energy of each (zone, pump) in [start, end), in their order."""
    names = ("HOURS", "STARTS", "P")
    codes = [f"{zone}.P{pump}.{name}" for zone, pump in pumps for name in names]
    frame = stores.lake.series(station, codes, start, end, UNTHINNED).frame
    seconds = frame["ts"].dt.epoch("ms").to_numpy() / 1000.0
    length = (end - start).total_seconds()
    found = []
    for zone, pump in pumps:
        hours, starts, power = (
            frame[f"{zone}.P{pump}.{name}"].fill_null(np.nan).to_numpy() for name in names
        )
        found.append(pump_use(seconds, hours, starts, power, length))
    return found


def pump_chart(
    view: View, name: str, title: str, station: StationRow, pumps: Sequence[tuple[str, int]]
) -> Chart:
    """A trend of one point (F, P, I) of some pumps."""
    codes = tuple(f"{zone}.P{pump}.{name}" for zone, pump in pumps)
    of = by_code(station)[codes[0]].point
    labels = tuple(f"{pump}#" for _, pump in pumps) if len(pumps) > 1 else (title,)
    return Chart(name.lower(), title, codes, labels, of.unit, of.decimals, from_zero=True)


def set_charts(view: View, station: StationRow, zone: str, titles: tuple[str, str]) -> list[Chart]:
    """Pressure with its set point, and flow, of one set."""
    row = next(s for s in station.sets if s.zone == zone)
    label = (zone_name(zone, view),)
    near = (row.setpoint - 0.02, row.setpoint + 0.02)
    return [
        Chart("pressure", titles[0], (f"{zone}.P_OUT",), label, "MPa", 2, near, (row.setpoint,)),
        Chart("flow", titles[1], (f"{zone}.Q_OUT",), label, "m³/h", 1, from_zero=True),
    ]


@guard()
def trends(
    stores: Stores, view: View, page: str, station: StationRow, charts: list[Chart], span: TimeRange
) -> list[Any]:
    """A panel a chart; one sentence when the span holds nothing."""
    shown = station_trends.load(stores, view, station, span, charts)
    if shown.empty:
        return [html.Div(empty(view.language, view.text("state.no_data")), className="panel")]
    grain = shown.now.grain
    fine = grain if grain == "2 s" else view.text("station.grain", grain=grain)
    zoom = f"{page} {station.code} {span.preset if span.live else span.start}"
    return [
        panel(
            chart.title,
            graph(
                ident(page, f"chart-{chart.name}"),
                station_trends.figure_of(view, chart, shown, span), view.language, None, zoom,
            ),
            f"{chart.unit} · {fine}",
        )
        for chart in charts
    ]  # fmt: skip


def bar(view: View, page: str, path: str, span: TimeRange) -> html.Div:
    note = html.Span(view.text("station.trend_note"), className="hint")
    return html.Div([time_bar(view, page, path, span), note], className="bar")


def head(view: View, page: str, title: str, code: str, words: Sequence[Any], more: Any) -> html.Div:
    """Name, code of the house, what it is; links, copy link and files."""
    copy = html.Button(
        view.text("station.copy_link"), className="button quiet", type="button",
        **data(copy=view.text("station.copied")),
    )  # fmt: skip
    return html.Div(
        [
            html.H1(title, className="page-title"),
            html.Span(code, className="tag"),
            html.Span(words, className="facts"),
            html.Div([*more, copy, *file_buttons(page)], className="page-actions"),
        ],
        className="page-head",
    )


def live(view: View, station: StationRow, css: str, *parts: Any) -> html.Div:
    """A page whose pumps and points the live feed keeps fresh (assets/mimic.js)."""
    said = catalogue(view.language)
    told = {key: said[f"mimic.{key}"] for key in LIVE_WORDS}
    bound = data(station=station.code, words=json.dumps(told), levels="{}")
    return html.Div(list(parts), className=f"station-page pump-live {css}", **bound)


def asked(view: View, page: str, **place: Any) -> dcc.Store:
    """What the callbacks of the page need to know."""
    return dcc.Store(id=ident(page, "asked"), data={"params": dict(view.params), **place})


def file(
    stores: Stores, view: View, station: StationRow, charts: list[Chart], title: str, kind: str
) -> dict[str, Any]:
    """CSV or Excel of the trends on the page."""
    span = time_range(view.params, view.now, view.zone)
    shown = station_trends.load(stores, view, station, span, charts)
    heads, rows = station_trends.table(view, station, shown, [chart.name for chart in charts])
    period = f"{stamp(span.start, view.zone)} – {stamp(span.end, view.zone)} · {shown.now.grain}"
    place = f"{station.name(view.language)} ({station.code})"
    about = facts(
        view, place, period, rows=len(rows), definition=view.text("export.station"), coverage="",
    )  # fmt: skip
    name = file_name(view, title, station.name(view.language))
    return download(kind, name, heads, rows, about, title)


def state(code: str) -> html.Span:
    """The state of a pump in words, with its mark; written by the live feed."""
    return html.Span(
        [html.I(className="pump-mark"), html.Span(MISSING, **data(slot="state"))],
        className="pump-state",
        **data(kind="pump", bind=code),
    )


def covered(view: View, use: PumpUse) -> str:
    """Coverage, said only where it is not all."""
    if use.coverage >= 0.99:
        return ""
    return f"{view.text('pump.covered')} {percent(100 * use.coverage, 0)}"


def shown(use: PumpUse) -> tuple[str, str, str]:
    """Hours, starts and kWh as text."""
    return number(use.hours, 1), number(use.starts), number(use.energy, 0)
