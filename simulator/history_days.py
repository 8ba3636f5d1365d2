"""Facts of the days of the past, of stations and of pumps, through the fact code of live data."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.day_facts import (
    PUMP_SUMS,
    Day,
    pump_bins,
    station_day,
    steady_windows,
    window_means,
)
from analytics.facts import total_flow
from analytics.hydraulics import METRES_PER_MPA, RATED_HZ
from analytics.rollups import ABSENT, SCALE
from simulator.history_rows import BlockDays, Table, brief
from simulator.types import Floats

WINDOW_SECONDS = 180.0 * 5.0
"""s of a longer step that count as one steady window: of the windows of live data, 3 minutes long,
a fifth are steady."""
MINUTE = 60.0


def span_of(on: date, zone: ZoneInfo) -> Day:
    """A local day in UTC ms, as the collector's day facts have it."""

    def at(day: date, hour: int) -> int:
        return round(datetime.combine(day, time(hour), zone).timestamp() * 1000)

    night, trough = (at(on, 1), at(on, 5)), (at(on, 2), at(on, 4))
    return Day(at(on, 0), at(on + timedelta(days=1), 0), night, trough)


def station_days(days: BlockDays, rows: Table, factor: int) -> Table:
    """Facts of the stations' days from their rows of `factor` steps.

    Each station's day is a station of its own to the fact code, all on the first day.
    """
    block, first, count = days.block, days.made[0].span, len(days.made)
    each = days.made[0].steps // factor
    number = np.arange(len(block.rows) * count)
    grain = round(days.step * factor * 1000)
    facts = {name: values for name, values in rows.items() if name.startswith("F.")}
    facts |= {
        "station": np.repeat(number, each),
        "ts": np.tile(first.start + np.arange(each) * grain, len(number)),
    }
    flow = total_flow(_flows(days, rows), rows["seconds"], block.zones)
    found = station_day(number, facts, flow, first, grain, first.end)
    return {
        "station": np.repeat(block.ids, count),
        **_dated(days, np.tile(np.arange(count), len(block.rows))),
        **{name: brief(values) for name, values in found.items()},
    }


def _flows(days: BlockDays, rows: Table) -> dict[str, Floats]:
    """m³/h of each zone from stored means; NaN where there is none."""
    codes = [f"{zone}.Q_OUT" for zone in days.block.zones]
    return {
        code: np.where(
            rows[code] == ABSENT, np.nan, rows[code] * (days.block.resolution[code] / SCALE)
        )
        for code in codes
    }


def pump_days(days: BlockDays) -> Table:
    """Sums of the pumps' days by bin of flow over speed."""
    parts = [_pumps(days, place, zone) for place, zone in enumerate(days.block.zones)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _pumps(days: BlockDays, place: int, zone: str) -> Table:
    """The pumps of one zone; each station's day is a station of its own to the fact code."""
    at, block, count = days.points, days.block, len(days.made)
    shape = (len(block.rows) * count, days.made[0].steps)
    pumps = range(block.zones[zone])
    on = np.stack([at.on(place, pump).reshape(shape) for pump in pumps], axis=2)
    runs = (on > 0.999) & (days.online.reshape(shape) >= 1.0)[:, :, None]
    hertz = at.set("speed", place).reshape(shape)[:, :, None] * RATED_HZ
    speed = np.where(runs, hertz, np.nan)
    power = np.stack([at.pump_power(place, pump).reshape(shape) for pump in pumps], axis=2)
    flow, high, low = (
        days.wide(f"{zone}.{code}").reshape(shape) for code in ("Q_OUT", "P_OUT", "P_IN")
    )
    head, running, times = (high - low) * METRES_PER_MPA, runs.sum(axis=2), 1.0
    if days.step <= MINUTE:
        steady = steady_windows(speed, flow, running)
        speed, power, flow, head = (window_means(a) for a in (speed, power, flow, head))
    else:
        steady, times = running > 0, days.step / WINDOW_SECONDS
    rated = np.repeat([row.sets[place].rated_flow for row in block.rows], count)
    sums = pump_bins(speed, power, flow, head, steady, rated)
    i, pump, number = np.nonzero(sums["n"])
    return {
        "station": block.ids[i // count],
        "zone": np.full(len(i), zone, object),
        "pump": pump + 1,
        "bin": number,
        **_dated(days, i % count),
        **{name: brief(times * sums[name][i, pump, number]) for name in PUMP_SUMS},
    }


def _dated(days: BlockDays, number: np.ndarray) -> Table:
    """ts and day of rows that belong to the days with these numbers."""
    starts = np.array([made.span.start for made in days.made], np.int64)
    return {"ts": starts[number], "day": np.array([made.date for made in days.made])[number]}
