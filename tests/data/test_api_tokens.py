from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from data.api_tokens import MOST, ApiTokens, digest
from data.audit import AuditTrail
from data.database import Database
from data.desk_tables import ApiToken
from data.rights import NotFound, Refused
from data.tables import User
from data.users import UserRow, Users

AT = datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.fixture
def person(db: Database) -> UserRow:
    users = Users(db, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return users.create("chen", "a password", role="engineer", name_zh="陈", name_en="Chen", at=AT)


def test_a_key_is_told_once_and_kept_as_a_hash(db: Database, person: UserRow) -> None:
    tokens = ApiTokens(db)
    secret, row = tokens.create(person, " nightly report ", 30, AT)
    assert len(secret) >= 43
    assert row.name == "nightly report"
    assert row.expires_at == AT + timedelta(days=30)
    with db.session() as session:
        [kept] = session.scalars(select(ApiToken.digest))
    assert kept == digest(secret)
    assert secret not in kept
    assert tokens.check(secret, AT) == person
    assert tokens.of(person)[0].used_at == AT
    assert next(a.verb for a in AuditTrail(db).recent()) == "token.create"


def test_wrong_expired_and_revoked_keys_are_nobodys(db: Database, person: UserRow) -> None:
    tokens = ApiTokens(db)
    secret, row = tokens.create(person, "a", 1, AT)
    assert tokens.check("ph_nonsense", AT) is None
    assert tokens.check("", AT) is None
    assert tokens.check(secret, AT + timedelta(days=1)) is None
    tokens.revoke(person, row.id, AT)
    tokens.revoke(person, row.id, AT)
    assert tokens.check(secret, AT) is None
    assert [a.verb for a in AuditTrail(db).recent()].count("token.revoke") == 1


def test_a_disabled_person_has_no_living_key(db: Database, person: UserRow) -> None:
    tokens = ApiTokens(db)
    secret, _ = tokens.create(person, "a", 9, AT)
    with db.session() as session:
        session.execute(update(User).values(enabled=False))
    assert tokens.check(secret, AT) is None


def test_nobody_ends_anothers_key(db: Database, person: UserRow) -> None:
    tokens = ApiTokens(db)
    _, row = tokens.create(person, "a", 9, AT)
    with pytest.raises(NotFound):
        tokens.revoke(replace(person, username="li"), row.id, AT)


@pytest.mark.parametrize(
    ("name", "days", "reason"),
    [("", 9, "token_name"), ("x" * 65, 9, "token_name"), ("a", 0, "token_days"),
     ("a", 367, "token_days")],
)  # fmt: skip
def test_a_bad_wish_is_refused(
    db: Database, person: UserRow, name: str, days: int, reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        ApiTokens(db).create(person, name, days, AT)


def test_a_person_has_so_many_keys_and_no_more(db: Database, person: UserRow) -> None:
    tokens = ApiTokens(db)
    for n in range(MOST):
        tokens.create(person, str(n), 9, AT)
    with pytest.raises(Refused, match="tokens_full"):
        tokens.create(person, "one more", 9, AT)
