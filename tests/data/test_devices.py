"""Tokens of wall screens, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from data.api_tokens import digest
from data.audit import AuditTrail
from data.database import Database
from data.device_tables import Device
from data.devices import LONGEST_DAYS, LONGEST_NAME, SEEN_EVERY, Devices
from data.rights import RIGHTS, ROLES, Forbidden, NotFound, Refused, allowed
from data.stations import Stations
from data.users import UserRow, Users
from tests.data.conftest import EAST, WEST

AT = datetime(2026, 11, 26, 8, tzinfo=UTC)
Person = Callable[..., UserRow]


def test_a_token_is_told_once_and_kept_as_a_hash(db: Database, person: Person) -> None:
    devices, admin = Devices(db), person("administrator")
    secret, row = devices.create(admin, " dispatch room, left ", AT, language="en", theme="light")
    assert len(secret) >= 43
    assert (row.name, row.expires_at, row.seen_at) == ("dispatch room, left", None, None)
    with db.session() as session:
        [kept] = session.scalars(select(Device.digest))
    assert kept == digest(secret)
    assert secret not in kept
    entered = devices.enter(secret, AT, "10.0.0.7")
    assert entered is not None
    assert entered.id == row.id
    [listed] = devices.all(admin)
    assert (listed.seen_at, listed.seen_from) == (AT, "10.0.0.7")
    verbs = [a.verb for a in AuditTrail(db).recent()][:2]
    assert verbs == ["device.enter", "device.create"]


def test_who_looks_through_a_screen_may_do_nothing(db: Database, person: Person) -> None:
    _, row = Devices(db).create(person("administrator"), "wall", AT, district_id=WEST)
    viewer = row.viewer
    assert viewer.role == "executive"
    assert viewer.scope.district_id == WEST
    assert not any(allowed(viewer, right) for right in RIGHTS)
    assert Users(db).get(viewer.username) is None


def test_wrong_ended_and_revoked_tokens_open_nothing(db: Database, person: Person) -> None:
    devices, admin = Devices(db), person("administrator")
    secret, row = devices.create(admin, "wall", AT, days=1)
    before, after = AT + timedelta(hours=23), AT + timedelta(days=1)
    for wrong in ("", "phw_nonsense", secret[:-1], secret + "x"):
        assert devices.enter(wrong, AT, "") is None
    assert devices.enter(secret, before, "") is not None
    assert devices.by_id(row.id, before, "") is not None
    assert devices.enter(secret, after, "") is None
    assert devices.by_id(row.id, after, "") is None
    devices.revoke(admin, row.id, before)
    devices.revoke(admin, row.id, before)
    assert devices.enter(secret, before, "") is None
    assert devices.by_id(row.id, before, "") is None
    assert [a.verb for a in AuditTrail(db).recent()].count("device.revoke") == 1


def test_without_an_end_a_token_lives_on(db: Database, person: Person) -> None:
    secret, row = Devices(db).create(person("administrator"), "wall", AT)
    later = AT + timedelta(days=9 * 365)
    assert Devices(db).enter(secret, later, "") is not None
    assert Devices(db).by_id(row.id, later, "") is not None


def test_a_screen_is_noted_once_a_minute(db: Database, person: Person) -> None:
    devices, admin = Devices(db), person("administrator")
    _, row = devices.create(admin, "wall", AT)
    for seconds in (0, 5, 59):
        devices.by_id(row.id, AT + timedelta(seconds=seconds), "a")
    assert devices.all(admin)[0].seen_at == AT
    devices.by_id(row.id, AT + SEEN_EVERY, "b")
    assert devices.all(admin)[0].seen_at == AT + SEEN_EVERY
    assert devices.all(admin)[0].seen_from == "b"


@pytest.mark.parametrize("role", [role for role in ROLES if role != "administrator"])
def test_only_an_administrator_has_to_do_with_screens(
    db: Database, person: Person, role: str
) -> None:
    devices = Devices(db)
    _, row = devices.create(person("administrator"), "wall", AT)
    other = person(role)
    with pytest.raises(Forbidden):
        devices.create(other, "mine", AT)
    with pytest.raises(Forbidden):
        devices.all(other)
    with pytest.raises(Forbidden):
        devices.revoke(other, row.id, AT)


def test_an_administrator_of_a_district_stays_within_it(db: Database, person: Person) -> None:
    devices, admin = Devices(db), person("administrator")
    east = person("administrator", "east", district_id=EAST)
    _, city = devices.create(admin, "city", AT)
    _, west = devices.create(admin, "west", AT, district_id=WEST)
    _, own = devices.create(east, "own", AT, district_id=EAST)
    for district in (None, WEST):
        with pytest.raises(NotFound):
            devices.create(east, "more", AT, district_id=district)
    for row in (city, west):
        with pytest.raises(NotFound):
            devices.revoke(east, row.id, AT)
    assert [row.id for row in devices.all(east)] == [own.id]
    assert len(devices.all(admin)) == 3


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"name": " "}, "device_name"),
        ({"name": "x" * (LONGEST_NAME + 1)}, "device_name"),
        ({"days": 0}, "device_days"),
        ({"days": LONGEST_DAYS + 1}, "device_days"),
        ({"language": "fr"}, "device_look"),
        ({"theme": "pink"}, "device_look"),
    ],
)
def test_a_bad_wish_is_refused(
    db: Database, person: Person, wish: dict[str, object], reason: str
) -> None:
    asked: dict[str, Any] = {"name": "wall", "at": AT} | wish
    with pytest.raises(Refused, match=reason):
        Devices(db).create(person("administrator"), **asked)


def test_a_screen_of_no_district_is_not_made(db: Database, person: Person, city: Stations) -> None:
    with pytest.raises(NotFound):
        Devices(db).create(person("administrator"), "wall", AT, district_id=99)
