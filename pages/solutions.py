"""Solutions: how was it put right before, and how surely?"""

from __future__ import annotations

import re
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update, set_props

from components.attributes import data
from components.export import download, facts, file_buttons, file_name
from components.formats import number, stamp
from components.ids import each, ident
from components.page import Page, View, bound
from components.shell import NOTICE, notice
from components.states import empty
from components.steps import Step
from components.time_range import link
from data.rights import allowed
from data.solutions import STATES, Draft, SolutionRow
from data.stores import Stores
from pages.guarded import guard
from pages.solution_detail import blank, detail, file, listed

PAGE = Page("solutions", "/solutions", "alarms", group="alarms")
LIST, PANE, CHOSEN, STEP, ACTED, SEARCH, ASKED, DOWNLOAD = (
    ident("solutions", part)
    for part in ("list", "detail", "chosen", "step", "acted", "search", "asked", "download")
)
LONGEST = 100
"""Letters of a search that count."""


def layout(stores: Stores, view: View) -> Any:
    """Search, list, details of the chosen one. `?state= fault= sel=`."""
    chosen = view.params.get("sel", "")
    chosen = chosen if re.fullmatch(r"[0-9]{1,9}|new", chosen) else ""
    place = html.Div(
        find(stores, view, "", None, dict(view.params)), id=LIST, className="scroll",
        **data(choose=CHOSEN, chosen=chosen, param="sel"),
    )  # fmt: skip
    search = dcc.Input(
        id=SEARCH, type="search", className="field search", debounce=0.2, maxLength=LONGEST,
        placeholder=view.text("solutions.search"), value="",
    )  # fmt: skip
    actions: list[Any] = file_buttons(PAGE.name, "button quiet")
    if allowed(view.user, "solutions.write"):
        href = link(PAGE.path, {**view.params, "sel": "new"})
        words = view.text("solutions.write")
        actions.insert(0, dcc.Link(words, href=href, className="button"))
    title = html.H1(view.text("solutions.title"), className="page-title")
    bar = [title, search, html.Div(actions, className="page-actions")]
    return html.Div(
        [
            html.Section(
                [
                    html.Div(bar, className="list-bar"),
                    html.Div(_chips(stores, view), className="chips"),
                    place,
                ],
                className="panel list-panel",
            ),
            html.Aside(_pane(stores, view, chosen), id=PANE, className="panel detail-pane"),
            dcc.Store(id=CHOSEN, data=chosen or None),
            dcc.Store(id=STEP),
            dcc.Store(id=ACTED),
            dcc.Store(id=ASKED, data=dict(view.params)),
            dcc.Download(id=DOWNLOAD),
        ],
        className="solutions-page with-detail",
    )


def register(app: Dash, stores: Stores) -> None:
    app.callback(
        Output(LIST, "children"),
        Input(SEARCH, "value"),
        Input(ACTED, "data"),
        State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(find, stores))
    app.callback(
        Output(PANE, "children"),
        Input(CHOSEN, "data"),
        Input(ACTED, "data"),
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
        Input(each(PAGE.name, "export", ALL), "n_clicks"),
        State(SEARCH, "value"),
        State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(take_away, stores))


def select(stores: Stores, params: dict[str, str] | Any, words: str) -> list[SolutionRow]:
    """Solutions of the state and fault of the URL whose texts hold the words."""
    state, fault = params.get("state", ""), params.get("fault", "")
    states = (state,) if state in STATES else STATES[:2]
    return stores.solutions.list([fault] if fault else None, states, words[:LONGEST])


@guard()
def find(stores: Stores, view: View, words: str | None, acted: Any, params: dict[str, str]) -> Any:
    """The list for what is typed."""
    return _table(view, select(stores, params, words or ""))


def open_detail(stores: Stores, view: View, chosen: str | None, acted: Any) -> Any:
    """The pane of the chosen solution, or the form of a new one."""
    return _pane(stores, view, chosen or "")


def act(stores: Stores, view: View, asked: dict[str, Any] | None, chosen: str | None) -> Any:
    """Write a draft, pass or retire a solution.

    Raises Forbidden, NotFound, Refused: the app tells the person.
    """
    step, door = Step.of(asked), stores.solutions
    if step.name == "draft":
        new = Draft(step.field("fault"), step.field("title"), step.field("note"),
                    step.field("parts"))  # fmt: skip
        if not (new.fault and new.title and new.steps):
            set_props(NOTICE, {"children": notice(view.text("solutions.missing"), "bad")})
            return no_update
        door.draft(new, view.user, view.now)
    elif step.name in STATES[1:] and chosen and chosen.isdigit():
        door.review(int(chosen), step.name, view.user, view.now)
    else:
        return no_update
    set_props(NOTICE, {"children": notice(view.text(f"solutions.done_{step.name}"))})
    return view.now.isoformat()


def take_away(
    stores: Stores, view: View, clicks: list[int | None], words: str | None, params: dict[str, str]
) -> Any:
    """The list that is on screen, as a file."""
    button = ctx.triggered_id
    if button is None or not ctx.triggered[0]["value"]:
        return no_update
    heads, rows = file(view, select(stores, params, words or ""))
    title = view.text("solutions.title")
    about = facts(
        view, view.text("shell.city"), stamp(view.now, view.zone), rows=len(rows),
        definition=view.text("solutions.definition"), filters=(words or "").strip(),
    )  # fmt: skip
    return download(button["index"], file_name(view, title), heads, rows, about, title)


@guard()
def _pane(stores: Stores, view: View, chosen: str) -> Any:
    if chosen == "new" and allowed(view.user, "solutions.write"):
        return blank(view)
    row = stores.solutions.get(int(chosen)) if chosen.isdigit() else None
    if row is None:
        return empty(view.language, view.text("solutions.choose"))
    return detail(view, row)


def _table(view: View, rows: list[SolutionRow]) -> Any:
    if not rows:
        return empty(view.language, view.text("solutions.none"))
    return listed(view, rows)


@guard()
def _chips(stores: Stores, view: View) -> list[Any]:
    """States with their counts; each is a link."""
    chosen, chips = view.params.get("state", ""), []
    for state in ("", *STATES):
        count = len(select(stores, {**view.params, "state": state}, ""))
        inside = [view.text(f"solutions.{state or 'all'}"), html.B(number(count))]
        href = link(PAGE.path, {"state": state, "fault": view.params.get("fault", "")})
        on = "chip on" if chosen == state else "chip"
        chips.append(dcc.Link(inside, href=href, className=on))
    return chips
