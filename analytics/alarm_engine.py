"""The alarm engine: all rules at all places of all stations, one sample of many stations a step.

Conditions are evaluated as arrays; only cells whose condition isn't as quiet as before, or whose
timer runs, are looked at one by one (as arrays again). Time is that of the samples, a clock of its
own for each station, so that live, late and recorded data go the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_cells import Cells, Outcome
from analytics.alarm_frames import asked_codes, joined
from analytics.alarm_inputs import NEVER, Bound, Definition, Frame, Place, PlaceInputs, Times
from analytics.alarm_memory import Memories
from analytics.alarm_usual import Usuals
from analytics.alarm_windows import Windows
from analytics.alarm_worth import Worth
from analytics.array_logic import Array
from analytics.expressions import Expression


@dataclass(frozen=True)
class Transition:
    """What happened to one cell. `subject` counts from 0 as the engine's arrays do."""

    kind: Literal["raised", "worsened", "cleared"]
    rule: str
    place: Place
    subject: int
    ms: int
    raw_ms: int
    """When the condition was first true."""
    level: int
    value: float
    limit: float
    peak: float
    """Worst value while active; NaN where unknown, like value and limit."""


@dataclass(frozen=True)
class _Sample:
    """The cells of a frame that have to be looked at, sorted by row: one item a cell."""

    frame: Frame
    row: Array
    column: Array
    """Position within the frame."""
    cell: Array


