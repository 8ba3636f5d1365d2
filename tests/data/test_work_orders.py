from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from data.alarms import Alarms
from data.audit import AuditTrail
from data.catalogue.words import text as say
from data.database import Database
from data.rights import Forbidden, NotFound, Refused
from data.solutions import Draft
from data.stations import Scope, Stations
from data.users import UserRow, Users
from data.work_orders import STEPS, WorkOrderRow, WorkOrders
from tests.data.conftest import EAST, NOW, WEST
from tests.data.test_alarms import alarm

Make = Callable[..., UserRow]
HOUR = timedelta(hours=1)


@pytest.fixture
def orders(db: Database, city: Stations) -> WorkOrders:
    return WorkOrders(db)


SEAL = Draft("motor_overload", "Worn seal", "Exchange the seal")


def reason(step: Callable[..., object], *args: object) -> str:
    """Why a step is refused; it can be said in both languages."""
    with pytest.raises(Refused) as caught:
        step(*args)
    for lang in ("zh", "en"):
        assert say(lang, f"refused.{caught.value.reason}", **caught.value.values)
    return caught.value.reason


def test_an_order_of_an_alarm_has_number_deadlines_and_journal(
    db: Database, orders: WorkOrders
) -> None:
    [alarm_id] = Alarms(db).save([alarm(3, district_id=WEST)])
    row = orders.create(3, "WT-07", 2, alarm_id, NOW)
    assert (row.number, row.state, row.source) == ("W-2611-0001", "new", "alarm")
    assert (row.station_code, row.district_id, row.station("en")) == ("S3", WEST, "House 3")
    assert (row.respond_by, row.restore_by) == (NOW + HOUR, NOW + 8 * HOUR)
    assert [(event.state, event.at) for event in orders.events(row.id)] == [("new", NOW)]
    found = Alarms(db).get(alarm_id)
    assert (found.work_order_id, found.work_order) == (row.id, row.number)
    assert [a.id for a in Alarms(db).of_order(row.id)] == [alarm_id]
    assert Alarms(db).of_order(row.id, Scope(EAST)) == []


def test_a_template_without_hours_owes_nothing(orders: WorkOrders) -> None:
    row = orders.create(1, "WT-25", 4, None, NOW)
    assert (row.respond_by, row.restore_by) == (None, None)
    assert not row.overdue(NOW + timedelta(days=999))


def test_what_does_not_exist_gets_no_order(orders: WorkOrders) -> None:
    with pytest.raises(NotFound, match="station"):
        orders.create(99, "WT-07", 2, None, NOW)
    with pytest.raises(KeyError):
        orders.create(1, "WT-99", 2, None, NOW)
    assert orders.list() == ()


def test_numbers_count_by_the_month_of_the_site(db: Database, city: Stations) -> None:
    orders = WorkOrders(db, ZoneInfo("Asia/Shanghai"))
    moments = ("2026-11-30T15:59", "2026-11-30T16:00", "2026-12-05T00:00", "2027-01-31T16:30")
    times = [datetime.fromisoformat(m).replace(tzinfo=UTC) for m in moments]
    numbers = [orders.create(1, "WT-01", 2, None, at).number for at in times]
    assert numbers == ["W-2611-0001", "W-2612-0001", "W-2612-0002", "W-2702-0001"]


def test_numbers_go_on_past_four_digits(db: Database, orders: WorkOrders) -> None:
    orders.create(1, "WT-01", 2, None, NOW)
    with db.session() as session:
        session.execute(text("update work_orders set number = 'W-2611-9998'"))
    row = {"station_id": 1, "district_id": 1, "template": "WT-01", "level": 2, "state": "closed"}
    ids = orders.save([{**row, "created_at": NOW} for _ in range(3)])
    numbers = [orders.get(id).number for id in ids]
    assert numbers == ["W-2611-9999", "W-2611-10000", "W-2611-10001"]
    assert orders.create(1, "WT-01", 2, None, NOW).number == "W-2611-10002"


def test_writers_at_the_same_moment_get_different_numbers(orders: WorkOrders) -> None:
    def make(n: int) -> str:
        return orders.create(n % 4 + 1, "WT-01", 2, None, NOW).number

    with ThreadPoolExecutor(6) as pool:
        numbers = sorted(pool.map(make, range(30)))
    assert numbers == [f"W-2611-{n:04d}" for n in range(1, 31)]


def test_other_violations_are_not_tried_again(db: Database, orders: WorkOrders) -> None:
    tries: list[object] = []
    event.listen(db.engine, "rollback", lambda link: tries.append(link))  # noqa: PLW0108
    row = {"station_id": 99, "district_id": 1, "template": "WT-01", "level": 2, "state": "new"}
    with pytest.raises(IntegrityError):
        orders.save([{**row, "created_at": NOW}])
    assert len(tries) == 1


