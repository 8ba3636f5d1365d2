"""Alarms that only disturb: chattering, fleeting and stale ones. M95 in docs/methods.md, after
ISA-18.2 and EEMUA 191.

Activations come as a frame, a row each time that a condition became an alarm: alarm (id), rule,
station (null for a district's own), district, place; on, off in ms (off null = still active).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

SOURCE = ("rule", "station", "district", "place")
"""What makes two activations those of one and the same alarm point."""
ACTIVATIONS: dict[str, pl.DataType | type[pl.DataType]] = {
    "alarm": pl.Int64, "rule": pl.String, "station": pl.Int64, "district": pl.Int64,
    "place": pl.String, "on": pl.Int64, "off": pl.Int64,
}  # fmt: skip
SECOND, DAY = 1000, 86_400_000
QUICK, QUICK_WITHIN = 3, 60 * SECOND
"""Activations that are chatter within so many ms."""
TURNS, TURNS_WITHIN = 6, 300 * SECOND
"""More than five transitions within 5 min."""
LONG, LONG_WITHIN = 10, DAY
"""The long cycle."""
FLEETING, REPEAT = 10 * SECOND, 60 * SECOND
STALE = DAY


def chattering(activations: pl.DataFrame) -> pl.DataFrame:
    """Sources that chatter: those of SOURCE, activations, quick, turns, long (the most of each that
    fell into its span) and kind 'chatter' or 'long_cycle'; the liveliest first."""
    ons = activations.select(*SOURCE, pl.col("on").alias("at"))
    offs = activations.select(*SOURCE, pl.col("off").alias("at")).drop_nulls("at")
    found = ons.group_by(SOURCE).agg(pl.len().cast(pl.Int64).alias("activations"))
    for name, times, within in (
        ("quick", ons, QUICK_WITHIN),
        ("turns", pl.concat([ons, offs]), TURNS_WITHIN),
        ("long", ons, LONG_WITHIN),
    ):
        found = found.join(_most(times, name, within), on=SOURCE, how="left", nulls_equal=True)
    quick = (pl.col("quick") >= QUICK) | (pl.col("turns") >= TURNS)
    kind = pl.when(quick).then(pl.lit("chatter")).when(pl.col("long") >= LONG)
    return (
        found.with_columns(kind.then(pl.lit("long_cycle")).alias("kind"))
        .drop_nulls("kind")
        .sort(["activations", *SOURCE], descending=[True, *[False] * len(SOURCE)])
    )


def fleeting(activations: pl.DataFrame) -> pl.DataFrame:
    """Activations shorter than 10 s with none of the same source within 60 s before or after, with
    `seconds` that each lasted."""
    ordered = activations.sort(*SOURCE, "on")
    before = pl.col("on") - pl.col("off").shift(1).over(SOURCE)
    after = pl.col("on").shift(-1).over(SOURCE) - pl.col("off")
    alone = ((before > REPEAT) | before.is_null()) & ((after > REPEAT) | after.is_null())
    short = pl.col("off") - pl.col("on") < FLEETING
    return ordered.filter(short & alone).with_columns(
        ((pl.col("off") - pl.col("on")) / SECOND).alias("seconds")
    )


def stale(activations: pl.DataFrame, start: int, end: int) -> pl.DataFrame:
    """Activations that lasted longer than 24 h, and were in [start, end) when they had, with
    `hours` until they cleared or until `end`; the longest first."""
    stop = pl.col("off").fill_null(end).clip(upper_bound=end)
    return (
        activations.with_columns(((stop - pl.col("on")) / 3_600_000).alias("hours"))
        .filter((stop > start) & (stop - pl.col("on") > STALE))
        .sort("hours", descending=True)
    )


def stale_by_day(found: pl.DataFrame, edges: NDArray[np.int64], end: int) -> NDArray[np.int64]:
    """How many were stale at some time of each day; `edges` are the days' starts and the last's
    end."""
    due = found["on"].to_numpy().astype(np.int64) + STALE
    off = found["off"].fill_null(end).to_numpy().astype(np.int64)
    begun = np.sort(due).searchsorted(edges[1:], "left")
    over = np.sort(off).searchsorted(edges[:-1], "right")
    return np.asarray(begun - over, dtype=np.int64)


def _most(times: pl.DataFrame, name: str, within: int) -> pl.DataFrame:
    """The most rows of each source that lie within `within` ms, both ends included."""
    codes = times.select(pl.struct(SOURCE).rank("dense").alias("code")).to_series()
    code, at = codes.to_numpy().astype(np.int64), times["at"].to_numpy()
    order = np.lexsort((at, code))
    code, at = code[order], at[order]
    # one line of numbers: sources lie further apart than any window reaches
    step = (int(at.max()) - int(at.min()) if len(at) else 0) + within + 1
    line = code * step + (at - (at.min() if len(at) else 0))
    count = np.searchsorted(line, line + within, "right") - np.arange(len(line))
    return (
        times[order].select(SOURCE).with_columns(pl.Series(name, count, dtype=pl.Int64))
        .group_by(SOURCE).agg(pl.col(name).max())
    )  # fmt: skip
