"""What the page of leakage shows: the nights of the whole city, followed once an hour and shared.

Following 400 nights of 2,100 compounds takes seconds: an older answer is shown while a newer one is
made in the background (pages/kept.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl

from analytics.compounds import Assessment, as_of, assess
from analytics.leak_ranking import Columns, day_hours_of, ranking
from analytics.night_flow import valid_nights
from components.formats import midnight
from data.stores import Stores
from pages.desk_corrected import MARK, revisions
from pages.guarded import Broken, any_broken, attempt, whole
from pages.kept import Kept

NIGHTS = 400
KEPT_SECONDS, OLDEST_SECONDS = 1800.0, 7200.0
SPAN_SECONDS = 300.0
MOST_SPANS = 24
MORNING = 6
"""Hour from which on last night is known."""
PRESSURES = ("L.P_OUT", "M.P_OUT", "H.P_OUT")


@dataclass(frozen=True)
class City:
    """All compounds with their nights; `row` leads from a station's id to its row."""

    ids: np.ndarray
    row: dict[int, int]
    homes: np.ndarray
    days: list[date]
    found: Assessment
    hours: np.ndarray
    """h/d of E4.3 of each compound."""
    corrected: np.ndarray
    """[n] seconds of its nights and days that people have corrected."""
    revisions: np.ndarray
    """[n] how often they have."""

    @property
    def broken(self) -> bool:
        """Whether the hours could not be read: they are Broken, and with them the ranking."""
        return any_broken((self.hours,))


@dataclass(frozen=True)
class Spanned:
    """The city with what a span of days adds."""

    city: City
    first: date
    last: date
    volume: np.ndarray
    """[n] m³ supplied in the span; NaN = not known."""
    known_days: np.ndarray
    columns: Columns
    nightly: Columns
    """The same where the hours of the day could not be read: what hangs on them is NaN."""
    household: pl.DataFrame
    """station, metered, public, fire, imputed, meters, read, stopped: sums of the span. Broken
    where it can't be read, as `columns`."""

    @property
    def broken(self) -> bool:
        return self.city.broken or any_broken((self.household, self.columns))

    def of(self, at: np.ndarray) -> Columns:
        """The ranking's columns of some rows of the city."""
        return {name: values[at] for name, values in self.columns.items()}

    def suspected(self, at: np.ndarray) -> list[int]:
        """Places in `at` of compounds that leak more than their like for sure, after a growth."""
        sure = np.flatnonzero(self.columns["score"][at] > 0).tolist()
        return [i for i in sure if self.city.found.since(int(at[i])) is not None]


