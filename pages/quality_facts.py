"""Facts of the page of water quality, read once in a few minutes and shared by its viewers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from analytics import water_quality as wq
from analytics.results import Figure, Reason, figure, nothing
from analytics.tank_water import tank_water
from components.page import View
from components.time_range import TimeRange, days
from data.catalogue.limits import online_limits
from data.lab_rows import Sample
from data.station_rows import StationRow
from data.stores import Stores
from pages.guarded import any_broken, attempt
from pages.kept import Kept
from pages.reach import Reach

KEPT_SECONDS = 120.0
ITEMS = {row.fact: row for row in online_limits().values()}
"""Online items by the name of their facts: chlorine, turbidity, ph."""
FACTS = (
    *(f"F.{item}_{end}" for item in (*ITEMS, "quality") for end in ("s", "ok_s")),
    "F.expected_s", "F.age_volume", "F.tank_outflow",
)  # fmt: skip
LATEST = ("WQ.CL_OUT", "WQ.TURB")
POINTS = 12_000
PIECE = timedelta(days=24)
Floats = np.ndarray


@dataclass(frozen=True)
class Fleet:
    """rows: station and the sums of FACTS over the span; daily: day and the sums of all; latest:
    station, CL_OUT, its lowest of 24 h, TURB."""

    first: date
    last: date
    rows: pl.DataFrame
    daily: pl.DataFrame
    latest: pl.DataFrame
    listed: dict[Any, list[dict[str, Any]]] = field(default_factory=dict)
    """Rows of the stations by language, once they were asked for."""

    @property
    def broken(self) -> bool:
        """Whether the latest values could not be read: they are Broken."""
        return any_broken((self.latest,))

    def kept(self, item: str) -> wq.Kept:
        """Compliance and availability of all stations together."""
        return kept_of({n: _sum(self.rows, n) for n in self.rows.columns if n != "station"}, item)

    def by_day(self, item: str) -> list[float | None]:
        """Compliance of each day that is known, %."""
        return [kept_of(day, item).compliance.value for day in self.daily.iter_rows(named=True)]

    @property
    def age(self) -> Figure:
        """Mean age of what left the tanks."""
        return age_of({n: _sum(self.rows, n) for n in ("F.age_volume", "F.tank_outflow")})


def kept_of(sums: Mapping[str, Any], item: str) -> wq.Kept:
    """Q8 of an item (chlorine, turbidity, ph, quality) from sums of facts."""
    return wq.kept(*(sums.get(n) for n in (f"F.{item}_s", f"F.{item}_ok_s", "F.expected_s")))


def age_of(sums: Mapping[str, Any]) -> Figure:
    """Q1 of a span: Σ F.age_volume / Σ F.tank_outflow, hours."""
    volume, outflow = sums.get("F.age_volume"), sums.get("F.tank_outflow")
    if volume is None or outflow is None:
        return nothing("h", "Q1", Reason.NO_DATA)
    return (
        nothing("h", "Q1", Reason.ZERO_FLOW)
        if outflow < 1.0
        else figure(volume / outflow, "h", "Q1")
    )


@dataclass(frozen=True)
class Tank:
    """One station: hourly series on the site's clock, and what they teach.

    hours: ts (local, no zone), in, out, turbidity, ph, age, expected (None unknown).
    """

    hours: pl.DataFrame
    decay: Figure
    age: Figure
    chlorine: Figure
    standstill: Figure
    longest: Figure
    jumped: date | None
    samples: tuple[Sample, ...]


class QualityDesk:
    """Reads, computes and keeps."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._keep = Kept(KEPT_SECONDS)

    def fleet(self, view: View, here: Reach, span: TimeRange) -> Fleet:
        first, last = days(span, view.zone)
        key = ("fleet", tuple(here.ids), first, last)
        made: Fleet = self._keep(key, lambda: self._fleet(view, here.ids, first, last))
        return made

    def station(self, view: View, station: StationRow, span: TimeRange) -> Tank:
        when: Any = span.preset if span.live else (span.start, span.end)
        key = ("station", station.id, view.scope, when, span.live)
        made: Tank = self._keep(key, lambda: self._tank(view, station, span))
        return made

    def _fleet(self, view: View, ids: list[int], first: date, last: date) -> Fleet:
        lake = self._stores.lake
        only = None if len(ids) > 1000 else ids
        both = lake.summed("station_day", ("station", "day"), FACTS, first, last, only)
        if both.height:
            both = both.filter(pl.col("station").is_in(ids))
        sums = [pl.when(pl.col(n).count() > 0).then(pl.col(n).sum()).alias(n) for n in FACTS]
        empty = both.height == 0
        return Fleet(
            first, last,
            both if empty else both.group_by("station").agg(sums).sort("station"),
            both if empty else both.group_by("day").agg(sums).sort("day"),
            attempt(lambda: self._latest(view).filter(pl.col("station").is_in(ids))),
        )  # fmt: skip

    def _latest(self, view: View) -> pl.DataFrame:
        """Of the whole city: a reach is a part of it."""

        def read() -> pl.DataFrame:
            start = view.now - timedelta(hours=24)
            rows = self._stores.lake.fleet(LATEST, start, view.now, "hour")
            values = [pl.col(code).drop_nulls().last().alias(code) for code in LATEST]
            return rows.group_by("station").agg(*values, pl.col("WQ.CL_OUT").min().alias("lowest"))

        return self._keep("latest", read)  # type: ignore[no-any-return]

    def _tank(self, view: View, station: StationRow, span: TimeRange) -> Tank:
        hours = self._hours(view, station, span)
        decays = _decays(hours)
        decay = wq.tank_decay(np.array([value for _, value in decays]))
        jump = wq.jumped(np.array([value for _, value in decays]))
        k = decay.value or wq.DECAY
        learnt = decay.reasons
        if not station.tanks:
            decay = nothing("1/d", "Q5", Reason.NOT_APPLICABLE)
        last = _last(hours, "out")
        expected = pl.col("brought") / (1.0 + k * pl.col("age") / 24.0)
        samples = self._stores.lab_samples.taken(span.start, span.end, view.scope, [station.id])
        age = _last(hours, "age")
        return Tank(
            hours=hours.with_columns(expected.alias("expected")),
            decay=decay,
            age=figure(age, "h", "Q2") if age is not None
            else nothing("h", "Q2", Reason.NO_DATA if station.tanks else Reason.NOT_APPLICABLE),
            chlorine=figure(last, "mg/L", "Q4"),
            standstill=wq.time_to_limit(last, k).because(*learnt),
            longest=_longest(_last(hours, "in"), k, learnt) if station.tanks
            else nothing("h", "Q4", Reason.NOT_APPLICABLE),
            jumped=None if jump is None else decays[jump][0],
            samples=samples,
        )  # fmt: skip

    def _hours(self, view: View, station: StationRow, span: TimeRange) -> pl.DataFrame:
        """Hourly means by the site's clock: in, out, turbidity, ph, age, brought."""
        names = {"WQ.CL_IN": "in", "WQ.CL_OUT": "out", "WQ.TURB": "turbidity", "WQ.PH": "ph"}
        levels = [f"T{n}.LEVEL" for n in range(1, station.tanks + 1)]
        codes = [*names, "PH.Q_IN", *levels]
        pieces, at = [], span.start
        while at < span.end:  # longer pieces would come by hours, which keep fewer points
            end = min(at + PIECE, span.end)
            pieces.append(self._stores.lake.series(station, codes, at, end, POINTS).frame)
            at = end
        frame = pl.concat([p.select("ts", *codes) for p in pieces if p.height] or pieces[:1])
        if not frame.height:
            floats = [
                pl.Series(name, [], pl.Float64) for name in (*names.values(), "age", "brought")
            ]
            return pl.DataFrame([pl.Series("ts", [], pl.Datetime("ms")), *floats])
        local = pl.col("ts").dt.convert_time_zone(view.zone.key).dt.replace_time_zone(None)
        hours = (
            frame.with_columns(local.dt.truncate("1h").cast(pl.Datetime("ms")))
            .with_columns(pl.col(codes).fill_nan(None))
            .group_by("ts").agg(pl.col(codes).mean()).sort("ts")
            .upsample("ts", every="1h")
        )  # fmt: skip
        age = brought = np.full(hours.height, np.nan)
        if levels and station.tank_area:
            level = hours.select(pl.mean_horizontal(levels)).to_series()
            volumes = level.cast(pl.Float64).fill_null(float("nan")).to_numpy() * station.tank_area
            inflow = hours["PH.Q_IN"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
            inlet = hours["WQ.CL_IN"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
            age, brought = tank_water(volumes, inflow, inlet)
        return hours.select("ts", *(pl.col(c).alias(n) for c, n in names.items())).with_columns(
            pl.Series("age", age).fill_nan(None), pl.Series("brought", brought).fill_nan(None)
        )


def _decays(hours: pl.DataFrame) -> list[tuple[date, float]]:
    """k_b of each local day."""
    found = []
    for (at,), part in hours.group_by(pl.col("ts").dt.truncate("1d"), maintain_order=True):
        columns = (part[n].fill_null(float("nan")).to_numpy() for n in ("brought", "out", "age"))
        found.append((at.date(), wq.learnt_decay(*columns)))
    return found


def _last(hours: pl.DataFrame, name: str) -> float | None:
    known = hours[name].drop_nulls()
    return float(known[-1]) if len(known) else None


def _longest(inlet: float | None, decay: float, reasons: tuple[Reason, ...]) -> Figure:
    """Age at which the outlet would stand at the internal target of 0.10 mg/L."""
    if inlet is None or inlet <= 0.10:
        return nothing("h", "Q4", Reason.NO_DATA if inlet is None else Reason.OUT_OF_RANGE)
    return figure(wq.longest_age(inlet, decay, 0.10), "h", "Q4", reasons)


def _sum(rows: pl.DataFrame, name: str) -> float | None:
    if name not in rows.columns:
        return None
    known = rows[name].drop_nulls()
    return float(np.nansum(known.to_numpy())) if len(known) else None
