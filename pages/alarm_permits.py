"""Permits on the page of alarms: what is out of service, by whom, until when."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from components.alarm_text import alarm_words
from components.attributes import data
from components.formats import day_clock
from components.ids import ident
from components.page import View
from data.alarms import AlarmRow
from data.permits import OUT_OF_SERVICE, PermitRow
from data.rights import allowed
from data.stores import Stores
from pages.order_rows import names

STEP = ident("alarms", "step")


def permits_list(stores: Stores, view: View) -> list[Any]:
    """One line a permit that takes alarms out of service, but for suspected contacts'."""
    rows = [row for row in _rows(stores, view) if row.notice is None]
    lines = [permit_line(stores, view, row) for row in rows]
    return [html.Ul(lines, className="permits")] if lines else []


def permits_print(stores: Stores, view: View) -> str:
    return ",".join(f"{row.id}{'…' if row.pending else ''}" for row in _rows(stores, view))


def permit_of(stores: Stores, view: View, row: AlarmRow) -> PermitRow | None:
    """The permit that keeps this alarm out of service."""
    return next(
        (
            one
            for one in _rows(stores, view)
            if one.rule in ("", row.rule)
            and one.station_id in (None, row.station_id)
            and one.place in ("", row.place)
        ),
        None,
    )


def permit_line(stores: Stores, view: View, row: PermitRow) -> html.Li:
    """What, where, until when, who answers for it, why; and the button that ends it."""
    lang = view.language
    what = alarm_words(row.rule, row.place, lang) if row.rule else view.text("alarms.all_rules")
    where: Any = view.text("alarms.all_stations")
    if row.station_id is not None:
        where = dcc.Link(row.station(lang), href=f"/stations/{row.station_code}", className="more")
    people = names(stores, view)
    owner = people.get(row.owner, row.owner) or view.text("alarms.by_platform")
    until = view.text("alarms.until", at=day_clock(row.until_at, view.zone, view.now))
    reason = row.reason if row.notice is None else view.text("alarms.wiring_reason")
    tail: list[Any] = []
    if row.pending:
        tail = [html.Span(view.text("alarms.pending"), className="tag pending")]
    elif allowed(view.user, "alarms.out_of_service"):
        tail = [
            html.Button(
                view.text("alarms.do_end"), className="button quiet", type="button",
                **data(step=f"end:{row.id}"),
            )
        ]  # fmt: skip
    return html.Li(
        [
            html.B(what), html.Span(where),
            html.Span(f"{until} · {owner} · {reason}", className="soft"),
            html.Span(tail, **data(into=STEP)),
        ]
    )  # fmt: skip


def _rows(stores: Stores, view: View) -> list[PermitRow]:
    rows = stores.permits.current(view.now, view.scope)
    return [row for row in rows if row.kind == OUT_OF_SERVICE]
