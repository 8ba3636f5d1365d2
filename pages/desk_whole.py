"""Frames of the whole city that reducers stand on; a district or type is a part of them.

Days that are over change only by a correction, so they are kept for long; today for a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from components.formats import midnight
from data.station_rows import Scope
from pages.desk_today import places_of

if TYPE_CHECKING:
    from pages.desk import Desk

FEW = 20
"""So many stations are read alone."""
HOURS = ("F.volume", "F.inflow", "F.energy", "F.online_s", "F.expected_s")
CELLS = ["district", "type"]


def pump_sums(
    desk: Desk, now: datetime, start: date, end: date, ids: Sequence[int], facts: Sequence[str]
) -> pl.DataFrame:
    """station, zone, pump, bin, sums of facts of pump_day: of these stations. A day has its rows
    when it is over."""
    keys = ("station", "zone", "pump", "bin")
    lake = desk.stores.lake
    yesterday = now.astimezone(desk.stores.settings.zone).date() - timedelta(days=1)
    end = max(start, min(end, yesterday))
    if len(ids) <= FEW:
        key = ("pump_day", start, end, tuple(facts), tuple(ids))
        made: pl.DataFrame = desk.kept(
            key, lambda: lake.summed("pump_day", keys, facts, start, end, ids)
        )
        return made
    whole: pl.DataFrame = desk.past(
        ("pump_day", start, end, tuple(facts)),
        lambda: lake.summed("pump_day", keys, facts, start, end),
    )
    return whole.filter(pl.col("station").is_in(ids))


def hour_sums(
    desk: Desk, first: datetime, last: datetime, now: datetime, ids: Sequence[int]
) -> pl.DataFrame:
    """ts (UTC ms), sums of HOURS and `rows` of these stations together in [first, last)."""
    lake = desk.stores.lake
    places = places_of(desk.stores, Scope())
    cells = _cells(places, ids)
    if cells is None:
        key = ("hours", first, last.date(), tuple(ids))
        made: pl.DataFrame = desk.kept(
            key, lambda: lake.summed_steps("hour", ("ts",), HOURS, first, last, ids)
        )
        return made
    today = midnight(now, desk.stores.settings.zone)
    parts = [
        _city(desk, keep, places, low, high)
        for keep, low, high in (
            (desk.past, first, min(last, today)), (desk.kept, max(first, today), last)
        )
        if low < high
    ]  # fmt: skip
    names = [*HOURS, "rows"]
    sums = [pl.when(pl.col(n).count() > 0).then(pl.col(n).sum()).alias(n) for n in names]
    frame = pl.concat(parts, how="vertical_relaxed")
    if cells.height < places.select(CELLS).n_unique():
        frame = frame.join(cells, on=CELLS, how="semi")
    return frame.group_by("ts").agg(sums).sort("ts")


def _city(
    desk: Desk, keep: Any, places: pl.DataFrame, low: datetime, high: datetime
) -> pl.DataFrame:
    def read() -> pl.DataFrame:
        by = ("ts", *CELLS)
        frame = desk.stores.lake.gathered("hour", by, HOURS, (), low, high, places, count=True)
        ts = pl.col("ts").cast(pl.Datetime("ms", "UTC")).dt.epoch("ms")
        return frame.select(
            ts, pl.col("district").cast(pl.Int32), pl.col("type").cast(pl.String),
            *(pl.col(n).cast(pl.Float64) for n in (*HOURS, "rows")),
        )  # fmt: skip

    found: pl.DataFrame = keep(("hours", low, high.date()), read)
    return found


def _cells(places: pl.DataFrame, ids: Sequence[int]) -> pl.DataFrame | None:
    """Districts and types that these stations are all of; None when they aren't."""
    found = places.with_columns(pl.col("station").is_in(ids).alias("in")).group_by(CELLS)
    share = found.agg(pl.col("in").mean()).filter(pl.col("in") > 0)
    return share.select(CELLS) if (share["in"] == 1.0).all() else None
