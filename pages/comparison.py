"""Why is one pump house worse than another? Up to six stations or sets beside each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
from dash import ALL, Dash, Input, Output, State, dcc, html

from components.attributes import data
from components.formats import stamp
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import page_head
from components.selection import chips
from components.states import empty
from components.time_range import days, link, time_bar, time_range
from data.station_rows import StationRow
from data.stores import Stores
from pages import compared_files, days_order
from pages.comparison_asked import Asked
from pages.comparison_facts import fleet
from pages.comparison_panels import TABS
from pages.comparison_tables import content
from pages.guarded import Broken, attempt
from pages.reach import MOST, entities, reach, reach_filters
from pages.standing import standing_page

PAGE = Page(
    "comparison",
    "/comparison",
    "analyse",
    roles=frozenset({"executive", "district_manager", "engineer", "dispatcher", "administrator"}),
    group="analyse",
)
DOWNLOAD, ASKED = ident("comparison", "download"), ident("comparison", "asked")
FIRST = next(iter(TABS))
SHARES = (0.99, 0.5, 0.05)
"""Places in the ranking of kWh/(m³·MPa) of the stations that are compared when none is chosen."""


def layout(stores: Stores, view: View) -> Any:
    """Tabs, chips, time and the panels of the chosen tab."""
    asked = _asked(stores, view)
    tab = view.params.get("tab", FIRST)
    tab = tab if tab in TABS else FIRST
    copy = html.Button(
        view.text("station.copy_link"), className="button quiet", type="button",
        **data(copy=view.text("station.copied")),
    )  # fmt: skip
    body = TABS[tab](asked) if asked.entities else [_nothing(view)]
    head = page_head(
        view.text("comparison.title"), view.text("comparison.question"),
        reach_filters(stores, view, asked.reach),
        actions=[days_order.buttons(view, "comparison"), copy],
    )  # fmt: skip
    line = html.Div(
        [
            chips(view, PAGE.path, asked.entities, MOST),
            time_bar(view, "comparison", PAGE.path, asked.span),
        ],
        className="compare-line",
    )
    chosen = {entity.station for entity in asked.entities}
    stations = tuple(s for s in stores.stations.all(view.scope) if s.id in chosen)
    about = replace(asked.reach, stations=stations) if chosen else asked.reach
    return standing_page(
        stores, view, PAGE.path, about, days(asked.span, view.zone),
        [head, _tabs(view, tab), line], body, "compare-page",
        [dcc.Download(id=DOWNLOAD), dcc.Store(id=ASKED, data={"params": dict(view.params)})],
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """Files on demand; everything else is the URL."""
    app.callback(
        Output(DOWNLOAD, "data"),
        Input(each("comparison", "export", ALL), "n_clicks"),
        State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(take_away, stores))


def take_away(stores: Stores, view: View, clicks: list[int | None], given: dict[str, Any]) -> Any:
    """The table behind the panel whose button was pressed."""
    pressed = compared_files.asked()
    if pressed is None:
        return None
    view = View(view.user, view.language, view.theme, view.zone, view.now, given["params"])
    asked = _asked(stores, view)
    if pressed[0] == days_order.PART:
        first, last = days(asked.span, view.zone)
        place = asked.reach
        return days_order.take(stores, view, place.label, place.stations, first, last, pressed[1])
    span = f"{stamp(asked.span.start, view.zone)} – {stamp(asked.span.end, view.zone)}"
    scope = f"{asked.reach.label}: " + ", ".join(e.name for e in asked.entities)
    title, made, more = content(asked, pressed[0])
    return compared_files.file(view, pressed[1], title, scope, span, made, more)


def _asked(stores: Stores, view: View) -> Asked:
    """What the URL asks."""
    span = time_range(view.params, view.now, view.zone, "30d")
    place = reach(stores, view)
    whole = len(place.stations) == len(stores.stations.all(view.scope))
    default: list[StationRow] = []
    if not view.params.get("sel"):
        frame = attempt(lambda: fleet(stores, view, span, place.ids, whole))
        default = [] if isinstance(frame, Broken) else _default(stores, view, frame)
    chosen, _ = entities(stores, view, default=default)
    return Asked(stores, view, place, whole, chosen, span)


def _default(stores: Stores, view: View, frame: pl.DataFrame) -> list[StationRow]:
    """A bad one, a middling one and a good one of the reach."""
    ids = frame.sort("lift")["station"].to_list()
    picked = dict.fromkeys(ids[int(share * (len(ids) - 1))] for share in SHARES) if ids else {}
    rows = (stores.stations.get(id, view.scope) for id in picked)
    return [row for row in rows if row is not None]


def _tabs(view: View, tab: str) -> html.Nav:
    params = dict(view.params)
    links = [
        dcc.Link(
            view.text(f"comparison.tab_{name}"),
            href=link(PAGE.path, params, tab="" if name == FIRST else name),
            className="page-tab on" if name == tab else "page-tab",
        )
        for name in TABS
    ]
    kept = {k: v for k, v in params.items() if k in ("sel", "from", "to", "cmp", "align", "scope")}
    points = dcc.Link(
        view.text("comparison.tab_points"), href=link("/points", kept), className="page-tab"
    )
    return html.Nav([links[0], points, *links[1:]], className="page-tabs")


def _nothing(view: View) -> html.Section:
    return html.Section(empty(view.language, view.text("points.choose")), className="panel")
