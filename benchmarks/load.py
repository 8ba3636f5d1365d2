"""A hundred people at once: each asks the live feed every 2 s, and a page every 30 s, as browsers
do. The page is a drill, a filter or another page, drawn by chance; its router's callback is asked.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import numpy as np

from benchmarks.browser import Browser
from benchmarks.pages import OUTPUTS, PATHS
from data.settings import Settings
from data.status import Status
from data.stores import Stores, open_stores
from deploy.city import City

TICK, PAGE = 2.0, 30.0
ROLES = ("executive", "engineer", "dispatcher", "district_manager")


@dataclass
class Client:
    """One person at a browser, on a connection that stays open."""

    browser: Browser
    pages: Iterator[tuple[str, dict[str, str]]]
    offset: float
    live: list[float] = field(default_factory=list)
    callbacks: list[tuple[float, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    tag: str = ""

    def run(self, end: float) -> None:
        """Until `end` (monotonic). What comes late is not caught up: a browser doesn't, either."""
        next_tick = time.monotonic() + self.offset % TICK
        next_page = time.monotonic() + self.offset
        while (now := min(next_tick, next_page)) < end:
            time.sleep(max(0.0, now - time.monotonic()))
            try:
                if now == next_tick:
                    self._tick()
                else:
                    self._page()
            except (OSError, RuntimeError) as error:
                self.errors.append(str(error)[:200])
            if now == next_tick:
                next_tick = max(next_tick + TICK, time.monotonic())
            else:
                next_page = max(next_page + PAGE, time.monotonic())

    def _tick(self) -> None:
        began = time.perf_counter()
        self.tag = self.browser.conditional("/api/live", self.tag)
        self.live.append(1000 * (time.perf_counter() - began))

    def _page(self) -> None:
        path, query = next(self.pages)
        inputs: dict[str, Any] = {
            "shell-url.pathname": path,
            "shell-url.search": f"?{urlencode(query)}",
        }
        began = time.perf_counter()
        self.browser.callback(OUTPUTS, inputs)
        self.callbacks.append((1000 * (time.perf_counter() - began), path))


def measure(city: City, clients: int, seconds: float) -> dict[str, float]:
    """Percentiles over all answers, and the cycles that the collector missed meanwhile."""
    stores = open_stores(Settings(_env_file=None, var=city.var))
    signed = [Browser(city.port, role, city.password(role)) for role in ROLES]
    draw = random.Random(5)
    people = [
        Client(signed[n % len(signed)].twin(), _pages(stores, draw), PAGE * n / clients)
        for n in range(clients)
    ]
    before = _missed(stores.status)
    end = time.monotonic() + seconds
    threads = [Thread(target=one.run, args=(end,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    missed = _missed(stores.status) - before
    for browser in (*signed, *(one.browser for one in people)):
        browser.close()
    stores.close()
    return _figures(people) | {"load.missed_cycles": missed}


def _figures(people: list[Client]) -> dict[str, float]:
    live = [ms for one in people for ms in one.live]
    callbacks = [found for one in people for found in one.callbacks]
    errors = [error for one in people for error in one.errors]
    print(f"   {len(live)} ticks, {len(callbacks)} pages, load {os.getloadavg()[0]:.1f}")
    for ms, path in sorted(callbacks, reverse=True)[:8]:
        print(f"   {ms:7.0f} ms  {path}")
    for error in errors[:5]:
        print(f"   error: {error}", flush=True)
    return {
        "load.live_p95_ms": float(np.percentile(live, 95)),
        "load.callback_p95_ms": float(np.percentile([ms for ms, _ in callbacks], 95)),
        "load.errors": float(len(errors)),
    }


def _pages(stores: Stores, draw: random.Random) -> Iterator[tuple[str, dict[str, str]]]:
    """What one asks next, for ever: a page, a filter, or a step down to a district or a house."""
    districts = [row.code for row in stores.stations.districts()]
    houses = [row.code for row in stores.stations.all()]
    while True:
        kind = draw.choice(("page", "filter", "drill"))
        if kind == "page":
            yield draw.choice(("/", "/map", "/stations", *PATHS)), {}
        elif kind == "filter":
            yield draw.choice(PATHS), {"scope": f"d:{draw.choice(districts)}", "from": "now-7d"}
        else:
            down = (f"/districts/{draw.choice(districts)}", f"/stations/{draw.choice(houses)}")
            yield draw.choice(down), {"from": "now-7d"}


def _missed(status: Status) -> float:
    found = status.get("collector")
    return float(found[0].get("missed_cycles", 0)) if found else 0.0
