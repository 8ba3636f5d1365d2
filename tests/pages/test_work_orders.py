"""The page of work orders: the board, and who may take which step."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from dash import no_update

from components.shell import NOTICE
from data.rights import Forbidden, NotFound, Refused
from data.stores import Stores
from data.work_orders import WorkOrderRow
from pages import work_orders
from pages.order_detail import detail, possible
from pages.order_rows import card, columns, due, print_of, select
from tests.pages.conftest import view_of
from tests.pages.looking import clicked, drawn


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the person was told."""
    told: dict[str, Any] = {}
    monkeypatch.setattr(work_orders, "set_props", lambda id, props: told.update({id: props}))
    return told


@pytest.fixture
def order(stores: Stores) -> WorkOrderRow:
    """A new order for the first station, made of its pump alarm."""
    at = view_of(stores, "dispatcher").now
    return stores.work_orders.create(1, "WT-07", 2, 1, at)


def take(stores: Stores, role: str, order: WorkOrderRow, step: str, **form: str) -> Any:
    view = view_of(stores, role)
    return work_orders.act(stores, view, {"step": step, **form}, order.number)


def again(stores: Stores, order: WorkOrderRow) -> WorkOrderRow:
    row = stores.work_orders.get(order.id)
    assert row is not None
    return row


def test_an_order_goes_from_new_to_closed_through_the_page(
    stores: Stores, order: WorkOrderRow, said: dict[str, Any]
) -> None:
    take(stores, "inspector", order, "take")
    assert (again(stores, order).state, again(stores, order).assignee) == ("assigned", "inspector")
    assert order.number in drawn(said[NOTICE])
    take(stores, "inspector", order, "start")
    assert take(stores, "inspector", order, "finish", note="换泵") is no_update
    assert "请先选择处理结果" in drawn(said[NOTICE])
    with pytest.raises(Refused, match="order_solution"):
        take(stores, "inspector", order, "finish", outcome="repaired", note="换泵")
    take(
        stores, "inspector", order, "finish", outcome="repaired", note="换泵",
        solution="new:motor_overload",
    )  # fmt: skip
    [solution] = stores.solutions.list()
    assert (solution.fault, solution.steps_zh, solution.state) == (
        "motor_overload",
        "换泵",
        "draft",
    )
    assert (solution.used, solution.solved) == (1, 1)
    done = again(stores, order)
    assert (done.state, done.outcome, done.note) == ("review", "repaired", "换泵")
    take(stores, "engineer", order, "close")
    assert again(stores, order).state == "closed"


def test_a_dispatcher_assigns_and_cancels_with_a_reason(
    stores: Stores, order: WorkOrderRow, said: dict[str, Any]
) -> None:
    assert take(stores, "dispatcher", order, "assign") is no_update
    take(stores, "dispatcher", order, "assign", person="inspector")
    assert again(stores, order).assignee == "inspector"
    assert take(stores, "dispatcher", order, "cancel") is no_update
    take(stores, "dispatcher", order, "cancel", note="误报")
    assert again(stores, order).state == "cancelled"


def test_what_is_offered_is_what_would_not_be_refused(stores: Stores, order: WorkOrderRow) -> None:
    def offered(role: str) -> list[str]:
        return possible(view_of(stores, role), again(stores, order))

    assert offered("inspector") == ["take"]
    assert offered("dispatcher") == ["assign", "cancel"]
    assert offered("executive") == []
    orders, inspector = stores.work_orders, view_of(stores, "inspector").user
    orders.take(order.id, inspector, order.created_at)
    assert offered("inspector") == ["start"]
    assert offered("engineer") == []  # it is with somebody else
    orders.start(order.id, inspector, order.created_at)
    assert offered("inspector") == ["finish"]
    assert offered("dispatcher") == ["cancel"]
    orders.finish(order.id, inspector, order.created_at, "external")
    assert offered("inspector") == []
    assert offered("dispatcher") == ["close"]


