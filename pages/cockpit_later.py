"""What the cockpit shows and its first viewer doesn't wait for: the forecast of the day (D10 in
docs/methods.md), last year's energy, the dearest stations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from analytics.demand_fleet import added
from analytics.demand_forecast import forecast, kinds
from analytics.indicator_values import values
from data.catalogue.calendar import kinds as calendar_kinds
from data.catalogue.indicators import indicators
from data.station_rows import Scope
from data.stores import Stores
from pages.cockpit_facts import DAYS
from pages.cockpit_facts import figure as figure_of
from pages.demand_hours import DAYS as PAST
from pages.demand_hours import hours_of
from pages.desk import desk_of
from pages.guarded import Parts, attempt
from pages.kept import Kept

FRESH_SECONDS, OLDEST_SECONDS = 900.0, 3600.0
YEAR = timedelta(days=364)
"""The same weekdays."""
ENERGY = "specific_energy"


@dataclass(frozen=True)
class Ahead:
    """Middles of the hours of today (local, without zone), m³/h and its 80 % interval; NaN where
    nothing can be said."""

    times: list[datetime]
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Later(Parts):
    """Each raises PartBroken when it could not be read."""

    @property
    def ahead(self) -> Ahead:
        return self.part("ahead")  # type: ignore[no-any-return]

    @property
    def year(self) -> list[float | None]:
        """kWh/m³ of each of the DAYS days a year ago."""
        return self.part("year")[0]  # type: ignore[no-any-return]

    @property
    def year_mean(self) -> float | None:
        """kWh/m³ of all of them."""
        return self.part("year")[1]  # type: ignore[no-any-return]

    @property
    def dearest(self) -> list[tuple[int, float]]:
        """Station ids with their kWh/m³ of the last DAYS days, the most first."""
        return self.part("dearest")  # type: ignore[no-any-return]


class LaterDesk:
    """Makes it in the background; None until then."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._kept = Kept(FRESH_SECONDS, OLDEST_SECONDS)

    def of(self, scope: Scope, now: datetime) -> Later | None:
        today = now.astimezone(self._stores.settings.zone).date()
        found: Later | None = self._kept.soon((scope, today), lambda: self._made(scope, now, today))
        if found is not None and found.broken:
            self._kept.clear()  # who asks again gets another try
        return found

    def _made(self, scope: Scope, now: datetime, today: date) -> Later:
        first, last = today - timedelta(days=DAYS), today - timedelta(days=1)
        return Later(
            ahead=attempt(lambda: self._ahead(scope, now)),
            year=attempt(lambda: self._year(scope, now, first, last)),
            dearest=attempt(lambda: self._dearest(scope, now, first, last)),
        )

    def _year(
        self, scope: Scope, now: datetime, first: date, last: date
    ) -> tuple[list[float | None], float | None]:
        row, desk = indicators()[ENERGY], desk_of(self._stores)
        earlier = desk.sums_of(scope, now, row.facts, first - YEAR, last - YEAR, ("day",))
        by_day = dict(zip(earlier["day"], values(row, earlier), strict=True))
        days = [first - YEAR + timedelta(days=n) for n in range(DAYS)]
        return [by_day.get(day) for day in days], figure_of(row, earlier)

    def _dearest(
        self, scope: Scope, now: datetime, first: date, last: date
    ) -> list[tuple[int, float]]:
        row, desk = indicators()[ENERGY], desk_of(self._stores)
        sums = desk.sums_of(scope, now, row.facts, first, last, ("station",))
        costs = sums.select("station", values(row, sums).alias("cost")).drop_nulls("cost")
        return list(costs.sort("cost", descending=True).head(DAYS).iter_rows())

    def _ahead(self, scope: Scope, now: datetime) -> Ahead:
        hours = hours_of(self._stores, now)
        ids = [row.id for row in self._stores.stations.all(scope)]
        flow = added(hours.of(ids)).flow
        names = kinds(hours.first, PAST + 1, calendar_kinds())
        told = forecast(flow[:PAST], names, 1, today=flow[PAST])
        start = datetime.combine(hours.today, datetime.min.time()) + timedelta(minutes=30)
        times = [start + timedelta(hours=hour) for hour in range(24)]
        return Ahead(times, told.value[0], told.low80[0], told.high80[0])
