"""Windows of alarm rules that are of one kind and length, over all their cells: rings of steps.

A window of s seconds is cut into steps of s / 30 (at least STEP_MS); a ring keeps the finished
steps that the window reaches over and the one that runs, so it looks back over s to s + one step.
Each cell (a window at a place of a station) has its own clock, that of the station's samples.
Unknown samples don't enter. Of samples closer than a THIN part of a step only the first is looked
at; what the window said then is said again. A window is unknown until its samples reach back over
REACH of it; `gain` is known at once, since it only grows. (docs/alarms.md)

Finished steps are added up when one begins, from the newest to the oldest, so that a cell comes to
the same number whether one station answers or all do. As a rule all cells stand at the same step:
then whole lines are added, and those that are empty (minutes in steps of 5 s) are passed over.
Windows that are alike go together, since calls cost more than numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_inputs import Bound, PlaceInputs
from analytics.alarm_sites import EVERY, Look, Sites
from analytics.array_logic import Array
from analytics.expression_parts import Window
from analytics.window_sums import JOIN, said

STEPS = 30
STEP_MS = 5000
REACH = 0.8
THIN = 4
THICK = 8
"""Whole lines are taken for one of so many cells or more."""
_EMPTY = np.int64(-(2**40))
"""Number of a step long before any."""
_NEUTRAL = {
    "count": np.int32(0), "sum": 0.0, "square": 0.0, "low": np.inf, "high": -np.inf, "up": 0.0,
    "first": np.nan, "first_ms": np.nan,
}  # fmt: skip
_RINGS = {
    "mean": ("count", "sum"),
    "std": ("count", "sum", "square"),
    "lowest": ("count", "low"),
    "highest": ("count", "high"),
    "span": ("count", "low", "high"),
    "rate": ("count", "first", "first_ms"),
    "gain": ("count", "up"),
    "jitter": ("count", "square"),
    "missing": ("count", "sum"),
}
_FIRST = frozenset({"first", "first_ms"})


class Ring:
    """Windows of the same verb and length over all their cells."""

    def __init__(self, members: Sequence[tuple[Bound, Window]], sites: Sites) -> None:
        """sites: of the places of all members, one behind the other."""
        self.members, self.sites = members, sites
        ends = np.cumsum([0, *(len(bound.places) for bound, _ in members)]).tolist()
        self.parts = [slice(*pair) for pair in pairwise(ends)]
        """Lines of each member among the places of all."""
        window = members[0][1]
        self.verb, self.length = window.verb, round(window.seconds * 1000)
        self.step_ms = max(STEP_MS, self.length // STEPS)
        self.size = math.ceil(self.length / self.step_ms) + 1
        self.thin = 0 if self.verb == "missing" else self.step_ms // THIN
        cells = len(sites.all)
        self.number = np.full(cells, _EMPTY)
        """The step that runs, counted from 1970."""
        self.kept = {
            name: np.full((self.size, cells), _NEUTRAL[name]) for name in _RINGS[self.verb]
        }
        self.last = np.full(cells, np.nan)
        """Newest known value."""
        self.taken = np.full(sites.subjects, int(_EMPTY))
        """ms of the sample of each subject that was looked at last."""
        self.said = np.full((ends[-1], sites.subjects), np.nan)
        """What they say of each place and subject."""
        self.settle_all()

    def settle_all(self) -> None:
        """Add up anew what all steps hold."""
        cells = len(self.sites.all)
        self._filled = np.asarray(self.kept["count"].any(axis=1))
        """Lines in which some cell may have a sample."""
        self._done = {name: np.full(cells, _NEUTRAL[name]) for name in self.kept}
        """What the finished steps come to."""
        self._reached = np.zeros(cells, dtype=bool)
        """Whether they reach back far enough."""
        if cells:
            self._settle(EVERY)

    def take(self, look: Look) -> None:
        """One sample of some subjects; `said` then holds what the window says of them."""
        self.taken[look.columns] = look.ms
        cell, here, ms = look.cells(self.sites)
        if not len(ms):
            return
        value = np.empty((len(self.said), len(look.columns)))
        for (bound, window), lines in zip(self.members, self.parts, strict=True):
            value[lines] = window.number(PlaceInputs(bound, look.frame, look.chosen))
        value = value.reshape(-1)[here]
        if self.verb == "missing":
            value = np.isnan(value).astype(np.float64)
        number: Any = look.first_ms // self.step_ms
        if number != look.last_ms // self.step_ms:
            number = ms // self.step_ms
        self._turn(cell, number)
        self._add(cell, number, value, ms)
        self.said.reshape(-1)[self.sites.flat[cell]] = self._result(cell, number, value, ms)

    def _some(self, cell: Any, some: NDArray[np.bool_]) -> Any:
        """Those of these cells."""
        return cell if some.all() else self.sites.all[cell][some]

    def _turn(self, cell: Any, number: Any) -> None:
        """Let these cells stand at steps `number`. Where one begins, what falls out of the window
        is emptied and the finished ones are added up."""
        before: Any = self.number[cell]
        if isinstance(number, int) and bool((before == before[0]).all()):
            before = int(before[0])
            if before == number:
                return
        else:
            moved = before != number
            if not moved.any():
                return
            cell, number, before = self._some(cell, moved), _picked(number, moved), before[moved]
        self._empty(cell, number, self._gone(number - before))
        self.number[cell] = number
        self._settle(cell)

    def _gone(self, steps: Any) -> Any:
        """How many steps fall out of the window: all when a clock went back."""
        if isinstance(steps, int):
            return steps if 0 <= steps <= self.size else self.size
        return np.where((steps < 0) | (steps > self.size), self.size, steps)

    def _empty(self, cell: Any, number: Any, gone: Any) -> None:
        """Empty the newest `gone` steps up to `number`, and forget what all of them held."""
        if not isinstance(number, int):
            whose = np.repeat(np.arange(len(gone)), gone)
            ahead = np.arange(len(whose)) - np.repeat(np.cumsum(gone) - gone, gone)
            at = (number[whose] - ahead) % self.size, self.sites.all[cell][whose]
            for name, ring in self.kept.items():
                ring[at] = _NEUTRAL[name]
        else:
            for line in {(number - ahead) % self.size for ahead in range(int(np.max(gone)))}:
                if self._filled[line]:
                    some = cell
                    if not isinstance(gone, int):
                        some = self._some(cell, gone > (number - line) % self.size)
                    for name, ring in self.kept.items():
                        ring[line][some] = _NEUTRAL[name]
                    self._filled[line] = some is not EVERY and self.kept["count"][line].any()
        if not isinstance(gone, int):
            self.last[self.sites.all[cell][gone >= self.size]] = np.nan
        elif gone == self.size:
            self.last[cell] = np.nan

    def _settle(self, cell: Any) -> None:
        """Add the steps of these cells up, the running one left out."""
        running = self.number[cell]
        if THICK * len(running) >= len(self.sites.all) and bool((running == running[0]).all()):
            oldest = self._lines(cell, int(running[0]), len(running))
        else:
            steps = np.arange(1, self.size)[:, None]
            at = (running - steps) % self.size, self.sites.all[cell]
            for name in self.kept.keys() - _FIRST:
                # as lines are added: one after the other, which reduce() promises of no shape
                join = JOIN.get(name, np.add)
                self._done[name][cell] = join.accumulate(self.kept[name][at], axis=0)[-1]
            back = np.where(self.kept["count"][at] > 0, steps, 0).max(axis=0)
            oldest = np.where(back > 0, running - back, _EMPTY)
        self._reached[cell] = (oldest > _EMPTY) & (running - oldest >= REACH * (self.size - 1))
        for name in _FIRST & self.kept.keys():
            first = self.kept[name][oldest % self.size, self.sites.all[cell]]
            self._done[name][cell] = np.where(oldest > _EMPTY, first, np.nan)

    def _lines(self, cell: Any, number: int, many: int) -> Array:
        """Add whole lines up for so many cells; the number of each one's oldest filled step."""
        numbers = [
            n for n in range(number - 1, number - self.size, -1) if self._filled[n % self.size]
        ]
        for name in self.kept.keys() - _FIRST:
            join, ring, done = JOIN.get(name, np.add), self.kept[name], self._done[name]
            total = done if cell is EVERY else np.empty_like(done)
            total[:] = _NEUTRAL[name]
            for n in numbers:
                join(total, ring[n % self.size], out=total)
            if cell is not EVERY:
                done[cell] = total[cell]
        oldest, cells = np.full(many, _EMPTY), self.sites.all[cell]
        left = np.flatnonzero(self._done["count"][cell] > 0)
        for n in reversed(numbers):
            if not len(left):
                break
            found = self.kept["count"][n % self.size, cells[left]] > 0
            oldest[left[found]] = n
            left = left[~found]
        return oldest

    def _line(self, name: str, number: Any, cell: Any) -> tuple[Array, Any]:
        """Where in a ring the steps `number` of these cells lie; of one step, in its line."""
        ring = self.kept[name]
        if isinstance(number, int):
            return ring[number % self.size], cell
        return ring, (number % self.size, self.sites.all[cell])

    def _add(self, cell: Any, number: Any, value: Array, ms: Array) -> None:
        good = ~np.isnan(value)
        self._filled[number % self.size] = True
        count, at = self._line("count", number, cell)
        empty = count[at] == 0
        for name in self.kept:
            ring, at = self._line(name, number, cell)
            if name == "count":
                ring[at] += good
            elif name == "sum":
                ring[at] += np.where(good, value, 0.0)
            elif name == "square":
                moved = value if self.verb == "std" else value - self.last[cell]
                ring[at] += np.nan_to_num(moved) ** 2
            elif name == "up":
                ring[at] += np.fmax(value - self.last[cell], 0.0)
            elif name in _FIRST:
                told = value if name == "first" else ms
                ring[at] = np.where(good & empty, told, ring[at])
            else:
                ring[at] = (np.fmin if name == "low" else np.fmax)(ring[at], value)
        self.last[cell] = np.where(good, value, self.last[cell])

    def _result(self, cell: Any, number: Any, value: Array, ms: Array) -> Array:
        done, now = {}, {}
        for name in self.kept:
            ring, at = self._line(name, number, cell)
            done[name], now[name] = self._done[name][cell], ring[at]
        known = self._reached[cell]
        return said(self.verb, self.length, done, now, known, value, ms)

    def state(self, subjects: NDArray[np.int64], member: int) -> dict[str, Array]:
        """Arrays of one of its windows."""
        sites, cells = self.sites, self._cells_of(member)
        codes = np.array([place.code for bound, _ in self.members for place in bound.places])
        place, subject = sites.place[cells], sites.subject[cells]
        return {
            "place": codes[place] if len(cells) else np.array([], dtype="<U1"),
            "subject": subjects[subject], "number": self.number[cells], "last": self.last[cells],
            "taken": self.taken[subject], "said": self.said[place, subject],
            **{name: ring[:, cells] for name, ring in self.kept.items()},
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any], subjects: NDArray[np.int64], member: int) -> None:
        sites, cells, bound = self.sites, self._cells_of(member), self.members[member][0]
        names = [place.code for place in bound.places]
        places = sites.place[cells] - self.parts[member].start
        mine = {
            (names[p], int(subjects[s])): cell
            for cell, p, s in zip(cells, places, sites.subject[cells], strict=True)
        }
        pairs = zip(state["place"], state["subject"], strict=True)
        at = np.array([mine.get((str(p), int(s)), -1) for p, s in pairs], dtype=np.intp)
        old = np.flatnonzero(at >= 0)
        cell = at[old]
        self.number[cell], self.last[cell] = state["number"][old], state["last"][old]
        self.taken[sites.subject[cell]] = state["taken"][old]
        self.said.reshape(-1)[sites.flat[cell]] = state["said"][old]
        for name, ring in self.kept.items():
            ring[:, cell] = state[name][:, old]

    def _cells_of(self, member: int) -> NDArray[np.intp]:
        lines = self.parts[member]
        place = self.sites.place
        return np.flatnonzero((place >= lines.start) & (place < lines.stop))


def _picked(number: Any, some: Array) -> Any:
    """One number for all, or those of some cells."""
    return number if isinstance(number, int) else number[some]
