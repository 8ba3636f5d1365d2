"""Makes the past of the demo city while it already lives: `python -m simulator.history`.

400 days by the hour, 35 by the quarter, 3 by the minute, the newest first. It may be stopped at
any moment and goes on where it was, for the manifest of the lake says what is there.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import multiprocessing
import os
import signal
import sys
import time
from datetime import UTC, datetime
from multiprocessing.connection import wait
from multiprocessing.sharedctypes import SynchronizedArray
from types import FrameType
from typing import Any

import structlog

from data.alarms import Alarms
from data.database import Database, DatabaseError
from data.lake_writer import LakeWriter
from data.logs import configure
from data.manifest import FileRow, Manifest
from data.settings import Settings, load
from data.stations import Stations
from data.status import Status
from data.work_orders import WorkOrders
from simulator import kept, past_alarms
from simulator.history_blocks import blocks, halves
from simulator.history_files import Files
from simulator.history_past import WEIGHTS, Past, chunks
from simulator.households import household_truth
from simulator.ledger import told
from simulator.living import moment
from simulator.quasi import Quasi
from simulator.serve import stations

log = structlog.get_logger("history")
WORKERS = 2
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Of mallopt in glibc."""
NICE = 19
TICK = 1.0
NAME = "history"
"""Of the progress in the records."""
TIERS = tuple(WEIGHTS)


class Progress:
    """How far each worker is: the share of its work, its tier, and days made of that tier."""

    def __init__(self, array: SynchronizedArray[float], number: int = 0) -> None:
        self._array, self._at = array, 3 * number

    def put(self, share: float, tier: str, days: float) -> None:
        self._array[self._at : self._at + 3] = [share, float(TIERS.index(tier)), days]

    def slowest(self) -> tuple[float, str, int]:
        """(share, tier, days of that tier) of the worker that is last."""
        values = self._array[:]
        share, tier, days = min(values[i : i + 3] for i in range(0, len(values), 3))
        return share, TIERS[int(tier)], int(days)


def run(settings: Settings) -> int:
    """Make what is missing of the past; returns when all of it is there, 0 if so."""
    db = Database(settings.database)
    try:
        db.check()
        status = Status(db)
        born = kept.born(settings.var, time.time_ns() // 1_000_000)
        of = [born, len(stations(settings))]
        known = status.get(NAME)
        if known and known[0].get("done") and known[0].get("of") == of:
            return 0
        began = time.monotonic()
        _tell_truth(settings, born)
        good = _workers(settings, db, status, born, began)
        facts = {"done": good, "of": of, "share": 1.0 if good else 0.0, "text": ""}
        _put(status, facts, began)
        log.info("past is there" if good else "past stays unfinished", seconds=facts["seconds"])
        return 0 if good else 1
    finally:
        db.close()


def _tell_truth(settings: Settings, born: int) -> None:
    """Write what is wrong in the city to a file that only tests read."""
    rows = stations(settings)
    quasi = Quasi(rows, settings.seed, moment(born, settings.zone).day)
    folder = settings.var / "truth"
    folder.mkdir(parents=True, exist_ok=True)
    lines = told(rows, quasi.ledger, quasi.exchanged, quasi.birth)
    (folder / "ledger.json").write_text(json.dumps(lines, indent=1), encoding="utf-8")
    homes = household_truth(rows, quasi.shape)
    (folder / "households.json").write_text(json.dumps(homes, indent=1), encoding="utf-8")


def _workers(settings: Settings, db: Database, status: Status, born: int, began: float) -> bool:
    """Run the workers to their end, and write past alarms beside them; True when all went well."""
    context = multiprocessing.get_context("spawn")
    array = context.Array("d", 3 * WORKERS)
    progress = Progress(array)
    workers = [
        context.Process(target=work, args=(number, born, array), daemon=True)
        for number in range(WORKERS)
    ]
    for worker in workers:
        worker.start()
    totals = {tier: sum(len(c.days) for c in chunks(1_000) if c.tier == tier) for tier in TIERS}
    doors, rows = (Alarms(db), WorkOrders(db, settings.zone)), stations(settings)
    days_of_alarms = past_alarms.write(*doors, rows, settings.seed, born, settings.zone)
    while any(worker.is_alive() for worker in workers):
        share, tier, days = progress.slowest()
        text = f"{tier} rows: {days} of {totals[tier]} days" if share < 1.0 else ""
        _put(status, {"done": False, "share": share, "text": text}, began)
        rest = TICK if next(days_of_alarms, None) is None else 0.0
        wait([worker.sentinel for worker in workers if worker.is_alive()], rest)
    for _ in days_of_alarms:
        pass
    return all(worker.exitcode == 0 for worker in workers)


def _put(status: Status, facts: dict[str, Any], began: float) -> None:
    facts["percent"] = round(100.0 * facts["share"])
    facts["seconds"] = round(time.monotonic() - began, 1)
    status.put(NAME, facts, datetime.now(UTC))


def work(number: int, born: int, array: SynchronizedArray[float]) -> None:
    """One worker's share of the stations, all days."""
    os.nice(NICE)
    _keep_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = load()
    db = Database(settings.database)
    try:
        simulated = {row.id for row in stations(settings)}
        mine = halves(blocks(Stations(db).all(), simulated), WORKERS)[number]
        progress = Progress(array, number)
        if mine:
            past = Past(mine, settings.seed, born, settings.zone)
            files = Files(past, LakeWriter(settings.lake, Manifest(db)), born)
            _go_back(files, progress)
        progress.put(1.0, TIERS[-1], 0.0)
    finally:
        db.close()


def _go_back(files: Files, progress: Progress) -> None:
    """All chunks, the newest first; those that are there are only gone over, to know the meters."""
    plan = chunks(files.past.birth)
    missing = [files.missing(chunk) for chunk in plan]
    last = max((i for i, some in enumerate(missing) if some), default=-1)
    total = sum(WEIGHTS[chunk.tier] * len(chunk.days) for chunk in plan)
    done, days = 0.0, dict.fromkeys(TIERS, 0.0)
    parent = os.getppid()
    for chunk, some in list(zip(plan, missing, strict=True))[: last + 1]:
        rows: list[FileRow] = []
        parts = len(files.past.parts(chunk.tier))
        for made in files.make(chunk, some):
            if os.getppid() != parent:
                return  # whoever asked for it is gone
            rows += made
            done += WEIGHTS[chunk.tier] * len(chunk.days) / parts
            days[chunk.tier] += len(chunk.days) / parts
            progress.put(done / total, chunk.tier, days[chunk.tier])
        files.commit(rows)


def _keep_memory() -> None:
    """Let the C library keep what is freed: arrays of a few MB come and go, and new pages of the
    kernel cost a sixth of the time."""
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, 1 << 30)
        library.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)


def _stop(_: int, __: FrameType | None) -> None:
    sys.exit(0)


def main() -> int:
    """Front door; a stop from outside takes the workers along."""
    signal.signal(signal.SIGTERM, _stop)
    settings = load()
    configure(settings)
    try:
        return run(settings)
    except (DatabaseError, OSError) as error:
        sys.stderr.write(f"history: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
