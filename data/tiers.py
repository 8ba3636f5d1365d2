"""Which grain of the lake answers a question about a span of time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from data.manifest import FileRow

HOUR = 3_600_000
DAY = 24 * HOUR


class Tier(NamedTuple):
    """A grain: `ms` of one row, and the longest span that it answers first."""

    name: str
    label: str
    ms: int
    longest: int
    datasets: tuple[str, ...]


TIERS = (
    Tier("raw", "2 s", 2_000, HOUR + HOUR // 10, ("fast", "slow")),
    Tier("minute", "1 min", 60_000, 36 * HOUR, ("minute",)),
    Tier("quarter", "15 min", 900_000, 25 * DAY, ("quarter",)),
    Tier("hour", "1 h", HOUR, 1 << 62, ("hour",)),
)
_FALLBACK = {
    "raw": ("minute", "quarter", "hour"),
    "minute": ("quarter", "hour"),
    "quarter": ("minute", "hour"),
    "hour": ("quarter", "minute"),
}
"""Where holes of a tier are filled from: a finer one holds what hasn't been rolled up yet, a
coarser one what is too old for it."""
_PIECE = 60_000
"""A file of raw rows speaks for whole minutes, whenever in them the polls came."""
_JOIN = 120_000
"""Files less than this apart have no hole between them."""


class Part(NamedTuple):
    """Rows of [start, end) ms to be read from one tier."""

    tier: Tier
    start: int
    end: int


def preferred(start: int, end: int) -> Tier:
    """The tier for a span of [start, end) ms: the finest that isn't too fine for a chart."""
    return next(tier for tier in TIERS if end - start <= tier.longest)


def plan(files: Mapping[str, Sequence[FileRow]], start: int, end: int, first: Tier) -> list[Part]:
    """Parts that cover as much of [start, end) as there are files, each moment once, in order.

    files: by dataset. `first` answers where it can; its fallbacks fill the rest.
    """
    by_name = {tier.name: tier for tier in TIERS}
    holes = [(start, end)]
    parts: list[Part] = []
    for name in (first.name, *_FALLBACK[first.name]):
        tier = by_name[name]
        covered = _covered(
            [f for d in tier.datasets for f in files.get(d, ())], max(tier.ms, _PIECE)
        )
        left = []
        for low, high in holes:
            at = low
            for first_ms, last_ms in covered:
                a, b = max(first_ms, low), min(last_ms, high)
                if b <= a:
                    continue
                parts.append(Part(tier, a, b))
                if a > at:
                    left.append((at, a))
                at = b
            if at < high:
                left.append((at, high))
        holes = left
    return sorted(parts, key=lambda part: part.start)


def _covered(files: Iterable[FileRow], unit: int) -> list[tuple[int, int]]:
    """The spans [from, to) that files cover, joined; in whole units of time, ms."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted((f.from_ms, f.to_ms) for f in files):
        low, high = first - first % unit, last - last % unit + unit
        if joined and low <= joined[-1][1] + _JOIN:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return joined
