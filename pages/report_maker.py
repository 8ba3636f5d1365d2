"""Files of mailed reports, made by a cockpit's worker: the same code makes the page's figures.

The collector mails what is made here (ingest/reports.py); they meet in the records and VAR/files.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import structlog

from components.export import facts, xlsx_bytes
from components.page import View
from data.reports import ReportRow, mail_of, seen_as
from data.rights import NotFound
from data.stores import Stores
from pages.card_figures import figures_of, heads_of, line_of
from pages.kept import RENEWER, Renewer

PAUSE = 20.0
"""Seconds between two looks at what is due."""
log = structlog.get_logger(__name__)


def begin(stores: Stores, renewer: Renewer = RENEWER) -> None:
    """Make what falls due as long as the worker lives, in its one background thread."""

    def watch() -> None:
        while not renewer.stopped:
            done = threading.Event()

            def work(done: threading.Event = done) -> None:
                try:
                    step(stores, datetime.now(UTC))
                finally:
                    done.set()

            renewer.order(work)
            while not renewer.stopped and not done.wait(1.0):
                pass
            renewer.pause(PAUSE)

    threading.Thread(target=watch, name="reports", daemon=True).start()


def step(stores: Stores, now: datetime) -> int:
    """Make the files of all reports that are due, and of those whose worker is gone; how many."""
    claimed = [(row, stores.reports.claim(row, now)) for row in stores.reports.due(now)]
    runs = [(row, run) for row, run in claimed if run is not None]
    runs += stores.reports.left_behind(now)
    for row, run in runs:
        try:
            _make(stores, row, run, now)
        except Exception:
            log.exception("a report can't be made, trying again later", report=row.id, run=run)
    return len(runs)


def _make(stores: Stores, row: ReportRow, run: int, now: datetime) -> None:
    user = stores.users.get(row.username)
    if user is None or not user.enabled:
        stores.reports.pause(row, run, "person", now)
        return
    addresses = mail_of(stores.contacts.of(user.username))
    if not addresses:
        stores.reports.pause(row, run, "mail", now)
        return
    view = View(user=user, language=user.language, zone=stores.settings.zone, now=now)
    name, shown = view.text("my_indicators.title"), stores.subscriptions.of(user)
    if row.board_id is not None:
        try:
            name = stores.boards.get(user, row.board_id).name
            shown = stores.boards.shown(user, row.board_id)
        except NotFound:
            stores.reports.pause(row, run, "board", now)
            return
    if not shown.cards:
        stores.reports.pause(row, run, "rights", now)
        return
    found = figures_of(stores, view, shown.cards)
    said = [view.text("reports.body", count=len(found))]
    more = []
    if shown.left_out:
        lost = view.text("cards.left_out", count=shown.left_out)
        said.append(lost)
        more.append((view.text("export.filter"), lost))
    if url := stores.settings.public_url:
        board = "" if row.board_id is None else f"?board={row.board_id}"
        said.append(f"{url.rstrip('/')}/my-indicators{board}")
    about = facts(view, name, more=more, rows=len(found))
    content = xlsx_bytes(heads_of(view), [line_of(view, one) for one in found], about, name)
    with stores.report_files.fresh(f"report{run}", "xlsx") as (file, path):
        path.write_bytes(content)
    date = now.astimezone(view.zone).date()
    made = stores.reports.made(
        run, seen_as=seen_as(user), title=view.text("reports.subject", name=name, date=date),
        body="\n".join(said), file=file, contact_id=addresses[0].id, next_at=now,
    )  # fmt: skip
    log.info("report made", report=row.id, run=run, cards=len(found), kept=made)
