from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from data.alarms import Alarms
from data.database import Database
from data.stations import EVERYWHERE, Scope, Stations
from tests.data.conftest import EAST, NOW, WEST


def alarm(station_id: int | None, minute: float = 0, **more: Any) -> dict[str, Any]:
    """Columns of an alarm that became active `minute` after NOW."""
    at = NOW + timedelta(minutes=minute)
    return {
        "rule": "R-HY-01", "station_id": station_id, "district_id": EAST, "place": "L",
        "point": "L.P_OUT", "level": 2, "state": "unacknowledged", "raw_at": at,
        "active_at": at, "value": 0.41, "limit": 0.45, "peak": 0.38,
    } | more  # fmt: skip


@pytest.fixture
def alarms(db: Database, city: Stations) -> Alarms:
    return Alarms(db)


def test_ids_come_in_the_order_of_the_rows(alarms: Alarms) -> None:
    odd: tuple[dict[str, Any], ...] = ({}, {"note": "x"}, {"parent": 0}, {"peak": None})
    rows = [alarm(1, n, rule=f"R-{n}") | odd[n // 7 % 4] for n in range(300)]
    ids = alarms.save(rows)
    assert [alarms.get(id).rule for id in ids[::37]] == [f"R-{n}" for n in range(0, 300, 37)]


def test_a_row_carries_the_names_of_its_place(alarms: Alarms) -> None:
    [id] = alarms.save([alarm(3, district_id=WEST)])
    row = alarms.get(id)
    assert row is not None
    assert (row.station_code, row.station("zh"), row.station("en")) == ("S3", "泵房3", "House 3")
    assert (row.district("zh"), row.district("en")) == ("西区", "West")
    assert (row.value, row.limit, row.peak, row.count) == (0.41, 0.45, 0.38, 1)
    assert (row.active_at, row.closed_at, row.pending, row.work_order) == (NOW, None, False, "")


def test_an_alarm_of_a_district_has_no_station(alarms: Alarms) -> None:
    [id] = alarms.save([alarm(None, rule="R-CM-06", district_id=WEST)])
    [row] = alarms.open(Scope(WEST))
    assert (row.id, row.station_id, row.station_code, row.station("zh")) == (id, None, "", "")
    assert alarms.open(Scope(EAST)) == []


def test_open_alarms_come_most_urgent_first(alarms: Alarms) -> None:
    alarms.save(
        [
            alarm(1, 9, rule="quiet", state="suppressed", level=1),
            alarm(1, 1, rule="seen", state="acknowledged", level=1),
            alarm(1, 2, rule="gone", state="returned", level=1),
            alarm(1, 3, rule="old", level=2),
            alarm(1, 4, rule="new", level=2),
            alarm(1, 5, rule="low", level=3),
            alarm(1, 0, rule="stuck", state="latched", level=3),
            alarm(1, 6, rule="over", state="closed", closed_at=NOW),
        ]
    )
    order = ["new", "old", "low", "gone", "stuck", "seen", "quiet"]
    assert [row.rule for row in alarms.open()] == order
    assert [row.rule for row in alarms.open(levels=[3])] == ["low", "stuck"]
    waiting = {"unacknowledged": 4, "unacknowledged_urgent": 3}
    assert alarms.counts() == {1: 2, 2: 2, 3: 2, 4: 0} | waiting


def test_a_scope_sees_its_district_only(alarms: Alarms) -> None:
    east, west = alarms.save([alarm(1), alarm(3, district_id=WEST)], events=[
        {"new": 0, "at": NOW, "state": "unacknowledged"},
    ])  # fmt: skip
    scope = Scope(WEST)
    assert [row.id for row in alarms.open(scope)] == [west]
    assert alarms.get(east, scope) is None
    assert alarms.events(east, scope) == []
    assert len(alarms.events(east)) == 1
    assert alarms.counts(scope)[2] == 1
    span = (NOW - timedelta(1), NOW + timedelta(1))
    assert [row.id for row in alarms.history(scope, *span)] == [west]
    assert {row.id for row in alarms.history(EVERYWHERE, *span)} == {east, west}
    assert [row.id for row in alarms.open(station_id=1)] == [east]


def test_history_is_half_open_newest_first_and_limited(alarms: Alarms) -> None:
    alarms.save([alarm(1, minute, rule=str(minute)) for minute in range(5)])
    end = NOW + timedelta(minutes=4)
    found = alarms.history(EVERYWHERE, NOW, end)
    assert [row.rule for row in found] == ["3", "2", "1", "0"]
    assert [row.rule for row in alarms.history(EVERYWHERE, NOW, end, limit=2)] == ["3", "2"]


def test_one_step_writes_new_changed_and_events_together(alarms: Alarms) -> None:
    [first] = alarms.save([alarm(1)])
    later = NOW + timedelta(seconds=30)
    changed: list[dict[str, Any]] = [
        {"id": first, "state": "acknowledged", "acknowledged_at": later, "acknowledged_by": "ann"},
        {"id": first, "parent": 0},
    ]
    events: list[dict[str, Any]] = [
        {"alarm_id": first, "at": later, "state": "acknowledged", "username": "ann", "note": "ok"},
        {"new": 1, "at": later, "state": "suppressed"},
    ]
    parent, child = alarms.save(
        [alarm(1, rule="R-CM-01"), alarm(1, state="suppressed", parent=0)], changed, events
    )
    assert alarms.get(child).parent_id == parent == alarms.get(first).parent_id
    assert alarms.get(first).acknowledged_by == "ann"
    [event] = alarms.events(first)
    assert (event.at, event.state, event.username, event.note) == (
        later, "acknowledged", "ann", "ok",
    )  # fmt: skip
    assert [row.state for row in alarms.events(child)] == ["suppressed"]


def test_a_failed_step_leaves_nothing(alarms: Alarms) -> None:
    with pytest.raises(IntegrityError):
        alarms.save([alarm(1)], events=[{"new": 0, "at": NOW, "state": None}])
    assert alarms.open() == []
