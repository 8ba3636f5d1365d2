"""Work orders: who does what until when?"""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update, set_props

from components.attributes import data
from components.export import download, facts, file_buttons, file_name
from components.formats import number, stamp
from components.ids import each, ident
from components.order_board import order_board
from components.page import Page, View, bound
from components.shell import NOTICE, notice
from components.states import empty
from components.steps import Step
from components.time_range import link
from data.stores import Stores
from data.work_order_rows import WorkOrderRow
from data.work_orders import STEPS
from pages.guarded import Broken, attempt, failed, guard
from pages.order_detail import detail
from pages.order_rows import FILTERS, columns, file, names, print_of, select
from pages.order_solutions import solution_of
from pages.service_losses import order_losses

PAGE = Page("work_orders", "/work-orders", "work_orders")
BOARD, CHIPS, PANE, CHOSEN, NEWS, SHOWN, OPENED, ACTED, ASKED = (
    ident("work_orders", part)
    for part in ("board", "chips", "detail", "chosen", "news", "shown", "opened", "acted", "asked")
)
SECONDS, DOWNLOAD, STEP = (ident("work_orders", part) for part in ("seconds", "download", "step"))
NEEDED = {"finish": "outcome", "assign": "person", "cancel": "note"}
"""What the form must hold for a step."""


