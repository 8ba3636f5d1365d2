"""What a counter counted while nobody read it, given back to the steps of the gap. M1 in
docs/methods.md.
"""

from __future__ import annotations

import numpy as np


def shared(total: int, weights: np.ndarray) -> np.ndarray:
    """int64 parts of a whole total >= 0 in proportion to weights >= 0 [k]; they add up exactly.

    By the largest remainders; all weights 0 = evenly.
    """
    some = np.asarray(weights, np.float64)
    if not some.sum() > 0.0:
        some = np.ones(len(some))
    exact = total * (some / some.sum())
    parts: np.ndarray = np.floor(exact).astype(np.int64)
    left = total - int(parts.sum())
    order = np.argsort(parts - exact, kind="stable")
    parts[order[:left]] += 1
    return parts


def gap_weights(seen: np.ndarray, known: np.ndarray, length: float, total: float) -> np.ndarray:
    """Weights of the steps that an increase over a gap is shared out by.

    seen [k]: integral of the instantaneous value over the `known` seconds of each step of `length`
    s, in the unit of `total`. Time that nobody saw gets an even rate, so that all adds up to
    `total`; where all was seen, or less is left than was seen, the integrals decide alone. With
    nothing seen this is linear in time.
    """
    dark = np.maximum(length - known, 0.0)
    left = total - float(seen.sum())
    if left <= 0.0 or not dark.sum() > 0.0:
        return seen if seen.sum() > 0.0 else np.full(len(seen), length)
    weights: np.ndarray = seen + left * dark / dark.sum()
    return weights