@pytest.mark.parametrize(
    "role", ["inspector", "dispatcher", "executive", "engineer", "administrator"]
)
def test_no_offered_step_is_refused_and_no_other_is_possible(
    stores: Stores, order: WorkOrderRow, said: dict[str, Any], role: str
) -> None:
    form = {"outcome": "repaired", "person": "inspector", "note": "x"}
    may = possible(view_of(stores, role), order)
    for step in ("take", "assign", "start", "finish", "close", "cancel"):
        if step in may:
            continue
        with pytest.raises((Forbidden, Refused)):
            take(stores, role, order, step, **form)
    assert again(stores, order).state == "new"
    if may:
        take(stores, role, order, may[0], **form)
        assert again(stores, order).state != "new"


def test_an_order_out_of_reach_is_not_there(stores: Stores, order: WorkOrderRow) -> None:
    view = view_of(stores, "district_manager")
    assert order.district_id == 2
    assert (
        work_orders.act(stores, view, {"step": "assign", "person": "inspector"}, order.number)
        is no_update
    )
    assert not select(stores, view, {})
    with pytest.raises(NotFound):
        stores.work_orders.assign(order.id, "inspector", view.user, view.now)


def test_the_board_shows_what_is_owed_next(stores: Stores, order: WorkOrderRow) -> None:
    view = view_of(stores, "dispatcher")
    assert due(order) == order.respond_by
    shown = card(view, order, {})
    assert (shown.over, shown.person, shown.level) == (False, "未派", 2)
    assert shown.title.startswith("湖滨1期 · ")
    late = stores.work_orders.create(2, "WT-01", 1, None, view.now - timedelta(hours=2))
    assert card(view, late, {}).over
    assert [row.id for row in select(stores, view, {})] == [late.id, order.id]
    assert [row.id for row in select(stores, view, {"filter": "overdue"})] == [late.id]
    assert not select(stores, view, {"filter": "mine"})
    heads = [(state, len(cards)) for state, _, cards in columns(view, [late, order], {})]
    assert heads == [("new", 2), ("assigned", 0), ("in_progress", 0), ("review", 0), ("closed", 0)]


def test_only_orders_closed_today_are_on_the_board(stores: Stores, order: WorkOrderRow) -> None:
    view = view_of(stores, "dispatcher")
    people = [view_of(stores, role).user for role in ("inspector", "engineer")]
    at = view.now - timedelta(days=2)
    old = stores.work_orders.create(1, "WT-07", 2, None, at)
    stores.work_orders.take(old.id, people[0], at)
    stores.work_orders.start(old.id, people[0], at)
    stores.work_orders.finish(old.id, people[0], at, "external")
    stores.work_orders.close(old.id, people[1], at)
    assert [row.id for row in select(stores, view, {})] == [order.id]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_and_details_are_made_in_both_languages(
    stores: Stores, order: WorkOrderRow, language: str
) -> None:
    view = view_of(stores, "dispatcher", language, sel=order.number)
    page = drawn(work_orders.layout(stores, view))
    assert order.number in page
    assert ("处理步骤" in page) == (language == "zh")
    pane = drawn(detail(stores, view, order))
    assert "/alarms?sel=1" in pane
    assert "work_orders-assign" in pane


def test_nothing_new_is_not_sent_again(stores: Stores, order: WorkOrderRow) -> None:
    view = view_of(stores, "inspector")
    news = work_orders.look(stores, view, 1, None, {}, order.number, None)
    assert work_orders.look(stores, view, 2, None, {}, order.number, news) is no_update
    shown = print_of(select(stores, view, {}))
    assert work_orders.refresh(stores, view, news, shown, {})[0] is no_update
    stores.work_orders.take(order.id, view.user, view.now)
    later = work_orders.look(stores, view, 3, None, {}, order.number, news)
    assert later["pane"] != news["pane"]
    board, _, fresh = work_orders.refresh(stores, view, later, shown, {})
    assert fresh == later["board"]
    assert "陈立" in drawn(board)  # the person by name


def test_the_file_has_all_orders_of_the_filter(stores: Stores, order: WorkOrderRow) -> None:
    with clicked('{"index":"csv","type":"work_orders-export"}'):
        file = work_orders.take_away(stores, view_of(stores, "dispatcher"), [1, None], {})
    lines = base64.b64decode(file["content"]).decode("utf-8-sig").splitlines()
    assert lines[1].startswith(f"{order.number},2,待派,湖滨1期,XM-0001")
