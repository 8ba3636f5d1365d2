"""What is in a tank hour by hour: how old the water is and what chlorine it brought. Q2, Q5 in
docs/methods.md.

The chlorine of the inlet swings by more in a day than a young tank takes away, so the outlet is
held against what its water brought when it came in, not against the inlet of the same hour.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from analytics.water_quality import SUBSTEPS, Floats


class TankWater(NamedTuple):
    """Means of each step, NaN while the volume is unknown."""

    age: Floats
    """h"""
    brought: Floats
    """mg/L that the water had at the inlet, as if nothing decayed."""


def tank_water(volumes: Floats, inflow: Floats, inlet: Floats, hours: float = 1.0) -> TankWater:
    """Q2 on measured volumes: a fully mixed tank, each step cut in SUBSTEPS.

    volumes: [n] m³, means of the steps; inflow: [n] m³/h; inlet: [n] mg/L. It starts from the
    steady age and the mean inlet of the span and forgets them within one turnover. While the inlet
    is unknown the water that enters is taken for that of the tank; an unknown volume ages it.
    """
    count, known = len(volumes), np.isfinite(volumes)
    ages, brought = np.full(count, np.nan), np.full(count, np.nan)
    enters = float(np.nanmean(inflow)) if np.isfinite(inflow).any() else 0.0
    if not known.any() or enters <= 0:
        return TankWater(ages, brought)
    ends = _ends(volumes)
    part = hours / SUBSTEPS
    age = float(np.nanmean(volumes)) / enters
    held = float(np.nanmean(inlet)) if np.isfinite(inlet).any() else float("nan")
    before = float("nan")
    flows = np.maximum(np.nan_to_num(inflow), 0.0) * part
    for i in range(count):
        if not known[i]:
            age, before = age + hours, float("nan")
            continue
        begin, end = (before if np.isfinite(before) else float(volumes[i])), float(ends[i])
        fresh = float(inlet[i]) if np.isfinite(inlet[i]) else held
        old, was = age, held
        for step in range(1, SUBSTEPS + 1):
            volume = begin + (end - begin) * step / SUBSTEPS
            new = min(float(flows[i]), max(volume, 0.0))
            age += part
            if volume > 1e-9:
                age = ((volume - new) * age + new * part / 2) / volume
                held = ((volume - new) * held + new * fresh) / volume
        ages[i], brought[i], before = (old + age) / 2, (was + held) / 2, end
    return TankWater(ages, brought)


def _ends(volumes: Floats) -> Floats:
    """Volumes at the ends of steps, halfway between the means beside each."""
    ends = volumes.astype(float)
    between = (volumes[:-1] + volumes[1:]) / 2
    ends[:-1] = np.where(np.isfinite(between), between, ends[:-1])
    return ends
