"""The pump room: electricity, climate, drainage, security."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.effects import Effects
from simulator.parameters import Parameters
from simulator.types import Bools, Floats

AUXILIARY = 0.15
"""kW that a station draws besides its pumps."""
POWER_FACTOR = 0.93
VOLTS, VOLTS_WANDER = 228.0, 2.0
UPS_HOURS = 3.0
SUMP_AREA, SEEPAGE = 0.35, 0.012
"""m² of the pit, m³/h that always seeps in."""
SUMP_ON, SUMP_OFF, SUMP_PUMP, FLOOD_LEVEL = 0.60, 0.20, 6.0, 0.90
"""m, m, m³/h, m: the pit's pump starts, stops and carries; water reaches the floor contact."""


@dataclass
class RoomState:
    """What a pump room remembers; arrays [n], voltages [3, n]."""

    volts: Floats
    battery: Floats
    """% of the UPS."""
    sump: Floats
    """m in the pit."""
    pumping: Bools
    air: Floats
    """°C"""
    cabinet: Floats
    humidity: Floats
    heartbeat: Floats
    siren: Floats
    """s that the siren goes on."""
    started: Bools


def calm(shape: Parameters, celsius: Floats) -> RoomState:
    """A dry room at the temperature of the air outside."""
    count = shape.count
    return RoomState(
        volts=np.full((3, count), VOLTS),
        battery=np.full(count, 100.0),
        sump=0.2 + 0.003 * (shape.key % 100).astype(np.float64),
        pumping=np.zeros(count, bool),
        air=celsius * 0.6 + 9.0,
        cabinet=celsius * 0.6 + 15.0,
        humidity=np.full(count, 68.0),
        heartbeat=(shape.key % 60000).astype(float),
        siren=np.zeros(count),
        started=np.zeros(count, bool),
    )


class Rooms:
    """The pump rooms of a group of stations."""

    def __init__(self, shape: Parameters, state: RoomState) -> None:
        self.shape, self.state = shape, state

    def step(
        self, dt: float, outside: Floats, power: Floats, spilled: Floats, effects: Effects,
        chance: Floats,
    ) -> None:  # fmt: skip
        """One step of `dt` s. `outside` °C [n], `power` kW of the pumps [n], `spilled` m³/h that
        run over the tank's edge [n], `chance` standard normal draws [4, n]."""
        state = self.state
        keep = np.exp(-dt / 600.0)
        state.volts = (
            VOLTS + (state.volts - VOLTS) * keep + VOLTS_WANDER * np.sqrt(1 - keep**2) * chance[:3]
        )
        drain = np.where(effects.dark, -100.0 / UPS_HOURS, 100.0 / 4.0) * dt / 3600.0
        state.battery = np.clip(state.battery + drain, 0.0, 100.0)
        state.heartbeat = np.where(state.battery > 0, (state.heartbeat + dt) % 65000, 0.0)
        self._drain(dt, effects.spill + 0.3 * spilled, effects)
        self._climate(dt, outside, power, chance[3])
        intruder = effects.motion & ~effects.disarmed
        state.siren = np.where(intruder, 60.0, np.maximum(state.siren - dt, 0.0))

    def _drain(self, dt: float, spill: Floats, effects: Effects) -> None:
        state = self.state
        able = ~effects.sump_dead & ~effects.dark
        state.pumping = able & np.where(state.pumping, state.sump > SUMP_OFF, state.sump > SUMP_ON)
        net = SEEPAGE + spill - SUMP_PUMP * state.pumping
        state.sump = np.clip(state.sump + net * dt / 3600.0 / SUMP_AREA, 0.0, 1.5)

    def _climate(self, dt: float, outside: Floats, power: Floats, chance: Floats) -> None:
        state = self.state
        damped = np.where(self.shape.underground, 0.45, 0.75)
        goal = outside * damped + 22.0 * (1.0 - damped) + 0.25 * np.sqrt(power)
        share = 1.0 - np.exp(-dt / 3600.0)
        state.air = state.air + (goal - state.air) * share
        state.cabinet = state.cabinet + (state.air + 5.0 + 0.35 * power**0.5 - state.cabinet) * (
            1.0 - np.exp(-dt / 900.0)
        )
        wet = 66.0 + 8.0 * self.shape.underground + 30.0 * (state.sump > FLOOD_LEVEL)
        state.humidity = np.clip(
            state.humidity + (wet - state.humidity) * share + 2.0 * np.sqrt(2 * share) * chance,
            20.0,
            100.0,
        )
