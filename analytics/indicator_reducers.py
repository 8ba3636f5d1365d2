"""Indicators that no ratio of sums makes: percentiles, peaks, counts of events. M9 in
docs/methods.md. Frames in, (value, reasons) out; nothing known gives no value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from analytics.results import Reason

Answer = tuple[float | None, tuple[Reason, ...]]
NOTHING: Answer = (None, (Reason.NO_DATA,))
FAULTS = ("R-PU-01", "R-PU-05")
"""Alarms of a pump or drive that doesn't work."""
ACKNOWLEDGE = {1: timedelta(minutes=5), 2: timedelta(minutes=15)}
"""How soon an alarm of a level wants a person."""
FLOOD_STARTS, FLOOD_ENDS = 10, 5


def share(part: float, whole: float, scale: float = 1.0) -> Answer:
    """scale * part / whole; nothing to judge gives no value."""
    return (scale * part / whole, ()) if whole > 0 else (None, (Reason.ZERO_BASE,))


def outliers(logs: pl.DataFrame, limit: float = 3.5, least: int = 5) -> Answer:
    """Stations whose ln e stands above its peers by a robust z > `limit` (E2.10).

    logs: type, x (ln of kWh/(m³·MPa)). Groups of fewer than `least` get no verdict.
    """
    known = logs.drop_nulls()
    if not known.height:
        return NOTHING
    centred = known.with_columns((pl.col("x") - pl.col("x").median().over("type")).alias("d"))
    spread = pl.col("d").abs().median().over("type") * 1.4826
    quartiles = (
        pl.col("x").quantile(0.75, "linear") - pl.col("x").quantile(0.25, "linear")
    ).over("type") / 1.349  # fmt: skip
    judged = centred.with_columns(
        pl.when(spread > 0).then(spread).otherwise(quartiles).alias("s"), pl.len().over("type")
    ).filter((pl.col("len") >= least) & (pl.col("s") > 0))
    if not judged.height:
        return None, (Reason.TOO_FEW_SAMPLES,)
    return float(judged.filter(pl.col("d") / pl.col("s") > limit).height), ()


def peak_factor(hours: pl.DataFrame) -> Answer:
    """Σ highest hour / Σ mean hour of the days with at least 20 hours. hours: day, hour, value."""
    days = (
        hours.drop_nulls()
        .group_by("day")
        .agg(pl.col("value").max().alias("top"), pl.col("value").mean(), pl.len().alias("n"))
        .filter(pl.col("n") >= 20)
    )
    return share(float(days["top"].sum()), float(days["value"].sum())) if days.height else NOTHING


def off_peak_share(hours: pl.DataFrame, least: float = 0.6) -> Answer:
    """Inflow of the hours of the day whose mean demand is at most `least` of the mean of all, over
    the whole inflow. hours: hour, value (demand), inflow."""
    known = hours.drop_nulls()
    if not known.height or float(known["inflow"].sum()) <= 0:
        return NOTHING
    course = known.group_by("hour").agg(pl.col("value").mean(), pl.col("inflow").sum())
    quiet = course.filter(pl.col("value") <= least * pl.col("value").mean())
    return share(float(quiet["inflow"].sum()), float(known["inflow"].sum()))


def preferred_share(pumps: pl.DataFrame, low: float = 0.70, high: float = 1.20) -> Answer:
    """Volume of steady windows at low to high of the rated flow, over that of all (section of
    preferred operation). pumps: n, q, s (sums of pump_day) and rated (m³/h), a row a bin."""
    known = pumps.filter(pl.col("n") > 0)
    if not known.height:
        return NOTHING
    volume = pl.col("q") * pl.col("s") / pl.col("n")
    inside = (pl.col("q") / pl.col("n") / pl.col("rated")).is_between(low, high)
    total = float(known.select(volume.sum()).item())
    return share(float(known.filter(inside).select(volume.sum()).item()), total)


