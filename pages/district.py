"""One district: how is its service in the period, and which of its pump houses need somebody?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dash import Dash, dcc, html

from components import formats
from components.crumbs import Step
from components.flat import flat
from components.formats import number
from components.glyphs import level_glyph, state_markup
from components.kpi import kpi
from components.page import Page, View
from components.page_head import page_head
from components.panel import panel
from components.show_me import show_me
from components.svg import drawing
from components.tables import Field, table
from components.time_range import days, link, time_bar, time_range
from data.alarms import ANNOUNCED
from data.catalogue.indicators import indicators
from data.catalogue.points import station_types
from data.rights import NotFound
from data.station_rows import DistrictRow, StationRow
from data.stores import Stores
from pages import drill
from pages.desk import desk_of
from pages.guarded import guard

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
OFFLINE, NORMAL = 5, 9


def way(stores: Stores, view: View, district: str) -> list[Step]:
    """The breadcrumb. Raises NotFound."""
    return drill.way(stores, view, _district(stores, view, district))


def layout(stores: Stores, view: View, district: str) -> Any:
    """The district of a code. Raises NotFound, also outside of the viewer's scope."""
    here = _district(stores, view, district)
    rows = drill.filtered(stores, view, here)
    span = time_range(view.params, view.now, view.zone)
    first, last = days(span, view.zone)
    homes = sum(row.households for row in rows)
    words = view.text("district.facts", stations=f"{len(rows):,}", households=f"{homes:,}")
    kind = station_types().get(view.params.get("type", ""))
    if kind is not None:
        words += f" · {kind.zh if view.language == 'zh' else kind.en}"
    links = [
        dcc.Link(view.text(f"district.{name}"), href=_kept(view, path.format(code=here.code)),
                 className="button quiet")
        for name, path in LINKS.items()
    ]  # fmt: skip
    about = view.text("district.stations_about", n=f"{len(rows):,}")
    list_ = _list(stores, view, rows, first, last)
    return html.Div(
        [
            page_head(
                here.name(view.language), words, (),
                time_bar(view, PAGE.name, drill.district_path(here.code), span, compare=False),
                links,
            ),
            html.Div(_tiles(stores, view, here, rows, first, last), className="kpis"),
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


def _kept(view: View, href: str) -> str:
    """`href` with time, comparison and filter."""
    path, _, query = href.partition("?")
    name, _, value = query.partition("=")
    return link(path, drill.kept(view), **({name: value} if name else {}))


@guard()
def _list(stores: Stores, view: View, rows: list[StationRow], first: Any, last: Any) -> Any:
    table_ = _table(stores, view, rows, first, last)
    return flat(table_, className="scroll", tabIndex="0")


@guard()
def _tiles(
    stores: Stores, view: View, district: DistrictRow, rows: list[StationRow], first: Any, last: Any
) -> list[Any]:
    """Figures of the period, each against as many days before."""
    length = last - first + timedelta(days=1)
    ids = [row.id for row in rows]
    desk, made = desk_of(stores), []
    for code, path in FIGURES.items():
        row = indicators()[code]
        if not row.allowed(view.user.role):
            continue
        now = desk.figure(view, code, first, last, stations=ids)
        before = desk.figure(view, code, first - length, first - timedelta(days=1), stations=ids)
        shown, unit = number(now.value, row.decimals), row.unit
        past = number(before.value, row.decimals)
        if row.unit == "m³":
            shown, unit = formats.volume(now.value, view.language)
            past = " ".join(formats.volume(before.value, view.language))
        marks = [(view.text("district.before"), past)]
        target = row.target_of(length.days)
        if target is not None:
            sign = "≥" if row.better == "up" else "≤"
            marks.insert(0, (view.text("cockpit.target"), f"{sign} {number(target, row.decimals)}"))
        elif now.coverage < 0.99:
            covered = formats.percent(100 * now.coverage, 0)
            marks.append((view.text("pump.covered"), covered))
        level = row.level if row.missed(now.value, target) else 0
        href = _kept(view, f"{path}?scope=d:{district.code}")
        why = show_me(view, code, start=first, end=last, district=district.code)
        made.append(kpi(
            row.name(view.language), unit, shown, marks, None, level, href, view.language,
            hint=row.definition(view.language), more=why,
        ))  # fmt: skip
    return made


def _table(stores: Stores, view: View, rows: list[StationRow], first: Any, last: Any) -> html.Table:
    """A row a pump house, the most urgent first: state, alarms, figures of the period."""
    ids = [row.id for row in rows]
    desk = desk_of(stores)
    asked = [indicators()[code] for code in COLUMNS]
    asked = [row for row in asked if row.allowed(view.user.role)]
    told = {
        row.code: desk.figures(view, row.code, first, last, ["station"], stations=ids)
        for row in asked
    } if ids else {}  # fmt: skip
    alarms: dict[int, int] = {}
    for alarm in stores.alarms.open(view.scope):
        if alarm.station_id is not None and alarm.state in ANNOUNCED:
            alarms[alarm.station_id] = alarms.get(alarm.station_id, 0) + 1
    states = _states(stores, rows)
    kinds = station_types()
    fields = [
        Field("sign", "", width="44px"),
        Field("name", view.text("district.stations"), width="26%"),
        Field("type", view.text("stations.type"), css="soft wide"),
        Field("alarms", view.text("district.alarms"), right=True, width="80px"),
        *(
            Field(row.code, f"{row.name(view.language)} {row.unit}".strip(), right=True, css="wide")
            for row in asked
        ),
    ]
    found = []
    for row in sorted(rows, key=lambda r: (states[r.id], -alarms.get(r.id, 0))):
        kind, state = kinds[row.type], states[row.id]
        found.append({
            "sign": _sign(view, state),
            "name": dcc.Link(row.name(view.language), className="station-link",
                             href=drill.to(view, drill.station_path(row.code)),
                             title=f"{row.name(view.language)} {row.code}"),
            "type": kind.zh if view.language == "zh" else kind.en,
            "alarms": number(alarms.get(row.id, 0)),
            **{
                code: number(figures[row.id].value if row.id in figures else None,
                             indicators()[code].decimals)
                for code, figures in told.items()
            },
        })  # fmt: skip
    return table(fields, found, view.text("district.stations"))


def _states(stores: Stores, rows: list[StationRow]) -> dict[int, int]:
    """1-4 the worst open alarm, OFFLINE, NORMAL: smaller is more urgent."""
    snapshot = stores.snapshot.read()
    found = {}
    for row in rows:
        at = None if snapshot is None else snapshot.row_of.get(row.id)
        if snapshot is None or at is None:
            found[row.id] = OFFLINE
        else:
            level = int(snapshot.level[at])
            found[row.id] = level or (NORMAL if snapshot.online[at] else OFFLINE)
    return found


def _sign(view: View, state: int) -> Any:
    if state in (OFFLINE, NORMAL):
        word = "offline" if state == OFFLINE else "normal"
        return drawing(state_markup(word, 16), view.text(f"state.{word}"), className="sign-box")
    return level_glyph(state, view.language, size=16)
