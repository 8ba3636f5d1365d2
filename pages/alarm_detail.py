"""One alarm in full: what, where, who is affected, how far, how long, why, what to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
from dash import dcc, html

from components.alarm_text import alarm_value, alarm_words, order_words
from components.attributes import data
from components.formats import day_clock, number, span
from components.glyphs import icon, level_glyph
from components.graph import graph
from components.ids import ident
from components.page import View
from components.trend import Event, Line, Trend, site_time, trend
from data.alarms import AlarmRow
from data.catalogue.points import columns
from data.permits import OUT_OF_SERVICE
from data.station_rows import StationRow
from data.stores import Stores
from pages.alarm_diagnosis import causes
from pages.alarm_group import group
from pages.alarm_permits import permit_line, permit_of
from pages.alarm_rows import limit_words, marks
from pages.alarm_steps import steps
from pages.guarded import guard
from pages.order_rows import names

WHY = ident("alarms", "why")
AROUND = timedelta(minutes=60)
ANSWER_WITHIN = {1: 5, 2: 15, 3: 60}
"""Minutes within which an alarm of a level is to be acknowledged."""


@guard()
def detail(stores: Stores, view: View, row: AlarmRow) -> list[Any]:
    """The pane for one alarm."""
    station = stores.stations.get(row.station_id, view.scope) if row.station_id else None
    return [
        html.Div(
            [
                _head(view, row),
                _where(view, row, station),
                _figures(view, row),
                *_trend(stores, view, row, station),
                *_order(stores, view, row),
                *group(stores, view, row),
                *_permit(stores, view, row),
                html.Div(id=WHY, className="anchor"),
                *causes(stores, view, row),
                _journal(stores, view, row),
            ],
            className="detail-body",
        ),
        steps(view, row, station),
    ]


def _head(view: View, row: AlarmRow) -> html.Div:
    why = html.Button(
        [view.text("alarms.do_diagnosis"), html.Kbd("D")],
        className="plain keyed",
        type="button",
        **data(show=WHY, hotkey="d"),
    )
    close = html.Button(
        icon("close", 18, view.text("alarms.close")),
        className="plain",
        type="button",
        **data(unchoose=1),
    )
    return html.Div(
        [
            level_glyph(
                row.level, view.language, "acknowledged" if row.state == "closed" else row.state, 20
            ),
            html.H2(
                [
                    alarm_words(row.rule, row.place, view.language),
                    *(html.Span(mark, className="alarm-mark") for mark in marks(view, row)),
                ],
                className="detail-title",
            ),
            why,
            close,
        ],
        className="detail-head",
    )


def _where(view: View, row: AlarmRow, station: StationRow | None) -> html.P:
    lang = view.language
    if station is None:
        return html.P(
            [row.district(lang), " · ", view.text("alarms.whole_district")],
            className="detail-where",
        )
    zone = next((s for s in station.sets if row.place.split(".")[0] == s.zone), None)
    homes = zone.households if zone is not None else station.households
    return html.P(
        [
            dcc.Link(station.name(lang), href=f"/stations/{station.code}", className="more"),
            f" · {row.district(lang)} · ",
            view.text("alarms.affected", count=number(homes)),
        ],
        className="detail-where",
    )


def _figures(view: View, row: AlarmRow) -> html.Div:
    """How far beyond the limit, and how long already."""
    value, unit = alarm_value(row.rule, row.point, row.value, view.language)
    peak, _ = alarm_value(row.rule, row.point, row.peak, view.language)
    limit = limit_words(row)
    under = [view.text("alarms.limit_is", limit=limit)] if limit else []
    under += (
        [view.text("alarms.peak_is", peak=peak)] if row.peak is not None and peak != value else []
    )
    ended = row.cleared_at or row.closed_at
    lasted = (
        html.B(span((ended - row.active_at).total_seconds()))
        if ended
        else html.B("", **data(since=row.active_at.isoformat()))
    )
    hero = [html.B(value), html.Span(unit, className="unit")]
    measured = html.Div(
        [
            html.Div(hero, className=f"hero text-l{row.level}"),
            html.P(" · ".join(under), className="hint"),
        ]
    )
    time = html.Div(
        [html.Div(lasted, className="hero"), html.P(_answer(view, row), className="hint")]
    )
    return html.Div([measured, time] if under or unit else [time], className="heroes")


def _answer(view: View, row: AlarmRow) -> str:
    """Since when, and by when somebody should have seen it, or who has."""
    since = f"{view.text('alarms.since')} {day_clock(row.active_at, view.zone, view.now)}"
    if row.acknowledged_at is not None:
        at = day_clock(row.acknowledged_at, view.zone, view.now)
        return f"{since} · {view.text('alarms.acknowledged_by', name=row.acknowledged_by, at=at)}"
    minutes = ANSWER_WITHIN.get(row.level)
    return f"{since} · {view.text('alarms.respond_by', minutes=minutes)}" if minutes else since


def _trend(stores: Stores, view: View, row: AlarmRow, station: StationRow | None) -> list[Any]:
    """The rule's point an hour either side, with the limit; nothing for a contact."""
    known = {c.code: c for c in columns(station.layout)} if station else {}
    column = known.get(row.point)
    if station is None or column is None or column.point.digital:
        return []
    start, end = row.active_at - AROUND, min(row.active_at + AROUND, view.now)
    series = stores.lake.series(station, [row.point], start, end, 600)
    values = series.frame[row.point].to_numpy().astype(float)
    if not len(values) or np.isnan(values).all():
        return [html.P(view.text("alarms.no_trend"), className="hint")]
    local = series.frame["ts"].dt.convert_time_zone(view.zone.key).dt.replace_time_zone(None)
    name = column.name(view.language)
    begun = Event(site_time(row.active_at, view.zone), row.level, view.text("alarms.triggered"))
    chart = Trend(
        unit=column.point.unit, decimals=min(column.point.decimals, 2),
        times=local.to_numpy().astype("datetime64[ms]"), lines=[Line(name, values)],
        start=site_time(start, view.zone), end=site_time(row.active_at + AROUND, view.zone),
        now=site_time(view.now, view.zone), band=column.point.normal, limit=row.limit,
        limit_level=row.level, events=[begun],
    )  # fmt: skip
    title = html.P(
        [
            html.B(name),
            html.Span(
                f" {column.point.unit} · {view.text('alarms.trend_note')} · {series.grain}",
                className="hint",
            ),
        ],
        className="detail-section",
    )
    figure = trend(chart, view.theme)
    return [title, graph(ident("alarms", "trend"), figure, view.language, 210, f"alarm {row.id}")]


