"""The door to wall screens: a token each, told once, kept as a hash, revoked at any time."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, insert, or_, select, update
from sqlalchemy.orm import Session

from data.api_tokens import digest
from data.audit import record
from data.database import Database
from data.device_tables import Device
from data.rights import NotFound, Refused, require
from data.station_rows import Scope
from data.tables import District
from data.users import LANGUAGES, THEMES, UserRow

PREFIX = "phw_"
"""Begins every token, so that one that leaks into a text can be found."""
LONGEST_NAME, LONGEST_DAYS, MOST = 64, 3660, 200
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class DeviceRow:
    """A wall screen as an administrator sees it; its secret is known to nobody."""

    id: int
    name: str
    district_id: int | None
    language: str
    theme: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    seen_at: datetime | None
    seen_from: str
    revoked_at: datetime | None
    revoked_by: str

    def alive(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def viewer(self) -> UserRow:
        """Who looks through this screen: an executive, of its district if it has one. No person
        has this name, and there is nothing to sign in with."""
        name = f"wall:{self.id}"
        return UserRow(
            -self.id, name, self.name, self.name, "executive", self.district_id, self.language,
            self.theme, True, 0,
        )  # fmt: skip


_COLUMNS = [getattr(Device, f.name) for f in fields(DeviceRow)]


class Devices:
    """Every answer is read from the database: what is revoked counts at the next request."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def create(
        self,
        by: UserRow,
        name: str,
        at: datetime,
        *,
        district_id: int | None = None,
        language: str = "zh",
        theme: str = "dark",
        days: int | None = None,
    ) -> tuple[str, DeviceRow]:
        """The secret (256 random bits, told only now) and its row; `days` None = no end.

        Raises Forbidden; NotFound for the district; Refused: device_name, device_days,
        device_look, devices_full.
        """
        require(by, "devices.write")
        name = name.strip()
        if not 0 < len(name) <= LONGEST_NAME:
            raise Refused("device_name", most=LONGEST_NAME)
        if days is not None and not 1 <= days <= LONGEST_DAYS:
            raise Refused("device_days", most=LONGEST_DAYS)
        if language not in LANGUAGES or theme not in THEMES:
            raise Refused("device_look")
        secret = PREFIX + secrets.token_urlsafe(32)
        values = {
            "name": name, "digest": digest(secret), "district_id": district_id,
            "language": language, "theme": theme, "created_at": at, "created_by": by.username,
            "expires_at": None if days is None else at + timedelta(days=days),
        }  # fmt: skip
        with self._db.session() as session:
            self._room(session, by, district_id, at)
            id = session.scalar(insert(Device).values(values).returning(Device.id))
            record(
                session, by.username, "device.create", name, at,
                device=id, district=district_id, days=days,
            )  # fmt: skip
            row = session.execute(select(*_COLUMNS).where(Device.id == id)).one()
        return secret, DeviceRow(*row)

    def _room(self, session: Session, by: UserRow, district_id: int | None, at: datetime) -> None:
        """Whether one more screen, and one of this district, may be made."""
        ends = or_(Device.expires_at.is_(None), Device.expires_at > at)
        living = select(func.count()).where(Device.revoked_at.is_(None), ends)
        if (session.scalar(living) or 0) >= MOST:
            raise Refused("devices_full", most=MOST)
        if by.district_id is not None and district_id != by.district_id:
            raise NotFound("district", district_id)
        if district_id is not None and session.get(District, district_id) is None:
            raise NotFound("district", district_id)

    def all(self, by: UserRow) -> tuple[DeviceRow, ...]:
        """All screens within the reach of `by`, newest first. Raises Forbidden."""
        require(by, "devices.write")
        query = select(*_COLUMNS).where(*_within(by.scope)).order_by(Device.id.desc())
        with self._db.session() as session:
            return tuple(DeviceRow(*row) for row in session.execute(query))

    def revoke(self, by: UserRow, id: int, at: datetime) -> None:
        """End a screen's access; doing it again changes nothing. Raises Forbidden, NotFound."""
        require(by, "devices.write")
        one = (Device.id == id, *_within(by.scope))
        with self._db.session() as session:
            row = session.execute(select(Device.name, Device.revoked_at).where(*one)).first()
            if row is None:
                raise NotFound("device", id)
            if row.revoked_at is not None:
                return
            session.execute(
                update(Device).where(*one).values(revoked_at=at, revoked_by=by.username)
            )
            record(session, by.username, "device.revoke", row.name, at, device=id)

    def enter(self, secret: str, at: datetime, address: str) -> DeviceRow | None:
        """The living screen whose token this is, None for any other; audited."""
        with self._db.session() as session:
            query = select(*_COLUMNS).where(Device.digest == digest(secret))
            found = session.execute(query).first()
            row = None if found is None else DeviceRow(*found)
            if row is None or not row.alive(at):
                return None
            record(session, row.viewer.username, "device.enter", row.name, at, address=address[:64])
            self._seen(session, row, at, address)
        return row

    def by_id(self, id: int, at: datetime, address: str) -> DeviceRow | None:
        """The living screen of this number; notes that it looks, once a minute."""
        with self._db.session() as session:
            found = session.execute(select(*_COLUMNS).where(Device.id == id)).first()
            row = None if found is None else DeviceRow(*found)
            if row is None or not row.alive(at):
                return None
            if row.seen_at is None or at - row.seen_at >= SEEN_EVERY:
                self._seen(session, row, at, address)
        return row

    def _seen(self, session: Session, row: DeviceRow, at: datetime, address: str) -> None:
        seen = {"seen_at": at, "seen_from": address[:64]}
        session.execute(update(Device).where(Device.id == row.id).values(seen))


def _within(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return () if scope.district_id is None else (Device.district_id == scope.district_id,)
