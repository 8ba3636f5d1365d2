"""Indicators over facts: ratios of sums, never means of ratios. M9 in docs/methods.md."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

FACTS = (
    "F.volume",
    "F.energy",
    "F.demanded_s",
    "F.pressure_ok_s",
    "F.quality_s",
    "F.quality_ok_s",
    "F.online_s",
    "F.expected_s",
    "F.lost_s",
)
"""Facts that the cockpit's indicators need."""


def ratio(
    numerator: float | None, denominator: float | None, scale: float = 1.0, floor: float = 0.0
) -> float | None:
    """scale * numerator / denominator; None when a part is missing or the denominator is zero or
    under `floor`: zero would mean a measured zero."""
    if numerator is None or denominator is None:
        return None
    if not math.isfinite(numerator) or not math.isfinite(denominator):
        return None
    if denominator <= 0 or denominator < floor:
        return None
    return scale * numerator / denominator


def summed(frame: pl.DataFrame, stations: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Facts of `frame` summed by `keys` (names of columns of either frame), sorted by them.

    frame: station and facts; stations: station, district, households, zones. Added: weighted by
    homes, `F.lost_s` becomes `lost_households`, its sum over zones shared equally, and
    `households` is that of the stations that answered; `stations` counts them.
    """
    joined = frame.join(stations, on="station", how="inner")
    if "F.lost_s" in joined.columns:
        weighted = pl.col("F.lost_s") * pl.col("households") / pl.col("zones").clip(1)
        joined = joined.with_columns(weighted.alias("lost_households"))
    facts = [c for c in joined.columns if c.startswith("F.") or c == "lost_households"]
    sums = [pl.col(c).fill_nan(None).sum().alias(c) for c in facts]
    homes = pl.col("households").sum()
    return joined.group_by(*keys).agg(*sums, homes, pl.len().alias("stations")).sort(*keys)


def total(frame: pl.DataFrame, fact: str) -> float | None:
    """Sum of a fact over all rows; None when there is none or no such column."""
    if fact not in frame.columns or not frame.height:
        return None
    known = frame[fact]  # sum() leaves nulls out; drop_nulls() would plan and run a query
    return float(known.sum()) if known.count() else None


def same_hours(
    curves: Sequence[Sequence[float | None]], share: float = 0.1
) -> list[tuple[float, float] | None]:
    """Band of like days, slot by slot: from the `share` to the 1 - `share` quantile.

    curves: one list a day, all of one length; a slot that fewer than two days know has none.
    """
    found: list[tuple[float, float] | None] = []
    for slot in zip(*curves, strict=True):
        known = [v for v in slot if v is not None and math.isfinite(v)]
        if len(known) < 2:
            found.append(None)
            continue
        series = pl.Series(known)
        low, high = (series.quantile(q, "linear") for q in (share, 1 - share))
        found.append((float(low or 0.0), float(high or 0.0)))
    return found
