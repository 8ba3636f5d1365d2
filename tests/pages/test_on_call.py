"""On call: the rota on screen, its steps, contacts, own messages, the log; and the pop-ups."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from components.page import View
from data.catalogue.rules import rules
from data.rights import Forbidden, NotFound, Refused
from data.stores import Stores
from pages import on_call
from pages.alerts import concerns
from pages.on_call_facts import Asked, find, key_of, lines, standing
from pages.on_call_messages import why
from tests.pages.conftest import view_of
from tests.pages.looking import clicked, drawn

Browser = Callable[[str], FlaskClient]
MONDAY = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""08:00 in Shanghai."""
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)


def viewer(stores: Stores, role: str, **params: str) -> View:
    return replace(view_of(stores, role, **params), now=NOON)


def shift(
    stores: Stores, username: str = "inspector", duty: str = "inspector", **other: Any
) -> int:
    given: dict[str, Any] = {
        "district_id": None, "start": MONDAY, "end": MONDAY + timedelta(hours=12),
        "repeat": "FREQ=DAILY",
    } | other  # fmt: skip
    by = stores.users.get("administrator")
    assert by is not None
    return stores.rota.add(by, username, duty, at=NOON, **given)


def page(stores: Stores, view: View) -> str:
    return drawn(on_call.layout(stores, view)).replace('\\"', '"')


def do(stores: Stores, view: View, step: str, chosen: str = "", **fields: str) -> Any:
    return on_call.act(stores, view, {"step": step, **fields}, chosen)


@pytest.fixture(autouse=True)
def _no_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_call, "set_props", lambda *_: None)


def test_the_calendar_shows_who_stands_and_where_nobody_does(stores: Stores) -> None:
    shift(stores)
    text = page(stores, viewer(stores, "dispatcher"))
    assert text.count('class="stand"') == 7
    assert text.count('class="stand gap"') == 14, "each evening and morning"
    assert "08:00–20:00" in text
    assert "11-23" in text
    month = page(stores, viewer(stores, "dispatcher", span="month", duty="inspector"))
    assert month.count('class="stand"') == 30
    shift(stores, district_id=1, repeat="")
    apart = page(stores, viewer(stores, "dispatcher"))
    assert apart.count('class="stand"') == 15, "two districts, and one time more in the first"


def test_a_district_manager_sees_the_own_district(stores: Stores) -> None:
    shift(stores, "district_manager", "district_manager", district_id=1)
    shift(stores, district_id=2)
    text = page(stores, viewer(stores, "district_manager"))
    assert text.count('class="stand"') == 7
    assert "西区" not in text


def test_a_shift_is_added_swapped_emptied_and_removed(stores: Stores) -> None:
    view = viewer(stores, "dispatcher")
    form = {"who": "engineer", "duty": "engineer", "district": "", "start": "2026-11-26 08:00",
            "end": "2026-11-26 20:00", "repeat": "every_2", "days": "all", "until": ""}  # fmt: skip
    assert do(stores, view, "add", **form)
    do(stores, view, "add", **form | {"who": "administrator", "start": "2026-11-27 08:00",
                                      "end": "2026-11-27 20:00"})  # fmt: skip
    here = standing(stores, view, NOON, NOON + timedelta(days=3))
    assert [one.username for one in here] == ["engineer", "administrator", "engineer"]
    first, second = (key_of(one) for one in here[:2])
    do(stores, view, "swap", first, swap=second)
    names = [one.username for one in standing(stores, view, NOON, NOON + timedelta(days=3))]
    assert names == ["administrator", "engineer", "engineer"]
    do(stores, view, "substitute", first, person="dispatcher")
    assert find(stores, view, first).username == "dispatcher"
    do(stores, view, "empty", first)
    assert find(stores, view, first) is None
    do(stores, view, "remove", second)
    assert len(stores.rota.shifts()) == 1
    with pytest.raises(NotFound):
        do(stores, view, "remove", "99@20261126T0000")
    for wrong in ({"start": "tomorrow"}, {"who": ""}, {"end": "2026-11-25 08:00"}):
        with pytest.raises(Refused):
            do(stores, view, "add", **form | wrong)
    with pytest.raises(Forbidden):
        do(stores, viewer(stores, "engineer"), "add", **form)


