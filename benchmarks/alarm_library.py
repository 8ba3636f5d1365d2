"""CPU of the whole rule library on a fleet: the engine of the stations, one tick a second."""

from __future__ import annotations

import argparse
import time

import numpy as np

from data.catalogue.flags import Flag
from data.catalogue.rules import rules
from data.stations import StationRow
from ingest.alarm_rules import Reader, engines
from ingest.fleet import Fleet
from ingest.station_modes import StationModes
from simulator import city

WARM, TICKS = 40, 60


def measure(options: argparse.Namespace) -> dict[str, float]:
    """`alarms.library_ms`: half of the stations answer in each second, with values that move."""
    rows = [
        StationRow(**{**vars(row), "id": place + 1})
        for place, row in enumerate(city.stations(options.stations, 1, 5020))
    ]
    fleet, chance = Fleet(rows), np.random.default_rng(1)
    fleet.flags[:] = Flag.GOOD
    middle = np.array([sum(c.point.normal or c.point.range) / 2 for c in fleet.columns]) / np.array(
        [float(c.point.resolution) for c in fleet.columns]
    )
    digital = np.array([c.point.digital for c in fleet.columns])
    healthy = np.array(
        [c.point.code in ("EL.MAINS_OK", "SE.ARM", "WQ.FLOWCELL") for c in fleet.columns]
    )
    middle[digital] = healthy[digital]
    told = engines(rules().values(), fleet, 10_000)
    read, modes, n = Reader(fleet, told.stations.codes), StationModes(fleet), len(rows)
    spent = []
    for tick in range(WARM + TICKS):
        noise = chance.normal(1.0, 0.002, (len(fleet.columns), n))
        fleet.values[:] = np.rint(middle[:, None] * np.where(digital[:, None], 1.0, noise))
        fresh = (np.arange(n) + tick) % 2 == 0
        fleet.fast_ms[fresh] = 1_780_000_000_000 + tick * 1000
        begin = time.process_time()
        live = {"mode": modes.now(), "hour": np.full(n, 12.0), "slot": np.full(n, 48)}
        told.stations.step(fleet.fast_ms, fresh, read, live)
        spent.append(1000 * (time.process_time() - begin))
    return {"alarms.library_ms": float(np.mean(spent[WARM:]))}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=2100)
    print(measure(parser.parse_args()))
