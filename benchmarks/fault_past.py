"""What the engine of a city knows before the watch begins: its usual flows, its last hours.

Both come from the quasi-steady model of the same city, in which nothing is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from analytics.alarm_run import Engines
from analytics.alarm_usual import DAY_TYPES, SLOTS
from data.stations import StationRow
from ingest.station_modes import LocalClock, day_off
from ingest.usual_flows import DAYS, LEAST
from simulator.living import midnight_of
from simulator.trial import trial

STEP = 60
"""s between two samples of the past."""
QUARTER = 900.0
Learnt = dict[tuple[str, float], NDArray[np.float64]]


def usual(
    wanted: Iterable[tuple[str, float]],
    rows: Sequence[StationRow],
    seed: int,
    until: date,
    zone: ZoneInfo,
) -> Learnt:
    """What these points usually are (see ingest.usual_flows) after the DAYS before `until`."""
    keys = sorted(wanted)
    first = until - timedelta(days=DAYS)
    codes = sorted({code for code, _ in keys})
    seen, _ = trial(seed, rows, DAYS, QUARTER, codes=codes, tables=(), first=first)
    days = [first + timedelta(days=i) for i in range(DAYS)]
    off = np.array([day_off(datetime(d.year, d.month, d.day, tzinfo=zone)) for d in days])
    found: Learnt = {}
    for code, percent in keys:
        means = seen.values[code].reshape(len(rows), DAYS, SLOTS)
        table = np.full((DAY_TYPES, SLOTS, len(rows)), np.nan)
        for kind in range(DAY_TYPES):
            table[kind] = _percentile(means[:, off == kind], percent).T
        found[code, percent] = table.reshape(DAY_TYPES * SLOTS, len(rows))
    return found


def _percentile(values: NDArray[np.float64], percent: float) -> NDArray[np.float64]:
    """[n, m] of [n, d, m] over its known values, between two neighbours evenly; NaN under LEAST.
    nanpercentile looks at one row at a time."""
    ordered, count = np.sort(values, axis=1), (~np.isnan(values)).sum(axis=1)
    place = np.maximum(count - 1, 0) * percent / 100.0
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    below, above = (np.take_along_axis(ordered, at[:, None], 1)[:, 0] for at in (low, high))
    return np.asarray(np.where(count >= LEAST, below + (above - below) * (place - low), np.nan))


def remember(
    engines: Engines,
    rows: Sequence[StationRow],
    seed: int,
    now_ms: int,
    seconds: int,
    zone: ZoneInfo,
    take: Callable[..., None],
) -> None:
    """Let the station engine see the last `seconds` before now_ms in steps of STEP s, so that its
    windows are filled; `take` gets the transitions."""
    begin = datetime.fromtimestamp(now_ms / 1000 - seconds, zone).date()
    days = (datetime.fromtimestamp(now_ms / 1000, zone).date() - begin).days + 1
    codes, clock = engines.stations.codes, LocalClock(zone)
    seen, _ = trial(seed, rows, days, STEP, codes=codes, tables=(), first=begin)
    first_ms = midnight_of(begin.toordinal(), zone)
    last = (now_ms - first_ms) // 1000 // STEP
    steps = range(max(0, last - seconds // STEP), last)
    shown = np.array([seen.values[code][:, steps.start : steps.stop] for code in codes])
    shown = np.ascontiguousarray(shown.transpose(2, 0, 1))
    everybody = np.ones(len(rows), bool)
    for frame, step in zip(shown, steps, strict=True):
        at = first_ms + step * STEP * 1000
        live = live_of(clock, at, len(rows))
        take(engines.stations.step(np.full(len(rows), at), everybody, reader(frame), live))


def reader(
    frame: NDArray[np.floating],
) -> Callable[[NDArray[np.intp]], NDArray[np.float64]]:
    """What an engine reads of a frame [codes, stations]."""
    return lambda columns: np.asarray(frame[:, columns], np.float64)


def live_of(clock: LocalClock, now_ms: int, stations: int) -> dict[str, NDArray[np.float64]]:
    """Hour and slot of the local day for the engine."""
    hour, slot = clock.at(datetime.fromtimestamp(now_ms / 1000).astimezone())
    return {"hour": np.full(stations, hour), "slot": np.full(stations, float(slot))}
