"""Rolling windows of alarm conditions, as rings of coarse steps.

A window of s seconds is cut into steps of s / 30 (at least STEP_MS); a ring keeps the finished
steps that the window reaches over and the one that runs, so it looks back over s to s + one step.
Each cell (a place of a station) has its own clock, that of the station's samples. Unknown samples
don't enter. Of samples closer than a THIN part of a step only the first is looked at; what the
window said then is said again. A window is unknown until its samples reach back over REACH of it;
`gain` is known at once, since it only grows.

mean, std (of the population), lowest, highest, span (highest less lowest): of the samples. rate:
newest less oldest sample, brought to the whole length. gain: sum of the rises of a counter; a fall,
as of a meter that was reset, is none. jitter: what is new from sample to sample, their root mean
square over √2, i.e. the σ of white noise (von Neumann 1941). missing: share of the samples that
were unknown; here none is left out. (docs/alarms.md)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_inputs import Bound, Frame, PlaceInputs
from analytics.array_logic import Array
from analytics.expression_parts import Window

STEPS = 30
STEP_MS = 5000
REACH = 0.8
THIN = 4
THICK = 8
"""Whole lines are taken for one of so many cells or more."""
_EMPTY = np.int64(-(2**40))
"""Number of a step long before any."""
_NEUTRAL = {
    "count": 0.0, "sum": 0.0, "square": 0.0, "low": np.inf, "high": -np.inf, "up": 0.0,
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
_JOIN = {"low": np.minimum, "high": np.maximum}
_FIRST = frozenset({"first", "first_ms"})


class Ring:
    """One window of one rule over all its cells."""

    def __init__(self, bound: Bound, window: Window, subjects: int) -> None:
        self.bound, self.window = bound, window
        self.length = round(window.seconds * 1000)
        self.step_ms = max(STEP_MS, self.length // STEPS)
        self.size = math.ceil(self.length / self.step_ms) + 1
        self.place, self.subject = np.nonzero(bound.exists)
        cells = len(self.place)
        self._cell = np.full(bound.exists.shape, -1, dtype=np.intp)
        self._cell[self.place, self.subject] = np.arange(cells)
        self._whole = bool(bound.exists.all())
        self.number = np.full(cells, _EMPTY)
        """The step that runs, counted from 1970."""
        self.kept = {
            name: np.full((self.size, cells), _NEUTRAL[name]) for name in _RINGS[window.verb]
        }
        self.last = np.full(cells, np.nan)
        """Newest known value."""
        self._thin = 0 if window.verb == "missing" else self.step_ms // THIN
        self._taken = np.full(subjects, int(_EMPTY))
        """ms of the sample that was looked at last."""
        self._flat = self.place * subjects + self.subject
        self.said = np.full(bound.exists.shape, np.nan)
        """What it says of each place and subject."""
        self._done: dict[str, Array] = {}
        """What the finished steps come to; `oldest` = number of the first that has samples."""
        self._settle_all()

    def _settle_all(self) -> None:
        cells = len(self.place)
        self._done = {name: np.full(cells, _NEUTRAL[name]) for name in self.kept}
        self._done["oldest"] = np.full(cells, _EMPTY)
        if cells:
            self._settle(np.arange(cells))

    def take(self, frame: Frame) -> None:
        """One sample of a frame's subjects; `said` then holds what the window says of them."""
        columns = frame.columns
        passed = frame.ms - self._taken[columns]
        due = np.flatnonzero((passed >= self._thin) | (passed < 0))
        if len(due) == len(columns):
            self._look(PlaceInputs(self.bound, frame), columns, frame.ms)
        elif len(due):
            self._look(PlaceInputs(self.bound, frame, due), columns[due], frame.ms[due])

    def _look(self, inputs: PlaceInputs, columns: Array, times: Array) -> None:
        self._taken[columns] = times
        shape = (len(self.bound.places), len(columns))
        found = np.broadcast_to(self.window.number(inputs), shape)
        if self.window.verb == "missing":
            found = np.isnan(found).astype(np.float64)
        cell = self._cell.take(columns, 1).reshape(-1)
        here = np.arange(cell.size) if self._whole else np.flatnonzero(cell >= 0)
        cell, value = cell[here], found.reshape(-1)[here]
        ms = times[here % shape[1]]
        number = ms // self.step_ms
        moved = np.flatnonzero(number != self.number[cell])
        if len(moved):
            self._turn(cell[moved], number[moved])
        good = ~np.isnan(value)
        if good.all():
            self._add(cell, number, value, ms)
        else:
            self._add(cell[good], number[good], value[good], ms[good])
        self.said.reshape(-1)[self._flat[cell]] = self._result(cell, number, value, ms)

    def _turn(self, cell: Array, number: Array) -> None:
        """Steps begin: what falls out of the window is emptied, the finished ones are added up."""
        gone = number - self.number[cell]
        gone = np.where((gone < 0) | (gone > self.size), self.size, gone)
        for ahead in range(int(gone.max())):
            some = gone > ahead
            rings, at = self._at(number[some] - ahead, cell[some])
            for name, ring in rings.items():
                ring[at] = _NEUTRAL[name]
        self.last[cell[gone >= self.size]] = np.nan
        self.number[cell] = number
        self._settle(cell)

    def _settle(self, cell: Array) -> None:
        """Add the steps of these cells up, the running one left out. When all stand at the same
        step, as those of one poll do, whole lines are added up, which is many times faster."""
        running, steps = self.number[cell], np.arange(1, self.size)
        whole = THICK * len(cell) >= len(self.place) and bool((running == running[0]).all())
        at: Any = ((running - steps[:, None]) % self.size, cell)
        if whole:
            at = (running[0] - steps) % self.size
        picked = cell if whole else slice(None)
        for name, ring in self.kept.items():
            if name in _FIRST:
                continue
            part = ring[at]
            self._done[name][cell] = _JOIN.get(name, np.add).reduce(part, axis=0)[picked]
            if name == "count":
                back = np.where(part > 0, steps.astype(np.int16)[:, None], np.int16(0))
                oldest = back.max(axis=0)[picked]
        number = running - oldest
        self._done["oldest"][cell] = np.where(oldest > 0, number, _EMPTY)
        for name in _FIRST & self.kept.keys():
            first = self.kept[name][number % self.size, cell]
            self._done[name][cell] = np.where(oldest > 0, first, np.nan)

    def _at(self, number: Array, cell: Array) -> tuple[dict[str, Array], Any]:
        """Rings, and where in them the steps `number` of these cells lie; of one step its line."""
        if bool((number == number[:1]).all()):
            line = int(number[0]) % self.size if len(number) else 0
            return {name: ring[line] for name, ring in self.kept.items()}, cell
        return self.kept, (number % self.size, cell)

    def _add(self, cell: Array, number: Array, value: Array, ms: Array) -> None:
        rings, at = self._at(number, cell)
        fresh = rings["count"][at] == 0
        for name, ring in rings.items():
            if name == "count":
                ring[at] += 1.0
            elif name == "sum":
                ring[at] += value
            elif name == "square":
                moved = value if self.window.verb == "std" else value - self.last[cell]
                ring[at] += np.nan_to_num(moved) ** 2
            elif name == "up":
                ring[at] += np.fmax(value - self.last[cell], 0.0)
            elif name == "first":
                ring[at] = np.where(fresh, value, ring[at])
            elif name == "first_ms":
                ring[at] = np.where(fresh, ms, ring[at])
            else:
                ring[at] = _JOIN[name](ring[at], value)
        self.last[cell] = value

    def _result(self, cell: Array, number: Array, value: Array, ms: Array) -> Array:
        (rings, at), done = self._at(number, cell), self._done
        count = done["count"][cell] + rings["count"][at]
        verb = self.window.verb
        if verb == "gain":
            up = done["up"][cell] + rings["up"][at]
            return np.where(count > 0, up, np.nan)
        reach = number - done["oldest"][cell]
        known = (count > 0) & (reach >= REACH * (self.size - 1)) & (done["oldest"][cell] > _EMPTY)
        total = np.where(known, count, np.nan)
        if verb == "rate":
            span = ms - done["first_ms"][cell]
            found = (value - done["first"][cell]) * (self.length / np.where(span > 0, span, np.nan))
            return np.where(known, found, np.nan)
        if verb == "span":
            low = np.minimum(done["low"][cell], rings["low"][at])
            found = np.maximum(done["high"][cell], rings["high"][at]) - low
            return np.where(known, found, np.nan)
        if verb in ("lowest", "highest"):
            name = "low" if verb == "lowest" else "high"
            found = _JOIN[name](done[name][cell], rings[name][at])
            return np.where(known, found, np.nan)
        sums = {
            name: (done[name][cell] + rings[name][at]) / total for name in rings if name != "count"
        }
        if verb in ("mean", "missing"):
            return np.asarray(sums["sum"])
        square = sums["square"] / 2.0 if verb == "jitter" else sums["square"] - sums["sum"] ** 2
        return np.asarray(np.sqrt(np.maximum(square, 0.0)))

    def state(self, subjects: NDArray[np.int64]) -> dict[str, Array]:
        names = [place.code for place in self.bound.places]
        codes = np.array([*names, ""])[self.place] if names else np.array([], dtype="<U1")
        return {
            "place": codes, "subject": subjects[self.subject], "number": self.number,
            "last": self.last, "taken": self._taken[self.subject],
            "said": self.said[self.place, self.subject], **self.kept,
        }  # fmt: skip

    def restore(self, state: Mapping[str, Any], subjects: NDArray[np.int64]) -> None:
        names = [place.code for place in self.bound.places]
        mine = {
            (names[p], int(subjects[s])): cell
            for cell, (p, s) in enumerate(zip(self.place, self.subject, strict=True))
        }
        pairs = zip(state["place"], state["subject"], strict=True)
        at = np.array([mine.get((str(p), int(s)), -1) for p, s in pairs], dtype=np.intp)
        old = np.flatnonzero(at >= 0)
        self.number[at[old]], self.last[at[old]] = state["number"][old], state["last"][old]
        self._taken[self.subject[at[old]]] = state["taken"][old]
        self.said[self.place[at[old]], self.subject[at[old]]] = state["said"][old]
        for name, ring in self.kept.items():
            ring[:, at[old]] = state[name][:, old]
        self._settle_all()


class Windows:
    """All windows of all rules of an engine."""

    def __init__(self, bound: Sequence[Bound], subjects: NDArray[np.int64]) -> None:
        self._subjects = subjects
        self._rings = {
            (one.definition.id, window.key): Ring(one, window, len(subjects))
            for one in bound
            for expression in one.definition.expressions
            for window in expression.windows
        }
        self._lines: list[slice] = []
        for ring in self._rings.values():
            first = self._lines[-1].stop if self._lines else 0
            self._lines.append(slice(first, first + len(ring.bound.places)))
        self._said = np.full((self._lines[-1].stop if self._lines else 0, len(subjects)), np.nan)
        for ring, lines in zip(self._rings.values(), self._lines, strict=True):
            ring.said = self._said[lines]

    def step(self, frame: Frame) -> None:
        """Take this sample in and put what each window says into `frame.recalls`."""
        for ring in self._rings.values():
            ring.take(frame)
        said = self._said.take(frame.columns, 1)
        for key, lines in zip(self._rings, self._lines, strict=True):
            frame.recalls[key] = said[lines]

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
