"""What points usually are at this time of day: learnt percentiles as arrays of the engine.

A day has SLOTS quarters and a type (0 working day, 1 Saturday, Sunday or holiday). Nothing is known
until `learn` was told; what nobody knows is unknown, so that a rule about it stays quiet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_inputs import Bound, Frame
from analytics.array_logic import Array

SLOTS = 96
DAY_TYPES = 2
Learnt = Mapping[tuple[str, float], NDArray[np.float64]]
"""(point code, percent) -> float[DAY_TYPES * SLOTS, subjects], NaN where not known."""


class Usuals:
    """All `usual()` parts of an engine's rules."""

    def __init__(self, bound: Sequence[Bound], subjects: int) -> None:
        self._subjects = subjects
        self._parts = {
            (one.definition.id, part.key): [
                (place.fill(part.code), part.percent) for place in one.places
            ]
            for one in bound
            for expression in one.definition.expressions
            for part in expression.usuals
        }
        self._tables: dict[tuple[str, str], Array | None] = dict.fromkeys(self._parts)

    @property
    def wanted(self) -> frozenset[tuple[str, float]]:
        """(point code, percent) that somebody has to learn."""
        return frozenset(one for places in self._parts.values() for one in places)

    def learn(self, learnt: Learnt) -> None:
        """Take new percentiles; what `learnt` lacks is unknown from now on."""
        nothing = np.full((DAY_TYPES * SLOTS, self._subjects), np.nan)
        for key, places in self._parts.items():
            self._tables[key] = (
                np.stack([learnt.get(place, nothing) for place in places])
                if any(place in learnt for place in places)
                else None
            )

    def step(self, frame: Frame) -> None:
        """Put what is usual now into `frame.recalls`: `frame.live['slot']` (day type * SLOTS +
        quarter of the local day, a number a subject) tells the time."""
        slot = frame.live.get("slot")
        for key, table in self._tables.items():
            shape = (len(self._parts[key]), len(frame.columns))
            if table is None or slot is None:
                frame.recalls[key] = np.full(shape, np.nan)
            else:
                at = slot[frame.columns].astype(np.intp)
                frame.recalls[key] = table[:, at, frame.columns]
