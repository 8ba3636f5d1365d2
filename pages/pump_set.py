"""One pump set: does it keep its pressure, and how do its pumps share the work?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from components.crumbs import Step
from components.formats import number
from components.ids import each, ident
from components.page import Page, View, bound
from components.panel import panel
from components.tables import Field, table
from components.time_range import link, time_range
from data.catalogue.points import Column
from data.station_rows import StationRow
from data.stores import Stores
from pages import drill, pump_views
from pages.guarded import guard
from pages.station_points import Chart, by_code
from pages.station_tables import live_value

PAGE = Page("pump_set", "/stations/{code}/{zone}")
CHARTS, MINUTES, DOWNLOAD = (ident(PAGE.name, part) for part in ("charts", "minutes", "download"))
ASKED = ident(PAGE.name, "asked")


def way(stores: Stores, view: View, code: str, zone: str) -> list[Step]:
    """The breadcrumb. Raises NotFound."""
    station = drill.house(stores, view, code)
    drill.set_of(station, zone)
    return drill.way(stores, view, drill.home(stores, view, station), station, zone)


def layout(stores: Stores, view: View, code: str, zone: str) -> Any:
    """The set of a zone (L, M, H). Raises NotFound, also outside of the viewer's scope."""
    station = drill.house(stores, view, code)
    row = drill.set_of(station, zone)
    span = time_range(view.params, view.now, view.zone)
    title = f"{station.name(view.language)} · {drill.set_name(view, station, zone)}"
    analysis = dcc.Link(
        view.text("pump_set.analysis"), className="button quiet",
        href=link("/pumps", drill.kept(view), sel=f"st:{code}/{zone}"),
    )  # fmt: skip
    facts = [
        view.text("pump_set.floors", low=row.floor_from, high=row.floor_to)
        if row.floor_from is not None and row.floor_to is not None else "",
        view.text("pump_set.homes", n=f"{row.households:,}") if row.households else "",
        view.text("pump_set.setpoint", value=number(row.setpoint, 3)),
        f"{view.text('pump_set.rated')} {number(row.rated_flow, 1)} m³/h · "
        f"{number(row.rated_head, 0)} m · {number(row.rated_power, 1)} kW",
    ]  # fmt: skip
    words = " · ".join(fact for fact in facts if fact)
    charts = charts_of(view, station, zone)
    return pump_views.live(
        view, station, "pump-set-page",
        pump_views.head(view, PAGE.name, title, code, [words], [analysis]),
        _pumps(stores, view, station, zone),
        pump_views.bar(view, PAGE.name, drill.station_path(code, zone), span),
        html.Div(
            pump_views.trends(stores, view, PAGE.name, station, charts, span),
            id=CHARTS, className="chart-row linked",
        ),
        dcc.Interval(id=MINUTES, interval=30_000, disabled=not span.live),
        dcc.Download(id=DOWNLOAD),
        pump_views.asked(view, PAGE.name, code=code, zone=zone),
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """Charts every 30 s while the range ends now, files on demand."""
    asked = State(ASKED, "data")
    app.callback(
        Output(CHARTS, "children"), Input(MINUTES, "n_intervals"), asked, prevent_initial_call=True
    )(bound(refresh, stores))
    app.callback(
        Output(DOWNLOAD, "data"),
        [Input(each(PAGE.name, "export", kind), "n_clicks") for kind in ("csv", "xlsx")],
        asked,
        prevent_initial_call=True,
    )(bound(take_away, stores))


def charts_of(view: View, station: StationRow, zone: str) -> list[Chart]:
    """Pressure, flow, and of all pumps power and speed."""
    pumps = [(zone, n) for n in range(1, drill.set_of(station, zone).pumps + 1)]
    text = view.text
    return [
        *pump_views.set_charts(
            view, station, zone, (text("pump_set.chart_pressure"), text("pump_set.chart_flow"))
        ),
        pump_views.pump_chart(view, "P", text("pump_set.chart_power"), station, pumps),
        pump_views.pump_chart(view, "F", text("pump_set.chart_speed"), station, pumps),
    ]


def refresh(stores: Stores, view: View, beat: int, asked: dict[str, Any]) -> Any:
    station = drill.house(stores, view, asked["code"])
    span = time_range(asked["params"], view.now, view.zone)
    charts = charts_of(view, station, asked["zone"])
    return pump_views.trends(stores, view, PAGE.name, station, charts, span)


def take_away(
    stores: Stores, view: View, csv: int | None, xlsx: int | None, asked: dict[str, Any]
) -> Any:
    """The trends that are on screen, as a file."""
    if ctx.triggered_id is None or not ctx.triggered[0]["value"]:
        return no_update
    view = replace(view, params=asked["params"])
    station = drill.house(stores, view, asked["code"])
    title = drill.set_name(view, station, asked["zone"])
    charts = charts_of(view, station, asked["zone"])
    return pump_views.file(stores, view, station, charts, title, ctx.triggered_id["index"])


@guard("pump_set.pumps", "pump-rows")
def _pumps(stores: Stores, view: View, station: StationRow, zone: str) -> html.Section:
    """A row a pump: state and values now, what it did in the period."""
    numbers = range(1, drill.set_of(station, zone).pumps + 1)
    span = time_range(view.params, view.now, view.zone)
    done = pump_views.uses(stores, station, [(zone, n) for n in numbers], span.start, span.end)
    names = ("pump", "state", "speed", "power", "current", "hours", "starts", "energy")
    fields = [Field(n, view.text(f"pump_set.{n}"), right=n not in ("pump", "state")) for n in names]
    known = by_code(station)
    rows = []
    for n, use in zip(numbers, done, strict=True):
        code = f"{zone}.P{n}"
        hours, starts, energy = pump_views.shown(use)
        href = drill.to(view, drill.station_path(station.code, zone, n))
        rows.append(
            {
                "pump": dcc.Link(drill.pump_name(view, n), href=href, className="station-link"),
                "state": pump_views.state(code),
                "speed": _value(known[f"{code}.F"]),
                "power": _value(known[f"{code}.P"]),
                "current": _value(known[f"{code}.I"]),
                "hours": hours,
                "starts": starts,
                "energy": energy,
            }
        )
    least = min(done, key=lambda use: use.coverage)
    about = " · ".join(
        filter(None, (view.text("pump_set.pumps_about"), pump_views.covered(view, least)))
    )
    title = view.text("pump_set.pumps")
    return panel(title, table(fields, rows, title), about, css="flush pump-rows")


def _value(column: Column) -> html.Span:
    """The live value without its unit, which stands in the head."""
    made = live_value(column)
    made.children = [c for n, c in enumerate(made.children) if n != 1]
    return made
