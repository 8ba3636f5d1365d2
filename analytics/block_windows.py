"""One window of one alarm rule over all samples of a block at once.

Says bit for bit what a ring (alarm_rings) says when it is told one sample after the other: the same
samples are looked at, a step's are added up in their order, finished steps from the newest to the
oldest. What a window has to know of the time before is carried from block to block.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_inputs import Bound
from analytics.alarm_rings import REACH, STEP_MS, STEPS, THIN
from analytics.array_logic import Array
from analytics.expression_parts import Window
from analytics.window_sums import said

NEVER = np.int64(-(2**40))
"""Number of a step, or ms, long before any."""
_FIELDS = {
    "mean": ("sum",),
    "std": ("sum", "square"),
    "lowest": ("low",),
    "highest": ("high",),
    "span": ("low", "high"),
    "rate": ("first", "first_ms"),
    "gain": ("up",),
    "jitter": ("square",),
    "missing": ("sum",),
}
_NEUTRAL = {"low": np.inf, "high": -np.inf, "first": np.nan, "first_ms": np.nan}
_JOIN = {"low": np.fmin, "high": np.fmax}


def reach(window: Window) -> int:
    """ms that a window may look back over: its length and the step that runs."""
    length = round(window.seconds * 1000)
    return length + max(STEP_MS, length // STEPS)


class BlockWindow:
    """A window at all places of a rule and all subjects of an engine."""

    def __init__(self, bound: Bound, window: Window) -> None:
        self.window = window
        self.length = round(window.seconds * 1000)
        self.step_ms = max(STEP_MS, self.length // STEPS)
        self.size = math.ceil(self.length / self.step_ms) + 1
        self.thin = 0 if window.verb == "missing" else self.step_ms // THIN
        self.places, n = bound.exists.shape
        self.number = np.full(n, NEVER)
        """The step that runs at each subject."""
        self.taken = np.full(n, NEVER)
        """ms of the sample that was looked at last."""
        self.kept = {
            name: np.full((self.places, n, self.size), _NEUTRAL.get(name, 0.0))
            for name in ("count", *_FIELDS[window.verb])
        }
        """Its steps at each place, the one that runs last."""
        self.last = np.full((self.places, n), np.nan)
        """Newest known value."""
        self.said = np.full((self.places, n), np.nan)

    def take(
        self, value: Array, ms: NDArray[np.int64], here: NDArray[np.bool_],
        subjects: NDArray[np.intp],
    ) -> Array:  # fmt: skip
        """[places, n, m] what it says at each sample of a block of these subjects. value
        [places, n, m], NaN = unknown; ms [n, m], rising where a sample is `here`."""
        n, m = here.shape
        if not self.places:
            return np.zeros((0, n, m))
        looked = self._looked(ms, here, subjects)
        row, time = np.nonzero(looked)
        # what it says at a sample is what it said at the newest that was looked at
        newest = np.where(looked, np.cumsum(looked).reshape(n, m), 0)
        newest = np.maximum.accumulate(newest, axis=1)
        before = self.said[:, subjects]
        if len(row):
            told = self._told(value[:, row, time], ms[row, time], row, subjects)
            found = np.concatenate([np.zeros((self.places, 1)), told], axis=1)[:, newest]
        else:
            found = np.zeros((self.places, n, m))
        return np.where(newest > 0, found, before[:, :, None])

    def _looked(
        self, ms: NDArray[np.int64], here: NDArray[np.bool_], subjects: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """Samples that are looked at: the first, and each that isn't closer than `thin`."""
        looked = here.copy()
        first = self.taken[subjects] + self.thin
        if here.all() and (ms[:, 0] >= first).all() and (np.diff(ms) >= self.thin).all():
            self.taken[subjects] = ms[:, -1]
            return looked
        for line, subject in enumerate(subjects.tolist()):
            at = np.flatnonzero(here[line])
            times = ms[line, at]
            if not len(at):
                continue
            begin = int(np.searchsorted(times, first[line]))
            if begin or (np.diff(times) < self.thin).any():
                looked[line] = False
                at = at[_chain(times, begin, self.thin)]
                looked[line, at] = True
            if len(at):
                self.taken[subject] = ms[line, at[-1]]
        return looked

    def _told(
        self, value: Array, ms: NDArray[np.int64], row: NDArray[np.intp],
        subjects: NDArray[np.intp],
    ) -> Array:  # fmt: skip
        """[places, k] what it says at these samples, sorted by row and time."""
        if self.window.verb == "missing":
            value = np.isnan(value).astype(np.float64)
        number, good = ms // self.step_ms, ~np.isnan(value)
        begin = np.flatnonzero(np.diff(row, prepend=-1))
        """First sample of each row that has some."""
        count = np.diff(np.append(begin, len(row)))
        some = subjects[row[begin]]
        which = np.repeat(np.arange(len(some)), count)
        carried = self.number[some]
        before = np.concatenate([number[:1], number[:-1]])
        before[begin] = carried
        afresh = number - before >= self.size  # nothing of the steps before is in reach
        steps = _Steps(self, number, number[begin], which, some)
        previous = self._previous(value, good, afresh, begin, which, some)
        now = steps.add(self._parts(value, good, previous, ms))
        done, back = steps.done()
        known = (back > 0) & (back >= REACH * (self.size - 1))
        found = said(self.window.verb, self.length, done, now, known, value, ms)
        end = begin + count - 1
        steps.keep(number[end])
        self.number[some], self.said[:, some] = number[end], found[:, end]
        self.last[:, some] = np.where(good, value, previous)[:, end]
        return found

    def _previous(
        self, value: Array, good: Array, afresh: Array, begin: Array, which: Array, some: Array
    ) -> Array:
        """Newest known value before each sample; unknown where all was forgotten since."""
        k = value.shape[1]
        at = np.maximum.accumulate(np.where(good, np.arange(k), -1), axis=1)
        at = np.concatenate([np.full((len(at), 1), -1), at[:, :-1]], axis=1)
        starts = np.zeros(k, dtype=np.intp)
        starts[begin] = begin
        forgot = np.maximum.accumulate(np.where(afresh, np.arange(k), starts))
        carried = np.where(np.maximum.accumulate(starts) == forgot, True, False)
        carried &= ~afresh[forgot]
        older = np.where(carried, self.last[:, some][:, which], np.nan)
        return np.where(at >= forgot, np.take_along_axis(value, np.maximum(at, 0), 1), older)

    def _parts(self, value: Array, good: Array, previous: Array, ms: Array) -> dict[str, Array]:
        """What each sample adds to its step."""
        made: dict[str, Array] = {"count": good.astype(np.float64)}
        for name in self.kept:
            if name == "sum":
                made[name] = np.where(good, value, 0.0)
            elif name == "square":
                moved = value if self.window.verb == "std" else value - previous
                made[name] = np.nan_to_num(moved) ** 2
            elif name == "up":
                made[name] = np.fmax(value - previous, 0.0)
            elif name == "first_ms":
                made[name] = np.where(good, ms, np.nan)
            elif name != "count":
                made[name] = value
        return made


