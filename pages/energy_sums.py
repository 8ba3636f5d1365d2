"""Figures of the page of energy for the stations that it is asked about: sums of its facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from typing import Any

import polars as pl

from analytics.corrected import marked
from analytics.energy import (
    Change,
    change,
    idle_share,
    specific_energy,
    specific_per_head,
    wire_to_water,
)
from analytics.results import Figure, Reason, covered, figure, nothing
from analytics.tariff import by_band, co2, cost, mean_price
from components.page import View
from data.catalogue.emission_factors import default_region, emission_factors
from data.catalogue.tariffs import Tariff, default_code, tariff_on
from pages.desk_corrected import MARK
from pages.energy_facts import EnergyFacts, Span
from pages.guarded import attempt
from pages.reach import Reach

MEASURES = ("e", "eh", "eta", "energy")
"""What the trend and the bullets can show."""
UNITS = {"e": "kWh/m³", "eh": "kWh/(m³·MPa)", "eta": "%", "energy": "kWh"}
DECIMALS = {"e": 3, "eh": 3, "eta": 1, "energy": 0}

_TOTALS = [
    pl.when(pl.col(f).is_not_null().any()).then(pl.col(f).sum()).alias(f)
    for f in ("F.energy", "F.volume", "F.head_volume", "F.idle_energy", "F.online_s",
              "F.expected_s", MARK)
]  # fmt: skip
"""Null where no row knows the fact: nothing isn't zero."""


@dataclass(frozen=True)
class Sums:
    """Sums of the facts over some stations and days; None where nothing is known."""

    energy: float | None
    volume: float | None
    head_volume: float | None
    idle: float | None
    coverage: float
    corrected: float | None = None
    """Seconds that people have corrected."""
    revisions: int = 0

    @classmethod
    def of(cls, frame: pl.DataFrame, due: int = 0, revisions: int = 0) -> Sums:
        """Of all rows together; due: how many station-days there should be, 0 = as many as rows."""
        if not frame.height:
            return cls(None, None, None, None, 0.0)
        made = cls._row(frame.select(_TOTALS).row(0))
        there = min(1.0, frame.height / due) if due else 1.0
        return replace(made, coverage=made.coverage * there, revisions=revisions)

    @classmethod
    def by(cls, frame: pl.DataFrame, column: str) -> dict[Any, Sums]:
        """Of the rows of each value of a column."""
        if not frame.height:
            return {}
        parts = frame.group_by(column).agg(_TOTALS)
        return {row[0]: cls._row(row[1:]) for row in parts.iter_rows()}

    @classmethod
    def _row(cls, row: tuple[float | None, ...]) -> Sums:
        energy, volume, head_volume, idle, online, expected, corrected = row
        share = min(1.0, online / expected) if online is not None and expected else 0.0
        return cls(energy, volume, head_volume, idle, share, corrected)

    def figures(self) -> dict[str, Figure]:
        """energy, e, eh, eta (%), idle (%) and volume, each with coverage and reasons."""
        energy = figure(self.energy, "kWh", "M5", coverage=self.coverage)
        eta = wire_to_water(self.energy, self.head_volume, None, self.coverage)
        told = {
            "energy": covered(energy),
            "volume": covered(figure(self.volume, "m³", "M5", coverage=self.coverage)),
            "e": covered(specific_energy(self.energy, self.volume, self.coverage)),
            "eh": covered(specific_per_head(self.energy, self.head_volume, self.coverage)),
            "eta": covered(_percent(eta, self.coverage)),
            "idle": covered(_percent(idle_share(self.idle, self.energy), self.coverage)),
        }
        return {name: self.marked(one) for name, one in told.items()}

    def marked(self, told: Figure) -> Figure:
        """A figure of these sums with what people have corrected below it."""
        return marked(told, self.corrected, self.revisions)


