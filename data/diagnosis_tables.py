"""The records, third part: frozen evidence of alarms, solutions that people keep, and sites where
water matters most.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from data.tables import Base, Key


class Diagnosed(Base):
    """What was known of an alarm when it was diagnosed, and what it was taken for. Never changed; a
    later look is a further version."""

    __tablename__ = "diagnoses"
    __table_args__ = (UniqueConstraint("alarm_id", "version", name="uq_diagnoses_version"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    alarm_id: Mapped[int] = mapped_column(Key, index=True)
    version: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(index=True)
    made_by: Mapped[str] = mapped_column(String(64), default="")
    """Empty: the collector; else the person whose answers made this version."""
    rule: Mapped[str] = mapped_column(String(16))
    rule_version: Mapped[int]
    causes: Mapped[list[Any]]
    """[{fault, probability, supporting, contradicting}], most probable first."""
    findings: Mapped[dict[str, Any]]
    """symptom -> [shown, number]; unknown ones with neither are left out."""
    separating: Mapped[str] = mapped_column(String(32), default="")
    around: Mapped[dict[str, Any]]
    """The neighbours at that minute."""
    maintenance: Mapped[dict[str, Any]]
    """The station's last closed order; empty where there is none."""
    evidence: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The window as Parquet; empty where nothing was told, and in versions of people."""


class Solution(Base):
    """How a fault was put right, for the next one who meets it."""

    __tablename__ = "solutions"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    fault: Mapped[str] = mapped_column(String(32), index=True)
    """A fault of diagnosis.toml."""
    title_zh: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    """The root cause."""
    steps_zh: Mapped[str] = mapped_column(Text)
    steps_en: Mapped[str] = mapped_column(Text)
    parts_zh: Mapped[str] = mapped_column(String(200), default="")
    parts_en: Mapped[str] = mapped_column(String(200), default="")
    symptoms: Mapped[list[Any]]
    """Codes of diagnosis.toml that were shown."""
    minutes: Mapped[int]
    applies: Mapped[str] = mapped_column(String(64), default="")
    """Station type or brand that it is for; empty = all."""
    author: Mapped[str] = mapped_column(String(64), default="")
    """Empty: came with the catalogue."""
    state: Mapped[str] = mapped_column(String(16), default="draft", index=True)
    """draft | reviewed | retired"""
    created_at: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str] = mapped_column(String(64), default="")


class SolutionUse(Base):
    """A solution that closed a work order: the expert base learns from it."""

    __tablename__ = "solution_uses"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    work_order_id: Mapped[int] = mapped_column(Key, unique=True)
    solution_id: Mapped[int] = mapped_column(ForeignKey("solutions.id"), index=True)
    rule: Mapped[str] = mapped_column(String(16), index=True)
    """Of the alarm that the order was made for; empty where there was none."""
    fault: Mapped[str] = mapped_column(String(32))
    solved: Mapped[bool]
    at: Mapped[datetime]
    username: Mapped[str] = mapped_column(String(64))


class Site(Base):
    """Somebody at a station who can't be without water."""

    __tablename__ = "sites"
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), primary_key=True)
    vulnerable: Mapped[str] = mapped_column(String(16))
    """hospital | school | care"""
    note: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(64))
