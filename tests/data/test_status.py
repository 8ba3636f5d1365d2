from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from data.database import Database
from data.status import Status
from tests.data.conftest import NOW


def test_the_last_writer_wins(db: Database) -> None:
    status = Status(db)
    assert status.get("history") is None
    status.put("history", {"done": 0.1, "text": "三"}, NOW)
    status.put("history", {"done": 0.2}, NOW + timedelta(seconds=1))
    status.put("other", {}, NOW)
    assert status.get("history") == ({"done": 0.2}, NOW + timedelta(seconds=1))


def test_first_writers_at_the_same_moment_do_not_collide(db: Database) -> None:
    status = Status(db)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: status.put("same", {"n": n}, NOW), range(24)))
    found = status.get("same")
    assert found is not None
    assert found[0]["n"] in range(24)
