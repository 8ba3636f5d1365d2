"""What one pump did in a period: hours, starts, energy, from its counters and its power."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

GAP = 2.5
"""Readings further apart than this many usual steps have a gap between them, which counts as
unknown."""


@dataclass(frozen=True)
class PumpUse:
    """None where nothing is known."""

    hours: float | None
    starts: float | None
    energy: float | None
    """kWh"""
    coverage: float
    """Share of the period in which its power is known, 0 to 1."""

    @property
    def starts_an_hour(self) -> float | None:
        """Starts for each hour that it ran; None when it did not run."""
        if self.starts is None or not self.hours:
            return None
        return self.starts / self.hours


def pump_use(
    seconds: np.ndarray, hours: np.ndarray, starts: np.ndarray, power: np.ndarray, length: float
) -> PumpUse:
    """seconds[n]: times of the readings, growing; hours[n], starts[n]: counters; power[n]: kW,
    mean from a time to the next; NaN where unknown. length: s of the period.

    A counter that falls was exchanged: its fall counts for nothing.
    """
    steps = np.diff(seconds)
    usual = float(np.median(steps)) if steps.size else 0.0
    lasts = np.append(np.minimum(steps, usual), usual) if seconds.size else np.empty(0)
    lasts[:-1] = np.where(steps <= GAP * usual, steps, lasts[:-1])
    known = np.isfinite(power)
    energy = float((power[known] * lasts[known]).sum()) / 3600.0 if known.any() else None
    heard = float(lasts[known].sum()) / length if length > 0 else 0.0
    return PumpUse(_grown(hours), _grown(starts), energy, min(1.0, heard))


def _grown(counter: np.ndarray) -> float | None:
    """How much a counter grew over its known readings; None with fewer than two."""
    known = counter[np.isfinite(counter)]
    if known.size < 2:
        return None
    return float(np.maximum(np.diff(known), 0.0).sum())
