"""What a window of an alarm rule says, from the sums of its steps (alarm_rings, block_windows)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analytics.array_logic import Array

JOIN: Mapping[str, np.ufunc] = {"low": np.minimum, "high": np.maximum}
"""How steps come together where they aren't added."""


def said(
    verb: str, length: int, done: Mapping[str, Array], now: Mapping[str, Array], known: Array,
    value: Array, ms: Array,
) -> Array:  # fmt: skip
    """float64 of some cells, NaN = unknown. length: ms of the window; done: what its finished steps
    come to, now: the one that runs; known: whether they reach back far enough; value and ms of the
    sample."""
    count = done["count"] + now["count"]
    if verb == "gain":
        return np.where(count > 0, done["up"] + now["up"], np.nan)
    if verb == "rate":
        span = ms - done["first_ms"]
        found = (value - done["first"]) * (length / np.where(span > 0, span, np.nan))
        return np.where(known, found, np.nan)
    ends = {name: join(done[name], now[name]) for name, join in JOIN.items() if name in now}
    if ends:
        found = ends["high"] - ends["low"] if verb == "span" else next(iter(ends.values()))
        return np.where(known, found, np.nan)
    total = np.where(known, count, np.nan)
    sums = {name: (done[name] + now[name]) / total for name in now if name != "count"}
    if verb in ("mean", "missing"):
        return np.asarray(sums["sum"])
    square = sums["square"] / 2.0 if verb == "jitter" else sums["square"] - sums["sum"] ** 2
    return np.asarray(np.sqrt(np.maximum(square, 0.0)))
