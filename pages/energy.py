"""Where do we lose kWh? Energy of pumping: course, districts, ranking with reasons, tariff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from components.export import table_buttons
from components.formats import percent
from components.graph import graph
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import choice, page_head, switch
from components.panel import panel
from components.time_range import days, link, time_bar, time_range
from data.station_rows import StationRow
from data.stores import Stores
from pages import energy_change as changes
from pages import energy_focus as focus
from pages import energy_panels as panels
from pages import energy_ranking as ranking
from pages.energy_facts import Span, desk_of, whole_days
from pages.energy_files import file
from pages.energy_sums import UNITS, Scene, scene
from pages.guarded import attempt, guard, left_out
from pages.order_button import register_orders
from pages.reach import reach, reach_filters, selected
from pages.standing import standing_page

PAGE = Page(
    "energy",
    "/energy",
    "analyse",
    roles=frozenset({"executive", "district_manager", "engineer", "dispatcher", "administrator"}),
    group="analyse",
)
CLOUD, DOWNLOAD, GO, GRID = (ident("energy", part) for part in ("cloud", "download", "go", "grid"))
PRESET = "30d"


def layout(stores: Stores, view: View) -> Any:
    """The page of the URL: scope, type, from, to, base, m, rank, at, sel."""
    it = attempt(lambda: of(stores, view))
    districts = stores.stations.districts(view.scope)
    chosen = selected(stores, view)
    return standing_page(
        stores, view, PAGE.path, reach(stores, view), _days(view), [_head(stores, view)],
        [
            panels.tiles(view, it),
            left_out(view, ("energy_cost",)),
            html.Div(
                [
                    _panel(view, it, "groups", lambda: panels.bullets(view, it, districts),
                           _measures(view)),
                    _panel(view, it, "scatter", lambda: [
                        ranking.compare_bar(view, it, chosen),
                        _chart(view, it, "cloud", _cloud(stores, view, it, chosen)),
                    ]),
                    _panel(view, it, "course", lambda: [
                        _chart(view, it, "course", panels.course(view, it)),
                        html.Div([html.Span(view.text("energy.comparison")),
                                  table_buttons(PAGE.name, "comparison")], className="energy-line"),
                        panels.comparison(view, it),
                    ]),
                ],
                className="energy-top",
            ),
            html.Div(
                [
                    _panel(view, it, "ranking", lambda: ranking.grid_of(view, it, GRID),
                           _ranks(view), css="flush energy-ranking"),
                    html.Div(
                        [
                            _focus(stores, view, it),
                            _panel(view, it, "change", lambda: _change(view, it)),
                            _panel(view, it, "bands", lambda: changes.bands(view, it)),
                        ],
                        className="energy-side",
                    ),
                ],
                className="energy-low",
            ),
        ],
        "energy-page",
        [dcc.Download(id=DOWNLOAD), dcc.Location(id=GO, refresh="callback-nav")],
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """A point leads to its station; files; work orders."""
    app.callback(
        Output(GO, "href"),
        Input(CLOUD, "clickData"),
        State("shell-url", "search"),
        prevent_initial_call=True,
    )(bound(open_station, stores))
    app.callback(
        Output(DOWNLOAD, "data"),
        Input(each("energy", "export", ALL), "n_clicks"),
        State("shell-url", "search"),
        prevent_initial_call=True,
    )(bound(take_away, stores))
    register_orders(app, stores, "energy", order_note)


def of(stores: Stores, view: View) -> Scene:
    """What the page shows for this URL."""
    span = Span(*_days(view))
    desk, near = desk_of(stores), reach(stores, view)
    key = ("scene", span, view.scope, near.key, view.language, str(view.zone))
    own = None if near.compound is None else partial(desk.hours_of, span, near.ids)
    found: Scene = desk.keep(key, lambda: scene(view, desk.of(span), near, own))
    return found


def _days(view: View) -> tuple[date, date]:
    """First and last day that the page is about."""
    chosen = time_range(view.params, view.now, view.zone, PRESET)
    span = whole_days(*days(chosen, view.zone), view.now.astimezone(view.zone).date())
    return span.first, span.last


def open_station(stores: Stores, view: View, clicked: Any, search: str | None) -> Any:
    """The path of the station that was clicked, with scope and time kept."""
    points = clicked.get("points", []) if isinstance(clicked, dict) else []
    code = str(points[0].get("customdata", "")) if points else ""
    if stores.stations.by_code(code, view.scope) is None:
        return no_update
    return link(f"/stations/{code}", ranking.keep(view.at(search)))


def take_away(stores: Stores, view: View, clicks: list[int | None], search: str | None) -> Any:
    """A table or chart of what is on screen, as a file."""
    if not isinstance(ctx.triggered_id, dict) or not any(clicks):
        return no_update
    view = view.at(search)
    districts = stores.stations.districts(view.scope)
    return file(view, of(stores, view), str(ctx.triggered_id["index"]), districts)


def order_note(stores: Stores, view: View, station: str, template: str, query: str) -> str:
    """What a work order upon the ranking says: the reason with its numbers and the span."""
    view = view.at(query)
    it = of(stores, view)
    row = stores.stations.by_code(station, view.scope)
    found = focus.row_of(it, row) if row is not None else {}
    words = focus.reason_words(view, found) if found else ""
    return f"{words} {it.span.first} – {it.span.last}".strip()


def _head(stores: Stores, view: View) -> Any:
    chosen = time_range(view.params, view.now, view.zone, PRESET)
    bases = [(b, view.text(f"energy.change_{b}")) for b in panels.BASES]
    filters = [
        *reach_filters(stores, view, reach(stores, view)),
        switch(view.text("energy.base"), "base", bases, panels.base_of(view), panels.BASES[0]),
    ]
    return page_head(
        view.text("energy.title"),
        view.text("energy.question"),
        filters,
        time_bar(view, "energy", "/energy", chosen, compare=False),
    )


def _measures(view: View) -> Any:
    options = [(m, view.text(f"energy.short_{m}")) for m in UNITS]
    return switch(view.text("energy.measure"), "m", options, panels.measure_of(view), "e")


def _ranks(view: View) -> Any:
    options = [(r, view.text(f"energy.rank_{r}")) for r in ranking.RANKS]
    return choice(view.text("energy.rank"), "rank", options, ranking.rank_of(view), "saving")


@guard("energy.panel_focus", "energy-focus")
def _focus(stores: Stores, view: View, it: Scene) -> Any:
    station = focus.focus_of(stores, view, it)
    return panel(
        view.text("energy.panel_focus"),
        focus.focus(stores, view, it, station),
        view.text("energy.sub_focus"),
        css="energy-focus",
    )


@guard("energy.panel_{name}", "energy-{name}")
def _panel(
    view: View, it: Scene, name: str, body: Callable[[], Any], control: Any = None, css: str = ""
) -> Any:
    base = it.span.before if panels.base_of(view) == "prev" else it.span.year_ago
    subtitle = view.text(
        f"energy.sub_{name}",
        span=str(it.span), base=str(base), n=f"{len(it.reach.stations):,}",
        unit=UNITS[panels.measure_of(view)],
        shown=f"{min(ranking.MOST, len(it.reach.stations)):,}",
        tariff=it.tariff.text(view.language) if it.tariff else "—",
        word=view.text(f"energy.base_{panels.base_of(view)}"),
    )  # fmt: skip
    actions = [*([control] if control is not None else []), table_buttons(PAGE.name, name)]
    return panel(
        view.text(f"energy.panel_{name}"),
        body(),
        subtitle,
        actions,
        css=f"energy-{name} {css}".strip(),
    )


def _cloud(stores: Stores, view: View, it: Scene, chosen: list[StationRow]) -> Any:
    """The scatter; kept while nobody is chosen, for two thousand points cost more than the rest."""
    if chosen:
        return ranking.scatter(view, it, chosen)
    key = ("cloud", it.span, it.reach.key, view.scope, view.language, view.theme)
    return desk_of(stores).keep(key, lambda: ranking.scatter(view, it, ()))


def _change(view: View, it: Scene) -> Any:
    fig = changes.why(view, it)
    if fig is not None:
        return _chart(view, it, "change", fig)
    share = percent(100 * it.then[panels.base_of(view)].coverage)
    return html.P(view.text("energy.no_base", share=share), className="hint")


def _chart(view: View, it: Scene, name: str, fig: Any) -> Any:
    revision = f"energy {name} {it.reach.label} {it.span}"
    return html.Div(
        graph(ident("energy", name), fig, view.language, revision=revision),
        className="energy-chart",
    )
