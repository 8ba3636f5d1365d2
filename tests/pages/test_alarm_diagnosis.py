"""Why an alarm, on its pane; the library of solutions; people without water first."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from dash import no_update

from components.shell import NOTICE
from data.alarms import AlarmRow
from data.catalogue.diagnosis import matrix
from data.diagnoses import CauseRow, Finding
from data.rights import Forbidden, NotFound, Refused
from data.stores import Stores
from pages import alarm_answers, service_losses, solutions, station_site
from pages.alarm_diagnosis import causes, pane_print
from pages.order_rows import columns, select
from pages.order_solutions import solution_of, solutions_for
from tests.pages.conftest import view_of
from tests.pages.looking import clicked, drawn

PUMP, TANK = "R-PU-01", "R-TK-02"


def alarm(stores: Stores, rule: str) -> AlarmRow:
    return next(row for row in stores.alarms.open() if row.rule == rule)


def found(stores: Stores) -> AlarmRow:
    """The pump's alarm with its diagnosis."""
    row = alarm(stores, PUMP)
    at = row.active_at
    [due] = [
        one for one in stores.diagnoses.due(at - timedelta(1), at + timedelta(1), 9)
        if one.id == row.id
    ]  # fmt: skip
    listed = [CauseRow("drive_trip", 0.78, ("code_shown", "pump_fault"), ("all_pumps_faulty",)),
              CauseRow("motor_overload", 0.2), CauseRow("contact_loose", 0.01)]  # fmt: skip
    frame = pl.DataFrame({"at": np.arange(-60.0, 60.0, 2.0), "L.P_OUT": np.linspace(0.5, 0.4, 60)})
    told = {"code_shown": (True, 4.0), "pump_fault": (True, 0.5), "all_pumps_faulty": (False, 0.5)}
    around = {"near_silent": 0.25, "near_mains_low": 2.0}
    stores.diagnoses.save(due, Finding(listed, told, "shaft_turns", around, frame), at)
    return row


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pane_tells_causes_evidence_and_the_next_check(stores: Stores, lang: str) -> None:
    stores.solutions.seed(view_of(stores, "engineer").now)
    row = found(stores)
    shown = drawn(causes(stores, view_of(stores, "dispatcher", lang), row))
    faults, symptoms = matrix().faults, matrix().symptoms
    for code in ("drive_trip", "motor_overload"):
        assert faults[code].text(lang) in shown
    assert "78%" in shown and "20%" in shown
    assert faults["contact_loose"].check.text(lang) not in shown  # 1 % is no cause to look at
    assert symptoms["code_shown"].text(lang) in shown
    check = symptoms["shaft_turns"].check
    assert check is not None and check.text(lang) in shown
    assert "25%" in shown
    assert f'"/solutions?sel={stores.solutions.list(["drive_trip"])[0].id}"' in shown


def test_without_a_diagnosis_the_rule_tells_its_causes(stores: Stores) -> None:
    shown = drawn(causes(stores, view_of(stores, "dispatcher"), alarm(stores, TANK)))
    assert "可能原因" in shown
    assert "诊断" not in shown


def test_the_pane_is_made_anew_when_its_diagnosis_comes(stores: Stores) -> None:
    row = alarm(stores, PUMP)
    before = pane_print(stores, row)
    assert pane_print(stores, found(stores)) != before


def test_an_answer_makes_the_next_version(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, Any] = {}
    monkeypatch.setattr(alarm_answers, "set_props", lambda id, props: told.update({id: props}))
    row = found(stores)
    view = view_of(stores, "dispatcher")
    assert alarm_answers.answer(stores, view, {"step": "acknowledge"}, row.id) is no_update
    with pytest.raises(Forbidden):
        alarm_answers.answer(stores, view_of(stores, "inspector"), {"step": "yes"}, row.id)
    assert alarm_answers.answer(stores, view, {"step": "no"}, row.id)
    newest = stores.diagnoses.latest(row.id)
    assert newest is not None
    assert (newest.version, newest.made_by) == (2, "dispatcher")
    assert newest.findings["shaft_turns"] == (False, None)
    assert newest.findings["code_shown"] == (True, 4.0)
    assert newest.separating != "shaft_turns"
    assert "陈立 答复" in drawn(causes(stores, view, row))
    [written] = [one for one in stores.audit.recent() if one.verb == "alarm.answer"]
    assert written.detail == {"answers": {"shaft_turns": False}}


def test_only_those_who_may_answer_are_asked(stores: Stores) -> None:
    row = found(stores)
    for role, asked in (("dispatcher", True), ("executive", False)):
        shown = drawn(causes(stores, view_of(stores, role), row))
        assert ('"data-step": "yes"' in shown) == asked


def test_solutions_to_choose_from_are_those_of_the_suspected_faults(stores: Stores) -> None:
    view, row = view_of(stores, "inspector"), found(stores)
    stores.solutions.seed(view.now)
    order = stores.work_orders.create(1, "WT-07", 2, row.id, view.now)
    offered = solutions_for(stores, view, order)
    trips = stores.solutions.list(["drive_trip"])
    assert offered[0][0] == str(trips[0].id)
    fresh = [value for value, _ in offered if value.startswith("new:")]
    assert fresh[:2] == ["new:drive_trip", "new:motor_overload"]
    assert len(fresh) == len(matrix().faults)


def test_a_choice_that_came_back() -> None:
    assert solution_of("17", "note") == 17
    assert solution_of("", "note") is None
    made = solution_of("new:leak", "Clamp the pipe\nthen watch")
    assert made is not None and not isinstance(made, int)
    assert (made.fault, made.title, made.steps) == (
        "leak", "Clamp the pipe", "Clamp the pipe\nthen watch",
    )  # fmt: skip


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    told: dict[str, Any] = {}
    monkeypatch.setattr(solutions, "set_props", lambda id, props: told.update({id: props}))
    return told


