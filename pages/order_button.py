"""A button that makes a work order of what an analysis has found, on any page of analysis.

A page puts `order_box(...)` beside its finding and calls `register_orders(app, stores, NAME,
words)` once. What the order says is asked of the page again when the button is pressed: nothing
that comes from the browser is written into it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import MATCH, Dash, Input, Output, State, dcc, html, no_update

from components.alarm_text import order_words
from components.ids import each
from components.page import View, bound
from components.panel import tag
from data.rights import NotFound, allowed
from data.stores import Stores
from data.work_order_rows import OPEN, WorkOrderRow

RIGHT = "work_orders.create"
LEVEL = 4
"""Priority of an order that no alarm asks for."""
Words = Callable[[Stores, View, str, str, str], str]
"""(stores, view, station code, template, query of the URL) -> what the analysis found."""


def order_box(stores: Stores, view: View, page: str, station: str, template: str) -> html.Div:
    """The button for a station (its code) and a template; instead of it a link while an order of
    that kind is open, or a word to a person without the right. One box a station and template."""
    row = stores.stations.by_code(station, view.scope)
    if row is None:
        raise NotFound("station", station)
    box = each(page, "order_box", f"{station}|{template}")
    going = [o for o in stores.work_orders.list(view.scope, OPEN, station_id=row.id)
             if o.template == template]  # fmt: skip
    if going:
        return html.Div(_link(view, going[0], "order.open"), id=box, className="order-box")
    if not allowed(view.user, RIGHT):
        return html.Div(tag(view.text("order.not_allowed")), id=box, className="order-box")
    button = html.Button(
        [f"{view.text('order.make')} · {order_words(template, view.language)}"],
        id=each(page, "order", f"{station}|{template}"),
        className="button",
        type="button",
    )
    return html.Div(button, id=box, className="order-box")


def register_orders(app: Dash, stores: Stores, page: str, words: Words) -> None:
    """The callback of all order buttons of one page."""

    def make(stores: Stores, view: View, clicks: int | None, asked: Any, search: str | None) -> Any:
        return make_order(stores, view, clicks, asked, search, words)

    app.callback(
        Output(each(page, "order_box", MATCH), "children"),
        Input(each(page, "order", MATCH), "n_clicks"),
        State(each(page, "order", MATCH), "id"),
        State("shell-url", "search"),
        prevent_initial_call=True,
    )(bound(make, stores))


def make_order(
    stores: Stores, view: View, clicks: int | None, asked: Any, search: str | None, words: Words
) -> Any:
    """Make the order; its link takes the button's place. Raises Forbidden, NotFound, Refused."""
    if not clicks:
        return no_update
    station, _, template = str(asked["index"]).partition("|")
    row = stores.stations.by_code(station, view.scope)
    if row is None:
        raise NotFound("station", station)
    note = words(stores, view, station, template, (search or "").lstrip("?"))
    made = stores.work_orders.order(row.id, template, LEVEL, view.user, view.now, note)
    return _link(view, made, "order.made")


def _link(view: View, row: WorkOrderRow, key: str) -> dcc.Link:
    return dcc.Link(
        view.text(key, number=row.number),
        href=f"/work-orders?sel={row.number}",
        className="button",
    )
