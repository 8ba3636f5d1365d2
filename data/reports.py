"""The door to mailed reports: a board to its person each day, week or month.

A cockpit's worker makes the file of a report that is due, the collector mails it. Each step is
written down before it is taken and by a conditional update, so that two workers make one file and a
restart sends nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, insert, or_, select, update

from data.audit import record
from data.boards import Boards
from data.channels import ContactRow
from data.database import Database
from data.rights import NotFound, Refused
from data.subscription_tables import Report, ReportRun
from data.users import UserRow

EVERY = ("day", "week", "month")
MOST = 10
"""Reports of one person."""
PATIENCE = timedelta(minutes=15)
"""A file that isn't made by then is made anew: its worker is gone."""
TRIES = 3
"""Times that the making of a file is begun."""
KEPT = timedelta(days=7)
"""A made report that could not be sent for so long is dropped."""


@dataclass(frozen=True)
class ReportRow:
    id: int
    username: str
    board_id: int | None
    every: str
    hour: int
    next_at: datetime
    paused: str


@dataclass(frozen=True)
class RunRow:
    """One time of a report; fields as in subscription_tables.ReportRun."""

    id: int
    report_id: int
    username: str
    due_at: datetime
    state: str
    seen_as: str
    title: str
    body: str
    file: str
    contact_id: int | None
    tried: list[int]
    tries: int
    error: str
    next_at: datetime | None
    sent_at: datetime | None


_REPORT = [getattr(Report, f.name) for f in fields(ReportRow)]
_RUN = [getattr(ReportRun, f.name) for f in fields(RunRow)]


