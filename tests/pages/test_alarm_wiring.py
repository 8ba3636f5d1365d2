"""Contacts suspected of being wired the other way round, on the page of alarms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from components.flat import rendered
from data.rights import Forbidden, NotFound, Refused
from data.stores import Stores
from data.wiring import Spot
from pages import alarm_steps, alarms
from pages.alarm_rows import Asked
from pages.alarm_table import list_print, listed
from tests.pages.conftest import view_of
from tests.pages.looking import drawn

OUT = {"tab": "out_of_service"}


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found: dict[str, Any] = {}
    monkeypatch.setattr(alarm_steps, "set_props", lambda id, props: found.update(props))
    return found


def ask(stores: Stores, stations: tuple[int, ...], profile: str = "") -> int:
    now = view_of(stores, "engineer").now
    spots = [Spot(id, "EN.FLOOD", (("R-EN-01", ""),)) for id in stations]
    return stores.wiring.ask("EN.FLOOD", profile, spots, 0.981, now, now + timedelta(days=7))


def shown(stores: Stores, role: str, lang: str = "zh", **params: str) -> str:
    view = view_of(stores, role, lang, **params)
    return rendered(listed(stores, view, Asked.of(params), []))


def test_the_question_leads_from_the_list_to_its_answers(stores: Stores) -> None:
    assert "接反" not in shown(stores, "dispatcher")
    view = view_of(stores, "dispatcher")
    before = [list_print(stores, view, Asked(tab), []) for tab in ("active", "out_of_service")]
    ask(stores, (2,))
    after = [list_print(stores, view, Asked(tab), []) for tab in ("active", "out_of_service")]
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert "1 处触点疑似接反" in shown(stores, "dispatcher")
    told = shown(stores, "dispatcher", **OUT)
    assert "疑似接反：泵房水浸" in told and "湖滨2期" in told and "98 %" in told
    assert "由工程师核实" in told and "wiring:" not in told
    assert "/stations/XM-0002" in told
    told = shown(stores, "engineer", "en", **OUT)
    assert "wiring:inverted:1" in told and "Yes, invert" in told and "Lakeside 2" in told
    assert told.count("Flooding") <= 2, "its permits aren't listed beside it"


def test_one_click_inverts_or_says_that_it_is_real(stores: Stores, said: dict[str, Any]) -> None:
    first, second = ask(stores, (1,)), ask(stores, (2,))
    view = view_of(stores, "engineer")
    with pytest.raises(Forbidden):
        alarm_steps.act(
            stores, view_of(stores, "dispatcher"), {"step": f"wiring:inverted:{first}"}, None
        )
    for wrong in ("wiring:inverted:x", "wiring:open:1", "wiring:", "wiring:inverted:1:2"):
        with pytest.raises(Refused, match="not_a_number"):
            alarm_steps.act(stores, view, {"step": wrong}, None)
    with pytest.raises(NotFound):
        alarm_steps.act(stores, view, {"step": "wiring:real:99"}, None)
    alarm_steps.act(stores, view, {"step": f"wiring:inverted:{first}"}, None)
    assert "已翻转" in drawn(said["children"])
    assert stores.polarities.inverted(1, "EN.FLOOD")
    alarm_steps.act(stores, view, {"step": f"wiring:real:{second}"}, None)
    assert not stores.polarities.inverted(2, "EN.FLOOD")
    assert "接反" not in shown(stores, "engineer", **OUT)
    with pytest.raises(Refused, match="contact_decided"):
        alarm_steps.act(stores, view, {"step": f"wiring:real:{first}"}, None)


def test_a_profile_is_asked_of_who_has_all_of_it_in_reach(stores: Stores) -> None:
    ask(stores, (1, 2, 3, 4), "chengshui")
    told = shown(stores, "district_manager", **OUT)
    assert "4 座泵房" in told and "湖滨2期" in told and "湖滨1期" not in told
    assert "由工程师核实" in told
    assert "4 stations" in shown(stores, "engineer", "en", **OUT)
    stores.users.create(
        "dong", "Secret-1234", role="engineer", name_zh="东", name_en="Dong",
        at=view_of(stores, "engineer").now, district_id=1,
    )  # fmt: skip
    assert "wiring:" not in shown(stores, "dong", **OUT), "half of it is in another district"
    ask(stores, (2,))
    assert "wiring:inverted:2" in shown(stores, "dong", **OUT)


def test_the_page_of_an_alarm_out_of_service_says_why(stores: Stores) -> None:
    ask(stores, (1,))
    for action in stores.actions.waiting():
        stores.actions.applied(action.id, view_of(stores, "engineer").now)
    stores.alarms.save([], [{"id": 1, "rule": "R-EN-01", "place": "", "state": "out_of_service"}])
    page = drawn(alarms.layout(stores, view_of(stores, "engineer", sel="1", **OUT)))
    assert "平台" in page and "触点疑似接反" in page


def test_beside_a_question_a_calm_list_says_that_it_is_calm(stores: Stores) -> None:
    ask(stores, (1,))
    assert "没有活动报警" in shown(stores, "engineer")
    assert "没有符合条件的报警" in shown(stores, "engineer", **OUT)
