"""The cockpit: is service normal, what is abnormal, who is on it, what does it cost?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from dash import Dash, Input, Output, dcc, html

from components.export import table_buttons
from components.flat import HTML, rendered
from components.graph import figure, graph
from components.ids import ident
from components.page import Page, View, bound
from components.panel import more_link, panel
from components.states import loading
from components.station_map import station_map
from data.alarms import ANNOUNCED, AlarmRow
from data.stores import Stores
from data.work_orders import OPEN
from pages import cockpit_files as files
from pages import cockpit_lists as lists
from pages import cockpit_supply as supply
from pages import cockpit_tiles as tiles
from pages import cockpit_wide as wide
from pages.cockpit_facts import CityFacts, FactsDesk
from pages.cockpit_later import Ahead, Later, LaterDesk
from pages.cockpit_ready import Ready
from pages.guarded import Broken, Parts, attempt, guarded, guarded_tile
from pages.order_rows import names

PAGE = Page("cockpit", "/", "cockpit")
KPI, WORK, SUPPLY, NOTE = (ident("cockpit", part) for part in ("kpi", "work", "supply", "note"))
ENERGY, QUALITY, DISTRICTS = (ident("cockpit", part) for part in ("energy", "quality", "districts"))
ALARMS, ALARM_LINK, ORDERS, ORDER_COUNT = (
    ident("cockpit", part) for part in ("alarms", "alarm-link", "orders", "order-count")
)
HOURS, YEAR, WORST = (ident("cockpit", part) for part in ("hours", "year", "worst"))
SLOW, FAST = ident("cockpit", "slow"), ident("cockpit", "fast")
FACTS = (KPI, ENERGY, QUALITY, DISTRICTS, NOTE, HOURS, YEAR, WORST)
LISTS = (WORK, ALARMS, ALARM_LINK, ORDERS, ORDER_COUNT)


def layout(stores: Stores, view: View) -> Any:
    """The grid with what is known at once; two callbacks keep it fresh, the live feed the map."""
    known = _known(stores, view)

    def place(name: str, css: str = "fill", empty: Any = "") -> html.Div:
        return html.Div(**{HTML: known.get(name) or rendered(empty)}, id=name, className=css)

    def word(name: str, css: str = "") -> html.Span:
        return html.Span(**{HTML: known.get(name, "")}, id=name, className=css)

    return html.Div(
        [
            dcc.Interval(id=SLOW, interval=60_000),
            dcc.Interval(id=FAST, interval=10_000),
            files.place(),
            html.Div(
                [place(KPI, "kpi-part"), place(WORK, "kpi-part")],
                className="kpis",
            ),
            html.Div(
                [
                    panel(
                        view.text("cockpit.supply"),
                        graph(SUPPLY, figure(view.theme), view.language, later=True),
                        [view.text("cockpit.supply_unit"), word(NOTE, "note")],
                        css="supply",
                    ),
                    panel(
                        view.text("cockpit.energy"),
                        place(ENERGY, empty=loading()),
                        view.text("cockpit.energy_unit"),
                        table_buttons(PAGE.name, "districts"),
                        css="energy",
                    ),
                    panel(
                        view.text("cockpit.quality"),
                        place(QUALITY, empty=loading()),
                        view.text("cockpit.quality_unit"),
                        css="quality",
                    ),
                    panel(
                        view.text("cockpit.hours"),
                        place(HOURS, empty=loading()),
                        view.text("cockpit.hours_unit"),
                        css="hour-panel wide-only",
                    ),
                    panel(
                        view.text("cockpit.year"),
                        place(YEAR, empty=loading()),
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
                        place(ALARMS, "clip-rows", loading()),
                        view.text("cockpit.alarms_order"),
                        [table_buttons(PAGE.name, "alarms"), word(ALARM_LINK)],
                        css="alarms flush",
                    ),
                    panel(
                        view.text("cockpit.orders"),
                        place(ORDERS, empty=loading()),
                        word(ORDER_COUNT),
                        more_link(view.text("cockpit.board"), "/work-orders"),
                        css="orders",
                    ),
                    panel(
                        view.text("cockpit.worst"),
                        place(WORST, empty=loading()),
                        view.text("cockpit.worst_unit"),
                        more_link(view.text("cockpit.ranking"), "/energy?from=now-30d"),
                        css="worst-panel flush wide-only",
                    ),
                ],
                className="cockpit-right",
            ),
            place(DISTRICTS, "cockpit-districts"),
        ],
        className="cockpit",
    )


def register(app: Dash, stores: Stores) -> None:
    """Facts once a minute, lists every ten seconds."""

    def facts(stores: Stores, view: View, _: int | None) -> tuple[Any, ...]:
        return ready_of(stores).facts(view)

    def work(stores: Stores, view: View, _: int | None) -> tuple[str, ...]:
        return ready_of(stores).lists(view)

    app.callback(
        [Output(SUPPLY, "figure"), *(Output(place, HTML) for place in FACTS)],
        Input(SLOW, "n_intervals"),
    )(bound(facts, stores))
    app.callback(
        [Output(place, HTML) for place in LISTS],
        Input(FAST, "n_intervals"),
    )(bound(work, stores))
    files.register_files(app, stores, lambda view: ready_of(stores).city(view))


_READY: WeakKeyDictionary[Any, Ready] = WeakKeyDictionary()


def ready_of(stores: Stores) -> Ready:
    """The panels of these stores, made once for all who see the same."""
    return _READY.setdefault(stores.lake, Ready(stores, show_facts, show_lists))


def _known(stores: Stores, view: View) -> dict[str, str]:
    """HTML by place, as far as it is there without waiting for the lake."""
    first = attempt(lambda: ready_of(stores).first(view))
    if isinstance(first, Broken):
        return {}
    facts, lists = first
    return dict(zip(FACTS, facts, strict=bool(facts))) | dict(zip(LISTS, lists, strict=True))


def show_facts(stores: Stores, view: View, desk: FactsDesk, later: LaterDesk) -> tuple[Any, ...]:
    """Figure of the supply, then the contents of tiles, bullets, quality, districts, note, and of
    the panels of a wide wall."""
    facts, more = desk.of(view.scope, view.now), later.of(view.scope, view.now)

    def tile(make: Callable[[], Any]) -> Any:
        return guarded_tile(view, SLOW, make)

    def inside(make: Callable[[], Any]) -> Any:
        return guarded(view, SLOW, make)

    districts = stores.stations.districts(view.scope)
    stations = Counter(s.district_id for s in stores.stations.all(view.scope))
    alarms: dict[int, Counter[int]] = {d.id: Counter() for d in districts}
    for row in _announced(stores, view):
        alarms.setdefault(row.district_id, Counter())[row.level] += 1
    curve = attempt(lambda: supply.supply_figure(view, facts, _ahead(more)))
    fig = supply.failed_figure(view, curve.reference) if isinstance(curve, Broken) else curve
    fig.update_layout(uirevision=f"cockpit-{view.scope.district_id}", autosize=True)
    ratios = [
        tile(partial(tiles.ratio_tile, view, facts, code, href)) for code, href in tiles.RATIOS
    ]
    return (
        fig,
        [tile(lambda: tiles.supply_tile(view, facts)), *ratios],
        inside(lambda: tiles.energy_bullets(view, facts, districts)),
        inside(lambda: tiles.quality_rows(view, facts)),
        tile(lambda: tiles.district_cards(view, facts, districts, alarms, stations)),
        _note(stores, view, facts),
        inside(lambda: wide.hour_map(view, facts, districts)),
        inside(lambda: wide.energy_year(view, facts, more)),
        inside(lambda: wide.worst_stations(view, more, stores.stations.all(view.scope))),
    )


def _ahead(more: Later | None) -> Ahead | None:
    """The forecast, None when it isn't there: today's curve is shown all the same."""
    found = attempt(lambda: more.ahead if more else None)
    return None if isinstance(found, Broken) else found


def show_lists(stores: Stores, view: View) -> tuple[Any, ...]:
    """Tiles of work, the alarm list and its link, the orders and their count."""
    read = Parts(
        alarms=attempt(lambda: _announced(stores, view)),
        recent=attempt(lambda: stores.alarms.history(view.scope, *lists.last_day(view.now))),
        orders=attempt(lambda: stores.work_orders.list(view.scope)),
    )

    def alarm_tile() -> Any:
        return lists.alarm_tile(view, read.part("alarms"), read.part("recent"))

    def opened() -> list[Any]:
        return [o for o in read.part("orders") if o.state in OPEN]

    def order_tile() -> Any:
        return lists.order_tile(view, opened(), read.part("orders"))

    def count() -> str:
        return view.text("cockpit.orders_open", n=f"{len(opened()):,}")

    def or_nothing(make: Callable[[], Any]) -> Any:
        made = attempt(make)
        return "" if isinstance(made, Broken) else made

    return (
        [guarded_tile(view, FAST, alarm_tile), guarded_tile(view, FAST, order_tile)],
        guarded(view, FAST, lambda: lists.alarm_table(view, read.part("alarms"))),
        or_nothing(lambda: lists.all_link(view, len(read.part("alarms")))),
        guarded(view, FAST, lambda: lists.order_board(view, opened(), names(stores, view))),
        or_nothing(count),
    )


def _announced(stores: Stores, view: View) -> list[AlarmRow]:
    return [a for a in stores.alarms.open(view.scope) if a.state in ANNOUNCED]


def _note(stores: Stores, view: View, facts: CityFacts) -> Any:
    """Where the curve stops if it does, coverage, or that the demo's past is still being made."""
    stopped = attempt(lambda: supply.stopped_words(view, facts))
    status = stores.status.get("history")
    done = float(status[0].get("share", 1.0)) if status else 1.0
    words = ["" if isinstance(stopped, Broken) else stopped, supply.coverage_words(view, facts)]
    if done < 1.0:
        words.append(view.text("cockpit.history_making", percent=f"{100 * done:.0f}"))
    return [html.Span(word, className="tag") for word in words if word]
