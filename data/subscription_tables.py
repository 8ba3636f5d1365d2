"""The records, part of everyone's indicators: subscriptions, boards, mailed reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from data.tables import Base, Key


class Subscription(Base):
    """A card that a person has chosen: an indicator of a place over a period."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("username", "indicator", "place", "period", name="uq_subscriptions_card"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    username: Mapped[str] = mapped_column(String(64), index=True)
    rank: Mapped[int]
    indicator: Mapped[str] = mapped_column(String(64))
    """Code in indicators.toml."""
    place: Mapped[str] = mapped_column(String(64), default="")
    """d:CODE district, c:CODE compound, s:CODE station; empty = all that the person may see."""
    period: Mapped[str] = mapped_column(String(16))
    compare: Mapped[str] = mapped_column(String(8))
    pinned: Mapped[bool] = mapped_column(default=False)
    warn: Mapped[float | None]
    bad: Mapped[float | None]


class Board(Base):
    """Cards that a person has kept under a name, and who else may look at them."""

    __tablename__ = "boards"
    __table_args__ = (UniqueConstraint("username", "name", name="uq_boards_name"),)
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    username: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(64))
    cards: Mapped[list[Any]] = mapped_column(default=list)
    shared_with: Mapped[list[Any]] = mapped_column(default=list)
    """Roles, or 'all'."""
    created_at: Mapped[datetime]


class Report(Base):
    """A board that is mailed again and again."""

    __tablename__ = "reports"
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    username: Mapped[str] = mapped_column(String(64), index=True)
    board_id: Mapped[int | None] = mapped_column(ForeignKey("boards.id", ondelete="CASCADE"))
    """Empty = the person's own cards."""
    every: Mapped[str] = mapped_column(String(8))
    """day | week | month"""
    hour: Mapped[int]
    """Hour of the site's clock."""
    next_at: Mapped[datetime] = mapped_column(index=True)
    paused: Mapped[str] = mapped_column(String(16), default="")
    """Why it isn't sent any more; empty = it is."""
    created_at: Mapped[datetime]


class ReportRun(Base):
    """One time of a report and what became of it."""

    __tablename__ = "report_runs"
    __table_args__ = (
        UniqueConstraint("report_id", "due_at", name="uq_report_runs_due"),
        Index("ix_report_runs_next", "state", "next_at"),
    )
    id: Mapped[int] = mapped_column(Key, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id", ondelete="CASCADE"))
    username: Mapped[str] = mapped_column(String(64))
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    """making > made > sending > sent | failed (tried again) | gave_up | dropped"""
    seen_as: Mapped[str] = mapped_column(String(64), default="")
    """Role and district of the person when it was made."""
    title: Mapped[str] = mapped_column(String(200), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    file: Mapped[str] = mapped_column(String(128), default="")
    contact_id: Mapped[int | None] = mapped_column(Key)
    tried: Mapped[list[Any]] = mapped_column(default=list)
    """Ids of addresses that were given up."""
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    next_at: Mapped[datetime | None]
    """When it is taken up: to be made anew by another, or to be sent."""
    sent_at: Mapped[datetime | None]
