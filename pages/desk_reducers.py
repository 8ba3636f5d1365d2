"""Indicators that no ratio of sums makes: what each reads, and the pure function that makes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from analytics import indicator_reducers as make
from analytics.indicator_values import coverages, judged, values
from analytics.results import Figure, Reason, nothing
from analytics.tariff import by_band, co2, cost
from analytics.water_quality import outside
from components.page import View
from data.catalogue.emission_factors import default_region, emission_factors
from data.catalogue.indicators import Indicator
from data.catalogue.limits import limits
from data.catalogue.tariffs import Bands, default_code, tariff_on
from pages.desk_analyses import from_analyses
from pages.desk_events import from_alarms, from_orders, span_of
from pages.desk_groups import month_end
from pages.desk_today import places_of
from pages.desk_whole import hour_sums, pump_sums

if TYPE_CHECKING:
    from pages.desk import Desk

Reducer = Callable[["Desk", View, Indicator, date, date, list[int]], Figure]
OLD_HOURS = 24.0
OLD_DAYS = 2


def reduced(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    """The figure of a named reducer over these stations."""
    how = {
        "alarms": from_alarms, "work_orders": from_orders, "analyses": from_analyses,
    }.get(row.source)  # fmt: skip
    made = how or {
        "stations": _stations, "facts": _facts, "hours": _hours, "pumps": _pumps,
        "samples": _samples,
    }[row.source]  # fmt: skip
    return made(desk, view, row, start, end, ids)


def told_of(
    desk: Desk, view: View, row: Indicator, sums: pl.DataFrame, start: date, end: date,
    by: Sequence[str], stations: Iterable[int] | None,
) -> list[Figure]:  # fmt: skip
    """Figures of a reducer for each group of `sums`."""
    if row.reducer == "paired" and by:
        found = paired(desk, view, row, start, end, by, stations)
        value = sums.select(by).join(found, on=by, how="left", maintain_order="left")["value"]
        share = coverages(row, sums)
        return [judged(row, v, c) for v, c in zip(value, share, strict=True)]
    places = places_of(desk.stores, view.scope)
    if stations is not None:
        places = places.filter(pl.col("station").is_in(list(stations)))
    told = []
    for group in sums.select(by).iter_rows(named=True) if by else [{}]:
        here, first, last = places, start, end
        for key, value in group.items():
            if key == "day":
                first = last = value
            elif key == "month":
                first = max(start, value)
                last = min(end, month_end(value))
            else:
                here = here.filter(pl.col(key) == value)
        told.append(desk.figure(view, row.code, first, last, stations=here["station"].to_list()))
    return told


def _stations(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    chosen = set(ids)
    rows = [s for s in desk.stores.stations.all(view.scope) if s.id in chosen]
    homes = row.reducer == "household_count"
    return judged(row, float(sum(s.households for s in rows) if homes else len(rows)), 1.0)


def _facts(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    """Reducers over sums of station_day."""
    facts = (*row.facts, "F.energy", "F.volume")
    if row.reducer == "over_age":
        return _over_age(desk, view, row, start, end, ids)
    if row.reducer == "co2":
        return _emitted(desk, view, row, start, end, ids)
    whole = desk.sums(view, facts, start, end, (), ids)
    coverage = float(coverages(row, whole)[0])
    sums = desk.sums(view, facts, start, end, ("station", "type"), ids)
    days = (span_of(view, start, end)[1] - span_of(view, start, end)[0]).total_seconds() / 86400
    if row.reducer == "per_day":
        told = whole[row.numerator][0]
        value, why = make.NOTHING if told is None else make.share(told, days)
    elif row.reducer == "per_year":
        told = values(row, whole)[0]
        value, why = make.NOTHING if told is None else make.share(told, days, 365.25)
    elif row.reducer == "outlier_count":
        x = values(row, sums)
        logs = sums.select("type").with_columns(x.log().alias("x"))
        value, why = make.outliers(logs.filter(pl.col("x").is_finite()))
    elif row.reducer == "analysers":
        fitted = sums.filter(pl.col("F.quality_s") > 0)
        value, why = make.share(_sum(fitted, "F.quality_s"), _sum(fitted, "F.expected_s"), 100.0)
    else:
        value = paired(desk, view, row, start, end, (), ids)["value"].item()
        why = () if value is not None else (Reason.NO_DATA,)
    return judged(row, value, coverage, reasons=why)


def _sum(frame: pl.DataFrame, fact: str) -> float:
    return float(frame[fact].sum() or 0.0)


def paired(
    desk: Desk, view: View, row: Indicator, start: date, end: date, by: Sequence[str],
    ids: Iterable[int] | None,
) -> pl.DataFrame:  # fmt: skip
    """`by`, value: ratios of the sums over station-days that know both facts: a night that nobody
    saw would otherwise count as one without flow. Null under the floor."""
    keys = ("station", "day")
    sums = desk.sums(view, row.facts, start, end, (*keys, *(k for k in by if k not in keys)), ids)
    above, under = pl.col(row.numerator), pl.col(row.denominator or row.numerator)
    both = sums.filter(above.is_not_null() & under.is_not_null())
    ratio = pl.when((under.sum() >= row.floor) & (under.sum() > 0)).then(
        row.scale * above.sum() / under.sum()
    )
    return both.group_by(by).agg(ratio.alias("value")) if by else both.select(ratio.alias("value"))


def _over_age(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    sums = desk.sums(view, row.facts, start, end, ("station", "day"), ids)
    age = values(row, sums)
    known = sums.with_columns(age.alias("age")).drop_nulls("age")
    if not known.height:
        return nothing(row.unit, row.formula, Reason.NO_DATA)
    old = known.filter(pl.col("age") > OLD_HOURS).group_by("station").len()
    return judged(row, float(old.filter(pl.col("len") >= OLD_DAYS).height), 1.0)


def _emitted(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    sums = desk.sums(view, row.facts, start, end, ("month",), ids)
    whole = desk.sums(view, row.facts, start, end, (), ids)
    energy: dict[int, float] = {}
    for month, kwh in sums.select("month", "F.energy").iter_rows():
        if kwh is not None:
            energy[month.year] = energy.get(month.year, 0.0) + kwh
    factors = {y: f.factor for y, f in emission_factors()[default_region()].items()}
    told = co2(energy, factors)
    return judged(row, told.value, float(coverages(row, whole)[0]), reasons=told.reasons)


def _hours(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    """Reducers over clock hours of the chosen stations together."""
    first, last = span_of(view, start, end)
    frame = hour_sums(desk, first, last, view.now, ids)
    if not frame.height:
        return nothing(row.unit, row.formula, Reason.NO_DATA)
    local = pl.from_epoch("ts", time_unit="ms").dt.replace_time_zone("UTC")
    clock = local.dt.convert_time_zone(view.zone.key)
    hours = frame.with_columns(
        clock.dt.date().alias("day"), clock.dt.hour().alias("hour"),
        pl.col("F.volume").alias("value"), pl.col("F.inflow").alias("inflow"),
    )  # fmt: skip
    slots = math.ceil((last - first).total_seconds() / 3600) * len(ids)
    heard = float(frame["F.online_s"].sum() or 0) / 3600 / max(slots, 1)
    coverage = min(1.0, heard) if heard else min(1.0, float(frame["rows"].sum()) / max(slots, 1))
    if row.reducer == "peak_factor":
        value, why = make.peak_factor(hours.select("day", "hour", "value"))
    elif row.reducer == "off_peak_share":
        value, why = make.off_peak_share(hours.select("hour", "value", "inflow"))
    else:
        return _tariff(row, hours.drop_nulls("F.energy"), coverage)
    return judged(row, None if value is None else row.scale * value, coverage, reasons=why)


def _bands(day: date) -> Bands:
    tariff = tariff_on(default_code(), day)
    return tariff.on(day) if tariff else ((0, 1440, "flat"),)


def _tariff(row: Indicator, hours: pl.DataFrame, coverage: float) -> Figure:
    days, clock = hours["day"].to_list(), hours["hour"].to_list()
    energy = by_band(days, clock, hours["F.energy"].to_list(), _bands)
    tariff = tariff_on(default_code(), days[-1]) if days else None
    if tariff is None:
        return nothing(row.unit, row.formula, Reason.NO_DATA)
    if row.reducer == "energy_cost":
        bill = cost(energy, tariff.prices, tariff.currency)
        return judged(row, bill.value, coverage, reasons=bill.reasons)
    dear = energy.get("peak", 0.0) + energy.get("critical", 0.0)
    value, why = make.share(dear, sum(energy.values()), row.scale)
    return judged(row, value, coverage, reasons=why)


def _pumps(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    """Reducers over the steady windows of pumps."""
    frame = pump_sums(desk, view.now, start, end, ids, ("n", "q", "s"))
    if not frame.height:
        return nothing(row.unit, row.formula, Reason.NO_DATA)
    chosen = set(ids)
    rated = pl.DataFrame(
        [
            (s.id, r.zone, r.rated_flow)
            for s in desk.stores.stations.all(view.scope)
            if s.id in chosen
            for r in s.sets
        ],
        schema={"station": pl.Int32, "zone": pl.String, "rated": pl.Float64},
        orient="row",
    )
    pumps = frame.with_columns(pl.col("station").cast(pl.Int32)).join(rated, on=["station", "zone"])
    if row.reducer == "run_balance":
        value, why = make.run_balance(pumps)
    else:
        value, why = make.preferred_share(pumps)
    return judged(row, None if value is None else row.scale * value, 1.0, reasons=why)


def _samples(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    """Samples whose every tested item lies within its limit, over all; an item without a limit
    judges nothing."""
    known = limits()
    good: dict[tuple[object, ...], bool] = {}
    first, last = span_of(view, start, end)
    for item in desk.stores.lab_samples.taken(first, last, view.scope, ids):
        limit = known.get(item.item)
        if limit is not None:
            key = (item.station_id, item.place, item.sampled_at)
            bad = outside(item.value, limit.lo, limit.hi, item.below)
            good[key] = good.get(key, True) and not bad
    if not good:
        return nothing(row.unit, row.formula, Reason.NO_DATA)
    return judged(row, row.scale * sum(good.values()) / len(good), 1.0)
