"""Alarm rules: what is watched, is it worth it, and what would another limit have changed?"""

from __future__ import annotations

import re
from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update, set_props

from components.attributes import data
from components.export import download, facts, file_buttons, file_name
from components.formats import number, stamp
from components.ids import each, ident
from components.page import EVERYONE, Page, View, bound
from components.shell import NOTICE, notice
from components.states import empty
from components.steps import Step
from components.time_range import link
from data.catalogue.rule_changes import RuleError
from data.stores import Stores
from pages.guarded import Broken, attempt, guard
from pages.rule_detail import pane
from pages.rule_draft import draft_panel, draft_print
from pages.rule_facts import counts
from pages.rule_form import why_not
from pages.rule_list import families, file, listed, select
from pages.rule_steps import take

PAGE = Page("rules", "/rules", "alarms", EVERYONE - {"inspector"}, group="alarms")
LIST, PANE, DRAFT, CHOSEN, STEP, ACTED, SEARCH, ASKED, DOWNLOAD, BEAT, SHOWN = (
    ident("rules", part)
    for part in ("list", "detail", "draft", "chosen", "step", "acted", "search", "asked",
                 "download", "beat", "shown")
)  # fmt: skip


def layout(stores: Stores, view: View) -> Any:
    """Search, list, the chosen rule. `?family= sel=`."""
    chosen = view.params.get("sel", "")
    chosen = chosen if re.fullmatch(r"R-[A-Z]{2}-\d{2}", chosen) else ""
    place = html.Div(
        find(stores, view, "", None, dict(view.params)), id=LIST, className="scroll",
        **data(choose=CHOSEN, chosen=chosen, param="sel"),
    )  # fmt: skip
    search = dcc.Input(
        id=SEARCH, type="search", className="field search", debounce=0.2, maxLength=100,
        placeholder=view.text("rules.search"), value="",
    )  # fmt: skip
    title = html.H1(view.text("rules.title"), className="page-title")
    buttons = html.Div(file_buttons(PAGE.name, "button quiet"), className="page-actions")
    aside = [
        html.Div(draft_panel(stores, view, chosen), id=DRAFT),
        html.Div(_pane(stores, view, chosen), id=PANE),
    ]
    return html.Div(
        [
            html.Section(
                [
                    html.Div([title, search, buttons], className="list-bar"),
                    html.Div(_chips(stores, view), className="chips"),
                    place,
                ],
                className="panel list-panel",
            ),
            html.Aside(aside, className="panel detail-pane"),
            *(dcc.Store(id=id) for id in (STEP, ACTED)),
            dcc.Store(id=CHOSEN, data=chosen or None),
            dcc.Store(id=SHOWN, data=_print(stores, chosen)),
            dcc.Store(id=ASKED, data=dict(view.params)),
            dcc.Interval(id=BEAT, interval=3000),
            dcc.Download(id=DOWNLOAD),
        ],
        className="rules-page with-detail",
    )


def register(app: Dash, stores: Stores) -> None:
    app.callback(
        Output(LIST, "children"), Input(SEARCH, "value"), Input(ACTED, "data"),
        State(ASKED, "data"), prevent_initial_call=True,
    )(bound(find, stores))  # fmt: skip
    app.callback(
        Output(PANE, "children"), Input(CHOSEN, "data"), Input(ACTED, "data"),
        prevent_initial_call=True,
    )(bound(open_detail, stores))  # fmt: skip
    app.callback(
        Output(DRAFT, "children"), Output(SHOWN, "data"), Input(CHOSEN, "data"),
        Input(ACTED, "data"), Input(BEAT, "n_intervals"), State(SHOWN, "data"),
        prevent_initial_call=True,
    )(bound(show_draft, stores))  # fmt: skip
    app.callback(
        Output(ACTED, "data"), Input(STEP, "data"), State(CHOSEN, "data"),
        prevent_initial_call=True,
    )(bound(act, stores))  # fmt: skip
    app.callback(
        Output(DOWNLOAD, "data"), Input(each(PAGE.name, "export", ALL), "n_clicks"),
        State(SEARCH, "value"), State(ASKED, "data"), prevent_initial_call=True,
    )(bound(take_away, stores))  # fmt: skip


@guard()
def find(stores: Stores, view: View, words: str | None, acted: Any, params: dict[str, str]) -> Any:
    """The list for what is typed."""
    return _table(stores, view, select(stores, view, params.get("family", ""), words or ""))


def open_detail(stores: Stores, view: View, chosen: str | None, acted: Any) -> Any:
    """The pane of the chosen rule."""
    return _pane(stores, view, chosen or "")


def show_draft(
    stores: Stores, view: View, chosen: str | None, acted: Any, beat: Any, shown: str | None
) -> Any:
    """The draft of the chosen rule; nothing while it is as it was."""
    now = draft_print(stores, chosen or "")
    if now == shown:
        return no_update, no_update
    return draft_panel(stores, view, chosen or ""), now


def act(stores: Stores, view: View, asked: dict[str, Any] | None, chosen: str | None) -> Any:
    """A person's step with the chosen rule; what is refused is told.

    Raises Forbidden, NotFound, Refused: the app tells the person.
    """
    step, id = Step.of(asked), chosen or ""
    try:
        done = take(stores, view, step, id)
    except RuleError as error:
        set_props(NOTICE, {"children": notice(why_not(view, error), "bad")})
        return no_update
    if not done:
        return no_update
    set_props(NOTICE, {"children": notice(done)})
    return view.now.isoformat()


def take_away(
    stores: Stores, view: View, clicks: list[int | None], words: str | None, params: dict[str, str]
) -> Any:
    """The list that is on screen, as a file."""
    button = ctx.triggered_id
    if button is None or not ctx.triggered[0]["value"]:
        return no_update
    rows = select(stores, view, params.get("family", ""), words or "")
    heads, lines = file(view, rows, counts(stores, view), stores.rules.counts())
    title = view.text("rules.title")
    about = facts(
        view, view.text("shell.city"), stamp(view.now, view.zone), rows=len(lines),
        definition=view.text("rules.definition"), filters=(words or "").strip(),
    )  # fmt: skip
    return download(button["index"], file_name(view, title), heads, lines, about, title)


@guard()
def _pane(stores: Stores, view: View, chosen: str) -> Any:
    rule = stores.rules.all().get(chosen)
    if rule is None:
        return empty(view.language, view.text("rules.choose"))
    return pane(stores, view, rule)


def _print(stores: Stores, chosen: str) -> str | None:
    """draft_print; None, another than any, when it can't be read."""
    found = attempt(lambda: draft_print(stores, chosen))
    return None if isinstance(found, Broken) else found


def _table(stores: Stores, view: View, rows: list[Any]) -> Any:
    if not rows:
        return empty(view.language, view.text("rules.none"))
    return listed(view, rows, counts(stores, view), stores.rules.counts())


@guard()
def _chips(stores: Stores, view: View) -> list[Any]:
    """Families with their counts; each is a link."""
    chosen, chips = view.params.get("family", ""), []
    for family, count in families(stores).items():
        inside = [view.text(f"rules.family_{family or 'all'}"), html.B(number(count))]
        href = link(PAGE.path, {"family": family})
        on = "chip on" if chosen == family else "chip"
        chips.append(dcc.Link(inside, href=href, className=on))
    return chips
