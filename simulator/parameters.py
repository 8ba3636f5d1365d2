"""What a pump house is made of, as arrays: the same numbers for the live plant and the history.

Indices: n stations, s sets (all zones of all stations, one after another), p pumps of a set,
padded to the widest. Draws hang on (seed, station code), so that any station can be run alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.hydraulics import METRES_PER_MPA, PumpCurve, expected_best_efficiency
from data.catalogue.points import ZONES
from data.stations import StationRow
from simulator.draws import between, key, normal, uniform
from simulator.sizing import mean_flow
from simulator.types import Bools, Floats, Ints

LOW, HIGH = 0.55, 0.90
"""The inlet valve opens and closes at these shares of the overflow level."""
SUCTION_LOSS = 0.5
"""m between the tank and the pumps' suction."""
VESSEL_SPAN = 0.03
"""MPa by which the pressure may fall while a set sleeps."""
SMALL_FLOW = 0.06
"""Flow below which a set falls asleep, as a share of one pump's best flow."""

NIGHT_USE = 0.972
"""Median factor on the night's demand: 1.75 L/(household·h) between 2 and 4 o'clock."""


@dataclass(frozen=True)
class Parameters:
    """Arrays [n] of stations, then [s] of sets. Units as everywhere: m³/h, MPa, m, kW."""

    seed: int
    key: Ints
    tank: Bools
    """Has a tank; else the set draws from the mains."""
    rural: Bools
    underground: Bools
    area: Floats
    """m² of all tanks; 1 where there is none."""
    overflow: Floats
    inlet: Floats
    """Flow through the open inlet valve, m³/h per √MPa."""
    p_main: Floats
    p_swing: Floats
    chlorine: Floats
    """mg/L as the mains deliver it."""
    decay: Floats
    """k_b of chlorine at 20 °C, 1/d."""

    station: Ints
    """[s] index of the station."""
    zone: Ints
    pumps: Ints
    exists: Bools
    """[s, p]"""
    curve: PumpCurve
    """[s]"""
    homes: Floats
    demand: Floats
    """Mean demand, m³/h."""
    phase: Floats
    """h by which the day of these homes runs late."""
    night: Floats
    """Factor on the demand of the small hours: what the homes of a compound rightly use by night is
    its own, and analyses must not know it."""
    unrest: Floats
    """Standard deviation of the logarithm of the demand's fast noise."""
    leak: Floats
    """m³/h at the set point."""
    leak_exponent: Floats
    setpoint: Floats
    static_head: Floats
    vessel: Floats
    """m³ that the diaphragm tank gives while the pressure falls by VESSEL_SPAN."""

    @property
    def count(self) -> int:
        return len(self.key)

    @property
    def set_key(self) -> Ints:
        """[s] a number of its own for every set."""
        return self.key[self.station] * 4 + self.zone

    def per_station(self, values: Floats) -> Floats:
        """[s, ...] summed over the sets of each station, which has one at least: [n, ...]."""
        first = np.flatnonzero(np.diff(self.station, prepend=-1))
        return np.asarray(np.add.reduceat(values, first, axis=0))


def parameters(rows: Sequence[StationRow], seed: int) -> Parameters:
    """The arrays of these stations, in their order."""
    number = np.array([key(row.code) for row in rows], np.int64)
    tank = np.array([row.tanks > 0 for row in rows])
    sets = [(i, zone) for i, row in enumerate(rows) for zone in row.sets]
    station = np.array([i for i, _ in sets], np.int64)
    zone = np.array([ZONES.index(row.zone) for _, row in sets], np.int64)
    homes = np.array([row.households for _, row in sets], float)
    pumps = np.array([row.pumps for _, row in sets], np.int64)
    flow, head, power, setpoint, static = (
        np.array([getattr(row, name) or 0.0 for _, row in sets], float)
        for name in ("rated_flow", "rated_head", "rated_power", "setpoint", "static_head")
    )
    own = number[station] * 4 + zone
    demand = np.array([mean_flow(h) for h in homes])
    total = np.zeros(len(rows))
    np.add.at(total, station, demand)
    best = np.clip(expected_best_efficiency(flow) + 0.015 * normal(seed, "best", own), 0.3, 0.85)
    return Parameters(
        seed=seed,
        key=number,
        tank=tank,
        rural=np.array([row.type == "RURAL" for row in rows]),
        underground=np.array([row.underground for row in rows]),
        area=np.array([row.tank_area or 1.0 for row in rows], float),
        overflow=np.array([row.overflow_level or 2.5 for row in rows], float),
        inlet=4.4 * total,
        p_main=between(0.27, 0.35, uniform(seed, "mains", number)),
        p_swing=between(0.015, 0.035, uniform(seed, "swing", number)),
        chlorine=between(0.35, 0.55, uniform(seed, "chlorine", number)),
        decay=between(0.3, 0.8, uniform(seed, "decay", number)),
        station=station,
        zone=zone,
        pumps=pumps,
        exists=np.arange(int(pumps.max(initial=1))) < pumps[:, None],
        curve=PumpCurve.nameplate(flow, head, power, best),
        homes=homes,
        demand=demand,
        phase=between(-0.35, 0.35, uniform(seed, "phase", own)),
        night=(NIGHT_USE * np.exp(0.2 * normal(seed, "night", number)))[station],
        unrest=np.minimum(0.30, 0.25 / np.sqrt(np.maximum(homes, 1.0) / 620.0)),
        leak=demand * between(0.02, 0.09, uniform(seed, "leak", own)),
        leak_exponent=np.ones(len(sets)),
        setpoint=setpoint,
        static_head=static,
        vessel=np.maximum(0.03, flow / 3600.0 * 12.0),
    )


def suction(shape: Parameters, level: Floats, p_main: Floats) -> Floats:
    """MPa before the pumps of each set, from tank levels or mains pressure [n, ...]."""
    tank = shape.tank.reshape(-1, *[1] * (level.ndim - 1))
    return np.where(tank, (level - SUCTION_LOSS) / METRES_PER_MPA, p_main - 0.005)[shape.station]
