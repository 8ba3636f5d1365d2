"""Shifts in the records: who may write them, whom they name, what a substitute changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from data.audit import AuditTrail
from data.database import Database
from data.rights import Forbidden, NotFound, Refused
from data.rota import Rota
from data.users import UserRow
from tests.data.conftest import EAST, NOW, WEST

Person = Callable[..., UserRow]
HALF = timedelta(hours=12)


@pytest.fixture
def rota(db: Database) -> Rota:
    return Rota(db)


def add(rota: Rota, by: UserRow, username: str, **other: Any) -> int:
    given = {"duty": "dispatcher", "district_id": None, "start": NOW, "end": NOW + HALF} | other
    return rota.add(by, username, at=NOW, **given)


def test_a_shift_is_kept_changed_and_removed(rota: Rota, person: Person, db: Database) -> None:
    chen, wang = person("dispatcher"), person("dispatcher", "wang")
    id = add(rota, chen, "wang", repeat="FREQ=DAILY;INTERVAL=2", days="workdays")
    [row] = rota.shifts()
    assert (row.username, row.repeat, row.days, row.end_at) == (
        "wang", "FREQ=DAILY;INTERVAL=2", "workdays", NOW + HALF,
    )  # fmt: skip
    rota.substitute(chen, id, NOW, "dispatcher", NOW)
    assert rota.changes() == {(id, NOW): "dispatcher"}
    rota.substitute(chen, id, NOW, "", NOW)
    assert rota.changes() == {(id, NOW): ""}
    rota.substitute(chen, id, NOW, wang.username, NOW)
    assert rota.changes() == {}, "the person of the shift is no change"
    rota.substitute(chen, id, NOW, "", NOW)
    rota.remove(chen, id, NOW)
    assert (rota.shifts(), rota.changes()) == ((), {})
    assert [row.verb for row in AuditTrail(db).recent(2)] == ["shift.remove", "shift.substitute"]


def test_who_may_write(rota: Rota, person: Person) -> None:
    boss = person("district_manager", district_id=EAST)
    person("inspector")
    add(rota, boss, "inspector", duty="inspector", district_id=EAST)
    whole = add(rota, person("dispatcher"), "inspector")
    for district in (WEST, None):
        with pytest.raises(NotFound):
            add(rota, boss, "inspector", district_id=district)
    with pytest.raises(NotFound):
        rota.remove(boss, whole, NOW)
    for role in ("engineer", "executive"):
        with pytest.raises(Forbidden):
            add(rota, person(role), "inspector")


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"duty": "king"}, "shift_duty"),
        ({"days": "mondays"}, "shift_duty"),
        ({"end": NOW}, "shift_times"),
        ({"end": NOW + timedelta(days=32)}, "shift_times"),
        ({"until": NOW}, "shift_times"),
        ({"username": "east"}, "shift_person"),
    ],
)
def test_what_is_no_shift_is_refused(
    rota: Rota, person: Person, other: dict[str, Any], why: str
) -> None:
    person("inspector", "east", district_id=EAST)
    given = {"username": "dispatcher"} | other
    with pytest.raises(Refused) as refused:
        add(rota, person("dispatcher"), **given)
    assert refused.value.reason == why
    with pytest.raises(NotFound):
        add(rota, person("administrator"), "nobody")
