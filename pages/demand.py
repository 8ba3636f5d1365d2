"""Demand: when water is drawn, how much, what the next seven days bring, what departs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from weakref import WeakKeyDictionary

from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update

from components.export import download, facts, file_buttons, file_name
from components.formats import percent
from components.graph import graph
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import choice, page_head, switch
from components.panel import panel
from components.states import empty
from components.tables import grid
from components.time_range import link
from data.stores import Stores
from pages.demand_charts import ahead_figure, heat_figure, shapes_figure, typical_figure
from pages.demand_hours import DAYS
from pages.demand_subject import Fleet, Subject, Subjects
from pages.demand_tables import (
    departure_heads,
    departure_rows,
    departures_fleet,
    departures_of,
    hour_heads,
    hour_rows,
    peaks_words,
    ranking_columns,
    ranking_rows,
    tiles,
)
from pages.guarded import attempt, guard
from pages.reach import Reach, reach, reach_filters, selected
from pages.standing import standing_page

PAGE = Page(
    "demand",
    "/demand",
    "analyse",
    roles=frozenset({"executive", "district_manager", "engineer", "dispatcher", "administrator"}),
    group="analyse",
)
GRID, DOWNLOAD, QUERY = (ident("demand", part) for part in ("grid", "download", "query"))
SPANS = ("14", "28", "56")
_SUBJECTS: WeakKeyDictionary[Any, Subjects] = WeakKeyDictionary()


def subjects(stores: Stores) -> Subjects:
    """The one place where subjects of these stores are kept."""
    return _SUBJECTS.setdefault(stores.lake, Subjects(stores))


def layout(stores: Stores, view: View) -> Any:
    """`?scope=`, `?type=`, `?sel=st:A,st:B`, `?cmp=yesterday|week`, `?days=14|28|56`."""
    told = attempt(lambda: subjects(stores).of(view)[1])
    fleet = attempt(lambda: subjects(stores).fleet(view))
    charts = [_typical(view, told), _ahead(view, told), _heat(view, told),
              _departures(view, told, fleet)]  # fmt: skip
    here, chosen = reach(stores, view), selected(stores, view)
    about = replace(here, stations=tuple(chosen)) if chosen else here
    today = view.now.astimezone(view.zone).date()
    return standing_page(
        stores, view, PAGE.path, about, (today - timedelta(days=int(_days(view))), today),
        [_head(stores, view, here)],
        [
            _tiles(view, told),
            html.Div(charts, className="demand-charts"),
            _ranking(stores, view, fleet),
        ],
        "demand-page",
        [dcc.Download(id=DOWNLOAD)],
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """Files; a click on a row looks at its station."""
    app.callback(
        Output(DOWNLOAD, "data"),
        [
            Input(each(page, "export", kind), "n_clicks")
            for page in ("demand", "demand-hours", "demand-departures")
            for kind in ("csv", "xlsx")
        ],
        State("shell-url", "search"),
        prevent_initial_call=True,
    )(bound(take_away, stores))
    app.clientside_callback(
        ClientsideFunction("page", "choose"),
        Output(QUERY, "data"),
        Input(GRID, "cellClicked"),
        prevent_initial_call=True,
    )


def take_away(stores: Stores, view: View, *given: Any) -> Any:
    """The ranking, or the hours and forecast of the place shown."""
    *clicks, search = given
    if not any(clicks):
        return no_update
    view = view.at(search)
    here, told = subjects(stores).of(view)
    kind, wanted = str(ctx.triggered_id["index"]), str(ctx.triggered_id["type"])
    title = view.text("demand.title")
    more = [(view.text("demand.definition"), view.text("demand.file_definition"))]
    if "hours" in wanted:
        first = told[0]
        about = facts(view, first.label, f"{first.first} … {first.today}", more)
        name = file_name(view, title, view.text("demand.file_hours"), first.label)
        return download(kind, name, hour_heads(view), hour_rows(view, first), about, title)
    if "departures" in wanted:
        listed = departure_rows(view, subjects(stores).fleet(view), told[0].first)
        name = file_name(view, title, view.text("demand.departures_title"), here.label)
        about = facts(view, here.label, view.text("demand.departures_fleet"), more)
        return download(kind, name, departure_heads(view), listed, about, title)
    columns = ranking_columns(view)
    rows = ranking_rows(stores, view, subjects(stores).fleet(view))
    about = facts(view, here.label, f"{told[0].first} … {told[0].today}", more)
    body = [[row[c["field"]] for c in columns] for row in rows]
    heads = [c["headerName"] for c in columns]
    return download(kind, file_name(view, title, here.label), heads, body, about, title)


def _head(stores: Stores, view: View, here: Reach) -> Any:
    against = [(key, view.text(f"demand.cmp_{key}")) for key in ("none", "yesterday", "week")]
    chosen = view.params.get("cmp", "none")
    filters = reach_filters(stores, view, here)
    filters.append(
        switch(view.text("demand.against"), "cmp", against,
               chosen if chosen in dict(against) else "none", "none")
    )  # fmt: skip
    days = [(n, view.text("demand.days", count=n)) for n in SPANS]
    filters.append(choice(view.text("demand.span"), "days", days, _days(view), "28"))
    if view.params.get("sel"):
        back = link("/demand", view.params, sel="")
        filters.append(dcc.Link(view.text("demand.all"), href=back, className="button"))
    return page_head(view.text("demand.title"), view.text("demand.question"), filters)


@guard()
def _tiles(view: View, told: list[Subject]) -> Any:
    return tiles(view, told[0])


@guard("demand.typical_title")
def _typical(view: View, told: list[Subject]) -> Any:
    """The typical day of one place, or the shapes of several beside each other."""
    first = told[0]
    sparse = percent(100 * first.coverage, 1)
    tag = view.text("demand.sparse", share=sparse) if first.coverage < 0.99 else ""
    lang, text = view.language, view.text
    if len(told) > 1:
        return panel(
            text("demand.shape_title"),
            graph(ident("demand", "typical"), shapes_figure(view, told), lang, 290),
            text("demand.shape_sub"),
        )
    kind = text(f"demand.type_{first.types[DAYS]}")
    sub = text("demand.typical_sub", days=first.typical.days, kind=kind)
    chart = graph(ident("demand", "typical"), typical_figure(view, first), lang, 290)
    body = [chart, html.P(peaks_words(view, first), className="hint")]
    return panel(f"{text('demand.typical_title')} · {first.label}", body, sub, tag=tag)


@guard("demand.ahead_title")
def _ahead(view: View, told: list[Subject]) -> Any:
    """What the next seven days bring."""
    first, lang, text = told[0], view.language, view.text
    note = text("demand.ahead_festival") if first.ahead.reasons else ""
    ahead = (
        [graph(ident("demand", "ahead"), ahead_figure(view, first), lang, 290),
         html.P(note or " ", className="hint")]
        if first.ahead.known else empty(lang, text("demand.ahead_none"))
    )  # fmt: skip
    return panel(
        f"{text('demand.ahead_title')} · {first.label}", ahead, text("demand.ahead_sub"),
        file_buttons("demand-hours"),
    )  # fmt: skip


@guard("demand.heat_title")
def _heat(view: View, told: list[Subject]) -> Any:
    """The last days hour by hour."""
    first, days = told[0], int(_days(view))
    fig = heat_figure(view, first, days)
    heat = graph(ident("demand", "heat"), fig, view.language, 24 + 17 * days)
    title = f"{view.text('demand.heat_title')} · {first.label}"
    return panel(title, heat, view.text("demand.heat_sub"))


@guard("demand.departures_title")
def _departures(view: View, told: list[Subject], fleet: Fleet) -> Any:
    """Where use departs from what is usual."""
    single, first = bool(view.params.get("sel")), told[0]
    body = departures_of(view, first) if single else departures_fleet(view, fleet, first.first)
    about = view.text("demand.departures_sub" if single else "demand.departures_fleet")
    title, files = view.text("demand.departures_title"), file_buttons("demand-departures")
    return panel(title, body, about, files)


@guard("demand.ranking_title")
def _ranking(stores: Stores, view: View, fleet: Fleet) -> Any:
    rows = ranking_rows(stores, view, fleet)
    table = html.Div(
        [
            grid(GRID, ranking_columns(view), rows, view.language, pagination=False),
            dcc.Store(id=QUERY),
        ],
        className="demand-grid",
    )
    return panel(
        view.text("demand.ranking_title"), table, view.text("demand.ranking_sub"),
        file_buttons("demand"), css="flush",
    )  # fmt: skip


def _days(view: View) -> str:
    asked = view.params.get("days", "28")
    return asked if asked in SPANS else "28"
