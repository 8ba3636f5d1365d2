"""One pump: what does it do now, what did it do, does it run where it should, is it worn?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from components.crumbs import Step
from components.formats import number, percent
from components.graph import graph
from components.ids import each, ident
from components.kpi import kpi
from components.page import Page, View, bound
from components.panel import panel
from components.pump_chart import efficiency_flow, head_flow, wear_line
from components.selection import Entity
from components.states import empty, loading
from components.time_range import days, link, neighbours, time_range
from data.catalogue.indicators import indicators
from data.indicator_rights import sees
from data.rights import NotFound
from data.station_rows import StationRow
from data.stores import Stores
from pages import drill, pump_views
from pages.guarded import guard
from pages.pumps_detail import Subject, efficiency_chart, head_chart, history, subject_of, verdict
from pages.pumps_facts import City, desk_of
from pages.station_points import Chart, by_code
from pages.station_tables import live_value

PAGE = Page("pump", "/stations/{code}/{zone}/{pump}")
CHARTS, MINUTES, DOWNLOAD = (ident(PAGE.name, part) for part in ("charts", "minutes", "download"))
ANALYSIS, ASKED = ident(PAGE.name, "analysis"), ident(PAGE.name, "asked")
SHORTEST, USUAL = 7, 30
"""Days: a shorter range tells too little of curves, then the last USUAL whole days do."""


def way(stores: Stores, view: View, code: str, zone: str, pump: str) -> list[Step]:
    """The breadcrumb. Raises NotFound."""
    station, number = _of(stores, view, code, zone, pump)
    return drill.way(stores, view, drill.home(stores, view, station), station, zone, number)


def layout(stores: Stores, view: View, code: str, zone: str, pump: str) -> Any:
    """Pump `pump` (1, 2, ...) of a zone. Raises NotFound, also outside of the viewer's scope."""
    station, n = _of(stores, view, code, zone, pump)
    span = time_range(view.params, view.now, view.zone)
    key = f"st:{code}/{zone}/{n}"
    beside = "/comparison" if sees(view.user, "lift_energy") else "/points"
    links = [
        dcc.Link(
            view.text("pump.to_analysis"), className="button quiet",
            href=link("/pumps", drill.kept(view), sel=key),
        ),
        dcc.Link(
            view.text("pump.compare"), className="button quiet",
            href=link(beside, drill.kept(view), sel=_beside(station, zone, n)),
        ),
    ]  # fmt: skip
    title = f"{station.name(view.language)} · {_name(view, station, zone, n)}"
    charts = charts_of(view, station, zone, n)
    return pump_views.live(
        view, station, "pump-page",
        pump_views.head(
            view, PAGE.name, title, code, [pump_views.state(f"{zone}.P{n}")], links
        ),
        _use(stores, view, station, zone, n),
        pump_views.bar(view, PAGE.name, drill.station_path(code, zone, n), span),
        html.Div(
            [
                _now(view, station, zone, n),
                html.Div(
                    pump_views.trends(stores, view, PAGE.name, station, charts, span),
                    id=CHARTS, className="chart-stack linked",
                ),
            ],
            className="pump-now",
        ),
        html.Div(loading(), id=ANALYSIS, className="pump-analysis"),
        dcc.Interval(id=MINUTES, interval=30_000, disabled=not span.live),
        dcc.Download(id=DOWNLOAD),
        pump_views.asked(view, PAGE.name, code=code, zone=zone, pump=pump),
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """Curves once the page stands, charts every 30 s, files on demand."""
    app.callback(Output(ANALYSIS, "children"), Input(ASKED, "data"))(bound(analysis, stores))
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


def charts_of(view: View, station: StationRow, zone: str, pump: int) -> list[Chart]:
    """Speed, power, current."""
    one = [(zone, pump)]
    parts = (("F", "speed"), ("P", "power"), ("I", "current"))
    return [
        pump_views.pump_chart(view, name, view.text(f"pump.chart_{word}"), station, one)
        for name, word in parts
    ]


def analysed(view: View) -> tuple[date, date]:
    """First and last whole day that the curves stand on: those of the range, or the last USUAL
    days where the range is too short to tell."""
    first, last = days(time_range(view.params, view.now, view.zone), view.zone)
    yesterday = view.now.astimezone(view.zone).date() - timedelta(days=1)
    last = min(last, yesterday)
    if (last - first).days + 1 < SHORTEST:
        return yesterday - timedelta(days=USUAL - 1), yesterday
    return first, last


@guard()
def analysis(stores: Stores, view: View, asked: dict[str, Any]) -> Any:
    """Where it runs and how worn it is; nothing for a role that may not see figures of pumps."""
    view = replace(view, params=asked["params"])
    station, n = _of(stores, view, asked["code"], asked["zone"], asked["pump"])
    if not indicators()["preferred_share"].allowed(view.user.role):
        return []
    first, last = analysed(view)
    city = desk_of(stores).of(first, last)
    zone = asked["zone"]
    name = _name(view, station, zone, n)
    entity = Entity(f"st:{station.code}/{zone}/{n}", name, 0, station.id, zone, n)
    found = subject_of(city, entity, name)
    if found is None or not np.isfinite(city.pumps.duty.preferred[found.pump]):
        return html.Div(empty(view.language, view.text("pump.no_analysis")), className="panel")
    told = view.text("pump.analysed", first=first.isoformat(), last=last.isoformat())
    curves = html.Div(_curves(stores, view, city, found), className="chart-row pump-curves")
    return [html.P([verdict(view, city, found), " ", html.Span(told, className="hint")]), curves]


def _curves(stores: Stores, view: View, city: City, s: Subject) -> list[Any]:
    theme = view.theme
    dates, past = history(stores, city, s)
    figures = {
        "head": head_flow(theme, head_chart(stores, view, city, [s])),
        "eta": efficiency_flow(theme, efficiency_chart(view, city, s)),
    }
    if dates:
        figures["wear"] = wear_line(theme, dates, 100.0 * past.loss, None, None, {"onset": ""})
    return [
        panel(
            view.text(f"pumps.panel_{name}"),
            graph(ident(PAGE.name, f"curve-{name}"), fig, view.language, revision=s.entity.key),
            view.text(f"pumps.about_{name}"),
        )
        for name, fig in figures.items()
    ]


def refresh(stores: Stores, view: View, beat: int, asked: dict[str, Any]) -> Any:
    station, n = _of(stores, view, asked["code"], asked["zone"], asked["pump"])
    span = time_range(asked["params"], view.now, view.zone)
    charts = charts_of(view, station, asked["zone"], n)
    return pump_views.trends(stores, view, PAGE.name, station, charts, span)


def take_away(
    stores: Stores, view: View, csv: int | None, xlsx: int | None, asked: dict[str, Any]
) -> Any:
    """The trends that are on screen, as a file."""
    if ctx.triggered_id is None or not ctx.triggered[0]["value"]:
        return no_update
    view = replace(view, params=asked["params"])
    station, n = _of(stores, view, asked["code"], asked["zone"], asked["pump"])
    charts = charts_of(view, station, asked["zone"], n)
    title = _name(view, station, asked["zone"], n)
    return pump_views.file(stores, view, station, charts, title, ctx.triggered_id["index"])


def _of(stores: Stores, view: View, code: str, zone: str, pump: str) -> tuple[StationRow, int]:
    station = drill.house(stores, view, code)
    row = drill.set_of(station, zone)
    if not pump.isascii() or not pump.isdecimal() or not 1 <= int(pump) <= row.pumps:
        raise NotFound("pump", f"{code}/{zone}/{pump}")
    return station, int(pump)


def _name(view: View, station: StationRow, zone: str, pump: int) -> str:
    return f"{drill.set_name(view, station, zone)} {drill.pump_name(view, pump)}"


def _beside(station: StationRow, zone: str, pump: int) -> str:
    """The pump first, then the others of its set, as a comparison wants them."""
    others = [n for n in range(1, drill.set_of(station, zone).pumps + 1) if n != pump]
    return ",".join(f"st:{station.code}/{zone}/{n}" for n in [pump, *others])


@guard()
def _use(stores: Stores, view: View, station: StationRow, zone: str, pump: int) -> html.Div:
    """Hours, starts and energy of the period, each against the span before."""
    span = time_range(view.params, view.now, view.zone)
    one = [(zone, pump)]
    now = pump_views.uses(stores, station, one, span.start, span.end)[0]
    earlier, _ = neighbours(span)
    earlier = (earlier[0], min(earlier[1], earlier[0] + (span.end - span.start)))
    before = pump_views.uses(stores, station, one, *earlier)[0]
    tiles = [
        ("hours", "h", now.hours, before.hours, 1),
        ("starts", "", now.starts, before.starts, 0),
        ("starts_hour", "/h", now.starts_an_hour, before.starts_an_hour, 2),
        ("energy", "kWh", now.energy, before.energy, 0),
    ]
    known = now.coverage < 0.99
    made = [
        kpi(
            view.text(f"pump.{name}"), unit, number(value, decimals),
            [(view.text("district.before"), number(past, decimals)),
             *([(view.text("pump.covered"), percent(100 * now.coverage, 0))] if known else [])],
            lang=view.language,
        )
        for name, unit, value, past, decimals in tiles
    ]  # fmt: skip
    return html.Div(made, className="kpis pump-use")


def _now(view: View, station: StationRow, zone: str, pump: int) -> html.Section:
    """Every point of the pump with its live value; how good each is shows in its look."""
    own = [c for c in by_code(station).values() if c.zone == zone and c.pump == pump]
    rows = [
        html.Div(
            [
                html.Span(column.name(view.language), className="point-name", title=column.code),
                live_value(column),
            ],
            className="point-row plain-row",
        )
        for column in own
        if column.point.kind not in ("state", "alarm", "enum", "code")
    ]
    body = html.Div(rows, className="point-list")
    return panel(view.text("pump.now"), body, view.text("pump.now_about"), css="points-panel")
