"""Alarms: what first?"""

from __future__ import annotations

import re
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update, set_props

from components.alarm_list import alarm_list
from components.attributes import data
from components.export import download, facts, file_buttons, file_name
from components.flat import flat
from components.formats import number
from components.glyphs import level_glyph
from components.ids import each, ident
from components.page import Page, View, bound
from components.shell import NOTICE, notice
from components.states import empty
from components.steps import Step
from components.time_range import link, time_bar, time_range
from data.actions import VERBS
from data.alarms import AlarmRow
from data.stores import Stores
from pages.alarm_answers import register_answers
from pages.alarm_detail import detail
from pages.alarm_diagnosis import pane_print
from pages.alarm_filter import filter_chips
from pages.alarm_rows import (
    LEVELS,
    TABS,
    Asked,
    counts,
    file,
    filter_words,
    items,
    place_and_span,
    print_of,
    select,
)

PAGE = Page("alarms", "/alarms", "alarms", group="alarms")
LIST, CHIPS, CHANGED, PANE = (ident("alarms", p) for p in ("list", "chips", "changed", "detail"))
CHOSEN, HOLD, NEWS, SHOWN, OPENED, ACTED, ASKED = (
    ident("alarms", p) for p in ("chosen", "hold", "news", "shown", "opened", "acted", "asked")
)
SECONDS, DOWNLOAD, STEP = (ident("alarms", p) for p in ("seconds", "download", "step"))
MOST = 150
"""Rows that are drawn; the file holds all."""


