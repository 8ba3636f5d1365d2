"""`python -m benchmarks.truth --seeds A-B`: analyses against the truth of invented stations.

Each part draws stations, makes what their gauges would show (noise of the simulator's sensors),
lets an analysis judge it, and compares with what is true. Prints the figures beside their goals and
writes benchmarks/truth.json.
"""

from __future__ import annotations

import argparse
import importlib
import json
import operator
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

OUT = Path(__file__).resolve().parent / "truth.json"
SEEDS = "2001-2002"
"""The default. No test uses these, and nothing was tuned on them: while an analysis was made its
makers looked at 5 and 1001 to 1004, tests at others."""
PARTS = {
    "pumps": "benchmarks.truth_pumps",
    "leaks": "benchmarks.truth_leaks",
    "demand": "benchmarks.truth_demand",
}
"""Name of a part and its module, which has measure(seeds) -> {figure: value}."""
GOALS = {
    "leak.mape_pct": "<= 20",
    "leak.detect_nights_p90": "<= 3",
    "leak.false_per_station_year": "<= 1",
    "curve.coverage90_pct": "85-95",
    "curve.head_rmse_pct": "<= 2",
    "wear.mae_points": "<= 2",
    "wear.onset_days_p90": "<= 30",
    "gap.part_error_pct": "<= 10",
    "gap.sum_error_kwh": "<= 0.001",
    "demand.gain_vs_seasonal_naive_pct": ">= 12",
    "ltown.abrupt_found_pct": ">= 100",
    "ltown.false_events": "<= 1",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts asked for; figures of the others stay as they are in the file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth", description=__doc__)
    parser.add_argument("--seeds", default=SEEDS, help="A-B, both included, or one number")
    parser.add_argument("--only", choices=sorted(PARTS))
    options = parser.parse_args(arguments)
    seeds = seeds_of(options.seeds)
    known = json.loads(OUT.read_text(encoding="utf-8")) if OUT.exists() else {}
    for name, module in PARTS.items():
        if options.only not in (None, name):
            continue
        began = time.monotonic()
        measure: Callable[[Sequence[int]], dict[str, float]]
        measure = importlib.import_module(module).measure
        figures = measure(seeds)
        _show(figures)
        print(f"{name}: seeds {options.seeds}, {time.monotonic() - began:.0f} s", flush=True)
        known |= {key: round(value, 4) for key, value in figures.items()}
        known[f"{name}.seeds"] = options.seeds
    OUT.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


def seeds_of(text: str) -> list[int]:
    """'3-5' is [3, 4, 5]. Raises ValueError for anything else than A-B or A."""
    first, _, last = text.partition("-")
    return list(range(int(first), int(last or first) + 1))


def verdict(name: str, value: float) -> str:
    """'met', 'MISSED', or '' for a figure without a goal."""
    goal = GOALS.get(name)
    if goal is None:
        return ""
    word, _, limit = goal.partition(" ")
    if not limit:
        low, high = map(float, goal.split("-"))
        return "met" if low <= value <= high else "MISSED"
    compare = {"<=": operator.le, ">=": operator.ge}[word]
    return "met" if compare(value, float(limit)) else "MISSED"


def _show(figures: dict[str, float]) -> None:
    for name, value in sorted(figures.items()):
        print(f"{name:36} {value:12,.3f}  {GOALS.get(name, ''):9} {verdict(name, value)}")


if __name__ == "__main__":
    sys.exit(main())
