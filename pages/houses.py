"""Pump houses side by side: figures of some of them in a period, and a row for each, the most
urgent first. Pages of a district and of a compound show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from dash import dcc, html

from components import formats
from components.formats import number
from components.glyphs import level_glyph, state_markup
from components.kpi import kpi
from components.page import View
from components.show_me import show_me
from components.svg import drawing
from components.tables import Field, table
from data.catalogue.indicators import indicators
from data.catalogue.points import station_types
from data.station_rows import StationRow
from data.stores import Stores
from pages import drill
from pages.desk import desk_of
from pages.same_time import before

OFFLINE, NORMAL = 5, 9
Cells = dict[int, Any]
"""Of each house, by station id."""


def tiles(
    stores: Stores,
    view: View,
    rows: Sequence[StationRow],
    days: tuple[date, date],
    hrefs: Mapping[str, str],
    **where: object,
) -> list[Any]:
    """Figures of the days (both included), each against as many days before, today against the same
    hours. hrefs: the page that explains each indicator; where: the place as components.show_me
    takes it."""
    first, last = days
    length = last - first + timedelta(days=1)
    today = first == last == view.now.astimezone(view.zone).date()
    word = view.text("district.same_time" if today else "district.before")
    ids = [row.id for row in rows]
    desk, made = desk_of(stores), []
    for code, href in hrefs.items():
        row = indicators()[code]
        if not row.allowed(view.user.role):
            continue
        now = desk.figure(view, code, first, last, stations=ids)
        earlier = before(desk, view, row, first, last, ids)
        shown, unit = number(now.value, row.decimals), row.unit
        past = number(earlier, row.decimals)
        if row.unit == "m³":
            shown, unit = formats.volume(now.value, view.language)
            past = " ".join(formats.volume(earlier, view.language))
        marks = [(word, past)]
        target = row.target_of(length.days)
        if target is not None:
            sign = "≥" if row.better == "up" else "≤"
            marks.insert(0, (view.text("cockpit.target"), f"{sign} {number(target, row.decimals)}"))
        elif now.coverage < 0.99:
            covered = formats.percent(100 * now.coverage, 0)
            marks.append((view.text("pump.covered"), covered))
        level = row.level if row.missed(now.value, target) else 0
        why = show_me(view, code, start=first, end=last, **where)
        made.append(kpi(
            row.name(view.language), unit, shown, marks, None, level, href, view.language,
            hint=row.definition(view.language), more=why,
        ))  # fmt: skip
    return made


def house_table(
    stores: Stores,
    view: View,
    rows: Sequence[StationRow],
    alarms: Iterable[int],
    more: Iterable[tuple[Field, Cells]],
) -> html.Table:
    """State, name and type of each house, its alarms, and more columns with their cells. alarms:
    the station of each open one."""
    counts: dict[int, int] = {}
    for id in alarms:
        counts[id] = counts.get(id, 0) + 1
    states = _states(stores, rows)
    kinds, more = station_types(), list(more)
    fields = [
        Field("sign", "", width="44px"),
        Field("name", view.text("district.stations"), width="26%"),
        Field("type", view.text("stations.type"), css="soft wide"),
        Field("alarms", view.text("district.alarms"), right=True, width="80px"),
        *(field for field, _ in more),
    ]
    found = []
    for row in sorted(rows, key=lambda r: (states[r.id], -counts.get(r.id, 0))):
        kind, href = kinds[row.type], drill.to(view, drill.station_path(row.code))
        found.append({
            "sign": _sign(view, states[row.id]),
            "name": dcc.Link(row.name(view.language), className="station-link", href=href,
                             title=f"{row.name(view.language)} {row.code}"),
            "type": kind.zh if view.language == "zh" else kind.en,
            "alarms": dcc.Link(number(counts.get(row.id, 0)), href=drill.to(
                view, f"{drill.station_path(row.code)}?tab=alarms")),
            **{field.key: cells.get(row.id, "") for field, cells in more},
        })  # fmt: skip
    return table(fields, found, view.text("district.stations"))


def figure_columns(
    stores: Stores,
    view: View,
    rows: Sequence[StationRow],
    days: tuple[date, date],
    codes: Sequence[str],
    href: Callable[[str, StationRow], str] | None = None,
) -> list[tuple[Field, Cells]]:
    """A column an indicator that the viewer may see. href: what explains it of a house."""
    made = []
    for row in (indicators()[code] for code in codes):
        if not row.allowed(view.user.role) or not rows:
            continue
        told = desk_of(stores).figures(
            view, row.code, *days, ["station"], stations=[one.id for one in rows]
        )
        cells: Cells = {}
        for one in rows:
            shown = number(told[one.id].value if one.id in told else None, row.decimals)
            cells[one.id] = dcc.Link(shown, href=href(row.code, one)) if href else shown
        title = f"{row.name(view.language)} {row.unit}".strip()
        made.append((Field(row.code, title, right=True, css="wide"), cells))
    return made


def _states(stores: Stores, rows: Sequence[StationRow]) -> dict[int, int]:
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
