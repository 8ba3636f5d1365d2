"""Delivery: messages out of the house through apprise, tried again, and by the next channel.

What is written before a try is what a restart finds: a message that was being handed over is not
sent by the same channel again, for it may have arrived; it goes on by the person's next one.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import apprise
import structlog

from data.catalogue.telling import Delivery as Rules
from data.catalogue.telling import telling
from data.channels import ContactRow
from data.notifications import NotificationRow
from data.rights import Refused
from data.stores import Stores

THREADS = 4
MOST = 40
"""Messages a step."""
DROPPED = ("raised", "reminder", "escalated")
"""Kinds that are pointless once somebody has acknowledged."""
log = structlog.get_logger(__name__)


class Delivery:
    """Sends what is due; a slow channel keeps only its own messages waiting."""

    def __init__(self, stores: Stores, rules: Rules | None = None) -> None:
        self._stores, self._messages = stores, stores.notifications
        self._rules = telling().delivery if rules is None else rules
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="delivery")
        logging.getLogger("apprise").propagate = False  # its lines hold addresses
        for row in self._messages.interrupted():
            self._next(row, "interrupted", datetime.now(UTC))

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def step(self, now: datetime) -> int:
        """Try the messages that are due, at most MOST; how many."""
        due = self._messages.due(now, MOST)
        list(self._pool.map(lambda row: self._deliver(row, now), due))
        return len(due)

    def _deliver(self, row: NotificationRow, now: datetime) -> None:
        stale = row.kind in DROPPED and row.alarm_id is not None
        if stale and not self._messages.waiting_for(row.alarm_id or 0):
            self._messages.end(row.id, "dropped")
            return
        contact = self._contact(row)
        if contact is None:
            self._next(row, "no_contact", now)
            return
        if not self._messages.begin(row.id):
            return
        try:
            why = self._send(contact, row)
        except Refused as refused:
            self._next(row, refused.reason, now)
            return
        except Exception as error:  # a plug-in of apprise may raise anything
            why = type(error).__name__
        if not why:
            self._messages.end(row.id, "sent", sent_at=datetime.now(UTC), error="")
        elif row.tries + 1 >= self._rules.tries:
            self._next(row, why, now)
        else:
            wait = min(self._rules.longest_s, self._rules.first_s * 2**row.tries)
            again = now + timedelta(seconds=wait)
            self._messages.end(row.id, "failed", error=why, next_at=again)

    def _send(self, contact: ContactRow, row: NotificationRow) -> str:
        """'' when the channel has taken it, else why not. Raises Refused."""
        url = self._stores.channels.url(contact.channel_id, contact.address)
        asset = apprise.AppriseAsset(
            app_id="Pumphouse", app_desc="", app_url="", http_redirects=False
        )
        channel = apprise.Apprise.instantiate(url, asset=asset)
        if not isinstance(channel, apprise.NotifyBase):
            raise Refused("channel_url")
        channel.socket_connect_timeout = self._rules.timeout_s
        channel.socket_read_timeout = self._rules.timeout_s
        with _Said() as said:
            taken = channel.notify(title=row.title, body=row.body or row.title)
        return "" if taken else said.last(contact.address)

    def _contact(self, row: NotificationRow) -> ContactRow | None:
        own = self._stores.contacts.of(row.username)
        return next((one for one in own if one.id == row.contact_id), None)

    def _next(self, row: NotificationRow, why: str, now: datetime) -> None:
        """Go on by the person's next contact that this message doesn't go to anyway."""
        taken = {one.contact_id for one in self._messages.siblings(row)} | set(row.tried)
        left = [
            one
            for one in choices(self._stores.contacts.of(row.username), row.route)
            if one.id not in taken and one.id != row.contact_id
        ]
        tried = [*row.tried, row.contact_id] if row.contact_id is not None else row.tried
        if not left or row.kind == "test":
            self._messages.end(row.id, "gave_up", error=why, tried=tried)
            log.warning("a message was given up", id=row.id, channel=row.channel, why=why)
            return
        self._messages.end(
            row.id, "queued", error=why, tried=tried, tries=0, next_at=now,
            contact_id=left[0].id, channel=left[0].channel,
        )  # fmt: skip


def choices(contacts: tuple[ContactRow, ...], route: str) -> list[ContactRow]:
    """Contacts for a route (push|mail) in the order in which they are tried: its own kinds first,
    then whatever else the person has."""
    kinds = route.split("|")
    return sorted(contacts, key=lambda c: kinds.index(c.kind) if c.kind in kinds else len(kinds))


class _Said(logging.Handler):
    """What apprise says of one try, in this thread."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._thread, self._lines = threading.get_ident(), list[str]()

    def __enter__(self) -> _Said:
        logging.getLogger("apprise").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self._lines.append(record.getMessage())

    def last(self, address: str) -> str:
        """The first line, which names what happened, without the address."""
        line = self._lines[0] if self._lines else "refused"
        return line.replace(address, "***")[:500]
