"""What a counter of a station can credibly do: its cap, step and turn-over. M1 in methods.md."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analytics.counters import Limits
from data.catalogue.points import Column
from data.catalogue.profiles import KINDS, compile_block
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
