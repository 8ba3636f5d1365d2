"""Work orders: who does what until when?"""

from __future__ import annotations

from typing import Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update, set_props

from components.attributes import data
from components.export import download, facts
from components.formats import number, stamp
from components.glyphs import icon
from components.ids import each, ident
from components.order_board import order_board
from components.page import Page, View, bound
from components.shell import NOTICE, notice
from components.states import empty
from components.time_range import link
from data.rights import Refused
from data.stores import Stores
from data.work_order_rows import WorkOrderRow
from pages.order_detail import detail
from pages.order_rows import FILTERS, columns, file, names, print_of, select

PAGE = Page("work_orders", "/work-orders", "work_orders")
BOARD, CHIPS, PANE, CHOSEN, SHOWN, OPENED, ACTED, ASKED = (
    ident("work_orders", part)
    for part in ("board", "chips", "detail", "chosen", "shown", "opened", "acted", "asked")
)
SECONDS, DOWNLOAD, FIELD = (ident("work_orders", part) for part in ("seconds", "download", "field"))


def layout(stores: Stores, view: View) -> Any:
    """The board and the details of the chosen order. `?filter= order=`."""
    rows = select(stores, view, view.params)
    chosen = view.params.get("order", "")
    pane, opened = _pane(stores, view, chosen)
    board = html.Div(
        _board(stores, view, rows), id=BOARD, className="board-place",
        **data(choose=CHOSEN, chosen=chosen, param="order"),
    )  # fmt: skip
    return html.Div(
        [
            html.Section(
                [html.Div(_bar(view), className="list-bar"), html.Div(_chips(stores, view, view.params), id=CHIPS, className="chips"), board],
                className="panel list-panel",
            ),
            html.Aside(pane, id=PANE, className="panel detail-pane"),
            dcc.Interval(id=SECONDS, interval=3000),
            dcc.Store(id=CHOSEN, data=chosen or None),
            dcc.Store(id=SHOWN, data=print_of(rows)),
            dcc.Store(id=OPENED, data=opened),
            dcc.Store(id=ACTED),
            dcc.Store(id=ASKED, data=dict(view.params)),
            dcc.Download(id=DOWNLOAD),
        ],
        className="orders-page with-detail",
    )  # fmt: skip


def register(app: Dash, stores: Stores) -> None:
    """The board by itself every 3 s, the details of the chosen order, steps and files."""
    app.callback(
        Output(BOARD, "children"), Output(CHIPS, "children"), Output(SHOWN, "data"),
        Input(SECONDS, "n_intervals"), Input(ACTED, "data"), State(SHOWN, "data"), State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(refresh, stores))  # fmt: skip
    app.callback(
        Output(PANE, "children"), Output(OPENED, "data"),
        Input(CHOSEN, "data"), Input(SECONDS, "n_intervals"), Input(ACTED, "data"), State(OPENED, "data"),
        prevent_initial_call=True,
    )(bound(open_detail, stores))  # fmt: skip
    app.callback(
        Output(ACTED, "data"), Input(each("work_orders", "act", ALL), "n_clicks"), State(CHOSEN, "data"),
        State({"type": FIELD, "index": ALL}, "id"), State({"type": FIELD, "index": ALL}, "value"),
        prevent_initial_call=True,
    )(bound(act, stores))  # fmt: skip
    app.callback(
        Output(DOWNLOAD, "data"), Input(each("work_orders", "export", ALL), "n_clicks"), State(ASKED, "data"),
        prevent_initial_call=True,
    )(bound(take_away, stores))  # fmt: skip


def refresh(
    stores: Stores, view: View, beat: int, acted: Any, shown: str, params: dict[str, str]
) -> tuple[Any, Any, Any]:
    """The board, when an order has changed."""
    rows = select(stores, view, params)
    fresh = print_of(rows)
    if fresh == shown:
        return no_update, no_update, no_update
    return _board(stores, view, rows), _chips(stores, view, params), fresh


def open_detail(
    stores: Stores, view: View, chosen: str | None, beat: int, acted: Any, opened: str
) -> tuple[Any, Any]:
    """The details of the chosen order, made anew only when it has changed."""
    row = _order(stores, view, chosen)
    if print_of([row] if row else []) == opened:
        return no_update, no_update
    return _pane(stores, view, chosen)


