"""The collector's front door: `python -m ingest`."""

from __future__ import annotations

import asyncio
import gc
import resource
import signal
import sys
import time
from datetime import UTC, datetime

import structlog
import uvloop

from data.catalogue.errors import CatalogueError
from data.database import DatabaseError
from data.lake_writer import LakeWriter
from data.logs import configure
from data.settings import load
from data.stores import Stores, open_stores
from ingest.collector import Collector
from ingest.compaction import Housekeeping
from ingest.corrections import Corrector
from ingest.daily_rules import DailyRules
from ingest.diagnosis import Diagnosing
from ingest.figures import Figures, process_start
from ingest.fleet import Fleet, Problem, admit
from ingest.flush import Flusher
from ingest.household import HouseholdDays
from ingest.inbox import Inbox
from ingest.journal import Journal, JournalError
from ingest.landing import Chore, Landing
from ingest.reports import Reporting
from ingest.rollups import Cadence
from ingest.rule_changes import Watching
from ingest.sources.modbus import Nonsense
from ingest.telling import Telling
from ingest.usual_flows import UsualDays
from ingest.wiring import WiringWatch

SPARE_FILES = 200
"""Open files beside one connection a gateway: lake, database, libraries."""
log = structlog.get_logger("ingest")


def main() -> int:
    """Settings, logs, stores, then poll until SIGTERM or SIGINT. The process's exit status."""
    settings = load()
    configure(settings)
    try:
        settings.var.mkdir(parents=True, exist_ok=True)
        stores = open_stores(settings, writer=True)
        journal = Journal(settings.journal)
    except OSError as error:
        log.error("can't use the folder", folder=str(settings.var), why=error.strerror)
        return 1
    except (DatabaseError, JournalError, CatalogueError) as error:
        log.error(str(error))
        return 1
    try:
        uvloop.run(_serve(stores, journal))
    except CatalogueError as error:
        log.error(str(error))
        return 1
    finally:
        journal.close()
        stores.close()
    return 0


async def _serve(stores: Stores, journal: Journal) -> None:
    """One collector after the other: a changed list of stations means a new fleet."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    loop.set_exception_handler(_quietly)
    started = process_start()
    told = False
    while not stop.is_set():
        fleet, problems = _fleet(stores)
        if not fleet.stations:
            if not told:
                log.error("no station can be polled; import a list of stations")
            told = True
            await _wait(stop, 10.0)
            continue
        alarming = Watching(stores, fleet)
        to_lake = landing(stores, journal, fleet, alarming.landed)
        figures = Figures(started)
        collector = Collector(stores, journal, fleet, problems, alarming, to_lake, figures)
        gc.collect()
        gc.freeze()  # thousands of links live as long as the process
        watch = asyncio.create_task(_stop_with(stop, collector))
        with Diagnosing(stores), Telling(stores), Reporting(stores), WiringWatch(stores):
            await collector.run()
        alarming.close()
        watch.cancel()
        started = datetime.now(UTC)


def landing(stores: Stores, journal: Journal, fleet: Fleet, *more: Chore) -> Landing:
    """The way of one fleet's frames from the journal to the lake; `more` is done besides."""
    settings, stations = stores.settings, fleet.stations
    writer = LakeWriter(settings.lake, stores.manifest)
    cadence = Cadence(settings.poll_seconds, settings.slow_seconds)
    corrector = Corrector(
        stores.lake,
        writer,
        stations,
        settings.zone,
        stores.corrections,
        stores.meter_exchanges,
        cadence,
    )
    housekeeping = Housekeeping(
        stores.lake,
        writer,
        stations,
        settings.zone,
        settings.raw_days,
        settings.minute_days,
        settings.retire_seconds,
        corrector,
    )
    flusher = Flusher(stores.lake, writer, stations, cadence)
    inbox = Inbox(settings.var / "inbox", stores.household)
    homes = HouseholdDays(stores.lake, writer, stores.household, stores.status, settings.zone)
    usual = UsualDays(stores.lake, settings.var, stations, settings.zone, stores.rules.all)
    daily = DailyRules(stores.lake, settings.var, stations, settings.zone, stores.rules.all)
    chores = (inbox.run, homes.run, usual.run, daily.run, *more)
    return Landing(journal, flusher, housekeeping, time.time_ns() // 1_000_000, chores)


async def _stop_with(stop: asyncio.Event, collector: Collector) -> None:
    await stop.wait()
    collector.stop()


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def _fleet(stores: Stores) -> tuple[Fleet, list[Problem]]:
    """The stations that can be polled; each other one is named in the log."""
    stations, problems = admit(stores.stations.all())
    for problem in problems:
        log.error("station left out", station=problem.station, why=problem.why)
    _allow_files(len(stations) + SPARE_FILES)
    return Fleet(stations), problems


def _allow_files(need: int) -> None:
    """Raise the limit of open files as far as it takes; says so when that isn't enough."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= need:
        return
    most = need if hard == resource.RLIM_INFINITY else min(need, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < need:
        log.error("too few open files allowed; raise the limit (ulimit -n)", need=need, may=most)


def _quietly(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
    """What a gateway's rubbish raises inside the protocol ends that link and no more."""
    error = context.get("exception")
    if not isinstance(error, (Nonsense, OSError)):
        log.error("error in the loop", what=context.get("message"), why=repr(error))


if __name__ == "__main__":
    sys.exit(main())
