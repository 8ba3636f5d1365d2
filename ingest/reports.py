"""Mailing of reports: takes the files that the cockpit has made, sends them, writes what became.

A thread of its own, as telling has. What was being handed over when the collector stopped may have
arrived: it goes on by the person's next address, never by the same.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog

from data.catalogue.telling import telling
from data.channels import ContactRow
from data.reports import KEPT, RunRow, mail_of, seen_as
from data.rights import Refused
from data.stores import Stores
from ingest.background import Background
from ingest.delivery import hand_over

PAUSE = 5.0
"""s between two looks at what is to be sent."""
log = structlog.get_logger(__name__)


class Reporting(Background):
    """Mails in the background as long as the block lasts."""

    def __init__(self, stores: Stores) -> None:
        """Raises CatalogueError."""
        self._stores, self._reports = stores, stores.reports
        self._rules = telling().delivery
        super().__init__("reports", PAUSE, "reports wait")

    def step(self, now: datetime) -> int:
        """Send what is made, one after the other; how many were tried."""
        for row in self._reports.interrupted():
            self._next(row, "interrupted", now)
        ready = self._reports.ready(now)
        for row in ready:
            if not self._stop.is_set():
                self._deliver(row, now)
        self._tidy(now)
        return len(ready)

    def _deliver(self, row: RunRow, now: datetime) -> None:
        user = self._stores.users.get(row.username)
        if user is None or not user.enabled or seen_as(user) != row.seen_as:
            self._end(row, "dropped", "rights")  # not the person any more whom it was made for
            return
        path = self._stores.report_files.path(row.file)
        if path is None or now - row.due_at > KEPT:
            self._end(row, "gave_up", "no_file")
            return
        contact = next((one for one in self._contacts(row) if one.id == row.contact_id), None)
        if contact is None:
            self._next(row, "no_contact", now)
            return
        if not self._reports.begin(row.id):
            return
        try:
            why = hand_over(self._stores, contact, row.title, row.body, self._rules.timeout_s,
                            (path, self._name(row)))  # fmt: skip
        except Refused as refused:
            self._next(row, refused.reason, now)
            return
        except Exception as error:  # a plug-in of apprise may raise anything
            why = type(error).__name__
        if not why:
            self._end(row, "sent", "", sent_at=datetime.now(UTC))
        elif row.tries + 1 >= self._rules.tries:
            self._next(row, why, now)
        else:
            wait = min(self._rules.longest_s, self._rules.first_s * 2**row.tries)
            again = now + timedelta(seconds=wait)
            self._reports.end(row.id, "failed", error=why, next_at=again)

    def _name(self, row: RunRow) -> str:
        """Of the file in the mail. Plain ASCII: apprise doesn't encode others as readers expect."""
        day = row.due_at.astimezone(self._stores.settings.zone).date()
        return f"pumphouse-{day}.xlsx"

    def _contacts(self, row: RunRow) -> list[ContactRow]:
        return mail_of(self._stores.contacts.of(row.username))

    def _next(self, row: RunRow, why: str, now: datetime) -> None:
        """Go on by the person's next address for mail, else give up."""
        tried = [*row.tried, row.contact_id]
        left = [one.id for one in self._contacts(row) if one.id not in tried]
        if not left:
            self._end(row, "gave_up", why)
            return
        self._reports.end(
            row.id, "made", error=why, tried=tried, tries=0, next_at=now, contact_id=left[0]
        )

    def _end(self, row: RunRow, state: str, why: str, sent_at: datetime | None = None) -> None:
        """The end of this time; its file goes."""
        self._reports.end(row.id, state, error=why, sent_at=sent_at, next_at=None)
        if path := self._stores.report_files.path(row.file):
            path.unlink(missing_ok=True)
        log.info("report", run=row.id, state=state, why=why)

    def _tidy(self, now: datetime) -> None:
        """Files that nobody sends: of a cancelled report, or of a worker that was cut off."""
        old = (now - KEPT).timestamp()
        for file in self._stores.report_files.root.glob("*"):
            if file.is_file() and file.stat().st_mtime < old:
                file.unlink(missing_ok=True)
