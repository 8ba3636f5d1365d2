"""The life of alarms: states, timers, shelving, permits, repeats, chatter."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from analytics.alarm import (
    ACKNOWLEDGED,
    CLOSED,
    HIDDEN,
    LATCHED,
    OUT_OF_SERVICE,
    RETURNED,
    SHELVED,
    SUPPRESSED,
    UNACKNOWLEDGED,
    Alarm,
    Event,
    Policy,
    Terms,
    state_of,
)
from analytics.alarm_life import Life
from analytics.alarm_permits import Permit

NAN = float("nan")
HOUR = 3_600_000
TERMS = {
    1: Terms(again_ms=HOUR, restore_ms=2 * HOUR),
    2: Terms(again_ms=4 * HOUR, restore_ms=8 * HOUR),
    3: Terms(),
    4: Terms(seen_ms=HOUR // 2, lifts=False),
}
POLICIES = {
    "LOW": Policy(terms=TERMS),
    "FLOOD": Policy(latched=True, terms=TERMS),
    "NOTE": Policy(auto=True, terms=TERMS),
}


class Desk:
    def __init__(self) -> None:
        self.life = Life(POLICIES)
        self.now = 1_000_000

    def rise(self, rule: str = "LOW", station: int = 1, level: int = 2) -> Alarm:
        at = self.now
        return self.life.raised(Alarm(rule, station, 7, "", "", level, at, at, NAN, NAN, NAN))

    def clear(self, alarm: Alarm) -> None:
        self.life.cleared(alarm.key, self.now, NAN)

    def go(self, hours: float) -> None:
        self.now += round(hours * HOUR)
        self.life.tick(self.now)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_shelved_alarm_comes_back_by_itself_as_what_its_condition_says(desk: Desk) -> None:
    active, over, flood = desk.rise(), desk.rise(station=2), desk.rise("FLOOD")
    for alarm in (active, over, flood):
        assert desk.life.shelve(alarm, desk.now, desk.now + 8 * HOUR, "lin", "works") == ""
    desk.go(1)
    desk.clear(over)
    desk.clear(flood)
    assert [a.state for a in (active, over, flood)] == [SHELVED] * 3
    assert over.cleared_ms == desk.now, "it is evaluated all the same"
    desk.go(2)
    assert desk.rise(station=2) is over and over.count == 2 and over.state == SHELVED
    desk.clear(over)
    desk.go(5)
    assert [a.state for a in (active, over, flood)] == [UNACKNOWLEDGED, CLOSED, LATCHED]


def test_it_comes_back_by_hand_and_is_refused_what_makes_no_sense(desk: Desk) -> None:
    alarm = desk.rise()
    desk.life.acknowledge(alarm, desk.now, "lin")
    assert desk.life.unshelve(alarm, desk.now) == "alarm_not_shelved"
    assert desk.life.shelve(alarm, desk.now, desk.now, "lin", "x") == "shelved_too_short"
    desk.life.shelve(alarm, desk.now, desk.now + HOUR, "lin", "x")
    assert desk.life.acknowledge(alarm, desk.now, "lin") == "alarm_shelved"
    assert desk.life.unshelve(alarm, desk.now, "lin") == ""
    assert alarm.state == ACKNOWLEDGED
    desk.clear(alarm)
    assert desk.life.shelve(alarm, desk.now, desk.now + HOUR, "lin", "x") == "alarm_closed"


def test_out_of_service_by_permit_until_it_ends(desk: Desk) -> None:
    before = desk.rise()
    desk.life.begin_permit(Permit(5, OUT_OF_SERVICE, desk.now + 24 * HOUR, "LOW", 1), desk.now)
    assert before.state == OUT_OF_SERVICE and desk.rise(station=2).state == UNACKNOWLEDGED
    assert desk.life.acknowledge(before, desk.now, "lin") == "alarm_out_of_service"
    desk.go(1)
    desk.clear(before)
    assert before.state == CLOSED, "recorded, told to nobody"
    desk.go(1)
    again = desk.rise()
    assert again.state == OUT_OF_SERVICE and again is not before
    desk.go(22)
    assert again.state == UNACKNOWLEDGED and not desk.life.permits.in_force


def test_a_permit_of_a_station_and_of_a_rule(desk: Desk) -> None:
    desk.life.begin_permit(Permit(1, OUT_OF_SERVICE, desk.now + HOUR, station=1), desk.now)
    desk.life.begin_permit(Permit(2, OUT_OF_SERVICE, desk.now + HOUR, rule="LOW"), desk.now)
    desk.life.begin_permit(Permit(3, "cleaning", desk.now + HOUR, station=2), desk.now)
    low, flood, other = desk.rise(), desk.rise("FLOOD"), desk.rise("FLOOD", 2)
    assert (low.state, flood.state, other.state) == (OUT_OF_SERVICE, OUT_OF_SERVICE, UNACKNOWLEDGED)
    assert desk.life.permits.modes == {2: "cleaning"}
    desk.life.end_permit(1, desk.now, "lin")
    assert (low.state, flood.state) == (OUT_OF_SERVICE, UNACKNOWLEDGED)
    desk.go(1)
    assert low.state == UNACKNOWLEDGED and desk.life.permits.modes == {}


def test_what_returned_at_level_4_needs_nobody_after_a_while(desk: Desk) -> None:
    low, high = desk.rise(level=4), desk.rise(station=2, level=3)
    desk.clear(low)
    desk.clear(high)
    desk.go(0.4)
    assert low.state == high.state == RETURNED
    desk.go(0.2)
    assert (low.state, high.state) == (CLOSED, RETURNED) and not low.acknowledged_by


def test_what_nobody_has_to_acknowledge_never_waits(desk: Desk) -> None:
    note = desk.rise("NOTE")
    assert note.state == ACKNOWLEDGED
    desk.go(30)
    assert (note.state, note.tags) == (ACKNOWLEDGED, ())
    desk.clear(note)
    assert note.state == CLOSED


def test_acknowledged_but_still_there_it_waits_again(desk: Desk) -> None:
    alarm = desk.rise(level=1)
    desk.life.acknowledge(alarm, desk.now, "lin")
    desk.go(0.9)
    assert alarm.state == ACKNOWLEDGED
    desk.go(0.2)
    assert alarm.state == UNACKNOWLEDGED


def test_overdue_it_is_one_level_worse_once(desk: Desk) -> None:
    alarm, worst = desk.rise(), desk.rise("FLOOD", level=1)
    desk.life.acknowledge(alarm, desk.now, "lin")
    desk.go(2.1)
    assert (worst.level, worst.tags) == (1, ("overdue",)), "nothing is worse than level 1"
    desk.go(6)
    assert (alarm.level, alarm.lifted, alarm.state) == (1, 1, UNACKNOWLEDGED)
    desk.go(40)
    assert (alarm.level, alarm.tags) == (1, ("overdue",))


def test_what_is_lifted_and_gets_worse_by_itself_stays_within_the_levels(desk: Desk) -> None:
    alarm = desk.rise()
    desk.go(8)
    assert desk.life.worsened(alarm.key, desk.now, 1) is alarm
    assert (alarm.level, alarm.lifted) == (1, 0)
    assert desk.life.worsened(alarm.key, desk.now, 1) is None


def test_the_third_time_in_a_day_it_is_worse(desk: Desk) -> None:
    found = []
    for _ in range(3):
        found.append(desk.rise())
        desk.clear(found[-1])
        desk.life.acknowledge(found[-1], desk.now, "lin")
        desk.go(7)
    assert [(a.level, a.tags) for a in found] == [(2, ()), (2, ()), (1, ("repeat",))]
    desk.go(20)
    assert desk.rise().tags == ()
    assert desk.rise("LOW", 2, 4).tags == ()


def test_chatter_is_one_alarm_with_a_count_and_a_tag(desk: Desk) -> None:
    first = desk.rise()
    for _ in range(2):
        desk.now += 15_000
        desk.clear(first)
        desk.now += 15_000
        assert desk.rise() is first
    assert (first.count, first.tags) == (3, ("chattering",))
    slow = desk.rise(station=2)
    for _ in range(3):
        desk.now += 70_000
        desk.clear(slow)
        desk.now += 70_000
        desk.rise(station=2)
    assert (slow.count, slow.tags) == (4, ())


class LifeMachine(RuleBasedStateMachine):
    """Whatever the conditions, people and the clock do, in whatever order."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.life = self.desk.life
        self.journal: list[Event] = []
        self.ever: dict[Alarm, None] = {}
        self.permit = 0

    def pick(self, number: int) -> Alarm | None:
        alarms = sorted(self.life.open.values(), key=lambda one: (one.rule, one.station or 0))
        return alarms[number % len(alarms)] if alarms else None

    @rule(
        name=st.sampled_from(sorted(POLICIES)), station=st.integers(1, 3), level=st.integers(1, 4)
    )
    def rise(self, name: str, station: int, level: int) -> None:
        known = self.life.open.get((name, "", station, 7))
        if known is None or not known.active:
            self.ever[self.desk.rise(name, station, level)] = None

    @rule(number=st.integers(0, 8))
    def clear(self, number: int) -> None:
        if (alarm := self.pick(number)) is not None:
            self.desk.clear(alarm)

    @rule(number=st.integers(0, 8), verb=st.sampled_from(["acknowledge", "reset", "unshelve"]))
    def step(self, number: int, verb: str) -> None:
        if (alarm := self.pick(number)) is not None:
            getattr(self.life, verb)(alarm, self.desk.now, "lin")

    @rule(number=st.integers(0, 8), hours=st.floats(0.1, 24))
    def shelve(self, number: int, hours: float) -> None:
        if (alarm := self.pick(number)) is not None:
            until = self.desk.now + round(hours * HOUR)
            self.life.shelve(alarm, self.desk.now, until, "lin", "works")

    @rule(child=st.integers(0, 8), parent=st.integers(0, 8))
    def explain(self, child: int, parent: int) -> None:
        one, other = self.pick(child), self.pick(parent)
        if one is None or other is None or one is other or not one.active:
            return
        if one.parent is None and other.parent is None:
            self.life.suppress(one, other, self.desk.now)

    @rule(number=st.integers(0, 8))
    def release(self, number: int) -> None:
        alarm = self.pick(number)
        if alarm is not None and alarm.state == SUPPRESSED:
            self.life.release(alarm, self.desk.now)

    @rule(
        name=st.sampled_from(["", "LOW"]), station=st.sampled_from([1, 2]), hours=st.integers(1, 48)
    )
    def permit_begins(self, name: str, station: int, hours: int) -> None:
        self.permit += 1
        until = self.desk.now + hours * HOUR
        self.life.begin_permit(
            Permit(self.permit, OUT_OF_SERVICE, until, name, station), self.desk.now, "lin"
        )

    @precondition(lambda self: self.life.permits.in_force)
    @rule()
    def permit_ends(self) -> None:
        self.life.end_permit(min(self.life.permits.in_force), self.desk.now, "lin")

    @rule(hours=st.floats(0.001, 12))
    def time_goes_by(self, hours: float) -> None:
        self.desk.go(hours)
        for alarm in self.life.open.values():
            assert alarm.shelved_ms is None or alarm.shelved_ms > self.desk.now, "it comes back"
            assert alarm.due_ms is None or alarm.due_ms > self.desk.now

    @rule()
    def restart(self) -> None:
        """A life that is loaded from what is stored goes on as this one."""
        fresh = Life(POLICIES)
        kept = [*self.life.open.values(), *self.life._closed.values()]
        fresh.load(kept, self.life.permits.in_force.values())
        assert fresh.open.keys() == self.life.open.keys()
        assert not fresh.changed and not fresh.events
        fresh.events = self.life.events
        self.life = self.desk.life = fresh

    @invariant()
    def journal_and_facts_give_the_state(self) -> None:
        self.journal += self.life.events
        self.life.events.clear()
        last = {event.alarm: event.state for event in self.journal}
        for alarm in self.ever:
            assert last[alarm] == alarm.state
            assert (alarm.state == CLOSED) == (alarm.closed_ms is not None)
            if alarm.state != CLOSED:
                assert alarm.state == state_of(alarm, POLICIES[alarm.rule])

    @invariant()
    def indexes_agree(self) -> None:
        opened = {alarm for alarm in self.ever if alarm.state != CLOSED}
        life = self.life
        assert set(life.open.values()) == opened
        assert len({alarm.key for alarm in opened}) == len(opened), "one open alarm a key"
        for index in (life.of_station, life.of_district):
            assert {alarm for part in index.values() for alarm in part.values()} == opened

    @invariant()
    def what_is_hidden_is_known_why(self) -> None:
        for alarm in self.life.open.values():
            assert 1 <= alarm.level <= 4 and len(alarm.recent) <= 3
            covered = self.life.permits.covering(alarm) is not None
            assert (alarm.state == OUT_OF_SERVICE) == covered
            if alarm.state in HIDDEN:
                assert alarm.permit or alarm.shelved_ms or alarm.parent


TestLife = LifeMachine.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
