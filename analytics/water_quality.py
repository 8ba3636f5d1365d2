"""Water in the tank: its age, its chlorine, how long it lasts; and limits kept or not.
Q1 to Q7 in docs/methods.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from analytics.results import Figure, Reason, figure, nothing

Floats = np.ndarray
DECAY = 0.5
"""k_b at 20 °C, 1/d, while nothing has been learnt."""
DECAY_RANGE = (0.05, 10.0)
THETA = 1.10
CHLORINE_LOW = 0.05
"""mg/L at the tap: the legal lower limit."""
AGE_TARGET, AGE_LIMIT = 24.0, 48.0
"""Hours: internal target; renewal of domestic tanks by design."""
LEAST_AGE = 1.0
SUBSTEPS = 6
"""Parts of a step: blending a whole hour at once makes the water half an hour too young."""
JUMP, JUMP_DAYS, BASE_DAYS = 2.0, 3, 28


def age(volume: float, daily: float) -> Figure:
    """Q1 (E6.1). Hours of a fully mixed tank in steady use: τ = V/Q. volume: m³; daily: m³/d."""
    if not np.isfinite(volume) or not np.isfinite(daily):
        return nothing("h", "Q1", Reason.NO_DATA)
    if daily < 1.0:
        return nothing("h", "Q1", Reason.ZERO_FLOW)
    return figure(24.0 * volume / daily, "h", "Q1")


class Step(NamedTuple):
    """State after a step: m³ in the tank, mean age in hours."""

    volume: float
    age: float


def aged(
    volume: float, old: float, inflow: Floats, outflow: Floats, hours: float, age_in: float = 0.0
) -> list[Step]:
    """Q2. Mean age in a fully mixed tank, step by step: all grow older, the outflow leaves, the
    inflow of mean age `age_in` + half a step is blended in.

    volume: m³ at the start; old: its age, h; inflow, outflow: [n] m³/h; hours: of a step. A step
    with an unknown flow leaves the volume; the tank never holds less than nothing.
    """
    found = []
    for enters, leaves in zip(np.nan_to_num(inflow), np.nan_to_num(outflow), strict=True):
        old += hours
        rest = max(volume - leaves * hours, 0.0)
        new = max(enters * hours, 0.0)
        volume = rest + new
        if volume > 1e-9:
            old = (rest * old + new * (age_in + hours / 2)) / volume
        found.append(Step(volume, old))
    return found


def ages(volumes: Floats, inflow: Floats, hours: float = 1.0) -> Floats:
    """Q2 on measured volumes: [n] h at the end of each step.

    volumes: [n] m³ at the end of each step (from the level); inflow: [n] m³/h. It starts from the
    steady age of the span and forgets it within one turnover. NaN while the volume is unknown.
    """
    known = np.isfinite(volumes)
    found = np.full(len(volumes), np.nan)
    enters = np.nanmean(inflow) if np.isfinite(inflow).any() else 0.0
    if not known.any() or enters <= 0:
        return found
    old, before = float(np.nanmean(volumes)) / float(enters), float("nan")
    part = hours / SUBSTEPS
    for i in range(len(volumes)):
        if not known[i]:
            old, before = old + hours, float("nan")
            continue
        start = before if np.isfinite(before) else float(volumes[i])
        new = max(float(np.nan_to_num(inflow[i])) * part, 0.0)
        for step in range(1, SUBSTEPS + 1):
            volume = start + (float(volumes[i]) - start) * step / SUBSTEPS
            fresh = min(new, max(volume, 0.0))
            old += part
            if volume > 1e-9:
                old = ((volume - fresh) * old + fresh * part / 2) / volume
        found[i], before = old, float(volumes[i])
    return found


def at_temperature(decay: float, celsius: float) -> float:
    """Q3. k = k₂₀·θ^(T − 20), 1/d."""
    return float(decay * THETA ** (celsius - 20.0))


def mixed(chlorine: float, decay: float, hours: float) -> float:
    """Q4 (E6.2). mg/L that leaves a fully mixed tank: C_in/(1 + k τ). decay: 1/d."""
    return chlorine / (1.0 + decay * hours / 24.0)


def plug(chlorine: float, decay: float, hours: float) -> float:
    """Q4. The same if the water went through in the order in which it came: C_in·e^(−k τ)."""
    return float(chlorine * np.exp(-decay * hours / 24.0))


def longest_age(chlorine: float, decay: float, least: float) -> float:
    """Q4. Hours of age at which a mixed tank's outlet falls to `least` mg/L."""
    return 24.0 * (chlorine / least - 1.0) / decay


def learnt_decay(inlet: Floats, outlet: Floats, hours: Floats) -> float:
    """Q5. k_b of one day, 1/d: median of (C_in/C_out − 1)/τ over its samples; NaN when none counts.

    A sample counts with C_out from the legal limit on, an age of LEAST_AGE or more and C_in known.
    """
    usable = (outlet >= CHLORINE_LOW) & (hours >= LEAST_AGE) & (inlet > 0)
    if usable.sum() < 3:
        return float("nan")
    each = (inlet[usable] / outlet[usable] - 1.0) / (hours[usable] / 24.0)
    return float(np.clip(np.median(each), 0.0, DECAY_RANGE[1]))


