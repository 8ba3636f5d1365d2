"""What would make a rule quieter: a delay from its false alarms, a deadband from the noise.

The 95th percentile of how long the false alarms were active, at most 300 s more; a deadband of
three standard deviations of the noise. A person decides; the replay tells what it would have cost.
(M97 in docs/methods.md)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 5
"""False alarms that a proposal needs."""
MOST_S = 300.0
RANGE_30 = 4.086
"""Mean range of 30 normal values over their σ: the samples of a minute at 2 s (Tippett 1925)."""
SIGMAS = 3.0


@dataclass(frozen=True)
class Proposal:
    """Another value for a field or parameter, and what it stands on: `count` false alarms, or the
    noise `sigma`."""

    name: str
    now: float
    value: float
    count: int = 0
    sigma: float = 0.0


def delay(seconds: Sequence[float], on_s: float, off_s: float) -> Proposal | None:
    """seconds: how long each false alarm was active. An alarm clears `off_s` after its condition;
    the condition lasted as long as it was active and `on_s` before, less `off_s`."""
    if len(seconds) < LEAST:
        return None
    lasted = max(float(np.percentile(seconds, 95)) - off_s, 0.0)
    value = on_s + min(np.ceil(lasted / 5.0) * 5.0, MOST_S)
    return Proposal("on_s", on_s, float(value), count=len(seconds)) if value > on_s else None


def noise(ranges: NDArray[np.float64]) -> float:
    """σ of the noise from highest less lowest of many minutes; NaN without any. Their median, so
    that minutes in which something moved don't matter."""
    known = ranges[~np.isnan(ranges)]
    return float(np.median(known)) / RANGE_30 if len(known) else float("nan")


def deadband(name: str, limit: float, clear: float, sigma: float) -> Proposal | None:
    """Another value for the parameter `name` at which it clears, so that it lies three σ from the
    limit; None where it does."""
    if not sigma > 0 or abs(limit - clear) >= SIGMAS * sigma or limit == clear:
        return None
    value = limit + np.sign(clear - limit) * SIGMAS * sigma
    return Proposal(name, clear, round(float(value), 4), sigma=sigma)
