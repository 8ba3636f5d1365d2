"""The door to the records: one engine, short sessions, schema brought up to date at start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import create_engine, event, inspect, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

import data.compound_tables
import data.desk_tables
import data.device_tables
import data.diagnosis_tables
import data.permit_tables
import data.rule_tables
import data.subscription_tables
import data.telling_tables  # noqa: F401

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


RecordsError = SQLAlchemyError
"""What any door to the records may raise when the database is locked, full or away."""


class DatabaseError(RuntimeError):
    """The records can't be opened or written; the message says what to do."""


class Database:
    """Sessions on one database. Safe to share between threads, not between processes."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        if self.sqlite and self.url.database not in (None, "", ":memory:"):
            try:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise DatabaseError(
                    f"can't make the folder of the database {self.url.database}: {error.strerror}"
                ) from error
        self.engine: Engine = create_engine(
            self.url,
            pool_pre_ping=not self.sqlite,
            connect_args={"timeout": 15} if self.sqlite else {},
        )
        if self.sqlite:
            event.listen(self.engine, "connect", _pragmas)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)

    @property
    def sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction: committed at the end of the block, rolled back on an error."""
        with self._sessions() as session, session.begin():
            yield session

    def upgrade(self) -> None:
        """Bring the schema to this program's version.

        Raises DatabaseError when the database is newer than the program, locked or read-only.
        """
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["engine"] = self.engine
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise DatabaseError(
                f"the database {self.url.render_as_string()} was made by another version of "
                f"Pumphouse ({error}); start that version, or set PUMPHOUSE_DATABASE_URL"
            ) from error
        except OperationalError as error:
            raise DatabaseError(
                f"the database {self.url.render_as_string()} can't be used: {error.orig}"
            ) from error

    def check(self) -> None:
        """Raises DatabaseError unless the schema is this program's."""
        head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
        try:
            with self.engine.connect() as link:
                made = inspect(link).has_table("alembic_version")
                found = link.scalar(text("select version_num from alembic_version")) if made else ""
        except OperationalError as error:
            raise DatabaseError(
                f"the database {self.url.render_as_string()} can't be used: {error.orig}"
            ) from error
        if not made:
            raise DatabaseError(
                f"the database {self.url.render_as_string()} has no tables yet; "
                "start the collector first (make run)"
            )
        if found != head:
            raise DatabaseError(
                f"the database has schema {found}, this program needs {head}; "
                "start the collector first, it brings the schema up to date"
            )

    def close(self) -> None:
        self.engine.dispose()


def _pragmas(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
