"""Lists on the page of a pump house: its points, its alarms, its work orders."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from dash import dcc, html

from components.alarm_text import alarm_words
from components.attributes import data
from components.formats import MISSING, day_clock, number, span
from components.glyphs import level_glyph
from components.page import View
from components.panel import panel
from components.tables import Field, table
from data.alarms import AlarmRow
from data.catalogue.flags import Flag
from data.catalogue.points import Column
from data.catalogue.work_orders import templates
from data.station_rows import StationRow
from data.stores import Stores
from data.work_order_rows import WorkOrderRow
from pages import drill
from pages.station_points import band, by_code, point_name, value_words

PAST = timedelta(days=30)
PERIODS = {"fast": 2, "slow": 60, "derived": 2}
"""Seconds between two values of a block; a value older than three of them looks stale."""


def live_value(column: Column) -> html.Span:
    """The live number of a point and its unit, filled by assets/mimic.js."""
    point = column.point
    return html.Span(
        [
            html.Span(MISSING, **data(slot="number")),
            html.Span(point.unit, className="unit"),
            html.Span("", className="unit", **data(slot="note")),
        ],
        className="live-value",
        **data(
            kind="value",
            bind=column.code,
            decimals=point.decimals,
            period=PERIODS[point.block],
        ),
    )


def point_table(view: View, station: StationRow) -> html.Section:
    """Every point that is read: value, unit, quality, age, normal range."""
    fields = [
        Field("name", view.text("station.point"), width="26%"),
        Field("code", view.text("station.code"), width="14%", css="soft wide"),
        Field("value", view.text("station.value"), right=True, width="13%"),
        Field("unit", view.text("station.unit"), width="9%", css="soft"),
        Field("quality", view.text("station.quality"), width="14%"),
        Field("age", view.text("station.age"), right=True, width="9%", css="wide"),
        Field("normal", view.text("station.normal"), right=True, css="soft wide"),
    ]
    rows = [_point_row(view, station, column) for column in by_code(station).values()]
    flags = json.dumps({int(flag): view.text(f"flag.{flag.name.lower()}") for flag in Flag})
    body = html.Div(
        table(fields, rows, view.text("station.tab_points"), "by-content"),
        className="scroll",
        tabIndex=0,
        **data(flags=flags),
    )
    return panel(
        view.text("station.tab_points"),
        body,
        view.text("station.points_live"),
        css="flush point-table",
    )


def _point_row(view: View, station: StationRow, column: Column) -> dict[str, Any]:
    bound = data(bind=column.code, period=PERIODS[column.point.block])
    words = value_words(column, view)
    shown = (
        html.Span(MISSING, **data(kind="word", words=json.dumps(words)), **bound)
        if words
        else html.Span(MISSING, **data(kind="value", decimals=str(column.point.decimals)), **bound)
    )
    return {
        "name": point_name(view, station, column),
        "code": column.code,
        "value": shown,
        "unit": column.point.unit,
        "quality": html.Span(MISSING, **data(kind="flag"), **bound),
        "age": html.Span(MISSING, **data(kind="age"), **bound),
        "normal": _range(column, station, words),
    }


def _range(column: Column, station: StationRow, words: dict[str, str] | None) -> str:
    normal = band(column, station)
    if normal is None:
        return ""
    low, high = normal
    if words:
        return words[str(int(low))] if low == high else ""
    decimals = column.point.decimals
    return f"{number(low, decimals)}–{number(high, decimals)}"


def recent_alarms(stores: Stores, view: View, station: StationRow) -> list[AlarmRow]:
    """Open alarms, then those of the last 30 days."""
    rows = stores.alarms.open(view.scope, station_id=station.id)
    known = {row.id for row in rows}
    past = stores.alarms.history(view.scope, view.now - PAST, view.now, 300, station.id)
    return rows + [row for row in past if row.id not in known]


def recent_orders(stores: Stores, view: View, station: StationRow) -> list[WorkOrderRow]:
    """Open orders, and those closed within 30 days, newest first."""
    rows = stores.work_orders.list(view.scope, station_id=station.id, closed_since=view.now - PAST)
    return sorted(rows, key=lambda row: row.created_at, reverse=True)


def alarm_table(view: View, rows: Sequence[AlarmRow], named: bool = False) -> html.Table:
    """Alarms of one station; of several with the station's name."""
    lang = view.language
    fields = [
        Field("glyph", "", width="44px"),
        *_named(view, named),
        Field("state", view.text("alarms.state"), width="100px"),
        Field("event", view.text("alarms.event")),
        Field("since", view.text("alarms.since"), right=True, width="110px"),
        Field("lasted", view.text("alarms.lasted"), right=True, width="9%", css="wide"),
        Field("order", view.text("alarms.order"), width="16%", css="soft wide"),
    ]
    shown = [
        {
            "glyph": level_glyph(
                row.level, lang, "acknowledged" if row.state == "closed" else row.state, 16
            ),
            "station": _house(view, row),
            "state": view.text(f"alarm_state.{row.state}"),
            "event": dcc.Link(alarm_words(row.rule, row.place, lang), href=f"/alarms?sel={row.id}"),
            "since": day_clock(row.active_at, view.zone, view.now),
            "lasted": span(((row.cleared_at or view.now) - row.active_at).total_seconds()),
            "order": row.work_order or MISSING,
            "_css": f"row-l{row.level}" if row.state == "unacknowledged" and row.level < 3 else "",
        }
        for row in rows
    ]
    return table(fields, shown, view.text("station.tab_alarms"))


def order_table(view: View, rows: Sequence[WorkOrderRow], named: bool = False) -> html.Table:
    """Work orders of one station; of several with the station's name."""
    fields = [
        Field("glyph", "", width="44px"),
        *_named(view, named),
        Field("number", view.text("work_orders.number"), width="124px"),
        Field("job", view.text("work_orders.job")),
        Field("state", view.text("work_orders.state"), width="100px"),
        Field("person", view.text("work_orders.person"), width="14%", css="wide"),
        Field("made", view.text("work_orders.made"), right=True, width="14%", css="wide"),
    ]
    shown = [
        {
            "glyph": level_glyph(row.level, view.language, size=16),
            "station": _house(view, row),
            "number": dcc.Link(row.number, href=f"/work-orders?sel={row.number}"),
            "job": templates()[row.template].text(view.language)
            if row.template in templates()
            else row.template,
            "state": view.text(f"order_state.{row.state}"),
            "person": row.assignee or MISSING,
            "made": day_clock(row.created_at, view.zone, view.now),
        }
        for row in rows
    ]
    return table(fields, shown, view.text("station.tab_orders"))


def _named(view: View, named: bool) -> list[Field]:
    return [Field("station", view.text("alarms.station"), width="24%")] if named else []


def _house(view: View, row: AlarmRow | WorkOrderRow) -> dcc.Link:
    href = drill.to(view, drill.station_path(row.station_code))
    return dcc.Link(row.station(view.language), href=href)
