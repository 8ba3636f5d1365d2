"""How long questions to the lake take: a city's days, and a year of six stations.

They are asked of an existing city (PUMPHOUSE_VAR, with 400 days of past); each is repeated and the
median of the wall time is told, with the CPU time beside it, because others may share the machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import polars as pl

from data.settings import Settings, load
from data.stores import Stores, open_stores

ROUNDS = 15
STATIONS, POINTS = 6, 2000
DAYS = 400
FACTS = ("F.volume", "F.energy", "F.head_volume", "F.online_s", "F.expected_s")


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Median ms of each question; nothing where no city is found."""
    settings: Settings = load()
    if not settings.lake.exists():
        print(f"   queries: no lake at {settings.lake}; set PUMPHOUSE_VAR to a city", flush=True)
        return {}
    stores = open_stores(settings)
    try:
        return {
            "query.year_six_stations_ms": _timed("a year of six stations", _year(stores)),
            "query.city_daily_400d_ms": _timed("400 days of the city", _city(stores)),
        }
    finally:
        stores.close()


def _year(stores: Stores) -> Callable[[int], int]:
    """Hourly flow of 365 days, six other stations each time, thinned to POINTS a trace."""
    rows = [row for row in stores.stations.all() if row.sets]
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    start = end - timedelta(days=365)

    def ask(turn: int) -> int:
        chosen = [rows[(turn * 97 + n * 31) % len(rows)] for n in range(STATIONS)]
        asked = [(row, [f"{row.sets[0].zone}.Q_OUT"]) for row in chosen]
        return sum(one.frame.height for one in stores.lake.several(asked, start, end, POINTS))

    return ask


def _city(stores: Stores) -> Callable[[int], int]:
    """Daily sums of the city by district."""
    rows = stores.stations.all()
    places = pl.DataFrame(
        {
            "station": [r.id for r in rows],
            "district": [r.district_id for r in rows],
            "households": [r.households for r in rows],
            "zones": [len(r.sets) for r in rows],
        },
        schema={
            "station": pl.Int32, "district": pl.Int32, "households": pl.Int64, "zones": pl.Int32,
        },
    )  # fmt: skip
    last: date = datetime.now(UTC).date()

    def ask(turn: int) -> int:
        first = last - timedelta(days=DAYS)
        return stores.lake.summed_city("station_day", FACTS, first, last, places).height

    return ask


def _timed(name: str, ask: Callable[[int], int]) -> float:
    for turn in range(1, ROUNDS + 1):  # a server runs for weeks: it knows its files' footers
        ask(turn)
    walls, cpus = [], []
    count = 0
    for turn in range(1, ROUNDS + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        count = ask(turn)
        walls.append(1000 * (time.perf_counter() - wall))
        cpus.append(1000 * (time.process_time() - cpu))
    print(
        f"   {name}: {count:,} rows, wall {statistics.median(walls):.0f} ms, "
        f"CPU {statistics.median(cpus):.0f} ms, load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return statistics.median(walls)
