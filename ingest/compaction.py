"""Keeps the lake in order after each flush: rollups, day facts, merged files, the end of old ones.

Runs in the thread that flushes, so that there is one writer of live data.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog

from data.lake import Lake
from data.lake_writer import LakeWriter
from data.manifest import FileRow
from data.station_rows import StationRow
from ingest.cascade import Cascade
from ingest.corrections import Corrector
from ingest.daily import Daily

log = structlog.get_logger(__name__)
SPANS = ("piece", "quarter", "hour", "day", "month")
LADDER = {
    "fast": ("quarter", "hour", "day"),
    "slow": ("quarter", "hour", "day"),
    "flags": ("quarter", "hour", "day"),
    "minute": ("quarter", "hour", "day"),
    "quarter": ("hour", "day", "month"),
    "hour": ("day", "month"),
    "station_day": ("month",),
    "set_day": ("month",),
    "pump_day": ("month",),
    "household_day": ("month",),
    "household": ("month",),
}
"""The spans that files of a dataset grow to. Small steps keep the memory of a merge small: it holds
what it reads of each file at a time, and a piece is read whole."""
REST = {
    "quarter": timedelta(minutes=2),
    "hour": timedelta(minutes=3),
    "day": timedelta(minutes=30),
    "month": timedelta(days=2),
}
"""Time after a period's end for late data; what comes later is merged again."""


class Task(NamedTuple):
    """Files of one group that become one."""

    span: str
    start: datetime
    dataset: str
    group: str
    files: tuple[FileRow, ...]


@dataclass(frozen=True)
class Kept:
    """What one run did."""

    steps: int
    """Quarters and hours rolled up."""
    days: int
    merges: int
    waiting: int
    """Merges left for the next run."""
    swept: int


class Housekeeping:
    """Everything the lake needs between two flushes."""

    def __init__(
        self,
        lake: Lake,
        writer: LakeWriter,
        stations: Iterable[StationRow],
        zone: ZoneInfo,
        raw_days: int = 30,
        minute_days: int = 90,
        retire_seconds: float = 120.0,
        corrector: Corrector | None = None,
    ) -> None:
        """corrector: lays people's corrections over the rows before they are rolled up."""
        self.lake = lake
        self.writer = writer
        self._cascade = Cascade(lake, writer)
        self._corrector = corrector
        self._daily = Daily(lake, writer, stations, zone)
        self._keep = dict.fromkeys(("fast", "slow", "flags"), timedelta(days=raw_days)) | {
            "minute": timedelta(days=minute_days),
            "got_minute": timedelta(days=minute_days),
        }
        self._grace = retire_seconds
        self._first = True

    def run(self, now: datetime, seconds: float = 5.0) -> Kept:
        """Rollups and facts up to `now`, then merges for about `seconds`, then the sweep.

        Raises OSError when the disk is full; nothing half done is visible then.
        """
        if self._first:
            orphans = self.writer.sweep_orphans(now)
            if orphans:
                log.info("files of a crash removed", files=orphans)
            self._first = False
        if self._corrector is not None:
            self._corrector.run(now)
        made = self._cascade.run(now)
        days = self._daily.run(made["quarter"], made["hour"], now)
        # only now: a piece that is merged can't tell any more that it is new
        tasks = self._tasks(now)
        end = time.monotonic() + seconds
        done = 0
        for task in tasks:
            if done and time.monotonic() > end:
                break
            self._merge(task, now)
            done += 1
        self._drop_old(now)
        swept = self.writer.sweep(now, self._grace)
        steps = sum(map(len, made.values()))
        return Kept(steps, days, done, len(tasks) - done, swept)

    def _tasks(self, now: datetime) -> list[Task]:
        return sorted(
            (task for dataset in LADDER for task in tasks(self.lake.manifest.live(dataset), now)),
            key=lambda task: (SPANS.index(task.span), task.start, task.dataset, task.group),
        )

    def _merge(self, task: Task, now: datetime) -> None:
        with self.writer.change(lambda: now) as change:
            change.merge(task.files, task.span)

    def _drop_old(self, now: datetime) -> None:
        """Retire files that are wholly older than their dataset is kept."""
        for dataset, kept in self._keep.items():
            limit = round((now - kept).timestamp() * 1000)
            old = [f for f in self.lake.manifest.live(dataset, to_ms=limit) if f.to_ms < limit]
            if old:
                self.writer.commit([], old, at=now)


def tasks(files: Iterable[FileRow], now: datetime) -> Iterator[Task]:
    """Merges that are due among the live files of one dataset. Pure.

    The files of a group that lie in one finished period and are of a smaller span, together with
    what this period was merged to before.
    """
    found: dict[tuple[str, datetime, str, str], list[FileRow]] = {}
    for file in files:
        if file.origin == "history":
            continue  # it came in large files
        for span in LADDER[file.dataset]:
            if SPANS.index(span) < SPANS.index(file.span):
                continue
            start, end = period(span, file.from_ms)
            if end + REST[span] <= now and file.to_ms < end.timestamp() * 1000:
                found.setdefault((span, start, file.dataset, file.group), []).append(file)
    taken: set[int] = set()
    for key, some in sorted(found.items(), key=lambda item: SPANS.index(item[0][0])):
        if any(f.id in taken for f in some):
            continue  # a smaller merge comes first; the next run sees its result
        if any(f.span != key[0] for f in some) or len(some) > 1:
            taken |= {f.id for f in some}
            yield Task(*key, tuple(some))


def period(span: str, ms: int) -> tuple[datetime, datetime]:
    """The UTC quarter of an hour, hour, day or month that a moment lies in."""
    at = datetime.fromtimestamp(ms // 1000, UTC).replace(second=0)
    if span == "quarter":
        at = at.replace(minute=at.minute // 15 * 15)
        return at, at + timedelta(minutes=15)
    at = at.replace(minute=0)
    if span == "hour":
        return at, at + timedelta(hours=1)
    at = at.replace(hour=0)
    if span == "day":
        return at, at + timedelta(days=1)
    at = at.replace(day=1)
    return at, (at + timedelta(days=32)).replace(day=1)
