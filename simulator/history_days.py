"""Facts of the past's days, of stations, pumps and sets, through the fact code of live data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.day_facts import (
    PUMP_SUMS,
    SOLO_SUMS,
    Day,
    pump_bins,
    station_day,
    steady_windows,
    window_means,
)
from analytics.facts import total_flow
from analytics.hydraulics import METRES_PER_MPA
from analytics.rollups import ABSENT, SCALE
from analytics.set_facts import SET_SUMS, set_bins
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


def steady_days(days: BlockDays, sets: bool) -> dict[str, Table]:
    """Sums of steady windows: `pump_day` by bin of flow over speed and, when asked for, `set_day`
    by pumps running and bin of flow."""
    parts = [_zone(days, place, zone, sets) for place, zone in enumerate(days.block.zones)]
    return {
        name: {column: np.concatenate([p[name][column] for p in parts]) for column in table}
        for name, table in parts[0].items()
    }


def _zone(days: BlockDays, place: int, zone: str, sets: bool) -> dict[str, Table]:
    """One zone; each station's day is a station of its own to the fact code."""
    at, block, count = days.points, days.block, len(days.made)
    shape = (len(block.rows) * count, days.made[0].steps)
    pumps = range(block.zones[zone])
    on = np.stack([at.on(place, pump).reshape(shape) for pump in pumps], axis=2)
    runs = (on > 0.999) & (days.online.reshape(shape) >= 1.0)[:, :, None]
    hertz, power = (
        np.stack([of(zone, pump).reshape(shape) for pump in pumps], axis=2)
        for of in (days.hertz, days.kilowatts)
    )
    speed = np.where(runs, hertz, np.nan)
    codes = _OF_SET if sets else {n: c for n, c in _OF_SET.items() if n in _OF_PUMPS}
    values = {
        name: days.wide(f"{zone}.{code}").reshape(shape)
        for name, code in codes.items()
        if f"{zone}.{code}" in block.column
    }
    values["head"] = (values["p_out"] - values["p_in"]) * METRES_PER_MPA
    running, times = runs.sum(axis=2), 1.0
    if days.step <= MINUTE:
        steady = steady_windows(speed, values["flow"], running)
        speed, power = window_means(speed), window_means(power)
        values = {name: window_means(some) for name, some in values.items()}
    else:
        steady, times = running > 0, days.step / WINDOW_SECONDS
    rated = np.repeat([row.sets[place].rated_flow for row in block.rows], count)
    sums = pump_bins(speed, power, values["flow"], values["head"], steady, rated)
    tables = {"pump_day": _rows(days, zone, "pump", sums, (*PUMP_SUMS, *SOLO_SUMS), times)}
    if sets:
        sums = set_bins(speed, power, values, steady, rated)
        tables["set_day"] = _rows(days, zone, "running", sums, SET_SUMS, times)
    return tables


_OF_PUMPS = ("flow", "p_out", "p_in")
_OF_SET = {"flow": "Q_OUT", "p_out": "P_OUT", "p_in": "P_IN", "set": "P_SET", "end": "P_END",
           "dp": "DP_STR"}  # fmt: skip


def _rows(
    days: BlockDays,
    zone: str,
    key: str,
    sums: Mapping[str, np.ndarray],
    names: Sequence[str],
    times: float,
) -> Table:
    """Sums [n, pumps, bins] as rows, one where there is a window; each counts `times`."""
    i, second, number = np.nonzero(sums["n"])
    count = len(days.made)
    return {
        "station": days.block.ids[i // count],
        "zone": np.full(len(i), zone, object),
        key: second + 1,
        "bin": number,
        **_dated(days, i % count),
        **{
            name: brief(times * sums[name][i, second, number], 40 if name in SOLO_SUMS else 32)
            for name in names
        },
    }


def _dated(days: BlockDays, number: np.ndarray) -> Table:
    """ts and day of rows that belong to the days with these numbers."""
    starts = np.array([made.span.start for made in days.made], np.int64)
    return {"ts": starts[number], "day": np.array([made.date for made in days.made])[number]}
