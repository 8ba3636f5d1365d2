"""Seconds that a back-test of one changed rule takes: a lake of minutes is made, then replayed.

    python -m benchmarks.backtest --stations 2100 --days 9

Whole groups of the fleet are replayed for a third of the days and for all; the difference is what
a day costs, from which 90 days follow, and 2,100 stations in proportion. Days and stations have to
be so many that the product takes all cores. The whole library is stepped through minutes of the
whole fleet, whatever --stations says, by a process a core, each with its share of the points: two
hours, after half an hour in which its windows begin; its day is twelve times that beside the
reading of a whole one, into memory that a day has been read into before.
A day of the quasi-steady model is given to all stations of a layout and all days, each moved by
some minutes; one station-day in 50 has a dip of the discharge pressure.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import numpy as np

from analytics.alarm_screen import Block, Screen
from analytics.expressions import compile_expression
from data.catalogue.points import columns, point
from data.catalogue.rule_changes import changed
from data.catalogue.rules import Rule, rules
from data.database import Database
from data.groups import groups
from data.lake import Lake
from data.lake_writer import LakeWriter
from data.manifest import FileRow, Manifest
from data.parquet import MISSING
from data.series import MEAN_SCALE
from data.station_rows import StationRow
from ingest.alarm_rules import engines
from ingest.backtest import replay
from ingest.backtest_part import Span
from ingest.backtest_rows import DAY, MINUTE, Minutes
from ingest.crew import together
from ingest.fleet import Fleet
from ingest.station_modes import LocalClock
from simulator import city
from simulator.trial import trial

ZONE = ZoneInfo("Asia/Shanghai")
FIRST = date(2026, 3, 2)
START = round(datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC).timestamp() * 1000)
KINDS = 20
"""Stations of a layout that the model makes; the others are like them."""
FLEET, SPAN = 2100, 90
WARM, STEPS = 30, 120
"""Minutes that the library is stepped through, and those of them that count."""
RULE, CHANGE = "R-HY-01", {"on_s": 120}
GOALS = {"alarms.backtest_s": "<= 120", "alarms.replay_s_per_fleet_day": "<= 20"}


def measure(options: argparse.Namespace) -> dict[str, float]:
    """`alarms.backtest_s` and `alarms.replay_s_per_fleet_day` at 1-min data."""
    rows = _stations(options.stations)
    with TemporaryDirectory(dir=options.folder) as folder:
        lake, size = _lake(Path(folder), rows, options.days)
        print(f"{len(rows)} stations, {options.days} days, {size / 1e6:.0f} MB")
        more = FLEET / len(rows)
        before = rules()
        after = {**before, RULE: changed(before[RULE], CHANGE, compile_expression)}
        part = max(1, options.days // 3)
        few, many = (_seconds(lake, rows, days, before, after, RULE)
                     for days in (part, options.days))  # fmt: skip
        a_day = (many - few) / max(options.days - part, 1)
        made = {
            "alarms.backtest_s": more * (many + a_day * (SPAN - options.days)),
        }
        lake.close()
    with TemporaryDirectory(dir=options.folder) as folder:
        rows = _stations(FLEET)
        lake, _ = _lake(Path(folder), rows, 1)
        made["alarms.replay_s_per_fleet_day"] = _library(lake, rows)
        lake.close()
    for name, value in made.items():
        print(f"{name:32} {value:8.1f}   {GOALS[name]}")
    return made


def _stations(least: int) -> list[StationRow]:
    """Whole groups of the fleet, the biggest first, with so many stations together or more: the
    work of a group and day has a part that doesn't depend on its size."""
    fleet = [
        StationRow(**{**vars(row), "id": n + 1})
        for n, row in enumerate(city.stations(FLEET, 1, 5020))
    ]
    found: list[StationRow] = []
    for members in sorted(groups(fleet).values(), key=len, reverse=True):
        if len(found) < least:
            found += members
    return sorted(found, key=lambda row: row.id)


def _seconds(
    lake: Lake, rows: Sequence[StationRow], days: int, before: Mapping[str, Rule],
    after: Mapping[str, Rule], id: str,
) -> float:  # fmt: skip
    start, busy = time.perf_counter(), _cpu()
    old, new, _ = replay(lake, Span(START, START + days * DAY, rows), before, after, id, ZONE)
    took, busy = time.perf_counter() - start, _cpu() - busy
    count = [sum(one.alarm.rule == id for one in some) for some in (old, new)]
    print(f"{id}: {took:.1f} s ({busy:.1f} s of CPU), {count[0]} alarms before, {count[1]} after")
    return took


def _cpu() -> float:
    """Seconds of CPU of this process and those that it began."""
    return sum(os.times()[:4])


