"""What a day would have cost without a trouble: the truth that energy gaps are held against."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from simulator.ledger import ADD_SPEED, DROP_SHARE, Troubles
from simulator.pump_sets import SLOWEST, pump_power
from simulator.quasi import DAY, Quasi
from simulator.quasi_sets import SteadySets
from simulator.types import Floats, Ints

PARTS = ("wear", "strainer", "setpoint", "gauge", "leak", "sequence", "staging", "inlet")
"""What can be taken away: worn pumps, clogged strainers, set points too high, gauges off, grown
leaks, a bad sequence (back to the city's rule), any but the best number of pumps, and the break
of the mains pressure in a tank."""


class BestSets(SteadySets):
    """The number of pumps that takes the least power, every step by itself."""

    def _stage(self, flow: Floats, lift: Floats) -> Ints:
        shape = self.shape
        best, least = np.ones(flow.shape, np.int64), np.full(flow.shape, np.inf)
        none = np.ones((len(shape.station), 1))
        healthy = replace(self.troubles, head=none, efficiency=none)
        for count in range(1, int(shape.pumps.max()) + 1):
            each = flow / count
            square = (lift + self._loss * each**2) / self._shutoff
            speed = np.sqrt(np.clip(square, SLOWEST**2, 1.0))
            power = count * pump_power(shape, healthy, each[:, None], speed[:, None])[:, 0]
            able = (square <= ADD_SPEED**2) & (count <= shape.pumps[:, None])
            # where no number does it, all pumps run
            better = (able & (power < least)) | (np.isinf(least) & (count <= shape.pumps[:, None]))
            best = np.where(better, count, best)
            least = np.where(able & (power < least), power, least)
        return best


class HeldSets(SteadySets):
    """As many pumps as there were: what a trouble takes by itself, without the staging that
    follows from it (which hides wear: more pumps earlier may even take less)."""

    running: Ints

    def _stage(self, flow: Floats, lift: Floats) -> Ints:
        return self.running


def without(troubles: Troubles, parts: Collection[str]) -> Troubles:
    """The troubles less these parts (`staging` and `inlet` aren't of the troubles)."""
    none, ones = np.zeros_like(troubles.leak), np.ones_like(troubles.head)
    fields: dict[str, dict[str, np.ndarray]] = {
        "wear": {"head": ones, "efficiency": ones},
        "strainer": {"strainer": none},
        "setpoint": {"setpoint": none},
        "gauge": {"bias": none},
        "leak": {"leak": none},
        "sequence": {
            "add_speed": np.full_like(none, ADD_SPEED),
            "drop_share": np.full_like(none, DROP_SHARE),
        },
    }
    changes = {k: v for part in parts for k, v in fields.get(part, {}).items()}
    return replace(troubles, **changes)


def pump_energy(
    quasi: Quasi,
    day: int,
    parts: Collection[str] = (),
    step: float = 900.0,
    hold_flow: bool = True,
    hold_pumps: bool = True,
    length: float = DAY,
) -> Floats:
    """[s] kWh that the pumps of each set take on a day once `parts` (of PARTS) are gone.

    hold_flow: the same water is delivered as with all troubles; else homes and leaks take what the
    other pressure gives them. hold_pumps: as many pumps run as did, unless `sequence` or `staging`
    go; else the rule stages anew. Suction is that of the day as it was, but with `inlet` that of
    the mains wherever it is higher. Mains power failures are left out.
    """
    shape, was = quasi.shape, quasi.ledger.on(day)
    run, base, drawn, lead = quasi.run(day, step, length, was)
    now = without(was, parts)
    sets: SteadySets
    if "staging" in parts:
        sets = BestSets(shape, now, step)
    elif "sequence" in parts or not hold_pumps:
        sets = SteadySets(shape, now, step)
    else:
        sets = HeldSets(shape, now, step)
        sets.running = run.running
    if hold_flow:
        goal = (shape.setpoint + now.setpoint - now.bias)[:, None]
        ratio = goal / shape.setpoint[:, None]
        lost = (shape.leak + now.leak)[:, None] * ratio ** shape.leak_exponent[:, None]
        base = np.maximum(run.flow - lost, 0.0) / np.sqrt(np.minimum(ratio, 1.2))
    if "inlet" in parts:
        world = quasi.day(day, step, length)
        mains = (world.p_main - 0.005)[shape.station]
        drawn = np.where(shape.tank[shape.station][:, None], np.maximum(drawn, mains), drawn)
    then = sets.solve(base, drawn, lead, ~shape.tank[shape.station])
    return np.asarray(then.total_power(shape).sum(axis=1) * (length / base.shape[1]) / 3600.0)
