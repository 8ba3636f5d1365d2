"""Delivery: messages out of the house through apprise, tried again, and by the next channel.

What is written before a try is what a restart finds: a message that was being handed over is not
sent by the same channel again, for it may have arrived; it goes on by the person's next one.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apprise
import structlog
from apprise.attachment.file import AttachFile

from data.catalogue.telling import Delivery as Rules
from data.catalogue.telling import telling
from data.channels import ContactRow
from data.notifications import NotificationRow
from data.rights import Refused
from data.stores import Stores

THREADS = 8
"""Channels that are served at the same time."""
MOST = 40
"""Messages that are looked at in a step."""
DROPPED = ("raised", "reminder", "escalated")
"""Kinds that are pointless once somebody has acknowledged."""
log = structlog.get_logger(__name__)


class Delivery:
    """Sends what is due, a channel's messages one after the other, each channel in a thread: a slow
    one keeps only its own messages waiting."""

    def __init__(self, stores: Stores, rules: Rules | None = None) -> None:
        self._stores, self._messages = stores, stores.notifications
        self._rules = telling().delivery if rules is None else rules
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="delivery")
        self._busy: dict[str, Future[None]] = {}
        self._closing = threading.Event()
        logging.getLogger("apprise").propagate = False  # its lines hold addresses

    def close(self) -> None:
        """End after the tries that have begun."""
        self._closing.set()
        self._pool.shutdown(cancel_futures=True)

    def step(self, now: datetime) -> int:
        """Begin with messages that are due, at most MOST; how many. What is being sent though no
        thread sends it was cut off, by the end of the program or of the database."""
        over = {name: work for name, work in self._busy.items() if work.done()}
        self._busy = {name: work for name, work in self._busy.items() if name not in over}
        for name, work in over.items():
            if error := work.exception():
                log.warning("a channel's messages wait", channel=name, why=str(error))
        for row in self._messages.interrupted():
            if row.channel not in self._busy:
                self._next(row, "interrupted", now)
        due = self._messages.due(now, MOST, tuple(self._busy))
        by_channel: dict[str, list[NotificationRow]] = {}
        for row in due:
            by_channel.setdefault(row.channel, []).append(row)
        for channel, rows in by_channel.items():
            self._busy[channel] = self._pool.submit(self._serve, rows, now)
        return len(due)

    def finish(self) -> None:
        """Wait for what has begun; raises what went wrong."""
        for work in self._busy.values():
            work.result()

    def _serve(self, rows: list[NotificationRow], now: datetime) -> None:
        for row in rows:
            if not self._closing.is_set():
                self._deliver(row, now)

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
            body = row.body or row.title
            why = hand_over(self._stores, contact, row.title, body, self._rules.timeout_s)
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


def hand_over(
    stores: Stores, contact: ContactRow, title: str, body: str, timeout_s: float,
    file: tuple[Path, str] | None = None,
) -> str:  # fmt: skip
    """'' when the contact's channel has taken the message, else why not. file: its path, and the
    name that the reader sees. Raises Refused."""
    url = stores.channels.url(contact.channel_id, contact.address)
    asset = apprise.AppriseAsset(app_id="Pumphouse", app_desc="", app_url="", http_redirects=False)
    channel = apprise.Apprise.instantiate(url, asset=asset)
    if not isinstance(channel, apprise.NotifyBase):
        raise Refused("channel_url")
    if file is not None and not channel.attachment_support:
        raise Refused("channel_files")
    channel.socket_connect_timeout = timeout_s
    channel.socket_read_timeout = timeout_s
    channel.notify_format = apprise.NotifyFormat.TEXT
    files = None if file is None else AttachFile(str(file[0]), name=file[1])  # type: ignore[no-untyped-call]
    with _Said() as said:
        taken = channel.notify(title=title, body=body, attach=files)
    return "" if taken else said.last(contact.address)


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
