"""Rolling windows of alarm conditions (alarm_rings), all those of an engine.

mean, std (of the population), lowest, highest, span (highest less lowest): of the samples. rate:
newest less oldest sample, brought to the whole length. gain: sum of the rises of a counter; a fall,
as of a meter that was reset, is none. jitter: what is new from sample to sample, their root mean
square over √2, i.e. the σ of white noise (von Neumann 1941). missing: share of the samples that
were unknown; here none is left out. (docs/alarms.md)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_inputs import Bound, Frame
from analytics.alarm_rings import Ring
from analytics.alarm_sites import Look, Sites
from analytics.array_logic import Array


class Windows:
    """All windows of all rules of an engine."""

    def __init__(self, bound: Sequence[Bound], subjects: NDArray[np.int64]) -> None:
        self._subjects = subjects
        sites: dict[bytes, Sites] = {}
        self._rings = {
            (one.definition.id, window.key): Ring(
                one, window, sites.setdefault(one.exists.tobytes(), Sites(one.exists))
            )
            for one in bound
            for expression in one.definition.expressions
            for window in expression.windows
        }
        rings, n = list(self._rings.values()), len(subjects)
        ends = np.cumsum([0, *(len(ring.bound.places) for ring in rings)]).tolist()
        self._lines = [slice(*pair) for pair in pairwise(ends)]
        # one array for all, of which each ring has its lines: taken and asked at once
        self._said, self._taken = (
            np.full((ends[-1], n), np.nan),
            np.empty((len(rings), n), np.int64),
        )
        for at, (ring, lines) in enumerate(zip(rings, self._lines, strict=True)):
            self._taken[at] = ring.taken
            ring.said, ring.taken = self._said[lines], self._taken[at]
        self._thin = np.array([ring.thin for ring in rings], dtype=np.int64)[:, None]

    def step(self, frame: Frame) -> None:
        """Take this sample in and put what each window says into `frame.recalls`."""
        passed = frame.ms - self._taken.take(frame.columns, 1)
        due = (passed >= self._thin) | (passed < 0)
        rings, looks = list(self._rings.values()), dict[bytes, Look]()
        for at in np.flatnonzero(due.any(axis=1)).tolist():
            key = due[at].tobytes()
            if key not in looks:
                looks[key] = Look(frame, due[at])
            rings[at].take(looks[key])
        said = self._said.take(frame.columns, 1)
        for name, lines in zip(self._rings, self._lines, strict=True):
            frame.recalls[name] = said[lines]

    def state(self) -> dict[str, Array]:
        """Arrays by name; window_name tells whose window_<number>_... they are."""
        found: dict[str, Array] = {"window_name": np.array(["", *self._names()])}
        for at, ring in enumerate(self._rings.values()):
            for name, array in ring.state(self._subjects).items():
                found[f"window_{at}_{name}"] = array
        return found

    def _names(self) -> list[str]:
        return [f"{rule}|{key}|{ring.size}" for (rule, key), ring in self._rings.items()]

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from `state()`; a state from before there were windows has none."""
        known = {str(n): at - 1 for at, n in enumerate(state.get("window_name", ()))}
        for name, ring in zip(self._names(), self._rings.values(), strict=True):
            if name in known:
                head = f"window_{known[name]}_"
                ring.restore(
                    {k.removeprefix(head): v for k, v in state.items() if k.startswith(head)},
                    self._subjects,
                )
