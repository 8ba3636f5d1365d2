"""Like stations beside each other: groups of peers, robust distance, what regression explains.
M14 in docs/methods.md (E2.10).

Arrays are [n], one value a station; NaN = unknown, and stays unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ENOUGH, FEWEST, MANY = 8, 5, 60
"""Peers wanted in a group; fewest for a verdict; stations that a regression needs."""
HIGH, WATCH, CALM = 3.5, 2.5, 2.0
HEADS = (40.0, 60.0, 80.0, 100.0)
VOLUMES = (50.0, 150.0, 400.0)
AGES = (5.0, 10.0)
HUBER = 1.345
ROUNDS = 60


@dataclass(frozen=True)
class Peers:
    """The group that each station is compared with."""

    members: tuple[np.ndarray, ...]
    """Of each station the places of its group, itself among them."""
    keys: np.ndarray
    """How many of (type, height, volume, age) the group shares."""

    @property
    def size(self) -> np.ndarray:
        return np.array([len(m) for m in self.members], int)


def classes(values: np.ndarray, limits: Sequence[float]) -> np.ndarray:
    """The class of each value between `limits` (a limit belongs to the upper one); -1 unknown."""
    return np.where(np.isnan(values), -1, np.searchsorted(limits, values, side="right"))


def peers(kinds: Sequence[str], height: np.ndarray, volume: np.ndarray, age: np.ndarray) -> Peers:
    """Groups by type, height (m), m³ a day and years: of each station the finest with ENOUGH
    members, dropping keys from the last on; the type alone remains at last, however few."""
    _, kind = np.unique(np.asarray(kinds, str), return_inverse=True)
    table = np.column_stack(
        [kind, classes(height, HEADS), classes(volume, VOLUMES), classes(age, AGES)]
    )
    n = len(table)
    members: list[np.ndarray] = [np.empty(0, int)] * n
    keys = np.zeros(n, int)
    for depth in (4, 3, 2, 1):
        _, group = np.unique(table[:, :depth], axis=0, return_inverse=True)
        group = group.reshape(-1)
        order = np.argsort(group, kind="stable")
        for part in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
            if len(part) >= ENOUGH or depth == 1:
                for i in part:
                    if not keys[i]:
                        members[i], keys[i] = part, depth
    return Peers(tuple(members), keys)


def robust_z(values: np.ndarray, among: np.ndarray | None = None) -> np.ndarray:
    """E2.10: (x − median)/(1.4826·MAD) of `values` against `among` (default themselves). MAD 0: the
    interquartile range over 1.349; still 0, or fewer than FEWEST known: NaN."""
    known = values if among is None else among
    known = known[np.isfinite(known)]
    if len(known) < FEWEST:
        return np.full(np.shape(values), np.nan)
    middle = np.median(known)
    spread = 1.4826 * np.median(np.abs(known - middle))
    if spread <= 1e-12:
        low, high = np.quantile(known, [0.25, 0.75])
        spread = (high - low) / 1.349
    if spread <= 1e-12:
        return np.full(np.shape(values), np.nan)
    return np.asarray((values - middle) / spread)


def among_peers(values: np.ndarray, group: Peers) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(z of ln values, median, lower quartile) of each station among its peers; values ≤ 0 are
    unknown. No verdict (z NaN) and no quartile from fewer than FEWEST."""
    x = np.log(np.where(values > 0, values, np.nan))
    z, middle, quarter = (np.full(len(x), np.nan) for _ in range(3))
    done: dict[int, tuple[np.ndarray, float, float]] = {}
    for i, part in enumerate(group.members):
        if id(part) not in done:
            some = x[part][np.isfinite(x[part])]
            few = len(some) < FEWEST
            done[id(part)] = (
                robust_z(x, some) if not few else np.full(len(x), np.nan),
                np.nan if few else float(np.exp(np.median(some))),
                np.nan if few else float(np.exp(np.quantile(some, 0.25))),
            )
        every, middle[i], quarter[i] = done[id(part)]
        z[i] = every[i]
    return z, middle, quarter


def verdicts(z: np.ndarray, before: np.ndarray | None = None) -> list[str]:
    """high (z > 3.5), watch (> 2.5), good (too good to be true, < −3.5), normal; none without z.

    before: z of the periods before, [periods, n], newest last. Hysteresis: who was high stays high
    until z was under 2.0 in two periods one after the other.
    """
    history = np.vstack([*([] if before is None else [np.atleast_2d(before)]), z[None, :]])
    found = []
    for column in history.T:
        flagged, calm = False, 0
        for value in column:
            if not np.isfinite(value):
                continue
            calm = calm + 1 if value < CALM else 0
            flagged = value > HIGH or (flagged and calm < 2)
        last = column[-1]
        if not np.isfinite(last):
            found.append("none")
        elif flagged:
            found.append("high")
        elif last > WATCH:
            found.append("watch")
        else:
            found.append("good" if last < -HIGH else "normal")
    return found


def huber(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(coefficients, residuals of all rows) of y on the columns of x by Huber's loss; rows with
    something unknown don't take part and have no residual. Iteratively weighted least squares."""
    known = np.isfinite(x).all(axis=1) & np.isfinite(y)
    a, b = x[known], y[known]
    weight = np.ones(len(b))
    beta = np.zeros(x.shape[1])
    for _ in range(ROUNDS):
        root = np.sqrt(weight)
        new = np.linalg.lstsq(a * root[:, None], b * root, rcond=None)[0]
        rest = b - a @ new
        scale = 1.4826 * float(np.median(np.abs(rest)))
        weight = np.minimum(1.0, HUBER * scale / np.maximum(np.abs(rest), 1e-12))
        if scale <= 1e-12 or np.allclose(new, beta, rtol=1e-8, atol=1e-10):
            beta = new
            break
        beta = new
    residual = np.full(len(y), np.nan)
    residual[known] = b - a @ beta
    return beta, residual


def explained_z(y: np.ndarray, numbers: Sequence[np.ndarray], kinds: Sequence[str]) -> np.ndarray:
    """z of what `numbers` and the type do not explain of y; NaN for all when fewer than MANY rows
    are whole."""
    names, kind = np.unique(np.asarray(kinds, str), return_inverse=True)
    dummies = [(kind == k).astype(float) for k in range(1, len(names))]
    x = np.column_stack([np.ones(len(y)), *numbers, *dummies])
    if int((np.isfinite(x).all(axis=1) & np.isfinite(y)).sum()) < MANY:
        return np.full(len(y), np.nan)
    return robust_z(huber(x, y)[1])
