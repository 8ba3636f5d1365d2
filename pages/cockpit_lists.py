"""The cockpit's lists: current alarms and open work orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from dash import dcc, html

from components import formats
from components.alarm_text import alarm_value, alarm_words, order_words
from components.glyphs import level_glyph
from components.kpi import kpi
from components.page import View
from components.panel import more_link
from components.spark import bars, stages
from components.states import empty
from components.tables import Field, table
from data.alarms import AlarmRow
from data.work_orders import OPEN, WorkOrderRow

ROWS = 40
"""More than fit on any screen; the style sheet shows whole rows only."""


def alarm_table(view: View, alarms: Sequence[AlarmRow]) -> Any:
    """Current alarms by level, within it the newest first; whole rows only."""
    if not alarms:
        return empty(view.language, view.text("cockpit.no_alarms"))
    fields = [
        Field("sign", "", width="40px"),
        Field("station", view.text("cockpit.station"), width="28%"),
        Field("event", view.text("cockpit.event")),
        Field("value", view.text("cockpit.value"), right=True, width="100px"),
        Field("age", view.text("cockpit.lasts"), right=True, width="46px", css="soft"),
    ]
    return table(
        fields,
        [_alarm(view, a) for a in sorted(alarms, key=_urgency)[:ROWS]],
        view.text("cockpit.alarms"),
        "alarm-rows",
    )


def _urgency(row: AlarmRow) -> tuple[int, bool, float]:
    return row.level, row.state == "returned", -row.active_at.timestamp()


def _alarm(view: View, row: AlarmRow) -> dict[str, Any]:
    name = row.station(view.language) or row.district(view.language)
    href = f"/stations/{row.station_code}" if row.station_code else "/alarms"
    unseen = row.state == "unacknowledged"
    value, unit = alarm_value(row.rule, row.point, row.value, view.language)
    return {
        "sign": level_glyph(row.level, view.language, row.state, 17),
        "station": dcc.Link(name, href=href, title=name),
        "event": html.Span(
            alarm_words(row.rule, row.place, view.language),
            title=alarm_words(row.rule, row.place, view.language),
            className="" if row.state != "returned" else "soft",
        ),
        "value": [html.B(value), html.Span(f" {unit}", className="unit")],
        "age": formats.span((view.now - row.active_at).total_seconds()),
        "_css": f"row-l{row.level}" if unseen and row.level <= 2 else "",
    }


def order_board(view: View, orders: Sequence[WorkOrderRow], people: Mapping[str, str]) -> list[Any]:
    """Stages as one bar with counts, then the orders that are due first. `people`: names."""
    if not orders:
        return [empty(view.language, view.text("cockpit.no_orders"))]
    counts, late = (
        Counter(o.state for o in orders),
        Counter(o.state for o in orders if o.overdue(view.now)),
    )
    legend = [
        html.Div(
            [
                html.Span(
                    [html.I(className=f"swatch s{i}"), view.text(f"order_state.{state}")],
                    className="hint",
                ),
                html.Span(
                    [
                        html.B(str(counts[state])),
                        html.Span(
                            f" {view.text('cockpit.overdue')} {late[state]}", className="text-l2"
                        )
                        if late[state]
                        else "",
                    ]
                ),
            ]
        )
        for i, state in enumerate(OPEN)
    ]
    fields = [
        Field("number", "", width="108px", css="soft"),
        Field("station", ""),
        Field("job", ""),
        Field("person", "", width="64px", css="soft"),
        Field("due", "", right=True, width="70px"),
    ]
    first = sorted(
        orders, key=lambda o: (due(o) or datetime.max.replace(tzinfo=view.now.tzinfo), o.id)
    )
    rows = [_order(view, o, people.get(o.assignee, o.assignee)) for o in first[:12]]
    return [
        stages([counts[state] for state in OPEN], view.text("cockpit.orders")),
        html.Div(legend, className="stage-legend"),
        html.Div(
            table(fields, rows, view.text("cockpit.orders"), "order-rows headless"),
            className="clip-rows",
        ),
    ]


def _order(view: View, row: WorkOrderRow, person: str) -> dict[str, Any]:
    name = row.station(view.language)
    limit = due(row)
    left = None if limit is None else (view.now - limit).total_seconds()
    late = left is not None and left > 0
    return {
        "number": dcc.Link(row.number, href=f"/work-orders?sel={row.number}"),
        "station": dcc.Link(name, href=f"/stations/{row.station_code}", title=name),
        "job": html.Span(
            order_words(row.template, view.language), title=order_words(row.template, view.language)
        ),
        "person": html.Span(person or formats.MISSING, title=person),
        "due": html.Span(
            formats.hours_minutes(left, signed=True), className="text-l2" if late else "soft"
        ),
    }


def due(row: WorkOrderRow) -> datetime | None:
    """The deadline that counts now: to respond while nobody has begun, then to restore."""
    if row.state in ("new", "assigned") and row.respond_by is not None:
        return row.respond_by
    return None if row.state == "review" else row.restore_by


def alarm_tile(view: View, alarms: Sequence[AlarmRow], recent: Sequence[AlarmRow]) -> Any:
    """Announced alarms now; bars are the new ones of each of the last 24 hours."""
    hours = [0] * 24
    for row in recent:
        back = int((view.now - row.active_at).total_seconds() // 3600)
        if 0 <= back < 24:
            hours[23 - back] += 1
    waiting = sum(a.state in ("unacknowledged", "returned") for a in alarms)
    yardsticks = [
        (view.text("cockpit.last_hour"), str(hours[-1])),
        (view.text("cockpit.waiting"), str(waiting)),
    ]
    return kpi(
        view.text("cockpit.alarms_kpi"),
        "",
        f"{len(alarms):,}",
        yardsticks,
        bars(hours, 34),
        0,
        "/alarms",
        view.language,
        live="alarms",
    )


def order_tile(view: View, orders: Sequence[WorkOrderRow], every: Sequence[WorkOrderRow]) -> Any:
    """Open orders now; bars are the new ones of each of the last 14 days."""
    days = [0] * 14
    today = view.now.astimezone(view.zone).date()
    for row in every:
        back = (today - row.created_at.astimezone(view.zone).date()).days
        if 0 <= back < 14:
            days[13 - back] += 1
    late = sum(o.overdue(view.now) for o in orders)
    yardsticks = [
        (view.text("cockpit.overdue"), str(late)),
        (view.text("cockpit.made_today"), str(days[-1])),
    ]
    return kpi(
        view.text("cockpit.orders_kpi"),
        "",
        f"{len(orders):,}",
        yardsticks,
        bars(days, 34),
        0,
        "/work-orders",
        view.language,
    )


def all_link(view: View, count: int) -> Any:
    return more_link(view.text("cockpit.all_alarms", n=f"{count:,}"), "/alarms")


def last_day(now: datetime) -> tuple[datetime, datetime]:
    """The span of the alarm tile's bars."""
    return now - timedelta(hours=24), now + timedelta(seconds=1)
