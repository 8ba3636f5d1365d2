"""How late an alarm is, its rule's delay being zero: a living city in which drives trip one after
another, its collector, and a browser with the list of alarms open."""

from __future__ import annotations

import argparse
import socket
import struct
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import numpy as np

from analytics.expressions import compile_expression
from benchmarks.chromium import chromium, sign_in
from data.catalogue.profiles import compile_block
from data.catalogue.rule_changes import fingerprint
from data.settings import Settings
from data.stations import EVERYWHERE, StationRow
from data.stores import Stores, open_stores
from deploy.city import City, wait_for
from ingest.registers import Decoder
from simulator import control

RULE = "R-PU-01"
TRIALS, APART = 100, 0.7
"""Drives that trip, and s between two of them."""
LOOK = 0.05
"""s between two looks into the records."""
BACK = timedelta(seconds=10)
"""Older alarms have been read before."""
LONGEST = 60.0
HEADER = struct.Struct(">HHHBBHH")
WATCH = """(() => {
  window.seen = {};
  const look = () => document.querySelectorAll("#alarms-list [data-key]").forEach(row => {
    if (!(row.dataset.key in window.seen)) window.seen[row.dataset.key] = Date.now();
  });
  look();
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
})()"""


def measure(options: argparse.Namespace) -> dict[str, float]:
    """`alarms.detect_p99_s`: from the answer at the collector's socket (the time that it stamps the
    sample with) to the alarm's row being read by another process; `alarms.screen_p99_s`: from the
    last register that was still well to the row in the browser."""
    with tempfile.TemporaryDirectory(prefix="pumphouse-alarms-") as folder:
        city = City(Path(folder), stations=options.stations)
        city.run("-m", "simulator", "prepare")
        stores = open_stores(Settings(_env_file=None, var=city.var))
        try:
            _without_delay(stores)
            city.simulator("--calm", "--no-history")
            wait_for(lambda: "listening" in city.log("simulator"), 120, "gateways listening")
            city.collector()
            city.cockpit()
            return _trips(city, stores)
        finally:
            city.stop_all()
            stores.close()


def _without_delay(stores: Stores) -> None:
    """An engineer of this city deploys the rule with no delay."""
    engineer, now = stores.users.get("engineer"), datetime.now(UTC)
    if engineer is None:
        raise RuntimeError("no engineer in the demo city")
    door = stores.rules
    id = door.draft(engineer, RULE, {"on_s": 0.0}, "bench", now, compile_expression)
    door.attach(id, {}, fingerprint(door.all()[RULE], door.rule_of(door.get(id))), now)
    door.deploy(engineer, id, now)


def _trips(city: City, stores: Stores) -> dict[str, float]:
    def ready() -> bool:
        found = stores.snapshot.read()
        return found is not None and bool(found.online.all())

    wait_for(ready, 300, "all stations online")
    wait_for(city.answers, 120, "the cockpit answers")
    every = [(row, _Gauge(row)) for row in stores.stations.all()]
    tried = [(row, gauge) for row, gauge in every if gauge.faults][:TRIALS]
    records, stop = _Records(stores), Event()
    watcher = Thread(target=records.watch, args=(stop,))
    watcher.start()
    try:
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            sign_in(page, city.url, "dispatcher", city.password("dispatcher"))
            page.goto(f"{city.url}/alarms")
            page.wait_for_selector("#alarms-list", state="attached")
            page.evaluate(WATCH)
            for row, gauge in tried:
                gauge.start()
                gauge.read.wait(LONGEST)
                ask = {"verb": "fault", "code": "F10", "station": row.code, "severity": 2,
                       "minutes": None, "place": ""}  # fmt: skip
                control.ask(city.var, ask)
                page.wait_for_timeout(1000 * APART)
            page.wait_for_timeout(12_000)
            seen = {int(id): ms / 1000 for id, ms in page.evaluate("window.seen").items()}
    finally:
        stop.set()
        watcher.join()
    return _figures(tried, records, seen)


def _figures(
    tried: list[tuple[StationRow, _Gauge]], records: _Records, seen: dict[int, float]
) -> dict[str, float]:
    detect, screen = [], []
    for row, gauge in tried:
        gauge.join()
        found = records.found.get(row.id)
        if found is None or gauge.well is None or found[0] not in seen:
            why = "no alarm" if found is None else "not on screen" if gauge.well else "no contact"
            print(f"   {row.code}: {why}")
            continue
        id, active, stored = found
        detect.append(stored - active)
        screen.append(seen[id] - gauge.well)
    print(
        f"{len(detect)} of {len(tried)} trips; "
        f"stored after {np.median(detect):.2f} s, on screen {np.median(screen):.2f} s (medians)"
    )
    if len(detect) < 0.9 * len(tried):
        raise RuntimeError("trips without an alarm on the screen")
    return {
        "alarms.detect_p99_s": float(np.percentile(detect, 99)),
        "alarms.screen_p99_s": float(np.percentile(screen, 99)),
    }  # fmt: skip


class _Records:
    """Alarms as another process reads them: station -> (id, sample's time, when it was read), s."""

    def __init__(self, stores: Stores) -> None:
        self._door, self.found = stores.alarms, dict[int, tuple[int, float, float]]()

    def watch(self, stop: Event) -> None:
        while not stop.is_set():
            now = datetime.now(UTC)
            rows = self._door.history(EVERYWHERE, now - BACK, now + BACK, rules=[RULE])
            read = time.time()
            for row in rows:
                if row.station_id is not None:
                    known = row.id, row.active_at.timestamp(), read
                    self.found.setdefault(row.station_id, known)
            stop.wait(LOOK)


class _Gauge(Thread):
    """Reads a station's registers over and over until a pump's fault contact closes; `well` is the
    time of the last answer without it, s; None where it never did."""

    def __init__(self, row: StationRow) -> None:
        super().__init__(daemon=True)
        self._row = row
        self._plan = compile_block(row.profile, row.layout, "fast")
        self.faults = [n for n, code in enumerate(self._plan.codes) if code.endswith(".FAULT")]
        self.read = Event()
        """It has had an answer."""
        self.well: float | None = None

    def run(self) -> None:
        decode = Decoder(self._plan)
        plan, until = self._plan, time.monotonic() + LONGEST
        ask = HEADER.pack(1, 0, 6, self._row.unit, plan.function, plan.address, plan.count)
        with socket.create_connection((self._row.host, self._row.port), timeout=5) as link:
            while time.monotonic() < until:
                link.sendall(ask)
                answer = _read(link, 9 + 2 * plan.count)
                words = np.frombuffer(answer[9:], ">u2")[None, :]
                if decode(words)[0][self.faults, 0].any():
                    return
                self.well = time.time()
                self.read.set()
        self.well = None


def _read(link: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = link.recv(count - len(found))
        if not part:
            raise ConnectionError("the gateway has hung up")
        found += part
    return found
