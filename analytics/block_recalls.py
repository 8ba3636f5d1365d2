"""What windows, memories and usual() say at all samples of a block at once (alarm_windows,
alarm_memory and alarm_usual say it one sample after the other)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_engine import Engine
from analytics.alarm_inputs import NEVER, Bound, Frame, PlaceInputs
from analytics.array_logic import Array
from analytics.block_windows import BlockWindow
from analytics.expressions import Memory

Key = tuple[str, str]
"""Rule and part of it."""


class BlockMemory:
    """One since() or ago() of a rule at its places and an engine's subjects."""

    def __init__(self, bound: Bound, memory: Memory, hold_ms: int) -> None:
        self.memory, self._hold = memory, hold_ms
        shape = bound.exists.shape
        self.truth, self.known = np.zeros(shape, dtype=np.int8), np.full(shape, NEVER // 2)
        self.at = np.full(shape, NEVER)

    def take(
        self, now: Array, ms: NDArray[np.int64], here: NDArray[np.bool_],
        subjects: NDArray[np.intp],
    ) -> Array:  # fmt: skip
        """s gone by at each sample, float64[places, n, m]; now: int8 of that shape."""
        m = ms.shape[1]
        seen = here & (now != 0)
        last = np.maximum.accumulate(np.where(seen, np.arange(m), -1), axis=2)
        hit = seen & (now == 1)
        if self.memory.verb == "since":
            before = np.concatenate([np.full((*last.shape[:2], 1), -1), last[:, :, :-1]], axis=2)
            truth, known = self._at(before, now, ms, subjects)
            hit &= (truth == -1) & (ms - known <= self._hold)
        at = np.maximum.accumulate(np.where(hit, ms, NEVER), axis=2)
        at = np.maximum(at, self.at[:, subjects][:, :, None])
        truth, known = self._at(last[:, :, -1:], now, ms, subjects)
        self.truth[:, subjects], self.known[:, subjects] = truth[:, :, 0], known[:, :, 0]
        self.at[:, subjects] = at[:, :, -1]
        return np.where(at == NEVER, np.inf, (ms - np.maximum(at, 0)) / 1000)

    def _at(
        self, index: NDArray[np.intp], now: Array, ms: NDArray[np.int64],
        subjects: NDArray[np.intp],
    ) -> tuple[Array, Array]:  # fmt: skip
        """Truth and ms of the samples at `index`; what is carried where there is none."""
        some = np.maximum(index, 0)
        times = np.broadcast_to(ms, now.shape)
        pairs = ((now, self.truth), (times, self.known))
        truth, known = (
            np.where(index >= 0, np.take_along_axis(of, some, 2), kept[:, subjects][:, :, None])
            for of, kept in pairs
        )
        return truth, known


class Recalls:
    """All of an engine's rules, over the blocks of a time, one after the other."""

    def __init__(self, engine: Engine, hold_ms: int) -> None:
        self._engine = engine
        self._windows: dict[Key, tuple[Bound, BlockWindow]] = {}
        self._memories: dict[Key, tuple[Bound, BlockMemory]] = {}
        self._places: dict[Key, int] = {}
        for bound in engine.bound:
            for expression in bound.definition.expressions:
                for window in expression.windows:
                    key = bound.definition.id, window.key
                    self._windows[key] = bound, BlockWindow(bound, window)
                for memory in expression.memories:
                    key = bound.definition.id, memory.key
                    self._memories[key] = bound, BlockMemory(bound, memory, hold_ms)
                for usual in expression.usuals:
                    self._places[bound.definition.id, usual.key] = len(bound.places)
        self._usual = bool(self._places)
        self._places |= {k: len(b.places) for k, (b, _) in {**self._windows,
                         **self._memories}.items()}  # fmt: skip

    @property
    def looks_back(self) -> bool:
        """Whether every sample has to be taken, since a later one may look back on it."""
        return bool(self._windows or self._memories)

    @property
    def width(self) -> int:
        """Numbers that it says of one sample."""
        return sum(self._places.values())

    def take(
        self, frame: Frame, ms: NDArray[np.int64], here: NDArray[np.bool_],
        subjects: NDArray[np.intp], slot: Array | None,
    ) -> dict[Key, Array]:  # fmt: skip
        """float64[places, n, m] of each part at the samples of a block: frame has them as n * m
        subjects; slot [n, m] is the time of the day (Usuals). The frame recalls it, too."""
        n, m = here.shape
        found: dict[Key, Array] = {}
        for key, (bound, window) in self._windows.items():
            value = window.window.number(PlaceInputs(bound, frame))
            wide = np.broadcast_to(value, (len(bound.places), n * m)).reshape(
                len(bound.places), n, m
            )
            found[key] = window.take(wide, ms, here, subjects)
        if self._usual:
            found |= self._usually(slot, subjects, n, m)
        self._tell(frame, found)
        for key, (bound, memory) in self._memories.items():
            truth = memory.memory.condition(PlaceInputs(bound, frame))
            now = np.broadcast_to(truth, (len(bound.places), n * m)).reshape(
                len(bound.places), n, m
            )
            found[key] = memory.take(now, ms, here, subjects)
        self._tell(frame, found)
        return found

    def _usually(
        self, slot: Array | None, subjects: NDArray[np.intp], n: int, m: int
    ) -> dict[Key, Array]:
        """A table by slot: asked once for each."""
        count = len(self._engine.last)
        slots, which = np.unique(np.zeros((n, m)) if slot is None else slot, return_inverse=True)
        told = []
        for one in slots:
            live = {} if slot is None else {"slot": np.full(count, one)}
            at = Frame(np.zeros((0, n)), subjects, np.zeros(n, np.int64), live)
            self._engine.usuals.step(at)
            told.append(at.recalls)
        at_row, at_slot = np.arange(n)[:, None], which.reshape(n, m)
        found = {}
        for key in told[0]:
            table = np.stack([one[key] for one in told])
            found[key] = table[at_slot, :, at_row].transpose(2, 0, 1)
        return found

    @staticmethod
    def _tell(frame: Frame, found: Mapping[Key, Array]) -> None:
        frame.recalls |= {key: one.reshape(len(one), len(frame.ms)) for key, one in found.items()}

    def adopt(self, other: Recalls, least_ms: int) -> None:
        """Go on from what another one of the same rules and subjects remembers; of windows only
        from those of `least_ms` or longer."""
        for key, (bound, window) in self._windows.items():
            if window.length >= least_ms:
                self._windows[key] = bound, other._windows[key][1]
        for key, (_, memory) in self._memories.items():
            before = other._memories[key][1]
            memory.truth, memory.known, memory.at = before.truth, before.known, before.at
