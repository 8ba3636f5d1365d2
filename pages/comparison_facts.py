"""Figures of the page of comparison: quantities of each entity over days, and of the reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from analytics.comparison import Change, change, mean, ratio, total
from analytics.periods import Align, Base, Kind, Note, Period, previous, year_before
from analytics.results import Figure
from components.page import View
from components.selection import Entity
from components.time_range import TimeRange, days
from data.catalogue.calendar import spring_festivals
from data.stores import Stores
from pages.desk import desk_of

FLEET = ("F.volume", "F.energy", "F.head_volume")
DUTY = ("n", "q", "s", "h")
SIMPLE = ("mnf", "mean_flow", "peak_hour_flow")
UNIT_KINDS = {"w": Kind.WEEK, "M": Kind.MONTH, "Q": Kind.QUARTER, "y": Kind.YEAR}


@dataclass(frozen=True)
class Quantity:
    """What is compared: a sum, a ratio of sums, or the mean of a day's value."""

    code: str
    unit: str
    decimals: int
    top: str
    bottom: str = ""
    scale: float = 1.0
    floor: float = 0.0
    """Least denominator of a ratio; least base of a growth for the rest."""

    @property
    def extensive(self) -> bool:
        return self.top.startswith("F.") and not self.bottom


QUANTITIES = (
    Quantity("supply", "m³", 0, "F.volume", floor=1.0),
    Quantity("energy_used", "kWh", 0, "F.energy", floor=1.0),
    Quantity("specific_energy", "kWh/m³", 3, "F.energy", "F.volume", 1.0, 1.0),
    Quantity("lift_energy", "kWh/(m³·MPa)", 3, "F.energy", "F.head_volume", 1.0, 0.5),
    Quantity("efficiency", "%", 1, "F.head_volume", "F.energy", 100 / 3.6, 1.0),
    Quantity("head", "m", 1, "F.head_volume", "F.volume", 101.97, 1.0),
    Quantity("pressure_ok", "%", 2, "F.pressure_ok_s", "F.demanded_s", 100.0, 60.0),
    Quantity("night", "m³/h", 2, "mnf", floor=0.1),
    Quantity("mean_flow", "m³/h", 1, "mean_flow", floor=0.1),
    Quantity("starts", "", 0, "F.starts", floor=1.0),
)
BY_CODE = {q.code: q for q in QUANTITIES}


def period_of(span: TimeRange) -> Period:
    """The days that the range touches."""
    return Period(*days(span, span.zone))


def bases(span: TimeRange) -> dict[str, Base]:
    """环比 and 同比 of the range's days, by prev and yoy."""
    period = period_of(span)
    kind = UNIT_KINDS.get(span.unit)
    return {
        "prev": previous(period, kind),
        "yoy": year_before(period, Align(span.align), spring_festivals()),
    }


def daily(stores: Stores, view: View, ids: Sequence[int], period: Period) -> pl.DataFrame:
    """Days of a few stations: station, day, coverage, facts of QUANTITIES; kept for a minute."""
    key = ("comparison", view.scope, tuple(sorted(set(ids))), period.first, period.last)
    frame: pl.DataFrame = desk_of(stores).kept(
        key, lambda: _days_of(stores, sorted(set(ids)), period)
    )
    return frame


def _days_of(stores: Stores, ids: Sequence[int], period: Period) -> pl.DataFrame:
    """By sums of one row each: they come from memory where the days are recent."""
    facts = sorted({"coverage", *(n for q in QUANTITIES for n in (q.top, q.bottom) if n)})
    by = ("station", "day")
    return stores.lake.summed("station_day", by, facts, period.first, period.last, ids)


Days = dict[str, np.ndarray]
"""Columns of a station, one value a day of the period; NaN = nothing known."""


def by_station(rows: pl.DataFrame, period: Period) -> dict[int, Days]:
    """The columns of each station that has a row, laid upon the days of the period."""
    names = {q.top for q in QUANTITIES} | {q.bottom for q in QUANTITIES if q.bottom} | {"coverage"}
    found: dict[int, Days] = {}
    if not rows.height:
        return found
    for (station,), own in rows.partition_by("station", as_dict=True).items():
        place = (own["day"] - period.first).dt.total_days().to_numpy()
        made = {}
        for name in names:
            made[name] = np.full(period.days, np.nan)
            if name in own.columns:
                made[name][place] = own[name].cast(pl.Float64).to_numpy()
        found[int(station)] = made
    return found


