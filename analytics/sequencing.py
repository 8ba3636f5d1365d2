"""How many pumps, and how fast: the cheapest way to a flow against a head. M23 in docs/methods.md.

Units as in analytics.hydraulics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from analytics.hydraulics import (
    RATED_HZ,
    PumpCurve,
    drive_efficiency,
    hydraulic_power,
    motor_efficiency,
)

Array = NDArray[np.float64]

FASTEST = 1.0
FARTHEST = 1.25
"""Flow over speed of a pump, over its best flow, at most."""
BISECTIONS = 60
WORST_EFFICIENCY = 0.06
"""Far from its best flow a pump gets no worse than this in a sum of energy."""


@dataclass(frozen=True)
class Option:
    """One way to deliver a flow: `pumps` alike, at `hertz`; kW of all of them."""

    pumps: int
    hertz: float
    each: float
    ratio: float
    """Flow over speed, over the best flow."""
    efficiency: float
    motor: float
    drive: float
    shaft: float
    """kW a pump."""
    power: float
    """kW of all pumps at the drives' inlets; NaN when not possible."""
    trouble: str = ""
    """'' or why it isn't possible: speed, flow, overload."""


def options(curve: PumpCurve, most: int, flow: float, head: float) -> list[Option]:
    """All ways with 1 to `most` like pumps (E3.13, E3.8)."""
    return [_option(curve, n, flow, head) for n in range(1, most + 1)]


def best(found: list[Option]) -> Option | None:
    """The way that takes least power; None when none is possible."""
    usable = [option for option in found if not option.trouble]
    return min(usable, key=lambda option: option.power, default=None)


def _option(curve: PumpCurve, n: int, flow: float, head: float) -> Option:
    each = flow / n
    s = float(curve.speed(each, head))
    ratio = each / s / float(curve.best_flow)
    efficiency = float(curve.efficiency(each, s))
    shaft = float(hydraulic_power(each, head)) / efficiency
    motor = float(motor_efficiency(shaft / float(curve.rated_power)))
    drive = float(drive_efficiency(s))
    trouble = ""
    if s > FASTEST:
        trouble = "speed"
    elif shaft > float(curve.rated_power):
        trouble = "overload"
    elif ratio > FARTHEST:
        trouble = "flow"
    power = n * shaft / (motor * drive)
    return Option(n, RATED_HZ * s, each, ratio, efficiency, motor, drive, shaft, power, trouble)


def set_power(
    curve: PumpCurve, pumps: ArrayLike, flow: ArrayLike, head: ArrayLike
) -> tuple[Array, NDArray[np.bool_]]:
    """(kW of all pumps, possible) of `pumps` like pumps that share `flow` against `head`.

    Everything broadcasts. Where it isn't possible the power still has a value (at the speed that
    would be needed), so that a measured duty beyond the limits can be compared.
    """
    n = np.asarray(pumps, float)
    each = np.asarray(flow, float) / n
    s = curve.speed(each, head)
    with np.errstate(invalid="ignore", divide="ignore"):
        efficiency = np.maximum(curve.efficiency(each, s), WORST_EFFICIENCY)
        shaft = hydraulic_power(each, head) / efficiency
        possible = (s <= FASTEST) & (each / s <= FARTHEST * curve.best_flow)
        possible &= shaft <= curve.rated_power
        electric = shaft / (motor_efficiency(shaft / curve.rated_power) * drive_efficiency(s))
    return np.asarray(n * electric), np.asarray(possible)


def best_power(
    curve: PumpCurve, most: ArrayLike, flow: ArrayLike, head: ArrayLike, widest: int
) -> tuple[Array, Array]:
    """(kW, pumps) of the cheapest number of like pumps, 1 to `most`; NaN where none is possible.

    flow, head broadcast to [...]; widest: the largest of `most`.
    """
    q, h = np.broadcast_arrays(np.asarray(flow, float), np.asarray(head, float))
    least = np.full(q.shape, np.inf)
    number = np.full(q.shape, np.nan)
    for n in range(1, widest + 1):
        power, possible = set_power(curve, n, q, h)
        better = possible & (n <= np.asarray(most)) & (power < least)
        least = np.where(better, power, least)
        number = np.where(better, float(n), number)
    return np.where(np.isfinite(least), least, np.nan), number


def switch_flow(curve: PumpCurve, n: int, static: float, k: float = 0.0) -> float | None:
    """Flow at which n and n + 1 pumps take the same power into H = static + k Q², m³/h; None when
    they never do."""

    def dearer(flow: float) -> float:
        head = static + k * flow * flow
        return float(set_power(curve, n, flow, head)[0] - set_power(curve, n + 1, flow, head)[0])

    best_flow = float(curve.best_flow)
    flows = np.linspace(0.3 * n * best_flow, 2.0 * n * best_flow, 60)
    signs = np.sign([dearer(float(flow)) for flow in flows])
    turns = np.flatnonzero(np.diff(signs) > 0)
    if not turns.size:
        return None
    at = int(turns[0])
    return float(brentq(dearer, float(flows[at]), float(flows[at + 1])))


def rule_of_thumb(n: int) -> float:
    """Flow over best flow at which n + 1 pumps become as good as n: 2(n+1)/(2n+1)."""
    return 2.0 * (n + 1) / (2.0 * n + 1.0)


def unequal(
    shutoff: ArrayLike, c: ArrayLike, speed: ArrayLike, static: float, k: float = 0.0
) -> tuple[float, Array]:
    """(head, flow of each) of unlike pumps or speeds into H = static + k Q², by bisection on H.

    A pump with s² H0 <= H gives 0: it is dead-headed. All 0 when none reaches `static`.
    """
    push = np.asarray(speed, float) ** 2 * np.asarray(shutoff, float)
    loss = np.asarray(c, float)

    def each(head: float) -> Array:
        return np.asarray(np.sqrt(np.maximum(push - head, 0.0) / loss))

    low, high = static, float(push.max(initial=static))
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        if middle < static + k * float(each(middle).sum()) ** 2:
            low = middle
        else:
            high = middle
    head = 0.5 * (low + high)
    return head, each(head)
