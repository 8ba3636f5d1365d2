from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from data.actions import VERBS, Actions
from data.alarms import Alarms
from data.audit import AuditTrail
from data.catalogue.words import text
from data.database import Database
from data.rights import RIGHTS, ROLES, Forbidden, NotFound, Refused, allowed, require
from data.stations import Stations
from data.users import UserRow
from tests.data.conftest import EAST, NOW, WEST
from tests.data.test_alarms import alarm

Make = Callable[..., UserRow]


@pytest.fixture
def actions(db: Database, city: Stations) -> Actions:
    return Actions(db)


@pytest.fixture
def alarms(db: Database, city: Stations) -> Alarms:
    """Alarm 1 in the east, 2 in the west, 3 closed."""
    alarms = Alarms(db)
    closed = alarm(1, state="closed", closed_at=NOW)
    alarms.save([alarm(1), alarm(3, district_id=WEST), closed])
    return alarms


def test_an_action_waits_until_the_collector_has_answered(
    actions: Actions, alarms: Alarms, person: Make
) -> None:
    ann = person("dispatcher", "ann")
    id = actions.append(1, "acknowledge", ann, NOW, "on it")
    [row] = actions.waiting()
    assert (row.id, row.alarm_id, row.verb) == (id, 1, "acknowledge")
    assert (row.username, row.note, row.at) == ("ann", "on it", NOW)
    assert {a.id: a.pending for a in alarms.open()} == {1: True, 2: False}
    actions.applied(id, NOW + timedelta(seconds=1))
    assert actions.waiting() == ()
    assert not any(a.pending for a in alarms.open())


def test_asking_twice_is_one_action(actions: Actions, alarms: Alarms, person: Make) -> None:
    ann = person("dispatcher")
    first = actions.append(1, "acknowledge", ann, NOW)
    assert actions.append(1, "acknowledge", ann, NOW) == first
    assert actions.append(1, "reset", ann, NOW) != first
    actions.applied(first, NOW, refused="state")
    assert actions.append(1, "acknowledge", ann, NOW) > first


def test_who_lacks_the_right_is_told_which(
    db: Database, actions: Actions, alarms: Alarms, person: Make
) -> None:
    with pytest.raises(Forbidden) as caught:
        actions.append(1, "acknowledge", person("executive"), NOW)
    assert caught.value.right == "alarms.acknowledge"
    assert actions.waiting() == ()
    assert [row.verb for row in AuditTrail(db).recent()] == ["user.create"]


@pytest.mark.parametrize("alarm_id", [2, 99])
def test_another_district_looks_like_nowhere(
    actions: Actions, alarms: Alarms, person: Make, alarm_id: int
) -> None:
    with pytest.raises(NotFound, match=f"no alarm '{alarm_id}'"):
        actions.append(alarm_id, "acknowledge", person("dispatcher", district_id=EAST), NOW)
    assert actions.waiting() == ()


def test_a_closed_alarm_is_refused(actions: Actions, alarms: Alarms, person: Make) -> None:
    with pytest.raises(Refused) as caught:
        actions.append(3, "acknowledge", person("dispatcher"), NOW)
    assert caught.value.reason == "alarm_closed"
    assert text("zh", "refused.alarm_closed") != text("en", "refused.alarm_closed")


def test_the_action_is_on_record(
    db: Database, actions: Actions, alarms: Alarms, person: Make
) -> None:
    actions.append(1, "acknowledge", person("dispatcher", "ann"), NOW, "seen")
    row = AuditTrail(db).recent(username="ann")[0]
    assert (row.verb, row.subject, row.at) == ("alarm.acknowledge", "1", NOW)
    assert row.detail == {"note": "seen"}


def test_rights_name_known_roles_and_an_executive_has_none() -> None:
    assert set(VERBS.values()) <= set(RIGHTS)
    assert set().union(*RIGHTS.values()) == set(ROLES) - {"executive"}


@pytest.mark.parametrize("role", ROLES)
def test_require_agrees_with_the_table(person: Make, role: str) -> None:
    user = person(role)
    for right, roles in RIGHTS.items():
        assert allowed(user, right) == (role in roles)
        if role in roles:
            require(user, right)
        else:
            with pytest.raises(Forbidden, match=right):
                require(user, right)
    with pytest.raises(KeyError):
        require(user, "no.such.right")
