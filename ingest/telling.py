"""Telling people of the living fleet's alarms: plans from the records, writes messages, sends them.

Two threads of its own that only share the database with the rest of the collector, so that neither
polling nor alarms wait for a mail server.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from types import TracebackType
from typing import Any

import structlog

from analytics import telling as core
from analytics.rota import Stand, on_duty, stands
from analytics.telling_log import MEMORY, Log, Told
from analytics.telling_terms import Alarm, Level, Notice, Policy, Reached, Step
from data.catalogue.calendar import kinds
from data.catalogue.rules import Rule
from data.catalogue.telling import telling
from data.channels import ContactRow
from data.logs import Rationed
from data.notifications import APP, WAIT, NotificationRow, OpenAlarm
from data.stores import Stores
from ingest.delivery import Delivery, choices
from ingest.telling_words import message

PLAN, SEND = 2.0, 1.0
"""s between two looks at the alarms, and at what is to be sent."""
log = structlog.get_logger(__name__)


class Telling:
    """Tells in the background as long as the block lasts."""

    def __init__(self, stores: Stores, known: Mapping[str, Rule] | None = None) -> None:
        """Raises CatalogueError."""
        self._stores, self._known = stores, known
        self._rules = stores.rules.all() if known is None else known
        self._policy = policy(stores)
        self._log: Log | None = None
        self._delivery = Delivery(stores)
        self._stop = threading.Event()
        self._trouble = Rationed(log.warning, lines=3)
        self._threads = [
            threading.Thread(target=self._run, args=args, name=args[1], daemon=True)
            for args in ((self.step, "telling", PLAN), (self._delivery.step, "delivery", SEND))
        ]

    def __enter__(self) -> Telling:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._delivery.close()

    def _run(self, step: Callable[[datetime], int], name: str, pause: float) -> None:
        while not self._stop.wait(pause):
            try:
                step(datetime.now(UTC))
            except Exception as error:
                self._trouble(time.monotonic(), f"{name} failed, trying again", why=str(error))

    def step(self, now: datetime) -> int:
        """Write the messages that are due; how many. After an error what was told is read anew."""
        self._rules = self._stores.rules.all() if self._known is None else self._known
        alarms = [self._alarm(row) for row in self._stores.notifications.alarms(now)]
        if self._log is None:
            ids = [alarm.id for alarm in alarms]
            self._log = Log(told(self._stores.notifications.told(now - MEMORY, ids)))
        try:
            notices = list(self._plan(alarms, self._log, now))
            if notices:
                self._write(notices, now)
        except Exception:
            self._log = None
            raise
        self._log.forget({alarm.id for alarm in alarms}, now)
        return len(notices)

    def deliver(self, now: datetime) -> int:
        """Try what is due and wait for the answers; how many."""
        begun = self._delivery.step(now)
        self._delivery.finish()
        return begun

    def _plan(self, alarms: list[Alarm], known: Log, now: datetime) -> Any:
        crew = Crew(self._stores, now)
        return core.plan(
            alarms, known, crew.reached, self._policy, now, self._stores.contacts.usernames()
        )

    def _alarm(self, row: OpenAlarm) -> Alarm:
        rule = self._rules.get(row.rule)
        return Alarm(
            id=row.id,
            rule=row.rule,
            level=row.level,
            state=row.state,
            district=row.district_id,
            active_at=row.active_at,
            cleared_at=row.cleared_at,
            parent=row.parent_id,
            historic=row.historic,
            seen=row.asked,
            auto=rule is not None and rule.acknowledge == "auto",
            duties=() if rule is None else rule.notify,
            fold_s=0.0 if rule is None else rule.fold_s,
        )

    def _write(self, notices: list[Notice], now: datetime) -> None:
        """Store the messages of those who are still here, each told of what is in the own scope."""
        people = {user.username: user for user in self._stores.users.all() if user.enabled}
        contacts = {name: self._stores.contacts.of(name) for name in {n.username for n in notices}}
        settings = self._stores.settings
        get = lru_cache(self._stores.alarms.get)
        rows: list[dict[str, Any]] = []
        for notice in notices:
            person = people.get(notice.username)
            if person is None or not notice.routes:
                continue
            find = partial(get, scope=person.scope)
            said = message(notice, find, person.language, settings.zone, settings.public_url)
            rows += columns(notice, said, contacts[notice.username], now)
        covered = [(key, n.username) for n in notices for key in n.covers]
        self._stores.notifications.add(rows, covered, now)


class Crew:
    """Who is reached for a duty now: from the rota, else everybody of the duty's role who may see
    the district."""

    def __init__(self, stores: Stores, now: datetime) -> None:
        self._now = now
        self._users = [user for user in stores.users.all() if user.enabled]
        self._standing = standing(stores, now, now + timedelta(seconds=1))
        self._known: dict[tuple[str, int], list[Reached]] = {}

    def reached(self, duty: str, district: int) -> list[Reached]:
        found = self._known.get((duty, district))
        if found is None:
            found = self._known[duty, district] = self._reached(duty, district)
        return found

    def _reached(self, duty: str, district: int) -> list[Reached]:
        here = {u.username for u in self._users if u.district_id in (None, district)}
        on = on_duty(self._standing, duty, district, self._now)
        if found := [Reached(one.username, duty, one.shift) for one in on if one.username in here]:
            return found
        role = telling().duties[duty].role
        return [
            Reached(u.username, duty) for u in self._users if u.username in here and u.role == role
        ]


def standing(stores: Stores, start: datetime, end: datetime) -> list[Stand]:
    """The rota of [start, end)."""
    rota = stores.rota
    return stands(rota.shifts(), rota.changes(), start, end, stores.settings.zone, kinds())


def policy(stores: Stores) -> Policy:
    """telling.toml as the step takes it. Raises CatalogueError."""
    file = telling()
    row = file.settings
    return Policy(
        levels={
            level: Level(
                timedelta(minutes=one.acknowledge_min),
                one.routes,
                one.quiet,
                one.digest == "weekly",
            )
            for level, one in file.levels.items()
        },
        steps=tuple(Step(one.after, one.duty, tuple(one.levels)) for one in file.steps),
        cleared=file.after.cleared,
        digest=file.after.digest,
        zone=stores.settings.zone,
        settle=timedelta(seconds=row.settle_s),
        quiet=row.quiet,
        flood=(row.flood_from, row.flood_below),
        at_once=row.at_once,
        most_per_hour=row.most_per_hour,
        digest_every=timedelta(minutes=row.digest_min),
        weekly=row.weekly,
        oldest=timedelta(hours=row.oldest_h),
    )


def told(rows: list[NotificationRow]) -> list[Told]:
    """Stored messages as the step remembers them: one a person, whatever its routes."""
    found: dict[tuple[str, str], Told] = {}
    for row in rows:
        place = (row.key, row.username)
        quietly = row.route in (APP, WAIT) and (place not in found or found[place].quietly)
        waits = row.deferred if row.state == "deferred" else ""
        at = row.sent_at if row.state == "digested" and row.sent_at else row.created_at
        found[place] = Told(
            row.key, row.username, row.kind, row.level, at, row.alarm_id, waits, quietly
        )
    return list(found.values())


def columns(
    notice: Notice, said: tuple[str, str], contacts: tuple[ContactRow, ...], now: datetime
) -> list[dict[str, Any]]:
    """The rows of a message: one a route that the person can be reached by."""
    base: dict[str, Any] = {
        "key": notice.key, "username": notice.username, "kind": notice.kind,
        "alarm_id": notice.alarms[0] if notice.kind != "digest" else None,
        "alarms": list(notice.alarms), "level": notice.level,
        "why": dict(notice.why) | {"children": len(notice.alarms) - 1}, "title": said[0],
        "body": said[1], "deferred": notice.deferred, "contact_id": None, "channel": "",
        "tried": [], "created_at": now, "next_at": None, "sent_at": None,
    }  # fmt: skip
    if notice.deferred:
        return [base | {"route": WAIT, "state": "deferred"}]
    rows, taken = [], set[int]()
    for route in notice.routes:
        if route == APP:
            rows.append(base | {"route": APP, "state": "sent", "sent_at": now})
            continue
        kinds_here = route.split("|")
        first = next(
            (c for c in choices(contacts, route) if c.kind in kinds_here and c.id not in taken),
            None,
        )
        if first is not None:
            taken.add(first.id)
            to = {"contact_id": first.id, "channel": first.channel, "next_at": now}
            rows.append(base | to | {"route": route, "state": "queued"})
    return rows
