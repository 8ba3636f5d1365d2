"""From stored integers to a chart's frame: units, gaps, thinning. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from tsdownsample import MinMaxLTTBDownsampler, NaNMinMaxLTTBDownsampler

from data.catalogue.points import Point, point

MEAN_SCALE = 100
"""A stored mean counts hundredths of a catalogue unit."""
GAP = 2.5
"""Rows further apart than this many grains have a gap between them."""


@dataclass(frozen=True)
class Series:
    """Values of one station for a chart.

    frame: ts (Datetime ms, UTC), and per code CODE, for a rolled-up point of kind full also
    CODE.min and CODE.max, for a counter CODE.inc; floats in the point's unit, null in a gap.
    """

    frame: pl.DataFrame
    grain: str
    """2 s | 1 min | 15 min | 1 h"""


def stored_columns(codes: Iterable[str], rolled: bool) -> list[str]:
    """Names of the columns that hold these codes."""
    names: list[str] = []
    for code in codes:
        names.append(code)
        kind = point(code).rollup
        if rolled and kind == "full":
            names += [f"{code}.min", f"{code}.max"]
        elif rolled and kind == "counter":
            names.append(f"{code}.inc")
    return names


def in_units(frame: pl.DataFrame, rolled: bool) -> pl.DataFrame:
    """Stored integers as floats in the unit of each point; other columns as they are."""
    scaled = []
    for name in frame.columns:
        found = source_point(name)
        if found is None:
            continue
        row, suffix = found
        mean = rolled and not suffix and row.rollup in ("full", "mean")
        factor = float(row.resolution) / (MEAN_SCALE if mean else 1)
        scaled.append((pl.col(name).cast(pl.Float64) * factor).alias(name))
    return frame.with_columns(scaled)


def source_point(name: str) -> tuple[Point, str] | None:
    """The point and suffix (min, max, inc or empty) of a stored column; None for others."""
    code, _, suffix = name.rpartition(".")
    for candidate, ending in ((name, ""), (code, suffix)):
        try:
            return point(candidate), ending
        except KeyError:
            continue
    return None


def with_band(frame: pl.DataFrame) -> pl.DataFrame:
    """Where a step has one value (history), lowest and highest are that value."""
    return frame.with_columns(
        pl.coalesce(name, name.rpartition(".")[0]).alias(name)
        for name in frame.columns
        if name.endswith((".min", ".max"))
    )


def with_grain(frame: pl.DataFrame, grain: int) -> pl.DataFrame:
    """The usual distance of rows, ms, as column `grain`: a poll may be slower than its tier."""
    usual = int(np.median(np.diff(frame["ts"].to_numpy()))) if frame.height > 2 else 0
    return frame.with_columns(pl.lit(max(grain, usual), pl.Int64).alias("grain"))


def with_gaps(frame: pl.DataFrame) -> pl.DataFrame:
    """A row of nulls after each row that the next doesn't follow; drops column `grain`.

    frame: ts in ms, sorted, with the grain of each row.
    """
    ts, grain = frame["ts"].to_numpy(), frame["grain"].to_numpy()
    frame = frame.drop("grain")
    usual = np.maximum(grain[1:], grain[:-1])
    torn = np.flatnonzero(np.diff(ts) > GAP * usual)
    if not len(torn):
        return frame
    empty = pl.DataFrame({"ts": ts[torn] + grain[torn]})
    return pl.concat([frame, empty], how="diagonal").sort("ts")


def thin(frame: pl.DataFrame, codes: Sequence[str], points: int) -> pl.DataFrame:
    """At most about `points` rows that keep each code's shape (MinMaxLTTB) and the gaps."""
    codes = [code for code in codes if code in frame.columns]
    if frame.height <= points or not codes:
        return frame
    keep = np.zeros(frame.height, bool)
    each = max(4, points // len(codes))
    for code in codes:
        values = frame[code].to_numpy()
        if np.isnan(values).all():
            continue
        sampler = NaNMinMaxLTTBDownsampler if np.isnan(values).any() else MinMaxLTTBDownsampler
        picked = sampler().downsample(frame["ts"].to_numpy(), values, n_out=each)
        keep[picked.astype(np.int64)] = True
    empty = frame.select(pl.all_horizontal(pl.col(codes).is_null())).to_series().to_numpy()
    keep |= empty & ~np.concatenate(([False], empty[:-1]))
    return frame.filter(pl.Series(keep))
