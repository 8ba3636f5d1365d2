"""The audit trail: every change by a person, and every sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from data.database import Database
from data.tables import Audit


@dataclass(frozen=True)
class AuditRow:
    id: int
    at: datetime
    username: str
    verb: str
    subject: str
    detail: Mapping[str, Any]


def record(
    session: Session, username: str, verb: str, subject: str, at: datetime, **detail: Any
) -> None:
    """Write an audit row in the transaction of the change that it tells of."""
    session.execute(
        insert(Audit).values(
            at=at, username=username[:64], verb=verb, subject=subject[:128], detail=detail
        )
    )


class AuditTrail:
    """Reads the trail, and writes what has no transaction of its own (a download, a logout)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def append(self, username: str, verb: str, subject: str, at: datetime, **detail: Any) -> None:
        with self._db.session() as session:
            record(session, username, verb, subject, at, **detail)

    def recent(self, limit: int = 200, username: str | None = None) -> tuple[AuditRow, ...]:
        """Newest first."""
        query = select(
            Audit.id, Audit.at, Audit.username, Audit.verb, Audit.subject, Audit.detail
        ).order_by(Audit.id.desc())
        if username is not None:
            query = query.where(Audit.username == username)
        with self._db.session() as session:
            return tuple(AuditRow(*row) for row in session.execute(query.limit(limit)))
