"""The house around the pages: routing, titles, failures, ids."""

from __future__ import annotations

import json
import re
from collections import Counter
from types import SimpleNamespace
from typing import Any

import orjson
import plotly.utils
import pytest
from dash import Dash, html

import app
from components.ids import page_of
from components.page import EVERYONE, Page
from data.catalogue.indicators import indicators
from data.rights import ROLES, NotFound
from data.stores import Stores
from pages import router
from pages.index import PAGES
from tests.pages.conftest import view_of


def text_of(element: Any) -> str:
    return json.dumps(element, cls=plotly.utils.PlotlyJSONEncoder, ensure_ascii=False)


PARTS = {
    "code": "XM-0001", "district": "west", "zone": "L", "pump": "1", "compound": "GINKGO",
}  # fmt: skip
"""What may stand in a path of the town."""


def test_roles_of_pages_are_the_roles_of_people() -> None:
    assert set(ROLES) == EVERYONE
    for module in PAGES:
        assert module.PAGE.roles <= EVERYONE


@pytest.mark.parametrize("module", PAGES, ids=lambda m: m.PAGE.name)
def test_a_page_bears_one_name(module: Any, cockpit: Dash, stores: Stores) -> None:
    page = module.PAGE
    assert module.__name__ == f"pages.{page.name}"
    assert page.title("zh") != page.title("en")
    with cockpit.server.test_request_context():
        parts = {name: PARTS[name] for name in re.findall(r"\{(\w+)\}", page.path)}
        layout = module.layout(stores, view_of(stores, "administrator"), **parts)
    ids = [
        json.dumps(i) if isinstance(i, dict) else i for i in (c.id for c in layout._traverse_ids())
    ]
    assert all(page_of(i) == page.name for i in ids), ids
    assert max(Counter(ids).values(), default=1) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_router_finds_pages_by_url(stores: Stores, cockpit: Dash, language: str) -> None:
    view = view_of(stores, "administrator", language)
    with cockpit.server.test_request_context():
        _, crumb, title = router.route(stores, view, "/map", "?station=XM-0002")
    assert crumb == view.text("map.title")
    utility = stores.settings.utility_zh if language == "zh" else stores.settings.utility_en
    assert title == f"{crumb} · {utility}"


def test_a_page_that_fails_leaves_a_reference_and_the_rest_alone(stores: Stores) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    page = SimpleNamespace(PAGE=Page("cockpit", "/"), layout=broken)
    shown = text_of(router.content_of(page, stores, view_of(stores, "engineer"), {}))  # type: ignore[arg-type]
    assert "读取失败" in shown
    assert re.search(r"ref [0-9a-f]{6}", shown)
    assert "ZeroDivision" not in shown


def test_a_page_that_cannot_be_sent_is_one_that_failed(
    stores: Stores, cockpit: Dash, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = SimpleNamespace(
        PAGE=Page("cockpit", "/"),
        layout=lambda *_: html.Div(complex(1, 2)),
    )
    monkeypatch.setattr(router, "PAGES", [page])
    with cockpit.server.test_request_context():
        told = router.answer(stores, view_of(stores, "engineer"), "/", "")
    assert re.search(rb"ref [0-9a-f]{6}", orjson.dumps(told[0]))
    assert orjson.loads(orjson.dumps(told[1])) == page.PAGE.title("zh")


def test_what_is_out_of_reach_is_not_found(stores: Stores) -> None:
    def missing(*_: Any, **__: Any) -> Any:
        raise NotFound("station", "X")

    page = SimpleNamespace(PAGE=Page("cockpit", "/"), layout=missing)
    assert "没有找到" in text_of(router.content_of(page, stores, view_of(stores, "engineer"), {}))  # type: ignore[arg-type]


SHOWN = {
    "energy": ("specific_energy", "lift_energy", "wire_to_water", "energy", "idle_energy_share",
               "co2"),
    "pumps": ("preferred_share", "run_balance", "wear_index", "wire_to_water"),
    "leakage": ("loss_rate", "night_flow_ratio", "night_flow_per_home", "suspected_leaks"),
    "comparison": ("specific_energy", "lift_energy", "wire_to_water", "energy",
                   "night_flow_per_home"),
    "demand": ("peak_factor",),
    "quality": ("chlorine_compliance", "turbidity_compliance", "water_age", "lab_pass_rate",
                "analyser_availability", "tanks_over_age"),
    "alarm_statistics": ("alarms", "alarm_rate", "false_alarm_rate", "flood_share",
                         "acknowledged_on_time", "stale_alarms"),
}  # fmt: skip
"""Indicators that a page of analysis shows to whoever may open it."""


def test_whoever_may_open_a_page_may_see_the_indicators_it_shows() -> None:
    pages = {module.PAGE.name: module.PAGE for module in PAGES}
    for name, codes in SHOWN.items():
        for role in pages[name].roles:
            unseen = [code for code in codes if not indicators()[code].allowed(role)]
            assert not unseen, f"{name} shows {unseen} to {role}"


def test_the_frame_without_a_viewer_tells_nothing(stores: Stores, cockpit: Dash) -> None:
    with cockpit.server.test_request_context():
        shown = text_of(app._frame(stores))
    assert "澄湾" not in shown
    assert "/alarms" not in shown


def test_a_district_manager_reads_the_district_in_the_header(stores: Stores, cockpit: Dash) -> None:
    from flask import g

    with cockpit.server.test_request_context():
        g.view = view_of(stores, "district_manager")
        assert "东区" in text_of(app._frame(stores))
