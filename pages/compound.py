"""One compound: do its pump houses serve it, and what needs somebody there?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from dash import Dash, Input, Output, State, dcc, html

from components.crumbs import Step
from components.flat import flat
from components.formats import MISSING, number
from components.ids import ident
from components.kpi import kpi
from components.page import Page, View, bound
from components.page_head import page_head
from components.panel import panel
from components.tables import Field
from components.time_range import TimeRange, days, time_bar, time_range
from data.alarms import ANNOUNCED, AlarmRow
from data.catalogue.points import point
from data.rights import NotFound
from data.station_rows import CompoundRow, StationRow
from data.stores import Stores
from data.work_order_rows import OPEN
from pages import drill, pump_views, station_tables
from pages.guarded import guard
from pages.houses import Cells, figure_columns, house_table, tiles
from pages.station_points import charts
from pages.stations_rows import look_of

PAGE = Page("compound", "/compounds/{compound}")
LIST, SECONDS, ASKED = (ident(PAGE.name, part) for part in ("list", "seconds", "asked"))
FIGURES = {
    "interruption": "/indicators?scope=c:{code}", "supply": "/demand?scope=c:{code}",
    "energy": "/energy?scope=c:{code}", "specific_energy": "/energy?scope=c:{code}",
    "pressure_compliance": "/points?sel={houses}",
}  # fmt: skip
"""Indicators of the head, and what explains each of just these houses."""
MOST_CHARTED = 3
NOW = {"P_OUT": "mimic.pressure", "Q_OUT": "mimic.q_out"}
"""Points of each zone at this moment, and their words."""
COLUMNS = {
    "supply": "/demand?sel=st:{code}", "energy": "/energy?sel=st:{code}",
    "specific_energy": "/energy?sel=st:{code}",
    "interruption_minutes": "/stations/{code}?tab=alarms",
}  # fmt: skip
"""Of each house, and what explains it."""
LINKS = {
    "on_map": "/map?station={first}", "in_list": "/stations?scope=c:{code}",
    "compare": "/comparison?sel={houses}", "energy": "/energy?scope=c:{code}",
}  # fmt: skip


def way(stores: Stores, view: View, compound: str) -> list[Step]:
    """The breadcrumb. Raises NotFound."""
    row = _compound(stores, view, compound)
    return drill.way(stores, view, drill.home(stores, view, row), compound=row)


def layout(stores: Stores, view: View, compound: str) -> Any:
    """The compound of a code. Raises NotFound, also outside of the viewer's scope."""
    here = _compound(stores, view, compound)
    rows = _houses(stores, view, here)
    span = time_range(view.params, view.now, view.zone)
    facts = [
        drill.home(stores, view, here).name(view.language),
        view.text("shell.stations", n=f"{len(rows):,}"),
        view.text("compound.floors", n=top) if (top := _top(rows)) else "",
    ]
    links = [
        dcc.Link(view.text(f"compound.{name}"), href=_to(view, path, here, rows),
                 className="button quiet")
        for name, path in (LINKS.items() if rows else ())
        if name != "compare" or len(rows) > 1
    ]  # fmt: skip
    return html.Div(
        [
            page_head(
                here.name(view.language), " · ".join(filter(None, facts)), (),
                time_bar(view, PAGE.name, drill.compound_path(here.code), span),
                links,
            ),
            html.Div(_tiles(stores, view, here, rows, days(span, view.zone)), className="kpis"),
            panel(
                view.text("district.stations"), html.Div(_list(stores, view, here, rows), id=LIST),
                view.text("compound.stations_about"), css="flush compound-list",
            ),
            html.Div(_trends(stores, view, rows, span), className="chart-row linked"),
            html.Div([_alarms(stores, view, rows), _orders(stores, view, rows)],
                     className="compound-open"),
            dcc.Interval(id=SECONDS, interval=5000),
            dcc.Store(id=ASKED, data={"code": here.code, "params": dict(view.params)}),
        ],
        className="district-page compound-page",
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """The houses every 5 s; the rest stands in the URL."""
    app.callback(
        Output(LIST, "children"),
        Input(SECONDS, "n_intervals"),
        State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(refresh, stores))


def refresh(stores: Stores, view: View, beat: int, asked: dict[str, Any]) -> Any:
    """The houses as they are now."""
    view = replace(view, params=asked["params"])
    here = _compound(stores, view, asked["code"])
    return _list(stores, view, here, _houses(stores, view, here))


def _compound(stores: Stores, view: View, code: str) -> CompoundRow:
    known = stores.stations.compounds(view.scope).values()
    found = next((row for row in known if row.code == code), None)
    if found is None:
        raise NotFound("compound", code)
    return found


def _houses(stores: Stores, view: View, here: CompoundRow) -> list[StationRow]:
    """Its pump houses that the URL's type leaves, by name."""
    rows = drill.filtered(stores, view, drill.home(stores, view, here))
    return [row for row in rows if row.compound_id == here.id]


def _top(rows: Sequence[StationRow]) -> int:
    """The highest floor that they serve, 0 where nobody said."""
    return max((one.floor_to or 0 for row in rows for one in row.sets), default=0)


def _to(view: View, path: str, here: CompoundRow, rows: Sequence[StationRow]) -> str:
    houses = ",".join(f"st:{row.code}" for row in rows)
    first = rows[0].code if rows else ""
    return drill.to(view, path.format(houses=houses, first=first, code=here.code))


@guard()
def _tiles(
    stores: Stores, view: View, here: CompoundRow, rows: list[StationRow],
    spanned: tuple[date, date],
) -> list[Any]:  # fmt: skip
    """Homes, and figures of the period."""
    served = sum(row.households for row in rows)
    marks = [(view.text("compound.served"), number(served))]
    homes = kpi(
        view.text("stations.households"), "", number(here.households or served), marks,
        href=_to(view, "/stations?set=record&scope=c:{code}", here, rows), lang=view.language,
        hint=view.text("compound.homes_hint"),
    )  # fmt: skip
    hrefs = {code: _to(view, path, here, rows) for code, path in FIGURES.items()}
    told = tiles(stores, view, rows, spanned, hrefs, compound=here.code) if rows else ()
    return [homes, *told]


@guard()
def _list(stores: Stores, view: View, here: CompoundRow, rows: list[StationRow]) -> Any:
    spanned = days(time_range(view.params, view.now, view.zone), view.zone)
    alarms = [row.station_id for row in _open_alarms(stores, view, rows) if row.station_id]
    figures = figure_columns(
        stores, view, rows, spanned, list(COLUMNS),
        lambda code, row: drill.to(view, COLUMNS[code].format(code=row.code)),
    )  # fmt: skip
    made = house_table(stores, view, rows, alarms, [*_now(stores, view, rows), *figures])
    return flat(made, className="scroll", tabIndex="0")


def _now(stores: Stores, view: View, rows: Sequence[StationRow]) -> list[tuple[Field, Cells]]:
    """Pressure and flow at this moment, of each zone from the low one up."""
    snapshot = stores.snapshot.read()
    made = []
    for name, word in NOW.items():
        of = point(f"L.{name}")
        cells: Cells = {}
        for row in rows:
            read = {} if snapshot is None else snapshot.row(row.id)
            online = snapshot is not None and bool(snapshot.online[snapshot.row_of.get(row.id, 0)])
            told = [read.get(f"{one.zone}.{name}") for one in row.sets]
            shown = [
                html.Span(number(one[0], of.decimals), className=f"q-{look_of(one[1], online)}")
                if one else MISSING for one in told
            ]  # fmt: skip
            parts = [part for one in shown for part in (" / ", one)][1:]
            href = drill.to(view, f"{drill.station_path(row.code)}?tab=trends")
            cells[row.id] = dcc.Link(parts, href=href)
        title = f"{view.text(word)} {of.unit}"
        made.append((Field(name, title, right=True, width="176px"), cells))
    return made


def _open_alarms(stores: Stores, view: View, rows: Sequence[StationRow]) -> list[AlarmRow]:
    found = [
        alarm for row in rows for alarm in stores.alarms.open(view.scope, station_id=row.id)
        if alarm.state in ANNOUNCED
    ]  # fmt: skip
    return sorted(found, key=lambda alarm: (alarm.level, alarm.active_at))


def _trends(
    stores: Stores, view: View, rows: Sequence[StationRow], span: TimeRange
) -> list[Any]:  # fmt: skip
    """Pressure and flow of the first houses in the period, with what they are compared to."""
    made: list[Any] = []
    for row in rows[:MOST_CHARTED]:
        name = f"{row.name(view.language)} · " if len(rows) > 1 else ""
        own = [
            replace(chart, name=f"{chart.name}-{row.id}", title=f"{name}{chart.title}")
            for chart in charts(row, view)[:2]
        ]
        made += pump_views.trends(stores, view, PAGE.name, row, own, span)
    return made


@guard("station.tab_alarms")
def _alarms(stores: Stores, view: View, rows: list[StationRow]) -> html.Section:
    found = _open_alarms(stores, view, rows)
    body = station_tables.alarm_table(view, found, len(rows) > 1)
    return _open(view, "alarms", len(found), body)


@guard("station.tab_orders")
def _orders(stores: Stores, view: View, rows: list[StationRow]) -> html.Section:
    found = [
        order for row in rows
        for order in stores.work_orders.list(view.scope, OPEN, station_id=row.id)
    ]  # fmt: skip
    found.sort(key=lambda order: (order.level, order.created_at))
    body = station_tables.order_table(view, found, len(rows) > 1)
    return _open(view, "orders", len(found), body)


def _open(view: View, name: str, count: int, made: html.Table) -> html.Section:
    """A panel of what is open, or that nothing is."""
    body: Any = html.P(view.text(f"compound.no_{name}"), className="hint calm")
    if count:
        body = flat(made, className="scroll", tabIndex="0")
    about = view.text("compound.open", n=f"{count:,}")
    return panel(view.text(f"station.tab_{name}"), body, about, css="flush")
