"""`python -m benchmarks.faults --seeds A-B [--quick]`: does the alarm engine find what is wrong?

Runs the simulator's fault library and a fleet without faults through the real engine, prints a row
a fault and writes benchmarks/faults.json. `--quick`: fewer draws, about 5 minutes; whole: 20 of
each severity. The default seeds are used by no test and no tuning.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from benchmarks import fault_quiet, fault_slow
from benchmarks.fault_causes import Causes
from benchmarks.fault_city import POLL, Watched
from benchmarks.fault_draws import (
    CITY,
    GROUPS,
    WARM,
    Onlooker,
    Wanted,
    plan,
    plan_areas,
    wanted,
)
from benchmarks.fault_quiet import Quiet, parts, total
from benchmarks.fault_scores import (
    EXPECTED,
    Outcome,
    Row,
    figures,
    mean,
    outcome,
    percentile,
    rows,
)
from data.catalogue.rules import rules
from simulator import city
from simulator.faults import LIBRARY

OUT = Path(__file__).resolve().parent / "faults.json"
SEEDS = "8101-8120"
GOALS = {
    "level1.recall": ">= 0.98",
    "severity2.recall": ">= 0.92",
    "false_per_station_day": "<= 0.01",
    "notifications_per_event_p90": "<= 2",
    "cause.top1": ">= 0.75",
    "cause.top3": ">= 0.92",
}


@dataclass(frozen=True)
class Size:
    """How much is run."""

    draws: int
    area_draws: int
    live: tuple[int, int]
    """Stations and seconds without faults at 2 s."""
    steady: tuple[int, int]
    """Stations and days without faults at 60 s."""


WHOLE = Size(20, 20, (240, 86_400), (2100, 30))
QUICK = Size(3, 2, (240, 1200), (200, 1))


@dataclass(frozen=True)
class Task:
    """One city with its faults, for a process of its own."""

    group: str
    seed: int
    faults: tuple[Wanted, ...]
    seconds: int


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--seeds", default=SEEDS, help=f"A-B, default {SEEDS}")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default="", help="faults, F02,F12; nothing without faults then")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    seeds, size = _seeds(options.seeds), QUICK if options.quick else WHOLE
    begin = time.monotonic()
    only = frozenset(filter(None, options.only.split(",")))
    tasks = _tasks(size, seeds, options.quick, only)
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
        live = [] if only else [pool.submit(fault_quiet.live, rules(), *size.live, seeds[0])]
        runs = [pool.submit(_run, task) for task in tasks]
        steady = [] if only else [
            pool.submit(fault_quiet.steady, rules(), part, size.steady[1], seeds[-1])
            for part in parts(size.steady[0])
        ]  # fmt: skip
        found = rows(one for run in runs for one in run.result())
        calm = [total(one.result() for one in fleet) for fleet in (live, steady) if fleet]
    show(found)
    made = dict(figures(found, EXPECTED)) | _false(calm)
    made["seconds"], made["cpu_seconds"] = time.monotonic() - begin, sum(os.times()[:4])
    print(f"\nseeds {options.seeds}, {len(rules())} rules, {made['seconds']:.0f} s")
    for name, value in made.items():
        shown = "-" if value is None else f"{value:.3f}"
        print(f"{name:30} {shown:>9}  {GOALS.get(name, '')}")
    by_fault = {code: _facts(row) for code, row in found.items()}
    if not only:
        OUT.write_text(json.dumps(made | {"faults": by_fault}, indent=1, sort_keys=True) + "\n")
    return 0


def _tasks(size: Size, seeds: Sequence[int], quick: bool, only: frozenset[str]) -> list[Task]:
    """The cities that are needed, the longest first."""
    tasks: list[Task] = []
    for name, group in GROUPS.items():
        codes = [code for code in group.codes if not only or code in only]
        draws = size.area_draws if name == "area" else size.draws
        for some in wanted(codes, draws, group.each):
            seed = seeds[len(tasks) % len(seeds)]
            tasks.append(Task(name, seed, tuple(some), group.seconds[quick]))
    return sorted(tasks, key=lambda task: -task.seconds)


def _run(task: Task) -> list[Outcome]:
    """Live through one city."""
    if task.group in ("days", "months"):
        return fault_slow.watch(rules(), task.faults, task.seed)
    stations = city.stations(CITY, task.seed, 5020)
    watched = Watched(rules(), stations, task.seed, GROUPS[task.group].hour)
    watched.go(WARM)
    made = plan_areas if task.group == "area" else plan
    events = made(task.faults, stations, task.seed, watched.now)
    for i, event in enumerate(events):
        watched.add(event.faults(f"{event.code}-{i}"))
    onlooker, causes = Onlooker(watched, events), Causes(watched, events, EXPECTED)

    def look(now: int) -> None:
        onlooker(now)
        causes(now)

    watched.go(task.seconds, look)
    alarms = watched.judge.seen(causes.finish(watched.now))
    return [outcome(event.draw(watched.now), alarms, EXPECTED) for event in events]


def _false(calm: Sequence[Quiet]) -> dict[str, float | None]:
    """False alarms a station-day: of both fleets, and the worse one."""
    if not calm:
        return {}
    for name, one in zip((f"{POLL} s", "60 s"), calm, strict=True):
        print(f"without faults at {name}: {one.days:.1f} station-days, {one.alarms or 'no alarm'}")
    fast, steady = calm
    return {
        "false_per_station_day": max(fast.rate, steady.rate),
        "false_per_station_day_2s": fast.rate,
        "false_per_station_day_60s": steady.rate,
        "station_days_2s": fast.days,
        "station_days_60s": steady.days,
    }


def show(found: dict[str, Row]) -> None:
    """A line a fault: what share was found at each severity, how late, how loud, and why."""
    print(f"{'fault':52} {'n':>4} {'recall 1/2/3':>15} {'P50 s':>8} {'P90 s':>8} "
          f"{'told':>4} {'top1':>5} {'top3':>5}  unseen")  # fmt: skip
    for code, row in found.items():
        facts = _facts(row)
        recall = " ".join(_cell(row.recall(i, i)) for i in (1, 2, 3))
        name = f"{code} {LIBRARY[code].en}"[:52]
        print(f"{name:52} {len(row.outcomes):4} {recall:>15} {_cell(facts['delay_p50'], 0):>8} "
              f"{_cell(facts['delay_p90'], 0):>8} {_cell(facts['notifications_p90'], 0):>4} "
              f"{_cell(facts['cause.top1']):>5} {_cell(facts['cause.top3']):>5}  "
              f"{len(row.outcomes) - len(row.shown()) or ''}")  # fmt: skip


def _facts(row: Row) -> dict[str, float | None]:
    told = [float(o.told) for o in row.shown() if o.told]
    return {
        "recall": row.recall(),
        "recall_severity2": row.recall(2, 3),
        "delay_p50": percentile(row.delays, 50),
        "delay_p90": percentile(row.delays, 90),
        "notifications_mean": mean(told),
        "notifications_p90": percentile(told, 90),
        "cause.top1": row.cause(1),
        "cause.top3": row.cause(3),
    }


def _cell(value: float | None, decimals: int = 2) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"


def _seeds(text: str) -> list[int]:
    """A-B, both included, or one."""
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


if __name__ == "__main__":
    sys.exit(main())
