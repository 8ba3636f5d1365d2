"""The records, part of permits: what people state of a place for a time."""

from __future__ import annotations

from datetime import datetime

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
