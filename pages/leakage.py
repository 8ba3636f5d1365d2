"""Which compounds leak, how much, since when, what does it cost, did the repair help?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from components.export import table_buttons
from components.formats import number
from components.graph import graph
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import choice, page_head, switch
from components.panel import panel
from components.time_range import days, time_bar, time_range
from data.stores import Stores
from pages import leakage_panels as panels
from pages import leakage_ranking as ranking
from pages import leakage_readings as readings
from pages.guarded import Broken, attempt, guard, left_out
from pages.leakage_balance import parts_of
from pages.leakage_facts import aligned, whole_days
from pages.leakage_files import file
from pages.leakage_scene import PRESET, RANKS, Proof, Scene, scene
from pages.order_button import register_orders
from pages.reach import reach, reach_filters
from pages.standing import standing_page

PAGE = Page(
    "leakage",
    "/leakage",
    "analyse",
    roles=frozenset({"executive", "district_manager", "engineer", "dispatcher", "administrator"}),
    group="analyse",
)
GRID, DOWNLOAD = ident("leakage", "grid"), ident("leakage", "download")


def layout(stores: Stores, view: View) -> Any:
    """The page of the URL: scope, type, from, to, rank, only, at."""
    it = attempt(lambda: scene(stores, view))
    proofs = attempt(lambda: proofs_of(stores, view, it))
    chosen = time_range(view.params, view.now, view.zone, PRESET)
    span = whole_days(*days(chosen, view.zone), view.now, stores)
    return standing_page(
        stores, view, PAGE.path, reach(stores, view), span, [_head(stores, view)],
        [
            panels.tiles(view, it),
            left_out(view, ("leakage_cost",)),
            html.Div(
                [
                    _panel(view, it, "ranking", lambda: ranking.grid_of(view, it, GRID),
                           lambda: _ranks(view, it), css="flush leakage-ranking"),
                    html.Div(
                        [
                            _focus(stores, view, it),
                            _panel(view, it, "balance", lambda: panels.balance(
                                view, parts_of(view, it, it.focus, homes_of(stores, it)))),
                        ],
                        className="leakage-side",
                    ),
                ],
                className="leakage-top",
            ),
            _panel(view, it, "nights", lambda: _nights(view, it, proofs), css="leakage-nights"),
            html.Div(
                [
                    _panel(view, it, "changes", lambda: panels.changes(view, it)),
                    _panel(view, it, "proof", lambda: panels.proofs(view, proofs, it.focus)),
                    _readings(view, it),
                ],
                className="leakage-low",
            ),
        ],
        "leakage-page",
        [dcc.Download(id=DOWNLOAD)],
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """Files, work orders, readings."""
    app.callback(
        Output(DOWNLOAD, "data"),
        Input(each("leakage", "export", ALL), "n_clicks"),
        State("shell-url", "search"),
        prevent_initial_call=True,
    )(bound(take_away, stores))
    app.callback(
        Output(ident("leakage", "import-report"), "children"),
        Input(ident("leakage", "import"), "contents"),
        State(ident("leakage", "import"), "filename"),
        prevent_initial_call=True,
    )(bound(readings.take_in, stores))
    app.callback(
        Output(ident("leakage", "reading-said"), "children"),
        Input(ident("leakage", "reading-save"), "n_clicks"),
        State(ident("leakage", "reading-kind"), "value"),
        *(State(ident("leakage", f"reading-{name}"), "value") for name in readings.FIELDS),
        prevent_initial_call=True,
    )(bound(readings.enter, stores))
    register_orders(app, stores, "leakage", order_note)


def proofs_of(stores: Stores, view: View, it: Scene) -> list[Proof]:
    """Closed searches at the compound in focus and what the nights say to them."""
    if it.focus is None:
        return []
    orders = stores.work_orders.list(view.scope, ["closed"], station_id=it.focus.id)
    return it.proof_of(orders, it.focus)


def homes_of(stores: Stores, it: Scene) -> dict[str, float] | None:
    """What the household meters of the compound in focus say in the span."""
    if it.focus is None:
        return None
    return aligned(stores, it.focus.id, it.spanned.first, it.spanned.last)


def take_away(stores: Stores, view: View, clicks: list[int | None], search: str | None) -> Any:
    """A table or chart of what is on screen, as a file."""
    if not isinstance(ctx.triggered_id, dict) or not any(clicks):
        return no_update
    view = view.at(search)
    it = scene(stores, view)
    districts = tuple(stores.stations.districts(view.scope))
    parts = attempt(lambda: parts_of(view, it, it.focus, homes_of(stores, it)))
    asked = str(ctx.triggered_id["index"])
    return file(view, it, asked, districts, proofs_of(stores, view, it), parts)


def order_note(stores: Stores, view: View, station: str, template: str, query: str) -> str:
    """What a work order upon the ranking says: the finding with its numbers and the span."""
    view = view.at(query)
    it = scene(stores, view)
    row = stores.stations.by_code(station, view.scope)
    place = None if row is None else it.place(row)
    words = "" if place is None else ranking.sentence(view, it, place, money=False)
    return f"{words} {it.span}".strip()


def _head(stores: Stores, view: View) -> Any:
    chosen = time_range(view.params, view.now, view.zone, PRESET)
    return page_head(
        view.text("leakage.title"),
        view.text("leakage.question"),
        reach_filters(stores, view, reach(stores, view)),
        time_bar(view, "leakage", "/leakage", chosen, compare=False),
    )


def _ranks(view: View, it: Scene) -> Any:
    options = [
        (rank, view.text(f"leakage.rank_{rank}")) for rank in ranking.without_money(view, RANKS)
    ]
    some = [("", view.text("leakage.only_all")), ("grown", view.text("leakage.only_grown"))]
    return html.Div(
        [
            switch(view.text("leakage.only"), "only", some, it.only, ""),
            choice(view.text("leakage.rank"), "rank", options, it.rank, RANKS[0]),
        ],
        className="leakage-ranks",
    )


@guard("leakage.panel_focus")
def _focus(stores: Stores, view: View, it: Scene) -> Any:
    words = view.text("leakage.sub_focus")
    return panel(view.text("leakage.panel_focus"), ranking.focus(stores, view, it), words)


@guard("leakage.panel_readings", "leakage-readings")
def _readings(view: View, it: Scene) -> Any:
    body = readings.body(view, it.focus.code if it.focus else "")
    words = view.text("leakage.sub_readings")
    return panel(view.text("leakage.panel_readings"), body, words, css="leakage-readings")


def _nights(view: View, it: Scene, proofs: list[Proof]) -> Any:
    fig = panels.nights_chart(view, it, proofs)
    revision = f"leakage {it.focus.code if it.focus else ''}"
    chart = graph(ident("leakage", "nights"), fig, view.language, revision=revision)
    return html.Div(chart, className="leakage-chart")


@guard("leakage.panel_{name}", "leakage-{name}")
def _panel(
    view: View,
    it: Scene,
    name: str,
    body: Callable[[], Any],
    control: Callable[[], Any] | None = None,
    css: str = "",
) -> Any:
    listed = attempt(lambda: len(it.order))
    n = None if isinstance(listed, Broken) else listed
    subtitle = view.text(
        f"leakage.sub_{name}",
        span=it.span, n=number(n), shown=number(None if n is None else min(ranking.MOST, n)),
        name=it.focus.name(view.language) if it.focus else "—",
        use=number(it.city.found.use.prior, 2),
    )  # fmt: skip
    actions = [*([control()] if control is not None else []), table_buttons(PAGE.name, name)]
    return panel(
        view.text(f"leakage.panel_{name}"),
        body(),
        subtitle,
        actions,
        css=f"leakage-{name} {css}".strip(),
    )
