"""CPU that a back-test of one rule with windows takes on a day of stored samples of one group.

    python -m benchmarks.backtest_samples --stations 100 --rule R-HY-05

A lake is made: samples of 2 s and minutes of one day, pressures and speeds that wander with noise;
one station in 50 hunts for an hour. The rule is replayed as it is and with a longer delay, as a
back-test does; its windows are filled from the quarter of an hour before.
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from analytics.expressions import compile_expression
from benchmarks.backtest import FLEET, START, ZONE
from data.catalogue.points import columns, point
from data.catalogue.rule_changes import changed
from data.catalogue.rules import rules
from data.database import Database
from data.groups import groups
from data.lake import Lake
from data.lake_writer import LakeWriter
from data.manifest import Manifest
from data.series import MEAN_SCALE
from data.station_rows import StationRow
from ingest.alarm_rules import engines
from ingest.backtest import replay
from ingest.backtest_part import Span
from ingest.backtest_rows import DAY, MINUTE
from ingest.fleet import Fleet
from simulator import city

STEP, LEAD = 2000, 15 * MINUTE


def measure(stations: int, id: str, folder: Path | None) -> float:
    """CPU s of both sides of the back-test for the group's day."""
    fleet = [
        StationRow(**{**vars(row), "id": n + 1})
        for n, row in enumerate(city.stations(FLEET, 1, 5020))
    ]
    rows = max((list(members) for members in groups(fleet).values()), key=len)[:stations]
    before = {id: rules()[id]}
    after = {id: changed(before[id], {"on_s": before[id].on_s + 60}, compile_expression)}
    with TemporaryDirectory(dir=folder) as made:
        lake = _lake(Path(made), rows, id)
        span = Span(START, START + DAY - LEAD, rows, STEP)
        begun, busy = time.perf_counter(), time.process_time()
        old, new, stored = replay(lake, span, before, after, id, ZONE)
        busy, took = time.process_time() - busy, time.perf_counter() - begun
        lake.close()
    print(f"{id}, {len(rows)} stations, a day at 2 s: {busy:.1f} s of CPU ({took:.1f} s on "
          f"{os.cpu_count()} cores in use), {len(old)} alarms before, {len(new)} after, "
          f"{stored.raw:.0%} from samples")  # fmt: skip
    return busy


def _lake(folder: Path, rows: list[StationRow], id: str) -> Lake:
    db = Database(f"sqlite:///{folder / 'bench.db'}")
    db.upgrade()
    manifest = Manifest(db)
    writer, name = LakeWriter(folder / "lake", manifest), next(iter(groups(rows)))
    engine = engines([rules()[id]], Fleet(rows[:1]), 10_000).stations
    known = {column.code for column in columns(rows[0].layout)}
    pumps = [code for code in known if code.endswith((".RUN", ".MODE"))]
    codes = sorted(({*engine.codes, *pumps} & known) - {"L.NRUN", "M.NRUN", "H.NRUN"})
    chance, n, m = np.random.default_rng(1), len(rows), DAY // STEP
    hunts = chance.random(n) < 0.02
    tables = {
        "fast": _axis(rows, m, STEP), "slow": _axis(rows, DAY // MINUTE, MINUTE),
        "minute": _axis(rows, DAY // MINUTE, MINUTE),
    }  # fmt: skip
    for code in codes:
        wide = _values(code, chance, hunts, n, m)
        of, every = point(code), MINUTE // STEP
        whole = np.rint(wide / float(of.resolution)).astype(np.int64)
        table = tables[of.block]
        table[code] = (whole if of.block == "fast" else whole[:, ::every]).ravel()
        mean = whole.reshape(n, -1, every).mean(axis=2)
        scale = MEAN_SCALE if of.rollup in ("full", "mean") else 1
        tables["minute"][code] = np.rint(mean * scale).astype(np.int64).ravel()
    for dataset, table in tables.items():
        if len(table) > 2:
            writer.commit([writer.write(dataset, name, "day", table)], at=datetime.now(UTC))
    return Lake(folder / "lake", manifest)


def _axis(rows: list[StationRow], m: int, step: int) -> dict[str, np.ndarray]:
    ts = START - LEAD + step * np.arange(m)
    return {"station": np.repeat([row.id for row in rows], m), "ts": np.tile(ts, len(rows))}


def _values(
    code: str, chance: np.random.Generator, hunts: np.ndarray, n: int, m: int
) -> np.ndarray:
    last = code.rsplit(".", maxsplit=1)[-1]
    steady = {"MODE": 2.0, "MAINS_OK": 1.0, "P_SET": 0.5, "SLEEP": 0.0, "RUN": 1.0}
    if last in steady:
        on = steady[last] if last != "RUN" or ".P1." in code else 0.0
        return np.full((n, m), on)
    mid, noise, swing = {"P_OUT": (0.5, 0.002, 0.03), "F": (40.0, 0.1, 3.0)}.get(
        last, (10.0, 0.1, 0.0)
    )
    t = np.arange(m)
    day = 1 + 0.02 * np.sin(2 * np.pi * (t + chance.integers(0, m, (n, 1))) / m)
    wide = mid * (day if last == "F" else 1) + chance.normal(0, noise, (n, m))
    hunting = np.sin(2 * np.pi * t / 11) * ((t // 1800) % 24 == 7)
    return np.asarray(wide + hunts[:, None] * swing * hunting)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=100)
    parser.add_argument("--rule", default="R-HY-05")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    measure(options.stations, options.rule, options.folder)
