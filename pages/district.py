"""One district: how is its service in the period, and which of its pump houses need somebody?"""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import Dash, dcc, html

from components.crumbs import Step
from components.flat import flat
from components.page import Page, View
from components.page_head import page_head
from components.panel import panel
from components.tables import Field
from components.time_range import days, time_bar, time_range
from data.alarms import ANNOUNCED
from data.catalogue.indicators import indicators
from data.catalogue.points import station_types
from data.rights import NotFound
from data.station_rows import DistrictRow, StationRow
from data.stores import Stores
from pages import drill
from pages.desk import desk_of
from pages.guarded import guard
from pages.houses import figure_columns, house_table, tiles

PAGE = Page("district", "/districts/{district}")
FIGURES = {
    "supply": "/demand", "pressure_compliance": "/indicators", "quality_compliance": "/quality",
    "specific_energy": "/energy", "online_rate": "/indicators", "interruption": "/indicators",
}  # fmt: skip
"""Indicators of the head, and the page that explains each."""
COLUMNS = ("supply", "pressure_compliance", "specific_energy", "online_rate")
"""Of each pump house."""
LINKS = {
    "on_map": "/map?district={code}", "in_list": "/stations?scope=d:{code}",
    "energy": "/energy?scope=d:{code}", "leakage": "/leakage?scope=d:{code}",
}  # fmt: skip


def way(stores: Stores, view: View, district: str) -> list[Step]:
    """The breadcrumb. Raises NotFound."""
    return drill.way(stores, view, _district(stores, view, district))


def layout(stores: Stores, view: View, district: str) -> Any:
    """The district of a code. Raises NotFound, also outside of the viewer's scope."""
    here = _district(stores, view, district)
    rows = drill.filtered(stores, view, here)
    span = time_range(view.params, view.now, view.zone)
    spanned = days(span, view.zone)
    homes = sum(row.households for row in rows)
    words = view.text("district.facts", stations=f"{len(rows):,}", households=f"{homes:,}")
    kind = station_types().get(view.params.get("type", ""))
    if kind is not None:
        words += f" · {kind.zh if view.language == 'zh' else kind.en}"
    links = [
        dcc.Link(view.text(f"district.{name}"), href=drill.to(view, path.format(code=here.code)),
                 className="button quiet")
        for name, path in LINKS.items()
    ]  # fmt: skip
    about = view.text("district.stations_about", n=f"{len(rows):,}")
    list_ = _list(stores, view, rows, spanned)
    return html.Div(
        [
            page_head(
                here.name(view.language), words, (),
                time_bar(view, PAGE.name, drill.district_path(here.code), span, compare=False),
                links,
            ),
            html.Div(_tiles(stores, view, here, rows, spanned), className="kpis"),
            panel(view.text("district.stations"), list_, about, css="flush district-list"),
        ],
        className="district-page",
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """Nothing: all of it stands in the URL."""


def _district(stores: Stores, view: View, code: str) -> DistrictRow:
    found = next((d for d in stores.stations.districts(view.scope) if d.code == code), None)
    if found is None:
        raise NotFound("district", code)
    return found


@guard()
def _list(stores: Stores, view: View, rows: list[StationRow], spanned: tuple[date, date]) -> Any:
    """The list as ready text, some seconds old: hundreds of rows are the same for all who see the
    same figures."""
    seen = tuple(code for code in COLUMNS if indicators()[code].allowed(view.user.role))
    who = view.scope, view.language, view.theme, seen
    key = (*who, spanned, tuple(sorted(view.params.items())), tuple(row.id for row in rows))
    return desk_of(stores).shown(key, lambda: _made(stores, view, rows, spanned))


def _made(stores: Stores, view: View, rows: list[StationRow], spanned: tuple[date, date]) -> Any:
    alarms = [
        alarm.station_id for alarm in stores.alarms.open(view.scope)
        if alarm.station_id is not None and alarm.state in ANNOUNCED
    ]  # fmt: skip
    compounds = stores.stations.compounds(view.scope)
    homes = {row.id: compounds[row.compound_id] for row in rows if row.compound_id in compounds}
    cells = {id: drill.compound_link(view, one) for id, one in homes.items()}
    named = Field("compound", view.text("compound.title"), css="soft wide")
    more = [(named, cells)] if cells else []
    more += figure_columns(stores, view, rows, spanned, COLUMNS)
    table_ = house_table(stores, view, rows, alarms, more)
    return flat(table_, className="scroll", tabIndex="0")


@guard()
def _tiles(
    stores: Stores, view: View, district: DistrictRow, rows: list[StationRow],
    spanned: tuple[date, date],
) -> list[Any]:  # fmt: skip
    hrefs = {
        code: drill.to(view, f"{path}?scope=d:{district.code}") for code, path in FIGURES.items()
    }
    return tiles(stores, view, rows, spanned, hrefs, district=district.code)
