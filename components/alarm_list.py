"""The list of alarms: what first? One row an alarm, its state by glyph, tint and word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from components.attributes import data
from components.glyphs import level_glyph
from components.tables import Field, table
from data.catalogue.words import text


@dataclass(frozen=True)
class AlarmItem:
    """One alarm, in words."""

    id: int
    level: int
    state: str
    pending: bool
    """Somebody's step waits for the collector."""
    station: str
    href: str
    """Page of the station; empty for an alarm of a district."""
    event: str
    value: str
    unit: str
    limit: str
    since: str
    since_iso: str
    lasted: str
    """Empty while it lasts: the script of the page counts on."""
    order: str
    order_href: str
    people: str = ""
    """Homes that it leaves without water x minutes; empty where nobody's tap is touched."""
    marks: tuple[str, ...] = ()
    """What else is to be said of it, in a word each."""


def alarm_list(
    rows: Sequence[AlarmItem], lang: str, caption: str, picks: bool = False
) -> html.Table:
    """The table; a row is chosen by click or key (assets/lists.js). picks: several rows can be
    picked for one step (assets/picking.js)."""
    fields = [
        Field("glyph", width="68px" if picks else "44px", css="picks" if picks else ""),
        Field("state", text(lang, "alarms.state"), width="7.5%", css="soft"),
        Field("station", text(lang, "alarms.station"), width="14%"),
        Field("event", text(lang, "alarms.event")),
        Field("value", text(lang, "alarms.value"), right=True, width="9%"),
        Field("limit", text(lang, "alarms.limit"), right=True, width="7.5%", css="soft"),
        Field("lasted", text(lang, "alarms.lasted"), right=True, width="6.5%"),
        Field("since", text(lang, "alarms.since"), right=True, width="9%"),
        Field("order", text(lang, "alarms.order"), width="9%", css="soft order"),
        Field("people", text(lang, "service_loss.column"), right=True, width="12%", css="soft"),
    ]
    return table(fields, [_row(row, lang, picks) for row in rows], caption, "alarm-list")


def _row(row: AlarmItem, lang: str, picks: bool) -> dict[str, Any]:
    shown = "acknowledged" if row.state == "closed" else row.state
    lasted = row.lasted or html.Span("", **data(since=row.since_iso))
    whole = text(lang, "alarms.pending" if row.pending else f"alarm_state.{row.state}")
    word = text(lang, f"alarms.short_{row.state}")
    state = html.Span(f"{word} …" if row.pending else word, title=whole)
    tinted = row.state == "unacknowledged" and row.level <= 2
    return {
        "glyph": [*([_pick(row, lang)] if picks else []), level_glyph(row.level, lang, shown, 17)],
        "state": state,
        "station": dcc.Link(row.station, href=row.href, title=row.station)
        if row.href
        else row.station,
        "event": html.Span(
            [
                html.Span(row.event, className="words"),
                *(html.Span(mark, className="alarm-mark") for mark in row.marks),
            ],
            className="event",
            title=" · ".join([row.event, *row.marks]),
        ),
        "value": html.Span([html.B(row.value), html.Span(f" {row.unit}", className="unit")]),
        "limit": row.limit,
        "lasted": lasted,
        "since": row.since,
        "order": dcc.Link(row.order, href=row.order_href) if row.order_href else row.order,
        "people": html.Span(row.people, title=text(lang, "service_loss.hint")),
        "_css": f"row-l{row.level}" if tinted else "quiet" if row.state == "returned" else "",
        "_props": {"tabIndex": "0", **data(key=row.id)},
    }


def _pick(row: AlarmItem, lang: str) -> html.Button:
    words = text(lang, "alarms.pick", station=row.station, event=row.event)
    return html.Button(
        "", className="pick", type="button", role="checkbox", **data(pick=row.id),
        **{"aria-checked": "false", "aria-label": words},
    )  # fmt: skip