def tank_decay(days: Floats) -> Figure:
    """Q5. k_b of a tank: median of its days, 1/d, between their quartiles; the default where fewer
    than three days are known. days: [n] of learnt_decay."""
    known = days[np.isfinite(days)]
    if len(known) < 3:
        return figure(DECAY, "1/d", "Q5", (Reason.DEFAULT_PARAMETER,))
    low, middle, high = np.quantile(known, (0.25, 0.5, 0.75))
    return figure(
        float(middle),
        "1/d",
        "Q5",
        coverage=len(known) / len(days),
        low=float(low),
        high=float(high),
    )


def jumped(days: Floats) -> int | None:
    """Q6. First of JUMP_DAYS days in a row whose k_b is JUMP times the median of the BASE_DAYS
    before them: a hint at sediment or contamination while chlorine is still legal. None = never.

    days: [n] of learnt_decay, oldest first; unknown days neither count nor break a run.
    """
    known = [(i, float(days[i])) for i in range(len(days)) if np.isfinite(days[i])]
    for at in range(7, len(known) - JUMP_DAYS + 1):
        base = np.median([value for _, value in known[max(0, at - BASE_DAYS) : at]])
        run = known[at : at + JUMP_DAYS]
        if base >= DECAY_RANGE[0] and all(value >= JUMP * base for _, value in run):
            return run[0][0]
    return None


def time_to_limit(chlorine: float | None, decay: float, least: float = CHLORINE_LOW) -> Figure:
    """Q7. Hours until the chlorine at standstill falls to `least`: ln(C/least)/k_b; 0 when it is
    there already."""
    if chlorine is None or not np.isfinite(chlorine):
        return nothing("h", "Q7", Reason.NO_DATA)
    if decay <= 0:
        return nothing("h", "Q7", Reason.NOT_IDENTIFIABLE)
    if chlorine <= least:
        return figure(0.0, "h", "Q7")
    return figure(24.0 * float(np.log(chlorine / least)) / decay, "h", "Q7")


@dataclass(frozen=True)
class Kept:
    """Compliance apart from availability: a broken analyser never improves compliance.

    compliance: % of known time within limits; availability: % of the time that a reading was
    known; outside: minutes known and out of limits.
    """

    compliance: Figure
    availability: Figure
    outside: Figure


def kept(known_s: float | None, ok_s: float | None, expected_s: float | None) -> Kept:
    """Q8. From sums of seconds: known (F.chlorine_s), within limits (F.chlorine_ok_s), expected.

    Under a minute known there is no compliance, whatever was expected.
    """
    share = known_s / expected_s if known_s is not None and expected_s else 0.0
    available = figure(100.0 * min(share, 1.0), "%", "Q8") if expected_s else nothing("%", "Q8")
    if known_s is None or ok_s is None or known_s < 60.0:
        return Kept(nothing("%", "Q8", Reason.NO_DATA), available, nothing("min", "Q8"))
    share = min(share, 1.0) if expected_s else 1.0
    return Kept(
        figure(100.0 * ok_s / known_s, "%", "Q8", coverage=share),
        available,
        figure(max(known_s - ok_s, 0.0) / 60.0, "min", "Q8", coverage=share),
    )


def outside(value: float, low: float | None, high: float | None, below: bool = False) -> bool:
    """Whether a value breaks its limits. below: the laboratory says 'less than value', which
    breaks no upper limit, and a lower one only when even `value` is under it."""
    if low is not None and value < low:
        return True
    if below:
        return low is not None and value <= low
    return high is not None and value > high


def frozen(values: Floats, other: Floats, steps: int) -> Floats:
    """[n] whether a reading has stood still for `steps` steps while `other` (temperature) moved."""
    marked = np.zeros(len(values), bool)
    start = 0
    for i in range(1, len(values) + 1):
        if i < len(values) and values[i] == values[start]:
            continue
        if i - start >= steps and np.ptp(other[start:i]) > 0:
            marked[start:i] = True
        start = i
    return marked


FROZEN_STEPS = 8
"""Steps of 15 min that a reading may stand still: two hours."""


def stood_still(
    station: np.ndarray, low: Floats, high: Floats, other: Floats, steps: int = FROZEN_STEPS
) -> np.ndarray:
    """[n] `frozen` for the rows of many stations: low and high are one and the same value for
    `steps` rows of a station in a row, while `other` (temperature) moved within them.

    station: [n], rows of one beside each other in time's order; low, high: least and greatest
    reading of each row; NaN = unknown, which is never frozen.
    """
    if not len(station):
        return np.zeros(0, bool)
    still = low == high
    begins = np.ones(len(station), bool)
    begins[1:] = (station[1:] != station[:-1]) | (low[1:] != low[:-1]) | ~still[1:] | ~still[:-1]
    starts = np.flatnonzero(begins)
    length = np.diff(np.append(starts, len(station)))
    known = np.isfinite(other)
    most = np.maximum.reduceat(np.where(known, other, -np.inf), starts)
    least = np.minimum.reduceat(np.where(known, other, np.inf), starts)
    marked = still[starts] & (length >= steps) & (most > least)
    return np.repeat(marked, length)


def reserves(chlorine: Sequence[float | None], least: float = CHLORINE_LOW) -> list[float | None]:
    """Distance of each reading from the lower limit, mg/L; negative when broken."""
    return [None if c is None else c - least for c in chlorine]
