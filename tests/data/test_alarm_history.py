"""Alarms of the past as frames: what was active when, what was told, each activation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from data.alarm_history import AlarmHistory
from data.alarms import Alarms
from data.database import Database
from data.stations import EVERYWHERE, Scope, Stations
from data.work_orders import WorkOrders
from tests.data.conftest import EAST, NOW, WEST
from tests.data.test_alarms import alarm

DAY = timedelta(days=1)


@pytest.fixture
def history(db: Database, city: Stations) -> AlarmHistory:
    return AlarmHistory(db)


def ms(minute: float) -> int:
    return round((NOW + timedelta(minutes=minute)).timestamp() * 1000)


def at(minute: float) -> Any:
    return NOW + timedelta(minutes=minute)


def test_nothing_is_kept_yet(history: AlarmHistory) -> None:
    assert history.began() is None
    rows = history.alarms(EVERYWHERE, NOW, NOW + DAY)
    assert rows.height == 0
    assert history.activations(rows, EVERYWHERE, NOW, NOW + DAY).height == 0


def test_alarms_that_were_active_in_the_span(db: Database, history: AlarmHistory) -> None:
    closed = {"state": "closed", "acknowledged_at": at(-90)}
    Alarms(db).save([
        alarm(1, -100, rule="over", cleared_at=at(-50), closed_at=at(-40), **closed),
        alarm(1, -100, rule="seen late", cleared_at=at(-50), closed_at=at(5), **closed),
        alarm(1, -100, rule="still", state="acknowledged"),
        alarm(3, 1, rule="west", district_id=WEST, cleared_at=at(2), closed_at=at(3), **closed),
        alarm(1, 2, rule="child", state="suppressed", parent_id=1),
        alarm(1, 3, rule="late", historic=True),
        alarm(1, 60, rule="after"),
    ])  # fmt: skip
    rows = history.alarms(EVERYWHERE, NOW, NOW + timedelta(hours=1))
    assert rows["rule"].to_list() == ["still", "west", "child", "late"]
    assert rows["announced"].to_list() == [True, True, False, False]
    west = rows.row(1, named=True)
    assert (west["station"], west["active"], west["cleared"]) == (3, ms(1), ms(2))
    assert rows.row(0, named=True)["cleared"] is None
    scoped = history.alarms(Scope(EAST), NOW, NOW + timedelta(hours=1))
    assert "west" not in scoped["rule"].to_list()
    assert history.began() == at(-100)


def test_an_outcome_counts_once_its_order_is_closed(db: Database, history: AlarmHistory) -> None:
    orders = WorkOrders(db)
    made = {
        "template": "WT-01",
        "level": 2,
        "station_id": 1,
        "district_id": EAST,
        "created_at": NOW,
    }
    ids = orders.save([
        made | {"state": "review", "outcome": "no_fault_found"},
        made | {"state": "closed", "outcome": "no_fault_found"},
    ])  # fmt: skip
    Alarms(db).save([alarm(1, n, work_order_id=id) for n, id in enumerate((None, *ids))])
    rows = history.alarms(EVERYWHERE, NOW, NOW + DAY)
    assert rows["order"].to_list() == [False, True, True]
    assert rows["outcome"].to_list() == ["", "", "no_fault_found"]


def test_each_activation_of_a_folded_alarm(db: Database, history: AlarmHistory) -> None:
    def says(new: int, minute: float, state: str, note: str = "") -> dict[str, Any]:
        return {"new": new, "at": at(minute), "state": state, "note": note}

    Alarms(db).save(
        [
            alarm(1, 0, count=3, cleared_at=at(9), closed_at=at(20), state="closed"),
            alarm(2, 0, cleared_at=at(4), closed_at=at(4), state="closed"),
            alarm(None, 0, rule="R-CM-06", count=5),
            alarm(3, 1, district_id=WEST, count=2),
        ],
        events=[
            says(0, 0, "unacknowledged"), says(0, 1, "returned"),
            says(0, 2, "unacknowledged", "count 2"), says(0, 3, "acknowledged"),
            says(0, 4, "closed"), says(0, 8, "acknowledged", "count 3"), says(0, 9, "returned"),
            says(0, 20, "closed"),
            says(2, 0, "unacknowledged"),
            says(3, 1, "unacknowledged"), says(3, 2, "latched"), says(3, 3, "closed"),
            says(3, 4, "unacknowledged", "count 2"),
        ],
    )  # fmt: skip
    span = (NOW, NOW + DAY)
    found = history.activations(history.alarms(EVERYWHERE, *span), EVERYWHERE, *span)
    told = sorted(zip(found["alarm"], found["on"], found["off"], strict=True))
    assert told == [
        (1, ms(0), ms(1)), (1, ms(2), ms(4)), (1, ms(8), ms(9)), (2, ms(0), ms(4)),
        (3, ms(0), None), (4, ms(1), ms(2)), (4, ms(4), None),
    ]  # fmt: skip
    assert found.filter(found["alarm"] == 3)["station"].to_list() == [None]
    scope = Scope(EAST)
    part = history.activations(history.alarms(scope, *span), scope, *span)
    assert set(part["alarm"]) == {1, 2, 3}
