"""Tables of the lake as the facts that the rules of the day are judged by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from analytics.daily_rules import Facts
from analytics.day_facts import BINS, PUMP_SUMS, SOLO_SUMS
from analytics.night_flow import valid_nights
from analytics.pump_fleet import Plant
from data.stations import StationRow

Table = Mapping[str, np.ndarray]
Summed = Callable[[date, date], Table]
"""Sums of a table's rows over the days of a span, both ends included."""

DAYS = 75
"""Days of the stations that are looked at."""
EARLY = 28
STATION_FACTS = ("mnf", "mean_flow", "coverage", "F.lost_s", "F.energy", "F.hydraulic_energy",
                 "F.volume")  # fmt: skip
PUMP_FACTS = (*PUMP_SUMS, *SOLO_SUMS)
SET_FACTS = ("n", "p_out", "end", "end_n")
LOW_BINS = 1
"""Bins of a set's flow in which friction is small: up to this one."""


def collect(
    rows: Sequence[StationRow], day: date, begin: date, stations: Table, homes: Table,
    pumps: Summed, sets: Summed,
) -> Facts:  # fmt: skip
    """What is known at the end of `day`; begin: first day of the records of pumps."""
    plant = plant_of(rows)

    def sums(first: int, last: int = 0) -> dict[str, np.ndarray]:
        return _pump_sums(plant, pumps(day - timedelta(first), day - timedelta(last)))

    age = (day - begin).days + 1
    early = None
    if age > EARLY + 14:
        early = _pump_sums(plant, pumps(begin, begin + timedelta(EARLY - 1)))
    ids = np.array([row.id for row in rows])

    def wide(table: Table, name: str) -> np.ndarray:
        return _wide(ids, day, table, name)

    metered, meters = wide(homes, "metered"), wide(homes, "meters")
    with np.errstate(invalid="ignore", divide="ignore"):
        stopped = np.where(meters > 0, wide(homes, "stopped") / meters, np.nan)
    return Facts(
        station=ids,
        homes=np.array([row.households for row in rows], float),
        minimum=valid_nights(
            wide(stations, "mnf"), np.nan_to_num(wide(stations, "coverage")),
            np.nan_to_num(wide(stations, "F.lost_s")),
        ),
        mean=wide(stations, "mean_flow"),
        energy=wide(stations, "F.energy"),
        water_energy=wide(stations, "F.hydraulic_energy"),
        supplied=wide(stations, "F.volume"),
        metered=metered,
        stopped=stopped,
        plant=plant,
        week=sums(6), recent=sums(13), month=sums(29) if age >= 30 else None, early=early,
        drop=_drop(plant, sets(day - timedelta(2), day)),
        drop_before=_drop(plant, sets(day - timedelta(41), day - timedelta(28))),
    )  # fmt: skip


def plant_of(rows: Sequence[StationRow]) -> Plant:
    """The pumps of these stations with what their plates say."""
    sets = [(row, zone) for row in rows for zone in row.sets]
    names = ("rated_flow", "rated_head", "rated_power")
    return Plant.of_sets(
        np.array([row.id for row, _ in sets]), np.array([zone.zone for _, zone in sets]),
        np.array([zone.pumps for _, zone in sets], np.int64),
        np.array([row.tanks > 0 for row, _ in sets], bool),
        {n: np.array([getattr(zone, n) for _, zone in sets], np.float64) for n in names},
    )  # fmt: skip


def _wide(ids: np.ndarray, day: date, table: Table, name: str) -> np.ndarray:
    """[n, DAYS] of a column; NaN where there is no row."""
    found = np.full((len(ids), DAYS), np.nan)
    if not len(table["station"]):
        return found
    order = np.argsort(ids)
    row = order[np.clip(np.searchsorted(ids[order], table["station"]), 0, len(ids) - 1)]
    back = (np.datetime64(day, "D") - table["day"].astype("datetime64[D]")).astype(int)
    good = (ids[row] == table["station"]) & (back >= 0) & (back < DAYS)
    found[row[good], DAYS - 1 - back[good]] = np.asarray(table[name], float)[good]
    return found


def _places(known: Sequence[tuple[object, ...]], keys: Sequence[np.ndarray]) -> np.ndarray:
    """Index in `known` of each row with these keys, -1 where it is none."""
    where = {key: at for at, key in enumerate(known)}
    rows = zip(*(key.tolist() for key in keys), strict=True)
    return np.array([where.get(row, -1) for row in rows], np.int64)


def _pump_sums(plant: Plant, table: Table) -> dict[str, np.ndarray]:
    """[k, BINS] of each sum of pump_day."""
    pumps = zip(plant.station.tolist(), plant.zone.tolist(), plant.pump.tolist(), strict=True)
    at = _places(list(pumps), [table[name] for name in ("station", "zone", "pump")])
    cell = at * BINS + np.clip(np.asarray(table["bin"], np.int64), 0, BINS - 1)
    return {name: _summed(table[name], at, cell, len(plant.of), BINS) for name in PUMP_FACTS}


def _drop(plant: Plant, table: Table) -> np.ndarray:
    """[z] MPa from the outlet to the far end at low flow; NaN where that isn't known."""
    sets = list(zip(plant.set_station.tolist(), plant.set_zone.tolist(), strict=True))
    at = _places(sets, [table["station"], table["zone"]])
    at = np.where(np.asarray(table["bin"], int) <= LOW_BINS, at, -1)
    out, n, end, end_n = (
        _summed(table[name], at, at, len(sets), 1)[:, 0] for name in ("p_out", "n", "end", "end_n")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where((n > 0) & (end_n > 0), out / n - end / end_n, np.nan))


def _summed(
    values: np.ndarray, at: np.ndarray, cell: np.ndarray, rows: int, width: int
) -> np.ndarray:
    good = at >= 0
    weight = np.nan_to_num(np.asarray(values, float)[good])
    return np.bincount(cell[good], weight, rows * width).reshape(rows, width)
