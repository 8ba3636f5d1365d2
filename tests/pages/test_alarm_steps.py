"""Shelving, out of service, many at once, incidents and floods on the page of alarms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from dash import no_update

from components.flat import rendered
from data.rights import Forbidden, NotFound, Refused
from data.stores import Stores
from pages import alarm_steps, alarm_table, alarms
from pages.alarm_detail import detail
from pages.alarm_rows import Asked, counts, file, select
from tests.pages.conftest import view_of
from tests.pages.looking import drawn

PUMP, TANK = 1, 2


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found: dict[str, Any] = {}
    monkeypatch.setattr(alarm_steps, "set_props", lambda id, props: found.update(props))
    return found


def change(stores: Stores, id: int, **values: Any) -> None:
    stores.alarms.save([], [{"id": id, **values}])


def like(stores: Stores, id: int, **values: Any) -> dict[str, Any]:
    """Columns of a new alarm like this one."""
    row = stores.alarms.get(id)
    assert row is not None
    names = ("rule", "station_id", "district_id", "place", "point", "level", "state", "raw_at",
             "active_at", "count")  # fmt: skip
    return {name: getattr(row, name) for name in names} | values


def test_shelving_needs_right_reason_and_a_time_within_bounds(
    stores: Stores, said: dict[str, Any]
) -> None:
    view = view_of(stores, "dispatcher")
    with pytest.raises(Forbidden):
        alarm_steps.act(stores, view_of(stores, "inspector"), {"step": "shelve", "note": "x"}, PUMP)
    with pytest.raises(Refused, match="shelve_reason"):
        alarm_steps.act(stores, view, {"step": "shelve", "note": " ", "hours": "4"}, PUMP)
    with pytest.raises(Refused, match="shelve_long"):
        alarm_steps.act(stores, view, {"step": "shelve", "note": "x", "hours": "25"}, PUMP)
    with pytest.raises(Refused, match="not_a_number"):
        alarm_steps.act(stores, view, {"step": "shelve", "note": "x", "hours": "-1"}, PUMP)
    alarm_steps.act(stores, view, {"step": "shelve", "note": "检修", "hours": "4"}, str(PUMP))
    [action] = stores.actions.waiting()
    assert action.until == view.now + timedelta(hours=4)
    assert "已提交搁置" in drawn(said["children"])


def test_all_that_are_picked_take_one_step(stores: Stores, said: dict[str, Any]) -> None:
    view = view_of(stores, "dispatcher")
    step = {"step": "acknowledge", "of": "picked"}
    alarm_steps.act(stores, view, step, None, [str(PUMP), str(TANK)])
    assert [a.alarm_id for a in stores.actions.waiting()] == [PUMP, TANK]
    assert "2 条" in drawn(said["children"])
    assert alarm_steps.act(stores, view, step, PUMP, []) is no_update
    with pytest.raises(NotFound):
        alarm_steps.act(stores, view_of(stores, "district_manager"), step, None, [str(PUMP)])


def test_out_of_service_by_those_who_may_and_back(stores: Stores) -> None:
    view = view_of(stores, "engineer")
    step = {"step": "out_of_service", "note": "改线", "days": "3", "what": "place"}
    with pytest.raises(Forbidden):
        alarm_steps.act(stores, view_of(stores, "dispatcher"), step, PUMP)
    alarm_steps.act(stores, view, step, PUMP)
    [permit] = stores.permits.current(view.now)
    row = stores.alarms.get(PUMP)
    assert row is not None
    assert (permit.rule, permit.station_id, permit.place) == (row.rule, row.station_id, row.place)
    assert permit.until_at == view.now + timedelta(days=3)
    change(stores, PUMP, state="out_of_service")
    for action in stores.actions.waiting():
        stores.actions.applied(action.id, view.now)
    asked = Asked.of({"tab": "out_of_service"})
    assert [row.id for row in select(stores, view, asked)] == [PUMP]
    page = drawn(alarms.layout(stores, view_of(stores, "engineer", "en", tab=asked.tab, sel="1")))
    assert page.count("Back in service") == 2 and "改线" in page
    alarm_steps.act(stores, view, {"step": f"end:{permit.id}"}, None)
    assert not stores.permits.current(view.now)
    with pytest.raises(NotFound):
        alarm_steps.act(stores, view, {"step": f"end:{permit.id}"}, None)


def test_an_incident_is_one_row_with_its_count_and_names_what_was_first(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    row = stores.alarms.get(PUMP)
    assert row is not None
    earlier = row.raw_at - timedelta(minutes=1)
    stores.alarms.save(
        [
            like(stores, PUMP, rule="R-PU-05", state="suppressed", parent_id=PUMP, raw_at=earlier),
            like(stores, PUMP, rule="R-HY-01", state="suppressed", parent_id=PUMP),
        ]
    )
    assert [row.id for row in select(stores, view, Asked("incidents"))] == [PUMP, TANK]
    known = counts(stores, view)
    assert (known["incidents"], known["suppressed"], known["active"]) == (2, 2, 2)
    page = rendered(
        alarm_table.listed(stores, view, Asked("incidents"), select(stores, view, Asked()))
    )
    assert "含 2 条" in page
    pane = drawn(detail(stores, view, row))
    assert "根源" in pane and "首发" in pane and "/alarms?sel=3" in pane


def test_a_flood_shows_incidents_of_levels_1_and_2_until_one_asks_for_all(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    many = [like(stores, TANK, place=f"T{n}", active_at=view.now) for n in range(11)]
    stores.alarms.save(many)
    assert [row.id for row in select(stores, view, Asked())] == [PUMP]
    banner = drawn(alarm_table.listed(stores, view, Asked(), select(stores, view, Asked())))
    assert "报警洪水" in banner and "all=1" in banner
    assert len(select(stores, view, Asked.of({"all": "1"}))) == 13
    assert len(select(stores, view, Asked.of({"level": "3"}))) == 12


def test_shelved_alarms_have_their_tab_their_end_and_their_file(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    until = view.now + timedelta(hours=2)
    change(stores, TANK, state="shelved", shelved_until=until, tags="repeat overdue")
    [row] = select(stores, view, Asked("shelved"))
    page = rendered(alarm_table.listed(stores, view, Asked("shelved"), [row]))
    assert "至 " in page and "反复" in page and "超时" in page
    heads, rows = file(view, [row])
    assert dict(zip(heads, rows[0], strict=True))["标记"] == "反复, 超时"
    assert "取消搁置" in drawn(detail(stores, view, row))


def test_a_contact_is_said_to_be_wired_the_other_way_round(stores: Stores) -> None:
    view, row = view_of(stores, "engineer"), stores.alarms.get(PUMP)
    assert row is not None and row.station_id is not None
    step = {"step": "polarity", "wired": "inverted", "note": "现场核实"}
    with pytest.raises(Forbidden):
        alarm_steps.act(stores, view_of(stores, "dispatcher"), step, PUMP)
    with pytest.raises(Refused, match="polarity_contact"):
        alarm_steps.act(stores, view, step, TANK)
    assert "触点极性" in drawn(detail(stores, view, row))
    alarm_steps.act(stores, view, step, PUMP)
    assert stores.polarities.inverted(row.station_id, row.point)
    assert stores.audit.recent(1)[0].verb == "point.polarity"
