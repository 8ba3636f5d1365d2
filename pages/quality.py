"""Water quality: is the water safe, everywhere, always?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from components.export import download, facts, file_buttons, file_name
from components.graph import graph
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import page_head
from components.panel import panel
from components.states import empty
from components.tables import grid
from components.time_range import TimeRange, days, link, time_bar, time_range
from data.station_rows import StationRow
from data.stores import Stores
from pages import quality_samples, quality_tables
from pages.guarded import attempt, guard
from pages.quality_charts import age_figure, calendar_figure, chlorine_figure, item_figure
from pages.quality_facts import Fleet, QualityDesk
from pages.reach import Reach, reach, reach_filters, selected
from pages.standing import standing_page

PAGE = Page(
    "quality",
    "/quality",
    "analyse",
    roles=frozenset(
        {"executive", "district_manager", "engineer", "dispatcher", "water_quality",
         "administrator"}
    ),
    group="analyse",
)  # fmt: skip
GRID, DOWNLOAD, PICKED = (ident("quality", part) for part in ("grid", "download", "picked"))
_DESKS: WeakKeyDictionary[Any, QualityDesk] = WeakKeyDictionary()
FILES = ("quality", "quality-samples")


def desk(stores: Stores) -> QualityDesk:
    return _DESKS.setdefault(stores.lake, QualityDesk(stores))


def layout(stores: Stores, view: View) -> Any:
    """`?scope=`, `?type=`, `?sel=st:A` for one station, `?from=`, `?to=` (30 days)."""
    span = time_range(view.params, view.now, view.zone, "30d")
    here, chosen = reach(stores, view), selected(stores, view, 1)
    station = chosen[0] if chosen else None
    about = here if station is None else replace(here, stations=(station,))
    fleet = attempt(lambda: desk(stores).fleet(view, about, span))
    parts: list[Any] = [
        quality_tables.tiles(view, fleet, station is not None),
        _calendar(view, fleet, station),
    ]
    if station is not None:
        parts.append(_station(stores, view, station, span))
    else:
        parts.append(_ranking(stores, view, here, fleet))
    head = [_head(stores, view, here, span, station)]
    own = [_samples(stores, view, about, station), dcc.Download(id=DOWNLOAD)]
    return standing_page(
        stores, view, PAGE.path, about, days(span, view.zone), head, parts, "quality-page", own
    )


def register(app: Dash, stores: Stores) -> None:
    """Files, samples from a file and by the form, a click on a row."""
    app.callback(
        Output(DOWNLOAD, "data"),
        [Input(each(p, "export", k), "n_clicks") for p in FILES for k in ("csv", "xlsx")],
        State("shell-url", "search"),
        prevent_initial_call=True,
    )(bound(take_away, stores))
    app.callback(
        Output(ident("quality", "import-report"), "children"),
        Input(ident("quality", "import"), "contents"),
        State(ident("quality", "import"), "filename"),
        prevent_initial_call=True,
    )(bound(quality_samples.take_in, stores))
    app.callback(
        Output(ident("quality", "form-told"), "children"),
        Input(ident("quality", "form-save"), "n_clicks"),
        [State(ident("quality", f"form-{f}"), "value") for f in quality_samples.FIELDS],
        prevent_initial_call=True,
    )(bound(quality_samples.save, stores))
    app.clientside_callback(
        ClientsideFunction("page", "choose"),
        Output(PICKED, "data"),
        Input(GRID, "cellClicked"),
        prevent_initial_call=True,
    )


def take_away(stores: Stores, view: View, *given: Any) -> Any:
    """The stations' table, or the laboratory samples, of what the URL shows."""
    *clicks, search = given
    if not any(clicks):
        return no_update
    view = view.at(search)
    span = time_range(view.params, view.now, view.zone, "30d")
    here, chosen = reach(stores, view), selected(stores, view, 1)
    about = replace(here, stations=tuple(chosen)) if chosen else here
    kind, title = str(ctx.triggered_id["index"]), view.text("quality.title")
    more = [(view.text("quality.definition"), view.text("quality.file_definition"))]
    told = facts(view, here.label, f"{span.start:%Y-%m-%d} … {span.end:%Y-%m-%d}", more)
    if "samples" in str(ctx.triggered_id["type"]):
        rows = quality_tables.sample_rows(
            stores, view, quality_samples.in_span(stores, view, about.ids)
        )
        name = file_name(view, title, view.text("quality.file_samples"))
        return download(kind, name, quality_tables.sample_heads(view), rows, told, title)
    columns = quality_tables.ranking_columns(view)
    listed = quality_tables.ranking_rows(stores, view, about, desk(stores).fleet(view, about, span))
    body = [[row[c["field"]] for c in columns] for row in listed]
    heads = [c["headerName"] for c in columns]
    return download(kind, file_name(view, title, here.label), heads, body, told, title)


