"""What the page of pumps stands on: the whole city's pumps judged from sums of their days, kept for
a while and shared, so that a page is a look into arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl

from analytics.corrected import marked
from analytics.pump_fleet import BINS, Plant, Pumps, Sets, Sums, judge_pumps, judge_sets
from analytics.results import Figure
from components.formats import midnight
from data.lake import Lake
from data.station_rows import StationRow
from data.stores import Stores
from pages.desk_corrected import MARK, revisions, touching
from pages.guarded import any_broken, attempt, whole
from pages.kept import Kept

ZONES = ("L", "M", "H")
PUMP_FACTS = ("n", "h", "p", "q", "s", "n1", "h1", "p1", "q1", "s1")
SET_FACTS = ("n", "q", "q2", "h", "p", "p_in", "end", "end_n", "dp", "q4", "dpq2")
DAY_FACTS = ("F.energy", "F.starts", "F.run_s", MARK)
KEPT_SECONDS, OLDEST_SECONDS, MOST_KEPT = 900.0, 3600.0, 4
DAY_SECONDS = 86_400.0
EARLY_DAYS, LEAST_APART, REACH = 30, 45, 400
"""The reference of wear: so many days at the beginning of the records, at least so many before the
period; how far back the beginning is sought."""
MOST_RUNNING = 8


@dataclass(frozen=True)
class City:
    """All pumps and sets of the city in a period; rows of `plant` are those of the others."""

    first: date
    last: date
    early: tuple[date, date] | None
    plant: Plant
    pumps: Pumps
    sets: Sets
    energy: dict[int, float]
    """kWh of a station in the period."""
    starts: dict[int, float]
    run_hours: dict[int, float]
    days: int
    corrected: dict[int, float]
    """Seconds of a station's days that people have corrected; `revisions`: how often."""
    revisions: dict[int, int]

    @property
    def broken(self) -> bool:
        """Whether a part could not be read: it is Broken in the place of its values."""
        return any_broken((self.sets, self.energy))

    def marked(self, told: Figure, station: int) -> Figure:
        """A figure of a station's pumps with what people have corrected below it."""
        return marked(told, self.corrected.get(station), self.revisions.get(station, 0))

    @cached_property
    def causes(self) -> list[str]:
        """[k] what each pump's signs point to."""
        found = self.pumps.causes(self.plant.of, self.sets.strainer)
        return [str(cause) for cause in found]

    @cached_property
    def grades(self) -> list[int]:
        """[k] 0 good to 3 act."""
        return self.pumps.grades()

    def set_energy(self) -> np.ndarray:
        """[z] kWh of each set: its station's, shared by what the steady windows took."""
        used, told = self.sets.gap.energy, whole(self.energy)
        station = self.plant.set_station
        total = pl.DataFrame({"s": station, "e": used}).group_by("s").agg(pl.col("e").sum())
        of = dict(total.iter_rows())
        share = [told.get(int(s), np.nan) / of[s] if of[s] > 0 else np.nan for s in station]
        return np.asarray(used * np.array(share))


class PumpDesk:
    """Reads and judges the city once for a period of whole days."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._cities = Kept(KEPT_SECONDS, OLDEST_SECONDS, MOST_KEPT)
        self._early = Kept(DAY_SECONDS, most=4)
        self.kept = Kept(KEPT_SECONDS, OLDEST_SECONDS)
        """What is made for one pump."""

    def of(self, first: date, last: date) -> City:
        """The city from `first` to `last`, both included, at most OLDEST_SECONDS old."""
        return self._cities(  # type: ignore[no-any-return]
            (first, last), lambda: self._read(first, last)
        )

    def _read(self, first: date, last: date) -> City:
        stores = self._stores
        plant = plant_of(stores.stations.all())
        early = self._beginning(first, last)
        then = None if early is None else self._early_sums(self._pumps, plant, *early)
        pumps = judge_pumps(plant, self._pumps(plant, first, last), then)

        def sets() -> Sets:
            mains, now = self._mains(plant, last), self._sets(plant, first, last)
            then = None if early is None else self._early_sums(self._sets, plant, *early)
            known = then if then and np.nansum(then["n"]) > 0 else None
            return judge_sets(plant, pumps, now, known, mains)

        days = attempt(
            lambda: stores.lake.summed("station_day", ["station"], DAY_FACTS, first, last)
        )
        energy, starts, run_s, corrected = (
            attempt(partial(_by_station, days, fact)) for fact in DAY_FACTS
        )
        return City(
            first, last, early, plant, pumps, attempt(sets), energy, starts,
            attempt(lambda: {s: seconds / 3600.0 for s, seconds in run_s.items()}),
            (last - first).days + 1, corrected,
            revisions(stores, np.unique(plant.set_station).tolist(), first, last),
        )  # fmt: skip

    def _beginning(self, first: date, last: date) -> tuple[date, date] | None:
        """The first EARLY_DAYS of the records of pumps, if they lie well before the period."""
        files = self._stores.manifest.live("pump_day")
        if not files:
            return None
        zone = self._stores.settings.zone
        begin = datetime.fromtimestamp(min(f.from_ms for f in files) / 1000.0, zone).date()
        begin = max(begin, last - timedelta(days=REACH))
        end = begin + timedelta(days=EARLY_DAYS - 1)
        end = min(end, first - timedelta(days=LEAST_APART))
        return (begin, end) if (end - begin).days >= 6 else None

    def _early_sums(
        self, read: Callable[[Plant, date, date], Sums], plant: Plant, first: date, last: date
    ) -> Sums:
        """Sums of days long past, kept for as long as the plant has as many pumps and nobody
        corrects what they stand on."""
        rows = touching(self._stores, np.unique(plant.set_station).tolist(), first, last)
        made = tuple((r.id, r.applied_at) for r in rows)
        key = (read.__name__, first, last, len(plant.of), made)
        sums: Sums = self._early(key, lambda: read(plant, first, last))
        return sums

    def _pumps(self, plant: Plant, first: date, last: date) -> Sums:
        by = ["station", "zone", "pump", "bin"]
        return pump_sums(plant, self._stores.lake.summed("pump_day", by, PUMP_FACTS, first, last))

    def _sets(self, plant: Plant, first: date, last: date) -> Sums:
        by = ["station", "zone", "running", "bin"]
        return set_sums(plant, self._stores.lake.summed("set_day", by, SET_FACTS, first, last))

    def _mains(self, plant: Plant, last: date) -> np.ndarray:
        """[z] mean MPa in the street over the last two days; NaN where it isn't measured."""
        end = midnight(
            datetime.combine(last, datetime.min.time(), self._stores.settings.zone),
            self._stores.settings.zone, -1,
        )  # fmt: skip
        rows = self._stores.lake.fleet(["PH.P_MAIN"], end - timedelta(days=2), end, "hour")
        means = rows.group_by("station").agg(pl.col("PH.P_MAIN").fill_nan(None).mean())
        of = {s: m for s, m in means.iter_rows() if m is not None}
        return np.array([of.get(int(s), np.nan) for s in plant.set_station])


