"""Cards and boards of people: order, limits, sharing, and what a role or district may not see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.audit import AuditTrail
from data.boards import Boards
from data.cards import MOST, Card
from data.database import Database
from data.rights import Forbidden, NotFound, Refused
from data.stations import Stations
from data.subscriptions import Subscriptions, preset
from data.users import UserRow
from tests.data.conftest import EAST, NOW

Person = Callable[..., UserRow]
SUPPLY, COST = Card("supply"), Card("energy_cost")


@pytest.fixture
def own(db: Database, city: Stations) -> Subscriptions:
    return Subscriptions(db, city)


@pytest.fixture
def boards(db: Database, city: Stations) -> Boards:
    return Boards(db, city)


def codes(own: Subscriptions, user: UserRow) -> list[str]:
    return [card.indicator for card in own.of(user).cards]


def test_a_person_begins_with_the_preset_and_comes_back_to_it(
    own: Subscriptions, person: Person, db: Database
) -> None:
    chen = person("engineer")
    assert own.of(chen).preset
    assert own.of(chen).cards == preset("engineer")
    own.add(chen, SUPPLY, NOW)
    assert own.of(chen).cards == (*preset("engineer"), SUPPLY)
    own.remove(chen, preset("engineer")[0].key, NOW)
    own.reset(chen, NOW)
    assert own.of(chen) == own.of(person("engineer", "wang"))
    verbs = [row.verb for row in AuditTrail(db).recent(username="engineer")]
    assert verbs[:3] == ["card.reset", "card.remove", "card.add"]


def test_cards_are_moved_pinned_and_changed(own: Subscriptions, person: Person) -> None:
    chen = person("inspector")
    first, second, *_ = own.of(chen).cards
    own.move(chen, second.key, -1, NOW)
    assert own.of(chen).cards[:2] == (second, first)
    own.move(chen, second.key, -1, NOW)
    own.move(chen, second.key, 99, NOW)
    assert own.of(chen).cards[-1] == second
    own.pin(chen, second.key, not second.pinned, NOW)
    assert own.of(chen).cards[-1].pinned is not second.pinned
    other = replace(second, place="s:S1", warn=99.0, bad=95.0)
    own.change(chen, second.key, other, NOW)
    assert own.of(chen).cards[-1] == other
    with pytest.raises(NotFound):
        own.move(chen, second.key, 1, NOW)


def test_what_a_role_may_not_see_is_refused_whatever_the_way(
    own: Subscriptions, boards: Boards, person: Person
) -> None:
    inspector, boss = person("inspector"), person("executive")
    with pytest.raises(Forbidden):
        own.add(inspector, COST, NOW)
    with pytest.raises(Forbidden):
        own.change(inspector, own.of(inspector).cards[0].key, COST, NOW)
    own.replace(inspector, [COST, SUPPLY], NOW)
    assert codes(own, inspector) == ["supply"]
    with pytest.raises(Refused, match="board_empty"):
        boards.save(inspector, "钱", [COST], NOW)
    id = boards.save(boss, "经营", [COST, SUPPLY], NOW)
    boards.share(boss, id, ["all"], NOW)
    shown = boards.shown(inspector, id)
    assert [card.indicator for card in shown.cards] == ["supply"]
    assert shown.left_out == 1
    assert len(boards.shown(boss, id).cards) == 2
    for code in ("nothing", "complaint_rate"):
        with pytest.raises(NotFound):
            own.add(boss, Card(code), NOW)


def test_a_lost_right_hides_a_card_and_keeps_it(own: Subscriptions, person: Person) -> None:
    boss = person("executive")
    own.replace(boss, [COST, SUPPLY], NOW)
    demoted = replace(boss, role="inspector")
    assert codes(own, demoted) == ["supply"]
    assert own.of(demoted).left_out == 1
    own.add(demoted, Card("online_rate"), NOW)
    assert codes(own, demoted) == ["supply", "online_rate"]
    assert codes(own, boss) == ["supply", "online_rate", "energy_cost"]


def test_places_of_another_district_are_refused(
    own: Subscriptions, boards: Boards, person: Person
) -> None:
    east, boss = person("district_manager", district_id=EAST), person("executive")
    for place in ("d:west", "s:S3", "s:", "x:east", "d:east:1", "east"):
        with pytest.raises(NotFound):
            own.add(east, Card("supply", place), NOW)
    own.add(east, Card("supply", "s:S1"), NOW)
    id = boards.save(boss, "两区", [Card("supply", "d:west"), Card("supply", "d:east")], NOW)
    boards.share(boss, id, ["district_manager"], NOW)
    assert [card.place for card in boards.shown(east, id).cards] == ["d:east"]


@pytest.mark.parametrize(
    ("card", "why"),
    [
        (Card("supply", period="8d"), "card_period"),
        (Card("supply", compare="none"), "card_period"),
        (Card("supply", warn=float("nan")), "card_limit"),
        (Card("pressure_compliance", warn=95.0, bad=99.0), "card_limit"),
        (Card("specific_energy", warn=0.7, bad=0.6), "card_limit"),
    ],
)
def test_a_wrong_card_is_refused(own: Subscriptions, person: Person, card: Card, why: str) -> None:
    with pytest.raises(Refused, match=why):
        own.add(person("executive"), card, NOW)


def test_the_same_card_stands_once_and_boards_end(own: Subscriptions, person: Person) -> None:
    boss = person("executive")
    own.replace(boss, [SUPPLY], NOW)
    with pytest.raises(Refused, match="card_twice"):
        own.add(boss, replace(SUPPLY, pinned=True), NOW)
    periods = ("today", "yesterday", "30d", "this_month", "last_month", "this_year")
    places = ("", "d:east", "d:west", "s:S1", "s:S2", "s:S3", "s:S4")
    many = [Card("supply", place, period) for place in places for period in periods]
    own.replace(boss, many[:MOST], NOW)
    with pytest.raises(Refused, match="cards_full"):
        own.add(boss, many[MOST], NOW)


@pytest.mark.parametrize(
    ("warn", "bad", "better", "told"),
    [
        (95.0, 90.0, "up", ["bad", "warn", ""]),
        (91.0, 95.0, "down", ["", "warn", "bad"]),
        (91.0, 95.0, None, ["", "warn", "bad"]),
        (95.0, 90.0, None, ["bad", "warn", ""]),
        (None, 91.0, None, ["", "bad", "bad"]),
        (None, None, "up", ["", "", ""]),
    ],
)
def test_own_limits(
    warn: float | None, bad: float | None, better: str | None, told: list[str]
) -> None:
    card = Card("supply", warn=warn, bad=bad)
    assert [card.verdict(value, better) for value in (89.0, 93.0, 97.0)] == told
    assert card.verdict(None, better) == ""


def test_boards_are_their_owners_until_shared(boards: Boards, person: Person, db: Database) -> None:
    chen, wang, li = person("engineer"), person("executive"), person("inspector")
    id = boards.save(chen, "能耗", [SUPPLY], NOW)
    assert boards.save(chen, " 能耗 ", [SUPPLY, Card("online_rate")], NOW) == id
    for step in (boards.get, boards.shown):
        with pytest.raises(NotFound):
            step(wang, id)
    boards.share(chen, id, ["executive"], NOW)
    assert [b.name for b in boards.of(wang)] == ["能耗"]
    assert boards.of(li) == ()
    with pytest.raises(NotFound):
        boards.share(wang, id, [], NOW)
    with pytest.raises(NotFound):
        boards.remove(wang, id, NOW)
    with pytest.raises(Refused, match="board_roles"):
        boards.share(chen, id, ["boss"], NOW)
    boards.share(chen, id, [], NOW)
    assert boards.of(wang) == ()
    boards.remove(chen, id, NOW)
    verbs = [row.verb for row in AuditTrail(db).recent()]
    assert verbs[:3] == ["board.remove", "board.share", "board.share"]


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "up", "down", "pin"]), st.integers(0, 5)),
    max_size=12,
)
POOL = ("supply", "online_rate", "pressure_compliance", "specific_energy", "quality_compliance",
        "interruption")  # fmt: skip


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_any_steps_keep_the_order_that_a_list_would(
    sqlite: Database, steps: list[tuple[str, int]]
) -> None:
    own = Subscriptions(sqlite, Stations(sqlite))
    user = UserRow(1, "chen", "", "", "engineer", None, "zh", "dark", True, 0)
    start = [Card(code) for code in POOL[:3]]
    own.reset(user, NOW)
    own.replace(user, start, NOW)
    model = list(start)
    for verb, n in steps:
        at = next((i for i, c in enumerate(model) if c.indicator == POOL[n]), None)
        try:
            if verb == "add":
                own.add(user, Card(POOL[n]), NOW)
                model.append(Card(POOL[n]))
                assert at is None
            elif verb == "remove":
                own.remove(user, Card(POOL[n]).key, NOW)
                model.remove(model[at or 0])
            elif verb == "pin":
                own.pin(user, Card(POOL[n]).key, True, NOW)
                model[at or 0] = replace(model[at or 0], pinned=True)
            else:
                own.move(user, Card(POOL[n]).key, -1 if verb == "up" else 1, NOW)
                card = model.pop(at or 0)
                model.insert(max(0, (at or 0) + (-1 if verb == "up" else 1)), card)
        except NotFound:
            assert at is None
        except Refused:
            assert verb == "add" and at is not None
        if not model:
            model = list(preset("engineer"))
            return
        assert list(own.of(user).cards) == model
