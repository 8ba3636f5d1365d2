"""The door to the keys of programs: a person's own, shown once, kept as a hash only."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import func, insert, select, update

from data.audit import record
from data.database import Database
from data.desk_tables import ApiToken
from data.rights import NotFound, Refused
from data.users import UserRow, user_named

PREFIX = "ph_"
"""Begins every key, so that one that leaks into a text can be found."""
LONGEST_NAME, LONGEST_DAYS, MOST = 64, 366, 20
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class TokenRow:
    """A key as its person sees it; the secret itself is known to nobody."""

    id: int
    username: str
    name: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None

    def alive(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


_COLUMNS = [getattr(ApiToken, f.name) for f in fields(TokenRow)]


class ApiTokens:
    """A token acts for its person: role and district are read anew at each request."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def create(self, user: UserRow, name: str, days: int, at: datetime) -> tuple[str, TokenRow]:
        """The secret (256 random bits, told only now) and its row.

        Raises Refused: token_name, token_days, tokens_full.
        """
        name = name.strip()
        if not 0 < len(name) <= LONGEST_NAME:
            raise Refused("token_name", most=LONGEST_NAME)
        if not 1 <= days <= LONGEST_DAYS:
            raise Refused("token_days", most=LONGEST_DAYS)
        secret = PREFIX + secrets.token_urlsafe(32)
        values = {
            "username": user.username, "name": name, "digest": digest(secret),
            "created_at": at, "expires_at": at + timedelta(days=days),
        }  # fmt: skip
        alive = (
            ApiToken.username == user.username,
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at > at,
        )
        with self._db.session() as session:
            if (session.scalar(select(func.count()).where(*alive)) or 0) >= MOST:
                raise Refused("tokens_full", most=MOST)
            id = session.scalar(insert(ApiToken).values(values).returning(ApiToken.id))
            record(session, user.username, "token.create", name, at, token=id, days=days)
            row = session.execute(select(*_COLUMNS).where(ApiToken.id == id)).one()
        return secret, TokenRow(*row)

    def of(self, user: UserRow) -> tuple[TokenRow, ...]:
        """All keys of a person, newest first."""
        query = select(*_COLUMNS).where(ApiToken.username == user.username)
        with self._db.session() as session:
            rows = session.execute(query.order_by(ApiToken.id.desc()))
            return tuple(TokenRow(*row) for row in rows)

    def revoke(self, user: UserRow, id: int, at: datetime) -> None:
        """End one's own key at once; doing it again changes nothing. Raises NotFound."""
        own = (ApiToken.id == id, ApiToken.username == user.username)
        with self._db.session() as session:
            row = session.execute(select(ApiToken.name, ApiToken.revoked_at).where(*own)).first()
            if row is None:
                raise NotFound("token", id)
            if row.revoked_at is not None:
                return
            session.execute(update(ApiToken).where(*own).values(revoked_at=at))
            record(session, user.username, "token.revoke", row.name, at, token=id)

    def check(self, secret: str, at: datetime) -> UserRow | None:
        """The enabled person whose living key this is; None for any other. Notes its use."""
        with self._db.session() as session:
            query = select(*_COLUMNS).where(ApiToken.digest == digest(secret))
            found = session.execute(query).first()
            row = None if found is None else TokenRow(*found)
            if row is None or not row.alive(at):
                return None
            user = user_named(session, row.username)
            if user is None or not user.enabled:
                return None
            if row.used_at is None or at - row.used_at >= USED_EVERY:
                session.execute(update(ApiToken).where(ApiToken.id == row.id).values(used_at=at))
        return user


def digest(secret: str) -> str:
    """What is kept of a secret; with 256 random bits no slow hash is needed."""
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
