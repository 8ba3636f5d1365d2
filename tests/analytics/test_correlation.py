"""The life of alarms and their parents: windows, adoption, release, folding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.alarm import Alarm, Policy
from analytics.alarm_life import Life
from analytics.alarm_permits import Permit
from analytics.correlation import RELEASE_MS, Correlation, Explanation, Gathering

NAN = float("nan")
EVERY = frozenset({"LOW", "TRIP", "POWER", "SILENT"})
PARENTS = {
    "POWER": (Explanation(frozenset({"LOW", "TRIP"}), 10_000, 300_000),),
    "SILENT": (Explanation(EVERY - {"SILENT"}, 0, None),),
    "AREA": (Explanation(frozenset({"SILENT"}), 300_000, None),),
}
DRIVE = {
    "POWER": (Explanation(frozenset({"LOW", "TRIP", "CODE"}), 10_000, 300_000),),
    "TRIP": (Explanation(frozenset({"CODE"}), 60_000, None, same_place=True),),
}
"""A tripped pump explains its own drive's code; a power cut explains both."""


class Desk:
    def __init__(self) -> None:
        policies = {rule: Policy(on_ms=3000) for rule in [*EVERY, "AREA", "CODE"]}
        self.life = Life(policies | {"FLOOD": Policy(latched=True), "SLOW": Policy(600_000)})
        self.parents = Correlation(PARENTS | {"POWER": PARENTS["POWER"]})

    def rise(
        self, rule: str, at_s: float, station: int | None = 1, level: int = 2, place: str = ""
    ) -> Alarm:
        at = round(at_s * 1000)
        new = Alarm(rule, station, 7, place, "", level, at, at, NAN, NAN, NAN)
        alarm = self.life.raised(new)
        self.parents.raised(self.life, alarm, at)
        return alarm

    def clear(self, alarm: Alarm, at_s: float) -> None:
        self.life.cleared(alarm.key, round(at_s * 1000), NAN)

    def release(self, at_s: float) -> None:
        self.parents.release(self.life, round(at_s * 1000))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("at", "explained"), [(89.9, False), (90, True), (100, True), (400, True), (400.1, False)]
)
def test_a_child_is_explained_from_10_s_before_to_300_s_after(
    desk: Desk, at: float, explained: bool
) -> None:
    """Whichever of the two is raised first."""
    if at < 100:
        child, parent = desk.rise("LOW", at), desk.rise("POWER", 100)
    else:
        parent, child = desk.rise("POWER", 100), desk.rise("LOW", at)
    assert child.state == ("suppressed" if explained else "unacknowledged")
    assert child.parent is (parent if explained else None)
    assert parent.state == "unacknowledged"


def test_other_stations_and_other_rules_are_not_explained(desk: Desk) -> None:
    desk.rise("POWER", 100)
    assert desk.rise("LOW", 101, station=2).state == "unacknowledged"
    assert desk.rise("FLOOD", 101).state == "unacknowledged"


def test_a_parent_that_is_over_takes_no_more_children(desk: Desk) -> None:
    parent = desk.rise("POWER", 100)
    desk.clear(parent, 150)
    assert parent.state == "returned"
    assert desk.rise("LOW", 151).state == "unacknowledged"


@pytest.mark.parametrize(("rule", "delay"), [("TRIP", RELEASE_MS / 1000), ("SLOW", 600)])
def test_children_are_released_when_they_outlast_their_parent(rule: str, delay: float) -> None:
    desk = Desk()
    desk.parents = Correlation({"POWER": (Explanation(frozenset({rule}), 10_000, 300_000),)})
    parent, child = desk.rise("POWER", 100), desk.rise(rule, 110)
    desk.release(5000)
    assert child.state == "suppressed"
    desk.clear(parent, 5000)
    desk.release(5000 + delay - 0.001)
    assert child.state == "suppressed" and child.parent is parent
    desk.release(5000 + delay)
    assert child.state == "unacknowledged" and child.parent is None


def test_a_suppressed_alarm_still_clears_and_is_then_over(desk: Desk) -> None:
    desk.rise("POWER", 100)
    child = desk.rise("LOW", 110)
    desk.clear(child, 130)
    assert child.state == "closed" and child.cleared_ms == 130_000
    assert [e.state for e in desk.life.events if e.alarm is child] == [
        "unacknowledged", "suppressed", "closed",
    ]  # fmt: skip


