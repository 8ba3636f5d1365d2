"""Telling: never twice, never a suppressed alarm, quiet when it is meant, louder until seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from analytics.telling import plan
from analytics.telling_digest import is_quiet
from analytics.telling_log import Log, Told, in_flood
from analytics.telling_terms import Alarm, Level, Notice, Policy, Reached, Step

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""12:00 on a Monday in Shanghai."""
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PEOPLE = {
    "dispatcher": "chen", "inspector": "zhang", "team_leader": "wu", "district_manager": "huang",
    "executive": "lin",
}  # fmt: skip
LADDER = (
    Step(1, "team_leader", (1, 2, 3)),
    Step(2, "district_manager", (1, 2, 3)),
    Step(4, "executive", (1, 2)),
)
POLICY = Policy(
    {
        1: Level(5 * MINUTE, ("app", "push", "sms", "mail")),
        2: Level(15 * MINUTE, ("app", "push", "sms|mail")),
        3: Level(60 * MINUTE, ("app", "push|mail"), quiet=True),
        4: Level(24 * HOUR, ("app", "mail"), quiet=True, weekly=True),
    },
    LADDER, ("app", "mail"), ("app", "mail"), ZoneInfo("Asia/Shanghai"),
)  # fmt: skip


def crew(duty: str, district: int) -> list[Reached]:
    return [Reached(PEOPLE[duty], duty, 7)]


def alarm(id: int = 1, level: int = 2, at: datetime = NOON, **other: Any) -> Alarm:
    given: dict[str, Any] = {
        "rule": "R-HY-01", "state": "unacknowledged", "district": 1, "active_at": at,
        "duties": ("dispatcher", "inspector"), "fold_s": 300.0,
    } | other  # fmt: skip
    return Alarm(id, level=level, **given)


def due(
    alarms: list[Alarm], log: Log, now: datetime, policy: Policy = POLICY, loud: bool = True
) -> list[Notice]:
    return list(plan(alarms, log, crew, policy, now, set(PEOPLE.values()) if loud else ()))


def told(notices: list[Notice]) -> set[tuple[str, str]]:
    return {(n.kind, n.username) for n in notices}


def test_those_on_duty_are_told_once_with_the_reason() -> None:
    log, one = Log(), alarm()
    assert due([one], log, NOON + timedelta(seconds=9)) == []
    first = due([one], log, NOON + timedelta(seconds=10))
    assert told(first) == {("raised", "chen"), ("raised", "zhang")}
    assert first[0].why == {"rule": "R-HY-01", "how": "told", "duty": "dispatcher", "shift": 7}
    assert first[0].routes == ("app", "push", "sms|mail")
    assert due([one], log, NOON + MINUTE) == []


def test_the_ladder_climbs_until_somebody_acknowledges() -> None:
    log, one = Log(), alarm(level=1)
    due([one], log, NOON + 10 * MINUTE)
    start = NOON + 10 * MINUTE
    steps = {n: told(due([one], log, start + n * MINUTE)) for n in (4, 5, 9, 10, 20)}
    on_duty = {("reminder", "chen"), ("reminder", "zhang")}
    assert steps[4] == steps[9] == set()
    assert steps[5] == on_duty | {("escalated", "wu")}
    assert steps[10] == on_duty | {("reminder", "wu"), ("escalated", "huang")}
    assert steps[20] == on_duty | {("reminder", "wu"), ("reminder", "huang"), ("escalated", "lin")}
    for seen in (replace(one, seen=True), replace(one, state="acknowledged")):
        assert due([seen], log, start + HOUR) == []


def test_what_nobody_has_to_acknowledge_is_told_once(monkeypatch: Any) -> None:
    log = Log()
    for state in ("unacknowledged", "acknowledged"):
        one = alarm(1 + (state == "acknowledged"), 3, state=state, auto=True)
        assert told(due([one], log, NOON + MINUTE)) == {("raised", "chen"), ("raised", "zhang")}
        monkeypatch.setitem(PEOPLE, "dispatcher", "sun")
        assert due([one], log, NOON + 5 * HOUR) == []
        monkeypatch.setitem(PEOPLE, "dispatcher", "chen")


def test_a_ladder_counts_from_the_telling_not_from_an_outage() -> None:
    log = Log()
    found = due([alarm(level=1)], log, NOON + 2 * HOUR)
    assert told(found) == {("raised", "chen"), ("raised", "zhang")}


def test_the_next_shift_is_told_of_what_nobody_has_seen(monkeypatch: Any) -> None:
    log, one = Log(), alarm(level=1)
    due([one], log, NOON + MINUTE)
    due([one], log, NOON + 7 * MINUTE)
    monkeypatch.setitem(PEOPLE, "dispatcher", "sun")
    assert told(due([one], log, NOON + 8 * MINUTE)) == {("reminder", "sun")}


def test_one_message_for_a_parent_and_its_children() -> None:
    children = [alarm(n, 1, state="suppressed", parent=1) for n in range(2, 6)]
    found = due([alarm(1), *children], Log(), NOON + MINUTE)
    assert [n.alarms for n in found] == [(1, 2, 3, 4, 5)] * 2


