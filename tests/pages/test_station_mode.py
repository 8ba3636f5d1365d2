"""The mode of a station that people state, on its page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from dash import no_update

from data.rights import Forbidden, NotFound, Refused
from data.stores import Stores
from pages import station_mode
from tests.pages.conftest import view_of
from tests.pages.looking import drawn

SHOWN = {"code": "XM-0001"}
STEP = {"step": "mode", "mode": "cleaning", "hours": "24", "note": "洗水箱"}


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found: dict[str, Any] = {}
    monkeypatch.setattr(station_mode, "set_props", lambda id, props: found.update(props))
    return found


def place(stores: Stores, role: str) -> str:
    view = view_of(stores, role)
    station = stores.stations.by_code(SHOWN["code"])
    assert station is not None
    return drawn(station_mode.mode_place(stores, view, station))


def test_a_mode_is_stated_for_a_time_and_ended(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    assert "设置模式" in place(stores, "dispatcher") and "设置模式" not in place(
        stores, "inspector"
    )
    assert "清洗" in drawn(station_mode.put_mode(stores, view, STEP, SHOWN))
    [row] = stores.permits.current(view.now)
    assert (row.kind, row.owner, row.until_at) == (
        "cleaning", "dispatcher", view.now + timedelta(hours=24)
    )  # fmt: skip
    assert "洗水箱" in place(stores, "inspector") and "结束" not in place(stores, "inspector")
    station_mode.put_mode(stores, view, {"step": "mode_end"}, SHOWN)
    assert not stores.permits.current(view.now)
    assert [row.verb for row in stores.audit.recent(2)] == ["permit.end", "permit.begin"]


def test_a_forged_step_is_refused(stores: Stores) -> None:
    view = view_of(stores, "dispatcher")
    with pytest.raises(Forbidden):
        station_mode.put_mode(stores, view_of(stores, "inspector"), STEP, SHOWN)
    with pytest.raises(NotFound):
        station_mode.put_mode(stores, view_of(stores, "district_manager"), STEP, SHOWN)
    for wrong in ({"mode": "auto"}, {"hours": "9"}, {"note": ""}):
        with pytest.raises(Refused):
            station_mode.put_mode(stores, view, STEP | wrong, SHOWN)
    assert station_mode.put_mode(stores, view, None, SHOWN) is no_update
    assert not stores.permits.current(view.now)