class Engine:
    """All definitions over n subjects: stations, or areas when `areas` gives each station's."""

    def __init__(
        self,
        definitions: Sequence[Definition],
        places: Sequence[Place],
        present: Mapping[str, NDArray[np.bool_]],
        subjects: Sequence[int],
        hold_ms: int = 10_000,
        areas: NDArray[np.intp] | None = None,
    ) -> None:
        """`places` are all that any station has; `present` says of each point code which subjects
        have it; `subjects` are their ids, by which state is kept."""
        self._subjects = np.asarray(subjects, dtype=np.int64)
        self._areas, self.hold_ms = areas, hold_ms
        self.codes = asked_codes(definitions, places, present)
        """The points that `read` has to give, in this order."""
        rows = {code: row for row, code in enumerate(self.codes)}
        self._bound = [Bound(d, places, rows, present, len(subjects)) for d in definitions]
        for before, bound in zip(self._bound, self._bound[1:], strict=False):
            bound.first = before.rows.stop
        each = [len(bound.places) for bound in self._bound]
        self._owner = np.repeat(np.arange(len(each)), each)
        self._cells = Cells(
            [f"{b.definition.id}|{place.code}" for b in self._bound for place in b.places],
            self._subjects,
            np.concatenate([b.exists for b in self._bound] or [np.zeros((0, len(subjects)), bool)]),
            np.array(
                [
                    np.repeat([getattr(d, name) for d in definitions], each)
                    for name in ("on_ms", "off_ms", "worse_ms")
                ],
                dtype=np.int64,
            ),
            hold_ms,
        )
        self._last = np.full(len(subjects), NEVER)
        self._memories = Memories(self._bound, len(subjects), hold_ms)
        self._windows = Windows(self._bound, self._subjects)
        self.usuals = Usuals(self._bound, len(subjects))
        """What points usually are; filled by who learns it."""
        self._worth = Worth(self._bound)

    def step(
        self,
        ms: Times,
        fresh: NDArray[np.bool_],
        read: Callable[[NDArray[np.intp]], Array],
        live: Mapping[str, Array] | None = None,
        recall: Callable[[NDArray[np.intp]], Mapping[tuple[str, str], Array]] | None = None,
    ) -> list[Transition]:
        """One sample of every fresh subject that is younger than its last one.

        `read(columns)` gives float64[len(codes), len(columns)] in the points' units, NaN where
        unknown; `live` the attributes that change (see Frame). `recall(columns)`: Frame.recalls,
        where somebody else keeps what is remembered (block_recalls); it isn't kept here then.
        """
        columns = np.flatnonzero(fresh & (ms > self._last))
        if not len(columns):
            return []
        frame = Frame(read(columns), columns, ms[columns], live or {})
        if recall is not None:
            frame.recalls.update(recall(columns))
        else:
            self._remember(frame)
        return self._judge(frame, self._truth(frame))

    def run(self, frames: Sequence[Frame], values: Array) -> list[Transition]:
        """Some samples, one after the other; what they hold is looked at together. `values` are
        those of all frames side by side, of which each has a part. Each sample is younger than
        its subject's last one. Not for areas."""
        for frame in frames:
            self._remember(frame)
        truth = self._truth(*joined(frames, values))
        found, first = list[Transition](), 0
        for frame in frames:
            last = first + len(frame.columns)
            found += self._judge(frame, truth[:, first:last])
            first = last
        return found

    def _remember(self, frame: Frame) -> None:
        """Let windows and memories take a sample in, and say what they hold."""
        self._windows.step(frame)
        self.usuals.step(frame)
        self._memories.step(frame)

    def _truth(self, frame: Frame, extra: Mapping[str, Array] | None = None) -> Array:
        """int8[rows, m]: the conditions."""
        truth = np.empty((len(self._owner), len(frame.columns)), dtype=np.int8)
        for bound in self._bound:
            inputs = PlaceInputs(bound, frame, extra=extra, areas=self._areas)
            truth[bound.rows] = bound.definition.when.run(inputs)
        return truth

    def _judge(self, frame: Frame, truth: Array) -> list[Transition]:
        """What becomes of the cells, by what is true of them."""
        columns = frame.columns
        last = self._last[columns]
        passed = np.where(last == NEVER, 0, frame.ms - last)
        self._last[columns] = frame.ms
        self._worth.hold_back(truth, frame)
        row, column, truth = self._cells.busy(truth, columns)
        if not len(row):
            return []
        sample = _Sample(frame, row, column, self._cells.cell(row, columns[column]))
        return self._settle(sample, truth, passed[column])

    def _settle(self, sample: _Sample, truth: Array, passed: Array) -> list[Transition]:
        now = sample.frame.ms[sample.column]
        active = self._cells.active(sample.cell)
        want = np.where(active, -truth, truth)
        worse = np.full(len(truth), -1, dtype=np.int8)
        for bound, here in self._groups(sample.row):
            rule, some = bound.definition, here[active[here]]
            if rule.clear is not None and some.size:
                want[some] = self._at(bound, sample, rule.clear, some)
            if rule.worse is not None:
                worse[here] = self._at(bound, sample, rule.worse, here)
        outcome = self._cells.advance(sample.cell, sample.row, now, passed, want, worse)
        self._follow_peaks(sample, active, outcome.raised)
        return list(self._transitions(sample, outcome))

    def _follow_peaks(self, sample: _Sample, active: Array, raised: Array) -> None:
        """Keep the worst value of each alarm that is, or was until now, active."""
        self._cells.set_peak(sample.cell[raised], np.full(int(raised.sum()), np.nan))
        for bound, here in self._groups(sample.row):
            some, value = here[(active | raised)[here]], bound.definition.value
            if value is not None and some.size:
                join = np.fmin if bound.definition.lowest else np.fmax
                cell = sample.cell[some]
                found = self._at(bound, sample, value, some)
                self._cells.set_peak(cell, join(self._cells.peak(cell), found))

    def _transitions(self, sample: _Sample, outcome: Outcome) -> Iterator[Transition]:
        happened = np.flatnonzero(outcome.raised | outcome.worsened | outcome.cleared)
        for bound, here in self._groups(sample.row[happened]):
            rule, some = bound.definition, happened[here]
            unknown = np.full(len(some), np.nan)
            values, limits = (
                unknown if one is None else self._at(bound, sample, one, some)
                for one in (rule.value, rule.limit)
            )
            peaks = self._cells.peak(sample.cell[some])
            for at, value, limit, peak in zip(some, values, limits, peaks, strict=True):
                column, cleared = sample.column[at], outcome.cleared[at]
                yield Transition(
                    "raised" if outcome.raised[at] else "cleared" if cleared else "worsened",
                    rule.id,
                    bound.places[sample.row[at] - bound.first],
                    int(sample.frame.columns[column]),
                    int(sample.frame.ms[column]),
                    int(outcome.raw[at]),
                    rule.worse_level if outcome.worse[at] else rule.level,
                    float(value),
                    float(limit),
                    float(peak),
                )

    def _groups(self, row: Array) -> Iterator[tuple[Bound, NDArray[np.intp]]]:
        """Each definition among cells that are sorted by row, with the positions of its cells."""
        owners = self._owner[row]
        for owner in np.unique(owners):
            first, last = np.searchsorted(owners, [owner, owner + 1])
            yield self._bound[owner], np.arange(first, last)

    def _at(self, bound: Bound, sample: _Sample, expression: Expression, some: Array) -> Array:
        """An expression at some cells of one definition: computed for their subjects only."""
        frame, line, column = sample.frame, sample.row[some] - bound.first, sample.column[some]
        if self._areas is None:
            chosen, position = np.unique(column, return_inverse=True)
        else:  # the stations of all areas are counted together
            chosen, position = np.arange(len(frame.columns)), column
        extra = {}
        if "age" in expression.names | expression.member_names:
            ages = np.zeros((len(bound.places), len(chosen)))
            ages[line, position] = self._cells.age(sample.cell[some], frame.ms[column])
            extra["age"] = ages
        found = expression.run(PlaceInputs(bound, frame, chosen, extra, self._areas))
        at: Array = np.broadcast_to(found, (len(bound.places), len(chosen)))[line, position]
        return at

    def align(self, active: Mapping[tuple[str, str, int], tuple[int, bool, float]]) -> None:
        """Make exactly these alarms active: (rule, place code, subject id) -> (first crossing ms,
        whether it is of its worse level, peak). Timers of those that were go on."""
        self._cells.align({(f"{r}|{p}", subject): v for (r, p, subject), v in active.items()})

    @property
    def bound(self) -> tuple[Bound, ...]:
        """Every definition at its places, in the order of the rows."""
        return tuple(self._bound)

    @property
    def subjects(self) -> NDArray[np.int64]:
        """Ids of the subjects, in the order of the columns."""
        return self._subjects

    @property
    def last(self) -> Times:
        """When each subject gave its last sample, NEVER where it hasn't."""
        return self._last

    def rewind(self, now_ms: int) -> None:
        """The clock was set back to `now_ms`: samples from then on count again."""
        np.minimum(self._last, now_ms, out=self._last)
        self._cells.rewind(now_ms)

    def state(self, windows: bool = True) -> dict[str, Array]:
        """All that has to outlive a restart, as arrays that name rules, places and subjects;
        without the windows, by far the most, when they are kept apart (`window_state`)."""
        return {
            "subject": self._subjects.copy(),
            "last": self._last.copy(),
            **self._cells.state(),
            **self._memories.state(),
            **(self._windows.state() if windows else {}),
        }

    def window_state(self) -> dict[str, Array]:
        """What the windows hold."""
        return self._windows.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from `state()`; rules, places and subjects that are no more are left out.
        Raises KeyError when an array is missing."""
        where = {int(subject): at for at, subject in enumerate(self._subjects)}
        at = np.array([where.get(int(s), -1) for s in state["subject"]], dtype=np.intp)
        self._cells.restore(state)
        self._memories.restore(state, at)
        self._windows.restore(state)
        self._last[at[at >= 0]] = state["last"][at >= 0]

    def adopt(self, state: Mapping[str, Any]) -> None:
        """Go on from the `state()` of an engine of some of these subjects; the others stay."""
        self._cells.clear(np.isin(self._subjects, state["subject"]))
        self.restore(state)
