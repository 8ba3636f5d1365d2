"""Alarms: what first?"""

from __future__ import annotations

import re
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update

from components.attributes import data
from components.export import download, facts, file_buttons, file_name
from components.ids import each, ident
from components.page import Page, View, bound
from components.states import empty
from data.alarms import AlarmRow
from data.stores import Stores
from pages.alarm_answers import register_answers
from pages.alarm_detail import detail
from pages.alarm_diagnosis import pane_print
from pages.alarm_rows import (
    Asked,
    file,
    filter_words,
    place_and_span,
    print_of,
    select,
)
from pages.alarm_steps import act, dialogs
from pages.alarm_table import bulk_bar, chips, list_print, listed, span_bar
from pages.guarded import Broken, attempt, failed

PAGE = Page("alarms", "/alarms", "alarms", group="alarms")
LIST, CHIPS, CHANGED, PANE = (ident("alarms", p) for p in ("list", "chips", "changed", "detail"))
CHOSEN, HOLD, NEWS, SHOWN, OPENED, ACTED, ASKED = (
    ident("alarms", p) for p in ("chosen", "hold", "news", "shown", "opened", "acted", "asked")
)
SECONDS, DOWNLOAD, STEP, PICKED = (
    ident("alarms", p) for p in ("seconds", "download", "step", "picked")
)


def layout(stores: Stores, view: View) -> Any:
    """Chips, list and the details of the chosen alarm. `?tab= level= state= sel=`."""
    asked = Asked.of(view.params)
    rows = attempt(lambda: select(stores, view, asked))
    shown = {"print": "", "ids": []}  # another than any, so that the next look brings the list
    if not isinstance(rows, Broken):
        shown = _shown(stores, view, asked, rows)
    chosen = view.params.get("sel", "")
    chosen = chosen if re.fullmatch(r"[0-9]{1,12}", chosen) else ""
    pane, opened = _pane(stores, view, chosen or None)
    place = html.Div(
        listed(stores, view, asked, rows), id=LIST, className="scroll",
        **data(choose=CHOSEN, chosen=chosen, param="sel", hold=HOLD, picked=PICKED),
    )  # fmt: skip
    return html.Div(
        [
            html.Section(
                [
                    html.Div(_bar(view), className="list-bar"),
                    html.Div(chips(stores, view, asked), id=CHIPS, className="chips"),
                    span_bar(view, asked),
                    bulk_bar(view),
                    html.Span(
                        view.text("alarms.changed"),
                        id=CHANGED,
                        className="chip floating",
                        hidden=True,
                    ),
                    place,
                ],
                className="panel list-panel",
            ),
            html.Aside(pane, id=PANE, className="panel detail-pane"),
            dcc.Interval(id=SECONDS, interval=2000, disabled=asked.tab == "history"),
            dcc.Store(id=CHOSEN, data=chosen or None),
            dcc.Store(id=HOLD, data=False),
            dcc.Store(id=SHOWN, data=shown),
            dcc.Store(id=OPENED, data=opened),
            dcc.Store(id=NEWS),
            dcc.Store(id=STEP),
            dcc.Store(id=PICKED),
            dcc.Store(id=ACTED),
            dcc.Store(id=ASKED, data=dict(view.params)),
            dcc.Download(id=DOWNLOAD),
            *dialogs(view),
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
        State(PICKED, "data"),
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
    asked = Asked.of(params)
    now = attempt(
        lambda: {
            "list": list_print(stores, view, asked, select(stores, view, asked)),
            "pane": _printed(stores, view, chosen)[1],
        }
    )
    return no_update if isinstance(now, Broken) or now == news else now


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
    tabs = chips(stores, view, asked)
    if not held:
        fresh = _shown(stores, view, asked, rows)
        return listed(stores, view, asked, rows), tabs, fresh, True
    by_id = {row.id: row for row in rows}
    kept = [by_id.get(id) or stores.alarms.get(id, view.scope) for id in shown["ids"]]
    still = [row for row in kept if row is not None]
    moved = [row.id for row in rows] != [row.id for row in still]
    return listed(stores, view, asked, still), tabs, no_update, not moved


def open_detail(
    stores: Stores, view: View, chosen: Any, news: Any, opened: dict[str, Any]
) -> tuple[Any, Any]:
    """The details of the chosen alarm, made anew only when it is another or has changed."""
    if opened["key"] == chosen and news and news["pane"] == opened["print"]:
        return no_update, no_update
    return _pane(stores, view, chosen)


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


def _shown(stores: Stores, view: View, asked: Asked, rows: list[AlarmRow]) -> dict[str, Any]:
    """What the list shows: its print, and the rows in their order."""
    return {"print": list_print(stores, view, asked, rows), "ids": [row.id for row in rows]}


def _alarm(stores: Stores, view: View, chosen: Any) -> AlarmRow | None:
    return stores.alarms.get(int(chosen), view.scope) if chosen else None


def _printed(stores: Stores, view: View, chosen: Any) -> tuple[AlarmRow | None, str]:
    """The chosen alarm, and the print of its details."""
    row = _alarm(stores, view, chosen)
    return row, pane_print(stores, row)


def _pane(stores: Stores, view: View, chosen: Any) -> tuple[Any, dict[str, Any]]:
    """The details, and of what they are the print."""
    found = attempt(lambda: _printed(stores, view, chosen))
    if isinstance(found, Broken):
        return failed(view, found), {"key": chosen, "print": ""}
    row, printed = found
    if row is None:
        return empty(view.language, view.text("alarms.choose")), {
            "key": chosen,
            "print": print_of([]),
        }
    return detail(stores, view, row), {"key": chosen, "print": printed}
