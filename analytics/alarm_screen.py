"""Rules over blocks of stored samples: the engine looks only where something can happen.

A condition is evaluated for all stations and times of a block at once, and so is what its windows,
since(), ago() and usual() say (block_recalls). Only the samples around a change of some condition
go through the engine's timers, one of each station a step; a stretch in which nothing changes and
no delay runs leaves every cell as it is. Rules that ask for an alarm's `age`, and many rules that
remember, are stepped through sample by sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_engine import Engine, Transition
from analytics.alarm_inputs import Bound, Frame, PlaceInputs
from analytics.alarm_worth import Worth
from analytics.array_logic import Array
from analytics.block_recalls import Key, Recalls
from analytics.expressions import Expression

TOGETHER = 8
"""Moments that are looked at together."""
MANY = 8
"""Of more rules than this, windows and the like cost less from step to step than by the block."""
MOST = 1 << 22
"""Numbers of windows and the like that are in memory together."""


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
    """[n] columns of the engine, rising."""
    here: NDArray[np.bool_]
    """[n, m] whether there is such a sample."""
    live: Mapping[str, Array]
    """What changes beside points (mode, hour, slot, silence): [n, m]."""

    def of(self, some: NDArray[np.bool_] | slice) -> Block:
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
        self._recalls = Recalls(engine, engine.hold_ms)
        many = len(engine.bound) > MANY and self._recalls.width > 0
        self.stepped = many or any(_ages(bound) for bound in engine.bound)
        """Whether every sample goes through the engine, one after the other: many times slower."""
        self.remembers = self.stepped or self._recalls.looks_back
        """Whether it has to have every sample, since later ones may look back on it."""
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
        return self._busy(block, self._when(block, self._frame(block)[0]))

    def pending(self) -> NDArray[np.bool_]:
        """Which of the engine's stations have an alarm, a timer or something unknown."""
        subjects = self.engine.state(windows=False)["cell_subject"]
        return np.isin(self.engine.subjects, subjects)

    def run(self, block: Block) -> list[Transition]:
        """What happens in a block of the stations that `candidates` named."""
        if self.stepped:
            return self._march(block)
        found: list[Transition] = []
        each = max(block.here.shape[1] * self._recalls.width, 1)
        size = max(MOST // each, 1)
        for first in range(0, len(block.stations), size):
            found += self._look(block.of(slice(first, first + size)))
        return found

    def adopt(self, other: Screen, least_ms: int, active: Iterable[Transition]) -> None:
        """Go on where the screen of another step of the same rules stopped: these alarms stand,
        windows of `least_ms` or longer are as they were, shorter ones begin."""
        self._recalls.adopt(other._recalls, least_ms)
        ids = self.engine.subjects
        self.engine.align({
            (one.rule, one.place.code, int(ids[one.subject])):
            (one.raw_ms, one.kind == "worsened", one.peak)
            for one in active
        })  # fmt: skip

    def _look(self, block: Block) -> list[Transition]:
        """The samples at which something can happen, through the engine."""
        frame, recalled = self._frame(block)
        when = self._when(block, frame)
        if self._recalls.looks_back:
            busy = self._busy(block, when)
            if not busy.any():
                return []
            if not busy.all():
                block, when = block.of(busy), when[:, busy]
                recalled = {key: one[:, busy] for key, one in recalled.items()}
                frame = self._plain(block)
                frame.recalls |= {k: one.reshape(len(one), -1) for k, one in recalled.items()}
        return self._step(block, self._moments(block, frame, when), recalled)

    def _march(self, block: Block) -> list[Transition]:
        """Every sample through the engine, TOGETHER moments at a time."""
        found: list[Transition] = []
        n, m = block.here.shape
        index, here = self._index(block), block.here
        if self.every:
            here = np.ones_like(here)
        here = here & (block.ms > self.engine.last[block.stations][:, None])
        for first in range(0, m, TOGETHER):
            part = slice(first, min(first + TOGETHER, m))
            time, row = np.nonzero(here[:, part].T)
            if not len(row):
                continue
            if len(row) == n * (part.stop - first):  # as a rule: whole slices are turned
                values = block.values[index, :, part].transpose(0, 2, 1).reshape(len(index), -1)
            else:
                values = block.values[index[:, None], row, first + time]
            ends = np.searchsorted(time, np.arange(part.stop - first + 1))
            frames = []
            for k, (begin, end) in enumerate(pairwise(ends.tolist())):
                if begin < end:
                    rows, columns = row[begin:end], block.stations[row[begin:end]]
                    live = {name: np.zeros(self._n) for name in block.live}
                    for name, told in block.live.items():
                        live[name][columns] = told[rows, first + k]
                    ms = block.ms[rows, first + k]
                    frames.append(Frame(values[:, begin:end], columns, ms, live))
            found += self.engine.run(frames, values)
        return found

    def _step(
        self, block: Block, look: NDArray[np.bool_], recalled: Mapping[Key, Array]
    ) -> list[Transition]:
        """The samples to look at, one of each station a step. recalled: what the rules recall at
        every sample of the block, [places, n, m]."""
        if not self.every:
            look &= block.here
        count = look.sum(axis=1)
        order = np.argsort(~look, axis=1, kind="stable")
        row_of = np.full(self._n, -1, dtype=np.intp)
        row_of[block.stations] = np.arange(len(block.stations))
        index = self._index(block)
        ms, at = np.zeros(self._n, dtype=np.int64), np.zeros(self._n, dtype=np.intp)
        live = {name: np.zeros(self._n) for name in block.live}
        found: list[Transition] = []

        def read(columns: NDArray[np.intp]) -> Array:
            picked: Array = block.values[index[:, None], row_of[columns], at[columns]]
            return picked

        def recall(columns: NDArray[np.intp]) -> Mapping[Key, Array]:
            rows, now = row_of[columns], at[columns]
            return {key: one[:, rows, now] for key, one in recalled.items()}

        for k in range(int(count.max(initial=0))):
            rows = np.flatnonzero(count > k)
            columns, now = block.stations[rows], order[rows, k]
            at[columns], ms[columns] = now, block.ms[rows, now]
            for name, values in block.live.items():
                live[name][columns] = values[rows, now]
            fresh = np.zeros(self._n, dtype=bool)
            fresh[columns] = True
            found += self.engine.step(ms, fresh, read, live, recall)
        return found

    def _index(self, block: Block) -> NDArray[np.intp]:
        """Rows of a block's values that the engine asks for; the last one, unknown, where it has
        none."""
        return np.array([block.rows.get(code, -1) for code in self.engine.codes], dtype=np.intp)

    def _busy(self, block: Block, when: Array) -> NDArray[np.bool_]:
        """[n] stations at which a condition is true at some time or something goes on."""
        found: NDArray[np.bool_] = (when == 1).any(axis=(0, 2))
        return found | self.pending()[block.stations]

    def _when(self, block: Block, frame: Frame) -> Array:
        """int8[rows of the engine, n, m]: the conditions."""
        extra = _extra(block)
        told = [_said(one, one.definition.when, frame, extra) for one in self.engine.bound]
        size = len(frame.columns)
        return np.concatenate(told or [np.zeros((0, size), np.int8)]).reshape(-1, *block.here.shape)

    def _moments(self, block: Block, frame: Frame, when: Array) -> NDArray[np.bool_]:
        """[n, m] samples within reach of a change of any condition, and the block's ends."""
        n, m = block.here.shape
        flat = {name: values.reshape(-1) for name, values in block.live.items()}
        when = when.reshape(-1, n * m)
        self._worth.hold_back(when, Frame(frame.values, np.arange(n * m), frame.ms, flat))
        parts, extra = [when], _extra(block)
        change = np.zeros((n, m), dtype=bool)
        for bound in self.engine.bound:
            for part in (bound.definition.clear, bound.definition.worse):
                if part is not None:
                    parts.append(_said(bound, part, frame, extra))
            if bound.definition.clear is not None:  # while both are true it comes and goes
                clear = parts[-1 if bound.definition.worse is None else -2]
                change |= ((when[bound.rows] == 1) & (clear == 1)).any(axis=0).reshape(n, m)
        said = np.concatenate(parts).reshape(-1, n, m)
        change[:, 0] = True
        change[:, 1:] |= (said[:, :, 1:] != said[:, :, :-1]).any(axis=0)
        change[:, 1:] |= block.here[:, 1:] != block.here[:, :-1]
        # a sample is looked at when a change lies at most `after` before it, or just behind it
        passed = np.cumsum(change, axis=1)
        before = np.concatenate([np.zeros((n, min(self._after, m)), passed.dtype),
                                 passed[:, : max(m - self._after, 0)]], axis=1)  # fmt: skip
        look = passed > before
        look[:, :-1] |= change[:, 1:]
        look[:, -1] = True
        return look

    def _frame(self, block: Block) -> tuple[Frame, dict[Key, Array]]:
        """All samples of a block as one sample of n * m subjects, and what the rules recall at
        them, [places, n, m]."""
        frame = self._plain(block)
        here = np.ones_like(block.here) if self.every else block.here
        slot = block.live.get("slot")
        return frame, self._recalls.take(frame, block.ms, here, block.stations, slot)

    def _plain(self, block: Block) -> Frame:
        n, m = block.here.shape
        values = block.values[self._index(block)].reshape(-1, n * m)
        columns = np.repeat(block.stations, m)
        return Frame(values, columns, block.ms.reshape(-1), apart=False)


def _said(bound: Bound, part: Expression, frame: Frame, extra: Mapping[str, Array]) -> Array:
    """int8[places, n * m] of a part; false where there is no such place."""
    shape = (len(bound.places), len(frame.columns))
    told = np.broadcast_to(part.run(PlaceInputs(bound, frame, extra=extra)), shape)
    if bound.exists.all():
        return np.array(told, dtype=np.int8)
    return np.where(bound.exists[:, frame.columns], told, np.int8(-1)).astype(np.int8)


def _extra(block: Block) -> dict[str, Array]:
    """What changes beside points, of n * m subjects."""
    return {name: live.reshape(1, -1) for name, live in block.live.items()}


def _ages(bound: Bound) -> bool:
    """Whether it asks how long its alarm has lasted, which no block tells beforehand."""
    parts: Sequence[Expression] = bound.definition.expressions
    return any("age" in one.names | one.member_names for one in parts)
