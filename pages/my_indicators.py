"""One's own indicators: the cards that a person has chosen, boards under a name, mailed reports.

board=ID opens a kept board, one's own or a shared one; edit=1 shows the controls.
"""

from __future__ import annotations

from typing import Any

from dash import (
    ClientsideFunction,
    Dash,
    Input,
    Output,
    State,
    ctx,
    dcc,
    html,
    no_update,
    set_props,
)

from components.export import download, facts, file_buttons, file_name
from components.ids import each, ident
from components.page import Page, View, bound
from components.page_head import choice, page_head
from components.panel import panel
from components.shell import NOTICE, notice
from components.states import empty
from components.steps import Step, step_button, steps_form
from components.time_range import link
from data.rights import NotFound
from data.stores import Stores
from data.subscriptions import Shown
from pages import my_boards, my_cards
from pages.card_figures import figures_of, heads_of, line_of
from pages.guarded import Broken, attempt, failed

PAGE = Page(my_cards.PAGE_NAME, "/my-indicators", "analyse", group="analyse")
BODY, STEP, ASKED, DOWNLOAD, FOCUS = (
    ident(PAGE.name, part) for part in ("body", "step", "asked", "download", "focus")
)


def layout(stores: Stores, view: View) -> Any:
    """The body with what it needs to change itself. Raises NotFound for a board out of reach."""
    return html.Div(
        [
            html.Div(body(stores, view), id=BODY, className="my-body"),
            dcc.Store(id=STEP),
            dcc.Store(id=ASKED, data=dict(view.params)),
            dcc.Store(id=FOCUS),
            dcc.Download(id=DOWNLOAD),
        ],
        className="my-indicators",
    )


def register(app: Dash, stores: Stores) -> None:
    """Steps of the forms, files; the focus follows a card that was moved (assets)."""
    app.callback(
        Output(BODY, "children"),
        Input(STEP, "data"),
        State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(act, stores))
    app.clientside_callback(
        ClientsideFunction("cards", "follow"),
        Output(FOCUS, "data"),
        Input(BODY, "children"),
        State(STEP, "data"),
        prevent_initial_call=True,
    )
    app.callback(
        Output(DOWNLOAD, "data"),
        [Input(each(PAGE.name, "export", kind), "n_clicks") for kind in ("csv", "xlsx")],
        State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(take_away, stores))


def act(stores: Stores, view: View, asked: dict[str, Any] | None, params: dict[str, str]) -> Any:
    """One step of a form, then the body anew.

    Raises Forbidden, NotFound, Refused: the app tells the person.
    """
    step = Step.of(asked)
    verb = step.name.partition(":")[0]
    part = my_cards if verb in my_cards.STEPS else my_boards if verb in my_boards.STEPS else None
    if part is None:
        return no_update
    part.act(stores, view, step)
    set_props(NOTICE, {"children": notice(view.text(f"my_indicators.done_{verb}"))})
    return body(stores, _at(view, params))


def body(stores: Stores, view: View) -> list[Any]:
    """Head, cards, and below them boards and reports."""
    found = attempt(lambda: _shown(stores, view))
    if isinstance(found, Broken):
        return [page_head(view.text("my_indicators.title")), failed(view, found)]
    board, shown, name = found
    edit = board is None and view.params.get("edit") == "1"
    lost = []
    if shown.left_out:
        lost = [html.P(view.text("cards.left_out", count=shown.left_out), className="hint")]
    cards: Any = empty(view.language, view.text("cards.none"))
    if shown.cards:
        cards = my_cards.tiles(stores, view, shown.cards, edit)
    parts = [_head(stores, view, board, name, shown, edit), *lost, cards]
    if edit:
        again = [
            html.Summary(view.text("my_indicators.reset"), className="button quiet"),
            steps_form(
                PAGE.name,
                [html.P(view.text("my_indicators.reset_sure"), className="hint")],
                [step_button(PAGE.name, "reset", view)],
            ),
        ]
        form = [my_cards.add_form(stores, view), html.Details(again, className="my-reset")]
        parts.append(panel(view.text("cards.add"), form, view.text("cards.add_hint"), css="my-add"))
    below = [my_boards.boards_panel(stores, view, PAGE.path), my_boards.reports_panel(stores, view)]
    return [*parts, html.Div(below, className="my-below")]


def take_away(
    stores: Stores, view: View, csv: int | None, xlsx: int | None, params: dict[str, str]
) -> Any:
    """The cards on the screen as a file."""
    if not ctx.triggered or not ctx.triggered[0]["value"]:
        return no_update
    view = _at(view, params)
    _, shown, name = _shown(stores, view)
    found = figures_of(stores, view, shown.cards)
    lines = [line_of(view, one) for one in found]
    more = []
    if shown.left_out:
        more = [(view.text("export.filter"), view.text("cards.left_out", count=shown.left_out))]
    about = facts(view, name, more=more, rows=len(lines))
    kind = ctx.triggered_id["index"]
    return download(kind, file_name(view, name), heads_of(view), lines, about, name)


def _at(view: View, params: dict[str, str] | None) -> View:
    return View(view.user, view.language, view.theme, view.zone, view.now, params or {})


def _shown(stores: Stores, view: View) -> tuple[int | None, Shown, str]:
    """Id of the board of the URL, its cards as far as the viewer may see them, its name."""
    asked = view.params.get("board", "")
    if not asked:
        return None, stores.subscriptions.of(view.user), view.text("my_indicators.title")
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 10):
        raise NotFound("board", asked)
    board = stores.boards.get(view.user, int(asked))
    return board.id, stores.boards.shown(view.user, board.id), board.name


def _head(
    stores: Stores, view: View, board: int | None, name: str, shown: Shown, edit: bool
) -> html.Header:
    boards = [("", view.text("my_indicators.title"))]
    kept = attempt(lambda: stores.boards.of(view.user))
    boards += [] if isinstance(kept, Broken) else [(str(row.id), row.name) for row in kept]
    chosen = "" if board is None else str(board)
    filters = [choice(view.text("boards.board"), "board", boards, chosen)]
    question = view.text("my_indicators.question")
    if shown.preset and board is None:
        question = view.text("my_indicators.preset", role=view.text(f"role.{view.user.role}"))
    actions: list[Any] = list(file_buttons(PAGE.name))
    if board is None:
        words = view.text("my_indicators.done" if edit else "my_indicators.edit")
        href = link(PAGE.path, dict(view.params), edit="" if edit else "1")
        actions.append(dcc.Link(words, href=href, className="button"))
    return page_head(name, question, filters, actions=actions)