class LeakDesk:
    """Keeps the city for half an hour and some spans for minutes."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._cities = Kept(KEPT_SECONDS, OLDEST_SECONDS, 1)
        self._spans = Kept(SPAN_SECONDS, most=MOST_SPANS)

    def of(self, now: datetime, first: date, last: date) -> Spanned:
        """The city for the days from `first` to `last`, both included."""
        return self._spans(  # type: ignore[no-any-return]
            (first, last), lambda: self._span(self.city(now), first, last)
        )

    def city(self, now: datetime) -> City:
        """The nights up to the last one that is over; in the morning the night before is shown
        until the new one is followed."""
        last = last_night(now, self._stores)

        def make() -> City:
            return read_city(self._stores, now, last)

        found: City = self._cities("city", make)
        if found.days[-1] != last:
            self._cities.renew("city", make, 0.0)
        return found

    def _span(self, city: City, first: date, last: date) -> Spanned:
        lake = self._stores.lake
        frame = lake.summed("station_day", ["station"], ["F.volume", "F.energy"], first, last)
        volume, energy, rows = (_placed(city, frame, c) for c in ("F.volume", "F.energy", "rows"))
        with np.errstate(invalid="ignore", divide="ignore"):
            per_day = volume / rows
            specific = np.where(volume >= 1.0, energy / volume, np.nan)
        found = as_of(city.found, (last - city.days[0]).days)

        def ranked(hours: np.ndarray) -> Columns:
            return ranking(found, city.homes, per_day, specific, hours)

        columns = nightly = attempt(lambda: ranked(whole(city.hours)))
        if isinstance(columns, Broken):
            nightly = attempt(lambda: ranked(np.full(len(city.ids), np.nan)))
        facts = ["metered", "public", "fire", "imputed", "meters", "read", "stopped"]
        household = attempt(lambda: lake.summed("household_day", ["station"], facts, first, last))
        return Spanned(city, first, last, volume, rows, columns, nightly, household)


_DESKS: WeakKeyDictionary[object, LeakDesk] = WeakKeyDictionary()


def desk_of(stores: Stores) -> LeakDesk:
    """The desk of these stores; pages of one process share it."""
    return _DESKS.setdefault(stores.lake, LeakDesk(stores))


def last_night(now: datetime, stores: Stores) -> date:
    """The local day whose night is over."""
    local = now.astimezone(stores.settings.zone)
    return local.date() if local.hour >= MORNING else local.date() - timedelta(days=1)


def whole_days(first: date, last: date, now: datetime, stores: Stores) -> tuple[date, date]:
    """A span without today, unless it is today alone: a rate of a day needs all of its water."""
    today = now.astimezone(stores.settings.zone).date()
    last = min(last, today - timedelta(days=1)) if first < today else last
    return min(first, last), last


def read_city(stores: Stores, now: datetime, last: date) -> City:
    """Follow all stations with homes through their last NIGHTS nights."""
    rows = sorted((s for s in stores.stations.all() if s.sets), key=lambda s: s.id)
    ids = np.array([s.id for s in rows], np.int64)
    homes = np.array([float(s.households) for s in rows])
    first = last - timedelta(days=NIGHTS - 1)
    facts = ["mnf", "coverage", "F.lost_s", MARK]
    frame = stores.lake.summed("station_day", ["station", "day"], facts, first, last)
    shape = (len(ids), NIGHTS)
    dense = {name: np.full(shape, np.nan) for name in facts}
    if frame.height and len(ids):
        station = frame["station"].cast(pl.Int64).to_numpy()
        place = np.clip(np.searchsorted(ids, station), 0, len(ids) - 1)
        mine = ids[place] == station
        night = (frame["day"].cast(pl.Date).to_numpy() - np.datetime64(first)).astype(int)
        for name in facts:
            values = frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
            dense[name][place[mine], night[mine]] = values[mine]
    # today's share of the day online is that of a short day: its night is judged all the same
    valid = valid_nights(dense["mnf"], dense["coverage"], dense["F.lost_s"])
    days = [first + timedelta(days=n) for n in range(NIGHTS)]
    row = {int(i): n for n, i in enumerate(ids)}
    found = assess(valid, homes)
    made = revisions(stores, row, first, last)
    return City(
        ids, row, homes, days, found, attempt(lambda: _hours(stores, now, ids)),
        np.nansum(dense[MARK], axis=1), np.array([made.get(int(i), 0) for i in ids], np.int64),
    )  # fmt: skip


def _hours(stores: Stores, now: datetime, ids: np.ndarray) -> np.ndarray:
    """h/d of each compound from the pressures of its last whole day."""
    zone = stores.settings.zone
    start, end = midnight(now, zone, 1), midnight(now, zone)
    frame = stores.lake.fleet(PRESSURES, start, end, "hour")
    table = np.full((len(ids), 24), np.nan)
    if frame.height and len(ids):
        frame = frame.with_columns(pl.mean_horizontal(*PRESSURES).alias("p"))
        slots = (frame["ts"] - start).dt.total_hours().to_numpy()
        station = frame["station"].cast(pl.Int64).to_numpy()
        place = np.clip(np.searchsorted(ids, station), 0, len(ids) - 1)
        mine = (ids[place] == station) & (slots >= 0) & (slots < 24)
        values = frame["p"].fill_null(np.nan).to_numpy()
        table[place[mine], slots[mine].astype(int)] = values[mine]
    return day_hours_of(table)


READ = 0.9
"""Share of the meters that must lie between two readings for a day to count in a balance."""


def aligned(stores: Stores, station: int, first: date, last: date) -> dict[str, float] | None:
    """Sums over the days that both the outlet and the household meters know: days, volume,
    metered, public, fire, imputed, stopped. None without any household reading in the span."""
    homes = stores.lake.facts("household_day", first, last, [station])
    if not homes.height:
        return None
    flows = stores.lake.facts("station_day", first, last, [station])
    if "F.volume" not in flows.columns:
        return None
    both = homes.filter(pl.col("read") >= READ * pl.col("meters")).join(
        flows.select("day", pl.col("F.volume").alias("volume")), on="day"
    )
    names = ("volume", "metered", "public", "fire", "imputed", "stopped")
    return {"days": float(both.height)} | {name: float(both[name].sum() or 0) for name in names}


def _placed(city: City, frame: pl.DataFrame, column: str) -> np.ndarray:
    found = np.full(len(city.ids), np.nan)
    for station, value in frame.select("station", column).iter_rows():
        if value is not None and int(station) in city.row:
            found[city.row[int(station)]] = value
    return found
