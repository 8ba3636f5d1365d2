"""People, their passwords and the guard of the login."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data.audit import record
from data.database import Database
from data.rights import ROLES
from data.station_rows import Scope
from data.tables import LoginFailure, User

__all__ = ["ROLES", "LoginRefused", "UserRow", "UserTaken", "Users"]

WINDOW = timedelta(minutes=15)
PER_USERNAME, PER_ADDRESS = 5, 20
LANGUAGES, THEMES = ("zh", "en"), ("dark", "light")


@dataclass(frozen=True)
class UserRow:
    """A person as the programs know them; the password's hash stays in this file."""

    id: int
    username: str
    name_zh: str
    name_en: str
    role: str
    district_id: int | None
    language: str
    theme: str
    enabled: bool
    session: int

    @property
    def scope(self) -> Scope:
        return Scope(self.district_id)

    @property
    def session_id(self) -> str:
        """What a session cookie holds; it ends when the person's `session` counts up."""
        return f"{self.id}:{self.session}"

    def name(self, lang: str) -> str:
        return self.name_zh if lang == "zh" else self.name_en


class LoginRefused(Exception):
    """`reason` is 'wrong', 'locked' or 'disabled'; none tells whether the user exists:
    'disabled' needs the right password, and unknown names are locked like others."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"login refused: {reason}")
        self.reason = reason


class UserTaken(ValueError):
    """A user of that name exists."""


_COLUMNS = [getattr(User, f.name) for f in fields(UserRow)]


class Users:
    """The door to people. Every answer is read from the database, so that a changed role or an
    ended session counts at the next request."""

    def __init__(self, db: Database, hasher: PasswordHasher | None = None) -> None:
        self._db = db
        self._hasher = hasher or PasswordHasher()

    def get(self, username: str) -> UserRow | None:
        with self._db.session() as session:
            return user_named(session, username)

    def by_id(self, id: int) -> UserRow | None:
        with self._db.session() as session:
            row = session.execute(select(*_COLUMNS).where(User.id == id)).first()
        return None if row is None else UserRow(*row)

    def by_session(self, session_id: str) -> UserRow | None:
        """The enabled person whose living session this is."""
        id, _, session = session_id.partition(":")
        if not (id.isascii() and id.isdecimal() and session.isascii() and session.isdecimal()):
            return None
        row = self.by_id(int(id))
        alive = row is not None and row.enabled and row.session == int(session)
        return row if alive else None

    def all(self) -> tuple[UserRow, ...]:
        """Everybody, by id."""
        with self._db.session() as session:
            query = select(*_COLUMNS).order_by(User.id)
            return tuple(UserRow(*row) for row in session.execute(query))

    def create(
        self,
        username: str,
        password: str,
        *,
        role: str,
        name_zh: str,
        name_en: str,
        at: datetime,
        district_id: int | None = None,
        language: str = "zh",
        theme: str = "dark",
        by: str = "system",
    ) -> UserRow:
        """Add a person. Raises UserTaken; ValueError for an unknown role, language or theme."""
        _known(role=role, language=language, theme=theme)
        values = {
            "username": username, "password": self._hasher.hash(password), "role": role,
            "name_zh": name_zh, "name_en": name_en, "district_id": district_id,
            "language": language, "theme": theme,
        }  # fmt: skip
        try:
            with self._db.session() as session:
                session.execute(insert(User).values(values))
                record(session, by, "user.create", username, at, role=role, district=district_id)
        except IntegrityError as error:
            if self.get(username) is not None:
                raise UserTaken(f"a user '{username}' exists") from error
            raise
        row = self.get(username)
        assert row is not None  # noqa: S101 - written just now
        return row

    def set_password(self, username: str, password: str, by: str, at: datetime) -> None:
        """Change the password and end all sessions of this person."""
        hashed = self._hasher.hash(password)
        with self._db.session() as session:
            session.execute(
                update(User)
                .where(User.username == username)
                .values(password=hashed, session=User.session + 1)
            )
            record(session, by, "user.password", username, at)

    def set_preference(
        self, username: str, *, language: str | None = None, theme: str | None = None
    ) -> None:
        """Keep the language ('zh', 'en') or theme ('dark', 'light') that a person chose."""
        chosen = {"language": language, "theme": theme}
        values = {name: value for name, value in chosen.items() if value is not None}
        _known(**values)
        if values:
            with self._db.session() as session:
                session.execute(update(User).where(User.username == username).values(values))

    def check(self, username: str, password: str, address: str, at: datetime) -> UserRow:
        """The person, when the password is right; each refusal takes the same time for known and
        unknown names. Raises LoginRefused.

        The attempt is counted as failed before the password is looked at, and struck off when it
        was right: guesses made at the same moment can't all slip under the limit.
        """
        name, address = _clean(username), _clean(address)
        self._count_attempt(name, address, at)
        with self._db.session() as session:
            query = select(User.password, *_COLUMNS).where(User.username == name)
            found = session.execute(query).first()
        dummy = self._dummy  # also for known names: whoever comes first waits until it is made
        hashed = dummy if found is None else found[0]
        right = self._verify(hashed, password) and found is not None
        user = UserRow(*found[1:]) if found is not None and right else None
        reason = "wrong" if user is None else "" if user.enabled else "disabled"
        with self._db.session() as session:
            if reason:
                record(session, name, "login.refused", address, at, reason=reason)
            else:
                session.execute(delete(LoginFailure).where(LoginFailure.username == name))
                record(session, name, "login", address, at)
        if user is None or reason:
            raise LoginRefused(reason)
        return user

    def _count_attempt(self, username: str, address: str, at: datetime) -> None:
        """Raises LoginRefused('locked') when others have used up the window's share. Written
        before it counts: of attempts at the same moment the last to be written sees all."""
        with self._db.session() as session:
            session.execute(delete(LoginFailure).where(LoginFailure.at < at - 4 * WINDOW))
            new = insert(LoginFailure).values(username=username, address=address, at=at)
            attempt = session.scalars(new.returning(LoginFailure.id)).one()
        others = (LoginFailure.id != attempt, LoginFailure.at > at - WINDOW)
        query = select(
            func.count().filter(LoginFailure.username == username),
            func.count().filter(LoginFailure.address == address),
        ).where(*others)
        with self._db.session() as session:
            names, addresses = session.execute(query).one()
            locked = names >= PER_USERNAME or addresses >= PER_ADDRESS
            if locked:  # what is refused unseen does not lengthen the lock
                session.execute(delete(LoginFailure).where(LoginFailure.id == attempt))
        if locked:
            raise LoginRefused("locked")

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    @cached_property
    def _dummy(self) -> str:
        return self._hasher.hash("nobody has this password")


def user_named(session: Session, username: str) -> UserRow | None:
    """The person of that name, read in the caller's transaction."""
    row = session.execute(select(*_COLUMNS).where(User.username == username)).first()
    return None if row is None else UserRow(*row)


def _clean(text: str) -> str:
    """A name as typed, made fit for its column; PostgreSQL takes no NUL."""
    return text.replace("\0", "").strip()[:64]


def _known(**chosen: str) -> None:
    lists = {"role": ROLES, "language": LANGUAGES, "theme": THEMES}
    for name, value in chosen.items():
        if value not in lists[name]:
            raise ValueError(f"no such {name}: '{value}'")
