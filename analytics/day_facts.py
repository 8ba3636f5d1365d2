"""Facts of a station's day and of a pump's day, from rollup rows. M6, M7 in docs/methods.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.timeseries import lowest_moving_mean

BINS = 12
REACH = 1.5
"""The bins of a pump's flow over speed reach from 0 to this many rated flows."""
RATED_HZ = 50.0
WINDOW = 3
"""Rows of a steady window."""
HOUR = 3_600_000
PUMP_SUMS = ("n", "h", "h2", "p", "p2", "q", "s")
SOLO_SUMS = ("n1", "h1", "h1_2", "p1", "p1_2", "q1", "s1")
"""The same sums over the windows in which the pump runs alone: only there the flow is its own. With
its twins beside it the flow is shared evenly, and what one pump lost to wear is spread over all."""


@dataclass(frozen=True)
class Day:
    """A local day by its moments in UTC ms; made at the edge, where the zone is known."""

    start: int
    end: int
    night: tuple[int, int]
    """01:00 to 05:00: where the lowest hour is sought."""
    trough: tuple[int, int]
    """02:00 to 04:00."""


def station_day(
    stations: np.ndarray,
    rows: Mapping[str, np.ndarray],
    flow: np.ndarray,
    day: Day,
    grain: int,
    until: int,
) -> dict[str, np.ndarray]:
    """One row a station: sums of all F.* and what the day's flow tells.

    stations: ids of the answer, sorted. rows: station, ts (start of the step, ms) and F.* of the
    day; flow: m³/h of each row over all zones, NaN = unknown. grain: ms of a row, at most an
    hour. until: end of what is known of the day, ms (its end, or now). Flows are m³/h, NaN where
    they can't be told; coverage is the share of the time until `until` that was online.
    """
    at = np.searchsorted(stations, rows["station"])
    table: dict[str, np.ndarray] = {
        name: np.bincount(at, np.nan_to_num(values), len(stations))
        for name, values in rows.items()
        if name.startswith("F.")
    }
    slots = np.full((len(stations), (day.end - day.start) // grain), np.nan)
    slots[at, (rows["ts"] - day.start) // grain] = flow
    hourly = HOUR // grain
    whole = slots.shape[1] // hourly * hourly
    hours = slots[:, :whole].reshape(len(stations), -1, hourly).mean(axis=2)
    table["mnf"] = lowest_moving_mean(_between(slots, day.night, day, grain), hourly)
    table["peak_hour_flow"] = _fold(np.nanmax, hours)
    table["mean_flow"] = _fold(np.nanmean, slots)
    table["night_flow"] = _fold(np.nanmean, _between(slots, day.trough, day, grain))
    table["coverage"] = (
        table.get("F.online_s", np.zeros(len(stations))) * 1000.0 / (until - day.start)
    )
    return table


def _between(slots: np.ndarray, span: tuple[int, int], day: Day, grain: int) -> np.ndarray:
    return slots[:, (span[0] - day.start) // grain : (span[1] - day.start) // grain]


def _fold(how: object, values: np.ndarray) -> np.ndarray:
    """nanmax or nanmean of each row; NaN, without a warning, where a row has nothing."""
    known = ~np.isnan(values).all(axis=1)
    found = np.full(len(values), np.nan)
    if known.any():
        found[known] = how(values[known], axis=1)  # type: ignore[operator]
    return found


def steady_windows(speed: np.ndarray, flow: np.ndarray, count: np.ndarray) -> np.ndarray:
    """bool[n, windows]: flow and speed steady, the same whole number of pumps running.

    speed: Hz [n, rows, pumps], of pumps that run (NaN otherwise); flow: m³/h [n, rows]; count:
    pumps running [n, rows]. Each window is WINDOW rows, one after another; rows left over at the
    end are no window. CV(speed) < 1.5 %, CV(flow) < 5 %.
    """
    n, rows = flow.shape
    w = rows // WINDOW
    speeds = speed[:, : w * WINDOW].reshape(n, w, WINDOW, -1)
    flows, counts = (a[:, : w * WINDOW].reshape(n, w, WINDOW) for a in (flow, count))
    same = (counts == counts[..., :1]).all(axis=2) & (counts[..., 0] >= 1)
    same &= counts[..., 0] == np.rint(counts[..., 0])
    with np.errstate(invalid="ignore", divide="ignore"):
        calm = flows.std(axis=2) < 0.05 * flows.mean(axis=2)
        wobble = speeds.std(axis=2) / speeds.mean(axis=2)
    moving = ~np.isnan(speeds).all(axis=2)
    steady: np.ndarray = same & calm & (~moving | (wobble < 0.015)).all(axis=2) & moving.any(axis=2)
    return steady


def window_means(values: np.ndarray) -> np.ndarray:
    """Means of the windows of `steady_windows`: [n, rows, ...] to [n, windows, ...]."""
    n, rows = values.shape[:2]
    w = rows // WINDOW
    means: np.ndarray = (
        values[:, : w * WINDOW].reshape(n, w, WINDOW, *values.shape[2:]).mean(axis=2)
    )
    return means


def pump_bins(
    speed: np.ndarray,
    power: np.ndarray,
    flow: np.ndarray,
    head: np.ndarray,
    steady: np.ndarray,
    rated_flow: np.ndarray,
    flow_floor: float = 0.3,
) -> dict[str, np.ndarray]:
    """Sums per station, pump and bin of flow over speed: each array is [n, pumps, BINS].

    speed: Hz [n, windows, pumps], NaN = not running; power: kW of the same shape; flow: m³/h and
    head: m, [n, windows] of the set; steady: bool[n, windows]; rated_flow: m³/h a pump [n].
    Pumps that run at one speed (within 1 %) share the flow evenly; a window in which they don't
    is left out. With s = f/50 Hz: n windows, h = sum of H/s², p of P/s³, q of q/s, s of s, h2 and
    p2 of squares; n1, h1, h1_2, p1, p1_2, q1, s1 likewise over the windows in which it runs alone.
    A flow beyond the last bin counts in it.
    """
    runs = ~np.isnan(speed)
    count = runs.sum(axis=2)
    top = np.where(runs, speed, -np.inf).max(axis=2)
    low = np.where(runs, speed, np.inf).min(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        each = flow / count
        usable = (
            steady & (count > 0) & (top - low <= 0.01 * top) & (each >= flow_floor) & (head > 0)
        )
        s = speed / RATED_HZ
        x = each[..., None] / s
        h = head[..., None] / s**2
        p = power / s**3
        place = np.floor(x / (REACH * rated_flow[:, None, None]) * BINS)
        counted = runs & usable[..., None] & (s > 0) & np.isfinite(p) & np.isfinite(place)
    n, _, pumps = speed.shape
    i, w, k = np.nonzero(counted)
    cell = (i * pumps + k) * BINS + np.clip(place[i, w, k], 0, BINS - 1).astype(np.int64)

    alone = count[i, w] == 1
    found = (np.ones(s.shape), h, h**2, p, p**2, x, s)
    table = {}
    for name, solo, values in zip(PUMP_SUMS, SOLO_SUMS, found, strict=True):
        some = values[i, w, k]
        for key, weights in ((name, some), (solo, np.where(alone, some, 0.0))):
            sums = np.bincount(cell, weights, n * pumps * BINS)
            table[key] = sums.reshape(n, pumps, BINS)
    return table
