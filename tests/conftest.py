"""What tests of every room share: databases to try the records on, and data of others."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url, text
from xdist.scheduler import LoadScopeScheduling

from data.database import Database
from data.tables import Base

settings.register_profile("house", deadline=None)
settings.load_profile("house")  # a busy machine is nobody's fault

STRICT = "PUMPHOUSE_TEST_STRICT"
"""Set by continuous integration: there only data of others may be missing."""
OTHERS = "data of others"
"""Begins the reason of a skip for want of published data."""
POSTGRES = "PUMPHOUSE_TEST_POSTGRES"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under STRICT a skipped test has failed, unless it waits for data of others."""
    report = yield
    if report.skipped and os.environ.get(STRICT) and OTHERS not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"skipped, which {STRICT} forbids: {report.longrepr}"
    return report


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """On several cores a file stays in one process, for what its tests share is made once; those
    of tests/city share a whole city."""

    def _split_scope(self, nodeid: str) -> str:
        return "city" if nodeid.startswith("tests/city/") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    return ByFile(config, log)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, brought up to date once."""
    file = tmp_path_factory.mktemp("template") / "pumphouse.db"
    db = Database(f"sqlite:///{file}")
    db.upgrade()
    db.close()
    return file


@pytest.fixture(scope="session")
def _postgres() -> Iterator[Database]:
    """A schema of our own in the database that PUMPHOUSE_TEST_POSTGRES names."""
    url = os.environ.get(POSTGRES)
    if not url:
        pytest.skip(f"{POSTGRES} names no database (an SQLAlchemy URL)")
    schema = f"test_{uuid4().hex[:12]}"
    owner = create_engine(url)
    with owner.begin() as link:
        link.execute(text(f"create schema {schema}"))
    own = make_url(url).update_query_dict({"options": f"-csearch_path={schema}"})
    db = Database(own.render_as_string(hide_password=False))
    db.upgrade()
    yield db
    db.close()
    with owner.begin() as link:
        link.execute(text(f"drop schema {schema} cascade"))
    owner.dispose()


@pytest.fixture
def sqlite(_sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty database in a file of its own, for tests that need no second kind."""
    file = tmp_path / "pumphouse.db"
    shutil.copy(_sqlite_template, file)
    db = Database(f"sqlite:///{file}")
    yield db
    db.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest) -> Database:
    """An empty, up-to-date database of each kind that the records may stand in."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite")  # type: ignore[no-any-return]
    found: Database = request.getfixturevalue("_postgres")
    tables = ", ".join(f'"{table}"' for table in Base.metadata.tables)
    with found.session() as session:
        session.execute(text(f"truncate {tables} restart identity cascade"))
    return found
