from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from data.audit import AuditTrail
from data.database import Database
from data.stations import Scope
from data.users import WINDOW, LoginRefused, UserRow, Users, UserTaken
from tests.data.conftest import EAST, NOW

Make = Callable[..., UserRow]
PER_USERNAME, PER_ADDRESS = 5, 20


def refused(
    users: Users, name: str, password: str, address: str = "10.0.0.1", at: datetime = NOW
) -> str:
    """Why a login was refused."""
    with pytest.raises(LoginRefused) as caught:
        users.check(name, password, address, at)
    return caught.value.reason


def test_the_right_password_opens(users: Users, person: Make) -> None:
    made = person("dispatcher", "ann", EAST)
    found = users.check(" ann ", "ann's secret", "10.0.0.1", NOW)
    assert found == made == users.get("ann") == users.by_id(made.id)
    assert found.scope == Scope(EAST)
    assert found.name("zh") == "ann"


def test_hashes_are_argon2_and_stay_inside(db: Database, users: Users, person: Make) -> None:
    made = person("dispatcher", "ann")
    with db.session() as session:
        stored = session.scalar(text("select password from users"))
    assert stored.startswith("$argon2id$")
    assert stored not in repr(made)
    assert not hasattr(made, "password")


def test_wrong_password_and_unknown_user_look_the_same(users: Users, person: Make) -> None:
    person("dispatcher", "ann")
    assert refused(users, "ann", "guess") == "wrong"
    assert refused(users, "nobody", "guess") == "wrong"
    assert refused(users, "nobody", "nobody has this password") == "wrong"
    for odd in ("", "x" * 500, "a\0b", "' or 1=1 --", "安" * 90):
        assert refused(users, odd, "guess", address="10.0.0.9") == "wrong"


def test_an_unknown_user_costs_a_hash_as_well(db: Database, person: Make) -> None:
    person("dispatcher", "ann")
    users = Users(db)  # the real hash: about 50 ms
    users.create("bob", "secret", role="engineer", name_zh="b", name_en="b", at=NOW)
    refused(users, "nobody", "warm up", address="10.0.0.2")
    took = []
    for name in ("bob", "nobody"):
        start = time.process_time()
        refused(users, name, "guess", address="10.0.0.3")
        took.append(time.process_time() - start)
    assert took[1] > took[0] / 3


def test_disabled_is_told_only_to_who_knows_the_password(
    db: Database, users: Users, person: Make
) -> None:
    made = person("inspector", "eve")
    with db.session() as session:
        session.execute(text("update users set enabled = false"))
    assert refused(users, "eve", "guess") == "wrong"
    assert refused(users, "eve", "eve's secret") == "disabled"
    assert users.by_session(made.session_id) is None


@pytest.mark.parametrize("name", ["ann", "nobody"])
def test_five_failures_lock_a_name_for_fifteen_minutes(
    users: Users, person: Make, name: str
) -> None:
    person("dispatcher", "ann")
    for n in range(PER_USERNAME):
        assert refused(users, name, "guess", f"10.0.1.{n}") == "wrong"
    assert refused(users, name, "ann's secret", "10.0.2.1") == "locked"
    late = NOW + WINDOW - timedelta(seconds=1)
    assert refused(users, name, "ann's secret", "10.0.2.1", late) == "locked"
    if name == "ann":
        over = NOW + WINDOW
        assert users.check(name, "ann's secret", "10.0.2.1", over).username == "ann"


def test_trying_while_locked_does_not_lengthen_the_lock(users: Users, person: Make) -> None:
    person("dispatcher", "ann")
    for _ in range(PER_USERNAME):
        refused(users, "ann", "guess")
    for minute in range(1, 15):
        at = NOW + timedelta(minutes=minute)
        assert refused(users, "ann", "guess", "10.0.0.1", at) == "locked"
    assert users.check("ann", "ann's secret", "10.0.0.1", NOW + WINDOW).username == "ann"


def test_twenty_failures_lock_an_address_for_every_name(users: Users, person: Make) -> None:
    person("dispatcher", "ann")
    for n in range(PER_ADDRESS):
        assert refused(users, f"name{n}", "guess") == "wrong"
    assert refused(users, "ann", "ann's secret") == "locked"
    assert users.check("ann", "ann's secret", "10.0.0.2", NOW).username == "ann"


def test_a_success_forgives_the_failures_before(users: Users, person: Make) -> None:
    person("dispatcher", "ann")
    for _ in range(3):
        for _ in range(PER_USERNAME - 1):
            assert refused(users, "ann", "guess") == "wrong"
        users.check("ann", "ann's secret", "10.0.0.1", NOW)


def test_guesses_at_the_same_moment_count_each(users: Users, person: Make) -> None:
    person("dispatcher", "ann")

    def guess(n: int) -> str:
        return refused(users, "ann", f"guess {n}", f"10.0.3.{n}")

    with ThreadPoolExecutor(8) as pool:
        reasons = list(pool.map(guess, range(24)))
    assert reasons.count("wrong") <= PER_USERNAME
    assert set(reasons) == {"wrong", "locked"}


def test_a_session_ends_with_the_password_it_began_with(users: Users, person: Make) -> None:
    made = person("engineer", "kim")
    assert users.by_session(made.session_id) == made
    users.set_password("kim", "another", "admin", NOW)
    assert users.by_session(made.session_id) is None
    assert refused(users, "kim", "kim's secret") == "wrong"
    assert users.check("kim", "another", "10.0.0.1", NOW).session == made.session + 1


@pytest.mark.parametrize("cookie", ["", "1", ":", "x:y", "1:0:0", "1:-1", "²:0", "99:0", "1:1"])
def test_a_made_up_session_is_nobody(users: Users, person: Make, cookie: str) -> None:
    person("engineer")
    assert users.by_session(cookie) is None


def test_preferences_are_kept_and_checked(users: Users, person: Make) -> None:
    person("executive", "x")
    users.set_preference("x", language="en")
    users.set_preference("x", theme="light")
    users.set_preference("x")
    row = users.get("x")
    assert row is not None
    assert (row.language, row.theme) == ("en", "light")
    with pytest.raises(ValueError, match="no such theme"):
        users.set_preference("x", theme="pink")


def test_names_are_unique_and_roles_are_known(users: Users, person: Make) -> None:
    person("executive", "x")
    with pytest.raises(UserTaken):
        person("engineer", "x")
    with pytest.raises(ValueError, match="no such role: 'king'"):
        users.create("k", "k", role="king", name_zh="k", name_en="k", at=NOW)
    assert [row.username for row in users.all()] == ["x"]


def test_sign_ins_and_refusals_are_on_record(db: Database, users: Users, person: Make) -> None:
    person("dispatcher", "ann")
    refused(users, "ann", "guess")
    users.check("ann", "ann's secret", "10.0.0.1", NOW)
    last, before, made = AuditTrail(db).recent()
    assert (last.verb, last.username, last.subject, last.at) == ("login", "ann", "10.0.0.1", NOW)
    assert (before.verb, before.detail) == ("login.refused", {"reason": "wrong"})
    assert (made.verb, made.detail["role"]) == ("user.create", "dispatcher")
    assert "guess" not in str(before)
