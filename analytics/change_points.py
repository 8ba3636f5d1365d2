"""Changes of a nightly or daily flow: when, how large, step or growth, gone again (repair).

Two-sided CUSUM (E4.9) on many series at once. L6 in docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

K, H = 0.5, 5.0
"""Slack and limit of the CUSUM, in σ."""
BASE, GAP = 28, 2
"""Clean nights that make the baseline, and the latest nights that stay out of it."""
FEW = 7
"""Clean nights without which there is no baseline."""
SETTLE = 7
"""Nights whose median is the new level."""
LONGEST = 35
"""Nights after which a change counts as settled, come what may."""
Z90 = 1.645
_MEDIAN_LOSS = 1.2533
"""Standard error of a median over that of a mean."""


@dataclass
class Change:
    """A lasting change of one series. Places are columns of the series."""

    row: int
    first: int
    """First night of it: after the last zero of the CUSUM."""
    told: int
    """Night on which it was told."""
    size: float
    low: float
    high: float
    """90 % interval of the size."""
    ramp: int = 1
    """Nights that it took to reach four fifths of its size; 1 = a step."""
    open: bool = False
    """Not settled yet: the size may still grow."""


@dataclass
class Watch:
    """What was found: the changes, and the sum of the settled ones at the end of each night."""

    changes: list[Change] = field(default_factory=list)
    offset: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    """[n, d] sum of all changes by that night."""
    sigma: np.ndarray = field(default_factory=lambda: np.zeros(0))
    """[n] spread of the last baseline."""


def median(values: np.ndarray) -> np.ndarray:
    """Median of each row without its NaN; NaN where nothing is known. Faster than nanmedian."""
    if not values.shape[-1]:
        return np.full(values.shape[:-1], np.nan)
    ordered = np.sort(values, axis=-1)  # NaN go to the end
    count = (~np.isnan(values)).sum(axis=-1)
    low, high = np.maximum(count - 1, 0) // 2, np.maximum(count, 1) // 2
    pair = [np.take_along_axis(ordered, at[..., None], -1)[..., 0] for at in (low, high)]
    return np.asarray(np.where(count > 0, 0.5 * (pair[0] + pair[1]), np.nan))


def spread(values: np.ndarray, middle: np.ndarray, floor: float | np.ndarray) -> np.ndarray:
    """σ = max(1.4826·MAD, floor) of each row."""
    return np.fmax(1.4826 * median(np.abs(values - middle[..., None])), floor)


def cusum(
    series: np.ndarray, mu: float, sigma: float, k: float = K, h: float = H
) -> tuple[np.ndarray, int | None]:
    """E4.9: S⁺ of each night, and the first night above h (None = none). NaN nights hold S."""
    total, sums, alarm = 0.0, [], None
    for i, value in enumerate(series):
        if np.isfinite(value):
            total = max(0.0, total + (value - mu) / sigma - k)
        sums.append(total)
        if alarm is None and total > h:
            alarm = i
    return np.array(sums), alarm


def watch(
    series: np.ndarray,
    floor: float | np.ndarray = 0.1,
    least: float | np.ndarray = 0.0,
    *,
    k: float = K,
    h: float = H,
    base: int = BASE,
) -> Watch:
    """Follow each row night by night; only what a night could know is used for it. Season and
    weekdays are taken out before (night_flow.without_common).

    series: [n, d], NaN where a night isn't valid. floor: least σ, in the unit of the series.
    least: a change smaller than this is no change. base: nights of the baseline. After a change
    has settled the following nights are judged without it, so that a baseline needs no second
    month to be learnt.
    """
    follow = _Follow(np.asarray(series, float), floor, least, k, h, base)
    for night in range(follow.nights):
        follow.step(night)
    return follow.end()


class _Follow:
    """The state of `watch`."""

    def __init__(
        self, series: np.ndarray, floor: float | np.ndarray, least: float | np.ndarray,
        k: float, h: float, base: int,
    ) -> None:  # fmt: skip
        n, self.nights = series.shape
        self.series, self.k, self.h, self.base = series, k, h, base
        self.floor, self.least = np.broadcast_to(floor, n), np.broadcast_to(least, n)
        self.clean = np.full_like(series, np.nan)  # without changes, NaN while one goes on
        self.offset, self.trail = np.zeros(n), np.zeros_like(series)
        self.mu, self.sigma = np.full(n, np.nan), np.full(n, np.nan)
        self.up, self.down = np.zeros(n), np.zeros(n)
        self.zero_up, self.zero_down = np.full(n, -1), np.full(n, -1)
        self.going: dict[int, tuple[int, int]] = {}
        self.changes: list[Change] = []

    def step(self, night: int) -> None:
        tonight = self.series[:, night] - self.offset
        self._learn(night)
        busy = np.zeros(len(tonight), bool)
        busy[list(self.going)] = True
        z = (tonight - self.mu) / self.sigma
        known = np.isfinite(z) & ~busy
        z = np.where(known, np.clip(z, -2.0 * self.h, 2.0 * self.h), 0.0)
        self.up = np.where(known, np.maximum(0.0, self.up + z - self.k), self.up)
        self.down = np.where(known, np.maximum(0.0, self.down - z - self.k), self.down)
        self.zero_up[known & (self.up == 0.0)] = night
        self.zero_down[known & (self.down == 0.0)] = night
        self.clean[:, night] = np.where(busy, np.nan, tonight)
        for row in np.flatnonzero(known & ((self.up > self.h) | (self.down > self.h))).tolist():
            self._begin(row, night)
        for row in list(self.going):
            self._follow(row, night)
        self.trail[:, night] = self.offset

    def _learn(self, night: int) -> None:
        """Baseline and spread from clean nights before the last GAP."""
        low, high = max(0, night - GAP - self.base), night - GAP
        if high - low < FEW:
            return
        clean = self.clean[:, low:high]
        enough = (~np.isnan(clean)).sum(axis=1) >= FEW
        enough[list(self.going)] = False
        mu = median(clean)
        sigma = spread(clean, mu, self.floor)
        self.mu = np.where(enough, mu, self.mu)
        self.sigma = np.where(enough, sigma, self.sigma)

    def _begin(self, row: int, night: int) -> None:
        first = int((self.zero_up if self.up[row] > self.h else self.zero_down)[row]) + 1
        late = self.series[row, first : night + 1] - self.offset[row] - self.mu[row]
        self.up[row] = self.down[row] = 0.0
        self.zero_up[row] = self.zero_down[row] = night
        if abs(float(np.nanmax(np.abs(late)))) < self.least[row]:
            return  # nobody would go out for it; the baseline takes it in
        self.going[row] = (first, night)
        self.clean[row, first : night + 1] = np.nan

    def _follow(self, row: int, night: int) -> None:
        """Whether the change has settled by now."""
        first, told = self.going[row]
        if night - told + 1 < SETTLE:
            return
        recent = self.series[row, max(first, night - SETTLE + 1) : night + 1] - self.offset[row]
        known = recent[~np.isnan(recent)]
        if len(known) < 4:
            return
        half = len(known) // 2
        moving = abs(np.median(known[half:]) - np.median(known[:half])) > 1.2 * self.sigma[row]
        if moving and night - first < LONGEST:
            return
        change = self._measure(row, first, told, night)
        del self.going[row]
        if abs(change.size) < max(self.least[row], self.sigma[row]):
            # it went away by itself: a burst pipe that was shut, a filled pool
            self.clean[row, night - SETTLE + 1 : night + 1] = recent[-SETTLE:]
            return
        self.changes.append(change)
        self.offset[row] += change.size
        self.clean[row, night - SETTLE + 1 : night + 1] = recent[-SETTLE:] - change.size

    def _measure(self, row: int, first: int, told: int, night: int) -> Change:
        late = self.series[row, first : night + 1] - self.offset[row] - self.mu[row]
        known = late[~np.isnan(late)][-SETTLE:]
        size = float(np.median(known)) if len(known) else float("nan")
        error = self.sigma[row] * _MEDIAN_LOSS * np.sqrt(1.0 / max(len(known), 1) + 1.0 / self.base)
        # S may have stood above zero by chance: the change begins where a tenth of it is seen
        seen = np.flatnonzero(late[: told - first + 1] * np.sign(size) >= 0.1 * abs(size))
        begin = int(seen[0]) if len(seen) else 0
        reached = np.flatnonzero(late[begin:] * np.sign(size) >= 0.8 * abs(size))
        ramp = int(reached[0]) + 1 if len(reached) else len(late) - begin
        bound = Z90 * float(error)
        return Change(row, first + begin, told, size, size - bound, size + bound, ramp)

    def end(self) -> Watch:
        """With the changes that go on at the end."""
        last = self.nights - 1
        for row, (first, told) in self.going.items():
            change = self._measure(row, first, told, last)
            if abs(change.size) >= max(self.least[row], self.sigma[row]):
                change.open = True
                self.changes.append(change)
        self.changes.sort(key=lambda change: (change.row, change.first))
        return Watch(self.changes, self.trail, self.sigma)
