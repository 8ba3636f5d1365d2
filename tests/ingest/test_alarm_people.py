"""What people and areas do to alarms, through the real records and the collector's own thread."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from data.database import Database
from data.rights import Forbidden, NotFound, Refused
from data.users import UserRow
from tests.ingest.town import START, Town

HOUR = timedelta(hours=1)


@pytest.fixture
def town(sqlite: Database, tmp_path: Path) -> Iterator[Town]:
    found = Town(tmp_path)
    yield found
    found.stores.close()


@pytest.fixture
def engineer(town: Town) -> UserRow:
    return town.stores.users.create(
        "wang", "Secret-1234", role="engineer", name_zh="王", name_en="Wang", at=START
    )


def test_a_shelved_alarm_returns_by_itself_also_after_a_restart(town: Town) -> None:
    town.says(0, {"L.P1.FAULT": 1})
    town.run(6)
    alarm = town.one("R-PU-01")
    until = town.now + timedelta(minutes=2)
    actions = town.stores.actions
    with pytest.raises(Refused, match="shelve_reason"):
        actions.append(alarm.id, "shelve", town.dispatcher, town.now, until=until)
    with pytest.raises(Refused, match="shelve_long"):
        actions.append(alarm.id, "shelve", town.dispatcher, town.now, "x", town.now + 25 * HOUR)
    actions.append(alarm.id, "shelve", town.dispatcher, town.now, "works", until)
    town.run(2)
    alarm = town.one("R-PU-01")
    assert (alarm.state, alarm.shelved_until, alarm.note) == ("shelved", until, "works")
    assert town.alarming.level.tolist() == [0, 0, 0, 0]
    assert not town.stores.work_orders.list(), "what is shelved makes no order"
    town.start()
    town.run(110)
    assert town.one("R-PU-01").state == "shelved"
    town.run(10)
    alarm = town.one("R-PU-01")
    assert (alarm.state, alarm.shelved_until) == ("unacknowledged", None)
    states = [event.state for event in town.stores.alarms.events(alarm.id)]
    assert states == ["unacknowledged", "shelved", "unacknowledged"]


def test_many_are_acknowledged_at_once_within_reach(town: Town) -> None:
    for row in (0, 1, 2):
        town.says(row, {"L.P1.FAULT": 1})
    town.run(6)
    ids = [alarm.id for alarm in town.open()]
    west = town.stores.users.create(
        "qin", "Secret-1234", role="dispatcher", name_zh="秦", name_en="Qin", at=START,
        district_id=1,
    )  # fmt: skip
    with pytest.raises(NotFound):
        town.stores.actions.append_all(ids, "acknowledge", west, town.now)
    assert not town.stores.actions.waiting(), "all or none"
    assert town.stores.actions.append_all(ids, "acknowledge", town.dispatcher, town.now) == 3
    assert all(alarm.pending for alarm in town.open())
    town.run(1)
    assert {alarm.state for alarm in town.open()} == {"acknowledged"}


def test_out_of_service_is_recorded_and_told_to_nobody(town: Town, engineer: UserRow) -> None:
    permits, station = town.stores.permits, town.stores.stations.all()[0]
    with pytest.raises(Forbidden):
        permits.state(
            "out_of_service", town.dispatcher, town.now, town.now + HOUR, "a", "b", "R-PU-01"
        )
    with pytest.raises(Refused, match="permit_end"):
        permits.state(
            "out_of_service", engineer, town.now, town.now + 2400 * HOUR, "a", "b", "R-PU-01"
        )
    until = town.now + timedelta(minutes=5)
    id = permits.state(
        "out_of_service", engineer, town.now, until, "wang", "rewiring", "R-PU-01", station.id
    )
    assert [row.pending for row in permits.current(town.now)] == [True]
    town.says(0, {"L.P1.FAULT": 1})
    town.says(1, {"L.P1.FAULT": 1})
    town.run(20)
    assert [row.pending for row in permits.current(town.now)] == [False]
    assert town.states()["S00", "R-PU-01", "L.P1"] == "out_of_service"
    assert town.states()["S01", "R-PU-01", "L.P1"] == "unacknowledged"
    assert [o.station_code for o in town.stores.work_orders.list()] == ["S01"]
    town.start()
    town.run(60)
    assert town.states()["S00", "R-PU-01", "L.P1"] == "out_of_service"
    permits.end(id, engineer, town.now)
    assert not permits.current(town.now)
    town.run(1)
    assert town.states()["S00", "R-PU-01", "L.P1"] == "unacknowledged"
    # who judges the station anew is told the same
    steps = town.stores.actions.taken([station.id], START)
    assert [(step.verb, step.permit) for _, _, step in steps] == [("begin", id), ("end", id)]
    begun, ended = (at for at, _, _ in steps)
    assert [row.id for row in permits.at(begun)] == [id]
    assert not permits.at(begun - timedelta(seconds=1)) and not permits.at(ended)
    with pytest.raises(NotFound):
        permits.end(id, engineer, town.now)


def test_a_stated_mode_holds_back_until_it_ends_by_itself(town: Town) -> None:
    station = town.stores.stations.all()[0]
    until = town.now + timedelta(minutes=1)
    town.stores.permits.state(
        "maintenance", town.dispatcher, town.now, until, "lin", "new seal", station_id=station.id
    )
    town.run(2)
    for row in (0, 1):
        town.says(row, {"L.P_OUT": 0.1, "L.P1.RUN": 1})
    town.run(50)
    assert "S00" not in {code for code, _, _ in town.states()}
    assert "S01" in {code for code, _, _ in town.states()}
    town.run(60)
    assert "S00" in {code for code, _, _ in town.states()}


def test_low_mains_at_three_stations_are_one_alarm_of_the_district(
    sqlite: Database, tmp_path: Path
) -> None:
    town = Town(tmp_path, 12)
    for row in range(4):
        town.says(row, {"PH.P_MAIN": 0.1})
    town.says(2, {"L.P1.FAULT": 1})
    town.says(7, {"PH.P_MAIN": 0.1})
    town.run(70)
    told = {key for key, state in town.states().items() if state == "unacknowledged"}
    assert told == {
        ("", "R-AR-01", ""), ("S02", "R-PU-01", "L.P1"), ("S07", "R-HY-08", ""),
    }  # fmt: skip
    town.start()
    town.run(2)
    for row in range(4):
        town.says(row, {"PH.P_MAIN": 0.3})
    town.run(125)
    assert town.states() == {
        ("", "R-AR-01", ""): "returned",
        ("S02", "R-PU-01", "L.P1"): "unacknowledged",
        ("S07", "R-HY-08", ""): "unacknowledged",
    }
    town.stores.close()


def test_a_contact_wired_the_other_way_round_is_turned_from_its_second_on(
    town: Town, engineer: UserRow
) -> None:
    polarities, stations = town.stores.polarities, town.stores.stations.all()
    with pytest.raises(Forbidden):
        polarities.put(stations[0].id, "EN.FLOOD", True, town.dispatcher, town.now, "x")
    with pytest.raises(Refused, match="polarity_contact"):
        polarities.put(stations[0].id, "PH.P_MAIN", True, engineer, town.now, "x")
    for row in (0, 1, 2):
        town.says(row, {"EN.FLOOD": 1, "EL.MAINS_OK": 0})
    for code in ("EN.FLOOD", "EL.MAINS_OK"):
        polarities.put(stations[2].id, code, True, engineer, town.now, "normally closed")
    town.run(20)
    wet = {code for code, rule, _ in town.states() if rule in ("R-EN-01", "R-EL-01")}
    assert wet == {"S00", "S01", "S02"}, "it holds from 30 s on, not before"
    town.run(120)
    known = town.states()
    assert known["S02", "R-EL-01", ""] == "returned"
    assert known["S02", "R-EN-01", ""] == "latched"
    assert known["S01", "R-EL-01", ""] == "unacknowledged"
    assert polarities.inverted(stations[2].id, "EN.FLOOD")
    town.start()
    town.run(60)
    assert town.states() == known, "a restart knows it at once"
    polarities.put(stations[2].id, "EL.MAINS_OK", False, engineer, town.now, "put right")
    town.run(60)
    assert town.states()["S02", "R-EL-01", ""] == "unacknowledged"


def test_chatter_is_seen_across_a_restart(town: Town) -> None:
    for turn in range(4):
        town.says(0, {"L.P1.FAULT": 1})
        town.run(6)
        town.says(0, {"L.P1.FAULT": 0})
        town.run(36)
        if turn == 1:
            assert len(town.one("R-PU-01").turns) == 4
            town.start()
    alarm = town.one("R-PU-01")
    assert (alarm.count, alarm.tags, len(alarm.turns)) == (4, "chattering", 6)
