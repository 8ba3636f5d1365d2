"""How sums of days are grouped: by place, type, day or month, with what should have been there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

import polars as pl

BY = ("district", "station", "type", "day", "month")
"""What one can group by; month is its first day."""
KEYS = ("day", "district", "station", "type")
SUMS = ("lost_households", "households", "rows")


def month_end(first: date) -> date:
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return after - timedelta(days=1)


def weighted(frame: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Sums of single stations with their homes, as FileSums has them of districts."""
    joined = frame.join(places, on="station", how="left")
    lost = pl.col("F.lost_s") * pl.col("households") / pl.col("zones").clip(1)
    return joined.with_columns(
        lost.alias("lost_households"), (pl.col("households") * pl.col("rows")).alias("households")
    ).drop("zones")


def grouped(
    frames: Sequence[pl.DataFrame], places: pl.DataFrame, facts: Sequence[str], by: Sequence[str],
    start: date, end: date,
) -> pl.DataFrame:  # fmt: skip
    """All rows summed by `by`, with days and stations; stations that told nothing have a row."""
    columns = [*facts, *SUMS]
    plain = [frame.select(
        *(pl.col(c).cast(pl.Float64) for c in columns), *(c for c in KEYS if c in frame.columns)
    ) for frame in frames]  # fmt: skip
    rows = pl.concat(plain, how="diagonal")
    attributes = places.select("station", "district", "type")
    if "type" in by:
        rows = rows.drop("type", strict=False).join(
            attributes.select("station", "type"), on="station", how="left"
        )
    if "month" in by:
        rows = rows.with_columns(pl.col("day").dt.truncate("1mo").alias("month"))
    known = [pl.col(c).fill_nan(None) for c in columns]
    pairs = zip(known, columns, strict=True)
    sums = [pl.when(c.count() > 0).then(c.sum()).alias(n) for c, n in pairs]
    length = max((end - start).days + 1, 0)
    place = [k for k in by if k in ("station", "district", "type")]
    counts = attributes.group_by(place).agg(pl.len().alias("stations")) if place else None
    if not by:
        return rows.select(sums).with_columns(
            pl.col("rows").fill_null(0.0),
            pl.lit(length).alias("days"),
            pl.lit(places.height).alias("stations"),
        )
    grouped = rows.group_by(by).agg(sums)
    if counts is not None:
        how: Literal["left", "right"] = "left" if {"day", "month"} & set(by) else "right"
        grouped = grouped.join(counts, on=place, how=how, maintain_order="none")
    else:
        grouped = grouped.with_columns(pl.lit(places.height).alias("stations"))
    return grouped.with_columns(_days(by, start, end).alias("days")).with_columns(
        pl.col("rows").fill_null(0)
    ).sort(by)  # fmt: skip


def _days(by: Sequence[str], start: date, end: date) -> pl.Expr:
    """Days of each group's span."""
    if "day" in by:
        return pl.lit(1)
    if "month" in by:
        first = pl.max_horizontal("month", pl.lit(start))
        last = pl.min_horizontal(pl.col("month").dt.month_end(), pl.lit(end))
        return (last - first).dt.total_days() + 1
    return pl.lit(max((end - start).days + 1, 0))