def test_what_was_there_before_the_link_was_lost_stays(desk: Desk) -> None:
    before = desk.rise("LOW", 50)
    link = desk.rise("SILENT", 100)
    after = desk.rise("TRIP", 101)
    assert (before.state, after.state) == ("unacknowledged", "suppressed")
    assert after.parent is link


def test_an_area_explains_its_stations_and_counts_them(desk: Desk) -> None:
    early, late = desk.rise("SILENT", 100, station=1), desk.rise("SILENT", 10, station=2)
    area = desk.rise("AREA", 350, station=None)
    more = desk.rise("SILENT", 9000, station=3)
    assert (early.state, more.state, late.state) == (
        "suppressed", "suppressed", "unacknowledged",
    )  # fmt: skip
    assert area.count == 2


def test_a_second_parent_does_not_take_a_child_from_the_first(desk: Desk) -> None:
    desk.parents = Correlation(PARENTS | {"TRIP": PARENTS["POWER"]})
    parent, child = desk.rise("POWER", 100), desk.rise("LOW", 110)
    desk.rise("TRIP", 112)
    assert child.parent is parent
    assert len([event for event in desk.life.events if event.alarm is child]) == 2


def test_a_suppressed_parent_still_explains_and_hands_over(desk: Desk) -> None:
    area = desk.rise("AREA", 100, station=None)
    link = desk.rise("SILENT", 120)
    child = desk.rise("LOW", 130)
    assert link.parent is area and child.parent is link
    desk.clear(link, 200)
    desk.rise("POWER", 131)
    desk.release(320)
    assert child.state == "suppressed" and child.parent is not link


def test_the_area_comes_before_the_station(desk: Desk) -> None:
    desk.parents = Correlation({"POWER": PARENTS["SILENT"], "AREA": PARENTS["SILENT"]})
    desk.rise("POWER", 90)
    area = desk.rise("AREA", 100, station=None)
    assert desk.rise("LOW", 130).parent is area


@pytest.mark.parametrize("order", [("TRIP", "CODE"), ("CODE", "TRIP")])
def test_a_trip_and_its_code_are_one_alarm_other_pumps_codes_are_not(
    desk: Desk, order: tuple[str, str]
) -> None:
    desk.parents = Correlation(DRIVE)
    made = {rule: desk.rise(rule, 100 + i, place="L.P1") for i, rule in enumerate(order)}
    other = desk.rise("CODE", 101, place="L.P2")
    assert (made["CODE"].state, made["CODE"].parent) == ("suppressed", made["TRIP"])
    assert (made["TRIP"].state, other.state) == ("unacknowledged", "unacknowledged")
    desk.clear(made["TRIP"], 200)
    desk.release(321)  # the code has outlasted the contact
    assert made["CODE"].state == "unacknowledged"


def test_a_parent_that_is_explained_passes_its_children_on(desk: Desk) -> None:
    desk.parents = Correlation(DRIVE)
    trip, code = desk.rise("TRIP", 98, place="L.P1"), desk.rise("CODE", 98, place="L.P1")
    power = desk.rise("POWER", 100)
    second, late = (desk.rise(rule, 102, place="L.P2") for rule in ("TRIP", "CODE"))
    assert {one.parent for one in (trip, code, second, late)} == {power}
    desk.clear(power, 200)
    desk.release(321)  # power is back, both pumps are still tripped: two alarms, not four
    assert (trip.state, second.state) == ("unacknowledged", "unacknowledged")
    assert (code.parent, late.parent) == (trip, second)
    assert (code.state, late.state) == ("suppressed", "suppressed")


def test_what_the_parents_parent_does_not_explain_stays_with_the_parent(desk: Desk) -> None:
    desk.parents = Correlation(DRIVE)
    trip = desk.rise("TRIP", 95, place="L.P1")
    code = desk.rise("CODE", 80, place="L.P1")
    power = desk.rise("POWER", 100)
    assert (trip.parent, code.parent, code.state) == (power, trip, "suppressed")


