from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text

from data.database import Database, DatabaseError
from data.tables import Base


def test_the_steps_lead_to_the_tables(db: Database) -> None:
    db.upgrade()  # again: nothing to do
    db.check()
    with db.engine.connect() as link:
        options = {"compare_type": False}
        found = compare_metadata(MigrationContext.configure(link, opts=options), Base.metadata)
    assert found == []


def test_what_fails_is_undone(db: Database) -> None:
    insert = text("insert into districts (code, name_zh, name_en) values ('a', 'a', 'a')")
    with pytest.raises(RuntimeError), db.session() as session:
        session.execute(insert)
        raise RuntimeError
    with db.session() as session:
        assert session.scalar(text("select count(*) from districts")) == 0


def test_sqlite_keeps_foreign_keys_and_a_write_ahead_log(sqlite: Database) -> None:
    with sqlite.session() as session:
        assert session.scalar(text("pragma foreign_keys")) == 1
        assert session.scalar(text("pragma journal_mode")) == "wal"


def test_an_empty_database_says_who_makes_it(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'new' / 'x.db'}")
    with pytest.raises(DatabaseError, match="start the collector first"):
        db.check()
    db.close()


def test_a_newer_database_is_refused(sqlite: Database) -> None:
    with sqlite.session() as session:
        session.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(DatabaseError, match="another version of Pumphouse"):
        sqlite.upgrade()
    with pytest.raises(DatabaseError, match="has schema 9999, this program needs"):
        sqlite.check()


def on_connect(db: Database, pragma: str) -> None:
    event.listen(db.engine, "connect", lambda link, _: link.execute(f"pragma {pragma}"))


@pytest.mark.parametrize("step", ["upgrade", "check"])
def test_a_locked_database_is_told(tmp_path: Path, step: str) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    holder, other = Database(url), Database(url)
    on_connect(holder, "journal_mode=delete")
    with holder.engine.connect() as link:
        link.execute(text("begin exclusive"))
        with pytest.raises(DatabaseError, match="can't be used: database is locked"):
            getattr(impatient(other), step)()
    holder.close()
    other.close()


def impatient(db: Database) -> Database:
    """The same, but it waits 50 ms, not 15 s, for another writer."""
    event.listen(db.engine, "do_connect", lambda _d, _r, _a, options: options.update(timeout=0.05))
    return db


def test_a_read_only_database_is_told(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'x.db'}")
    on_connect(db, "query_only=on")
    with pytest.raises(DatabaseError, match="can't be used: attempt to write a readonly database"):
        db.upgrade()
    db.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseError, match="can't make the folder"):
        Database(f"sqlite:///{tmp_path / 'file' / 'x.db'}")


def test_a_password_never_shows() -> None:
    db = Database("postgresql+psycopg://ann:hushhush@127.0.0.1:1/none")
    for step in (db.check, db.upgrade):
        with pytest.raises(DatabaseError) as caught:
            step()
        assert "hushhush" not in str(caught.value)
        assert "127.0.0.1" in str(caught.value)
    db.close()