def act(
    stores: Stores,
    view: View,
    clicks: list[int | None],
    chosen: str | None,
    ids: list[dict[str, str]],
    values: list[Any],
) -> Any:
    """One step with the chosen order. Raises Forbidden, NotFound, Refused: the app tells the
    person."""
    button = ctx.triggered_id
    row = _order(stores, view, chosen)
    if button is None or not ctx.triggered[0]["value"] or row is None:
        return no_update
    form = {item["index"]: (value or "").strip() for item, value in zip(ids, values, strict=True)}
    missing = missing_of(button["index"], form)
    if missing:
        set_props(NOTICE, {"children": notice(view.text(missing), "bad")})
        return no_update
    done = step(stores, view, row, button["index"], form)
    state = view.text(f"order_state.{done.state}")
    set_props(
        NOTICE, {"children": notice(view.text("work_orders.done", number=done.number, state=state))}
    )
    return f"{done.id} {done.state} {view.now.isoformat()}"


def missing_of(name: str, form: dict[str, str]) -> str:
    """The text that says what a step still needs; '' when it has all."""
    needed = {"finish": "outcome", "assign": "person", "cancel": "note"}.get(name)
    return f"work_orders.missing_{needed}" if needed and not form.get(needed) else ""


def step(
    stores: Stores, view: View, row: WorkOrderRow, name: str, form: dict[str, str]
) -> WorkOrderRow:
    """Take the step `name` with what the form says."""
    orders, note, by, at = stores.work_orders, form.get("note", ""), view.user, view.now
    if name == "finish":
        return orders.finish(row.id, by, at, form["outcome"], note)
    if name == "assign":
        return orders.assign(row.id, form["person"], by, at, note)
    plain = {
        "take": orders.take,
        "start": orders.start,
        "close": orders.close,
        "cancel": orders.cancel,
    }
    if name not in plain:
        raise Refused("order_state", state=row.state)
    return plain[name](row.id, by, at, note)


def take_away(stores: Stores, view: View, clicks: list[int | None], params: dict[str, str]) -> Any:
    """All orders of the filter that is on screen, as a file."""
    button = ctx.triggered_id
    if button is None or not ctx.triggered[0]["value"]:
        return no_update
    heads, rows = file(view, select(stores, view, params))
    title = view.text("work_orders.title")
    name = f"{title}_{view.now.astimezone(view.zone):%Y%m%d-%H%M}_{view.language}"
    about = facts(view, view.text("shell.city"), stamp(view.now, view.zone))
    return download(button["index"], name, heads, rows, about, title)


def _bar(view: View) -> list[Any]:
    files = [
        html.Button(
            word, id=each("work_orders", "export", kind), className="button quiet", type="button"
        )
        for kind, word in (("csv", "CSV"), ("xlsx", "Excel"))
    ]
    title = html.H1(view.text("work_orders.board"), className="page-title")
    return [title, html.Div([icon("download", 16), *files], className="page-actions")]


def _chips(stores: Stores, view: View, params: dict[str, str] | Any) -> list[Any]:
    chosen = params.get("filter", "all")
    chips = []
    for name in FILTERS:
        count = len(select(stores, view, {"filter": name}))
        href = link(PAGE.path, {}, filter="" if name == "all" else name)
        inside = [view.text(f"work_orders.{name}"), html.B(number(count))]
        chips.append(dcc.Link(inside, href=href, className="chip on" if name == chosen else "chip"))
    return chips


def _board(stores: Stores, view: View, rows: list[WorkOrderRow]) -> Any:
    if not rows:
        return empty(view.language, view.text("work_orders.none"))
    return order_board(columns(view, rows, names(stores, view)), view.language)


def _order(stores: Stores, view: View, chosen: str | None) -> WorkOrderRow | None:
    return stores.work_orders.by_number(chosen, view.scope) if chosen else None


def _pane(stores: Stores, view: View, chosen: str | None) -> tuple[Any, str]:
    """The details and the print of what they show."""
    row = _order(stores, view, chosen)
    if row is None:
        return empty(view.language, view.text("work_orders.choose")), print_of([])
    return detail(stores, view, row, FIELD), print_of([row])
