"""When a rule is meant: the operating modes of a station and the hours of the day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_inputs import Bound, Frame
from analytics.array_logic import Array

MODES = (
    "auto", "manual", "sleep", "maintenance", "cleaning", "power_off", "commissioning",
    "decommissioned",
)  # fmt: skip
"""Operating modes of a station; the place is the number."""


def mode_bits(modes: Sequence[str]) -> int:
    """`modes` as bits of Definition.modes."""
    return sum(1 << MODES.index(mode) for mode in modes)


class Worth:
    """Holds back what isn't meant now: a true condition counts as unknown, so nothing is raised;
    a false one stays false, so what is active may clear."""

    def __init__(self, bound: Sequence[Bound]) -> None:
        modes: dict[int, list[NDArray[np.intp]]] = {}
        hours: dict[tuple[float, float], list[NDArray[np.intp]]] = {}
        for one in bound:
            rows = np.arange(one.rows.start, one.rows.stop)
            if one.definition.modes != -1:
                modes.setdefault(one.definition.modes, []).append(rows)
            if one.definition.hours is not None:
                hours.setdefault(one.definition.hours, []).append(rows)
        self._modes = {bits: np.concatenate(rows) for bits, rows in modes.items()}
        self._hours = {span: np.concatenate(rows) for span, rows in hours.items()}

    def hold_back(self, truth: Array, frame: Frame) -> None:
        """Change `truth` (int8[rows, m]) where `frame.live` tells `mode` (number of MODES) or
        `hour` (of the local day) of the subjects."""
        if (mode := frame.live.get("mode")) is not None:
            mode = mode[frame.columns].astype(np.int64)
            for bits, rows in self._modes.items():
                _hold(truth, rows, (bits >> mode) & 1 == 0)
        if (hour := frame.live.get("hour")) is not None:
            hour = hour[frame.columns]
            for (begin, end), rows in self._hours.items():
                inside = (hour >= begin) & (hour < end)
                if begin > end:
                    inside = (hour >= begin) | (hour < end)
                _hold(truth, rows, ~inside)


def _hold(truth: Array, rows: NDArray[np.intp], out: NDArray[np.bool_]) -> None:
    columns = np.flatnonzero(out)
    if len(columns) and len(rows):
        at = np.ix_(rows, columns)
        truth[at] = np.minimum(truth[at], 0)