def step(stores: Stores, role: str, name: str, chosen: str = "", **form: str) -> Any:
    return solutions.act(stores, view_of(stores, role), {"step": name, **form}, chosen)


def test_a_solution_goes_from_draft_through_review(stores: Stores, said: dict[str, Any]) -> None:
    assert step(stores, "inspector", "draft", "new", fault="leak") is no_update
    assert "请选择故障" in drawn(said[NOTICE])
    step(stores, "inspector", "draft", "new", fault="leak", title="管箍", note="关阀\n上管箍")
    [row] = stores.solutions.list()
    assert (row.title_zh, row.state, row.author) == ("管箍", "draft", "inspector")
    with pytest.raises(Forbidden):
        step(stores, "inspector", "reviewed", str(row.id))
    step(stores, "engineer", "reviewed", str(row.id))
    assert [one.state for one in stores.solutions.list()] == ["reviewed"]
    with pytest.raises(Refused):
        step(stores, "engineer", "reviewed", str(row.id))
    assert step(stores, "engineer", "burn", str(row.id)) is no_update


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("role", ["executive", "inspector", "engineer"])
def test_the_page_offers_what_is_allowed(stores: Stores, lang: str, role: str) -> None:
    stores.solutions.seed(view_of(stores, role).now)
    [burst] = stores.solutions.list(["burst"])
    shown = drawn(solutions.layout(stores, view_of(stores, role, lang, sel=str(burst.id))))
    assert matrix().faults["burst"].remedy.text(lang) in shown
    assert ("sel=new" in shown) == (role != "executive")
    assert ("solutions-retired" in shown) == (role == "engineer")


def test_searching(stores: Stores) -> None:
    view = view_of(stores, "engineer")
    stores.solutions.seed(view.now)
    assert matrix().faults["vessel_flat"].zh in drawn(
        solutions.find(stores, view, "胶囊", None, {})
    )
    assert "没有符合条件的方案" in drawn(solutions.find(stores, view, "xyzzy", None, {}))


def test_the_list_as_a_file(stores: Stores) -> None:
    view = view_of(stores, "engineer", "en")
    stores.solutions.seed(view.now)
    with clicked('{"index":"csv","type":"solutions-export"}'):
        told = solutions.take_away(stores, view, [1], "impeller", {})
    text = base64.b64decode(told["content"]).decode("utf-8-sig")
    assert text.splitlines()[0].startswith("Fault,Root cause,Steps")
    assert len(text.strip().splitlines()) == 1 + len(stores.solutions.list(words="impeller"))


def test_a_hospital_comes_first_among_its_like(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    now = view.now
    row = {"rule": "R-HY-02", "place": "L", "point": "L.P_OUT", "level": 1,
           "state": "unacknowledged", "raw_at": now, "active_at": now}  # fmt: skip
    many = stores.stations.by_code("XM-0003")
    few = stores.stations.by_code("XM-0005")
    assert many is not None and few is not None
    made = stores.alarms.save(
        [{**row, "station_id": one.id, "district_id": one.district_id} for one in (many, few)]
    )
    rows = [one for one in stores.alarms.open() if one.id in made]
    service_losses._KEPT.clear()
    losses = service_losses.losses_of(stores, now, rows)
    assert [losses[id].homes for id in made] == [60.0, 60.0]
    assert "60 户 × 2h00m" in service_losses.words(view, losses[made[0]])
    admin = stores.users.get("administrator")
    assert admin is not None
    stores.sites.put(few.id, "hospital", admin, now)
    first = service_losses.people_first(stores, now, rows)
    assert [one.id for one in first] == [made[1], made[0]]
    told = service_losses.losses_of(stores, now, first)[made[1]]
    assert service_losses.words(view, told).startswith("医院")


def test_a_pump_with_a_spare_takes_few_and_a_district_nobody(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    row = alarm(stores, PUMP)
    area = replace(row, id=99, station_id=None, rule="R-CM-06")
    losses = service_losses.losses_of(stores, view.now, [row, area])
    assert service_losses.words(view, losses[row.id]) == "6 户 × 1h30m"
    assert service_losses.words(view, losses[99]) == ""


def test_a_site_is_set_by_those_who_may(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(station_site, "set_props", lambda id, props: None)
    station = stores.stations.by_code("XM-0002")
    assert station is not None
    asked, shown = {"step": "site", "site": "school"}, {"code": station.code}
    manager = view_of(stores, "district_manager")
    with pytest.raises(Forbidden):
        station_site.put_site(stores, view_of(stores, "dispatcher"), asked, shown)
    with pytest.raises(NotFound):
        station_site.put_site(stores, manager, asked, {"code": "XM-0001"})
    station_site.put_site(stores, manager, asked, shown)
    assert stores.sites.kinds() == {station.id: "school"}
    assert "学校" in drawn(station_site.site_place(stores, view_of(stores, "dispatcher"), station))


def test_the_board_has_people_without_water_first(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    dry = alarm(stores, TANK)
    late = stores.work_orders.create(1, "WT-07", 2, None, view.now - timedelta(hours=9))
    wet = stores.work_orders.create(2, "WT-01", 2, dry.id, view.now)
    worst = stores.work_orders.create(1, "WT-01", 1, None, view.now)
    assert [row.id for row in select(stores, view, {})] == [worst.id, wet.id, late.id]
    losses = service_losses.order_losses(stores, view)
    assert service_losses.words(view, losses[wet.id]) in drawn(
        [one for _, _, cards in columns(view, [wet], {}, losses) for one in map(str, cards)]
    )