def test_from_new_to_closed(db: Database, orders: WorkOrders, person: Make) -> None:
    crew, desk = person("inspector", "li"), person("dispatcher", "ann")
    id = orders.create(1, "WT-07", 2, None, NOW).id
    row = orders.take(id, crew, NOW + HOUR / 2, "on my way")
    assert (row.state, row.assignee, row.taken_at) == ("assigned", "li", NOW + HOUR / 2)
    row = orders.start(id, crew, NOW + HOUR)
    assert (row.state, row.started_at, row.taken_at) == (
        "in_progress", NOW + HOUR, NOW + HOUR / 2,
    )  # fmt: skip
    row = orders.finish(id, crew, NOW + 2 * HOUR, "repaired", "new seal", SEAL)
    assert (row.state, row.outcome, row.note) == ("review", "repaired", "new seal")
    row = orders.close(id, desk, NOW + 3 * HOUR, "fine")
    assert (row.state, row.closed_at, row.note) == ("closed", NOW + 3 * HOUR, "new seal")
    assert orders.get(id) == row == orders.by_number(row.number)
    journal = [(event.state, event.username, event.note) for event in orders.events(id)]
    assert journal == [
        ("new", "", ""),
        ("assigned", "li", "on my way"),
        ("in_progress", "li", ""),
        ("review", "li", "new seal"),
        ("closed", "ann", "fine"),
    ]
    trail = [(r.verb, r.subject) for r in AuditTrail(db).recent() if "order" in r.verb]
    assert trail == [
        (f"work_order.{step}", row.number) for step in ("close", "finish", "start", "take")
    ]
    assert not row.overdue(NOW + timedelta(days=9))


def test_late_is_late_to_take_or_late_to_restore(orders: WorkOrders, person: Make) -> None:
    crew = person("inspector")
    id = orders.create(1, "WT-07", 2, None, NOW).id
    assert not orders.get(id).overdue(NOW + HOUR)
    assert orders.get(id).overdue(NOW + HOUR + timedelta(seconds=1))
    row = orders.take(id, crew, NOW + HOUR)
    assert not row.overdue(NOW + 8 * HOUR)
    assert row.overdue(NOW + 9 * HOUR)


def test_an_assigned_person_takes_it_by_beginning(orders: WorkOrders, person: Make) -> None:
    desk, crew, other = person("dispatcher"), person("inspector", "li"), person("engineer", "wu")
    id = orders.create(1, "WT-07", 2, None, NOW).id
    row = orders.assign(id, "li", desk, NOW)
    assert (row.state, row.assignee, row.taken_at) == ("assigned", "li", None)
    assert reason(orders.take, id, other, NOW) == "order_other_person"
    assert reason(orders.start, id, other, NOW) == "order_other_person"
    assert orders.start(id, crew, NOW + HOUR).taken_at == NOW + HOUR
    assert reason(orders.finish, id, other, NOW, "repaired") == "order_other_person"
    assert reason(orders.take, id, crew, NOW) == "order_state"


def test_an_order_goes_only_to_somebody_who_can_do_it(orders: WorkOrders, person: Make) -> None:
    desk = person("dispatcher")
    person("inspector", "west", WEST)
    person("inspector", "east", EAST)
    person("executive", "boss")
    id = orders.create(1, "WT-07", 2, None, NOW).id
    for name in ("west", "boss", "nobody"):
        assert reason(orders.assign, id, name, desk, NOW) == "order_assignee"
    assert orders.assign(id, "east", desk, NOW).assignee == "east"


def test_nobody_reviews_own_work(orders: WorkOrders, person: Make) -> None:
    engineer = person("engineer")
    id = orders.create(1, "WT-07", 2, None, NOW).id
    orders.take(id, engineer, NOW)
    orders.start(id, engineer, NOW)
    assert reason(orders.finish, id, engineer, NOW, "magic") == "order_outcome"
    assert reason(orders.finish, id, engineer, NOW, "repaired") == "order_solution"
    orders.finish(id, engineer, NOW, "no_fault_found")
    assert reason(orders.close, id, engineer, NOW) == "order_own_work"


def test_right_before_scope_before_state(orders: WorkOrders, person: Make) -> None:
    id = orders.create(3, "WT-07", 2, None, NOW).id
    with pytest.raises(Forbidden) as caught:
        orders.take(id, person("dispatcher", district_id=EAST), NOW)
    assert caught.value.right == "work_orders.take"
    with pytest.raises(NotFound):
        orders.take(id, person("inspector", district_id=EAST), NOW)
    assert orders.get(id).state == "new"


