"""CPU of plain limits: 50 rules over 10,000 subjects, all of which answer in each step."""

from __future__ import annotations

import argparse
import time

import numpy as np

from analytics.alarm_engine import Engine
from analytics.alarm_inputs import Definition, Place
from analytics.expressions import compile_expression

RULES, SUBJECTS = 50, 10_000
WARM, STEPS, STEP_MS = 20, 100, 2000
CROSSED = 2e-4
"""Share of instances that stand beyond their limit."""


def measure(options: argparse.Namespace) -> dict[str, float]:
    """`alarms.threshold_ms`: a step of 500,000 instances through the whole engine."""
    points = {f"P{n}": "bar" for n in range(RULES)}
    chance = np.random.default_rng(1)
    rules = [
        Definition(
            code, compile_expression(f"{code} > high", points, {"high": "bar"}, "truth"),
            on_ms=10_000, off_ms=10_000, level=3,
            constants={"high": chance.uniform(5.0, 6.0, SUBJECTS)},
        )
        for code in points
    ]  # fmt: skip
    everywhere = {code: np.ones(SUBJECTS, dtype=bool) for code in points}
    engine = Engine(rules, [Place()], everywhere, range(SUBJECTS))
    values = chance.uniform(3.0, 4.5, (RULES, SUBJECTS))
    values[chance.random(values.shape) < CROSSED] = 9.0
    fresh, spent, raised = np.ones(SUBJECTS, dtype=bool), [], 0
    for step in range(WARM + STEPS):
        ms = np.full(SUBJECTS, (step + 1) * STEP_MS)
        start = time.process_time()
        raised += len(engine.step(ms, fresh, lambda columns: values))
        spent.append(1000 * (time.process_time() - start))
    told = f"median {np.median(spent[WARM:]):.2f} ms, worst {max(spent[WARM:]):.2f} ms"
    print(f"{told}, {raised} raised")
    return {"alarms.threshold_ms": float(np.mean(spent[WARM:]))}


if __name__ == "__main__":
    print(measure(argparse.Namespace()))
