from __future__ import annotations

from datetime import UTC, datetime

import pytest

from data.audit import AuditTrail, record
from data.database import Database
from tests.data.conftest import NOW


def test_newest_first_and_by_person(db: Database) -> None:
    trail = AuditTrail(db)
    for n, name in enumerate(("ann", "bob", "ann")):
        trail.append(name, "export", f"table {n}", NOW, rows=n)
    assert [row.subject for row in trail.recent()] == ["table 2", "table 1", "table 0"]
    assert [row.detail["rows"] for row in trail.recent(username="ann")] == [2, 0]
    assert len(trail.recent(limit=1)) == 1


def test_a_row_is_gone_with_the_change_that_failed(db: Database) -> None:
    with pytest.raises(RuntimeError), db.session() as session:
        record(session, "ann", "x", "y", NOW)
        raise RuntimeError
    assert AuditTrail(db).recent() == ()


def test_times_come_back_with_their_zone(db: Database) -> None:
    at = datetime(2026, 11, 22, 16, 0, 0, 123456, tzinfo=UTC)
    AuditTrail(db).append("ann", "x", "y", at)
    [row] = AuditTrail(db).recent()
    assert row.at == at
    assert row.at.tzinfo is UTC