def _library(lake: Lake, rows: Sequence[StationRow]) -> float:
    """Seconds of a day of all rules at these stations: reading it, and every minute's step. The
    slowest process counts."""
    shares: list[list[StationRow]] = [[] for _ in os.sched_getaffinity(0)]
    for members in sorted(groups(rows).values(), key=_points, reverse=True):
        min(shares, key=_points).extend(members)
    files = lake.manifest.live("minute", None, START, START + DAY)
    tasks = [(lake.root, files, share) for share in shares]
    told = together(_share, tasks, lambda done: None)
    for (read, steps, busy), share in zip(told, shares, strict=True):
        print(f"library of {len(share)} stations: read {read:.1f} s, steps {steps:.1f} s "
              f"({busy:.1f} s of CPU) a day")  # fmt: skip
    return max(read + steps for read, steps, _ in told)


def _points(stations: Sequence[StationRow]) -> int:
    return sum(len(columns(station.layout)) for station in stations)


def _share(
    task: tuple[Path, Sequence[FileRow], Sequence[StationRow]], done: Callable[[], None]
) -> tuple[float, float, float]:
    """Seconds of reading and of all steps of a day at some stations, and of CPU of the steps."""
    root, files, rows = task
    fleet = Fleet(rows)
    engine = engines(rules().values(), fleet, 5 * MINUTE).stations
    line = {code: k for k, code in enumerate(engine.codes)}
    values = np.full((len(line) + 1, len(rows), WARM + STEPS), np.nan)
    start, clock, crowd = 0.0, LocalClock(ZONE), list(groups(rows).values())
    for number, members in enumerate([*crowd, *crowd]):
        if number == len(crowd):
            start = time.perf_counter()
        minutes = Minutes(root, members, clock)
        mine = [file for file in files if minutes.hold(file)]
        codes = sorted({c.code for c in columns(members[0].layout)} & set(line))
        block = minutes.day(mine, START, START + DAY, codes)
        at = np.array([fleet.row_of[row.id] for row in members])
        lines = np.array([line[code] for code in codes])
        values[np.ix_(lines, at)] = block.values[:-1, :, : WARM + STEPS]
    read, screen = time.perf_counter() - start, Screen(engine, MINUTE)
    n = len(rows)
    for begin, m in ((0, WARM), (WARM, STEPS)):
        live = {
            name: np.full((n, m), at) for name, at in (("mode", 0), ("hour", 8.0), ("slot", 32))
        }
        ms = np.tile(START + MINUTE * np.arange(begin + 1, begin + m + 1), (n, 1))
        part, here = values[:, :, begin : begin + m], np.ones((n, m), dtype=bool)
        start, busy = time.perf_counter(), time.process_time()
        screen.run(Block(line, part, ms, np.arange(n), here, live))
    day = DAY / MINUTE / STEPS
    steps, busy = day * (time.perf_counter() - start), day * (time.process_time() - busy)
    return read, steps, busy


def _lake(folder: Path, rows: Sequence[StationRow], days: int) -> tuple[Lake, int]:
    """A lake of minutes, a file a group and day; and its bytes."""
    db = Database(f"sqlite:///{folder / 'bench.db'}")
    db.upgrade()
    manifest = Manifest(db)
    writer, size = LakeWriter(folder / "lake", manifest), 0
    chance = np.random.default_rng(1)
    for name, members in groups(rows).items():
        told = engines(rules().values(), Fleet(members[:1]), 1)
        known = {column.code for column in columns(members[0].layout)}
        codes = sorted({*told.stations.codes, *told.platform.codes} & known)
        seen, _ = trial(1, members[:KINDS], 1, 60.0, codes=codes, tables=(), first=FIRST)
        for day in range(days):
            table = _day(members, codes, seen.values, START + day * DAY, chance)
            file = writer.write("minute", name, "day", table)
            writer.commit([file], at=datetime.now(UTC))
            size += file.bytes
    return Lake(folder / "lake", manifest), size


def _day(
    members: Sequence[StationRow], codes: Sequence[str], seen: Mapping[str, np.ndarray], start: int,
    chance: np.random.Generator,
) -> dict[str, np.ndarray]:  # fmt: skip
    n, m = len(members), DAY // MINUTE
    like = np.arange(n) % min(n, KINDS)
    at = (np.arange(m)[None] + chance.integers(-20, 20, (n, 1))) % m
    dips = np.flatnonzero(chance.random(n) < 0.02)
    table = {
        "station": np.repeat([row.id for row in members], m),
        "ts": np.tile(start + MINUTE * np.arange(m), n),
    }
    for code in codes:
        values = seen[code][like[:, None], at]
        if code == "L.P_OUT":
            for row in dips:
                begin, length = int(chance.integers(0, m - 60)), int(chance.integers(1, 30))
                values[row, begin : begin + length] *= 0.6
        of = point(code)
        scale = MEAN_SCALE if of.rollup in ("full", "mean") else 1
        stored = np.where(np.isnan(values), MISSING, values / float(of.resolution) * scale)
        table[code] = np.rint(stored).astype(np.int64).reshape(-1)
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stations", type=int, default=2100)
    parser.add_argument("--days", type=int, default=9)
    parser.add_argument("--folder", type=Path)
    measure(parser.parse_args())