def _chain(times: NDArray[np.int64], first: int, thin: int) -> NDArray[np.intp]:
    """From `first` on always the next sample that is `thin` or more behind the one before. As a
    rule it is so many samples further; only where it isn't one has to look."""
    following = np.searchsorted(times, times + thin)
    ahead = following - np.arange(len(times))
    usual = int(np.median(ahead))
    other = np.flatnonzero(ahead != usual)
    others = [other[other % usual == rest] for rest in range(usual)]
    chain, k = [np.zeros(0, dtype=np.intp)], first
    while k < len(times):
        mine = others[k % usual]
        at = int(np.searchsorted(mine, k))
        until = int(mine[at]) if at < len(mine) else len(times) - 1
        chain.append(np.arange(k, until + 1, usual))
        k = int(following[until]) if at < len(mine) else len(times)
    return np.concatenate(chain)


class _Steps:
    """The steps of a block's samples, from the oldest that is in reach of the first one on; of
    those that can't hold a sample (minutes in steps of 5 s) only every `stride`-th."""

    def __init__(
        self, own: BlockWindow, number: Array, first: Array, which: Array, some: Array
    ) -> None:
        """number: step of each sample; first: that of each subject's first; which: its subject's
        place in `some`, the subjects."""
        self._own, self._some, size = own, some, own.size
        behind = first - own.number[some]
        older = np.arange(size - 1, -1, -1)
        """How far each kept step lies behind the one that runs."""
        filled = (own.kept["count"][:, some] > 0).any(axis=0) & (behind[:, None] < 2 * size)
        ahead = number - first[which]
        offsets = behind[:, None] + older
        parts = np.concatenate([ahead, offsets[filled & (offsets < size)]])
        self.stride = max(int(np.gcd.reduce(parts)), 1)
        self.lead = (size - 1) // self.stride
        self.width = self.lead + int(ahead.max()) // self.stride + 1
        self._at = which * self.width + self.lead + ahead // self.stride
        self._first = first
        shape = (own.places, len(some), self.width)
        self.total = {name: np.full(shape, _NEUTRAL.get(name, 0.0)) for name in own.kept}
        line, old = np.nonzero(filled & (offsets < size))
        column = self.lead - offsets[line, old] // self.stride
        for name, total in self.total.items():
            total[:, line, column] = own.kept[name][:, some[line], old]

    def add(self, parts: dict[str, Array]) -> dict[str, Array]:
        """Add the samples to their steps in their order; what each step came to with each."""
        places = self._own.places
        now = {name: np.empty_like(part) for name, part in parts.items()}
        flat = {name: total.reshape(places, -1) for name, total in self.total.items()}
        fresh = np.flatnonzero(np.diff(self._at, prepend=-1))
        rank = np.arange(len(self._at)) - np.repeat(fresh, np.diff(np.append(fresh, len(self._at))))
        order = np.argsort(rank, kind="stable")
        for some in np.split(order, np.cumsum(np.bincount(rank))[:-1]):
            at = self._at[some]
            empty = flat["count"][:, at] == 0
            for name, part in parts.items():
                total, mine = flat[name][:, at], part[:, some]
                if name in ("first", "first_ms"):
                    total = np.where(empty & ~np.isnan(mine), mine, total)
                else:
                    total = _JOIN.get(name, np.add)(total, mine)
                flat[name][:, at] = now[name][:, some] = total
        return now

    def done(self) -> tuple[dict[str, Array], Array]:
        """At each sample what the finished steps come to, and how many steps lie behind the running
        one to the oldest that holds a sample; 0 where none does."""
        lead, stride = self.lead, self.stride
        places = self._own.places
        size = self.width - lead
        back = np.zeros((places, len(self._some), size))
        found = {name: np.full(back.shape, _NEUTRAL.get(name, 0.0)) for name in self.total}
        for j in range(1, lead + 1):
            part = {name: total[:, :, lead - j : lead - j + size]
                    for name, total in self.total.items()}  # fmt: skip
            filled = part["count"] > 0
            np.copyto(back, j * stride, where=filled)
            for name, mine in part.items():
                if name in ("first", "first_ms"):
                    np.copyto(found[name], mine, where=filled)
                else:
                    _JOIN.get(name, np.add)(found[name], mine, out=found[name])
        at = self._at - (self._at // self.width + 1) * lead
        return (
            {name: whole.reshape(places, -1)[:, at] for name, whole in found.items()},
            back.reshape(places, -1)[:, at],
        )

    def keep(self, last: Array) -> None:
        """Leave with the window what the next block may look back on; last: each subject's newest
        step."""
        own = self._own
        column = self.lead + (last - self._first) // self.stride
        for name, kept in own.kept.items():
            mine = np.full((own.places, len(last), own.size), _NEUTRAL.get(name, 0.0))
            for j in range(self.lead + 1):
                at = column - j
                told = self.total[name][:, np.arange(len(last)), np.maximum(at, 0)]
                here = at >= 0
                mine[:, here, own.size - 1 - j * self.stride] = told[:, here]
            kept[:, self._some] = mine