def _head(
    stores: Stores, view: View, here: Reach, span: TimeRange, station: StationRow | None
) -> Any:
    filters = reach_filters(stores, view, here)
    if station is not None:
        back = link("/quality", view.params, sel="")
        filters.append(dcc.Link(view.text("quality.all"), href=back, className="button"))
    title = view.text("quality.title")
    shown = title if station is None else f"{title} · {station.name(view.language)}"
    bar = time_bar(view, "quality", "/quality", span, compare=False)
    return page_head(shown, view.text("quality.question"), filters, bar)


@guard("quality.calendar_title")
def _calendar(view: View, fleet: Fleet, station: StationRow | None) -> Any:
    chart = graph(ident("quality", "calendar"), calendar_figure(view, fleet), view.language, 118)
    note = view.text("quality.calendar_station" if station else "quality.calendar_sub")
    return panel(view.text("quality.calendar_title"), chart, note)


@guard("quality.ranking_title")
def _ranking(stores: Stores, view: View, here: Reach, fleet: Fleet) -> Any:
    rows = quality_tables.ranking_rows(stores, view, here, fleet)
    columns = quality_tables.ranking_columns(view)
    table = html.Div(
        [grid(GRID, columns, rows, view.language, pagination=False), dcc.Store(id=PICKED)],
        className="quality-grid",
    )
    sub = view.text("quality.ranking_sub")
    return panel(
        view.text("quality.ranking_title"), table, sub, file_buttons("quality"), css="flush"
    )


@guard()
def _station(stores: Stores, view: View, station: StationRow, span: TimeRange) -> Any:
    told = desk(stores).station(view, station, span)
    if not told.hours.height:
        return panel(
            station.name(view.language), empty(view.language, view.text("quality.no_online"))
        )

    def chart(name: str, figure: Any, unit: str) -> Any:
        body = graph(ident("quality", name), figure, view.language, 230)
        return panel(view.text(f"quality.chart_{name}"), body, unit)

    age = (
        chart("age", age_figure(view, told), "h")
        if station.tanks
        else panel(
            view.text("quality.chart_age"), empty(view.language, view.text("quality.no_tank"))
        )
    )
    return html.Div(
        [
            chart("chlorine", chlorine_figure(view, told), "mg/L"),
            panel(view.text("quality.decay_title"), quality_tables.decay_list(view, told)),
            age,
            chart("turbidity", item_figure(view, told, "turbidity"), "NTU"),
            chart("ph", item_figure(view, told, "ph"), ""),
        ],
        className="quality-charts",
    )


@guard("quality.lab_title")
def _samples(stores: Stores, view: View, about: Reach, station: StationRow | None) -> Any:
    samples = quality_samples.in_span(stores, view, about.ids)
    body = quality_tables.samples_table(stores, view, samples, named=station is None)
    entry = quality_samples.entry(view, station.code if station else "")
    return panel(
        view.text("quality.lab_title"), body, view.text("quality.lab_sub"),
        [*entry, *file_buttons("quality-samples")],
    )  # fmt: skip
