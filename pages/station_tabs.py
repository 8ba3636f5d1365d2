"""What stands under each tab of a pump house's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import dcc, html

from components.glyphs import icon
from components.graph import graph
from components.ids import each, ident
from components.mimic import mimic
from components.page import View
from components.panel import panel
from components.spark import spark
from components.states import empty
from components.time_range import TimeRange, link, time_bar
from data.alarms import AlarmRow
from data.station_rows import StationRow
from data.stores import Stores
from pages import drill, station_tables, station_trends
from pages.guarded import Broken, attempt, guard
from pages.station_points import band, by_code, point_name, sparks

CHARTS, SPARKS = ident("station", "charts"), ident("station", "sparks")


def path_of(station: StationRow) -> str:
    return f"/stations/{station.code}"


def mimic_tab(stores: Stores, view: View, station: StationRow, span: TimeRange) -> html.Div:
    """Mimic and points side by side, the trends below."""
    alarms = attempt(lambda: open_alarms(stores, view, station))
    levels = {} if isinstance(alarms, Broken) else alarm_levels(alarms)
    picture = panel(
        view.text("mimic.title"),
        mimic(station, view.language, levels),
        view.text("mimic.subtitle"),
        _sets(view, station),
        css="mimic-panel",
    )
    everything = dcc.Link(
        [view.text("station.all_points", count=len(by_code(station))), " ›"],
        href=link(path_of(station), view.params, tab="points"), className="more",
    )  # fmt: skip
    rows = html.Div(point_rows(stores, view, station), id=SPARKS, className="point-list")
    points = panel(
        view.text("station.points"),
        rows,
        view.text("station.points_note"),
        everything,
        css="points-panel",
    )
    below = trends(stores, view, station, span, "mimic")
    return html.Div(
        [html.Div([picture, points], className="station-now"), *below], className="station-body"
    )


def _sets(view: View, station: StationRow) -> list[dcc.Link]:
    """The way down to each set; a pump of the drawing leads to its own page by assets/drill.js."""
    return [
        dcc.Link(
            [drill.set_name(view, station, row.zone), " ›"], className="more",
            href=drill.to(view, drill.station_path(station.code, row.zone)),
        )
        for row in station.sets
    ]  # fmt: skip


def trends_tab(stores: Stores, view: View, station: StationRow, span: TimeRange) -> html.Div:
    return html.Div(trends(stores, view, station, span, "trends"), className="station-body")


def points_tab(stores: Stores, view: View, station: StationRow, span: TimeRange) -> html.Div:
    return html.Div(station_tables.point_table(view, station), className="station-body fill")


def alarms_tab(stores: Stores, view: View, station: StationRow, span: TimeRange) -> html.Div:
    made = _listed(view, "alarms", lambda: station_tables.alarm_table(
        view, station_tables.recent_alarms(stores, view, station)))  # fmt: skip
    return html.Div(made, className="station-body fill")


def orders_tab(stores: Stores, view: View, station: StationRow, span: TimeRange) -> html.Div:
    made = _listed(view, "orders", lambda: station_tables.order_table(
        view, station_tables.recent_orders(stores, view, station)))  # fmt: skip
    return html.Div(made, className="station-body fill")


@guard("station.tab_{tab}")
def _listed(view: View, tab: str, make: Callable[[], Any]) -> html.Section:
    body = html.Div(make(), className="scroll")
    about = view.text("station.last_30_days")
    return panel(view.text(f"station.tab_{tab}"), body, about, css="flush")


BODIES = {
    "mimic": mimic_tab,
    "trends": trends_tab,
    "points": points_tab,
    "alarms": alarms_tab,
    "orders": orders_tab,
}
"""Tabs in their order."""


def trends(stores: Stores, view: View, station: StationRow, span: TimeRange, tab: str) -> list[Any]:
    """Time bar and the four charts, which assets/lists.js zooms together."""
    note = html.Span(view.text("station.trend_note"), className="hint")
    bar = html.Div([time_bar(view, "station", path_of(station), span), note], className="bar")
    charts = html.Div(
        chart_panels(stores, view, station, span, tab), id=CHARTS,
        className="chart-row linked" if tab == "mimic" else "chart-stack linked",
    )  # fmt: skip
    return [bar, charts]


@guard()
def chart_panels(
    stores: Stores, view: View, station: StationRow, span: TimeRange, tab: str
) -> list[Any]:
    """The charts, or one sentence when the range holds nothing."""
    shown = station_trends.load(stores, view, station, span)
    if shown.empty:
        month = link(path_of(station), view.params, **{"from": "now-30d", "to": ""})
        button = dcc.Link(view.text("station.last_30_days"), href=month, className="button")
        return [
            html.Div(
                empty(view.language, view.text("state.no_data"), action=button), className="panel"
            )
        ]
    grain = shown.now.grain
    fine = grain if grain == "2 s" else view.text("station.grain", grain=grain)
    zoom = f"{station.code} {span.preset if span.live else span.start}"
    return [
        panel(
            chart.title,
            graph(
                ident("station", f"chart-{chart.name}"),
                station_trends.figure_of(view, chart, shown, span), view.language, None, zoom,
            ),
            f"{chart.unit} · {fine}",
            html.Button(
                icon("download", 16, view.text("station.download", what=chart.title)),
                className="plain", type="button", id=each("station", "chart", chart.name),
            ),
        )
        for chart in shown.charts
    ]  # fmt: skip


@guard()
def point_rows(stores: Stores, view: View, station: StationRow) -> list[html.Div]:
    """The side panel: name, last 24 h against the normal band, live value."""
    columns = sparks(station)
    frame = station_trends.day_values(stores, station, [c.code for c in columns], view.now).frame
    return [
        html.Div(
            [
                html.Span(
                    point_name(view, station, column),
                    className="point-name",
                    title=column.code,
                ),
                spark(
                    frame[column.code].to_list(), band(column, station), height=22,
                    floor=0 if column.point.kind in ("flow", "power") else None,
                ),
                station_tables.live_value(column),
            ],
            className="point-row",
        )
        for column in columns
    ]  # fmt: skip


def open_alarms(stores: Stores, view: View, station: StationRow) -> list[AlarmRow]:
    """Announced open alarms of the station."""
    rows = stores.alarms.open(view.scope, station_id=station.id)
    return [row for row in rows if row.state != "suppressed"]


def alarm_levels(rows: list[AlarmRow]) -> dict[str, int]:
    """Worst level by point and by place, for the mimic's colours; what has ended gives none."""
    found: dict[str, int] = {}
    for row in rows:
        if row.cleared_at is not None or row.state in ("returned", "latched"):
            continue
        for key in (row.point, row.place):
            if key:
                found[key] = min(row.level, found.get(key, 9))
    return found
