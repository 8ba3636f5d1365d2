"""The button that makes a work order of what an analysis has found."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dash import no_update

from components.page import View
from data.rights import Forbidden, NotFound
from data.stores import Stores
from pages.order_button import make_order, order_box
from tests.pages.conftest import NOW, view_of
from tests.pages.looking import drawn


def words(stores: Stores, view: View, station: str, template: str, query: str) -> str:
    return f"{station} {template} {query}"


def test_a_button_becomes_the_link_of_its_order(stores: Stores) -> None:
    view = replace(view_of(stores, "engineer", "en"), now=NOW)
    assert "Create work order" in drawn(order_box(stores, view, "energy", "XM-0001", "WT-10"))
    asked = {"type": "energy-order", "index": "XM-0001|WT-10"}
    link = make_order(stores, view, 1, asked, "?from=now-7d", words)
    assert link.href == "/work-orders?sel=W-2611-0001"
    row = stores.work_orders.by_number("W-2611-0001")
    assert row is not None
    assert (row.note, row.source, row.station_code) == (
        "XM-0001 WT-10 from=now-7d", "analysis", "XM-0001",
    )  # fmt: skip
    box = drawn(order_box(stores, view, "energy", "XM-0001", "WT-10"))
    assert "Work order W-2611-0001 is open" in box
    other = order_box(stores, view, "energy", "XM-0002", "WT-10")
    assert "Create" in drawn(other)


def test_a_button_that_came_with_the_page_was_not_pressed(stores: Stores) -> None:
    view = view_of(stores, "engineer")
    asked = {"type": "energy-order", "index": "XM-0001|WT-10"}
    assert make_order(stores, view, None, asked, "", words) is no_update
    assert not stores.work_orders.list()


def test_who_may_not_order_sees_why_and_is_refused(stores: Stores) -> None:
    looker = view_of(stores, "executive")
    assert "权限" in drawn(order_box(stores, looker, "energy", "XM-0001", "WT-10"))
    asked = {"type": "energy-order", "index": "XM-0001|WT-10"}
    with pytest.raises(Forbidden):
        make_order(stores, looker, 1, asked, "", words)
    manager = view_of(stores, "district_manager")
    hidden = {"type": "energy-order", "index": "XM-0002|WT-10"}
    known = {s.code for s in stores.stations.all(manager.scope)}
    code = next(s.code for s in stores.stations.all() if s.code not in known)
    with pytest.raises(NotFound):
        make_order(stores, manager, 1, hidden | {"index": f"{code}|WT-10"}, "", words)
