"""What the page of leakage shows: the nights of the whole city, followed once an hour and shared.

Following 400 nights of 2,100 compounds takes seconds, so an older answer is shown while a newer
one is made in the background; only the very first viewer waits.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock, Thread
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl
import structlog

from analytics.compounds import Assessment, assess
from analytics.leak_ranking import Columns, day_hours_of, ranking
from analytics.night_flow import valid_nights
from components.formats import midnight
from data.stores import Stores

log = structlog.get_logger(__name__)
NIGHTS = 400
KEPT_SECONDS = 1800.0
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
    household: pl.DataFrame
    """station, metered, public, fire, imputed, meters, read, stopped: sums of the span."""


class LeakDesk:
    """Keeps the city for half an hour and some spans for minutes."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lock, self._span_lock = Lock(), Lock()
        self._city: tuple[float, date, City] | None = None
        self._busy = False
        self._spans: dict[tuple[date, date], tuple[float, City, Spanned]] = {}

    def of(self, now: datetime, first: date, last: date) -> Spanned:
        """The city for the days from `first` to `last`, both included."""
        city = self.city(now)
        key = (first, last)
        with self._span_lock:
            kept = self._spans.get(key)
            if kept is not None and kept[0] > time.monotonic() and kept[1] is city:
                return kept[2]
            made = self._span(city, first, last)
            if len(self._spans) >= MOST_SPANS:
                self._spans.pop(next(iter(self._spans)))
            self._spans[key] = (time.monotonic() + SPAN_SECONDS, city, made)
            return made

    def city(self, now: datetime) -> City:
        """The nights up to the last one that is over."""
        last = last_night(now, self._stores)
        kept = self._city
        if kept is not None:
            if kept[0] < time.monotonic() or kept[1] != last:
                self._renew(now, last)
            return kept[2]
        with self._lock:
            if self._city is None:
                self._make(now, last)
            assert self._city is not None  # noqa: S101 - made just now
            return self._city[2]

    def _renew(self, now: datetime, last: date) -> None:
        """Make it anew beside the viewers, once at a time."""
        if not self._busy:
            self._busy = True
            Thread(target=self._aside, args=(now, last), daemon=True).start()

    def _aside(self, now: datetime, last: date) -> None:
        try:
            with self._lock:
                self._make(now, last)
        except Exception:
            log.exception("the nights can't be followed anew, the older answer stays")
        finally:
            self._busy = False

    def _make(self, now: datetime, last: date) -> None:
        self._city = (time.monotonic() + KEPT_SECONDS, last, read_city(self._stores, now, last))

    def _span(self, city: City, first: date, last: date) -> Spanned:
        lake = self._stores.lake
        frame = lake.summed("station_day", ["station"], ["F.volume", "F.energy"], first, last)
        volume, energy, rows = (_placed(city, frame, c) for c in ("F.volume", "F.energy", "rows"))
        with np.errstate(invalid="ignore", divide="ignore"):
            per_day = volume / rows
            specific = np.where(volume >= 1.0, energy / volume, np.nan)
        columns = ranking(city.found, city.homes, per_day, specific, city.hours)
        facts = ["metered", "public", "fire", "imputed", "meters", "read", "stopped"]
        household = lake.summed("household_day", ["station"], facts, first, last)
        return Spanned(city, first, last, volume, rows, columns, household)


_DESKS: WeakKeyDictionary[object, LeakDesk] = WeakKeyDictionary()


def desk_of(stores: Stores) -> LeakDesk:
    """The desk of these stores; pages of one process share it."""
    return _DESKS.setdefault(stores.lake, LeakDesk(stores))


def last_night(now: datetime, stores: Stores) -> date:
    """The local day whose night is over."""
    local = now.astimezone(stores.settings.zone)
    return local.date() if local.hour >= MORNING else local.date() - timedelta(days=1)


def read_city(stores: Stores, now: datetime, last: date) -> City:
    """Follow all stations with homes through their last NIGHTS nights."""
    rows = sorted((s for s in stores.stations.all() if s.sets), key=lambda s: s.id)
    ids = np.array([s.id for s in rows], np.int64)
    homes = np.array([float(s.households) for s in rows])
    first = last - timedelta(days=NIGHTS - 1)
    facts = ["mnf", "coverage", "F.lost_s"]
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
    return City(ids, row, homes, days, found, _hours(stores, now, ids))


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