def figure_of(station: Days | None, period: Period, quantity: Quantity) -> Figure:
    """One quantity of a station over a period's days: a bound where days or hours are missing."""
    nothing = np.full(period.days, np.nan)
    days_of = station or {}
    top, covered = days_of.get(quantity.top, nothing), days_of.get("coverage", nothing)
    if quantity.bottom:
        bottom = days_of.get(quantity.bottom, nothing)
        return ratio(
            top, bottom, covered, quantity.unit, scale=quantity.scale, floor=quantity.floor
        )
    if quantity.extensive:
        return total(top, covered, quantity.unit)
    return mean(top, quantity.unit)


def compared_days(view: View, span: TimeRange, how: str) -> tuple[Period, Base]:
    """The days that are compared and their base; a running day isn't over and is left out on both
    sides, unless it is the only one."""
    period, base = period_of(span), bases(span)[how]
    today = view.now.astimezone(view.zone).date()
    if period.days == 1 or period.last < today:
        return period, base
    yesterday = today - timedelta(days=1)
    cut = (period.last - yesterday).days
    last = max(base.period.first, base.period.last - timedelta(days=cut))
    if Note.CLIPPED in base.notes:
        last = base.period.last
    done = Period(period.first, max(period.first, yesterday))
    return done, Base(Period(base.period.first, last), base.notes)


def changes(
    stores: Stores, view: View, entities: Sequence[Entity], span: TimeRange, how: str
) -> dict[tuple[str, str], Change]:
    """(entity key, quantity) -> what became of it against the base `how` (prev or yoy)."""
    period, compared = compared_days(view, span, how)
    base = compared.period
    ids = [entity.station for entity in entities]
    now, before = (by_station(daily(stores, view, ids, p), p) for p in (period, base))
    made = {}
    for entity in entities:
        for quantity in QUANTITIES:
            here = figure_of(now.get(entity.station), period, quantity)
            there = figure_of(before.get(entity.station), base, quantity)
            floor = quantity.floor if not quantity.bottom else 10.0**-quantity.decimals
            lengths = (period.days, base.days)
            found = change(here, there, lengths, quantity.extensive, floor)
            made[entity.key, quantity.code] = found
    return made


def fleet(
    stores: Stores, view: View, span: TimeRange, ids: Sequence[int], whole: bool
) -> pl.DataFrame:
    """Sums of the reach by station over the range's days, with what they come to: station, volume,
    energy, specific (kWh/m³), lift (kWh/(m³·MPa)), head (m), efficiency (%)."""
    first, last = days(span, span.zone)
    sums = desk_of(stores).sums(view, FLEET, first, last, ("station",))
    if not whole:
        sums = sums.filter(pl.col("station").is_in(list(ids)))
    v, e, hv = (pl.col(name) for name in FLEET)
    good = (v > 1) & (e > 0) & (hv > 0)
    q = BY_CODE["efficiency"]
    return sums.filter(good).select(
        "station",
        v.alias("volume"), e.alias("energy"), hv.alias("head_volume"),
        (e / v).alias("specific"), (e / hv).alias("lift"),
        (BY_CODE["head"].scale * hv / v).alias("head"), (q.scale * hv / e).alias("efficiency"),
    )  # fmt: skip


def duty_rows(stores: Stores, ids: Sequence[int], period: Period) -> pl.DataFrame:
    """Rows of pump_day of a few stations, read together."""
    chosen = tuple(sorted(set(ids)))
    columns = ("zone", "pump", "bin", *DUTY)
    rows: pl.DataFrame = desk_of(stores).kept(
        ("duty", chosen, period.first, period.last),
        lambda: stores.lake.facts("pump_day", period.first, period.last, chosen, columns),
    )
    return rows


def duty(rows: pl.DataFrame, entity: Entity, zone: str) -> dict[str, np.ndarray]:
    """Sums of `duty_rows` of one set (or pump of it) by day and bin."""
    if not rows.height:
        return {name: np.empty(0) for name in DUTY}
    rows = rows.filter((pl.col("station") == entity.station) & (pl.col("zone") == zone))
    if entity.pump:
        rows = rows.filter(pl.col("pump") == entity.pump)
    rows = rows.group_by("day", "bin").agg([pl.col(name).sum() for name in DUTY])
    return {name: rows[name].to_numpy().astype(float) for name in DUTY}
