"""Timers of alarm cells: a cell is one rule at one place of one station.

Where a cell isn't active its timer runs while the condition is true, and at `on_ms` the alarm is
raised; where it is active the timer runs while the clear condition is true, and at `off_ms` it is
cleared. A false sample stops the timer. A value holds until the next sample, so the time after a
sample that is unknown, or after one that none followed for `hold_ms`, isn't counted. When more than
twice the delay (at least FREEZE_MS) went uncounted at a stretch, the timer is dropped: the cell is
suspended and raises nothing; what was active stays active. (docs/alarms.md)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.array_logic import Array

FREEZE_MS = 60_000
ACTIVE, TIMING, UNKNOWN, WORSENING, WORSE = 1, 2, 4, 8, 16
_ABSENT, _UNSURE, _REST, _BUSY = np.int8(0), np.int8(1), np.int8(2), np.int8(3)
"""Which truths of a cell have to be looked at: those for which `_HEED & (truth + 2)` isn't 0. None
where there is no such cell; all but unknown; all but false; all."""
_KEPT = {
    "bits": np.uint8,
    "since": np.int64,
    "raw": np.int64,
    "frozen": np.int64,
    "worse_since": np.int64,
    "peak": np.float64,
}


@dataclass(frozen=True)
class Outcome:
    """What a sample did to some cells: bool arrays of one item a cell."""

    raised: Array
    cleared: Array
    worsened: Array
    worse: Array
    """The alarm is, or was, of its worse level."""
    raw: Array
    """int64: ms when the condition of the (pending) alarm was first true."""


class Cells:
    """Timers of `names` (rule and place, one a row) x `subjects` (ids, one a column)."""

    def __init__(
        self,
        names: Sequence[str],
        subjects: NDArray[np.int64],
        exists: NDArray[np.bool_],
        delays: NDArray[np.int64],
        hold_ms: int,
    ) -> None:
        """`delays` are on, off and worse, ms: int64[3, rows]; `exists` is bool[rows, columns]."""
        self._names, self._subjects = list(names), subjects
        self._on, self._off, self._worse = delays
        self._hold, self._n = hold_ms, len(subjects)
        self._rest = np.where(exists, _REST, _ABSENT)
        self._heed = self._rest.copy()
        self._kept = {name: np.zeros(exists.size, dtype=kind) for name, kind in _KEPT.items()}

    def busy(self, truth: Array, columns: Array) -> tuple[Array, Array, Array]:
        """Row and position in `columns` of the cells that have to be looked at by their `truth`
        (int8[rows, columns]), sorted by row, and their truth: false where there is no such cell
        (any more: its alarm clears)."""
        every = len(columns) == self._n
        heed = (truth + np.int8(2)) & (self._heed if every else self._heed.take(columns, 1))
        found = np.flatnonzero(heed != 0)
        row, position = found // len(columns), found % len(columns)
        absent = self._rest[row, columns[position]] == _ABSENT
        return row, position, np.where(absent, np.int8(-1), truth[row, position])

    def cell(self, row: Array, column: Array) -> Array:
        """Number of a cell."""
        return row * self._n + column

    def active(self, cell: Array) -> Array:
        active: Array = (self._kept["bits"][cell] & ACTIVE) != 0
        return active

    def age(self, cell: Array, now: Array) -> Array:
        """Seconds since the condition was first true; 0 where no alarm is pending or active."""
        pending = (self._kept["bits"][cell] & (ACTIVE | TIMING)) != 0
        return np.where(pending, (now - self._kept["raw"][cell]) / 1000, 0.0)

    def advance(
        self, cell: Array, row: Array, now: Array, passed: Array, want: Array, worse: Array
    ) -> Outcome:
        """One sample of some cells, `passed` ms after their last one. `want` is the truth of what
        the timer waits for, `worse` that of the worse condition (int8)."""
        old = {name: array[cell] for name, array in self._kept.items()}
        active, unknown = (old["bits"] & ACTIVE) != 0, (old["bits"] & UNKNOWN) != 0
        lost = np.where(unknown | (passed > self._hold), passed, 0)
        frozen = old["frozen"] + lost
        delay = np.where(active, self._off[row], self._on[row])
        timing, since, begun = _timer(want, old, TIMING, "since", lost, frozen, delay, now)
        fire = timing & (want == 1) & (now - since >= delay)
        raw = np.where(begun & ~active, now, old["raw"])

        delay = self._worse[row]
        lost = np.where(worse == 0, passed, lost)
        worsening, worse_since, _ = _timer(
            worse, old, WORSENING, "worse_since", lost, frozen, delay, now
        )
        was_worse = (old["bits"] & WORSE) != 0
        is_worse = was_worse | (worsening & (worse == 1) & (now - worse_since >= delay))

        after, timing = active ^ fire, timing & ~fire
        live = after | timing
        kept = self._kept
        kept["bits"][cell] = (
            after * ACTIVE
            + timing * TIMING
            + (want == 0) * UNKNOWN
            + (worsening & live) * WORSENING
            + (is_worse & after) * WORSE
        )
        kept["since"][cell], kept["raw"][cell], kept["worse_since"][cell] = since, raw, worse_since
        kept["frozen"][cell] = np.where(want == 0, frozen, 0)
        rest = self._rest.reshape(-1)[cell]
        self._heed.reshape(-1)[cell] = np.where(live, _BUSY, np.where(want == 0, _UNSURE, rest))
        worsened = after & active & is_worse & ~was_worse
        return Outcome(fire & ~active, fire & active, worsened, is_worse, raw)

    def peak(self, cell: Array) -> Array:
        return self._kept["peak"][cell]

    def set_peak(self, cell: Array, value: Array) -> None:
        self._kept["peak"][cell] = value

    def align(self, active: Mapping[tuple[str, int], tuple[int, bool, float]]) -> None:
        """Make exactly these cells active: (name, subject id) -> (first crossing ms, whether it is
        worse, peak). Timers of cells that were active already go on."""
        rows = {name: row for row, name in enumerate(self._names)}
        where = {int(subject): at for at, subject in enumerate(self._subjects)}
        wanted = {
            rows[name] * self._n + where[subject]: state
            for (name, subject), state in active.items()
            if name in rows and subject in where
        }
        bits, heed = self._kept["bits"], self._heed.reshape(-1)
        for cell in np.flatnonzero(bits & ACTIVE).tolist():
            if cell not in wanted:
                bits[cell], heed[cell] = 0, self._rest.flat[cell]
        for cell, (raw, worse, peak) in wanted.items():
            if not bits[cell] & ACTIVE:
                bits[cell], heed[cell] = ACTIVE, _BUSY
                self._kept["raw"][cell], self._kept["peak"][cell] = raw, peak
            bits[cell] = (int(bits[cell]) & ~WORSE) | (WORSE if worse else 0)

    def rewind(self, now_ms: int) -> None:
        """Nothing began later than `now_ms`."""
        for name in ("since", "raw", "worse_since"):
            np.minimum(self._kept[name], now_ms, out=self._kept[name])

    def clear(self, subjects: NDArray[np.bool_]) -> None:
        """Forget all of these subjects."""
        for array in self._kept.values():
            array.reshape(-1, self._n)[:, subjects] = 0
        self._heed[:, subjects] = self._rest[:, subjects]

    def state(self) -> dict[str, Array]:
        """The cells that aren't quiet, as arrays that name rows and subjects."""
        cell = np.flatnonzero(self._heed != self._rest)
        names = np.array([*self._names, ""])
        return {
            "cell_name": names[cell // self._n],
            "cell_subject": self._subjects[cell % self._n],
            **{f"cell_{name}": array[cell] for name, array in self._kept.items()},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from `state()`. What has no row or subject here any more is left out."""
        rows = {name: row for row, name in enumerate(self._names)}
        where = {int(subject): at for at, subject in enumerate(self._subjects)}
        row = np.array([rows.get(str(name), -1) for name in state["cell_name"]], dtype=np.intp)
        at = np.array([where.get(int(s), -1) for s in state["cell_subject"]], dtype=np.intp)
        kept = (row >= 0) & (at >= 0)
        cell = row[kept] * self._n + at[kept]
        for name, array in self._kept.items():
            array[cell] = state[f"cell_{name}"][kept]
        live = (self._kept["bits"][cell] & (ACTIVE | TIMING)) != 0
        self._heed.reshape(-1)[cell] = np.where(live, _BUSY, _UNSURE)


def _timer(
    truth: Array,
    old: Mapping[str, Array],
    bit: int,
    start: str,
    lost: Array,
    frozen: Array,
    delay: Array,
    now: Array,
) -> tuple[Array, Array, Array]:
    """Whether a timer runs after a sample, since when, and whether it has just begun: true starts
    it, false stops it, unknown leaves it. Lost time moves its start; too much drops it."""
    running = ((old["bits"] & bit) != 0) & (frozen <= np.maximum(2 * delay, FREEZE_MS))
    begun = (truth == 1) & ~running
    since = np.where(begun, now, old[start] + lost)
    return (running | begun) & (truth != -1), since, begun
