"""Does a pump run in its high-efficiency zone, and which pump wastes energy?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from components.export import table_buttons
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import choice, page_head
from components.panel import panel
from components.states import empty
from components.time_range import days, time_bar, time_range
from data.stores import Stores
from pages.guarded import Broken, attempt, guard
from pages.order_button import order_box, register_orders
from pages.pumps_detail import Subject, subject_of, verdict
from pages.pumps_facts import City, desk_of
from pages.pumps_files import file
from pages.pumps_panels import (
    TEMPLATES,
    detail,
    finding,
    kpis,
)
from pages.pumps_ranking import MOST, RANKS, grid_of, key_of, rank_of, ranked
from pages.reach import Reach, entities, reach, reach_filters
from pages.standing import standing_page

PAGE = Page(
    "pumps",
    "/pumps",
    "analyse",
    roles=frozenset({"executive", "district_manager", "engineer", "dispatcher", "administrator"}),
    group="analyse",
)
GRID, DOWNLOAD = ident("pumps", "grid"), ident("pumps", "download")
PRESET = "30d"


def layout(stores: Stores, view: View) -> Any:
    """The page of the URL: scope, type, from, to, rank, sel (st:CODE/ZONE/PUMP, at most six)."""
    it = reach(stores, view)
    city = attempt(lambda: city_of(stores, view))
    side = html.Div(_side(stores, view, city, it), className="pumps-side")
    return standing_page(
        stores, view, PAGE.path, it, _days(view), [_head(stores, view, it)],
        [kpis(view, city, it), html.Div([_ranking(view, city, it), side], className="pumps-body")],
        "pumps-page", [dcc.Download(id=DOWNLOAD)],
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """Files and work orders."""
    app.callback(
        Output(DOWNLOAD, "data"),
        Input(each("pumps", "export", ALL), "n_clicks"),
        State("shell-url", "search"),
        prevent_initial_call=True,
    )(bound(take_away, stores))
    register_orders(app, stores, "pumps", order_note)


def city_of(stores: Stores, view: View) -> City:
    """All pumps over the whole days of the range."""
    return desk_of(stores).of(*_days(view))


def _days(view: View) -> tuple[date, date]:
    """First and last day of the range; today counts only by itself."""
    chosen = time_range(view.params, view.now, view.zone, PRESET)
    first, last = days(chosen, view.zone)
    today = view.now.astimezone(view.zone).date()
    if last >= today and first < today:
        last = today - timedelta(days=1)
    return first, last


def told_view(view: View, city: City) -> View:
    """Where no set's gap can be told yet and no ranking is asked for, the one of wear is shown."""
    gaps = attempt(lambda: np.isfinite(city.sets.gap.parts).any())
    if view.params.get("rank") or (not isinstance(gaps, Broken) and gaps):
        return view
    return replace(view, params={**view.params, "rank": "wear"})


def subjects(stores: Stores, view: View, city: City, it: Reach) -> list[Subject]:
    """The pumps of `sel`; without it the first of the ranking."""
    if not view.params.get("sel"):
        known = {s.id: s for s in it.stations}
        rank = rank_of(view)
        order = ranked(city, rank, set(known))
        if not order:
            return []
        where = city.plant.station if rank in ("wear", "zone") else city.plant.set_station
        key = key_of(city, rank, order[0], known[int(where[order[0]])].code)
        view = replace(view, params={**view.params, "sel": key})
    found, _ = entities(stores, view)
    several = []
    for entity in found:
        made = subject_of(city, entity, entity.name)
        if made is not None:
            number = "" if entity.pump else f" {city.plant.pump[made.pump]}#"
            zone = "" if entity.zone else " · " + view.text(
                f"mimic.zone_short_{city.plant.zone[made.pump]}"
            )  # fmt: skip
            several.append(replace(made, name=f"{entity.name}{zone}{number}"))
    return several


def take_away(stores: Stores, view: View, clicks: list[int | None], search: str | None) -> Any:
    """A table or chart of what is on screen, as a file."""
    if not isinstance(ctx.triggered_id, dict) or not any(clicks):
        return no_update
    view = view.at(search)
    it, city = reach(stores, view), city_of(stores, view)
    view = told_view(view, city)
    chosen = subjects(stores, view, city, it)
    return file(stores, view, city, it, chosen, str(ctx.triggered_id["index"]))


def order_note(stores: Stores, view: View, station: str, template: str, query: str) -> str:
    """What a work order says: the verdict and the finding with their numbers and the span."""
    view = view.at(query)
    it, city = reach(stores, view), city_of(stores, view)
    view = told_view(view, city)
    chosen = subjects(stores, view, city, it)
    if not chosen:
        return ""
    words = [verdict(view, city, chosen[0]), finding(stores, view, city, chosen[0])]
    return f"{' '.join(words)} {city.first} – {city.last}"


def _head(stores: Stores, view: View, it: Reach) -> Any:
    chosen = time_range(view.params, view.now, view.zone, PRESET)
    return page_head(
        view.text("pumps.title"),
        view.text("pumps.question"),
        reach_filters(stores, view, it),
        time_bar(view, "pumps", "/pumps", chosen, compare=False),
    )


@guard("pumps.title", "flush pumps-ranking")
def _ranking(view: View, city: City, it: Reach) -> Any:
    view = told_view(view, city)
    return panel(
        view.text(f"pumps.rank_{rank_of(view)}"),
        grid_of(view, city, it, GRID),
        view.text("pumps.ranking_about", most=MOST),
        [_ranks(view), table_buttons(PAGE.name, "ranking")],
        css="flush pumps-ranking",
    )


@guard("pumps.panel_head")
def _side(stores: Stores, view: View, city: City, it: Reach) -> Any:
    """The chosen pumps: what they say at a glance, and their panels."""
    view = told_view(view, city)
    chosen = subjects(stores, view, city, it)
    if not chosen:
        nothing = empty(view.language, view.text("pumps.no_period"))
        return panel(view.text("pumps.panel_head"), nothing)
    return [_glance(stores, view, city, chosen), *detail(stores, view, city, chosen)]


def _ranks(view: View) -> Any:
    options = [(r, view.text(f"pumps.rank_{r}")) for r in RANKS]
    return choice(view.text("pumps.rank"), "rank", options, rank_of(view), RANKS[0])


@guard()
def _glance(stores: Stores, view: View, city: City, chosen: list[Subject]) -> Any:
    """The sentence that answers the page's question, and what to do."""
    first = chosen[0]
    code = next(s.code for s in stores.stations.all(view.scope) if s.id == first.entity.station)
    reason = city.causes[first.pump]
    body = html.Div(
        [
            html.P(verdict(view, city, first), className="pumps-verdict"),
            html.P(finding(stores, view, city, first), className="soft"),
            html.Div(
                [
                    dcc.Link(view.text("pumps.to_station"), href=f"/stations/{code}",
                             className="more"),
                    order_box(stores, view, "pumps", code, TEMPLATES.get(reason, "WT-10")),
                ],
                className="pumps-actions",
            ),
        ]
    )  # fmt: skip
    return panel(first.name, body, css="pumps-glance")