def test_what_is_hidden_or_past_is_never_told() -> None:
    hidden = [
        alarm(n, 1, state=state)
        for n, state in enumerate(("suppressed", "shelved", "out_of_service"))
    ]
    old = alarm(8, 1, NOON - 13 * HOUR)
    assert due([*hidden, alarm(9, 1, historic=True), old], Log(), NOON) == []


def test_worse_is_told_again() -> None:
    log = Log()
    due([alarm(level=3)], log, NOON + MINUTE)
    found = due([alarm(level=1)], log, NOON + 2 * MINUTE)
    assert {n.key for n in found} == {"1:raised:1"}


def test_the_end_is_told_once_to_those_who_knew_and_not_before_it_can_fold() -> None:
    log, one = Log(), alarm()
    due([one], log, NOON + MINUTE)
    over = replace(one, state="returned", cleared_at=NOON + 2 * MINUTE)
    assert due([over], log, NOON + 6 * MINUTE) == []
    closed = replace(over, state="closed")
    assert told(due([closed], log, NOON + 7 * MINUTE)) == {
        ("cleared", "chen"),
        ("cleared", "zhang"),
    }
    assert due([closed], log, NOON + 9 * MINUTE) == []
    assert due([replace(closed, id=2)], log, NOON + 9 * MINUTE) == []


def test_nights_are_for_levels_one_and_two() -> None:
    night = NOON + 11 * HOUR
    assert is_quiet(POLICY, night)
    assert not is_quiet(POLICY, NOON)
    log = Log()
    calm, grave = alarm(1, 3, night), alarm(2, 2, night)
    found = due([calm, grave], log, night + MINUTE)
    assert {(n.alarms[0], n.deferred) for n in found} == {(1, "quiet"), (2, "")}
    seen = [calm, replace(grave, seen=True)]
    assert due(seen, log, night + 7 * HOUR) == []
    morning = due(seen, log, night + 8 * HOUR)
    assert {(n.kind, n.alarms, n.covers) for n in morning} == {("digest", (1,), ("1:raised:3",))}
    assert told(due(seen, log, night + 9 * HOUR)) >= {("escalated", "wu")}, "T1 from the morning on"


def test_level_four_is_told_once_a_week() -> None:
    log, one = Log(), alarm(level=4)
    assert {n.deferred for n in due([one], log, NOON + MINUTE)} == {"weekly"}
    monday = datetime(2026, 11, 30, 0, 0, tzinfo=UTC)
    assert due([one], log, monday - MINUTE) == []
    assert {n.kind for n in due([one], log, monday)} == {"digest"}
    assert due([one], log, monday + 7 * 24 * HOUR) == []


def test_a_flood_begins_above_ten_and_ends_below_five() -> None:
    many = [NOON + timedelta(seconds=n) for n in range(12)]
    assert not in_flood(many[:10], many[9], 10, 5)
    assert in_flood(many[:11], many[10], 10, 5)
    assert in_flood(many, NOON + 10 * MINUTE + timedelta(seconds=6), 10, 5)
    assert not in_flood(many, NOON + 10 * MINUTE + timedelta(seconds=7), 10, 5)
    trickle = [*many, *(NOON + n * MINUTE for n in range(1, 16))]
    assert in_flood(trickle, NOON + 16 * MINUTE, 10, 5)


def trickle(alarms: list[Alarm], log: Log, start: datetime) -> list[Notice]:
    """Told one after the other, 2 s apart."""
    found = []
    for n in range(len(alarms)):
        found += due(alarms[: n + 1], log, start + n * timedelta(seconds=2))
    return found


def test_many_at_once_are_one_message_and_the_ladder_goes_on() -> None:
    log = Log()
    storm = [alarm(n, 1 + n % 2) for n in range(1, 41)]
    found = [n for n in due(storm, log, NOON + MINUTE) if n.username == "chen"]
    [whole] = [n for n in found if not n.deferred]
    assert (whole.kind, whole.level, len(whole.alarms)) == ("digest", 1, 40)
    assert whole.routes == POLICY.levels[1].routes
    assert {n.deferred for n in found if n is not whole} == {"storm"}
    more = [*storm, *(alarm(n, 1, NOON + MINUTE) for n in range(41, 50))]
    assert {n.deferred for n in due(more, log, NOON + 90 * timedelta(seconds=1))} == {"storm"}
    again = due(more, log, NOON + 2 * MINUTE)
    assert {(n.kind, len(n.alarms)) for n in again} == {("digest", 9)}, "one a minute"
    later = [n for n in due(more, log, NOON + 7 * MINUTE) if n.username == "wu"]
    assert {n.kind for n in later} == {"escalated", "digest"}