def test_nothing_is_offered_that_would_be_refused(stores: Stores) -> None:
    shift(stores)
    key = key_of(standing(stores, viewer(stores, "engineer"), MONDAY, NOON)[0])
    for role, offered in (("dispatcher", True), ("engineer", False)):
        text = page(stores, viewer(stores, role, sel=key))
        assert ('"data-step": "add"' in text) is offered
        assert ('"data-step": "substitute"' in text) is offered
        assert (
            '"data-step": "channel"' in page(stores, viewer(stores, role, tab="contacts"))
        ) is False
    assert '"data-step": "channel"' in page(stores, viewer(stores, "administrator", tab="contacts"))


def test_contacts_are_added_tried_and_forgotten(stores: Stores) -> None:
    admin, chen = viewer(stores, "administrator"), viewer(stores, "dispatcher")
    url = "mailtos://pump:hush@smtp.example.cn?to={address}"
    do(stores, admin, "channel", name="邮件", kind="mail", url=url)
    do(stores, chen, "contact", who="dispatcher", channel="1", address="chen@example.cn", rank="1")
    own = page(stores, viewer(stores, "dispatcher", tab="contacts"))
    assert "chen@example.cn" in own
    assert 'data-step="test:1"' in own
    other = page(stores, viewer(stores, "district_manager", tab="contacts"))
    assert "c***@example.cn" in other
    assert "chen@example.cn" not in other
    assert "hush" not in page(stores, viewer(stores, "administrator", tab="contacts"))
    do(stores, chen, "test:1")
    [row] = stores.notifications.log(admin.user, NOON - timedelta(days=1))
    assert (row.kind, row.state, row.username) == ("test", "queued", "dispatcher")
    for stranger, step in (("inspector", "test:1"), ("inspector", "forget:1")):
        with pytest.raises(NotFound):
            do(stores, viewer(stores, stranger), step)
    with pytest.raises(Forbidden):
        do(stores, chen, "contact", who="inspector", channel="1", address="x@y.cn")
    do(stores, chen, "forget:1")
    assert stores.contacts.of("dispatcher") == ()
    do(stores, admin, "switch:1")
    assert not stores.channels.all()[0].enabled


def told(stores: Stores, username: str = "dispatcher", **other: Any) -> None:
    row = {
        "key": "1:raised:2", "username": username, "route": "app", "kind": "raised", "alarm_id": 1,
        "alarms": [1], "level": 2, "title": "[报警] 重要 · 湖滨1期", "body": "水泵故障",
        "why": {"rule": "R-PU-01", "how": "step", "duty": "dispatcher", "shift": 3, "times": 2},
        "state": "sent", "created_at": NOON, "sent_at": NOON, "deferred": "", "channel": "",
        "tried": [],
    } | other  # fmt: skip
    stores.notifications.add([row], [], NOON)


def test_ones_own_messages_say_why_and_are_then_seen(stores: Stores) -> None:
    told(stores)
    view = viewer(stores, "dispatcher", tab="mine")
    assert stores.notifications.unseen(view.user) == 1
    text = page(stores, view)
    assert "[报警] 重要 · 湖滨1期" in text
    assert "R-PU-01 水泵故障 通知调度值班，您正在值班。 已超过确认时限的 2 倍，尚无人确认。" in text
    assert "/alarms?sel=1" in text
    assert stores.notifications.unseen(view.user) == 0
    assert "湖滨1期" not in page(stores, viewer(stores, "inspector", tab="mine"))


def test_every_reason_has_its_words(stores: Stores) -> None:
    told(stores, route="push", state="failed", error="no_contact", channel="推送")
    view = viewer(stores, "dispatcher")
    [row] = stores.notifications.log(view.user, NOON - timedelta(days=1))
    for reason, part in (
        ({"how": "told", "rule": "R-PU-01", "duty": "dispatcher", "shift": None}, "无人排班"),
        ({"how": "told_before", "rule": "R-PU-01"}, "现已恢复"),
        ({"how": "digest", "reasons": ["flood", "quiet"]}, "报警洪水、夜间静默"),
        ({"how": "test", "by": "admin"}, "admin"),
        ({"how": "told", "rule": "R-XX-99", "duty": "gone"}, "R-XX-99"),
    ):
        assert part in why(view, replace(row, why=reason))
    assert "联系方式已删除" in page(stores, viewer(stores, "dispatcher", tab="log"))