def layout(stores: Stores, view: View) -> Any:
    """The board and the details of the chosen order. `?filter= sel=`."""
    rows = attempt(lambda: select(stores, view, view.params))
    chosen = view.params.get("sel", "")
    pane, opened = _pane(stores, view, chosen or None)
    board = html.Div(
        _board(stores, view, rows), id=BOARD, className="board-place",
        **data(choose=CHOSEN, chosen=chosen, param="sel"),
    )  # fmt: skip
    return html.Div(
        [
            html.Section(
                [
                    html.Div(_bar(view), className="list-bar"),
                    html.Div(_chips(stores, view, view.params), id=CHIPS, className="chips"),
                    board,
                ],
                className="panel list-panel",
            ),
            html.Aside(pane, id=PANE, className="panel detail-pane"),
            dcc.Interval(id=SECONDS, interval=3000),
            dcc.Store(id=CHOSEN, data=chosen or None),
            dcc.Store(id=SHOWN, data="" if isinstance(rows, Broken) else print_of(rows)),
            dcc.Store(id=OPENED, data=opened),
            dcc.Store(id=NEWS),
            dcc.Store(id=STEP),
            dcc.Store(id=ACTED),
            dcc.Store(id=ASKED, data=dict(view.params)),
            dcc.Download(id=DOWNLOAD),
        ],
        className="orders-page with-detail",
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """Every 3 s a look at what has changed; board and details follow only then, each by a callback
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
        Output(BOARD, "children"),
        Output(CHIPS, "children"),
        Output(SHOWN, "data"),
        Input(NEWS, "data"),
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
        Input(each("work_orders", "export", ALL), "n_clicks"),
        State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(take_away, stores))


def look(
    stores: Stores,
    view: View,
    beat: int,
    acted: Any,
    params: dict[str, str],
    chosen: Any,
    news: Any,
) -> Any:
    """Prints of the board and of the chosen order, when one of them is another than before."""

    def prints() -> dict[str, str]:
        row = _order(stores, view, chosen)
        board = print_of(select(stores, view, params))
        return {"board": board, "pane": print_of([row] if row else [])}

    now = attempt(prints)
    return no_update if isinstance(now, Broken) or now == news else now


def refresh(
    stores: Stores, view: View, news: Any, shown: str, params: dict[str, str]
) -> tuple[Any, Any, Any]:
    """The board, when an order has changed."""
    if news and news["board"] == shown:
        return no_update, no_update, no_update
    rows = select(stores, view, params)
    return _board(stores, view, rows), _chips(stores, view, params), print_of(rows)


def open_detail(
    stores: Stores, view: View, chosen: str | None, news: Any, opened: dict[str, Any]
) -> tuple[Any, Any]:
    """The details of the chosen order, made anew only when it is another or has changed."""
    if opened["key"] == chosen and news and news["pane"] == opened["print"]:
        return no_update, no_update
    return _pane(stores, view, chosen)


def act(stores: Stores, view: View, asked: dict[str, Any] | None, chosen: str | None) -> Any:
    """One step with the chosen order.

    Raises Forbidden, NotFound, Refused: the app tells the person.
    """
    step, row = Step.of(asked), _order(stores, view, chosen)
    if step.name not in STEPS or row is None:
        return no_update
    needed = NEEDED.get(step.name)
    if needed and not step.field(needed):
        missing = view.text(f"work_orders.missing_{needed}")
        set_props(NOTICE, {"children": notice(missing, "bad")})
        return no_update
    done = _take(stores, view, row, step)
    state = view.text(f"order_state.{done.state}")
    said = view.text("work_orders.done", number=done.number, state=state)
    set_props(NOTICE, {"children": notice(said)})
    return f"{done.id} {done.state} {view.now.isoformat()}"


def _take(stores: Stores, view: View, row: WorkOrderRow, step: Step) -> WorkOrderRow:
    orders, note, by, at = stores.work_orders, step.field("note"), view.user, view.now
    if step.name == "finish":
        told = solution_of(step.field("solution"), note)
        return orders.finish(row.id, by, at, step.field("outcome"), note, told)
    if step.name == "assign":
        return orders.assign(row.id, step.field("person"), by, at, note)
    plain = {
        "take": orders.take,
        "start": orders.start,
        "close": orders.close,
        "cancel": orders.cancel,
    }
    return plain[step.name](row.id, by, at, note)


def take_away(stores: Stores, view: View, clicks: list[int | None], params: dict[str, str]) -> Any:
    """All orders of the filter that is on screen, as a file."""
    button = ctx.triggered_id
    if button is None or not ctx.triggered[0]["value"]:
        return no_update
    heads, rows = file(view, select(stores, view, params))
    title = view.text("work_orders.title")
    chosen = params.get("filter", "")
    about = facts(
        view, view.text("shell.city"), stamp(view.now, view.zone), rows=len(rows),
        definition=view.text("export.work_orders"),
        filters=view.text(f"work_orders.{chosen}") if chosen in FILTERS[1:] else "",
    )  # fmt: skip
    return download(button["index"], file_name(view, title), heads, rows, about, title)


def _bar(view: View) -> list[Any]:
    title = html.H1(view.text("work_orders.board"), className="page-title")
    files = file_buttons("work_orders", "button quiet")
    return [title, html.Div(files, className="page-actions")]


@guard()
def _chips(stores: Stores, view: View, params: dict[str, str] | Any) -> list[Any]:
    chosen = params.get("filter", "all")
    chips = []
    for name in FILTERS:
        count = len(select(stores, view, {"filter": name}))
        href = link(PAGE.path, {}, filter="" if name == "all" else name)
        inside = [view.text(f"work_orders.{name}"), html.B(number(count))]
        chips.append(dcc.Link(inside, href=href, className="chip on" if name == chosen else "chip"))
    return chips


@guard()
def _board(stores: Stores, view: View, rows: list[WorkOrderRow]) -> Any:
    if not rows:
        return empty(view.language, view.text("work_orders.none"))
    return order_board(
        columns(view, rows, names(stores, view), order_losses(stores, view)), view.language
    )


def _order(stores: Stores, view: View, chosen: str | None) -> WorkOrderRow | None:
    return stores.work_orders.by_number(chosen, view.scope) if chosen else None


def _pane(stores: Stores, view: View, chosen: str | None) -> tuple[Any, dict[str, Any]]:
    """The details, and of what they are the print."""
    row = attempt(lambda: _order(stores, view, chosen))
    if isinstance(row, Broken):
        return failed(view, row), {"key": chosen, "print": ""}
    if row is None:
        return empty(view.language, view.text("work_orders.choose")), {
            "key": chosen,
            "print": print_of([]),
        }
    return detail(stores, view, row), {"key": chosen, "print": print_of([row])}
