"""One pump house: what is it doing now, and why?"""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from components.alarm_text import alarm_words
from components.attributes import data
from components.crumbs import Step
from components.export import download, facts, file_buttons, file_name
from components.formats import number, percent, stamp
from components.glyphs import level_glyph
from components.ids import each, ident
from components.page import Page, View, bound
from components.time_range import link, time_range
from data.alarms import AlarmRow
from data.catalogue.points import station_types
from data.rights import NotFound, allowed
from data.station_rows import StationRow
from data.stores import Stores
from data.work_order_rows import OPEN, WorkOrderRow
from pages import drill, station_files, station_tables, station_trends
from pages.guarded import Broken, attempt, guard
from pages.station_mode import mode_place, register_mode
from pages.station_points import charts
from pages.station_site import register_site, site_place
from pages.station_tabs import (
    BODIES,
    CHARTS,
    SPARKS,
    alarm_levels,
    chart_panels,
    open_alarms,
    path_of,
    point_rows,
)  # fmt: skip

PAGE = Page("station", "/stations/{code}")
SECONDS, MINUTES = ident("station", "seconds"), ident("station", "minutes")
CHIP, LEVELS, DOWNLOAD, ASKED = (
    ident("station", part) for part in ("chip", "levels", "download", "asked")
)
FIRST = next(iter(BODIES))


def layout(stores: Stores, view: View, code: str) -> Any:
    """The page of station `code`. Raises NotFound when it is not within the viewer's scope."""
    station = _station(stores, view, code)
    span = time_range(view.params, view.now, view.zone)
    counts = _tab_counts(stores, view, station)
    tab = view.params.get("tab", FIRST)
    tab = tab if tab in counts else FIRST
    moving = [dcc.Interval(id=MINUTES, interval=30_000)] if tab in ("mimic", "trends") else []
    return html.Div(
        [
            _head(stores, view, station),
            _tabs(view, station, tab, counts),
            BODIES[tab](stores, view, station, span),
            dcc.Interval(id=SECONDS, interval=2000),
            *moving,
            dcc.Download(id=DOWNLOAD),
            dcc.Store(id=LEVELS),
            dcc.Store(id=ASKED, data={"code": code, "params": dict(view.params), "tab": tab}),
        ],
        className="station-page",
        **data(station=code),
    )


def way(stores: Stores, view: View, code: str) -> list[Step]:
    """The breadcrumb. Raises NotFound."""
    station = _station(stores, view, code)
    return drill.way(stores, view, drill.home(stores, view, station), station)


def register(app: Dash, stores: Stores) -> None:
    """Alarms every 2 s, charts and sparks every 30 s, files on demand."""
    asked = State(ASKED, "data")
    app.callback(
        Output(CHIP, "children"), Output(LEVELS, "data"), Input(SECONDS, "n_intervals"), asked
    )(bound(refresh_alarms, stores))
    app.clientside_callback(ClientsideFunction("mimic", "levels"), Input(LEVELS, "data"))
    app.callback(
        Output(CHARTS, "children"), Input(MINUTES, "n_intervals"), asked, prevent_initial_call=True
    )(bound(refresh_charts, stores))
    app.callback(
        Output(SPARKS, "children"), Input(MINUTES, "n_intervals"), asked, prevent_initial_call=True
    )(bound(refresh_sparks, stores))
    app.callback(
        Output(DOWNLOAD, "data"),
        Input(each("station", "export", ALL), "n_clicks"),
        Input(each("station", "chart", ALL), "n_clicks"),
        asked,
        prevent_initial_call=True,
    )(bound(take_away, stores))
    register_mode(app, stores)
    register_site(app, stores)


def _station(stores: Stores, view: View, code: str) -> StationRow:
    station = stores.stations.by_code(code, view.scope)
    if station is None:
        raise NotFound("station", code)
    return station


def _head(stores: Stores, view: View, station: StationRow) -> html.Div:
    """Name, code, worst alarm, what kind of house it is; what one can take away."""
    copy = html.Button(
        view.text("station.copy_link"), className="button quiet", type="button",
        **data(copy=view.text("station.copied")),
    )  # fmt: skip
    return html.Div(
        [
            html.H1(station.name(view.language), className="page-title"),
            html.Span(station.code, className="tag"),
            html.Div(_alarm_chip(view, _alarms(stores, view, station)), id=CHIP),
            html.Span(_facts(stores, view, station), className="facts"),
            *mode_place(stores, view, station),
            *site_place(stores, view, station),
            html.Div(
                [copy, *_correct(view, station), *file_buttons("station")], className="page-actions"
            ),
        ],
        className="page-head",
    )


def _correct(view: View, station: StationRow) -> list[Any]:
    """The way to where a wrong reading is put right, for those who may."""
    if not allowed(view.user, "corrections.write"):
        return []
    href = link("/corrections", view.params, sel=f"st:{station.code}", tab="")
    return [dcc.Link(view.text("corrections.link"), href=href, className="button quiet")]


def _facts(stores: Stores, view: View, station: StationRow) -> list[Any]:
    kind = station_types()[station.type]
    districts = {d.id: d.name(view.language) for d in stores.stations.districts(view.scope)}
    pumps = sum(row.pumps for row in station.sets)
    compound = drill.compound_of(stores, view, station)
    parts = [
        districts.get(station.district_id, ""),
        compound and drill.compound_link(view, compound),
        kind.zh if view.language == "zh" else kind.en,
        view.text("station.pumps", count=pumps) if pumps else "",
        view.text("station.underground" if station.underground else "station.above_ground"),
        view.text("mimic.households", count=number(station.households)),
    ]
    return [one for part in parts if part for one in (" · ", part)][1:]


