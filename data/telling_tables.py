"""The records, part of telling: channels and addresses, the rota, and every message to a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from data.tables import Base, Key


class Channel(Base):
    """A way out of the house that an administrator has set up: a mail server, an SMS gateway."""

    __tablename__ = "channels"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    """mail | sms | push | voice"""
    url: Mapped[str] = mapped_column(Text)
    """In apprise's form, with {address} and {secret:NAME}. Holds secrets: never shown."""
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))


class Contact(Base):
    """Where a person is reached by a channel; tried in the order of `rank`."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("username", "channel_id", "address", name="uq_contacts_address"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    username: Mapped[str] = mapped_column(String(64), index=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id"))
    address: Mapped[str] = mapped_column(String(128))
    rank: Mapped[int] = mapped_column(default=1)
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))


class Shift(Base):
    """Somebody stands ready for a duty, once or again and again."""

    __tablename__ = "shifts"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    username: Mapped[str] = mapped_column(String(64), index=True)
    duty: Mapped[str] = mapped_column(String(32))
    """A code of telling.toml's duties."""
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    """Empty = the whole city."""
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    """Start and end of the first time."""
    repeat: Mapped[str] = mapped_column(String(64), default="")
    """RFC 5545, e.g. FREQ=DAILY;INTERVAL=4; empty = once."""
    days: Mapped[str] = mapped_column(String(16), default="all")
    """all | workdays | days_off"""
    until_at: Mapped[datetime | None]
    """No time begins at or after this."""
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))


class ShiftChange(Base):
    """One time of a shift is stood by somebody else, or by nobody."""

    __tablename__ = "shift_changes"
    __table_args__ = (UniqueConstraint("shift_id", "start_at", name="uq_shift_changes_start"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id", ondelete="CASCADE"))
    start_at: Mapped[datetime]
    username: Mapped[str] = mapped_column(String(64), default="")
    """Empty: nobody."""
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))


class Notification(Base):
    """One message to one person by one route, with what became of it."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("key", "username", "route", name="uq_notifications_key"),
        Index("ix_notifications_next", "state", "next_at"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    """What is told, e.g. 4711:raised:2; with person and route it stands here once."""
    username: Mapped[str] = mapped_column(String(64), index=True)
    route: Mapped[str] = mapped_column(String(32))
    """app, or kinds of channels in the order in which they are tried: push|mail"""
    kind: Mapped[str] = mapped_column(String(16))
    """raised | reminder | escalated | cleared | digest | test"""
    alarm_id: Mapped[int | None] = mapped_column(Key, index=True)
    alarms: Mapped[list[Any]] = mapped_column(default=list)
    """Ids of all alarms that it speaks of."""
    level: Mapped[int]
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Rule, duty, rota or role, step: what answers 'why did I get this'."""
    title: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(16))
    """queued | sending | sent | failed | gave_up | dropped | deferred | digested"""
    deferred: Mapped[str] = mapped_column(String(16), default="")
    """quiet | flood | rate | weekly | storm: why it waits for a digest."""
    contact_id: Mapped[int | None] = mapped_column(Key)
    channel: Mapped[str] = mapped_column(String(64), default="")
    """Name of the channel it went by, or is tried by."""
    tried: Mapped[list[Any]] = mapped_column(default=list)
    """Ids of contacts that were given up."""
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(index=True)
    next_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
