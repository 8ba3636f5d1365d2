"""The incident that an alarm belongs to: its root, what was first, what hangs below."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from analytics.incidents import root_of
from components.alarm_text import alarm_words
from components.formats import day_clock, number
from components.glyphs import level_glyph
from components.page import View
from data.alarms import AlarmRow
from data.stores import Stores
from pages.alarm_rows import groups, parents_of

SHOWN = 8
"""Alarms of a group that are named: the root, the first, then the oldest."""


def group(stores: Stores, view: View, row: AlarmRow) -> list[Any]:
    """The part of the pane that names the group; nothing for an alarm that stands alone."""
    rows = {one.id: one for one in stores.alarms.open(view.scope)}
    root = root_of(row.id, parents_of(list(rows.values())))
    below = groups(list(rows.values())).get(root, [])
    if not below or root not in rows:
        return []
    members = sorted((rows[id] for id in below), key=lambda one: (one.raw_at, one.id))
    first = min([rows[root], *members], key=lambda one: (one.raw_at, one.station_id is None))
    lines = [_line(view, one, row, root, first.id) for one in (rows[root], *members[: SHOWN - 1])]
    left = len(members) - (SHOWN - 1)
    if left > 0:
        text = view.text("alarms.more_below", count=number(left))
        more = dcc.Link(text, href="/alarms?tab=suppressed", className="more")
        lines.append(html.Li(more))
    head = view.text("alarms.children", count=number(len(members)))
    return [html.P(html.B(head), className="detail-section"), html.Ul(lines, className="journal")]


def _line(view: View, one: AlarmRow, chosen: AlarmRow, root: int, first: int) -> html.Li:
    lang = view.language
    words = f"{one.station(lang) or one.district(lang)} · {alarm_words(one.rule, one.place, lang)}"
    known = (("root", root), ("first", first))
    marks = [view.text(f"alarms.{name}") for name, id in known if one.id == id]
    name: Any = html.B(words)
    if one.id != chosen.id:
        name = dcc.Link(words, href=f"/alarms?sel={one.id}", className="more")
    return html.Li(
        [
            html.Span(day_clock(one.raw_at, view.zone, view.now), className="when-cell"),
            level_glyph(one.level, lang, one.state, 13),
            html.Span([name, *(html.Span(mark, className="alarm-mark") for mark in marks)]),
        ]
    )
