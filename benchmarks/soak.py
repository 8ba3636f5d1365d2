"""An hour of the cockpit, driven fast: does the browser's memory grow?

A cockpit without a collector; snapshots are written here as fast as the page asks, each with other
values, alarms and silent stations, so every tick draws. Lists and figures come as often as in an
hour: a list every fifth tick, figures every thirtieth.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import numpy as np
from playwright.sync_api import Page

from benchmarks.chromium import Gauge, Weight, chromium, sign_in
from data.catalogue.points import columns, universe
from data.settings import Settings
from data.snapshot import MISSING, Snapshot, write
from data.station_rows import StationRow
from data.stores import open_stores
from deploy.city import City, wait_for

TICKS, WARM = 1800, 300
"""An hour of ticks, and those before it: what is made once is made by then."""
STRIDE = 60
DRIVE = """async ([first, count]) => {
  const beat = window.pumphouse.live.beat, move = window.dash_clientside.set_props;
  for (let n = first; n < first + count; n++) {
    await beat(true);
    if (n % 5 === 0) move("cockpit-fast", {n_intervals: 1000000 + n});
    if (n % 30 === 0) move("cockpit-slow", {n_intervals: 1000000 + n});
    await new Promise(done => setTimeout(done, 8));
  }
}"""


@dataclass(frozen=True)
class Hour:
    before: Weight
    after: Weight

    @property
    def figures(self) -> dict[str, float]:
        return {
            "cockpit.soak_heap_mb": self.after.heap - self.before.heap,
            "cockpit.soak_nodes": self.after.nodes - self.before.nodes,
            "cockpit.soak_listeners": self.after.listeners - self.before.listeners,
        }


def measure(options: argparse.Namespace) -> dict[str, float]:
    """What an hour adds to the page of a cockpit with `options.stations`."""
    with tempfile.TemporaryDirectory(prefix="pumphouse-soak-") as folder:
        city = City(Path(folder), stations=options.stations)
        city.run("-m", "simulator", "prepare")
        city.cockpit()
        try:
            wait_for(city.answers, 120, "the cockpit answers")
            return look(city, TICKS).figures
        finally:
            city.stop_all()


def look(city: City, ticks: int) -> Hour:
    """Drive `ticks` on a city that has no collector."""
    stores = open_stores(Settings(_env_file=None, var=city.var))
    moving = Moving(stores.settings.live, stores.stations.all())
    try:
        with moving, chromium() as browser:
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            sign_in(page, city.url, "executive", city.password("executive"))
            page.wait_for_selector("#cockpit-kpi .kpi-value")
            return drive(page, ticks)
    finally:
        stores.close()


def drive(page: Page, ticks: int) -> Hour:
    """An hour on the open cockpit, after WARM ticks."""
    gauge = Gauge(page)
    _ticks(page, 0, min(WARM, ticks))
    before = gauge.weight()
    for first in range(0, ticks, STRIDE):
        _ticks(page, WARM + first, min(STRIDE, ticks - first))
        if first % (5 * STRIDE) == 0:
            print(f"   {first + STRIDE} ticks: {gauge.weight()}", flush=True)
    return Hour(before, gauge.weight())


def _ticks(page: Page, first: int, count: int) -> None:
    page.evaluate(DRIVE, [first, count])
    page.wait_for_function(
        "() => !document.querySelector('[data-dash-is-loading=true]')", timeout=60_000
    )


class Moving:
    """Writes snapshots that differ, some a tick, until it is left."""

    def __init__(self, file: Path, stations: Sequence[StationRow], pause: float = 0.02) -> None:
        self._file, self._stations, self._pause = file, stations, pause
        self._draw, self._over = random.Random(7), Event()
        self._thread = Thread(target=self._work, daemon=True)

    def __enter__(self) -> Moving:
        write(self._file, self._snapshot(1))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        seq = 2
        while not self._over.wait(self._pause):
            write(self._file, self._snapshot(seq))
            seq += 1

    def _snapshot(self, seq: int) -> Snapshot:
        """Levels at one station of thirty, one of fifty silent; never the same twice."""
        layouts = tuple(dict.fromkeys(s.layout for s in self._stations))
        codes = tuple(column.code for column in universe(layouts))
        owned = {layout: {c.code for c in columns(layout)} for layout in layouts}
        has = np.array([[code in owned[s.layout] for s in self._stations] for code in codes])
        count, ms = len(self._stations), int(time.time() * 1000)
        drawn = np.array([self._draw.random() for _ in range(count)])
        level = np.where(drawn < 1 / 30, 1 + (drawn * 120).astype(int) % 4, 0).astype(np.uint8)
        return Snapshot(
            seq, ms, np.array([s.id for s in self._stations], np.int32), codes,
            np.where(has, 300 + seq % 97, MISSING), np.zeros(has.shape, np.uint8),
            np.full(count, ms - 400), np.full(count, ms - 9000), drawn < 49 / 50, level,
            (level % 2).astype(np.uint8), {},
        )  # fmt: skip
