"""The list of the alarms' page: tabs and filters, the banner of a flood, rows, permits."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from components.alarm_list import alarm_list
from components.attributes import data
from components.flat import flat
from components.formats import day_clock, number
from components.glyphs import level_glyph
from components.ids import ident
from components.page import View
from components.states import empty
from components.time_range import link, time_bar, time_range
from data.alarms import AlarmRow
from data.permits import OUT_OF_SERVICE
from data.rights import allowed
from data.stores import Stores
from pages.alarm_filter import filter_chips
from pages.alarm_permits import permits_list, permits_print
from pages.alarm_rows import LEVELS, TABS, URGENT, Asked, counts, flood_of, items, print_of
from pages.alarm_wiring import wiring_banner, wiring_list, wiring_print
from pages.guarded import guard

PATH = "/alarms"
MOST = 150
"""Rows that are drawn; the file holds all."""


@guard()
def chips(stores: Stores, view: View, asked: Asked) -> list[Any]:
    """Tabs and filters with their counts; each is a link, so that a view is a URL."""
    known = counts(stores, view)
    whole = not asked.level and not asked.state
    found = []
    for tab in TABS:
        inside = [view.text(f"alarms.{tab}"), *([_count(known[tab])] if tab in known else [])]
        params = {"tab": "" if tab == "active" else tab}
        found.append(_chip(params, inside, asked.tab == tab and whole))
    if asked.tab != "active":
        return found + filter_chips(stores, view, asked.params)
    for level in LEVELS:
        inside = [level_glyph(level, view.language, size=14), _count(known[level])]
        found.append(_chip({"level": str(level)}, inside, asked.level == level))
    for state in ("waiting", "latched"):
        inside = [view.text(f"alarms.{state}"), _count(known[state])]
        found.append(_chip({"state": state}, inside, asked.state == state))
    recent = view.text("alarms.recent", count=known["recent"])
    return [*found, html.Span(recent, className="hint recent")]


def span_bar(view: View, asked: Asked) -> Any:
    """The date range of the history."""
    if asked.tab != "history":
        return None
    span = time_range(asked.params, view.now, view.zone, "7d")
    return html.Div(time_bar(view, "alarms", PATH, span, compare=False), className="list-range")


def list_print(stores: Stores, view: View, asked: Asked, rows: list[AlarmRow]) -> str:
    """A short text that changes when anything that the list shows does."""
    extra = permits_print(stores, view) if asked.tab == OUT_OF_SERVICE else ""
    return print_of(rows) + extra + wiring_print(stores, view)


@guard()
def listed(stores: Stores, view: View, asked: Asked, rows: list[AlarmRow]) -> list[Any]:
    """What stands in the list."""
    flood, parts = _banner(stores, view, asked), []
    if asked.tab == "active":
        parts = [*flood, *wiring_banner(stores, view)]
    if asked.tab == OUT_OF_SERVICE:
        parts = wiring_list(stores, view) + permits_list(stores, view)
    if not rows:
        return [*parts, _nothing(view, asked, bool(flood))]
    picks = asked.tab != "history" and allowed(view.user, "alarms.acknowledge")
    shown = items(stores, view, rows[:MOST])
    parts.append(flat(alarm_list(shown, view.language, view.text("alarms.title"), picks)))
    if len(rows) > MOST:
        more = view.text("alarms.shown", shown=MOST, total=number(len(rows)))
        parts.append(html.P(more, className="hint below"))
    return parts


def _banner(stores: Stores, view: View, asked: Asked) -> list[Any]:
    """In a flood: since when, and what is left out."""
    since = flood_of(stores, view, asked)
    if since is None:
        return []
    known = counts(stores, view)
    left = sum(known[level] for level in LEVELS if level > URGENT)
    at = day_clock(since, view.zone, view.now)
    return [
        html.Div(
            [
                html.B(view.text("alarms.flood", at=at, count=known["recent"])),
                html.Span(view.text("alarms.flood_shows", count=left)),
                dcc.Link(
                    view.text("alarms.flood_all"), href=link(PATH, {"all": "1"}), className="more"
                ),
            ],
            className="flood-banner",
            role="status",
        )
    ]


def _nothing(view: View, asked: Asked, more: bool) -> Any:
    filtered = bool(asked.level or asked.state)
    button = (
        dcc.Link(view.text("alarms.show_all"), href=PATH, className="button") if filtered else None
    )
    whole = asked.tab == "active" and not filtered and not more
    key = "alarms.none_active" if whole else "alarms.none_fit"
    return empty(view.language, view.text(key), action=button)


def bulk_bar(view: View) -> html.Div:
    """Steps for all rows that are picked; assets/picking.js shows it when there are any."""
    buttons = [
        html.Button(
            [view.text(f"alarms.do_{verb}"), html.Kbd(key.upper())], className="button",
            type="button", disabled=True,
            **data(hotkey=key, **({"step": verb} if verb == "acknowledge" else
                                  {"dialog": ident("alarms", "shelving"), "of": "picked"})),
        )
        for verb, key in (("acknowledge", "a"), ("shelve", "s"))
        if allowed(view.user, f"alarms.{verb}")
    ]  # fmt: skip
    words = view.text("alarms.picked")
    none = html.Button(
        view.text("alarms.unpick"), className="button quiet", type="button", **data(unpick=1)
    )
    return html.Div(
        [
            html.B("0", **data(picks=1)), html.Span(words), *buttons, none,
            html.Button("picked", name="of", value="picked", hidden=True, type="button"),
        ],
        className="bulk-bar", hidden=True, **data(into=ident("alarms", "step"), bulk=1),
    )  # fmt: skip


def _count(count: int) -> html.B:
    return html.B(number(count))


def _chip(params: dict[str, str], inside: list[Any], on: bool) -> dcc.Link:
    return dcc.Link(inside, href=link(PATH, params), className="chip on" if on else "chip")
