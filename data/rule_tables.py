"""The records, part of rules: what a utility has changed of the catalogue's alarm rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from data.tables import Base, Key


class RuleVersion(Base):
    """One numbered version of a rule: a draft, then what the collector runs, then the past."""

    __tablename__ = "rule_versions"
    __table_args__ = (UniqueConstraint("rule", "number", name="uq_rule_versions_number"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    rule: Mapped[str] = mapped_column(String(16), index=True)
    number: Mapped[int]
    """Counts on from the catalogue's own version; alarms name it as `rule_version`."""
    state: Mapped[str] = mapped_column(String(16), index=True)
    """draft | deployed | superseded | withdrawn"""
    change: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Fields that differ from the catalogue's; empty = the catalogue's rule."""
    why: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))
    replay: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """What its back-test found."""
    replayed: Mapped[str] = mapped_column(String(64), default="")
    """Fingerprint of the very rules before and after that were replayed."""
    replayed_at: Mapped[datetime | None]
    deployed_at: Mapped[datetime | None]
    deployed_by: Mapped[str] = mapped_column(String(64), default="")
    ended_at: Mapped[datetime | None]
    """When another version took its place, or it was withdrawn."""
