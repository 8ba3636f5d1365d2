"""What the page of demand is about, computed: one place's typical day, forecast, factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from analytics.day_types import day_type
from analytics.demand import Sizing, per_person, sizing
from analytics.demand_fleet import Factors, added, factors, fleet_departures
from analytics.demand_forecast import HORIZON, Forecast, forecast, kinds
from analytics.patterns import (
    Departure,
    Pattern,
    day_factor,
    departures,
    hour_factor,
    pattern,
    peaks,
    regularity,
    valleys,
)
from analytics.results import Figure, Reason, figure, nothing
from components.page import View
from data.catalogue.calendar import kinds as calendar_kinds
from data.station_rows import StationRow
from data.stores import Stores
from pages.demand_hours import DAYS, Hours, hours_of
from pages.kept import Kept
from pages.reach import Reach, reach, selected

Floats = np.ndarray
KEPT_SECONDS, OLDEST_SECONDS = 120.0, 600.0
DAY_SECONDS = 86_400.0
RECENT = 7
"""Days of which departures are listed."""


@dataclass(frozen=True)
class Subject:
    """One place: a station, or all of a district or city.

    flow: [DAYS + 1, 24] m³/h, today last. kinds: types of these days and of the horizon.
    """

    label: str
    first: date
    flow: Floats
    coverage: float
    households: int
    types: list[str]
    typical: Pattern
    ahead: Forecast
    hour: Figure
    day: Figure
    regular: Figure
    mean_day: Figure
    person: Figure
    norm: Sizing
    departures: list[Departure]

    @property
    def today(self) -> date:
        return self.first + timedelta(days=DAYS)

    @property
    def peaks(self) -> list[tuple[int, int]]:
        return peaks(self.typical.typical) if self.typical.known else []

    @property
    def valleys(self) -> list[tuple[int, int]]:
        return valleys(self.typical.typical) if self.typical.known else []


@dataclass(frozen=True)
class Fleet:
    """All stations of a reach: their factors and what departed, (station, departure)."""

    stations: tuple[StationRow, ...]
    factors: Factors
    departures: list[tuple[StationRow, Departure]]
    listed: dict[Any, list[dict[str, Any]]] = field(default_factory=dict)
    """Rows of the ranking by language, once they were asked for."""


def subject(label: str, flow: Floats, coverage: float, hours: Hours, households: int) -> Subject:
    """All figures of one place from its [DAYS + 1, 24]."""
    calendar = calendar_kinds()
    days = [hours.first + timedelta(days=i) for i in range(DAYS + 1 + HORIZON)]
    types = [str(day_type(day, calendar)) for day in days]
    whole, today = flow[:DAYS], flow[DAYS]
    told = forecast(whole, kinds(hours.first, len(days), calendar), HORIZON + 1, today=today)
    volumes = np.where(np.isfinite(whole).sum(axis=1) >= 20, 24 * _row_means(whole), np.nan)
    known = volumes[np.isfinite(volumes)]
    mean = float(known.mean()) if len(known) else None
    shares = [f for f in (hour_factor(day).value for day in whole) if f is not None]
    found = [d for day in range(DAYS - RECENT + 1, DAYS + 1) for d in departures(flow, types, day)]
    return Subject(
        label=label, first=hours.first, flow=flow, coverage=coverage, households=households,
        types=types, typical=pattern(whole, types[:DAYS], types[DAYS]), ahead=told,
        hour=figure(float(np.median(shares)), "", "D4", coverage=coverage) if shares
        else nothing("", "D4", Reason.NO_DATA),
        day=day_factor(volumes), regular=regularity(whole),
        mean_day=figure(mean, "m³/d", "D4", coverage=len(known) / DAYS),
        person=per_person(mean, 1, households), norm=sizing(households), departures=found[::-1],
    )  # fmt: skip


class Subjects:
    """Computes subjects and fleets and keeps them as long as their hours."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._keep = Kept(KEPT_SECONDS, OLDEST_SECONDS)
        self._keep_days = Kept(DAY_SECONDS, most=4)

    def of(self, view: View) -> tuple[Reach, list[Subject]]:
        """The reach and what is shown of it: the selected stations, else the whole reach."""
        here, chosen = reach(self._stores, view), selected(self._stores, view)
        if chosen:
            return here, [
                self._once(("station", s.id, view.language), view, [s], s.name(view.language))
                for s in chosen
            ]
        key = ("reach", tuple(here.ids), view.language)
        return here, [self._once(key, view, here.stations, here.label)]

    def fleet(self, view: View) -> Fleet:
        """Factors and departures of all stations of the reach."""
        here = reach(self._stores, view)
        ids = tuple(here.ids)

        def make() -> Fleet:
            hours = hours_of(self._stores, view.now)
            return _fleet(here.stations, hours, self._city(hours))

        made: Fleet = self._keep(("fleet", ids), make)
        return made

    def _city(self, hours: Hours) -> tuple[Factors, list[tuple[int, Departure]]]:
        """Factors and departures of all stations: a reach is a part of them."""
        found: Factors = self._keep_days(  # whole days change with the day and corrections only
            ("factors", hours.state), lambda: factors(hours.flow[:, :DAYS].astype(float))
        )
        types = [
            str(day_type(hours.first + timedelta(days=i), calendar_kinds()))
            for i in range(DAYS + 1)
        ]
        departed: list[tuple[int, Departure]] = self._keep_days(
            ("departures", hours.made),
            lambda: [
                (int(hours.ids[row]), departure)
                for day in (DAYS, DAYS - 1)
                for row, departure in fleet_departures(hours.flow, types, day)
            ],
        )
        return found, departed

    def _once(
        self, key: tuple[Any, ...], view: View, stations: Sequence[StationRow], label: str
    ) -> Subject:
        def make() -> Subject:
            hours = hours_of(self._stores, view.now)
            flow = hours.of([s.id for s in stations])
            total = added(flow) if len(stations) > 1 else None
            homes = sum(s.households for s in stations)
            if total is None:
                alone = flow[0].astype(float) if len(flow) else np.full((DAYS + 1, 24), np.nan)
                share = float(np.isfinite(alone[:DAYS]).mean())
                return _marked(subject(label, alone, share, hours, homes), hours, stations)
            share = float(total.coverage[:DAYS].mean())
            return _marked(subject(label, total.flow, share, hours, homes), hours, stations)

        made: Subject = self._keep(key, make)
        return made


def _marked(told: Subject, hours: Hours, stations: Sequence[StationRow]) -> Subject:
    """With what people have corrected below its figures."""
    ids = [s.id for s in stations]
    figures = (told.hour, told.day, told.regular, told.mean_day, told.person)
    hour, day, regular, mean_day, person = (hours.marked(one, ids) for one in figures)
    return replace(told, hour=hour, day=day, regular=regular, mean_day=mean_day, person=person)


def _fleet(
    stations: tuple[StationRow, ...], hours: Hours,
    city: tuple[Factors, list[tuple[int, Departure]]],
) -> Fleet:  # fmt: skip
    """The part of the city that these stations are; what is not known of a new one is NaN."""
    whole, departed = city
    rows = np.array([hours.row_of.get(s.id, -1) for s in stations], np.int64)
    parts = {f.name: np.append(getattr(whole, f.name), np.nan)[rows] for f in fields(Factors)}
    known = {s.id: s for s in stations}
    found = [(known[id], departure) for id, departure in departed if id in known]
    return Fleet(stations, Factors(**parts), found)


def _row_means(whole: Floats) -> Floats:
    known = np.isfinite(whole)
    means: Floats = np.where(known, whole, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return means
