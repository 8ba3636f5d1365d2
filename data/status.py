"""Small facts that one program tells the others: progress, lag, engine state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from data.database import Database
from data.tables import Status as Row


class Status:
    """One value a name; the last writer wins."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def put(self, name: str, value: dict[str, Any], at: datetime) -> None:
        """Keep `value` (JSON) under `name`."""
        insert = sqlite.insert if self._db.sqlite else postgresql.insert
        statement = insert(Row).values(name=name, value=value, at=at)
        statement = statement.on_conflict_do_update(
            index_elements=["name"], set_={"value": value, "at": at}
        )
        with self._db.session() as session:
            session.execute(statement)

    def get(self, name: str) -> tuple[dict[str, Any], datetime] | None:
        """The value and when it was written."""
        with self._db.session() as session:
            row = session.execute(select(Row.value, Row.at).where(Row.name == name)).first()
        return None if row is None else (row.value, row.at)