@dataclass(frozen=True)
class Scene:
    """All that the page shows, of the stations in reach; a part that can't be read is Broken."""

    facts: EnergyFacts
    reach: Reach
    days: pl.DataFrame
    before: pl.DataFrame
    year_ago: pl.DataFrame
    stations: pl.DataFrame
    bands: Mapping[str, float]
    tariff: Tariff | None

    @property
    def span(self) -> Span:
        return self.facts.span

    @property
    def broken(self) -> bool:
        return self.facts.broken

    @cached_property
    def now(self) -> Sums:
        made = self.facts.revisions
        return self._sums(self.days, sum(made.get(id, 0) for id in self.reach.ids))

    @cached_property
    def then(self) -> dict[str, Sums]:
        """Sums of the span before (prev) and of a year ago (yoy)."""
        frames = {"prev": self.before, "yoy": self.year_ago}
        return {name: attempt(partial(self._sums, frame)) for name, frame in frames.items()}

    def _sums(self, frame: pl.DataFrame, revisions: int = 0) -> Sums:
        return Sums.of(frame, len(self.reach.ids) * self.span.days, revisions)

    @cached_property
    def by_day(self) -> dict[str, dict[date, Sums]]:
        """Sums of each day of the span, of the one before (prev), and a year ago (yoy)."""
        frames = {"now": self.days, "prev": self.before, "yoy": self.year_ago}
        return {n: attempt(partial(Sums.by, frame, "day")) for n, frame in frames.items()}

    @cached_property
    def rows(self) -> dict[int, dict[str, Any]]:
        """Rows of `stations` by id."""
        return {row["station"]: row for row in self.stations.iter_rows(named=True)}

    def change(self, base: str) -> Change:
        """Why the kWh differ from those of `before` or `year_ago`, station by station."""
        names = ["F.energy", "F.volume", "F.head_volume"]
        old, new = (
            f.group_by("station").agg(pl.col(n).sum() for n in names)
            for f in (self.before if base == "prev" else self.year_ago, self.days)
        )
        both = old.join(new, on="station", how="full", suffix="_new", coalesce=True)
        a, b = (
            tuple(both[f"{n}{s}"].fill_null(float("nan")).to_numpy() for n in names)
            for s in ("", "_new")
        )
        return change((a[0], a[1], a[2]), (b[0], b[1], b[2]))

    def money(self) -> tuple[Figure, Figure]:
        """The bill of the span by the tariff that holds on its last day, and its mean price."""
        if self.tariff is None:
            none = nothing("CNY", "E2.11", Reason.NO_DATA)
            return none, none
        t = self.tariff
        kwh = self.now.energy or 0.0
        heard = min(1.0, sum(self.bands.values()) / kwh) if kwh > 0 else 1.0
        share = self.now.coverage * heard  # the hours may know less than the days
        bill = cost(self.bands, t.prices, t.currency, assumed=t.assumed, coverage=share)
        price = mean_price(bill, sum(self.bands.values()))
        return self.now.marked(bill), self.now.marked(price)

    def carbon(self) -> Figure:
        known = self.days.drop_nulls("F.energy") if self.days.height else self.days
        by_year = known.group_by(pl.col("day").dt.year().alias("year")).agg(
            pl.col("F.energy").sum()
        )
        energy = {int(y): float(e) for y, e in by_year.iter_rows()}
        factors = {y: row.factor for y, row in emission_factors()[default_region()].items()}
        return self.now.marked(co2(energy, factors, self.now.coverage))


def scene(
    view: View, facts: EnergyFacts, reach: Reach, own: Callable[[], pl.DataFrame] | None = None
) -> Scene:
    """The facts of the stations in reach; `own` reads their hours where no district or type of the
    city's is all of them."""
    ids = reach.ids
    inside = pl.col("station").is_in(ids)
    tariff = tariff_on(default_code(), facts.span.last)

    def some(frame: pl.DataFrame) -> Any:
        return attempt(lambda: frame.filter(inside) if frame.height else frame)

    return Scene(
        facts=facts,
        reach=reach,
        days=some(facts.days),
        before=some(facts.before),
        year_ago=some(facts.year_ago),
        stations=some(facts.stations),
        bands=attempt(lambda: _bands(view, facts, reach, tariff, own)),
        tariff=tariff,
    )


def daily(sums: Mapping[date, Sums], measure: str) -> dict[int, float | None]:
    """The measure of each day, keyed by the day's ordinal."""
    return {day.toordinal(): value(one, measure) for day, one in sums.items()}


def growth(now: Figure, then: Figure) -> float | None:
    """E2.8, E2.9: what the figure has grown by, as a share; of a percentage the difference in
    points over 100. None without a base, or with one that is zero."""
    if now.value is None or then.value is None:
        return None
    if now.unit == "%":
        return (now.value - then.value) / 100
    return now.value / then.value - 1 if then.value > 0 else None


def value(sums: Sums, measure: str) -> float | None:
    return sums.figures()[measure].value


def _bands(
    view: View, facts: EnergyFacts, reach: Reach, tariff: Tariff | None,
    own: Callable[[], pl.DataFrame] | None,
) -> dict[str, float]:  # fmt: skip
    """kWh by band of the tariff."""
    hours = facts.hours if own is None else own()
    if tariff is None or not hours.height:
        return {}
    if own is None and reach.district is not None:
        hours = hours.filter(pl.col("district") == reach.district.id)
    if own is None and reach.type:
        hours = hours.filter(pl.col("type") == reach.type)
    local = pl.col("ts").dt.convert_time_zone(str(view.zone))
    some = hours.group_by(local.dt.date().alias("day"), local.dt.hour().alias("hour")).agg(
        pl.col("F.energy").sum()
    )
    days, clock, energy = (some[c].to_list() for c in ("day", "hour", "F.energy"))
    return by_band(days, clock, energy, tariff.on)


def _percent(found: Figure, coverage: float) -> Figure:
    """A share as a percentage, with the same reasons."""
    scaled = None if found.value is None else 100 * found.value
    return figure(scaled, "%", found.formula, found.reasons, coverage=coverage)
