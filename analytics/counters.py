"""Increases of cumulative counters (m³, kWh, h): rollover, reset, jitter, spike, exchange.

Counter readings are whole numbers. All arrays of one call have one shape, e.g. [counter, station];
each call takes at most one reading per counter. M1 in docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

MISSING = np.iinfo(np.int64).min
AGREE = 3
"""Refused readings in a row that agree among themselves become the new anchor."""
GAP = 1.5
"""Nominal intervals after which an increase fills a gap."""
_MS_PER_HOUR = 3_600_000.0


class Verdict(IntEnum):
    """What was made of a reading."""

    MISSING = 0
    FIRST = 1
    OK = 2
    GAP_FILLED = 3
    SPIKE = 4
    JITTER = 5
    ROLLOVER = 6
    RESET = 7
    REANCHOR = 8


@dataclass(frozen=True)
class CounterState:
    """Where each counter stands. MISSING in `value` = never read."""

    value: np.ndarray
    """int64: last accepted reading."""
    ms: np.ndarray
    """int64: its time."""
    refused: np.ndarray
    """int64: number of refused readings in a row that agree."""
    first: np.ndarray
    """int64: the first of them ..."""
    last: np.ndarray
    """int64: ... and the last,"""
    last_ms: np.ndarray
    """int64: and its time."""

    @classmethod
    def at(cls, value: np.ndarray, ms: np.ndarray) -> CounterState:
        """Counters last accepted at `value` (MISSING = never)."""
        zero = np.zeros(value.shape, np.int64)
        return cls(value.astype(np.int64), ms.astype(np.int64), zero, zero, zero, zero)

    @classmethod
    def new(cls, shape: tuple[int, ...]) -> CounterState:
        return cls.at(np.full(shape, MISSING, np.int64), np.zeros(shape, np.int64))


@dataclass(frozen=True)
class Limits:
    """Arrays that broadcast to the readings' shape."""

    cap: np.ndarray
    """float64: greatest credible increase an hour, in counter units."""
    modulus: np.ndarray
    """int64: where the counter starts again from 0."""
    resolution: np.ndarray
    """int64: step of the register, in counter units."""
    nominal_ms: int
    """Usual time between readings."""


def advance(
    state: CounterState, limits: Limits, reading: np.ndarray, ms: np.ndarray
) -> tuple[CounterState, np.ndarray, np.ndarray]:
    """Judge one reading of each counter: (new state, increase int64, verdict uint8).

    reading: MISSING = none. A reading that isn't younger than the accepted one counts as none.
    increase: MISSING where it isn't known (no reading, or the first ever).
    A register counts in steps, so an increase may exceed the cap by one step.
    """
    fresh = (reading != MISSING) & ((ms > state.ms) | (state.value == MISSING))
    first = fresh & (state.value == MISSING)
    fresh &= ~first
    elapsed = np.where(fresh, ms - state.ms, 0)
    room = limits.cap * elapsed / _MS_PER_HOUR + limits.resolution
    step = np.where(fresh, reading - np.where(fresh, state.value, 0), 0)
    jitter = fresh & (step < 0) & (step >= -2 * limits.resolution)
    back = fresh & (step < -2 * limits.resolution)
    rollover = back & (state.value > 0.9 * limits.modulus) & (step + limits.modulus <= room)
    reset = back & ~rollover & (reading <= room)
    exchanged = back & ~rollover & ~reset
    spike = fresh & (step > room)
    good = fresh & (step >= 0) & ~spike

    refused, start, agreed = _refused(state, limits, reading, ms, spike)
    spike &= ~agreed
    verdict = np.select(
        [first, good & (elapsed > GAP * limits.nominal_ms), good, jitter, rollover, reset,
         exchanged | agreed, spike],
        [Verdict.FIRST, Verdict.GAP_FILLED, Verdict.OK, Verdict.JITTER, Verdict.ROLLOVER,
         Verdict.RESET, Verdict.REANCHOR, Verdict.SPIKE],
        Verdict.MISSING,
    ).astype(np.uint8)  # fmt: skip
    increase = np.select(
        [good, rollover, reset, agreed, jitter | exchanged | spike],
        [step, step + limits.modulus, reading, reading - start, 0],
        MISSING,
    )
    accepted = first | good | rollover | reset | exchanged | agreed
    settled = accepted | jitter
    new = CounterState(
        value=np.where(accepted, reading, state.value),
        ms=np.where(settled, ms, state.ms),
        refused=np.where(settled, 0, refused),
        first=start,
        last=np.where(spike, reading, state.last),
        last_ms=np.where(spike, ms, state.last_ms),
    )
    return new, increase, verdict


def _refused(
    state: CounterState, limits: Limits, reading: np.ndarray, ms: np.ndarray, spike: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(number, first of the agreeing refused readings, enough of them) after this reading."""
    since = np.where(spike & (state.refused > 0), ms - state.last_ms, 0)
    step = np.where(spike, reading - state.last, 0)
    agrees = (
        spike
        & (state.refused > 0)
        & (step >= 0)
        & (step <= limits.cap * since / _MS_PER_HOUR + limits.resolution)
    )
    number = np.where(agrees, state.refused + 1, np.where(spike, 1, state.refused))
    start = np.where(spike & ~agrees, reading, state.first)
    return number, start, spike & (number >= AGREE)


def differences(
    ms: Sequence[int],
    readings: Sequence[int | None],
    cap: float,
    modulus: int,
    resolution: int = 1,
    nominal_ms: int = 3_600_000,
) -> tuple[list[int], list[Verdict]]:
    """Increases (0 where unknown) and verdicts of one counter's readings, in order of time."""
    limits = Limits(np.array([cap]), np.array([modulus]), np.array([resolution]), nominal_ms)
    state = CounterState.new((1,))
    increases, verdicts = [], []
    for at, value in zip(ms, readings, strict=True):
        reading = np.array([MISSING if value is None else value])
        state, increase, verdict = advance(state, limits, reading, np.array([at]))
        increases.append(0 if increase[0] == MISSING else int(increase[0]))
        verdicts.append(Verdict(int(verdict[0])))
    return increases, verdicts
