"""Background jobs: ordered by people, done one at a time by `python -m ingest.jobs`.

States: queued > running > done | failed | cancelled. A reason of failure is a key of the words
`jobs.failed.KEY`, with a detail after a colon where there is one (`no_station:XM-0007`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, true, update
from sqlalchemy.sql.elements import ColumnElement

from data.audit import record
from data.database import Database
from data.desk_tables import Job
from data.rights import NotFound, Refused
from data.users import UserRow

OPEN = ("queued", "running")
MOST_ROWS = 1_000_000
"""Rows of one file; an Excel sheet ends at 1,048,576."""
MOST_WAITING = 10
"""Open jobs that one person may have."""
TRIES = 3
"""Times that a job is begun: one that kills its runner each time isn't begun for ever."""
GRAINS = {"fast": 2, "slow": 60, "minute": 60, "quarter": 900, "hour": 3600}
"""Seconds of a row of the datasets that hold series."""


@dataclass(frozen=True)
class JobRow:
    id: int
    kind: str
    title: str
    task: Mapping[str, Any]
    state: str
    done: int
    total: int
    unit: str
    created_at: datetime
    created_by: str
    district_id: int | None
    started_at: datetime | None
    finished_at: datetime | None
    cancel: bool
    file: str
    bytes: int
    error: str
    seen: bool

    @property
    def download_name(self) -> str:
        """The name under which a person gets the file."""
        return f"{self.task.get('name', self.id)}.{self.task.get('format', 'csv')}"


@dataclass(frozen=True)
class SeriesTask:
    """What `series_export` does: rows of stations, one a step, a column a code.

    stations: ids. codes: points, CODE.min, CODE.max, CODE.inc and facts F.*. start, end: ISO with
    zone, end excluded. grain: a key of GRAINS. heads: one a code, with its unit; the first three
    columns (`keys`: station code, its name, time) come before. facts: rows of the second sheet.
    name: file name without ending. format: csv | xlsx. lang: of station names.
    """

    stations: list[int]
    codes: list[str]
    start: str
    end: str
    grain: str
    keys: list[str]
    heads: list[str]
    facts: list[list[str]]
    name: str
    format: str = "csv"
    lang: str = "zh"

    @property
    def rows(self) -> int:
        """Rows that are expected when no station was ever silent."""
        span = datetime.fromisoformat(self.end) - datetime.fromisoformat(self.start)
        return len(self.stations) * max(1, round(span.total_seconds() / GRAINS[self.grain]))


@dataclass(frozen=True)
class TableTask:
    """What `table_export` does: rows of a dataset of day facts.

    dataset: station_day | set_day | pump_day | household_day. columns: its keys and facts in their
    order (`station` is given as code and name). start, end: ISO days, both included. heads: one a
    column; `station` has two. facts, name, format, lang as of SeriesTask.
    """

    dataset: str
    stations: list[int]
    columns: list[str]
    start: str
    end: str
    heads: list[str]
    facts: list[list[str]]
    name: str
    format: str = "csv"
    lang: str = "zh"


@dataclass(frozen=True)
class BacktestTask:
    """What `backtest` does: replay stored history for a draft of a rule, attach what it found to
    the draft, and write the alarms that differ.

    version: id of the draft. district: id, None = the whole city. start, end: ISO days, end
    excluded. kinds: words of each kind of difference. The rest as of SeriesTask.
    """

    version: int
    district: int | None
    start: str
    end: str
    kinds: dict[str, str]
    heads: list[str]
    facts: list[list[str]]
    name: str
    format: str = "csv"
    lang: str = "zh"
    stations: list[int] = field(default_factory=list)


Task = SeriesTask | TableTask | BacktestTask
KINDS: dict[type[Task], str] = {
    SeriesTask: "series_export", TableTask: "table_export", BacktestTask: "backtest",
}  # fmt: skip
_COLUMNS = [getattr(Job, f.name) for f in fields(JobRow)]


