"""The records, part of wall screens: who may look without a person's login."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from data.tables import Base, Key


class Device(Base):
    """A wall screen that looks at the cockpit by a token of its own; only its hash is kept."""

    __tablename__ = "devices"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    """Empty = it shows the whole city."""
    language: Mapped[str] = mapped_column(String(8))
    theme: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime | None]
    """Empty = until it is revoked."""
    seen_at: Mapped[datetime | None]
    seen_from: Mapped[str] = mapped_column(String(64), default="")
    """Address it last asked from."""
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str] = mapped_column(String(64), default="")
