"""Rules over blocks of stored samples: the engine looks only where something can happen.

A condition is evaluated for all stations and times of a block at once. Only the samples around a
change of some condition go through the engine's timers, one of each station a step; a stretch in
which nothing changes and no delay runs leaves every cell as it is. Rules that remember (windows,
since(), usual(), age) are stepped through sample by sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_engine import Engine, Transition
from analytics.alarm_inputs import Bound, Frame, PlaceInputs
from analytics.alarm_worth import Worth
from analytics.array_logic import Array
from analytics.expressions import Expression

TOGETHER = 8
"""Moments that are read together."""


@dataclass(frozen=True)
class Block:
    """Samples of n stations at m times."""

    rows: Mapping[str, int]
    """Point code -> its row of `values`."""
    values: Array
    """float64[k + 1, n, m] in the points' units, NaN = unknown; the last row is all unknown."""
    ms: NDArray[np.int64]
    """[n, m] UTC, when each sample was known."""
    stations: NDArray[np.intp]
    """[n] columns of the engine."""
    here: NDArray[np.bool_]
    """[n, m] whether there is such a sample."""
    live: Mapping[str, Array]
    """What changes beside points (mode, hour, slot, silence): [n, m]."""

    def of(self, some: NDArray[np.bool_]) -> Block:
        """The block of some of its stations."""
        live = {name: values[some] for name, values in self.live.items()}
        return replace(
            self, values=self.values[:, some], ms=self.ms[some], stations=self.stations[some],
            here=self.here[some], live=live,
        )  # fmt: skip


class Screen:
    """One engine over the blocks of a time, one after the other."""

    def __init__(self, engine: Engine, step_ms: int, every: bool = False) -> None:
        """`every`: the engine's clock is the platform's, it looks also where no sample is."""
        self.engine, self.every = engine, every
        self.remembers = any(_remembers(bound) for bound in engine.bound)
        delays = [max(b.definition.on_ms, b.definition.off_ms, b.definition.worse_ms)
                  for b in engine.bound]  # fmt: skip
        self._after = max(delays, default=0) // step_ms + 2
        self._worth = Worth(engine.bound)
        self._n = len(engine.last)

    def candidates(self, block: Block) -> NDArray[np.bool_]:
        """[n] stations that have to be looked at: a condition is true at some time, or something
        goes on from the block before."""
        if self.remembers:
            return np.ones(len(block.stations), dtype=bool)
        found = self.pending()[block.stations]
        frame, extra = self._frame(block)
        for bound in self.engine.bound:
            truth = _said(bound, bound.definition.when, frame, extra)
            found |= (truth == 1).any(axis=0).reshape(block.here.shape).any(axis=1)
        return found

    def pending(self) -> NDArray[np.bool_]:
        """Which of the engine's stations have an alarm, a timer or something unknown."""
        subjects = self.engine.state(windows=False)["cell_subject"]
        return np.isin(self.engine.subjects, subjects)

    def run(self, block: Block) -> list[Transition]:
        """What happens in a block of the stations that `candidates` named."""
        if not len(block.stations):
            return []
        look = np.ones(block.here.shape, dtype=bool) if self.remembers else self._moments(block)
        if not self.every:
            look &= block.here
        count = look.sum(axis=1)
        order = np.argsort(~look, axis=1, kind="stable")
        row_of = np.full(self._n, -1, dtype=np.intp)
        row_of[block.stations] = np.arange(len(block.stations))
        index = np.array([block.rows.get(code, -1) for code in self.engine.codes], dtype=np.intp)
        ms, at = np.zeros(self._n, dtype=np.int64), np.zeros(self._n, dtype=np.intp)
        live = {name: np.zeros(self._n) for name in block.live}
        found: list[Transition] = []
        moments = _Moments(block, index)

        def read(columns: NDArray[np.intp]) -> Array:
            return moments(row_of[columns], at[columns])

        for k in range(int(count.max(initial=0))):
            rows = np.flatnonzero(count > k)
            columns, now = block.stations[rows], order[rows, k]
            at[columns], ms[columns] = now, block.ms[rows, now]
            for name, values in block.live.items():
                live[name][columns] = values[rows, now]
            fresh = np.zeros(self._n, dtype=bool)
            fresh[columns] = True
            found += self.engine.step(ms, fresh, read, live)
        return found

    def _moments(self, block: Block) -> NDArray[np.bool_]:
        """[n, m] samples within reach of a change of any condition, and the block's ends."""
        n, m = block.here.shape
        frame, extra = self._frame(block)
        every = np.arange(n * m)
        flat = {name: values.reshape(-1) for name, values in block.live.items()}
        parts = []
        truth = [_said(b, b.definition.when, frame, extra) for b in self.engine.bound]
        if truth:
            when = np.concatenate(truth)
            self._worth.hold_back(when, Frame(frame.values, every, frame.ms, flat))
            parts.append(when)
        for bound in self.engine.bound:
            for part in (bound.definition.clear, bound.definition.worse):
                if part is not None:
                    parts.append(_said(bound, part, frame, extra))
        said = np.concatenate(parts or [np.zeros((0, n * m), np.int8)]).reshape(-1, n, m)
        change = np.zeros((n, m), dtype=bool)
        change[:, 0] = True
        change[:, 1:] = (said[:, :, 1:] != said[:, :, :-1]).any(axis=0)
        change[:, 1:] |= block.here[:, 1:] != block.here[:, :-1]
        # a sample is looked at when a change lies at most `after` before it, or just behind it
        passed = np.cumsum(change, axis=1)
        before = np.concatenate([np.zeros((n, min(self._after, m)), passed.dtype),
                                 passed[:, : max(m - self._after, 0)]], axis=1)  # fmt: skip
        look = passed > before
        look[:, :-1] |= change[:, 1:]
        look[:, -1] = True
        return look

    def _frame(self, block: Block) -> tuple[Frame, dict[str, Array]]:
        """All samples of a block as one sample of n * m subjects."""
        n, m = block.here.shape
        index = np.array([block.rows.get(code, -1) for code in self.engine.codes], dtype=np.intp)
        values = block.values[index].reshape(len(index), n * m)
        frame = Frame(values, np.repeat(block.stations, m), block.ms.reshape(-1))
        return frame, {name: live.reshape(1, -1) for name, live in block.live.items()}


