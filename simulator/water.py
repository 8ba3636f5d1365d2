"""Tanks, inlet valves, mains and water quality, at any step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.effects import Effects
from simulator.parameters import HIGH, LOW, Parameters
from simulator.quasi_tank import WAY
from simulator.types import Bools, Floats

VALVE_LAG = 20.0
MAINS_LOSS = 0.03
"""MPa that the inlet needs before water flows."""
DRY, HIGH_FLOAT, LOW_FLOAT, RESTART = 0.05, 0.97, 0.12, 0.20
"""Levels: m of dead water; shares of the overflow level of the floats and of the restart."""


@dataclass(frozen=True)
class Street:
    """The mains outside."""

    pressure: Floats
    """[n] MPa"""
    chlorine: Floats
    """[n] mg/L"""
    celsius: float


@dataclass
class WaterState:
    """What water and tanks remember; arrays [n]."""

    level: Floats
    """m above the floor, in all tanks alike; 0 without one."""
    filling: Bools
    """The valve is told to open."""
    valve: Floats
    """Share of its opening."""
    inflow: Floats
    """m³/h"""
    overflow: Floats
    """m³/h lost over the edge."""
    mains: Floats
    """MPa"""
    drift: Floats
    """Slow noise of the mains, MPa."""
    chlorine_in: Floats
    chlorine: Floats
    """mg/L that leaves for the homes."""
    age: Floats
    """h that the water has stood in the tank, mean."""
    turbidity: Floats
    murk: Floats
    """NTU more than that, come with the mains."""
    locked: Bools
    """Pumps are kept off because there is nothing to pump."""


def resting(shape: Parameters, level: Floats) -> WaterState:
    """Tanks at `level`, valves shut, ordinary water."""
    none = np.zeros(shape.count)
    return WaterState(
        level=np.where(shape.tank, level, 0.0),
        filling=level < 0.7 * shape.overflow,
        valve=none.copy(),
        inflow=none.copy(),
        overflow=none.copy(),
        mains=shape.p_main.copy(),
        drift=none.copy(),
        chlorine_in=shape.chlorine.copy(),
        chlorine=shape.chlorine * 0.85,
        age=np.where(shape.tank, 5.0, 0.1),
        turbidity=np.full(shape.count, 0.15),
        murk=none.copy(),
        locked=none.astype(bool),
    )


class Water:
    """Tanks and mains of a group of stations."""

    def __init__(self, shape: Parameters, state: WaterState) -> None:
        self.shape, self.state = shape, state

    def step(
        self, dt: float, street: Street, outflow: Floats, effects: Effects, chance: Floats
    ) -> None:
        """One step of `dt` s. `outflow` m³/h [n] to the homes, `chance` standard normal draws
        [2, n]."""
        shape, state = self.shape, self.state
        keep = np.exp(-dt / 300.0)
        state.drift = state.drift * keep + 0.003 * np.sqrt(1.0 - keep**2) * chance[0]
        self._fill(dt, street.pressure, outflow, effects)
        state.locked = np.where(
            shape.tank,
            np.where(
                state.locked,
                state.level < RESTART * shape.overflow,
                state.level < 0.08 * shape.overflow,
            ),
            state.mains < 0.08,
        )
        state.chlorine_in = street.chlorine * effects.chlorine
        self._age(dt, street.celsius, effects.turbidity)
        calm = np.exp(-dt / 3600.0)
        logs = np.log(state.turbidity / 0.15) * calm + 0.25 * np.sqrt(1 - calm**2) * chance[1]
        state.turbidity = 0.15 * np.exp(logs)

    def _fill(self, dt: float, mains: Floats, outflow: Floats, effects: Effects) -> None:
        shape, state = self.shape, self.state
        state.filling = shape.tank & np.where(
            state.filling, state.level < HIGH * shape.overflow, state.level < LOW * shape.overflow
        )
        free = state.valve + (state.filling - state.valve) * (1.0 - np.exp(-dt / VALVE_LAG))
        state.valve = np.where(np.isnan(effects.valve), free, effects.valve) * shape.tank
        state.mains = np.maximum(mains + state.drift, 0.0)
        push = np.sqrt(np.maximum(state.mains - MAINS_LOSS, 0.0))
        state.inflow = np.where(shape.tank, shape.inlet * state.valve * push, outflow)
        level = state.level + (state.inflow - outflow) * dt / 3600.0 / shape.area
        brim = shape.overflow
        state.overflow = np.maximum(level - brim, 0.0) * shape.area * 3600.0 / dt * shape.tank
        state.level = np.where(shape.tank, np.clip(level, DRY, brim), 0.0)

    def _age(self, dt: float, celsius: float, murk: Floats) -> None:
        """Chlorine, murk and age of a mixed tank; the implicit form stays stable at any step."""
        shape, state = self.shape, self.state
        hours = dt / 3600.0
        volume = np.maximum(state.level * shape.area, DRY)
        renewed = np.where(shape.tank, hours * state.inflow / volume, hours / WAY)
        decayed = shape.decay * 1.1 ** (celsius - 20.0) * hours / 24.0
        state.chlorine = (state.chlorine + renewed * state.chlorine_in) / (1.0 + renewed + decayed)
        state.murk = (state.murk + renewed * murk) / (1.0 + renewed)
        state.age = (state.age + hours) / (1.0 + renewed)
