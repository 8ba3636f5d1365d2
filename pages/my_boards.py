"""Boards kept under a name and the reports that are mailed: lists, forms, and what they do."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from components.attributes import data
from components.formats import stamp
from components.ids import ident
from components.page import View
from components.panel import panel
from components.steps import Step, step_button, steps_form
from components.tables import Field, table
from data.boards import EVERYONE, LONGEST_NAME, BoardRow
from data.reports import EVERY, ReportRow, RunRow, mail_of
from data.rights import ROLES, NotFound
from data.stores import Stores
from pages.guarded import guard
from pages.my_cards import PAGE_NAME, select

STEPS = ("save", "share", "copy", "drop", "order", "cancel")


@guard("boards.title")
def boards_panel(stores: Stores, view: View, path: str) -> Any:
    """One's own boards and those that others share."""
    rows = stores.boards.of(view.user)
    name = dcc.Input(name="name", type="text", value="", maxLength=LONGEST_NAME)
    form = steps_form(
        PAGE_NAME,
        [html.Label([html.Span(view.text("boards.name"), className="hint"), name])],
        [step_button(PAGE_NAME, "save", view)],
    )
    fields = [
        Field("name", view.text("boards.name")),
        Field("by", view.text("boards.by"), css="soft wide"),
        Field("shared", view.text("boards.shared")),
        Field("do", "", right=True),
    ]
    listed: Any = html.P(view.text("boards.none"), className="hint padded")
    if rows:
        made = [_board(stores, view, path, row) for row in rows]
        listed = table(fields, made, view.text("boards.title"))
    title, hint = view.text("boards.title"), view.text("boards.hint")
    return panel(title, [listed, form], hint, css="flush")


def _board(stores: Stores, view: View, path: str, row: BoardRow) -> dict[str, Any]:
    own = row.username == view.user.username
    words = [view.text("boards.everyone") if r == EVERYONE else view.text(f"role.{r}")
             for r in row.shared_with]  # fmt: skip
    shared: Any = "、".join(words) if view.language == "zh" else ", ".join(words)
    if own:
        roles = [("", view.text("boards.nobody")), (EVERYONE, view.text("boards.everyone"))]
        roles += [(role, view.text(f"role.{role}")) for role in ROLES]
        chosen = row.shared_with[0] if row.shared_with else ""
        shared = _row_form([select("role", roles, chosen), _small(view, "share", row.id, row.name)])
    person = stores.users.get(row.username)
    steps = [_small(view, "copy", row.id, row.name)]
    if own or view.user.role == "administrator":
        steps.append(_small(view, "drop", row.id, row.name))
    return {
        "name": dcc.Link(row.name, href=f"{path}?board={row.id}"),
        "by": row.username if person is None else person.name(view.language),
        "shared": shared,
        "do": _row_form(steps),
    }


@guard("reports.title")
def reports_panel(stores: Stores, view: View) -> Any:
    """What is mailed when, with what became of the last time."""
    title, hint = view.text("reports.title"), view.text("reports.hint")
    boards = {row.id: row.name for row in stores.boards.of(view.user)}
    found = stores.reports.of(view.user)
    listed: Any = html.P(view.text("reports.none"), className="hint padded")
    if found:
        fields = [
            Field("what", view.text("reports.what")),
            Field("when", view.text("reports.when")),
            Field("next", view.text("reports.next"), css="soft wide"),
            Field("last", view.text("reports.last"), css="wide"),
            Field("do", "", right=True),
        ]
        made = [_report(view, boards, row, run) for row, run in found]
        listed = table(fields, made, title)
    if not mail_of(stores.contacts.of(view.user.username)):
        where = dcc.Link(view.text("reports.contacts"), href="/on-call?tab=contacts")
        said = html.P([view.text("refused.report_mail"), " ", where], className="hint padded")
        return panel(title, [listed, said], hint, css="flush")
    what = [("", view.text("my_indicators.title"))]
    what += [(str(id), name) for id, name in boards.items()]
    every = [(e, view.text(f"reports.{e}")) for e in EVERY]
    hours = [(str(h), f"{h:02d}:00") for h in range(24)]
    choices = (("what", "board", what, ""), ("every", "every", every, "week"),
               ("hour", "hour", hours, "7"))  # fmt: skip
    entries = [
        html.Label([html.Span(view.text(f"reports.{word}"), className="hint"),
                    select(name, options, chosen)])
        for word, name, options, chosen in choices
    ]  # fmt: skip
    form = steps_form(PAGE_NAME, entries, [step_button(PAGE_NAME, "order", view)])
    return panel(title, [listed, form], hint, css="flush")


def _report(
    view: View, boards: dict[int, str], row: ReportRow, run: RunRow | None
) -> dict[str, Any]:
    own = view.text("my_indicators.title")
    name = own if row.board_id is None else boards.get(row.board_id, "—")
    when = f"{view.text(f'reports.{row.every}')} {row.hour:02d}:00"
    last = ""
    if run is not None:
        at = stamp(run.sent_at or run.due_at, view.zone)[:16]
        last = f"{view.text(f'reports.state.{run.state}')} {at}"
    return {
        "what": name,
        "when": view.text(f"reports.paused.{row.paused}") if row.paused else when,
        "next": "" if row.paused else stamp(row.next_at, view.zone)[:16],
        "last": last,
        "do": _row_form([_small(view, "cancel", row.id, name)]),
    }


def _row_form(inside: list[Any]) -> html.Div:
    return html.Div(inside, className="row-steps", **data(into=ident(PAGE_NAME, "step")))


def _small(view: View, verb: str, id: int, name: str) -> html.Button:
    words = view.text(f"boards.do_{verb}")
    return html.Button(
        words, type="button", className="button quiet", **data(step=f"{verb}:{id}"),
        **{"aria-label": f"{words} {name}"},
    )  # fmt: skip


def act(stores: Stores, view: View, step: Step) -> None:
    """Take a step with a board or a report. Raises Forbidden, NotFound, Refused."""
    verb, _, id = step.name.partition(":")
    user, at = view.user, view.now
    if verb == "save":
        cards = stores.subscriptions.of(user).cards
        stores.boards.save(user, step.field("name"), cards, at)
    elif verb == "share":
        role = step.field("role")
        stores.boards.share(user, _id(id), [role] if role else [], at)
    elif verb == "copy":
        stores.subscriptions.replace(user, stores.boards.shown(user, _id(id)).cards, at)
    elif verb == "drop":
        stores.boards.remove(user, _id(id), at)
    elif verb == "order":
        board, hour = step.field("board"), step.field("hour")
        mail = bool(mail_of(stores.contacts.of(user.username)))
        stores.reports.order(
            user, _id(board) if board else None, step.field("every"),
            int(hour) if hour.isascii() and hour.isdecimal() else -1, mail, at,
        )  # fmt: skip
    else:
        stores.reports.cancel(user, _id(id), at)


def _id(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise NotFound("board", text)
    return int(text)
