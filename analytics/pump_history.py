"""One pump over time: its loss of head by weeks, and where its duty lay. M24, M26 in
docs/methods.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from analytics.hydraulics import PumpCurve
from analytics.learnt_curves import Bins
from analytics.wear import Onset, onset, wear

Array = NDArray[np.float64]

STEP_DAYS = 5
FEWEST = 8.0
"""Windows of a step that tell anything."""


@dataclass(frozen=True)
class Past:
    """A pump's loss of head over its past: a value a step of STEP_DAYS."""

    days: Array
    """Middle of each step, days since the first."""
    loss: Array
    """Fraction, NaN where too little was seen."""
    begun: Onset


def past(
    day: Sequence[int], bins: Sequence[int], sums: Mapping[str, np.ndarray], reference: PumpCurve,
    rated_flow: float, width: int = 12,
) -> Past:  # fmt: skip
    """From rows of pump_day of one pump: day (any whole numbers), bin and sums n, h, p, q, s (and
    n1 ... where known). No rows give empty arrays."""
    at, place = np.asarray(day, np.int64), np.asarray(bins, np.int64)
    if not at.size:
        return Past(np.empty(0), np.empty(0), Onset(None, None, 0.0))
    step = (at - at.min()) // STEP_DAYS
    count = int(step.max()) + 1
    cell = step * width + np.clip(place, 0, width - 1)
    table = {
        name: np.bincount(cell, np.nan_to_num(values), count * width).reshape(count, width)
        for name, values in sums.items()
    }
    several = PumpCurve(
        *(
            np.repeat(np.asarray(getattr(reference, f.name), float), count)
            for f in fields(PumpCurve)
        )
    )
    found = wear(Bins.of_sums(table, np.full(count, rated_flow), alone=20.0), several)
    loss = np.where(found.windows > FEWEST, found.head, np.nan)
    days = np.arange(count) * STEP_DAYS + 0.5 * STEP_DAYS
    return Past(np.asarray(days, np.float64), loss, onset(days, loss))
