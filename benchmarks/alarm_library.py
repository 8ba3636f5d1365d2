"""CPU of the whole rule library on a fleet: the engine of the stations, one tick a second."""

from __future__ import annotations

import argparse
import time
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from data.catalogue.rules import rules
from data.stations import StationRow
from ingest.alarm_rules import Reader, engines
from ingest.derived import Derived
from ingest.fleet import Fleet
from ingest.frames import Frame
from ingest.station_modes import StationModes
from simulator import city
from simulator.kept import begin
from simulator.living import LivingCity

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 4)
WARM, TICKS = 40, 60
MOVING = ("pressure", "flow", "level", "power", "current", "voltage", "chlorine", "temperature")


def measure(options: argparse.Namespace) -> dict[str, float]:
    """`alarms.library_ms`: half of a calm city answers in each second, with gauges that move."""
    fleet, now = _calm(options.stations)
    told = engines(rules().values(), fleet, 10_000)
    read, modes, n = Reader(fleet, told.stations.codes), StationModes(fleet), len(fleet.stations)
    healthy, chance = fleet.values.copy(), np.random.default_rng(1)
    moving = np.array([column.point.kind in MOVING for column in fleet.columns])
    beat = fleet.line_of["CM.PLC_HB"]
    spent = []
    for tick in range(WARM + TICKS):
        noise = chance.normal(1.0, 0.002, (int(moving.sum()), n))
        known = healthy[moving] > -(2**60)
        fleet.values[moving] = np.where(known, np.rint(healthy[moving] * noise), healthy[moving])
        fleet.values[beat] += 1
        fresh = (np.arange(n) + tick) % 2 == 0
        fleet.fast_ms[fresh] = now + (tick + 1) * 1000
        start = time.process_time()
        live = {"mode": modes.now(), "hour": np.full(n, 12.0), "slot": np.full(n, 48)}
        told.stations.step(fleet.fast_ms, fresh, read, live)
        spent.append(1000 * (time.process_time() - start))
    print(f"median {np.median(spent[WARM:]):.1f} ms, worst {max(spent[WARM:]):.1f} ms")
    return {"alarms.library_ms": float(np.mean(spent[WARM:]))}


def _calm(count: int) -> tuple[Fleet, int]:
    """The matrix of a calm city at noon, and its time."""
    rows = [
        StationRow(**{**vars(row), "id": place + 1})
        for place, row in enumerate(city.stations(count, 1, 5020))
    ]
    now = round(datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=ZONE).timestamp() * 1000)
    living = LivingCity(rows, 1, DAY.toordinal(), ZONE, calm=True)
    begin(living, DAY.toordinal(), now)
    for part in living.slices:  # the pumps settle
        living.tick(part, now)
        living.tick(part, now + 20_000)
    living.refresh()
    now += 20_000
    fleet, frames = Fleet(rows), []
    for place, row in enumerate(rows):
        for block, plan in enumerate(fleet._reading_of[b][place].decode.plan for b in (0, 1)):
            _, words = living.registers.read(place, plan.function, plan.address, plan.count)
            frames.append(Frame(row.id, block, now, words))
    for _ in fleet.update(frames):
        Derived(fleet).update(now)
    return fleet, now


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=2100)
    print(measure(parser.parse_args()))
