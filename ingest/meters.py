"""Counters of stations: what they can credibly do, and where they stood. M1 in docs/methods.md."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.counters import MISSING, CounterState, Limits
from data.catalogue.points import Column
from data.catalogue.profiles import KINDS, compile_block
from data.lake import Lake
from data.station_rows import StationRow

FLOW_MARGIN = 2.0
"""A meter counts at most this many times the rated flow of all pumps it sees."""
LEAST_FLOW = 60.0
"""m³/h: the least that the cap of a water meter is, pumps or not."""
POWER_MARGIN = 1.2
BASE_POWER = 10.0
"""kW beside the pumps: light, ventilation, disinfection."""
STARTS = 120.0
"""An hour: more would be a counter gone wild."""
_FLOAT_STEPS = 2.0**-23
_MINUTE = 60_000
_REACH = {"minute": 20 * _MINUTE, "quarter": 26 * 60 * _MINUTE, "hour": 8 * 24 * 60 * _MINUTE}
"""Where the last readings are looked for at start, and how far back, ms."""


def limits_of(
    stations: Sequence[StationRow], counters: Sequence[Column], nominal_seconds: float
) -> Limits:
    """Limits of [counter, station], in catalogue units."""
    shape = len(counters), len(stations)
    cap, modulus = np.zeros(shape), np.zeros(shape, np.int64)
    step = np.ones(shape, np.int64)
    registers = {s.profile: _registers(s) for s in stations}
    for i, column in enumerate(counters):
        unit = float(column.point.resolution)
        turn = round((column.point.range[1] + 1) / unit)
        for j, station in enumerate(stations):
            cap[i, j] = _cap(station, column) / unit
            size, multiplier = registers[station.profile].get(column.code, (turn, 1))
            modulus[i, j] = min(turn, size) if size else turn
            step[i, j] = multiplier if size else max(1, round(turn * _FLOAT_STEPS))
    return Limits(cap, modulus, step, round(nominal_seconds * 1000))


def _registers(station: StationRow) -> dict[str, tuple[int, int]]:
    """Per code (where the register turns over or 0 for a float, step), in catalogue units."""
    plan = compile_block(station.profile, station.layout, "slow")
    turn = {"uint16": 2**16, "int16": 2**15, "uint32": 2**32, "int32": 2**31}
    return {
        code: (turn.get(KINDS[kind], 0) * int(m), int(m))
        for code, kind, m in zip(plan.codes, plan.kind, plan.multiplier, strict=True)
    }


def _cap(station: StationRow, column: Column) -> float:
    """Greatest credible increase an hour, in the point's unit."""
    sets = [row for row in station.sets if column.zone in ("", row.zone)]
    unit = column.point.unit
    if unit == "m³":
        return max(LEAST_FLOW, FLOW_MARGIN * sum(r.rated_flow * r.pumps for r in sets))
    if unit == "kWh":
        return BASE_POWER + POWER_MARGIN * sum(r.rated_power * r.pumps for r in sets)
    return 1.0 if unit == "h" else STARTS


def resumed(
    lake: Lake, group: str, ids: np.ndarray, codes: Sequence[str], before: int
) -> CounterState:
    """The state of [code, station] that a start at `before` ms goes on from: the last readings in
    the lake's rollups, at the start of their step (so that a reading has room rather too much)."""
    value, ms = np.full((len(codes), len(ids)), MISSING), np.zeros((len(codes), len(ids)), np.int64)
    for dataset, reach in _REACH.items():
        if not (value == MISSING).any():
            break
        rows = lake.rows(dataset, group, before - reach, before, codes)
        at = np.searchsorted(ids, rows["station"])
        mine = np.isin(rows["station"], ids)
        for i, code in enumerate(codes):
            if code not in rows:
                continue
            read = mine & (rows[code] != MISSING)
            newest, when = np.full(len(ids), MISSING), np.zeros(len(ids), np.int64)
            # rows are sorted by time within a station: of several the last one stays
            newest[at[read]], when[at[read]] = rows[code][read], rows["ts"][read]
            empty = value[i] == MISSING
            value[i], ms[i] = np.where(empty, newest, value[i]), np.where(empty, when, ms[i])
    return CounterState.at(value, ms)