def test_in_a_flood_levels_three_wait_for_a_digest() -> None:
    log = Log()
    flood = [alarm(n, 2 if n < 9 else 3) for n in range(30)]
    found = [n for n in trickle(flood, log, NOON + MINUTE) if n.username == "chen"]
    assert sorted({n.alarms[0] for n in found if n.deferred}) == list(range(11, 30))
    seen = [replace(one, seen=True) for one in flood]
    assert due(seen, log, NOON + 5 * MINUTE) == []
    [digest] = [n for n in due(seen, log, NOON + 12 * MINUTE) if n.username == "chen"]
    assert (digest.kind, len(digest.alarms)) == ("digest", 19)


def test_a_digest_leaves_out_what_was_suppressed_meanwhile() -> None:
    log = Log()
    flood = [alarm(n, 3) for n in range(13)]
    trickle(flood, log, NOON + MINUTE)
    hidden = [replace(one, state="suppressed") for one in flood]
    found = due(hidden, log, NOON + 12 * MINUTE)
    assert {n.routes for n in found} == {()}, "noted, but nothing is sent"
    assert not log.waiting()


def test_one_gets_so_many_an_hour_and_level_one_always() -> None:
    log, many = Log(), [alarm(n, 2) for n in range(30)]
    found = [n for n in trickle(many, log, NOON + MINUTE) if n.username == "chen"]
    assert sum(not n.deferred for n in found) == POLICY.most_per_hour
    assert {n.deferred for n in found[20:]} == {"rate"}
    urgent = due([alarm(99, 1)], log, NOON + 2 * MINUTE)
    assert {n.deferred for n in urgent} == {""}
    quiet = Log()
    for n in range(30):
        at = NOON + MINUTE + n * timedelta(seconds=2)
        assert {one.deferred for one in due(many[: n + 1], quiet, at, loud=False)} == {""}


STATES = ["acknowledged", "shelved", "suppressed", "returned", "returned", "closed", "latched"]


class Telling(RuleBasedStateMachine):
    """Alarms come, change and go in any order; the step may run at any time and after a restart."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.alarms: dict[int, Alarm] = {}
        self.log = Log()
        self.rows: dict[tuple[str, str], Told] = {}

    @rule(
        level=st.sampled_from([1, 2, 3, 3, 4]), late=st.sampled_from([0, 0, 1, 60, 1000]),
        parent=st.sampled_from([None, None, None, 1, 2]),
        historic=st.sampled_from([False] * 5 + [True]),
    )  # fmt: skip
    def raise_one(self, level: int, late: int, parent: int | None, historic: bool) -> None:
        id = len(self.alarms) + 1
        under = parent if parent in self.alarms else None
        self.alarms[id] = alarm(
            id, level, self.now - late * MINUTE, parent=under, historic=historic,
            state="unacknowledged" if under is None else "suppressed",
        )  # fmt: skip

    @rule(id=st.integers(1, 12), state=st.sampled_from(STATES))
    def change(self, id: int, state: str) -> None:
        if self.alarms:
            id = 1 + id % len(self.alarms)
            over = self.now if state in ("returned", "closed", "latched") else None
            self.alarms[id] = replace(self.alarms[id], state=state, cleared_at=over)

    @rule(id=st.integers(1, 12))
    def worsen(self, id: int) -> None:
        id = 1 + id % max(1, len(self.alarms))
        if id in self.alarms and self.alarms[id].state == "acknowledged":
            self.alarms[id] = replace(self.alarms[id], state="unacknowledged", level=1)

    @rule(minutes=st.sampled_from([0.05, 1, 6, 14, 60, 60, 600]))
    def step(self, minutes: float) -> None:
        self.now += minutes * MINUTE
        for one in due(list(self.alarms.values()), self.log, self.now):
            place = (one.key, one.username)
            assert place not in self.rows, "told twice"
            for key in one.covers:
                before = self.rows[key, one.username]
                assert before.deferred
                self.rows[key, one.username] = replace(before, deferred="", at=self.now)
            if not one.routes:
                continue
            for id in one.alarms[:1] if one.kind != "digest" else one.alarms:
                about = self.alarms[id]
                assert about.state not in ("suppressed", "shelved")
                assert not about.historic
                if one.kind in ("reminder", "escalated"):
                    assert about.state in ("unacknowledged", "latched"), "acknowledged: no more"
                if one.kind == "cleared":
                    assert about.cleared_at is not None
            quiet = is_quiet(POLICY, self.now) and one.level >= 3
            assert not (quiet and not one.deferred and one.kind != "digest")
            first = one.alarms[0] if one.kind != "digest" else None
            self.rows[place] = Told(
                one.key, one.username, one.kind, one.level, self.now, first, one.deferred
            )

    @rule()
    def restart(self) -> None:
        self.log = Log(self.rows.values())
        self.log.forget(self.alarms, self.now)

    @invariant()
    def nothing_more_is_due_at_once(self) -> None:
        log = Log(self.rows.values())
        first = list(due(list(self.alarms.values()), log, self.now))
        assert [n for n in due(list(self.alarms.values()), log, self.now) if n.routes] == []
        assert len({(n.key, n.username) for n in first}) == len(first)


Telling.TestCase.settings = settings(max_examples=250, stateful_step_count=30, deadline=None)
TestTelling = Telling.TestCase
