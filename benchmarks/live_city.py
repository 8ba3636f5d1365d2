"""The whole city at work: core shares, missed cycles, acknowledge lag, memory, live feed."""

from __future__ import annotations

import argparse
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks import pages
from benchmarks.browser import Browser
from data.database import Database
from data.settings import Settings
from data.status import Status
from data.stores import open_stores
from deploy.city import City, wait_for


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Start a city with its history still to be made and watch it for `options.seconds`."""
    with tempfile.TemporaryDirectory(prefix="pumphouse-bench-") as folder:
        city = City(Path(folder), stations=options.stations)
        city.run("-m", "simulator", "prepare")
        status = Status(Database(f"sqlite:///{folder}/pumphouse.db"))
        try:
            return _watch(city, status, options)
        finally:
            city.stop_all()


def _watch(city: City, status: Status, options: argparse.Namespace) -> dict[str, float]:
    city.simulator()
    wait_for(lambda: "listening" in city.log("simulator"), 120, "gateways listening")
    city.collector()
    city.cockpit()

    def swept() -> dict[str, Any] | None:
        found = status.get("collector")
        return found[0] if found and found[0].get("first_sweep_s") else None

    first = wait_for(swept, 120, "first sweep")
    figures = {"ingest.first_sweep_s": float(first["first_sweep_s"])}
    time.sleep(10)
    figures |= _shares(city, status, options.seconds)
    figures |= _history(city, status)
    figures |= _live(city)
    figures |= _pages(city)
    figures |= _resume(city, status, options.stations)
    return figures


def _shares(city: City, status: Status, seconds: int) -> dict[str, float]:
    """CPU of collector and simulator (its gateways, not the history) over the span."""
    processes = {n: psutil.Process(city.programs[n].pid) for n in ("collector", "simulator")}
    before = {n: sum(p.cpu_times()[:2]) for n, p in processes.items()}
    facts_before = (status.get("collector") or ({},))[0]
    start = time.monotonic()
    peak = 0.0
    while time.monotonic() - start < seconds:
        time.sleep(2)
        peak = max(peak, _memory(city))
    span = time.monotonic() - start
    shares = {n: (sum(p.cpu_times()[:2]) - before[n]) / span for n, p in processes.items()}
    facts = (status.get("collector") or ({},))[0]
    return {
        "ingest.core_share": shares["collector"],
        "simulator.core_share": shares["simulator"],
        "ingest.points_per_second": float(facts["samples_per_s"]),
        "ingest.missed_cycles": float(facts["missed_cycles"] - facts_before["missed_cycles"]),
        "ingest.ack_p99_ms": float(facts["ack_p99_ms"]),
        "memory.total_mb": peak,
    }


def _memory(city: City) -> float:
    """Proportional set size of every process of the city, MB."""
    total = 0
    for program in city.programs.values():
        try:
            root = psutil.Process(program.pid)
            for process in (root, *root.children(recursive=True)):
                total += process.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return total / 1e6


def _history(city: City, status: Status) -> dict[str, float]:
    def done() -> dict[str, Any] | None:
        found = status.get("history")
        return found[0] if found and found[0].get("done") else None

    facts = wait_for(done, 900, "history made")
    return {"history.seconds": float(facts["seconds"])}


def _live(city: City, updates: int = 1500) -> dict[str, float]:
    """Server CPU for one update of one client of /api/live, new data each 1 s, gzip, no ETag, over
    one connection that stays open as a browser's does."""
    browser = Browser(city.port, "dispatcher", city.password("dispatcher"))
    workers = psutil.Process(city.programs["cockpit"].pid).children()
    before = sum(sum(p.cpu_times()[:2]) for p in workers)
    for _ in range(updates):
        browser.get("/api/live")
    used = sum(sum(p.cpu_times()[:2]) for p in workers) - before
    browser.close()
    return {"live.cpu_ms_per_client_update": used / updates * 1000}


def _pages(city: City) -> dict[str, float]:
    stores = open_stores(Settings(_env_file=None, var=city.var))
    browser = Browser(city.port, "engineer", city.password("engineer"))
    try:
        return pages.measure(browser, stores)
    finally:
        browser.close()
        stores.close()


def _resume(city: City, status: Status, stations: int) -> dict[str, float]:
    """Seconds from the start after a kill -9 until every station that answers was seen."""
    city.stop("collector", signal.SIGKILL)
    start = time.time()
    city.collector()

    def seen() -> float | None:
        found = status.get("collector")
        if found and found[1].timestamp() > start and found[0].get("first_sweep_s"):
            return float(found[0]["first_sweep_s"])
        return None

    return {"ingest.resume_s": wait_for(seen, 120, "sweep after the kill")}