class Reports:
    """Orders of people, and the way of each time from due to sent."""

    def __init__(self, db: Database, boards: Boards, zone: ZoneInfo) -> None:
        self._db, self._boards, self._zone = db, boards, zone

    def of(self, user: UserRow) -> list[tuple[ReportRow, RunRow | None]]:
        """A person's reports, each with its last time."""
        query = select(*_REPORT).where(Report.username == user.username).order_by(Report.id)
        with self._db.session() as session:
            found = [ReportRow(*row) for row in session.execute(query)]
        runs = {row.report_id: row for row in self._runs(
            select(*_RUN).where(ReportRun.username == user.username).order_by(ReportRun.id)
        )}  # fmt: skip
        return [(row, runs.get(row.id)) for row in found]

    def order(
        self, user: UserRow, board_id: int | None, every: str, hour: int, mail: bool, at: datetime
    ) -> int:
        """Have a board mailed, None = the own cards; the same board again is changed. Its id.

        `mail`: whether the person has an address for mail. Raises NotFound (board); Refused:
        report_time, report_mail, reports_full.
        """
        if every not in EVERY or not 0 <= hour <= 23:
            raise Refused("report_time")
        if not mail:
            raise Refused("report_mail")
        if board_id is not None:
            self._boards.get(user, board_id)
        mine = Report.username == user.username
        values = {"every": every, "hour": hour, "paused": "",
                  "next_at": next_due(every, hour, at, self._zone)}  # fmt: skip
        with self._db.session() as session:
            same = (mine, Report.board_id.is_(None) if board_id is None
                    else Report.board_id == board_id)  # fmt: skip
            found = session.scalar(select(Report.id).where(*same))
            if found is not None:
                session.execute(update(Report).where(Report.id == found).values(values))
            elif (session.scalar(select(func.count()).where(mine)) or 0) >= MOST:
                raise Refused("reports_full", most=MOST)
            else:
                made = insert(Report).values(
                    username=user.username, board_id=board_id, created_at=at, **values
                )
                found = session.scalars(made.returning(Report.id)).one()
            detail = {"board": board_id, "every": every, "hour": hour}
            record(session, user.username, "report.order", str(found), at, **detail)
        return found

    def cancel(self, user: UserRow, id: int, at: datetime) -> None:
        """Order a report no more; what is on its way is not sent. Raises NotFound."""
        with self._db.session() as session:
            row = session.get(Report, id)
            if row is None or row.username != user.username:
                raise NotFound("report", id)
            session.delete(row)
            record(session, user.username, "report.cancel", str(id), at)

    # Of the worker that makes the files.

    def due(self, now: datetime) -> list[ReportRow]:
        """Reports whose time has come."""
        query = select(*_REPORT).where(Report.next_at <= now, Report.paused == "")
        with self._db.session() as session:
            return [ReportRow(*row) for row in session.execute(query.order_by(Report.next_at))]

    def claim(self, row: ReportRow, now: datetime) -> int | None:
        """Begin this time and move the report to its next; the run's id, None when another worker
        was first. Times that passed while nobody made any are one."""
        after = next_due(row.every, row.hour, now, self._zone)
        same = (Report.id == row.id, Report.next_at == row.next_at, Report.paused == "")
        change = update(Report).where(*same).values(next_at=after).returning(Report.id)
        with self._db.session() as session:
            if session.scalars(change).first() is None:
                return None
            run = insert(ReportRun).values(
                report_id=row.id, username=row.username, due_at=row.next_at, state="making",
                tried=[], next_at=now + PATIENCE,
            )  # fmt: skip
            return session.scalars(run.returning(ReportRun.id)).one()

    def left_behind(self, now: datetime) -> list[tuple[ReportRow, int]]:
        """Times whose file isn't there though its worker began long ago, taken over by this one:
        the report and the run's id. What failed TRIES times is given up."""
        gone = (ReportRun.state == "making", ReportRun.next_at <= now)
        over = update(ReportRun).where(*gone, ReportRun.tries + 1 >= TRIES)
        with self._db.session() as session:
            session.execute(over.values(state="gave_up", error="not_made", next_at=None))
            change = (
                update(ReportRun)
                .where(*gone)
                .values(next_at=now + PATIENCE, tries=ReportRun.tries + 1)
            )
            runs = session.execute(change.returning(ReportRun.id, ReportRun.report_id)).all()
            found = []
            for run, report in runs:
                row = session.execute(select(*_REPORT).where(Report.id == report)).first()
                found += [] if row is None else [(ReportRow(*row), run)]
            return found

    def made(self, run: int, **values: Any) -> bool:
        """The file is there; False when another worker was faster. values: seen_as, title, body,
        file, contact_id, next_at."""
        return self._step(run, ("making",), state="made", tries=0, **values)

    def pause(self, row: ReportRow, run: int, why: str, now: datetime) -> None:
        """Order it no more until its person does so again: person | rights | board | mail."""
        with self._db.session() as session:
            session.execute(update(Report).where(Report.id == row.id).values(paused=why))
            session.execute(
                update(ReportRun)
                .where(ReportRun.id == run)
                .values(state="dropped", error=why, next_at=None)
            )
            record(session, row.username, "report.pause", str(row.id), now, why=why)

    # Of the collector, which mails them.

    def ready(self, now: datetime, most: int = 20) -> list[RunRow]:
        """Files to be sent now."""
        waits = (ReportRun.state.in_(("made", "failed")), ReportRun.next_at <= now)
        return self._runs(select(*_RUN).where(*waits).order_by(ReportRun.id).limit(most))

    def interrupted(self) -> list[RunRow]:
        """What was being handed over when the collector stopped: it may have arrived or not."""
        return self._runs(select(*_RUN).where(ReportRun.state == "sending"))

    def begin(self, run: int) -> bool:
        """Take a file for sending; False when it doesn't wait any more."""
        return self._step(run, ("made", "failed"), state="sending", tries=ReportRun.tries + 1)

    def end(self, run: int, state: str, **values: Any) -> None:
        """What became of it."""
        self._step(run, ("made", "failed", "sending"), state=state, **values)

    def _step(self, run: int, states: Sequence[str], **values: Any) -> bool:
        change = (
            update(ReportRun)
            .where(ReportRun.id == run, or_(*(ReportRun.state == state for state in states)))
            .values(**values)
            .returning(ReportRun.id)
        )
        with self._db.session() as session:
            return session.scalars(change).first() is not None

    def _runs(self, query: Select[Any]) -> list[RunRow]:
        with self._db.session() as session:
            return [RunRow(*row) for row in session.execute(query)]


def next_due(every: str, hour: int, after: datetime, zone: ZoneInfo) -> datetime:
    """The first such time after `after`: each day, Mondays or firsts of the month, at that hour of
    the site's clock."""
    day: date = after.astimezone(zone).date()
    while True:
        fits = every == "day" or (day.weekday() == 0 if every == "week" else day.day == 1)
        found = datetime.combine(day, time(hour), zone)
        if fits and found > after:
            return found
        day += timedelta(days=1)


def seen_as(user: UserRow) -> str:
    """What a report's figures depend on: who has another role or district since gets none."""
    return f"{user.role}:{'' if user.district_id is None else user.district_id}"


def mail_of(contacts: Sequence[ContactRow]) -> list[ContactRow]:
    """The addresses that a file can be sent to, in their order."""
    return [one for one in contacts if one.kind == "mail" and one.enabled]