def _alarms(stores: Stores, view: View, station: StationRow) -> Any:
    return attempt(lambda: open_alarms(stores, view, station))


@guard()
def _alarm_chip(view: View, rows: list[AlarmRow]) -> Any:
    """The worst open alarm in words, since when, and how many more there are."""
    if not rows:
        return html.Span(view.text("station.no_alarm"), className="hint")
    worst = min(rows, key=lambda row: (row.level, row.active_at))
    what = alarm_words(worst.rule, worst.place, view.language)
    since = html.Span("", className="since", **data(since=worst.active_at.isoformat()))
    more = [html.Span(f"+{len(rows) - 1}", className="hint")] if len(rows) > 1 else []
    return dcc.Link(
        [level_glyph(worst.level, view.language, worst.state, 14), html.Span(what), since, *more],
        href=f"/alarms?sel={worst.id}",
        className=f"alarm-chip l{worst.level}",
    )


def _tab_counts(stores: Stores, view: View, station: StationRow) -> dict[str, int]:
    """The tabs that have data behind them, with the open ones of what they list."""
    counts = {"mimic": 0, "trends": 0, "points": 0}
    alarms = attempt(lambda: station_tables.recent_alarms(stores, view, station))
    orders = attempt(lambda: station_tables.recent_orders(stores, view, station))
    for name, rows in (("alarms", alarms), ("orders", orders)):
        if isinstance(rows, Broken):
            counts[name] = 0  # the tab says what is the matter
        elif rows:
            counts[name] = sum(_is_open(row) for row in rows)
    return counts


def _is_open(row: AlarmRow | WorkOrderRow) -> bool:
    return row.closed_at is None if isinstance(row, AlarmRow) else row.state in OPEN


def _tabs(view: View, station: StationRow, tab: str, counts: dict[str, int]) -> html.Nav:
    links = [
        dcc.Link(
            [view.text(f"station.tab_{name}"), *([html.B(str(count))] if count else [])],
            href=link(path_of(station), view.params, tab="" if name == FIRST else name),
            className="page-tab on" if name == tab else "page-tab",
        )
        for name, count in counts.items()
    ]
    return html.Nav(links, className="page-tabs")


def refresh_alarms(stores: Stores, view: View, beat: int, asked: dict[str, Any]) -> tuple[Any, Any]:
    """The alarm chip, and the levels that assets/mimic.js colours with."""
    rows = _alarms(stores, view, _station(stores, view, asked["code"]))
    levels = no_update if isinstance(rows, Broken) else alarm_levels(rows)
    return _alarm_chip(view, rows), levels


def refresh_charts(stores: Stores, view: View, beat: int, asked: dict[str, Any]) -> Any:
    """The charts again, while their range ends now."""
    span = time_range(asked["params"], view.now, view.zone)
    if not span.live:
        return no_update
    return chart_panels(stores, view, _station(stores, view, asked["code"]), span, asked["tab"])


def refresh_sparks(stores: Stores, view: View, beat: int, asked: dict[str, Any]) -> Any:
    return point_rows(stores, view, _station(stores, view, asked["code"]))


def take_away(
    stores: Stores,
    view: View,
    files: list[int | None],
    single: list[int | None],
    asked: dict[str, Any],
) -> Any:
    """CSV or Excel of what the tab shows; the button of a chart gives that chart as CSV."""
    chosen = ctx.triggered_id
    if chosen is None or not ctx.triggered[0]["value"]:
        return no_update
    station = _station(stores, view, asked["code"])
    kind = chosen["index"] if chosen["type"] == ident("station", "export") else "csv"
    if asked["tab"] in ("mimic", "trends"):
        one = (
            None
            if kind != "csv" or chosen["type"] == ident("station", "export")
            else chosen["index"]
        )
        return _trend_file(stores, view, station, asked["params"], kind, one)
    heads, rows = station_files.content(stores, view, station, asked["tab"])
    title = view.text(f"station.tab_{asked['tab']}")
    return _file(view, station, kind, title, heads, rows, stamp(view.now, view.zone))


def _trend_file(
    stores: Stores,
    view: View,
    station: StationRow,
    params: dict[str, str],
    kind: str,
    one: str | None,
) -> dict[str, Any]:
    span = time_range(params, view.now, view.zone)
    shown = station_trends.load(stores, view, station, span)
    names = [one] if one else [chart.name for chart in charts(station, view)]
    heads, rows = station_trends.table(view, station, shown, names)
    title = next((c.title for c in shown.charts if c.name == one), view.text("station.tab_trends"))
    period = f"{stamp(span.start, view.zone)} – {stamp(span.end, view.zone)} · {shown.now.grain}"
    return _file(view, station, kind, title, heads, rows, period, _covered(rows))


def _covered(rows: list[list[Any]]) -> str:
    """Share of the cells of a trend that hold a value."""
    cells = [cell for row in rows for cell in row[1:]]
    return percent(100 * sum(c is not None for c in cells) / len(cells), 1) if cells else ""


def _file(
    view: View,
    station: StationRow,
    kind: str,
    title: str,
    heads: list[str],
    rows: list[list[Any]],
    period: str,
    coverage: str = "",
) -> dict[str, Any]:
    about = facts(
        view, f"{station.name(view.language)} ({station.code})", period, rows=len(rows),
        definition=view.text("export.station"), coverage=coverage,
    )  # fmt: skip
    name = file_name(view, title, station.name(view.language))
    return download(kind, name, heads, rows, about, title)
