"""The records, second part: what people add at their desks. Samples of laboratories, corrections,
exchanged meters, background jobs, saved views and the keys of programs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from data.tables import Base, Key


class LabSample(Base):
    """One item of a water sample that a laboratory has tested."""

    __tablename__ = "lab_samples"
    __table_args__ = (
        UniqueConstraint("station_id", "place", "sampled_at", "item", name="uq_lab_samples_item"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), index=True)
    place: Mapped[str] = mapped_column(String(16))
    """inlet | tank | outlet | tap"""
    sampled_at: Mapped[datetime] = mapped_column(index=True)
    item: Mapped[str] = mapped_column(String(32))
    """An item of the catalogue of limits."""
    value: Mapped[float]
    unit: Mapped[str] = mapped_column(String(16))
    below: Mapped[bool] = mapped_column(default=False)
    """The laboratory says 'less than `value`'."""
    laboratory: Mapped[str] = mapped_column(String(64), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))


class Correction(Base):
    """What a person says a point's value was; laid over the lake, which keeps what it got."""

    __tablename__ = "corrections"
    __table_args__ = (Index("ix_corrections_place", "station_id", "from_at", "to_at"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    point: Mapped[str] = mapped_column(String(32))
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    """Excluded; the samples of [from_at, to_at) get `value`."""
    value: Mapped[float | None]
    """Empty: the samples count as missing."""
    why: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)
    created_by: Mapped[str] = mapped_column(String(64))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str] = mapped_column(String(64), default="")
    applied_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the collector had made the buckets anew that it (or its undoing) touches."""


class MeterExchange(Base):
    """A counter's meter was exchanged: what the old one stood at, what the new one began with."""

    __tablename__ = "meter_exchanges"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"), index=True)
    point: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    final_reading: Mapped[float]
    first_reading: Mapped[float]
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))
    applied_at: Mapped[datetime | None] = mapped_column(index=True)


class Job(Base):
    """Long work in the background, and the file that it leaves for its person."""

    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(200))
    task: Mapped[dict[str, Any]]
    """What to do; its shape belongs to the kind."""
    state: Mapped[str] = mapped_column(String(16), index=True)
    """queued | running | done | failed | cancelled"""
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    unit: Mapped[str] = mapped_column(String(16), default="rows")
    created_at: Mapped[datetime] = mapped_column(index=True)
    created_by: Mapped[str] = mapped_column(String(64), index=True)
    district_id: Mapped[int | None]
    """Scope of the person when it was ordered."""
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancel: Mapped[bool] = mapped_column(default=False)
    file: Mapped[str] = mapped_column(String(255), default="")
    """Name of the result below VAR/files."""
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    seen: Mapped[bool] = mapped_column(default=False)


class SavedView(Base):
    """A named URL of a page."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("username", "page", "name", name="uq_saved_views_name"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    username: Mapped[str] = mapped_column(String(64), index=True)
    page: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(64))
    path: Mapped[str] = mapped_column(String(255))
    query: Mapped[str] = mapped_column(Text, default="")
    shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class ApiToken(Base):
    """A key of a person for programs; only its hash is kept."""

    __tablename__ = "api_tokens"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    username: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