def run_balance(pumps: pl.DataFrame) -> Answer:
    """(longest − shortest) / mean run of the pumps of a set, of the least even set. pumps:
    station, zone, pump, n; a set of one pump has no balance."""
    runs = pumps.group_by("station", "zone", "pump").agg(pl.col("n").sum())
    sets = runs.group_by("station", "zone").agg(
        ((pl.col("n").max() - pl.col("n").min()) / pl.col("n").mean()).alias("spread"),
        pl.len().alias("pumps"),
    )
    known = sets.filter((pl.col("pumps") > 1) & pl.col("spread").is_finite())
    top = known["spread"].max()
    return (float(top), ()) if isinstance(top, (int, float)) else (None, (Reason.NOT_APPLICABLE,))


def downtime(alarms: pl.DataFrame, start: datetime, end: datetime) -> tuple[float, int]:
    """Hours that pump faults lasted within [start, end), and their number. alarms: rule,
    active_at, cleared_at; a fault that goes on counts until the end."""
    faults = alarms.filter(pl.col("rule").is_in(FAULTS))
    stop = pl.col("cleared_at").fill_null(end).clip(start, end)
    hours = (stop - pl.col("active_at").clip(start, end)).dt.total_seconds() / 3600
    return float(faults.select(hours.sum()).item() or 0.0), faults.height


def mtbf(pump_hours: float, down: float, failures: int) -> tuple[float | None, float | None]:
    """(MTBF, lower bound) in h; without failures only the bound T/2.996 (95 %, exponential)."""
    if failures:
        return (pump_hours - down) / failures, None
    return None, pump_hours / 2.996 if pump_hours > 0 else None


def acknowledged_on_time(alarms: pl.DataFrame, now: datetime) -> Answer:
    """Of the alarms of level 1 and 2 whose time to be seen is over. alarms: level, active_at,
    acknowledged_at."""
    limit = pl.col("level").replace_strict(ACKNOWLEDGE, default=None, return_dtype=pl.Duration)
    due = alarms.with_columns((pl.col("active_at") + limit).alias("due")).filter(
        pl.col("due").is_not_null()
        & ((pl.col("due") <= now) | pl.col("acknowledged_at").is_not_null())
    )
    good = due.filter(pl.col("acknowledged_at") <= pl.col("due")).height
    return share(good, due.height)


def flood_share(times: Sequence[datetime], start: datetime, end: datetime) -> Answer:
    """Share of 10-min slots in a flood: from more than 10 new alarms until fewer than 5."""
    slots = math.ceil((end - start) / timedelta(minutes=10))
    if slots <= 0:
        return NOTHING
    counts = [0] * slots
    for at in times:
        if start <= at < end:
            counts[int((at - start) / timedelta(minutes=10))] += 1
    flooded, inside = 0, False
    for count in counts:
        inside = count > FLOOD_STARTS or (inside and count >= FLOOD_ENDS)
        flooded += inside
    return flooded / slots, ()


def first_time_fix(orders: pl.DataFrame, within: timedelta = timedelta(days=14)) -> Answer:
    """Repairs after which no order of the same station and template came within `within`.
    orders: station, template, created_at, finished_at, outcome."""
    repairs = orders.filter(pl.col("outcome").is_in(["repaired", "replaced", "adjusted"]))
    if not repairs.height:
        return NOTHING
    later = repairs.with_row_index("i").join(
        orders.select("station", "template", pl.col("created_at").alias("again")),
        on=["station", "template"],
    )
    gap = pl.col("again") - pl.col("finished_at")
    back = later.filter((gap > timedelta()) & (gap <= within))["i"].n_unique()
    return share(repairs.height - back, repairs.height)


def percentile(values: Sequence[float], quantile: float) -> Answer:
    """Linear between neighbours; fewer than five values tell no percentile."""
    if len(values) < 5:
        return None, (Reason.TOO_FEW_SAMPLES,) if values else (Reason.NO_DATA,)
    found = pl.Series(values, dtype=pl.Float64).quantile(quantile, "linear")
    return float(found or 0.0), ()
