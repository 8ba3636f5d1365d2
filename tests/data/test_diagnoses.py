"""Frozen evidence, the library of solutions and the sites, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from data.alarms import Alarms
from data.catalogue.diagnosis import matrix
from data.database import Database
from data.diagnoses import CauseRow, Diagnoses, DueAlarm, Finding
from data.rights import Forbidden, NotFound, Refused
from data.sites import Sites
from data.solutions import Draft, Solutions
from data.station_rows import Scope
from data.stations import Stations
from data.users import UserRow
from data.work_orders import WorkOrders
from tests.data.conftest import EAST, NOW, WEST

Make = Callable[..., UserRow]
MINUTE = timedelta(minutes=1)
FOUND = Finding(
    [CauseRow("burst", 0.8, ("flow_up",), ("pump_fault",)), CauseRow("leak", 0.2)],
    {"flow_up": (True, 0.9), "pump_fault": (False, 0.0), "water_on_ground": (None, None)},
    "water_on_ground",
    {"near_silent": 0.0},
    pl.DataFrame({"at": np.arange(-4.0, 4.0, 2.0), "L.P_OUT": [0.5, 0.5, None, 0.2]}),
)


@pytest.fixture
def alarms(db: Database, city: Stations) -> Alarms:
    return Alarms(db)


def alarm(alarms: Alarms, minutes: float = 5.0, **more: object) -> int:
    at = NOW - minutes * MINUTE
    row = {
        "rule": "R-HY-01", "station_id": 1, "district_id": EAST, "place": "L", "point": "L.P_OUT",
        "level": 2, "state": "unacknowledged", "raw_at": at - MINUTE / 2, "active_at": at,
    }  # fmt: skip
    return alarms.save([{**row, **more}])[0]


def due(db: Database) -> list[DueAlarm]:
    return Diagnoses(db).due(NOW - 60 * MINUTE, NOW - MINUTE, 5)


def test_due_are_parents_of_levels_1_to_3_the_worst_first(db: Database, alarms: Alarms) -> None:
    second = alarm(alarms, 9.0)
    first = alarm(alarms, 3.0, level=1)
    alarm(alarms, 0.5)  # its window isn't whole
    alarm(alarms, 90.0)  # too long ago
    alarm(alarms, level=4)
    alarm(alarms, parent_id=first)
    alarm(alarms, state="suppressed")
    alarm(alarms, historic=True)
    assert [one.id for one in due(db)] == [first, second]


def test_a_storm_is_done_bit_by_bit(db: Database, alarms: Alarms) -> None:
    for _ in range(12):
        alarm(alarms)
    seen = []
    while rows := due(db):
        assert len(rows) <= 5
        for row in rows:
            Diagnoses(db).save(row, FOUND, NOW)
            seen.append(row.id)
    assert len(seen) == len(set(seen)) == 12


def test_a_version_is_what_was_written_and_the_next_one_stands_beside_it(
    db: Database, alarms: Alarms, person: Make
) -> None:
    door, id = Diagnoses(db), alarm(alarms)
    assert (door.latest(id), door.newest(id)) == (None, 0)
    assert door.save(due(db)[0], FOUND, NOW) == 1
    first = door.latest(id)
    assert first is not None
    assert first.causes == tuple(FOUND.causes)
    assert first.findings == {"flow_up": (True, 0.9), "pump_fault": (False, 0.0)}
    assert (first.separating, first.maintenance, first.made_by) == ("water_on_ground", {}, "")
    evidence = door.evidence(id)
    assert evidence is not None
    assert evidence["at"].to_list() == [-4.0, -2.0, 0.0, 2.0]
    assert evidence["L.P_OUT"].to_list() == pytest.approx([0.5, 0.5, None, 0.2], abs=1e-6)
    ann = person("dispatcher", "ann")
    other = Finding([CauseRow("leak", 1.0)], {}, "", {})
    assert door.answer(id, other, ann, NOW + MINUTE, {"water_on_ground": False}) == 2
    assert door.versions(id)[1] == first
    newest = door.latest(id)
    assert newest is not None
    assert newest.made_by == "ann"
    again = door.evidence(id)
    assert again is not None and again.equals(evidence)


def test_another_districts_evidence_is_not_told(db: Database, alarms: Alarms, person: Make) -> None:
    door, id = Diagnoses(db), alarm(alarms)
    door.save(due(db)[0], FOUND, NOW)
    west = Scope(WEST)
    assert (door.latest(id, west), door.evidence(id, west)) == (None, None)
    assert door.latest(id, Scope(EAST)) is not None
    manager = person("dispatcher", "bo", district_id=WEST)
    with pytest.raises(NotFound):
        door.answer(id, FOUND, manager, NOW, {})
    with pytest.raises(Forbidden):
        door.answer(id, FOUND, person("inspector"), NOW, {})


def test_the_last_closed_order_before_the_alarm_is_kept(
    db: Database, alarms: Alarms, person: Make
) -> None:
    orders, id = WorkOrders(db), alarm(alarms)
    for hours, state in ((50, "closed"), (20, "closed"), (10, "new")):
        at = NOW - timedelta(hours=hours)
        row = {"station_id": 1, "district_id": EAST, "template": "WT-07", "level": 2,
               "state": state, "created_at": at, "outcome": "repaired",
               "closed_at": at if state == "closed" else None}  # fmt: skip
        orders.save([row])
    Diagnoses(db).save(due(db)[0], FOUND, NOW)
    found = Diagnoses(db).latest(id)
    assert found is not None
    assert found.maintenance["closed_at"] == (NOW - timedelta(hours=20)).isoformat()


def finished(db: Database, alarm_id: int, crew: UserRow, solution: int | Draft, how: str) -> int:
    orders = WorkOrders(db)
    id = orders.create(1, "WT-01", 2, alarm_id, NOW).id
    orders.take(id, crew, NOW)
    orders.start(id, crew, NOW)
    orders.finish(id, crew, NOW, how, "closed the valve, clamped the pipe", solution)
    return id


def test_an_order_confirms_a_fault_and_the_library_learns(
    db: Database, alarms: Alarms, person: Make
) -> None:
    library, door, crew = Solutions(db), Diagnoses(db), person("inspector", "li")
    assert library.seed(NOW) == len(matrix().faults)
    assert library.seed(NOW) == 0
    [burst] = library.list(["burst"])
    assert door.confirmed("R-HY-01") == {}
    finished(db, alarm(alarms), crew, burst.id, "repaired")
    finished(db, alarm(alarms), crew, burst.id, "no_fault_found")
    order = finished(db, alarm(alarms), crew, Draft("leak", "Clamp", "Clamp it"), "repaired")
    assert door.confirmed("R-HY-01") == {"burst": 1.0, "leak": 1.0}
    again = library.get(burst.id)
    assert again is not None and (again.used, again.solved) == (2, 1)
    made = library.of_order(order)
    assert made is not None and (made.author, made.state, made.solved) == ("li", "draft", 1)
    assert library.of_order(999) is None


def test_nobody_passes_ones_own_and_a_retired_one_closes_no_order(
    db: Database, alarms: Alarms, person: Make
) -> None:
    library, engineer = Solutions(db), person("engineer", "eva")
    id = library.draft(Draft("leak", "Clamp", "Clamp it"), engineer, NOW)
    with pytest.raises(Refused, match="solution_own"):
        library.review(id, "reviewed", engineer, NOW)
    library.review(id, "reviewed", person("administrator"), NOW)
    library.review(id, "retired", engineer, NOW)
    with pytest.raises(NotFound):
        finished(db, alarm(alarms), person("inspector"), id, "repaired")
    with pytest.raises(Forbidden):
        library.draft(Draft("leak", "a", "b"), person("executive"), NOW)
    with pytest.raises(Forbidden):
        library.review(id, "reviewed", person("dispatcher"), NOW)
    with pytest.raises(Refused, match="solution_fault"):
        library.draft(Draft("ghosts", "a", "b"), engineer, NOW)
    with pytest.raises(Refused, match="solution_empty"):
        library.draft(Draft("leak", " ", "b"), engineer, NOW)


def test_a_refused_solution_leaves_the_order_as_it_was(
    db: Database, alarms: Alarms, person: Make
) -> None:
    crew = person("inspector")
    with pytest.raises(NotFound):
        finished(db, alarm(alarms), crew, 4711, "repaired")
    [order] = WorkOrders(db).list()
    assert order.state == "in_progress"


def test_words_find_solutions_in_both_languages(db: Database, city: Stations) -> None:
    library = Solutions(db)
    library.seed(NOW)
    assert {row.fault for row in library.list(words="止回阀 更换")} >= {"check_valve_leaks"}
    assert {row.fault for row in library.list(words="check valve")} >= {"check_valve_leaks"}
    assert library.list(words="100%_") == []


def test_sites_where_water_matters_most(db: Database, city: Stations, person: Make) -> None:
    sites, manager = Sites(db), person("district_manager", "mo", district_id=EAST)
    sites.put(1, "hospital", manager, NOW)
    sites.put(2, "school", manager, NOW)
    sites.put(2, "", manager, NOW)
    assert sites.kinds() == {1: "hospital"}
    with pytest.raises(NotFound):
        sites.put(3, "school", manager, NOW)
    with pytest.raises(Refused, match="site_kind"):
        sites.put(1, "palace", manager, NOW)
    with pytest.raises(Forbidden):
        sites.put(1, "school", person("inspector"), NOW)


def test_durations_are_those_of_alarms_that_cleared_by_themselves(
    db: Database, alarms: Alarms
) -> None:
    at = NOW - 50 * MINUTE
    parent = alarm(alarms, active_at=at, cleared_at=at + 12 * MINUTE)
    alarm(alarms, active_at=at, cleared_at=at + 5 * MINUTE, parent_id=parent)
    alarm(alarms, active_at=at)
    assert alarms.durations(NOW - 60 * MINUTE, NOW) == [("R-HY-01", 1, 12.0)]