def test_a_scope_sees_its_district_only(orders: WorkOrders) -> None:
    east = orders.create(1, "WT-07", 2, None, NOW)
    west = orders.create(3, "WT-07", 1, None, NOW)
    scope = Scope(EAST)
    assert orders.list() == (west, east)
    assert orders.list(scope) == (east,)
    assert orders.get(west.id, scope) is None
    assert orders.by_number(west.number, scope) is None
    assert orders.events(west.id, scope) == ()
    assert orders.list(states=["closed"]) == ()


def test_two_takers_at_the_same_moment(orders: WorkOrders, person: Make) -> None:
    crew = [person("inspector", name) for name in ("a", "b", "c", "d")]
    for _ in range(5):
        id = orders.create(1, "WT-07", 2, None, NOW).id

        def take(user: UserRow, id: int = id) -> str:
            try:
                return orders.take(id, user, NOW).assignee
            except Refused as refused:
                return refused.reason

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(take, crew))
        takers = [answer for answer in answers if len(answer) == 1]
        assert takers == [orders.get(id).assignee]
        assert set(answers) - set(takers) <= {"order_changed", "order_other_person"}


def test_a_further_alarm_finds_the_open_order(orders: WorkOrders, person: Make) -> None:
    since = NOW - timedelta(minutes=30)
    assert orders.open_of_station(1, since) is None
    orders.create(1, "WT-01", 2, None, since - timedelta(seconds=1))
    assert orders.open_of_station(1, since) is None
    orders.create(1, "WT-01", 2, None, since)
    newest = orders.create(1, "WT-07", 2, None, NOW)
    orders.create(2, "WT-07", 2, None, NOW)
    assert orders.open_of_station(1, since) == newest
    orders.cancel(newest.id, person("dispatcher"), NOW, "twice")
    assert orders.open_of_station(1, since).template == "WT-01"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.sampled_from([*STEPS]), max_size=9))
def test_the_states_follow_the_table(db: Database, person: Make, steps: list[str]) -> None:
    orders, users = WorkOrders(db), people(db, person)
    row = orders.create(1, "WT-07", 2, None, NOW)
    for step in steps:
        legal = row.state in STEPS[step].origins
        try:
            after = play(orders, step, row.id, users)
        except Refused as refused:
            assert not legal or refused.reason != "order_state"
            assert orders.get(row.id) == row
        else:
            assert legal
            assert after.state == STEPS[step].state
            row = after
    states = [event.state for event in orders.events(row.id)]
    assert states[-1] == row.state


def people(db: Database, person: Make) -> dict[str, UserRow]:
    known = {row.role: row for row in Users(db).all()}
    return known or {role: person(role) for role in ("inspector", "dispatcher")}


def play(orders: WorkOrders, step: str, id: int, users: dict[str, UserRow]) -> WorkOrderRow:
    crew, desk = users["inspector"], users["dispatcher"]
    if step == "assign":
        return orders.assign(id, crew.username, desk, NOW)
    if step == "finish":
        return orders.finish(id, crew, NOW, "repaired", solution=SEAL)
    call: Callable[..., WorkOrderRow] = getattr(orders, step)
    return call(id, desk if step in ("close", "cancel") else crew, NOW)


def test_an_order_upon_an_analysis_is_its_askers_and_stands_once(
    db: Database, orders: WorkOrders, person: Make
) -> None:
    engineer = person("engineer")
    row = orders.order(3, "WT-10", 4, engineer, NOW, "0.81 kWh/(m³·MPa)")
    assert (row.source, row.state, row.note) == ("analysis", "new", "0.81 kWh/(m³·MPa)")
    assert (row.number, row.station_code, row.level) == ("W-2611-0001", "S3", 4)
    [first] = orders.events(row.id)
    assert (first.state, first.username, first.note) == ("new", engineer.username, row.note)
    [told] = AuditTrail(db).recent(1)
    assert (told.verb, told.subject, told.username) == (
        "work_order.order",
        row.number,
        engineer.username,
    )
    assert reason(orders.order, 3, "WT-10", 4, engineer, NOW) == "order_exists"
    assert orders.order(3, "WT-05", 4, engineer, NOW).number == "W-2611-0002"
    assert [a.verb for a in AuditTrail(db).recent(3)].count("work_order.order") == 2


def test_who_may_ask_for_an_order_and_where(orders: WorkOrders, person: Make) -> None:
    with pytest.raises(Forbidden):
        orders.order(1, "WT-10", 4, person("executive"), NOW)
    with pytest.raises(NotFound):
        orders.order(99, "WT-10", 4, person("engineer"), NOW)
    east = person("district_manager", district_id=EAST)
    with pytest.raises(NotFound):
        orders.order(3, "WT-10", 4, east, NOW)
    with pytest.raises(KeyError):
        orders.order(1, "WT-99", 4, east, NOW)
    assert orders.order(1, "WT-10", 4, east, NOW).district_id == EAST
