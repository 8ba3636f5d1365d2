"""The cockpit: is service normal, what is abnormal, who is on it, what does it cost?"""

from __future__ import annotations

from collections import Counter
from typing import Any

from dash import Dash, Input, Output, dcc, html

from components.flat import HTML, flat, rendered
from components.graph import figure, graph
from components.ids import ident
from components.page import Page, View, bound
from components.panel import more_link, panel
from components.states import loading
from components.station_map import station_map
from data.alarms import ANNOUNCED
from data.stores import Stores
from data.work_orders import OPEN
from pages import cockpit_lists as lists
from pages import cockpit_tiles as tiles
from pages import cockpit_wide as wide
from pages.cockpit_facts import FactsDesk
from pages.cockpit_later import LaterDesk
from pages.order_rows import names

PAGE = Page("cockpit", "/", "cockpit")
RATIOS = (
    ("pressure_compliance", "/indicators?from=now/d"),
    ("quality_compliance", "/quality?from=now/d"),
    ("specific_energy", "/energy?from=now/d"),
    ("online_rate", "/map?f=offline"),
    ("interruption", "/indicators?from=now/d"),
)
"""Indicators of the KPI row between supply and work, and what explains them."""
KPI, WORK, SUPPLY, NOTE = (ident("cockpit", part) for part in ("kpi", "work", "supply", "note"))
ENERGY, QUALITY, DISTRICTS = (ident("cockpit", part) for part in ("energy", "quality", "districts"))
ALARMS, ALARM_LINK, ORDERS, ORDER_COUNT = (
    ident("cockpit", part) for part in ("alarms", "alarm-link", "orders", "order-count")
)
HOURS, YEAR, WORST = (ident("cockpit", part) for part in ("hours", "year", "worst"))
SLOW, FAST = ident("cockpit", "slow"), ident("cockpit", "fast")


def layout(stores: Stores, view: View) -> Any:
    """The grid with empty places; two callbacks fill them, the live feed the map."""
    empty_chart = figure(view.theme)
    return html.Div(
        [
            dcc.Interval(id=SLOW, interval=60_000),
            dcc.Interval(id=FAST, interval=10_000),
            html.Div(
                [html.Div(id=KPI, className="kpi-part"), html.Div(id=WORK, className="kpi-part")],
                className="kpis",
            ),
            html.Div(
                [
                    panel(
                        view.text("cockpit.supply"),
                        graph(SUPPLY, empty_chart, view.language),
                        [view.text("cockpit.supply_unit"), html.Span(id=NOTE, className="note")],
                        css="supply",
                    ),
                    panel(
                        view.text("cockpit.energy"),
                        flat(loading(), id=ENERGY, className="fill"),
                        view.text("cockpit.energy_unit"),
                        css="energy",
                    ),
                    panel(
                        view.text("cockpit.quality"),
                        flat(loading(), id=QUALITY, className="fill"),
                        view.text("cockpit.quality_unit"),
                        css="quality",
                    ),
                    panel(
                        view.text("cockpit.hours"),
                        flat(loading(), id=HOURS, className="fill"),
                        view.text("cockpit.hours_unit"),
                        css="hour-panel wide-only",
                    ),
                    panel(
                        view.text("cockpit.year"),
                        flat(loading(), id=YEAR, className="fill"),
                        view.text("cockpit.year_unit"),
                        css="year-panel wide-only",
                    ),
                ],
                className="cockpit-left",
            ),
            html.Section(
                station_map(ident("cockpit", "map"), view),
                className="panel cockpit-map",
                **{"aria-label": view.text("cockpit.map")},
            ),
            html.Div(
                [
                    panel(
                        view.text("cockpit.alarms"),
                        flat(loading(), id=ALARMS, className="clip-rows"),
                        view.text("cockpit.alarms_order"),
                        html.Span(id=ALARM_LINK),
                        css="alarms flush",
                    ),
                    panel(
                        view.text("cockpit.orders"),
                        flat(loading(), id=ORDERS, className="fill"),
                        html.Span(id=ORDER_COUNT),
                        more_link(view.text("cockpit.board"), "/work-orders"),
                        css="orders",
                    ),
                    panel(
                        view.text("cockpit.worst"),
                        flat(loading(), id=WORST, className="fill"),
                        view.text("cockpit.worst_unit"),
                        more_link(view.text("cockpit.ranking"), "/energy?from=now-30d"),
                        css="worst-panel flush wide-only",
                    ),
                ],
                className="cockpit-right",
            ),
            html.Div(id=DISTRICTS, className="cockpit-districts"),
        ],
        className="cockpit",
    )


