"""Which solution to try first: probability of its fault times how surely it worked. M83."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol, TypeVar

from scipy.stats import binomtest

FIRST = 1
"""Successes that a reviewed solution is credited before anybody has used it."""


class Tried(Protocol):
    """What is asked of a solution."""

    @property
    def fault(self) -> str: ...
    @property
    def used(self) -> int: ...
    @property
    def solved(self) -> int: ...


Some = TypeVar("Some", bound=Tried)


def sure(solved: int, used: int) -> float:
    """Wilson's lower bound (95 %) of the share that worked, with FIRST successes on credit."""
    return float(binomtest(solved + FIRST, used + FIRST).proportion_ci(0.95, method="wilson").low)


def best(solutions: Iterable[Some], posterior: Mapping[str, float], most: int = 3) -> list[Some]:
    """The `most` solutions with the highest posterior of their fault x success; a solution of a
    fault that isn't suspected is left out."""
    known = [one for one in solutions if posterior.get(one.fault, 0.0) > 0.0]
    known.sort(key=lambda one: -posterior[one.fault] * sure(one.solved, one.used))
    return known[:most]
