"""Array functions that expressions are made of: three-valued truth, numbers with gaps.

Truth is int8: 1 true, 0 unknown, -1 false, so that `and`, `or`, `not` are minimum, maximum and
minus (Kleene's logic). A number that isn't known is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""int8 truth or float64 numbers that broadcast to [places, subjects]."""


class Inputs(Protocol):
    """Where an expression gets its numbers."""

    def number(self, name: str) -> Array:
        """A point's template, a parameter or an attribute."""
        ...

    def recall(self, key: str) -> Array:
        """What a memory (`since(...)`, `ago(...)`) says now, s."""
        ...

    def spread(self, mark: str) -> tuple[Inputs, Array]:
        """The same with every pump ('n') or tank ('t') along a new first axis; and bool of that
        shape: whether the subject has it."""
        ...

    def members(self) -> tuple[Inputs, Array, int]:
        """Inputs of all stations, the area of each, and how many areas there are."""
        ...


Run = Callable[[Inputs], Array]


def joined(join: Callable[[Array, Array], Array], runs: Sequence[Run]) -> Run:
    """One function of several, joined from left to right."""

    def run(inputs: Inputs) -> Array:
        found = runs[0](inputs)
        for other in runs[1:]:
            found = join(found, other(inputs))
        return found

    return run


def divide(a: Array, b: Array) -> Array:
    """a / b, unknown where b is zero."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    result = np.full(shape, np.nan)
    np.divide(a, b, out=result, where=b != 0)
    return result


def _apart(a: Array, b: Array) -> Array:
    return (a < b) | (a > b)


COMPARE: dict[str, tuple[Callable[..., Array], Callable[..., Array]]] = {
    "Lt": (np.less, np.greater_equal),
    "LtE": (np.less_equal, np.greater),
    "Gt": (np.greater, np.less_equal),
    "GtE": (np.greater_equal, np.less),
    "Eq": (np.equal, _apart),
    "NotEq": (_apart, np.equal),
}
"""For each operator what makes it true and what makes it false; NaN does neither."""


def compared(op: str, left: Run, right: Run) -> Run:
    """Truth of `left op right`."""
    yes, no = COMPARE[op]

    def run(inputs: Inputs) -> Array:
        a, b = left(inputs), right(inputs)
        truth: Array = yes(a, b).view(np.int8) - no(a, b).view(np.int8)
        return truth

    return run


def _count(truth: Array, there: Array) -> Array:
    unknown = (there & (truth == 0)).any(axis=0)
    return np.where(unknown, np.nan, (there & (truth == 1)).sum(axis=0))


GATHER: dict[str, Callable[[Array, Array], Array]] = {
    "any": lambda truth, there: np.where(there, truth, np.int8(-1)).max(axis=0, initial=-1),
    "all": lambda truth, there: np.where(there, truth, np.int8(1)).min(axis=0, initial=1),
    "count": _count,
    "sum": lambda value, there: np.where(there, value, 0.0).sum(axis=0),
}
"""What becomes of the pumps or tanks along the first axis; those that aren't there don't count."""


def counted(condition: Run) -> Run:
    """How many stations of each area fulfil `condition`: [1, areas]. Unknown is not counted."""

    def run(inputs: Inputs) -> Array:
        stations, area, areas = inputs.members()
        true = np.broadcast_to(condition(stations), (1, len(area)))[0] == 1
        return np.bincount(area[true], minlength=areas)[None, :].astype(np.float64)

    return run