def _order(stores: Stores, view: View, row: AlarmRow) -> list[Any]:
    """The work order that was made of it."""
    order = stores.work_orders.get(row.work_order_id, view.scope) if row.work_order_id else None
    if order is None:
        return []
    words = [order_words(order.template, view.language), view.text(f"order_state.{order.state}")]
    words += [names(stores, view).get(order.assignee, order.assignee)] if order.assignee else []
    return [
        html.P(
            [
                html.B(view.text("alarms.order")), " ",
                dcc.Link(order.number, href=f"/work-orders?sel={order.number}", className="more"),
                html.Span(f" · {' · '.join(words)}", className="soft"),
            ],
            className="detail-section",
        )
    ]  # fmt: skip


def _permit(stores: Stores, view: View, row: AlarmRow) -> list[Any]:
    """What keeps it out of service."""
    found = permit_of(stores, view, row) if row.state == OUT_OF_SERVICE else None
    return [html.Ul(permit_line(stores, view, found), className="permits")] if found else []


def _journal(stores: Stores, view: View, row: AlarmRow) -> html.Div:
    people = names(stores, view)
    lines = [
        html.Li(
            [
                html.Span(day_clock(event.at, view.zone, view.now), className="when-cell"),
                html.Span(view.text(f"alarm_state.{event.state}")),
                html.Span(
                    " · ".join(
                        x for x in (people.get(event.username, event.username), event.note) if x
                    ),
                    className="soft",
                ),
            ]
        )
        for event in stores.alarms.events(row.id, view.scope)
    ]
    for asked in stores.actions.refused(row.id):
        who, why = people.get(asked.username, asked.username), view.text(f"refused.{asked.why}")
        lines.append(
            html.Li(
                [
                    html.Span(day_clock(asked.at, view.zone, view.now), className="when-cell"),
                    html.Span(view.text("alarms.not_done")),
                    html.Span(f"{who} · {why}", className="soft"),
                ]
            )
        )
    return html.Div(
        [
            html.P(html.B(view.text("alarms.journal")), className="detail-section"),
            html.Ul(lines, className="journal"),
        ]
    )
