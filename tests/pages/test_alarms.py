"""The page of alarms: what is first, what may be done, and that rows hold still."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from dash import no_update

from components.flat import rendered
from components.shell import NOTICE
from components.steps import Step
from data.alarms import AlarmRow
from data.rights import Forbidden, NotFound, Refused
from data.stores import Stores
from pages import alarm_steps, alarms
from pages.alarm_detail import detail
from pages.alarm_rows import TABS, Asked, counts, item, limit_words, print_of, select
from tests.pages.conftest import view_of
from tests.pages.looking import clicked, drawn

PUMP, TANK = 1, 2


def alarm(stores: Stores, id: int) -> AlarmRow:
    row = stores.alarms.get(id)
    assert row is not None
    return row


def change(stores: Stores, id: int, **values: Any) -> None:
    stores.alarms.save([], [{"id": id, **values}])


def table(children: Any) -> list[str]:
    """Keys of the rows that are drawn, in order."""
    import re

    return re.findall(r'data-key="(\d+)"', rendered(children))


def test_unacknowledged_is_first_and_a_manager_sees_the_own_district(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    assert [row.id for row in select(stores, view, Asked())] == [PUMP, TANK]
    assert [row.id for row in select(stores, view, Asked(level=3))] == [TANK]
    assert [row.id for row in select(stores, view, Asked(state="waiting"))] == [PUMP]
    assert [row.id for row in select(stores, view_of(stores, "district_manager"), Asked())] == [
        TANK
    ]
    known = counts(stores, view)
    assert (known["active"], known[2], known[3], known["waiting"], known["recent"]) == (
        2,
        1,
        1,
        1,
        1,
    )


@pytest.mark.parametrize("params", [{"tab": "x", "level": "9", "state": "y"}, {"level": "²"}, {}])
def test_an_unknown_filter_is_no_filter(params: dict[str, str]) -> None:
    asked = Asked.of(params)
    assert (asked.tab, asked.level, asked.state) == ("active", 0, "")


def test_suppressed_and_closed_have_their_own_tabs(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    change(stores, PUMP, state="suppressed")
    change(stores, TANK, state="closed", closed_at=view.now)
    assert not select(stores, view, Asked())
    assert [row.id for row in select(stores, view, Asked(tab="suppressed"))] == [PUMP]
    past = select(stores, view, Asked.of({"tab": "history"}))
    assert {row.id for row in past} == {PUMP, TANK}
    assert not select(stores, view, Asked.of({"tab": "history", "from": "now-1h"}))[1:]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("tab", TABS)
def test_every_tab_is_made_in_both_languages(stores: Stores, language: str, tab: str) -> None:
    page = drawn(alarms.layout(stores, view_of(stores, "dispatcher", language, tab=tab, sel="1")))
    assert "alarms-detail" in page
    assert ("可能原因" in page) == (language == "zh")


def test_a_row_tells_level_state_value_limit_and_time(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    shown = item(view, alarm(stores, TANK))
    assert (shown.value, shown.unit, shown.limit) == ("0.40", "m", "< 0.50")
    assert (shown.level, shown.state, shown.pending) == (3, "acknowledged", False)
    assert shown.href == "/stations/XM-0002"
    contact = item(view, alarm(stores, PUMP))
    assert (contact.value, contact.limit, contact.lasted) == ("—", "", "")
    ended = replace(
        alarm(stores, TANK), cleared_at=alarm(stores, TANK).active_at + timedelta(hours=2)
    )
    assert item(view, ended).lasted == "2h"
    assert limit_words(replace(alarm(stores, TANK), rule="R-TK-04")) == "> 0.50"
    assert limit_words(replace(alarm(stores, TANK), rule="R-XX-99", point="gone")) == ""


def test_nothing_new_is_not_sent_again(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    news = alarms.look(stores, view, 1, None, {}, None, None)
    assert alarms.look(stores, view, 2, None, {}, None, news) is no_update
    shown = {"print": news["list"], "ids": [PUMP, TANK]}
    assert alarms.refresh(stores, view, news, False, shown, {})[0] is no_update
    change(stores, TANK, level=1)
    later = alarms.look(stores, view, 3, None, {}, None, news)
    assert later["list"] != news["list"]
    children, _, kept, hidden = alarms.refresh(stores, view, later, False, shown, {})
    assert table(children) == [str(PUMP), str(TANK)]
    assert (kept["print"], hidden) == (later["list"], True)


def test_rows_keep_their_places_under_the_pointer(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    rows = select(stores, view, Asked())
    shown = {"print": print_of(rows), "ids": [row.id for row in rows]}
    change(stores, PUMP, state="closed", closed_at=view.now)
    stores.alarms.save([{
        "rule": "R-EN-01", "station_id": 3, "district_id": 2, "level": 1, "state": "unacknowledged",
        "raw_at": view.now, "active_at": view.now,
    }])  # fmt: skip
    news = alarms.look(stores, view, 1, None, {}, None, None)
    children, _, kept, hidden = alarms.refresh(stores, view, news, True, shown, {})
    assert table(children) == [str(PUMP), str(TANK)]  # the closed one stays, the new one waits
    assert kept is no_update
    assert hidden is False
    children, _, kept, hidden = alarms.refresh(stores, view, news, False, shown, {})
    assert table(children) == ["3", str(TANK)]
    assert hidden is True


def test_details_answer_what_where_who_how_far_and_why(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    pane = drawn(detail(stores, view, alarm(stores, TANK)))
    for part in (
        "湖滨2期",
        "影响约 200 户",
        "0.40",
        "&lt;" if "&lt;" in pane else "限值 < 0.50",
        "可能原因",
        "经过",
    ):
        assert part in pane, part
    zone = drawn(detail(stores, view, alarm(stores, PUMP)))
    assert "影响约 60 户" in zone  # those of the pump's zone
    assert "alarms-trend" not in zone  # a contact has no curve


@pytest.mark.parametrize(
    ("role", "offered"),
    [("dispatcher", True), ("engineer", True), ("inspector", False), ("executive", False)],
)
def test_only_those_who_may_are_offered_the_step(stores: Stores, role: str, offered: bool) -> None:
    view = view_of(stores, role)
    assert ("alarms-acknowledge" in drawn(detail(stores, view, alarm(stores, PUMP)))) == offered
    assert "alarms-acknowledge" not in drawn(detail(stores, view, alarm(stores, TANK)))
    change(stores, TANK, state="latched")
    assert ("alarms-reset" in drawn(detail(stores, view, alarm(stores, TANK)))) == offered


def test_acknowledge_waits_for_the_collector_and_is_shown_as_waiting(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: dict[str, Any] = {}
    monkeypatch.setattr(alarm_steps, "set_props", lambda id, props: said.update({id: props}))
    view = view_of(stores, "dispatcher")
    before = alarms.look(stores, view, 1, None, {}, PUMP, None)
    made = alarm_steps.act(stores, view, {"step": "acknowledge", "note": " 已派人 "}, str(PUMP))
    [action] = stores.actions.waiting()
    assert (action.verb, action.note, action.username) == ("acknowledge", "已派人", "dispatcher")
    assert "已提交确认" in drawn(said[NOTICE])
    after = alarms.look(stores, view, 2, made, {}, PUMP, before)
    assert after["pane"] != before["pane"]
    pane = drawn(detail(stores, view, alarm(stores, PUMP)))
    assert "等待系统执行" in pane
    assert '"disabled": true' in pane


def test_a_forged_step_is_refused_or_ignored(stores: Stores) -> None:
    step = {"step": "acknowledge"}
    with pytest.raises(Forbidden):
        alarm_steps.act(stores, view_of(stores, "executive"), step, PUMP)
    with pytest.raises(NotFound):
        alarm_steps.act(stores, view_of(stores, "district_manager"), step, PUMP)
    change(stores, PUMP, state="closed", closed_at=view_of(stores, "dispatcher").now)
    with pytest.raises(Refused):
        alarm_steps.act(stores, view_of(stores, "dispatcher"), step, PUMP)
    odds: list[Any] = [None, {}, {"step": 5}, {"step": "drop table"}, "acknowledge", []]
    for odd in odds:
        assert alarm_steps.act(stores, view_of(stores, "dispatcher"), odd, PUMP) is no_update
    assert Step.of({"step": "x", "note": ["no text"]}).field("note") == ""
    assert not stores.actions.waiting()


def test_another_districts_alarm_has_no_details(stores: Stores) -> None:
    none = {"key": None, "print": ""}
    pane, opened = alarms.open_detail(stores, view_of(stores, "district_manager"), PUMP, None, none)
    assert "选择一条报警" in drawn(pane)
    assert opened == {"key": PUMP, "print": print_of([])}


def test_details_are_made_anew_for_another_alarm_or_a_change(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    _, opened = alarms.open_detail(stores, view, PUMP, None, {"key": None, "print": ""})
    news = alarms.look(stores, view, 1, None, {}, PUMP, None)
    assert alarms.open_detail(stores, view, PUMP, news, opened)[0] is no_update
    assert alarms.open_detail(stores, view, TANK, news, opened)[1]["key"] == TANK
    change(stores, PUMP, state="acknowledged")
    news = alarms.look(stores, view, 2, None, {}, PUMP, news)
    assert alarms.open_detail(stores, view, PUMP, news, opened)[1] != opened


def test_the_file_has_all_rows_of_the_filter(stores: Stores) -> None:
    with clicked('{"index":"csv","type":"alarms-export"}'):
        file = alarms.take_away(stores, view_of(stores, "dispatcher"), [1, None], {"level": "3"})
    lines = base64.b64decode(file["content"]).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("等级,状态,泵房")
    assert ",R-TK-02," in lines[1]
    assert file["filename"].startswith("报警-活动_")


def test_a_step_that_was_not_taken_is_said_with_its_reason(stores: Stores) -> None:
    view = view_of(stores, "dispatcher", "en")
    asked = stores.actions.append(PUMP, "acknowledge", view.user, view.now)
    assert "not done" not in drawn(detail(stores, view, alarm(stores, PUMP)))
    stores.actions.applied(asked, view.now, refused="alarm_suppressed")
    shown = drawn(detail(stores, view, alarm(stores, PUMP)))
    assert "not done" in shown
    assert "its parent is what is acknowledged" in shown
