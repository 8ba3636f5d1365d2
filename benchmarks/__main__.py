"""`make bench`: run the measurements, print them beside their goals, write latest.json.

CPU figures are process CPU time over wall time, i.e. shares of one core; the machine's load is
printed beside them. `--only NAME` runs one of them, `--stations` and `--seconds` make it smaller.
"""

from __future__ import annotations

import argparse
import json
import operator
import os
import sys
from pathlib import Path

from benchmarks import (
    alarm_delay,
    alarm_library,
    alarm_threshold,
    backtest,
    crash,
    lake,
    live_city,
    queries,
    screens,
    soak,
)

OUT = Path(__file__).resolve().parent / "latest.json"
PARTS = {
    "city": live_city.measure,
    "lake": lake.measure,
    "crash": crash.measure,
    "queries": queries.measure,
    "screens": screens.measure,
    "soak": soak.measure,
    "thresholds": alarm_threshold.measure,
    "library": alarm_library.measure,
    "alarms": alarm_delay.measure,
    "backtest": backtest.measure,
}
GOALS = {
    "ingest.core_share": "<= 0.35",
    "ingest.points_per_second": ">= 84000",
    "ingest.missed_cycles": "== 0",
    "ingest.ack_p99_ms": "<= 1100",
    "ingest.first_sweep_s": "<= 10",
    "ingest.resume_s": "<= 10",
    "simulator.core_share": "<= 0.25",
    "memory.total_mb": "<= 3000",
    "lake.bytes_per_sample": "<= 0.35",
    "lake.bytes_vs_entropy": "<= 1.5",
    "live.cpu_ms_per_client_update": "<= 1.5",
    "pages.server_ms_p50": "<= 100",
    "pages.server_ms_p95": "<= 300",
    "cockpit.first_values_ms": "<= 2000",
    "cockpit.interactive_ms": "<= 3500",
    "cockpit.main_thread_ms_per_tick": "<= 50",
    "cockpit.soak_heap_mb": "<= 3",
    "cockpit.soak_nodes": "<= 500",
    "cockpit.soak_listeners": "<= 50",
    "load.live_p95_ms": "<= 50",
    "load.callback_p95_ms": "<= 400",
    "load.missed_cycles": "== 0",
    "load.errors": "== 0",
    "history.seconds": "<= 300",
    "crash.failures": "== 0",
    "alarms.threshold_ms": "<= 3",
    "alarms.library_ms": "<= 10",
    "alarms.detect_p99_s": "<= 1.2",
    "alarms.screen_p99_s": "<= 5.5",
    "alarms.backtest_s": "<= 120",
    "alarms.replay_s_per_fleet_day": "<= 20",
    "query.year_six_stations_ms": "<= 150",
    "query.city_daily_400d_ms": "<= 30",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=sorted(PARTS))
    parser.add_argument("--stations", type=int, default=2100)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--days", type=int, default=9, help="of the lake of a back-test")
    parser.add_argument("--folder", type=Path, default=None, help="where that lake is made")
    parser.add_argument("--clients", type=int, default=100)
    parser.add_argument("--load-seconds", type=float, default=600)
    parser.add_argument("--var", type=Path, default=None, help="screens of a city that runs")
    parser.add_argument("--port", type=int, default=8050)
    options = parser.parse_args()
    figures: dict[str, float] = {}
    for name, measure in PARTS.items():
        if options.only in (None, name):
            print(
                f"== {name} (load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores)", flush=True
            )
            figures |= measure(options)
    _show(figures)
    known = json.loads(OUT.read_text()) if options.only and OUT.exists() else {}
    OUT.write_text(json.dumps(known | figures, indent=1, sort_keys=True) + "\n")
    return 0


def _show(figures: dict[str, float]) -> None:
    for name, value in sorted(figures.items()):
        print(f"{name:34} {value:14,.3f}  {GOALS.get(name, ''):10} {_verdict(name, value)}")
    print(f"load average {os.getloadavg()}", flush=True)


def _verdict(name: str, value: float) -> str:
    word, _, limit = GOALS.get(name, "").partition(" ")
    if not limit:
        return ""
    compare = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}[word]
    return "met" if compare(value, float(limit)) else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
