"""The records, part of permits: what people state of a place for a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from data.tables import Base, Key


class Permit(Base):
    """Alarms out of service, or a station in a mode that its points don't tell."""

    __tablename__ = "permits"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    """out_of_service | maintenance | cleaning | commissioning | decommissioned"""
    rule: Mapped[str] = mapped_column(String(16), default="")
    """Empty = all rules."""
    station_id: Mapped[int | None] = mapped_column(ForeignKey("stations.id"), index=True)
    """Empty = everywhere."""
    place: Mapped[str] = mapped_column(String(8), default="")
    owner: Mapped[str] = mapped_column(String(64))
    """Who answers for it."""
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))
    """Empty: the collector itself, which suspects a contact."""
    until_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    """By a person, before its time."""
    ended_by: Mapped[str] = mapped_column(String(64), default="")
    notice_id: Mapped[int | None] = mapped_column(Key, index=True)
    """The suspected contact that it is for."""


class Polarity(Base):
    """How a contact is wired at a station from a time on; the newest row holds."""

    __tablename__ = "polarities"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), index=True)
    point: Mapped[str] = mapped_column(String(32))
    inverted: Mapped[bool]
    since_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)


class ContactNotice(Base):
    """Contacts that the collector takes to be wired the other way round: one question to people."""

    __tablename__ = "contact_notices"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    point: Mapped[str] = mapped_column(String(32))
    """Template of the point."""
    profile: Mapped[str] = mapped_column(String(32))
    """All over this device profile; empty = at one station."""
    cells: Mapped[list[Any]]
    """[station id, point code] of each contact."""
    rules: Mapped[list[Any]]
    """Those that are out of service at these places meanwhile."""
    share: Mapped[float]
    """Of the time in which they alarmed, the least of them."""
    found_at: Mapped[datetime]
    until_at: Mapped[datetime]
    """When the rules are back in service at the latest."""
    state: Mapped[str] = mapped_column(String(16), index=True)
    """open | inverted | real"""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    settled_at: Mapped[datetime | None]
    """When the last rule was back in service after the decision."""
