"""Today as far as it has come: quarters of an hour, then the minutes after the last of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache

import polars as pl

from components.formats import midnight
from data.catalogue.indicators import indicators
from data.station_rows import Scope
from data.stores import Stores
from pages.desk_corrected import MARK

QUARTER = timedelta(minutes=15)
JUDGES = ("F.online_s", "F.expected_s", MARK)
"""Facts that tell the coverage, and what was corrected."""
SCHEMA = {
    "station": pl.Int32,
    "district": pl.Int32,
    "type": pl.String,
    "households": pl.Int64,
    "zones": pl.Int32,
}


def places_of(stores: Stores, scope: Scope) -> pl.DataFrame:
    """station, district, type, households, zones of the stations within the scope."""
    rows = stores.stations.all(scope)
    return pl.DataFrame(
        {
            "station": [s.id for s in rows],
            "district": [s.district_id for s in rows],
            "type": [s.type for s in rows],
            "households": [s.households for s in rows],
            "zones": [len(s.sets) for s in rows],
        },
        schema=SCHEMA,
    )


def today_sums(stores: Stores, scope: Scope, now: datetime, facts: Sequence[str]) -> pl.DataFrame:
    """station, day, district, facts, lost_households, households, rows of today until now.

    Flows of a day (mnf ...) are null: it isn't over. Where no finer rows are kept the day's own row
    of station_day tells.
    """
    zone = stores.settings.zone
    start, day = midnight(now, zone), now.astimezone(zone).date()
    places = places_of(stores, scope)
    only = None if scope.district_id is None else places["station"].to_list()
    steps = [name for name in facts if name.startswith("F.")]
    rows = _finer(stores, steps, start, now, only)
    if not rows:
        row = stores.lake.facts("station_day", day, day, only)
        rows = [row.select("station", *(n for n in steps if n in row.columns))]
    return _with_homes(_added(rows, facts, steps, day), places)


def until_then(stores: Stores, then: datetime, facts: Sequence[str]) -> pl.DataFrame:
    """The same of the whole city on an earlier day, from its midnight to the time of day of `then`;
    no rows where no finer rows than days are kept."""
    steps = [name for name in facts if name.startswith("F.")]
    rows = _finer(stores, steps, midnight(then, stores.settings.zone), then, None)
    day, places = then.astimezone(stores.settings.zone).date(), places_of(stores, Scope())
    rows = rows or [pl.DataFrame(schema={"station": pl.Int32})]
    return _with_homes(_added(rows, facts, steps, day), places)


def _finer(
    stores: Stores, steps: Sequence[str], start: datetime, end: datetime, only: list[int] | None
) -> list[pl.DataFrame]:
    """Quarters of an hour of [start, end), then the minutes after the last of them; [] for none."""
    whole = end - QUARTER + timedelta(milliseconds=1)  # quarters that are over by then
    frame = stores.lake.summed_steps("quarter", ("station",), steps, start, whole, only)
    last = frame["last"].max() if frame.height else None
    since = start
    if isinstance(last, (int, float)):
        since = datetime.fromtimestamp(last / 1000, UTC) + QUARTER
    late = stores.lake.summed_steps("minute", ("station",), steps, since, end, only)
    return [f.select("station", *steps) for f in (frame, late) if f.height]


def _added(
    rows: Sequence[pl.DataFrame], facts: Sequence[str], steps: Sequence[str], day: date
) -> pl.DataFrame:
    """One row a station: its sums; facts that only a whole day has are null."""
    summed = pl.concat(rows, how="diagonal").group_by("station").agg(
        [pl.when(pl.col(c).count() > 0).then(pl.col(c).sum()).alias(c) for c in steps
         if any(c in f.columns for f in rows)]
    )  # fmt: skip
    absent = [pl.lit(None, pl.Float64).alias(n) for n in facts if n not in summed.columns]
    return summed.with_columns(*absent, pl.lit(1.0).alias("rows"), pl.lit(day).alias("day"))


def rest_of_yesterday(stores: Stores, since: datetime, facts: Sequence[str]) -> pl.DataFrame:
    """station, district, facts, lost_households, households, rows from `since` to the next midnight
    of the site, by quarters of an hour."""
    end = midnight(since, stores.settings.zone, -1)
    steps = [name for name in facts if name.startswith("F.")]
    rows = stores.lake.summed_steps("quarter", ("station",), steps, since, end)
    told = rows.select("station", *steps).with_columns(pl.lit(1.0).alias("rows"))
    return _with_homes(told, places_of(stores, Scope()))


def last_24h(today: pl.DataFrame, rest: pl.DataFrame) -> pl.DataFrame:
    """What has been since midnight and what yesterday had after this time, a row a station: its
    homes count once."""
    both = pl.concat([today, rest], how="diagonal_relaxed")
    sums = [c for c in both.columns if c == "lost_households" or c.startswith("F.")]
    return both.group_by("station").agg(
        pl.col("district", "households", "rows").first(),
        *(pl.when(pl.col(c).count() > 0).then(pl.col(c).sum()).alias(c) for c in sums),
    )


def _with_homes(sums: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    joined = sums.with_columns(pl.col("station").cast(pl.Int32)).join(places, on="station")
    lost = pl.lit(None, pl.Float64)
    if "F.lost_s" in joined.columns:
        lost = pl.col("F.lost_s") * pl.col("households") / pl.col("zones").clip(1)
    return joined.with_columns(lost.alias("lost_households"))


@cache
def every_fact() -> frozenset[str]:
    """Facts that any indicator sums, and those that judge them."""
    return frozenset({f for row in indicators().values() for f in row.facts} | {*JUDGES})