def layout(stores: Stores, view: View) -> Any:
    """Chips, list and the details of the chosen alarm. `?tab= level= state= sel=`."""
    asked = Asked.of(view.params)
    rows = select(stores, view, asked)
    chosen = view.params.get("sel", "")
    chosen = chosen if re.fullmatch(r"[0-9]{1,12}", chosen) else ""
    pane, opened = _pane(stores, view, chosen or None)
    listed = html.Div(
        _table(stores, view, asked, rows), id=LIST, className="scroll",
        **data(choose=CHOSEN, chosen=chosen, param="sel", hold=HOLD),
    )  # fmt: skip
    return html.Div(
        [
            html.Section(
                [
                    html.Div(_bar(view), className="list-bar"),
                    html.Div(_chips(stores, view, asked), id=CHIPS, className="chips"),
                    _range(view, asked),
                    html.Span(
                        view.text("alarms.changed"),
                        id=CHANGED,
                        className="chip floating",
                        hidden=True,
                    ),
                    listed,
                ],
                className="panel list-panel",
            ),
            html.Aside(pane, id=PANE, className="panel detail-pane"),
            dcc.Interval(id=SECONDS, interval=2000, disabled=asked.tab == "history"),
            dcc.Store(id=CHOSEN, data=chosen or None),
            dcc.Store(id=HOLD, data=False),
            dcc.Store(id=SHOWN, data={"print": print_of(rows), "ids": [row.id for row in rows]}),
            dcc.Store(id=OPENED, data=opened),
            dcc.Store(id=NEWS),
            dcc.Store(id=STEP),
            dcc.Store(id=ACTED),
            dcc.Store(id=ASKED, data=dict(view.params)),
            dcc.Download(id=DOWNLOAD),
        ],
        className="alarms-page with-detail",
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """Every 2 s a look at what has changed; list and details follow only then, each by a callback
    of its own, so that a slow one is not overtaken by the next look."""
    app.callback(
        Output(NEWS, "data"),
        Input(SECONDS, "n_intervals"),
        Input(ACTED, "data"),
        State(ASKED, "data"),
        State(CHOSEN, "data"),
        State(NEWS, "data"),
        prevent_initial_call=True,
    )(bound(look, stores))
    app.callback(
        Output(LIST, "children"),
        Output(CHIPS, "children"),
        Output(SHOWN, "data"),
        Output(CHANGED, "hidden"),
        Input(NEWS, "data"),
        Input(HOLD, "data"),
        State(SHOWN, "data"),
        State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(refresh, stores))
    app.callback(
        Output(PANE, "children"),
        Output(OPENED, "data"),
        Input(CHOSEN, "data"),
        Input(NEWS, "data"),
        State(OPENED, "data"),
        prevent_initial_call=True,
    )(bound(open_detail, stores))
    app.callback(
        Output(ACTED, "data"),
        Input(STEP, "data"),
        State(CHOSEN, "data"),
        prevent_initial_call=True,
    )(bound(act, stores))
    app.callback(
        Output(DOWNLOAD, "data"),
        Input(each("alarms", "export", ALL), "n_clicks"),
        State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(take_away, stores))
    register_answers(app, stores)


def look(
    stores: Stores,
    view: View,
    beat: int,
    acted: Any,
    params: dict[str, str],
    chosen: Any,
    news: Any,
) -> Any:
    """Prints of the list and of the chosen alarm, when one of them is another than before."""
    row = _alarm(stores, view, chosen)
    now = {
        "list": print_of(select(stores, view, Asked.of(params))),
        "pane": pane_print(stores, row),
    }
    return no_update if now == news else now


def refresh(
    stores: Stores,
    view: View,
    news: Any,
    held: bool | None,
    shown: dict[str, Any],
    params: dict[str, str],
) -> tuple[Any, ...]:
    """Rows that have changed. While somebody points into the list its rows keep their places, and
    a chip says that there is more."""
    if news and news["list"] == shown["print"]:
        return no_update, no_update, no_update, True
    asked = Asked.of(params)
    rows = select(stores, view, asked)
    chips = _chips(stores, view, asked)
    if not held:
        fresh = {"print": print_of(rows), "ids": [row.id for row in rows]}
        return _table(stores, view, asked, rows), chips, fresh, True
    by_id = {row.id: row for row in rows}
    kept = [by_id.get(id) or stores.alarms.get(id, view.scope) for id in shown["ids"]]
    still = [row for row in kept if row is not None]
    moved = [row.id for row in rows] != [row.id for row in still]
    return _table(stores, view, asked, still), chips, no_update, not moved


def open_detail(
    stores: Stores, view: View, chosen: Any, news: Any, opened: dict[str, Any]
) -> tuple[Any, Any]:
    """The details of the chosen alarm, made anew only when it is another or has changed."""
    if opened["key"] == chosen and news and news["pane"] == opened["print"]:
        return no_update, no_update
    return _pane(stores, view, chosen)


def act(stores: Stores, view: View, asked: dict[str, Any] | None, chosen: Any) -> Any:
    """Acknowledge or reset the chosen alarm; the collector does it at its next tick.

    Raises Forbidden, NotFound, Refused: the app tells the person.
    """
    step = Step.of(asked)
    if step.name not in VERBS or not chosen:
        return no_update
    made = stores.actions.append(int(chosen), step.name, view.user, view.now, step.field("note"))
    set_props(NOTICE, {"children": notice(view.text(f"alarms.done_{step.name}"))})
    return made


def take_away(stores: Stores, view: View, clicks: list[int | None], params: dict[str, str]) -> Any:
    """All rows of the filter that is on screen, as a file."""
    button = ctx.triggered_id
    if button is None or not ctx.triggered[0]["value"]:
        return no_update
    asked = Asked.of(params)
    heads, rows = file(view, select(stores, view, asked))
    title = f"{view.text('alarms.title')}-{view.text(f'alarms.{asked.tab}')}"
    about = facts(
        view, *place_and_span(stores, view, asked), rows=len(rows),
        definition=view.text("export.alarms"), filters=filter_words(view, asked),
    )  # fmt: skip
    return download(button["index"], file_name(view, title), heads, rows, about, title)


def _bar(view: View) -> list[Any]:
    return [
        html.H1(view.text("alarms.title"), className="page-title"),
        html.Span(view.text("alarms.keys"), className="hint keys"),
        html.Div(file_buttons("alarms", "button quiet"), className="page-actions"),
    ]


def _chips(stores: Stores, view: View, asked: Asked) -> list[Any]:
    """Tabs and filters with their counts; each is a link, so that a view is a URL."""
    known = counts(stores, view)
    whole = not asked.level and not asked.state
    chips = []
    for tab in TABS:
        inside = [view.text(f"alarms.{tab}"), *([_count(known[tab])] if tab in known else [])]
        params = {"tab": "" if tab == "active" else tab}
        chips.append(_chip(params, inside, asked.tab == tab and whole))
    if asked.tab != "active":
        return chips + filter_chips(stores, view, asked.params)
    for level in LEVELS:
        inside = [level_glyph(level, view.language, size=14), _count(known[level])]
        chips.append(_chip({"level": str(level)}, inside, asked.level == level))
    for state in ("waiting", "latched"):
        inside = [view.text(f"alarms.{state}"), _count(known[state])]
        chips.append(_chip({"state": state}, inside, asked.state == state))
    recent = view.text("alarms.recent", count=known["recent"])
    return [*chips, html.Span(recent, className="hint recent")]


def _count(count: int) -> html.B:
    return html.B(number(count))


def _chip(params: dict[str, str], inside: list[Any], on: bool) -> dcc.Link:
    return dcc.Link(inside, href=link(PAGE.path, params), className="chip on" if on else "chip")


def _range(view: View, asked: Asked) -> Any:
    """The date range of the history."""
    if asked.tab != "history":
        return None
    span = time_range(asked.params, view.now, view.zone, "7d")
    return html.Div(
        time_bar(view, "alarms", PAGE.path, span, compare=False), className="list-range"
    )


def _table(stores: Stores, view: View, asked: Asked, rows: list[AlarmRow]) -> Any:
    if not rows:
        filtered = bool(asked.level or asked.state)
        button = (
            dcc.Link(view.text("alarms.show_all"), href=PAGE.path, className="button")
            if filtered
            else None
        )
        key = "alarms.none_active" if asked.tab == "active" and not filtered else "alarms.none_fit"
        return empty(view.language, view.text(key), action=button)
    listed = items(stores, view, rows[:MOST])
    drawn = flat(alarm_list(listed, view.language, view.text("alarms.title")))
    if len(rows) <= MOST:
        return drawn
    more = view.text("alarms.shown", shown=MOST, total=number(len(rows)))
    return [drawn, html.P(more, className="hint below")]


def _alarm(stores: Stores, view: View, chosen: Any) -> AlarmRow | None:
    return stores.alarms.get(int(chosen), view.scope) if chosen else None


def _pane(stores: Stores, view: View, chosen: Any) -> tuple[Any, dict[str, Any]]:
    """The details, and of what they are the print."""
    row = _alarm(stores, view, chosen)
    if row is None:
        return empty(view.language, view.text("alarms.choose")), {
            "key": chosen,
            "print": print_of([]),
        }
    return detail(stores, view, row), {"key": chosen, "print": pane_print(stores, row)}
