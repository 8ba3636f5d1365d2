"""Where pumps ran, from the bins of pump_day, and how much energy a lift needs. C6 in
docs/methods.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

G = 9.80665
PREFERRED = (0.7, 1.2)
"""Of the best flow: the preferred operating region."""


class Cloud(NamedTuple):
    """One point a day and bin: flow (m³/h) and head (m) of one pump at the speed it had, and the
    number of windows that it stands for."""

    flow: np.ndarray
    head: np.ndarray
    windows: np.ndarray


def cloud(sums: Mapping[str, np.ndarray]) -> Cloud:
    """Points of the sums n, q, s and h of pump_day: q is the sum of Q/s, h of H/s².

    Q = (Σq/n)(Σs/n), H = (Σh/n)(Σs/n)²: the bin's mean duty brought back to its mean speed.
    """
    n = np.asarray(sums["n"], float)
    good = n > 0
    n = n[good]
    q, s, h = (np.asarray(sums[name], float)[good] / n for name in ("q", "s", "h"))
    return Cloud(q * s, h * s**2, n)


def median_duty(points: Cloud) -> tuple[float, float] | None:
    """Flow and head in the middle of the windows, each counted by its weight; None of none."""
    if not len(points.windows):
        return None
    return _weighted_median(points.flow, points.windows), _weighted_median(
        points.head, points.windows
    )


def preferred_share(sums: Mapping[str, np.ndarray], best_flow: float) -> float | None:
    """Share of the windows, in %, whose flow over speed lies within PREFERRED of the best flow, by
    the mean of each bin; None without windows."""
    n = np.asarray(sums["n"], float)
    total = float(n.sum())
    if total <= 0 or best_flow <= 0:
        return None
    x = np.asarray(sums["q"], float) / np.maximum(n, 1e-9) / best_flow
    return 100.0 * float(n[(x >= PREFERRED[0]) & (x <= PREFERRED[1])].sum()) / total


def specific_energy(head: np.ndarray | float, efficiency: float) -> np.ndarray:
    """kWh/m³ that a lift of `head` m takes at a wire-to-water efficiency (0 to 1), from E2.3."""
    return np.asarray(head, float) * G / 3600.0 / efficiency


def saving_per_year(
    energy: np.ndarray, head_volume: np.ndarray, days: int, efficiency: float
) -> np.ndarray:
    """kWh a year that would be saved at `efficiency`, from kWh and m³·MPa of `days` days; never
    negative, NaN where either is unknown. 1 m³·MPa is 1/3.6 kWh of water."""
    spared = np.asarray(energy, float) - np.asarray(head_volume, float) / 3.6 / efficiency
    return np.asarray(np.maximum(0.0, spared) * 365.0 / max(days, 1), float)


def _weighted_median(values: np.ndarray, weights: np.ndarray) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])