def test_acknowledged_then_over_is_closed_and_over_then_acknowledged_too(desk: Desk) -> None:
    first, second = desk.rise("LOW", 10), desk.rise("TRIP", 10)
    assert desk.life.acknowledge(first, 20_000, "lin", "ok") == ""
    assert desk.life.acknowledge(first, 25_000, "wang") == ""  # no harm, and Lin stays
    assert (first.state, first.acknowledged_by, first.acknowledged_ms) == (
        "acknowledged", "lin", 20_000,
    )  # fmt: skip
    desk.clear(first, 30)
    desk.clear(second, 30)
    assert (first.state, second.state) == ("closed", "returned")
    desk.life.acknowledge(second, 40_000, "lin")
    assert second.state == "closed" and not desk.life.open
    assert desk.life.acknowledge(second, 50_000, "lin") == "alarm_closed"


def test_a_latched_alarm_waits_for_its_reset(desk: Desk) -> None:
    flood = desk.rise("FLOOD", 10)
    assert desk.life.reset(flood, 11_000, "lin") == "alarm_active"
    desk.clear(flood, 20)
    assert flood.state == "latched"
    assert desk.life.acknowledge(flood, 21_000, "lin") == "" and flood.state == "latched"
    assert desk.life.reset(flood, 22_000, "lin") == "" and flood.state == "closed"
    low = desk.rise("LOW", 30)
    assert desk.life.reset(low, 31_000, "lin") == "alarm_not_latched"


def test_a_suppressed_alarm_is_nobodys_to_acknowledge(desk: Desk) -> None:
    desk.rise("POWER", 100)
    assert desk.life.acknowledge(desk.rise("LOW", 110), 120_000, "lin") == "alarm_suppressed"


def test_worse_is_told_again(desk: Desk) -> None:
    low = desk.rise("LOW", 10)
    desk.life.acknowledge(low, 20_000, "lin")
    desk.life.worsened(low.key, 30_000, 1)
    assert (low.state, low.level, low.acknowledged_ms) == ("unacknowledged", 1, None)
    assert desk.life.worsened(low.key, 40_000, 2) is None and low.level == 1


@pytest.mark.parametrize(("again", "same"), [(330, True), (331, False)])
def test_raised_again_within_the_window_is_the_same_alarm(
    desk: Desk, again: float, same: bool
) -> None:
    """Not seen yet, or seen and closed by itself; not one that a person has closed."""
    for rule in ("LOW", "TRIP", "POWER"):
        first = desk.rise(rule, 10, station=5)
        if rule != "LOW":
            desk.life.acknowledge(first, 20_000, "lin")
        desk.clear(first, 30)
        second = desk.rise(rule, again, station=5)
        assert (second is first) is same, rule
        assert second.count == (2 if same else 1)
        seen = same and rule != "LOW"
        assert second.state == ("acknowledged" if seen else "unacknowledged")
        assert not same or (second.raw_ms, second.closed_ms) == (10_000, None)
        assert same or first.state == "closed"
    assert len(desk.life.open) == 3


def test_what_a_person_has_closed_is_not_opened_again(desk: Desk) -> None:
    first = desk.rise("LOW", 10)
    desk.clear(first, 20)
    desk.life.acknowledge(first, 25_000, "lin")
    second = desk.rise("LOW", 30)
    assert second is not first and second.state == "unacknowledged"


STEP = st.tuples(
    st.sampled_from(["rise", "clear", "acknowledge", "reset", "release", "worse"]),
    st.sampled_from([*sorted(EVERY), "FLOOD", "AREA", "CODE"]),
    st.integers(1, 2),
    st.integers(1, 200),
)


@given(st.lists(STEP, max_size=60))
def test_whatever_happens_the_books_agree(steps: list[tuple[str, str, int, int]]) -> None:
    desk, now, known = Desk(), 0, set()
    desk.parents = Correlation(PARENTS | DRIVE)
    for verb, rule, station, passed in steps:
        now += passed
        key = (rule, "", None if rule == "AREA" else station, 7)
        alarm = desk.life.open.get(key)
        if verb == "rise" and (alarm is None or not alarm.active):
            known.add(desk.rise(rule, now, key[2]))
        elif verb == "release":
            desk.release(now)
        elif alarm is not None and verb == "clear":
            desk.clear(alarm, now)
        elif alarm is not None and verb == "worse":
            desk.life.worsened(key, now * 1000, 1)
        elif alarm is not None and verb in ("acknowledge", "reset"):
            getattr(desk.life, verb)(alarm, now * 1000, "lin")
    for one in known:
        is_open = desk.life.open.get(one.key) is one
        assert is_open == (one.state != "closed") == (one.closed_ms is None)
        assert (one.state in ("unacknowledged", "acknowledged")) <= one.active
        assert (one.state == "suppressed") <= (one.active and one.parent is not None)
        assert (one.state in ("returned", "latched")) <= (not one.active)
        assert (one.state == "acknowledged") <= (one.acknowledged_ms is not None)
        last = [event.state for event in desk.life.events if event.alarm is one][-1]
        assert last == one.state
    life = desk.life
    for index in (life.of_station, life.of_area, life.of_district):
        for group in index.values():
            assert all(life.open[key] is alarm for key, alarm in group.items())
    stations = sum(len(group) for group in life.of_station.values())
    assert stations + sum(len(group) for group in life.of_area.values()) == len(life.open)


