"""The bench of faults in small: what is drawn, and a city under the real engine."""

from __future__ import annotations

import pytest

from benchmarks import fault_slow
from benchmarks.fault_causes import Causes, by_rule
from benchmarks.fault_city import Watched
from benchmarks.fault_draws import GROUPS, Event, Onlooker, fits, plan, plan_areas, wanted
from benchmarks.fault_quiet import CHUNK, Quiet, parts, steady, total
from benchmarks.fault_scores import EXPECTED, outcome
from data.catalogue.rules import rules
from simulator import city
from simulator.faults import LIBRARY

SEED = 11


def test_every_fault_is_drawn_in_one_group() -> None:
    drawn = [code for group in GROUPS.values() for code in group.codes]
    assert sorted(drawn) == sorted(EXPECTED) and len(set(drawn)) == len(drawn)


def test_each_fault_has_a_station_of_its_own_that_fits_it() -> None:
    some = wanted(("F30", "F05", "F14"), 4, 20)
    assert [len(part) for part in some] == [20, 16]
    assert sorted(one for part in some for one in part) == sorted(
        (c, s) for c in ("F05", "F14", "F30") for s in (1, 2, 3) for _ in range(4)
    )
    stations = city.stations(60, SEED, 5020)
    events = plan(some[0], stations, SEED, 0)
    assert len({event.rows[0].code for event in events}) == 20
    assert all(fits(event.code, event.rows[0]) for event in events)
    assert all(0 <= event.begin < 600_000 for event in events)
    assert events == plan(some[0], stations, SEED, 0)
    with pytest.raises(ValueError, match="no station"):
        plan([("F30", 1)] * 61, stations, SEED, 0)


def test_an_area_is_a_part_of_a_district_of_its_own() -> None:
    stations = city.stations(120, SEED, 5020)
    events = plan_areas([("F15", 1), ("F29", 2)], stations, SEED, 0)
    districts = [{row.district_id for row in event.rows} for event in events]
    assert all(len(one) == 1 for one in districts) and districts[0] != districts[1]
    assert all(len(event.rows) > 2 for event in events)


def test_a_power_cut_and_a_trip_are_found_in_time_and_told_once_or_twice() -> None:
    stations = city.stations(8, SEED, 5020)
    watched = Watched(rules(), stations, SEED, 13.0)
    watched.go(30)
    events = [
        Event("F12", 1, (stations[0],), watched.now + 5000, 2.0),
        Event("F10", 2, (stations[1],), watched.now + 9000, 2.0),
        Event("F14", 2, (stations[2],), watched.now + 1000, 4.0),
    ]
    for event in events:
        watched.add(event.faults(event.code))
    onlooker, causes = Onlooker(watched, events), Causes(watched, events, EXPECTED)

    def look(now: int) -> None:
        onlooker(now)
        causes(now)

    watched.go(240, look)
    alarms = watched.judge.seen(causes.finish(watched.now))
    made = {e.code: outcome(e.draw(watched.now), alarms, EXPECTED) for e in events}
    assert all(e.shows is not None and e.shows - e.begin <= 1000 for e in events)
    assert {code: one.delay is not None for code, one in made.items()} == {
        "F12": True, "F10": True, "F14": True,
    }  # fmt: skip
    assert 1 <= made["F12"].told <= 2, "pumps and pressure hang on the power"
    assert {code: one.cause for code, one in made.items()} == {"F12": 1, "F10": 1, "F14": 1}
    assert all(one.brier is not None and one.brier < 0.3 for one in made.values())
    assert not [a for a in alarms if a.station not in {stations[i].id for i in range(3)}]


def test_what_needs_a_limit_shows_when_it_is_crossed() -> None:
    stations = city.stations(3, SEED, 5020)
    watched = Watched(rules(), stations, SEED, 13.0)
    part, place = watched.city.home(stations[0].code)
    part.plant.rooms.state.sump[place] = 0.2
    events = [Event("F20", 3, (stations[0],), watched.now, 60.0)]
    watched.add(events[0].faults("flood"))
    watched.go(120, Onlooker(watched, events))
    shows = events[0].shows
    assert shows is not None and 60_000 < shows - events[0].begin < 110_000


def test_days_without_faults_are_counted_by_station() -> None:
    assert parts(CHUNK + 5) == [range(0, CHUNK), range(CHUNK, CHUNK + 5)]
    one = steady(rules(), range(0, 3), 1, SEED)
    assert one.days == 3.0
    both = total([Quiet(2.0, {"A": 1}), Quiet(3.0, {"A": 2, "B": 2})])
    assert both == Quiet(5.0, {"A": 3, "B": 2}) and both.rate == 1.0


def test_lengths_are_those_of_the_library() -> None:
    event = plan([("F12", 3)], city.stations(4, SEED, 5020), SEED, 0)[0]
    assert event.minutes == LIBRARY["F12"].minutes[2]


def test_slow_faults_are_found_by_the_rules_of_the_day_and_long_windows() -> None:
    some = [("F07", 3), ("F18", 2), ("F31", 3), ("F33", 3), ("F04", 3)]
    found = fault_slow.watch(rules(), some, SEED)
    assert [(one.draw.code, one.draw.severity) for one in found] == some
    assert all(one.delay is not None and one.cause == 1 for one in found), found
    delay = {one.draw.code: (one.delay or 0.0) / 86_400 for one in found}
    assert 1 <= delay["F07"] <= 10 and delay["F18"] < 1 and 5 < delay["F31"] <= 7
    assert by_rule("R-DQ-02", "F18").rank == 1 and by_rule("R-EN-01", "F18").rank == 0