def test_the_log_is_for_those_who_may_and_by_district(stores: Stores) -> None:
    told(stores)
    for role, shown in (("engineer", True), ("inspector", False), ("district_manager", False)):
        assert ("湖滨1期" in page(stores, viewer(stores, role, tab="log"))) is shown
    told(stores, key="2:raised:3", alarm_id=2)
    assert "湖滨1期" in page(stores, viewer(stores, "district_manager", tab="log"))


def test_a_file_of_each(stores: Stores) -> None:
    shift(stores)
    told(stores)
    view = viewer(stores, "dispatcher")
    with clicked('{"index":"csv","page":"on_call","part":"export"}'):
        files = {
            tab: on_call.take_away(stores, view, [1], {"tab": tab})
            for tab in ("calendar", "mine", "log")
        }
    lines = {
        tab: b64decode(f["content"]).decode("utf-8-sig").splitlines() for tab, f in files.items()
    }
    assert lines["calendar"][1] == (
        "维修值班,全市,陈立,2026-11-23 08:00:00+08:00,2026-11-23 20:00:00+08:00,0"
    )
    assert len(lines["calendar"]) == 8
    assert "为什么通知我" in lines["mine"][0]
    assert "您正在值班" in lines["log"][1]


def test_the_body_follows_a_step(stores: Stores) -> None:
    view = viewer(stores, "dispatcher")
    before = drawn(on_call.refresh(stores, view, None, 0, {}, None))
    shift(stores)
    assert before != drawn(on_call.refresh(stores, view, "add", 0, {}, None))
    key = key_of(standing(stores, view, MONDAY, NOON)[0])
    assert "删除整个班次" in drawn(on_call.choose(stores, view, key))
    assert "删除整个班次" not in drawn(on_call.choose(stores, view, None))


def test_wrong_urls_fall_back(stores: Stores) -> None:
    view = viewer(stores, "dispatcher", tab="x", span="y", duty="z", day="999999", sel="; drop")
    asked = Asked.of(view, view.params)
    assert (asked.tab, asked.span, asked.duty, asked.offset) == ("calendar", "week", "", 400)
    assert page(stores, view)
    assert len(lines(stores, view, [])) == 8


def test_new_alarms_pop_up_for_whom_they_concern(stores: Stores, browser: Browser) -> None:
    client = browser("dispatcher")
    [alert] = client.get("/api/alerts").get_json()["alerts"]
    assert (alert["level"], alert["place"], alert["href"]) == (2, "湖滨1期", "/alarms?sel=1")
    assert alert["name"] == "水泵故障 · 低区 2# 泵"
    assert browser("executive").get("/api/alerts").get_json()["alerts"] == []
    assert browser("district_manager").get("/api/alerts").get_json()["alerts"] == []
    told(stores, "executive")
    answer = browser("executive").get("/api/alerts").get_json()
    assert ([a["id"] for a in answer["alerts"]], answer["may"], answer["unseen"]) == ([1], False, 1)


def post(client: FlaskClient, path: str) -> int:
    cookie = client.get_cookie("_csrf_token")
    headers = {"X-CSRFToken": cookie.decoded_value} if cookie else {}
    return client.post(path, headers=headers).status_code


def test_an_acknowledge_from_the_pop_up(stores: Stores, browser: Browser) -> None:
    path = "/api/alerts/1/acknowledge"
    assert post(browser("inspector"), path) == 403
    assert post(browser("district_manager"), path) == 404
    client = browser("dispatcher")
    assert client.post(path).status_code == 400, "no token"
    assert post(client, path) == 204
    assert [a.verb for a in stores.actions.waiting()] == ["acknowledge"]
    stores.alarms.save([], [{"id": 1, "state": "closed", "closed_at": NOON}])
    assert post(client, path) == 409


def test_what_is_hidden_does_not_pop_up(stores: Stores, browser: Browser) -> None:
    for change in ({"state": "suppressed"}, {"state": "acknowledged"}, {"historic": True}):
        stores.alarms.save([], [{"id": 1, "state": "unacknowledged", "historic": False} | change])
        client = browser("dispatcher")
        import pages.alerts

        pages.alerts.FRESH = 0.0
        assert client.get("/api/alerts").get_json()["alerts"] == []
    row = stores.alarms.get(1)
    assert row is not None
    assert concerns(row, "inspector", rules())
    assert not concerns(row, "water_quality", rules())
