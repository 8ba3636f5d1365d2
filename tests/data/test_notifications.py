"""Notifications in the records: each once, each step written down, each in its reader's scope."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from data.actions import Actions
from data.alarms import Alarms
from data.database import Database
from data.notifications import OVER, NotificationRow, Notifications
from data.rights import Forbidden
from data.stations import Stations
from data.users import UserRow
from tests.data.conftest import EAST, NOW, WEST

Person = Callable[..., UserRow]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def messages(db: Database, city: Stations) -> Notifications:
    return Notifications(db)


def alarm(db: Database, district: int = EAST, **other: Any) -> int:
    row = {
        "rule": "R-PU-01", "station_id": 1 if district == EAST else 3, "district_id": district,
        "level": 2, "state": "unacknowledged", "raw_at": NOW, "active_at": NOW,
    } | other  # fmt: skip
    return Alarms(db).save([row])[0]


def row(alarm_id: int | None = None, **other: Any) -> dict[str, Any]:
    return {
        "key": f"{alarm_id}:raised:2", "username": "dispatcher", "route": "push", "kind": "raised",
        "alarm_id": alarm_id, "alarms": [alarm_id], "level": 2, "title": "t", "body": "b",
        "why": {"rule": "R-PU-01"}, "state": "queued", "deferred": "", "contact_id": 7,
        "channel": "推送", "tried": [], "created_at": NOW, "next_at": NOW, "sent_at": None,
    } | other  # fmt: skip


def one(messages: Notifications, user: UserRow) -> NotificationRow:
    return messages.log(user, NOW - MINUTE)[0]


def test_open_alarms_with_what_is_asked_of_them(
    messages: Notifications, db: Database, person: Person
) -> None:
    id = alarm(db)
    alarm(db, state="closed", closed_at=NOW - OVER - MINUTE)
    recent = alarm(db, state="closed", closed_at=NOW - MINUTE, historic=True)
    Actions(db).append(id, "acknowledge", person("dispatcher"), NOW)
    found = {a.id: (a.state, a.asked, a.historic) for a in messages.alarms(NOW)}
    assert found == {id: ("unacknowledged", True, False), recent: ("closed", False, True)}
    assert not messages.waiting_for(id)
    assert messages.waiting_for(alarm(db))
    assert messages.waiting_for(alarm(db, state="acknowledged"))
    assert not messages.waiting_for(alarm(db, state="acknowledged", acknowledged_by="chen"))
    assert not messages.waiting_for(alarm(db, state="returned"))


def test_a_message_is_there_once(messages: Notifications, db: Database, person: Person) -> None:
    id = alarm(db)
    messages.add([row(id), row(id, route="app", state="sent")], [], NOW)
    with pytest.raises(IntegrityError):
        messages.add([row(id, key="new"), row(id)], [], NOW)
    assert len(messages.log(person("administrator"), NOW - MINUTE)) == 2, "all or nothing"


def test_a_delivery_is_taken_once_and_its_end_is_kept(
    messages: Notifications, db: Database, person: Person
) -> None:
    admin, id = person("administrator"), alarm(db)
    messages.add([row(id), row(id, route="app", state="sent")], [], NOW)
    assert messages.due(NOW - MINUTE, 9) == []
    assert messages.due(NOW, 9, ["推送"]) == []
    [due] = messages.due(NOW, 9)
    assert [messages.begin(due.id), messages.begin(due.id)] == [True, False]
    assert [r.id for r in messages.interrupted()] == [due.id]
    assert messages.due(NOW, 9) == []
    messages.end(due.id, "failed", error="away", next_at=NOW + MINUTE)
    [again] = messages.due(NOW + MINUTE, 9)
    assert (again.tries, again.error, again.tried) == (1, "away", [])
    messages.begin(due.id)
    messages.end(due.id, "sent", sent_at=NOW, error="")
    found = next(r for r in messages.log(admin, NOW - MINUTE) if r.id == due.id)
    assert (found.state, found.tries, found.sent_at) == ("sent", 2, NOW)
    assert [r.route for r in messages.siblings(found)] == ["app"]


def test_a_digest_is_written_with_what_it_covers(messages: Notifications, db: Database) -> None:
    id = alarm(db)
    waits = {"route": "digest", "state": "deferred", "deferred": "quiet", "next_at": None}
    messages.add([row(id, **waits), row(id, key="other", **waits)], [], NOW - 9 * 60 * MINUTE)
    digest = row(None, key="digest:x", kind="digest", route="app", state="sent")
    messages.add([digest], [(f"{id}:raised:2", "dispatcher")], NOW)
    found = {r.key: (r.state, r.sent_at) for r in messages.told(NOW + MINUTE, [id])}
    assert found == {f"{id}:raised:2": ("digested", NOW), "other": ("deferred", None)}
    assert {r.key for r in messages.told(NOW - MINUTE, [])} >= {"digest:x", "other"}


def test_everybody_reads_what_is_theirs(
    messages: Notifications, db: Database, person: Person
) -> None:
    chen, wang = person("dispatcher"), person("inspector")
    boss = person("district_manager", district_id=WEST)
    east, west = alarm(db), alarm(db, WEST)
    for id in (east, west):
        messages.add([row(id), row(id, route="app", state="sent")], [], NOW)
    assert len(messages.of(chen)) == messages.unseen(chen) == 2
    assert (messages.of(wang), messages.unseen(wang)) == ([], 0)
    assert messages.told_to(chen, [east, 99]) == {east}
    assert messages.told_to(wang, [east]) == messages.told_to(chen, []) == set()
    messages.see(wang, NOW)
    assert messages.unseen(chen) == 2
    messages.see(chen, NOW)
    assert messages.unseen(chen) == 0
    assert {r.alarm_id for r in messages.log(boss, NOW - MINUTE)} == {west}
    with pytest.raises(Forbidden):
        messages.log(wang, NOW - MINUTE)