class _Moments:
    """Values of a block by moment, float64[points, m]: those of one lie apart in it, so where all
    stations are asked for the same one, as many as share a cache line are turned at once."""

    def __init__(self, block: Block, index: NDArray[np.intp]) -> None:
        self._values, self._index = block.values, index
        self._every = np.arange(len(block.stations))
        self._first = -TOGETHER
        self._near: Array = np.zeros((0, 0, 0))

    def __call__(self, rows: NDArray[np.intp], at: NDArray[np.intp]) -> Array:
        moment = int(at[0])
        if not np.array_equal(rows, self._every) or bool((at != moment).any()):
            picked: Array = self._values[self._index[:, None], rows, at]
            return picked
        if not 0 <= moment - self._first < TOGETHER:
            self._turn(moment)
        plane: Array = self._near[moment - self._first]
        return plane

    def _turn(self, first: int) -> None:
        if not self._near.size:
            self._near = np.empty((TOGETHER, len(self._index), len(self._every)))
        self._first, stop = first, min(first + TOGETHER, self._values.shape[2])
        for line, row in enumerate(self._index):
            self._near[: stop - first, line] = self._values[row, :, first:stop].T


def _said(bound: Bound, part: Expression, frame: Frame, extra: Mapping[str, Array]) -> Array:
    """int8[places, n * m] of a part; false where there is no such place."""
    shape = (len(bound.places), len(frame.columns))
    told = np.broadcast_to(part.run(PlaceInputs(bound, frame, extra=extra)), shape)
    if bound.exists.all():
        return np.array(told, dtype=np.int8)
    return np.where(bound.exists[:, frame.columns], told, np.int8(-1)).astype(np.int8)


def _remembers(bound: Bound) -> bool:
    parts: Sequence[Expression] = bound.definition.expressions
    return any(
        one.windows or one.memories or one.usuals or "age" in one.names | one.member_names
        for one in parts
    )
