"""Rolling windows of alarm conditions (alarm_rings), all those of an engine.

mean, std (of the population), lowest, highest, span (highest less lowest): of the samples. rate:
newest less oldest sample, brought to the whole length. gain: sum of the rises of a counter; a fall,
as of a meter that was reset, is none. jitter: what is new from sample to sample, their root mean
square over √2, i.e. the σ of white noise (von Neumann 1941). missing: share of the samples that
were unknown; here none is left out. (docs/alarms.md)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_inputs import Bound, Frame
from analytics.alarm_rings import Ring
from analytics.alarm_sites import Look, Sites
from analytics.array_logic import Array
from analytics.expression_parts import Window


class Windows:
    """All windows of all rules of an engine."""

    def __init__(self, bound: Sequence[Bound], subjects: NDArray[np.int64]) -> None:
        self._subjects, n = subjects, len(subjects)
        alike: dict[tuple[str, float], list[tuple[Bound, Window]]] = {}
        for one in bound:
            for window in {
                w.key: w for e in one.definition.expressions for w in e.windows
            }.values():
                alike.setdefault((window.verb, window.seconds), []).append((one, window))
        sites: dict[bytes, Sites] = {}
        self._rings: list[Ring] = []
        self._members: dict[tuple[str, str], tuple[Ring, int]] = {}
        """Whose ring a window of a rule has, and its number there."""
        self._lines: dict[tuple[str, str], slice] = {}
        """What each says, among what all say."""
        total = 0
        for members in alike.values():
            exists = np.concatenate([one.exists for one, _ in members])
            ring = Ring(members, sites.setdefault(exists.tobytes(), Sites(exists)))
            self._rings.append(ring)
            for at, ((one, window), part) in enumerate(zip(members, ring.parts, strict=True)):
                name = one.definition.id, window.key
                self._members[name] = ring, at
                self._lines[name] = slice(total + part.start, total + part.stop)
            total += len(ring.said)
        # one array for all, of which each ring has its lines: taken and asked at once
        self._said = np.full((total, n), np.nan)
        self._taken = np.empty((len(self._rings), n), np.int64)
        total = 0
        for at, ring in enumerate(self._rings):
            self._taken[at] = ring.taken
            ring.said, ring.taken = self._said[total : total + len(ring.said)], self._taken[at]
            total += len(ring.said)
        self._thin = np.array([ring.thin for ring in self._rings], dtype=np.int64)[:, None]

    def step(self, frame: Frame) -> None:
        """Take this sample in and put what each window says into `frame.recalls`."""
        passed = frame.ms - self._taken.take(frame.columns, 1)
        due = (passed >= self._thin) | (passed < 0)
        looks = dict[bytes, Look]()
        for at in np.flatnonzero(due.any(axis=1)).tolist():
            key = due[at].tobytes()
            if key not in looks:
                looks[key] = Look(frame, due[at])
            self._rings[at].take(looks[key])
        said = self._said.take(frame.columns, 1)
        for name, lines in self._lines.items():
            frame.recalls[name] = said[lines]

    def state(self) -> dict[str, Array]:
        """Arrays by name; window_name tells whose window_<number>_... they are."""
        found: dict[str, Array] = {"window_name": np.array(["", *self._names()])}
        for number, (ring, at) in enumerate(self._members.values()):
            for name, array in ring.state(self._subjects, at).items():
                found[f"window_{number}_{name}"] = array
        return found

    def _names(self) -> list[str]:
        return [f"{rule}|{key}|{ring.size}" for (rule, key), (ring, _) in self._members.items()]

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from `state()`; a state from before there were windows has none."""
        known = {str(n): at - 1 for at, n in enumerate(state.get("window_name", ()))}
        for name, (ring, at) in zip(self._names(), self._members.values(), strict=True):
            if name in known:
                head = f"window_{known[name]}_"
                ring.restore(
                    {k.removeprefix(head): v for k, v in state.items() if k.startswith(head)},
                    self._subjects, at,
                )  # fmt: skip
        for ring in self._rings:
            ring.settle_all()
