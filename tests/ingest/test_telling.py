"""From the stored alarm to the mail and the webhook that arrive, through real servers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from data.catalogue.telling import telling as telling_rules
from data.database import Database
from data.notifications import NotificationRow
from data.settings import Settings
from data.station_rows import DistrictRow, StationRow
from data.stores import Stores, open_stores
from data.telling_tables import Notification
from data.users import UserRow, Users
from ingest.delivery import Delivery
from ingest.telling import Telling
from tests.ingest.receivers import Hook, Mailbox, free_port, mail_server, webhook

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""12:00 in Shanghai."""
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
ROLES = ("dispatcher", "inspector", "engineer", "district_manager", "executive", "administrator")


@pytest.fixture
def stores(sqlite: Database, tmp_path: Path) -> Iterator[Stores]:
    """Two districts with a station each, one person a role; the manager's district is the first."""
    settings = Settings(
        var=tmp_path, _env_file=None, channel_schemes=("mailto", "json"),
        public_url="https://pump.example.cn/",
    )  # fmt: skip
    opened = open_stores(settings, writer=True)
    users = Users(opened.db, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    found = replace(opened, users=users)
    found.stations.save(
        [DistrictRow(1, "D1", "东区", "East"), DistrictRow(2, "D2", "西区", "West")],
        [
            StationRow(0, f"S{n}", f"泵房{n}", f"House {n}", n, "DIRECT", 0, "chengshui", "h", n, 1)
            for n in (1, 2)
        ],
    )
    for role in ROLES:
        users.create(
            role, "long enough", role=role, name_zh=role, name_en=role, at=NOON,
            district_id=1 if role == "district_manager" else None,
        )  # fmt: skip
    yield found
    found.close()


Raise = Callable[..., int]


@pytest.fixture
def raise_alarm(stores: Stores) -> Raise:
    def make(station: int = 1, at: datetime = NOON, **other: Any) -> int:
        row = {
            "rule": "R-HY-01", "station_id": station, "district_id": station, "level": 2,
            "state": "unacknowledged", "raw_at": at, "active_at": at, "place": "L",
            "point": "L.P_OUT", "value": 0.21,
        } | other  # fmt: skip
        return stores.alarms.save([row])[0]

    return make


def person(stores: Stores, name: str) -> UserRow:
    found = stores.users.get(name)
    assert found is not None
    return found


def reach(stores: Stores, username: str, kind: str, url: str, address: str, rank: int = 1) -> int:
    """Set a channel up and give the person an address on it."""
    admin = person(stores, "administrator")
    id = stores.channels.save(admin, f"{kind}-{url[-16:]}", kind, url, NOON)
    return stores.contacts.add(admin, username, id, address, rank, NOON)


def by_mail(stores: Stores, port: int, username: str = "dispatcher", rank: int = 1) -> None:
    url = f"mailto://127.0.0.1:{port}?mode=insecure&from=pump@example.cn&to={{address}}"
    reach(stores, username, "mail", url, f"{username}@example.cn", rank)


def by_push(stores: Stores, port: int, username: str = "dispatcher", rank: int = 1) -> None:
    reach(stores, username, "push", f"json://127.0.0.1:{port}/hook/{{address}}", username, rank)


def rows(stores: Stores, username: str = "dispatcher") -> list[NotificationRow]:
    log = stores.notifications.log(person(stores, "administrator"), NOON - 24 * 60 * MINUTE)
    return [row for row in reversed(log) if row.username == username]


def states(stores: Stores, username: str = "dispatcher") -> list[tuple[str, str]]:
    return [(row.route, row.state) for row in rows(stores, username)]


@pytest.fixture
def mail() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def hook() -> Iterator[Hook]:
    with webhook() as found:
        yield found


def test_an_alarm_arrives_by_mail_and_webhook_with_its_words(
    stores: Stores, raise_alarm: Raise, mail: Mailbox, hook: Hook
) -> None:
    by_mail(stores, mail.port)
    by_push(stores, hook.port)
    id = raise_alarm()
    telling = Telling(stores)
    assert telling.step(NOON + 9 * SECOND) == 0
    assert telling.step(NOON + 10 * SECOND) == 2
    telling.deliver(NOON + 11 * SECOND)
    [(to, subject, text)] = mail.mails
    assert to == ["dispatcher@example.cn"]
    assert subject == "[报警] 重要 · 泵房1 · 出水压力低 · 低区"
    assert "0.210 MPa" in text
    assert f"https://pump.example.cn/alarms?sel={id}" in text
    [(path, body)] = hook.calls
    assert (path, body["title"]) == ("/hook/dispatcher", subject)
    assert states(stores) == [("app", "sent"), ("push", "sent"), ("sms|mail", "sent")]
    assert states(stores, "inspector") == [("app", "sent")], "who has no contact has the app"
    assert rows(stores)[0].why == {
        "rule": "R-HY-01", "how": "told", "duty": "dispatcher", "shift": None, "children": 0,
    }  # fmt: skip
    assert telling.deliver(NOON + MINUTE) == 0


def test_a_server_that_was_down_gets_it_when_it_is_back(stores: Stores, raise_alarm: Raise) -> None:
    port = free_port()
    by_mail(stores, port)
    raise_alarm()
    telling = Telling(stores)
    telling.step(NOON + MINUTE)
    telling.deliver(NOON + MINUTE)
    [_, row] = rows(stores)
    assert (row.state, row.tries, row.next_at) == ("failed", 1, NOON + 70 * SECOND)
    assert row.error
    assert "dispatcher@example.cn" not in row.error
    assert telling.deliver(NOON + 69 * SECOND) == 0
    with mail_server(port) as box:
        telling.deliver(NOON + 70 * SECOND)
        assert len(box.mails) == 1
    assert states(stores) == [("app", "sent"), ("sms|mail", "sent")]


def test_a_dead_channel_gives_way_to_the_next(
    stores: Stores, raise_alarm: Raise, hook: Hook
) -> None:
    by_mail(stores, free_port())
    by_push(stores, hook.port, rank=2)
    raise_alarm(level=3)
    hook.status = 500
    telling = Telling(stores)
    telling.step(NOON + MINUTE)
    at = NOON + MINUTE
    for _ in range(5):
        telling.deliver(at)
        at += 5 * MINUTE
    [_, row] = rows(stores)
    assert (row.route, row.state, row.tries, row.channel[:4]) == ("push|mail", "queued", 0, "mail")
    assert len(hook.calls) == 5
    for _ in range(5):
        telling.deliver(at)
        at += 5 * MINUTE
    assert states(stores) == [("app", "sent"), ("push|mail", "gave_up")]
    assert len(rows(stores)[1].tried) == 2


def test_a_redirect_is_not_followed(stores: Stores, raise_alarm: Raise, hook: Hook) -> None:
    by_push(stores, hook.port)
    with webhook() as inside:
        hook.status, hook.location = 307, f"http://127.0.0.1:{inside.port}/admin"
        raise_alarm()
        telling = Telling(stores)
        telling.step(NOON + MINUTE)
        telling.deliver(NOON + MINUTE)
        assert (len(hook.calls), inside.calls) == (1, [])
    assert states(stores)[1] == ("push", "failed")


def test_a_restart_sends_nothing_twice(
    stores: Stores, raise_alarm: Raise, mail: Mailbox, hook: Hook
) -> None:
    by_mail(stores, mail.port)
    by_push(stores, hook.port)
    raise_alarm(level=1)
    telling = Telling(stores)
    telling.step(NOON + MINUTE)
    telling.deliver(NOON + MINUTE)
    for n in range(2, 5):
        again = Telling(stores)
        again.step(NOON + n * MINUTE)
        again.deliver(NOON + n * MINUTE)
    assert (len(mail.mails), len(hook.calls)) == (1, 1)
    later = Telling(stores)
    assert later.step(NOON + 6 * MINUTE) == 3, "the ladder goes on from when it was told"
    with pytest.raises(IntegrityError), stores.db.session() as session:
        row = session.scalars(select(Notification)).first()
        session.add(Notification(**{
            c.name: getattr(row, c.name) for c in Notification.__table__.columns if c.name != "id"
        }))  # fmt: skip
        session.flush()


def test_what_was_being_handed_over_goes_on_by_another_channel(
    stores: Stores, raise_alarm: Raise, mail: Mailbox, hook: Hook
) -> None:
    by_mail(stores, mail.port)
    by_push(stores, hook.port)
    raise_alarm(level=3)
    Telling(stores).step(NOON + MINUTE)
    [_, row] = rows(stores)
    assert stores.notifications.begin(row.id)
    assert not stores.notifications.begin(row.id)
    telling = Telling(stores)
    telling.deliver(NOON + 2 * MINUTE)
    assert (len(mail.mails), len(hook.calls)) == (1, 0)
    assert states(stores)[1] == ("push|mail", "sent")


def test_an_acknowledge_stops_reminders_and_what_is_on_its_way(
    stores: Stores, raise_alarm: Raise
) -> None:
    by_mail(stores, free_port())
    id = raise_alarm(level=1)
    telling = Telling(stores)
    telling.step(NOON + MINUTE)
    telling.deliver(NOON + MINUTE)
    stores.actions.append(id, "acknowledge", person(stores, "dispatcher"), NOON + 2 * MINUTE)
    assert telling.step(NOON + 30 * MINUTE) == 0
    telling.deliver(NOON + 30 * MINUTE)
    assert states(stores)[1] == ("mail", "dropped")


def test_the_rota_says_who_and_the_district_who_may(stores: Stores, raise_alarm: Raise) -> None:
    users, admin = stores.users, person(stores, "administrator")
    for name, district in (("night", None), ("west", 2)):
        users.create(
            name, "long enough", role="dispatcher", name_zh=name, name_en=name, at=NOON,
            district_id=district,
        )  # fmt: skip
    shift = stores.rota.add(
        admin, "night", "dispatcher", None, NOON - MINUTE, NOON + 5 * MINUTE, NOON
    )
    telling = Telling(stores)
    raise_alarm(1)
    telling.step(NOON + MINUTE)
    assert [row.why["shift"] for row in rows(stores, "night")] == [shift]
    assert rows(stores) == rows(stores, "west") == []
    raise_alarm(1, NOON + 6 * MINUTE)
    raise_alarm(2, NOON + 6 * MINUTE)
    telling.step(NOON + 7 * MINUTE)
    assert [len(rows(stores, name)) for name in ("night", "dispatcher", "west")] == [3, 3, 1]


def test_the_morning_digest_is_one_mail_and_the_end_is_told_once(
    stores: Stores, raise_alarm: Raise, mail: Mailbox
) -> None:
    by_mail(stores, mail.port)
    night = NOON + timedelta(hours=11)
    ids = [raise_alarm(1, night + n * SECOND, level=3) for n in range(3)]
    telling = Telling(stores)
    telling.step(night + MINUTE)
    assert {row.state for row in rows(stores)} == {"deferred"}
    morning = NOON + timedelta(hours=19)
    Telling(stores).step(morning)
    telling = Telling(stores)
    assert telling.step(morning + 2 * SECOND) == 0
    telling.deliver(morning + 3 * SECOND)
    [(_, subject, text)] = mail.mails
    assert subject == "报警汇总：3 条"
    assert text.count("出水压力低") == 3
    stores.alarms.save([], [{"id": ids[0], "state": "closed", "cleared_at": morning,
                             "closed_at": morning}])  # fmt: skip
    for n in (4, 5, 6):
        telling.step(morning + n * MINUTE)
        telling.deliver(morning + n * MINUTE)
    assert [subject[:5] for _, subject, _ in mail.mails[1:]] == ["[已恢复]"]


def test_a_channel_that_hangs_holds_up_no_other(
    stores: Stores, raise_alarm: Raise, hook: Hook
) -> None:
    by_push(stores, hook.port)
    with socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        by_mail(stores, silent.getsockname()[1])
        for n in range(3):
            raise_alarm(at=NOON + n * SECOND)
        telling = Telling(stores)
        telling.step(NOON + MINUTE)
        delivery = Delivery(stores, telling_rules().delivery.model_copy(update={"timeout_s": 30.0}))
        assert delivery.step(NOON + MINUTE) == 6
        for _ in range(100):
            if len(hook.calls) == 3:
                break
            time.sleep(0.1)
        assert len(hook.calls) == 3
        raise_alarm(at=NOON)
        telling.step(NOON + MINUTE)
        assert delivery.step(NOON + MINUTE) == 1, "the mail waits, the push doesn't"
    delivery.finish()
    delivery.close()


def test_a_storm_is_one_mail_and_stays_so_after_a_restart(
    stores: Stores, raise_alarm: Raise, mail: Mailbox
) -> None:
    by_mail(stores, mail.port)
    for n in range(12):
        raise_alarm(1 + n % 2, level=1 + n % 2)
    telling = Telling(stores)
    telling.step(NOON + MINUTE)
    telling.deliver(NOON + MINUTE)
    [(_, subject, text)] = mail.mails
    assert subject == "报警汇总：12 条"
    assert text.count("出水压力低") == 12
    assert states(stores)[:12] == [("digest", "digested")] * 12
    again = Telling(stores)
    assert again.step(NOON + 3 * MINUTE) == 0
    assert again.step(NOON + 7 * MINUTE) > 0, "the ladder of level 1 goes on"


def test_a_test_message_arrives_and_is_logged(stores: Stores, mail: Mailbox) -> None:
    by_mail(stores, mail.port)
    [contact] = stores.contacts.of("dispatcher")
    stores.notifications.order_test(person(stores, "dispatcher"), contact, "测试", NOON)
    telling = Telling(stores)
    assert telling.step(NOON) == 0
    telling.deliver(NOON)
    assert [subject for _, subject, _ in mail.mails] == ["测试"]
    assert states(stores) == [("mail", "sent")]


def test_the_threads_tell_by_themselves_and_end(
    stores: Stores, raise_alarm: Raise, hook: Hook
) -> None:
    by_push(stores, hook.port)
    raise_alarm(1, datetime.now(UTC) - MINUTE)
    with Telling(stores):
        for _ in range(100):
            if hook.calls:
                break
            time.sleep(0.1)
    assert len(hook.calls) == 1