def register(app: Dash, stores: Stores) -> None:
    """Facts once a minute, lists every ten seconds."""
    desk, later = FactsDesk(stores), LaterDesk(stores)

    def facts(stores: Stores, view: View, _: int | None) -> tuple[Any, ...]:
        chart, *parts = show_facts(stores, view, desk, later)
        return chart, *(rendered(part) for part in parts)

    def work(stores: Stores, view: View, _: int | None) -> tuple[str, ...]:
        return tuple(rendered(part) for part in show_lists(stores, view))

    places = (KPI, ENERGY, QUALITY, DISTRICTS, NOTE, HOURS, YEAR, WORST)
    app.callback(
        [Output(SUPPLY, "figure"), *(Output(place, HTML) for place in places)],
        Input(SLOW, "n_intervals"),
    )(bound(facts, stores))
    app.callback(
        [Output(place, HTML) for place in (WORK, ALARMS, ALARM_LINK, ORDERS, ORDER_COUNT)],
        Input(FAST, "n_intervals"),
    )(bound(work, stores))


def show_facts(stores: Stores, view: View, desk: FactsDesk, later: LaterDesk) -> tuple[Any, ...]:
    """Figure of the supply, then the contents of tiles, bullets, quality, districts, note, and of
    the panels of a wide wall."""
    facts, more = desk.of(view.scope, view.now), later.of(view.scope, view.now)
    districts = stores.stations.districts(view.scope)
    stations = Counter(s.district_id for s in stores.stations.all(view.scope))
    alarms: dict[int, Counter[int]] = {d.id: Counter() for d in districts}
    for row in stores.alarms.open(view.scope):
        if row.state in ANNOUNCED:
            alarms.setdefault(row.district_id, Counter())[row.level] += 1
    fig = tiles.supply_figure(view, facts, more.ahead if more else None)
    fig.update_layout(uirevision=f"cockpit-{view.scope.district_id}", autosize=True)
    ratios = [tiles.ratio_tile(view, facts, code, href) for code, href in RATIOS]
    return (
        fig,
        [tiles.supply_tile(view, facts), *ratios],
        tiles.energy_bullets(view, facts, districts),
        tiles.quality_rows(view, facts),
        tiles.district_cards(view, facts, districts, alarms, stations),
        _note(stores, view, tiles.coverage_words(view, facts)),
        wide.hour_map(view, facts, districts),
        wide.energy_year(view, facts, more),
        wide.worst_stations(view, more, stores.stations.all(view.scope)),
    )


def show_lists(stores: Stores, view: View) -> tuple[Any, ...]:
    """Tiles of work, the alarm list and its link, the orders and their count."""
    alarms = [a for a in stores.alarms.open(view.scope) if a.state in ANNOUNCED]
    every = stores.work_orders.list(view.scope)
    orders = [o for o in every if o.state in OPEN]
    recent = stores.alarms.history(view.scope, *lists.last_day(view.now))
    return (
        [lists.alarm_tile(view, alarms, recent), lists.order_tile(view, orders, every)],
        lists.alarm_table(view, alarms),
        lists.all_link(view, len(alarms)),
        lists.order_board(view, orders, names(stores, view)),
        view.text("cockpit.orders_open", n=f"{len(orders):,}"),
    )


def _note(stores: Stores, view: View, coverage: str) -> Any:
    """Coverage, or that the demo's past is still being made."""
    status = stores.status.get("history")
    done = float(status[0].get("share", 1.0)) if status else 1.0
    words = [coverage] if coverage else []
    if done < 1.0:
        words.append(view.text("cockpit.history_making", percent=f"{100 * done:.0f}"))
    return [html.Span(word, className="tag") for word in words]
