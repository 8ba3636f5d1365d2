"""What an expression is once it is compiled, and the error of one that can't be."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.array_logic import Run


class ExpressionError(ValueError):
    """A text that can't be an expression; `place` is the column, counted from 1."""

    def __init__(self, why: str, place: int) -> None:
        super().__init__(f"column {place}: {why}")
        self.why, self.place = why, place


@dataclass(frozen=True)
class Memory:
    """A part of an expression that remembers: since() or ago() of a condition."""

    key: str
    verb: str
    condition: Run


@dataclass(frozen=True)
class Window:
    """A part that looks back over a time: mean(), std(), lowest(), highest(), rate(), gain()."""

    key: str
    verb: str
    seconds: float
    number: Run


@dataclass(frozen=True)
class Usual:
    """A part that knows what a point usually is at this time of day: usual(point, percent)."""

    key: str
    code: str
    """The point's template."""
    percent: float


@dataclass(frozen=True)
class Expression:
    text: str
    run: Run
    unit: str | None
    """Of the number; None where it is a truth, or a number that fits any unit."""
    points: frozenset[str]
    """Templates that the place itself must have; those inside any_pump() etc. aren't among them."""
    spread_points: frozenset[str]
    names: frozenset[str]
    """Parameters and attributes of the subject itself."""
    member_names: frozenset[str]
    """Those inside count_stations()."""
    marks: frozenset[str]
    """Of 'z', 'n', 't': what kind of place it speaks of; empty = the station or area."""
    area: bool
    """It counts the stations of an area."""
    memories: tuple[Memory, ...]
    windows: tuple[Window, ...] = ()
    usuals: tuple[Usual, ...] = ()
    optional: frozenset[str] = frozenset()
    """Templates that the place may lack: those inside maybe()."""
