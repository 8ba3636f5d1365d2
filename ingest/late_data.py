"""Late answers: what gateways kept while a link was down becomes part of the journal of alarms.

The thread of the alarms notes them and goes on. When nothing more of a station has come for a
while, and the lake has it all, a thread of its own judges the station anew from its last checkpoint
on; the alarms' thread then tells that run what has come meanwhile, goes on from its memory and
revises the journal (analytics/alarm_revision.py).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from data.lake import Lake
from data.logs import Rationed
from ingest.alarm_checkpoints import KEPT_MS, Checkpoints
from ingest.alarm_rerun import Rerun, before, recorded
from ingest.frames import SECOND, Answer
from ingest.journal import MINUTE

SETTLED_MS = 30_000
"""A station of which nothing late has come for so long is judged anew,"""
LONGEST_MS = 600_000
"""or when it waits for so long."""
FILE = "alarm_late.json"
log = structlog.get_logger(__name__)

Make = Callable[[Sequence[int], int, int], Rerun]
"""A run of these stations that begins and is told the lake until, UTC ms."""


@dataclass
class _Waiting:
    """A station that something late has come of."""

    oldest: int
    """UTC ms of the oldest late answer."""
    first: int
    """When it was noticed."""
    newest: int


@dataclass
class _Job:
    """Stations that are being judged anew."""

    moments: Mapping[int, int]
    until: int
    """The last second that the runs are told from the lake; what comes later is in `since`."""
    since: list[Answer] = field(default_factory=list)
    runs: Future[list[Rerun]] | None = None


class Late:
    """`note`, `arrived` and `tick` belong to the thread of the alarms, `landed` to that of the
    lake."""

    def __init__(
        self, var: Path, lake: Lake, checkpoints: Checkpoints, make: Make,
        finish: Callable[[Rerun], None],
    ) -> None:  # fmt: skip
        """Goes on with what an earlier run of the collector had noticed."""
        self._lake, self._checkpoints = lake, checkpoints
        self._make, self._finish = make, finish
        self._file = var / FILE
        self._waiting: dict[int, _Waiting] = {}
        self._job: _Job | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="late")
        self._trouble = Rationed(log.warning, lines=3)
        self._load()

    @property
    def busy(self) -> bool:
        """Whether something waits to be judged anew."""
        return bool(self._waiting) or self._job is not None

    def note(self, answers: Iterable[Answer], second: int) -> None:
        """Late answers have come; they are in the journal, and will be in the lake."""
        moved = False
        for one in answers:
            if one.ms < second - KEPT_MS:
                self._trouble(time.monotonic(), "data too late to be judged", station=one.station)
                continue
            known = self._waiting.setdefault(one.station, _Waiting(one.ms, second, second))
            moved |= one.ms <= known.oldest
            known.oldest, known.newest = min(known.oldest, one.ms), second
        if moved:
            self._save()

    def arrived(self, answers: Iterable[Answer]) -> None:
        """Everything that comes; kept where it is needed to catch up."""
        if self._job is not None:
            mine = self._job.moments
            self._job.since += [one for one in answers if one.station in mine]

    def tick(self, second: int) -> list[Rerun]:
        """Begin what is due; the runs that are done, told of all that has come until `second`."""
        job = self._job
        if job is None:
            due = {
                id: one.oldest
                for id, one in self._waiting.items()
                if second - one.newest >= SETTLED_MS or second - one.first >= LONGEST_MS
            }
            if due:
                self._job = _Job(due, second)
                for id in due:
                    del self._waiting[id]
            return []
        if job.runs is None or not job.runs.done():
            return []
        self._job = None
        self._save()
        try:
            runs = job.runs.result()
        except Exception as error:
            self._trouble(time.monotonic(), "late data can't be judged", why=str(error))
            return []
        for run in runs:
            self._finish(run)
            run.go(job.since, second)
        return runs

    def landed(self, now: datetime) -> None:
        """All minutes that are over at `now` are in the lake."""
        job = self._job
        minute = round(now.timestamp() * 1000) // MINUTE * MINUTE
        if job is not None and job.runs is None and job.until < minute:
            job.runs = self._thread.submit(self._judge, job)

    def close(self) -> None:
        """Let a judgement that runs end."""
        self._thread.shutdown(cancel_futures=True)

    def _judge(self, job: _Job) -> list[Rerun]:
        """Runs over what the lake has of the stations, up to the job's last second."""
        done = []
        left = dict(job.moments)
        for checkpoint, stations in self._checkpoints.before(job.moments):
            begin = min(checkpoint.last[id] for id in stations) // SECOND * SECOND
            run = self._make(stations, begin, job.until)
            checkpoint.restore(run.run.engines)
            run.begin(checkpoint.alarms(stations))
            done.append(self._told(run, job.until))
            for id in stations:
                del left[id]
        if left:  # older than all that is kept: nothing is known before
            begin = (min(left.values()) - 1) // SECOND * SECOND
            done.append(self._told(self._make(sorted(left), begin, job.until), job.until))
        log.info("judged anew", stations=len(job.moments), alarms=sum(len(r.alarms) for r in done))
        return done

    def _told(self, run: Rerun, until: int) -> Rerun:
        run.prime(before(self._lake, run.fleet, run.begun))
        for answers, end in recorded(self._lake, run.fleet, run.begun, until):
            run.go(answers, end)
        return run

    def _save(self) -> None:
        waiting = {id: one.oldest for id, one in self._waiting.items()}
        if self._job is not None:
            waiting |= self._job.moments
        try:
            draft = self._file.with_suffix(".tmp")
            draft.write_text(json.dumps(waiting))
            draft.replace(self._file)
        except OSError as error:
            self._trouble(time.monotonic(), "late data can't be noted", why=str(error))

    def _load(self) -> None:
        try:
            known = json.loads(self._file.read_text())
            self._waiting = {int(id): _Waiting(int(ms), 0, 0) for id, ms in known.items()}
        except FileNotFoundError:
            return
        except (OSError, ValueError, AttributeError) as error:
            log.warning("notes of late data can't be read", file=str(self._file), why=str(error))