class Jobs:
    """The queue between people and the runner."""

    def __init__(self, db: Database, kept: timedelta = timedelta(days=7)) -> None:
        self._db = db
        self.kept = kept
        """How long a result waits for its person."""

    def order(self, by: UserRow, title: str, task: Task, now: datetime) -> int:
        """Queue a task; its id.

        Raises Refused('too_many_rows', rows, most) for a series of more than MOST_ROWS,
        Refused('too_many_jobs', most) when MOST_WAITING of this person are open.
        """
        total = task.rows if isinstance(task, SeriesTask) else 0
        if total > MOST_ROWS:
            raise Refused("too_many_rows", rows=f"{total:,}", most=f"{MOST_ROWS:,}")
        mine = select(func.count()).where(Job.created_by == by.username, Job.state.in_(OPEN))
        kind = KINDS[type(task)]
        with self._db.session() as session:
            if (session.scalar(mine) or 0) >= MOST_WAITING:
                raise Refused("too_many_jobs", most=MOST_WAITING)
            new = insert(Job).values(
                kind=kind, title=title[:200], task=asdict(task), state="queued", total=total,
                created_at=now, created_by=by.username, district_id=by.district_id,
            )  # fmt: skip
            id = session.scalars(new.returning(Job.id)).one()
            record(session, by.username, "job.order", str(id), now, kind=kind, title=title[:200])
        return id

    def of(self, user: UserRow, now: datetime, limit: int = 50) -> tuple[JobRow, ...]:
        """A person's jobs of the last days, newest first."""
        query = (
            select(*_COLUMNS)
            .where(Job.created_by == user.username, Job.created_at > now - self.kept)
            .order_by(Job.id.desc())
            .limit(limit)
        )
        with self._db.session() as session:
            return tuple(JobRow(*row) for row in session.execute(query))

    def get(self, user: UserRow, id: int) -> JobRow:
        """One job. Raises NotFound unless it is this person's, or the person administrator."""
        query = select(*_COLUMNS).where(Job.id == id, _reach(user))
        with self._db.session() as session:
            row = session.execute(query).first()
        if row is None:
            raise NotFound("job", id)
        return JobRow(*row)

    def cancel(self, user: UserRow, id: int, now: datetime) -> None:
        """Stop a job: at once when it waits, at its next step when it runs. Raises NotFound,
        Refused('job_over')."""
        job = self.get(user, id)
        waiting = update(Job).where(Job.id == id, Job.state == "queued")
        running = update(Job).where(Job.id == id, Job.state == "running")
        with self._db.session() as session:
            ended = session.execute(waiting.values(state="cancelled", finished_at=now, seen=True))
            asked = session.execute(running.values(cancel=True))
            if not ended.rowcount and not asked.rowcount:  # type: ignore[attr-defined]
                raise Refused("job_over")
            record(session, user.username, "job.cancel", str(id), now, title=job.title)

    def saw(self, user: UserRow) -> None:
        """The person has looked at the tray."""
        over = update(Job).where(Job.created_by == user.username, Job.state.not_in(OPEN))
        with self._db.session() as session:
            session.execute(over.where(Job.seen.is_(False)).values(seen=True))

    # what the runner does

    def recover(self, now: datetime) -> int:
        """Queue again what was running when its runner died; the runner calls it when it holds
        the lock, so no other one runs. Returns their number."""
        found = select(Job.id, Job.task).where(Job.state == "running")
        with self._db.session() as session:
            rows = session.execute(found).all()
            for id, task in rows:
                tries = int(task.get("tries", 0)) + 1
                change = update(Job).where(Job.id == id, Job.state == "running")
                if tries >= TRIES:
                    lost = change.values(state="failed", error="interrupted", finished_at=now)
                    session.execute(lost)
                else:
                    again = task | {"tries": tries}
                    session.execute(change.values(state="queued", done=0, task=again))
        return len(rows)

    def claim(self, now: datetime) -> JobRow | None:
        """The oldest waiting job, now running; of several runners one gets it."""
        oldest = select(Job.id).where(Job.state == "queued").order_by(Job.id).limit(1)
        while True:
            with self._db.session() as session:
                id = session.scalar(oldest)
                if id is None:
                    return None
                mine = update(Job).where(Job.id == id, Job.state == "queued")
                mine = mine.values(state="running", started_at=now, done=0)
                if session.execute(mine).rowcount:  # type: ignore[attr-defined]
                    row = session.execute(select(*_COLUMNS).where(Job.id == id)).one()
                    return JobRow(*row)

    def progress(self, id: int, done: int, total: int) -> bool:
        """Note how far a job is; False when it is to stop."""
        mine = update(Job).where(Job.id == id, Job.state == "running")
        with self._db.session() as session:
            session.execute(mine.values(done=done, total=total))
            asked = session.execute(select(Job.cancel, Job.state).where(Job.id == id)).first()
        return asked is not None and asked.state == "running" and not asked.cancel

    def finish(self, id: int, now: datetime, file: str, size: int, rows: int) -> None:
        """The result waits in `file`."""
        self._end(id, state="done", finished_at=now, file=file, bytes=size, done=rows, total=rows)

    def fail(self, id: int, now: datetime, error: str) -> None:
        self._end(id, state="failed", finished_at=now, error=error)

    def release(self, id: int) -> None:
        """Queue again what the runner leaves because it was told to stop."""
        self._end(id, state="queued", done=0)

    def stopped(self, id: int, now: datetime) -> None:
        """The person's wish to cancel was met."""
        self._end(id, state="cancelled", finished_at=now, seen=True)

    def expire(self, now: datetime) -> list[str]:
        """Names of files whose days are over; their jobs have no file any more."""
        old = select(Job.id, Job.file).where(Job.file != "", Job.finished_at < now - self.kept)
        with self._db.session() as session:
            rows = session.execute(old).all()
            for id, _ in rows:
                session.execute(update(Job).where(Job.id == id).values(file=""))
        return [file for _, file in rows]

    def files(self) -> set[str]:
        """Names of all results that are kept."""
        with self._db.session() as session:
            return set(session.scalars(select(Job.file).where(Job.file != "")))

    def _end(self, id: int, **values: Any) -> None:
        with self._db.session() as session:
            session.execute(update(Job).where(Job.id == id).values(**values))


def _reach(user: UserRow) -> ColumnElement[bool]:
    """An administrator reaches every job, anybody else their own."""
    return true() if user.role == "administrator" else Job.created_by == user.username


def fact_rows(facts: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Rows of a second sheet as a task keeps them."""
    return [[name, fact] for name, fact in facts]