@pytest.mark.parametrize("first", ["A", "B"])
def test_a_rule_explains_itself_at_another_place_but_never_in_a_ring(first: str) -> None:
    """Two zones lose their suction at once, then the mains that explain both are told."""
    desk = Desk()
    own = (Explanation(frozenset({"LOW"}), 0, 60_000),)
    desk.parents = Correlation({"LOW": own, "POWER": PARENTS["POWER"]})
    one = desk.rise("LOW", 100, place=first)
    other = desk.rise("LOW", 100, place="C")
    assert (one.parent, other.parent) == (None, one)
    again = desk.rise("LOW", 161, place="D")
    assert again.parent is other or again.parent is None, "not of the first, 61 s later"
    power = desk.rise("POWER", 105)
    assert one.parent is power and other.parent in (one, power)
    assert power.parent is None and one.parent is not other


class Area(Desk):
    """Three stations that run dry are the district's alarm."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life(dict(self.life.policies) | {"DRY": Policy(60_000), "MAINS": Policy()})
        explained = {
            "MAINS": (Explanation(frozenset({"DRY"}), 600_000, None),),
            "DRY": (Explanation(frozenset({"LOW"}), 180_000, None),),
        }
        self.parents = Correlation(explained, [Gathering("MAINS", "DRY", 3, 600_000, 2)])

    @property
    def mains(self) -> list[Alarm]:
        return [one for one in self.life.open.values() if one.rule == "MAINS"]


def test_three_stations_of_a_district_are_one_alarm_and_the_odd_one_out_its_own() -> None:
    area = Area()
    first, low = area.rise("DRY", 100), area.rise("LOW", 110)
    trip, odd = area.rise("TRIP", 120, station=2), area.rise("LOW", 130, station=9)
    area.rise("DRY", 140, station=2)
    assert not area.mains
    third = area.rise("DRY", 150, station=3)
    (mains,) = area.mains
    assert (mains.raw_ms, mains.active_ms, mains.value, mains.count) == (100_000, 150_000, 3, 3)
    assert first.parent is third.parent is mains
    assert low.parent is first, "the station's own chain stays below its own alarm"
    later = area.rise("DRY", 5000, station=4)
    assert later.parent is mains and (mains.count, mains.peak) == (4, 4.0)
    told = {one for one in area.life.open.values() if one.state == "unacknowledged"}
    assert told == {mains, trip, odd}


def test_stations_far_apart_in_time_are_no_area() -> None:
    area = Area()
    area.rise("DRY", 100)
    area.rise("DRY", 701, station=2)
    area.rise("DRY", 1302, station=3)
    assert not area.mains
    area.rise("DRY", 1303, station=4)
    area.rise("DRY", 1304, station=5)
    assert len(area.mains) == 1


def test_the_area_is_over_when_one_is_left_which_is_told_by_itself() -> None:
    area = Area()
    dry = [area.rise("DRY", 100 + n, station=n) for n in range(1, 4)]
    (mains,) = area.mains
    area.clear(dry[0], 500)
    area.release(501)
    assert mains.active
    area.clear(dry[1], 600)
    area.release(601)
    assert mains.state == "returned" and dry[2].state == "suppressed"
    area.release(721)
    assert dry[2].state == "unacknowledged"


def test_what_is_out_of_service_explains_nothing() -> None:
    area = Area()
    dry = area.rise("DRY", 100)
    low = area.rise("LOW", 110)
    assert low.parent is dry
    area.life.begin_permit(Permit(1, "out_of_service", 10**9, "DRY"), 120_000)
    area.release(121)
    assert (dry.state, low.state) == ("out_of_service", "unacknowledged")
    for station in (2, 3, 4):
        area.rise("DRY", 130, station=station)
    assert not area.mains
