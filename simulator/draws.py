"""Random draws that depend on their keys alone, never on order or on who else draws.

The same (seed, stream, station, day) gives the same number in the live plant, in the history and
in a test that runs one station by itself. Counter-based: splitmix64 over the keys.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike

from simulator.types import Floats, Ints, Words

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)


def key(text: str) -> int:
    """A stable whole number for a name, such as a station's code."""
    return crc32(text.encode())


def uniform(seed: int, stream: str, *keys: ArrayLike) -> Floats:
    """Uniform in [0, 1), of the shape that `keys` (whole numbers) broadcast to."""
    with np.errstate(over="ignore"):
        state = _mix(np.asarray((key(stream) << 32) | (seed & 0xFFFFFFFF), np.uint64))
        for part in keys:
            state = _mix(state ^ np.asarray(part).astype(np.int64).view(np.uint64))
    return np.asarray((state >> np.uint64(11)).astype(np.float64) * 2.0**-53)


def normal(seed: int, stream: str, *keys: ArrayLike) -> Floats:
    """Standard normal, by Box and Muller."""
    radius = np.sqrt(-2.0 * np.log1p(-uniform(seed, stream + ".r", *keys)))
    return np.asarray(radius * np.cos(2.0 * np.pi * uniform(seed, stream + ".a", *keys)))


def between(low: ArrayLike, high: ArrayLike, share: Floats) -> Floats:
    """Uniform draws `share` stretched to [low, high)."""
    return np.asarray(np.asarray(low) + (np.asarray(high) - np.asarray(low)) * share)


def log_between(low: ArrayLike, high: ArrayLike, share: Floats) -> Floats:
    """Draws between two positive numbers, even on a logarithmic scale."""
    return np.asarray(np.exp(between(np.log(low), np.log(high), share)))


def pick(weights: ArrayLike, share: Floats) -> Ints:
    """Index into `weights` for each uniform draw."""
    edges = np.cumsum(np.asarray(weights, float))
    return np.minimum(np.searchsorted(edges / edges[-1], share, side="right"), len(edges) - 1)


def _mix(state: Words) -> Words:
    state = state + _GOLDEN
    state = (state ^ (state >> np.uint64(30))) * _MIX1
    state = (state ^ (state >> np.uint64(27))) * _MIX2
    return np.asarray(state ^ (state >> np.uint64(31)))
