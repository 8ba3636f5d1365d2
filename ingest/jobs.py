"""Runs background jobs, one at a time and at low priority: `python -m ingest.jobs`.

One runner works at a time: it holds a lock that ends with its process, whatever ends it. What was
running when a runner died is queued again.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import structlog

from data.catalogue.words import text
from data.database import DatabaseError, RecordsError
from data.jobs import KINDS, BacktestTask, JobRow, SeriesTask, Task
from data.logs import configure
from data.settings import load
from data.station_rows import StationRow
from data.stores import Stores, open_stores
from ingest import job_backtest, job_series, job_tables
from ingest.job_files import TooLong, Unable, sink

log = structlog.get_logger("jobs")
PAUSE = 1.0
"""Seconds between two looks at an empty queue."""
TELL = 0.5
"""Seconds between two notes of progress."""
NICE = 15
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Cancelled(Exception):
    """The person wants it no more."""


class Stopping(Exception):
    """The runner was told to stop."""


class Runner:
    """Does jobs until it is told to stop."""

    def __init__(self, stores: Stores, stop: Event, pause: float = PAUSE) -> None:
        self._stores = stores
        self._stop = stop
        self._pause = pause

    def run(self) -> None:
        """Work through the queue, again and again; errors of the records are waited out."""
        recovered = False
        while not self._stop.is_set():
            try:
                if not recovered:
                    again = self._stores.jobs.recover(_now())
                    if again:
                        log.warning("jobs of a runner that died", jobs=again)
                    self._tidy()
                    recovered = True
                busy = self.step()
            except RecordsError as error:
                log.error("the records do not answer", why=str(error).splitlines()[0])
                recovered, busy = False, False
            if not busy:
                self._stop.wait(self._pause)

    def step(self) -> bool:
        """Do the oldest waiting job; False when there is none."""
        job = self._stores.jobs.claim(_now())
        if job is None:
            return False
        log.info("job begins", job=job.id, kind=job.kind, by=job.created_by)
        jobs = self._stores.jobs
        try:
            name, size, rows = self._do(job)
        except Cancelled:
            jobs.stopped(job.id, _now())
        except Stopping:
            jobs.release(job.id)
        except Unable as error:
            jobs.fail(job.id, _now(), str(error))
            log.warning("a job can't be done", job=job.id, why=str(error))
        except TooLong:
            jobs.fail(job.id, _now(), "too_long")
        except OSError as error:
            jobs.fail(job.id, _now(), "disk_full" if error.errno in _FULL else "disk")
            log.error("a job's file can't be written", job=job.id, why=str(error))
        except RecordsError:
            raise
        except Exception:
            jobs.fail(job.id, _now(), f"error:{job.id}")
            log.exception("a job failed", job=job.id)
        else:
            jobs.finish(job.id, _now(), name, size, rows)
            log.info("job done", job=job.id, rows=rows, bytes=size)
        self._tidy()
        return True

    def _do(self, job: JobRow) -> tuple[str, int, int]:
        """Make the file of a job: (its name, bytes, rows)."""
        task = task_of(job)
        stations = self._stations(job, task)
        facts = [(name, fact) for name, fact in task.facts]
        heads = [*task.keys, *task.heads] if isinstance(task, SeriesTask) else task.heads
        step = self._stepper(job)
        with self._stores.files.fresh(f"job{job.id}", task.format) as (name, path):
            with sink(path, task.format, job.title, heads, facts) as out:
                if isinstance(task, SeriesTask):
                    zone = self._stores.settings.zone
                    job_series.write(self._stores.lake, stations, task, zone, out, step)
                elif isinstance(task, BacktestTask):
                    job_backtest.write(self._stores, task, out, step)
                else:
                    job_tables.write(self._stores.lake, stations, task, out, step)
                rows = out.rows
                facts += self._found(task, rows)
            size = path.stat().st_size
        return name, size, rows

    def _found(self, task: Task, rows: int) -> list[tuple[str, str]]:
        """What only the finished table can tell for its second sheet."""
        told = [(text(task.lang, "export.rows"), f"{rows:,}")]
        if isinstance(task, SeriesTask):
            share = text(task.lang, "export.of_rows", rows=f"{rows:,}", expected=f"{task.rows:,}")
            told.append((text(task.lang, "export.coverage"), share))
        ended = _now().astimezone(self._stores.settings.zone)
        return [
            *told,
            (text(task.lang, "export.read"), ended.isoformat(sep=" ", timespec="seconds")),
        ]

    def _stations(self, job: JobRow, task: Task) -> list[StationRow]:
        """The task's stations, when the person may still see every one of them."""
        user = self._stores.users.get(job.created_by)
        if user is None or not user.enabled:
            raise Unable("rights")
        found = []
        for id in task.stations:
            station = self._stores.stations.get(id)
            if station is None:
                raise Unable(f"no_station:{id}")
            if user.district_id not in (None, station.district_id):
                raise Unable(f"not_yours:{station.code}")
            found.append(station)
        return found

    def _stepper(self, job: JobRow) -> job_series.Step:
        """Notes progress now and then, and ends the job when it is to end."""
        said = 0.0

        def step(done: int, total: int) -> None:
            nonlocal said
            if self._stop.is_set():
                raise Stopping
            if time.monotonic() - said < TELL and done < total:
                return
            said = time.monotonic()
            if not self._stores.jobs.progress(job.id, done, total):
                raise Cancelled

        return step

    def _tidy(self) -> None:
        """Results whose days are over, and what a crash left."""
        self._stores.jobs.expire(_now())
        self._stores.files.sweep(self._stores.jobs.files())


def task_of(job: JobRow) -> Task:
    """The task of a job. Raises Unable for a kind or shape that this program doesn't know."""
    made = {kind: one for one, kind in KINDS.items()}.get(job.kind)
    values = {name: value for name, value in job.task.items() if name != "tries"}
    try:
        if made is None:
            raise TypeError(job.kind)
        task: Task = made(**values)
    except TypeError as error:
        raise Unable(f"kind:{job.kind}") from error
    return task


@contextmanager
def alone(folder: Path, stop: Event) -> Iterator[bool]:
    """Wait until no other runner holds the folder; False when told to stop before."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".runner").open("w") as lock:
        told = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    log.info("another runner is at work; waiting")
                told = True
            if stop.wait(PAUSE):
                yield False
                return
        yield True


def _now() -> datetime:
    return datetime.now(UTC)


def main() -> int:
    """Settings, logs, stores, then work until SIGTERM or SIGINT. The process's exit status."""
    settings = load()
    configure(settings)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    os.nice(NICE)
    try:
        stores = open_stores(settings)
    except DatabaseError as error:
        log.error(str(error))
        return 1
    try:
        with alone(settings.files, stop) as mine:
            if mine:
                Runner(stores, stop).run()
    except OSError as error:
        log.error("can't use the folder", folder=str(settings.files), why=error.strerror)
        return 1
    finally:
        stores.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
