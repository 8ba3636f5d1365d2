"""The collector: gateways -> journal -> matrix, alarms, snapshot; and every minute -> lake.

The loop only polls. Disk, matrix, lake and status each have a thread of their own, so that a slow
disk or a locked database never makes a gateway wait.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import structlog

from data.logs import Rationed
from data.settings import Settings
from data.stores import Stores
from ingest.figures import Fact, Figures
from ingest.fleet import Fleet, Problem
from ingest.frames import Frame
from ingest.gateways import gateway
from ingest.journal import MINUTE, Journal
from ingest.journal import Batch as Written
from ingest.landing import Landing
from ingest.live import Batch, Live, Watcher
from ingest.sources.modbus import Modbus

TICK = 1.0
REPORT = 5.0
"""s between two reports of figures."""
LOOK = 30.0
"""s between two looks for stations that were added or changed."""
BACKLOG = 60
"""Most ticks that the matrix may be behind; what it skips is in the journal all the same."""
R = TypeVar("R")
log = structlog.get_logger(__name__)


class Collector:
    """Runs one fleet until `stop` or until the list of stations changes."""

    def __init__(
        self,
        stores: Stores,
        journal: Journal,
        fleet: Fleet,
        problems: Sequence[Problem],
        watcher: Watcher,
        landing: Landing,
        figures: Figures,
    ) -> None:
        self.stores = stores
        self.settings: Settings = stores.settings
        self.journal = journal
        self.fleet = fleet
        self.problems = problems
        self.figures = figures
        self.live = Live(fleet, watcher, self.settings.live)
        self.changed = False
        """True when it ended because the list of stations is another one now."""
        self._known = stores.stations.all()
        self._landing = landing
        self._facts: dict[str, Fact] = {}
        self._waiting: list[Batch] = []
        self._wake = asyncio.Event()
        self._trouble = Rationed(log.exception, lines=3)
        self._threads = {
            name: ThreadPoolExecutor(1, thread_name_prefix=name)
            for name in ("journal", "live", "lake", "status")
        }
        self.source = Modbus(
            [gateway(station) for station in fleet.stations],
            self.settings.poll_seconds,
            self.settings.slow_seconds,
            self.settings.timeout_seconds,
        )

    def stop(self) -> None:
        self.source.stop()

    async def run(self) -> None:
        """Poll, journal, show, flush. Returns when all that was read is safe on disk."""
        await self._aside("live", self._warm_up)
        helpers = [asyncio.create_task(work()) for work in (self._show, self._land, self._report)]
        log.info("polling", stations=len(self.fleet.stations), points=self.fleet.points)
        try:
            async for frames in self.source.frames(TICK):
                until = _now()  # what comes from now on goes to the next batch
                self.figures.lagged(self.source.wheel.lags)
                self.source.wheel.lags.clear()
                done = await self._aside("journal", partial(self._commit, frames))
                self.figures.synced(done, _now())
                self._waiting.append((frames, until))
                del self._waiting[:-BACKLOG]
                self._wake.set()
        finally:
            for task in helpers:
                task.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)
            for thread in self._threads.values():
                await asyncio.to_thread(thread.shutdown)
        log.info("stopped", frames=self.figures.acknowledged, waiting_error=self.journal.error)

    async def _aside(self, thread: str, work: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads[thread], work)

    def _warm_up(self) -> None:
        """The first Arrow file takes 0.4 s; better before the first answer than after it."""
        self.live.publish({}, _now())

    def _commit(self, frames: Sequence[Frame]) -> list[Written]:
        self.journal.append(frames)
        done = self.journal.sync()
        if self.settings.ack_log is not None:
            with self.settings.ack_log.open("a") as file:
                for batch in done:
                    file.writelines(f"{f.station} {f.block} {f.ms}\n" for f in batch.frames())
        return done

    async def _show(self) -> None:
        """Bring matrix, alarms and snapshot up to what is in the journal."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            batches, self._waiting = self._waiting, []
            refused = tuple(self.source.refused)
            try:
                await self._aside("live", partial(self._step, batches, refused))
            except Exception:
                self._trouble(time.monotonic(), "a tick of the matrix failed")

    def _step(self, batches: list[Batch], refused: tuple[tuple[int, int], ...]) -> None:
        now_ms = _now()
        try:
            self.live.step(batches, refused, now_ms)
        finally:
            self.live.publish(self._facts, now_ms)
        self.figures.samples = self.fleet.samples
        tried = self.fleet.fast_ms > 0
        tried[[self.fleet.row_of[station] for station, _ in refused]] = True
        self.figures.swept(bool(tried.all()), now_ms)

    async def _land(self) -> None:
        """Minutes of the journal into the lake, oldest first; what fails is tried again."""
        while True:
            pause = TICK
            try:
                if await self._aside("lake", lambda: self._landing.step(_now())):
                    pause = 0.0
            except Exception:
                self._trouble(time.monotonic(), "the lake can't be written, trying again")
                pause = REPORT
            await asyncio.sleep(pause)

    async def _report(self) -> None:
        """Figures for the system page, and a look for other stations."""
        looked = time.monotonic()
        while True:
            await asyncio.sleep(REPORT)
            try:
                facts = self._figures()
                await self._aside("status", partial(self._put, facts))
                if time.monotonic() - looked >= LOOK:
                    looked = time.monotonic()
                    stations = await self._aside("status", self.stores.stations.all)
                    self.changed = stations != self._known
            except Exception:
                self._trouble(time.monotonic(), "the collector's figures can't be stored")
            if self.changed:
                log.info("the list of stations has changed, starting anew")
                self.stop()

    def _figures(self) -> dict[str, Fact]:
        source, journal = self.source, self.journal
        online = int(self.fleet.online.sum())
        return self.figures.report(source.polls) | {
            "stations": len(self.fleet.stations),
            "seen": int((self.fleet.fast_ms > 0).sum()),
            "online": online,
            "silent": len(self.fleet.stations) - online,
            "missed_cycles": source.missed_cycles,
            "timeouts": source.timeouts,
            "exceptions": source.exceptions,
            "journal_error": journal.error,
            "journal_lost_frames": journal.lost_frames,
        }

    def _put(self, facts: dict[str, Fact]) -> None:
        minute = _now() // MINUTE * MINUTE
        facts["journal_bytes"] = self.journal.size()
        facts["minute_pending"] = len(self.journal.segments(before=minute))
        self._facts = facts
        problems = [{"station": p.station, "why": p.why} for p in self.problems]
        self.stores.status.put("collector", facts | {"problems": problems}, datetime.now(UTC))


def _now() -> int:
    return time.time_ns() // 1_000_000