def plant_of(rows: Sequence[StationRow]) -> Plant:
    """Every pump of the stations, in their order."""
    sets = [(row, zone) for row in rows for zone in row.sets]
    names = ("rated_flow", "rated_head", "rated_power")
    return Plant.of_sets(
        np.array([row.id for row, _ in sets]), np.array([zone.zone for _, zone in sets]),
        np.array([zone.pumps for _, zone in sets], np.int64),
        np.array([row.tanks > 0 for row, _ in sets], bool),
        {n: np.array([getattr(zone, n) for _, zone in sets], np.float64) for n in names},
    )  # fmt: skip


def pump_sums(plant: Plant, frame: pl.DataFrame) -> Sums:
    """Sums of pump_day as arrays [k, BINS]; without the columns of windows alone where no file has
    them."""
    size = len(plant.of)
    keys = _keys(plant.station, plant.zone) * 100 + plant.pump
    names = [n for n in PUMP_FACTS if frame.height and frame[n].null_count() < frame.height]
    names = names if {"n1", "s1"} <= set(names) else [n for n in PUMP_FACTS if "1" not in n]
    if not frame.height:
        return {name: np.zeros((size, BINS)) for name in names}
    wanted = _keys(frame["station"].to_numpy(), frame["zone"].to_numpy()) * 100
    wanted = wanted + frame["pump"].to_numpy()
    row, known = _places(keys, wanted)
    cell = row * BINS + np.clip(frame["bin"].to_numpy().astype(np.int64), 0, BINS - 1)[known]
    return {name: _filled(frame[name], known, cell, size * BINS, BINS) for name in names}


def set_sums(plant: Plant, frame: pl.DataFrame) -> Sums:
    """Sums of set_day as arrays [z, pumps running × BINS], and `running` of each column."""
    size, width = plant.sets, MOST_RUNNING * BINS
    running = np.repeat(np.arange(1, MOST_RUNNING + 1), BINS)
    if not frame.height:
        return {name: np.zeros((size, width)) for name in SET_FACTS} | {"running": running}
    keys = _keys(plant.set_station, plant.set_zone)
    row, known = _places(keys, _keys(frame["station"].to_numpy(), frame["zone"].to_numpy()))
    on = np.clip(frame["running"].to_numpy().astype(np.int64), 1, MOST_RUNNING)[known]
    at = np.clip(frame["bin"].to_numpy().astype(np.int64), 0, BINS - 1)[known]
    cell = row * width + (on - 1) * BINS + at
    made = {name: _filled(frame[name], known, cell, size * width, width) for name in SET_FACTS}
    return made | {"running": running}


def _by_station(days: pl.DataFrame, fact: str) -> dict[int, float]:
    return dict(days.select("station", fact).drop_nulls().iter_rows())


def _filled(
    column: pl.Series, known: np.ndarray, cell: np.ndarray, size: int, width: int
) -> np.ndarray:
    values = column.cast(pl.Float64).fill_null(0.0).to_numpy()[known]
    return np.asarray(np.bincount(cell, np.nan_to_num(values), size).reshape(-1, width))


def _keys(station: np.ndarray, zone: np.ndarray) -> np.ndarray:
    place = {name: i for i, name in enumerate(ZONES)}
    places = np.array([place.get(str(z), 9) for z in zone], np.int64)
    return np.asarray(np.asarray(station, np.int64) * 10 + places)


def _places(keys: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(row of each known key, which are known)."""
    order = np.argsort(keys)
    at = np.searchsorted(keys[order], wanted).clip(0, len(keys) - 1)
    row = order[at]
    known = keys[row] == wanted
    return row[known], known


_desks: WeakKeyDictionary[Lake, PumpDesk] = WeakKeyDictionary()
_desks_lock = Lock()


def desk_of(stores: Stores) -> PumpDesk:
    """The desk of these stores, one a process."""
    with _desks_lock:
        if stores.lake not in _desks:
            _desks[stores.lake] = PumpDesk(stores)
        return _desks[stores.lake]
