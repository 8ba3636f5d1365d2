"""Facts of the days of pumps and of sets, from the 1-min rows of a group. M7 in docs/methods.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analytics.day_facts import (
    PUMP_SUMS,
    SOLO_SUMS,
    Day,
    pump_bins,
    steady_windows,
    window_means,
)
from analytics.hydraulics import METRES_PER_MPA
from analytics.rollups import SCALE
from analytics.set_facts import SET_SUMS, set_bins
from data.catalogue.points import Layout, point
from data.lake import Lake
from data.station_rows import StationRow
from ingest.cascade import layout_of
from ingest.rollups import MINUTE, in_units

STEADY = ("pump_day", "set_day")
Table = dict[str, np.ndarray]
_OF_SET = ("P_OUT", "P_IN", "Q_OUT", "NRUN", "P_SET", "P_END", "DP_STR")
_OF_PUMP = ("RUN", "F", "P")


def steady_days(
    lake: Lake, group: str, day: Day, stations: Mapping[int, StationRow]
) -> dict[str, Table]:
    """Rows of pump_day and of set_day, without ts and day, of the stations of one group.

    Stations that aren't in the list, or have another layout by now, are left out.
    """
    layout = layout_of(group)
    parts = [_zone(lake, group, layout, z, day, stations) for z in range(len(layout.zones))]
    none: Table = {"station": np.empty(0, np.int64)}
    if not parts:
        return dict.fromkeys(STEADY, none)
    return {
        name: {c: np.concatenate([p[name][c] for p in parts]) for c in parts[0][name]}
        for name in STEADY
    }


def _zone(
    lake: Lake, group: str, layout: Layout, place: int, day: Day, stations: Mapping[int, StationRow]
) -> dict[str, Table]:
    zone, numbers = layout.zones[place], range(1, layout.pumps[place] + 1)
    codes = [f"{zone}.{c}" for c in _OF_SET]
    codes += [f"{zone}.P{n}.{c}" for n in numbers for c in _OF_PUMP]
    rows = lake.rows("minute", group, day.start, day.end, codes)
    known = [i for i in np.unique(rows["station"]).tolist() if _has(stations, i, layout)]
    ids = np.array(known, np.int64)
    dense = _dense(rows, means(rows, codes), ids, day)
    dense |= {c: np.full_like(dense[f"{zone}.Q_OUT"], np.nan) for c in codes if c not in dense}
    runs = np.stack([dense[f"{zone}.P{n}.RUN"] == 1 for n in numbers], axis=2)
    hertz, kilowatts = (
        np.stack([dense[f"{zone}.P{n}.{c}"] for n in numbers], axis=2) for c in ("F", "P")
    )
    speed = np.where(runs, hertz, np.nan)
    values = {name: dense[f"{zone}.{name}"] for name in _OF_SET}
    steady = steady_windows(speed, values["Q_OUT"], values["NRUN"])
    of_set = {
        "flow": values["Q_OUT"], "p_in": values["P_IN"], "p_out": values["P_OUT"],
        "head": (values["P_OUT"] - values["P_IN"]) * METRES_PER_MPA, "set": values["P_SET"],
        "end": values["P_END"], "dp": values["DP_STR"],
    }  # fmt: skip
    of_set = {name: window_means(some) for name, some in of_set.items()}
    rated = np.array([stations[i].sets[place].rated_flow for i in known], float)
    wide, power = window_means(speed), window_means(kilowatts)
    sums = {
        "pump_day": pump_bins(wide, power, of_set["flow"], of_set["head"], steady, rated),
        "set_day": set_bins(wide, power, of_set, steady, rated),
    }
    return {name: rows_of(name, sums[name], ids, zone) for name in STEADY}


def rows_of(dataset: str, sums: Table, ids: np.ndarray, zone: str) -> Table:
    """Sums [n, pumps, bins] as rows, one where there is a window."""
    i, second, number = np.nonzero(sums["n"])
    key, names = (
        ("pump", (*PUMP_SUMS, *SOLO_SUMS)) if dataset == "pump_day" else ("running", SET_SUMS)
    )
    table: Table = {
        "station": ids[i],
        "zone": np.full(len(i), zone, object),
        key: second + 1,
        "bin": number,
    }
    return table | {name: sums[name][i, second, number] for name in names}


def means(rows: Table, codes: Sequence[str]) -> Table:
    """Stored means as floats in units."""
    return {
        code: in_units(rows[code], float(point(code).resolution) / SCALE)
        for code in codes
        if code in rows
    }


def _has(stations: Mapping[int, StationRow], station: int, layout: Layout) -> bool:
    row = stations.get(station)
    return row is not None and row.layout == layout


def _dense(rows: Table, values: Table, ids: np.ndarray, day: Day) -> Table:
    """Rows as [station, minute of the day], NaN where there is none."""
    known = np.isin(rows["station"], ids)
    at = np.searchsorted(ids, rows["station"][known])
    slot = (rows["ts"][known] - day.start) // MINUTE
    dense = {}
    for code, value in values.items():
        dense[code] = np.full((len(ids), (day.end - day.start) // MINUTE), np.nan)
        dense[code][at, slot] = value[known]
    return dense
