"""A group of pump houses at a step of one second: pumps, water, rooms, meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from data.stations import StationRow
from simulator import course
from simulator.drives import Drives
from simulator.effects import quiet
from simulator.ledger import ledger
from simulator.parameters import Parameters, parameters, suction
from simulator.pump_sets import PumpSets, SetState, at_rest
from simulator.quasi import State, mains_chlorine
from simulator.quasi_meters import Counters
from simulator.rooms import AUXILIARY, Rooms, RoomState, calm
from simulator.types import Floats
from simulator.water import Street, Water, WaterState, resting

HEATING = 600.0
"""s in which motor and drive take on their temperature."""


@dataclass(frozen=True)
class Knot:
    """The world at one moment."""

    demand: Floats
    mains: Floats
    air: Floats
    chlorine: Floats


class Plant:
    """Stations that step together. Time comes in as (day ordinal, seconds of the local day)."""

    def __init__(self, rows: Sequence[StationRow], seed: int, birth: int) -> None:
        self.rows = tuple(rows)
        self.shape: Parameters = parameters(rows, seed)
        self.ledger = ledger(self.shape, birth)
        self.effects = quiet(self.shape)
        self.chance = np.random.default_rng([seed, len(rows), int(self.shape.key[0])])
        self.day = birth
        level = course.midnight_level(self.shape, birth)
        air = course.air_temperature(self.shape, birth, np.array([43200.0]))[:, 0]
        self.sets = PumpSets(self.shape, self.ledger.on(birth), at_rest(self.shape))
        self.water = Water(self.shape, resting(self.shape, level))
        self.rooms = Rooms(self.shape, calm(self.shape, air))
        self.counters = empty_counters(self.shape)
        self.heat = np.zeros(self.shape.exists.shape)
        """[s, p] load of drive and motor as their temperature has it, 0 to 1."""
        self.power = np.zeros(self.shape.count)
        """[n] kW at the meter."""
        self.suction = np.zeros(len(self.shape.station))
        self.seconds = 43_200.0
        """Of the local day."""
        self._minute = -1
        self._knots: tuple[Knot, Knot] | None = None
        self._sick = False

    def start(self, state: State) -> None:
        """Take over what the quasi-steady model says of this moment."""
        self._new_day(state.day)
        sets, water = at_rest(self.shape, state.running), self.water.state
        place = np.arange(self.shape.exists.shape[1])
        turn = np.mod(place - state.lead[:, None], self.shape.pumps[:, None])
        on = (turn < state.running[:, None]) & ~state.asleep[:, None] & self.shape.exists
        sets.asleep = state.asleep.copy()
        sets.integral = state.speed.copy()
        sets.speed = np.where(on, state.speed[:, None], 0.0)
        sets.pressure = self.setpoint - self.sets.troubles.bias
        self.sets.state = sets
        water.level, water.filling = state.level.copy(), state.open.copy()
        water.valve = state.open.astype(float)
        water.age, water.chlorine = state.age.copy(), state.chlorine.copy()
        self.counters = Counters(
            *(getattr(state.counters, f.name).copy() for f in fields(Counters))
        )

    @property
    def celsius(self) -> float:
        """°C of the water."""
        return course.water_temperature(self.day)

    @property
    def setpoint(self) -> Floats:
        """[s] MPa that the control holds."""
        return self.shape.setpoint + self.sets.troubles.setpoint + self.effects.setpoint

    def step(self, day: int, seconds: float, dt: float = 1.0) -> None:
        """Go on by `dt` s, to `seconds` of the local day."""
        self.seconds = seconds
        if day != self.day:
            self._new_day(day)
        now = self._world(seconds)
        self._sicken()
        shape, effects = self.shape, self.effects
        self.suction = suction(shape, self.water.state.level, self.water.state.mains)
        dead = (effects.dark | self.water.state.locked)[shape.station]
        running = self.sets.state.speed > 0.0
        drives = Drives(
            demand=now.demand,
            burst=effects.burst,
            suction=self.suction,
            setpoint=self.setpoint,
            bias=self.sets.troubles.bias,
            stuck=effects.stuck_gauge,
            able=shape.exists & (effects.trip == 0) & ~dead[:, None],
            lead=course.lead_pump(shape, day, np.array([seconds]))[:, 0],
            bypass=~shape.tank[shape.station],
            back=(effects.back * ~running).max(axis=1) if effects.back.any() else None,
            vessel=effects.vessel,
            eager=effects.eager,
        )
        chance = self.chance.standard_normal((6, shape.count))
        self.sets.step(dt, drives, self.chance.standard_normal(len(shape.station)))
        outflow = shape.per_station(self.sets.state.flow)
        street = Street(now.mains + effects.mains, now.chlorine, self.celsius)
        self.water.step(dt, street, outflow, effects, chance[:2])
        pumps = shape.per_station(self.sets.state.power.sum(axis=1))
        self.power = np.where(effects.dark, 0.0, pumps + AUXILIARY)
        self.rooms.step(dt, now.air, pumps, self.water.state.overflow, effects, chance[2:])
        self._count(dt, running)

    def _new_day(self, day: int) -> None:
        self.day, self._minute, self._sick = day, -1, False
        self.sets.use(self.ledger.on(day))

    def _sicken(self) -> None:
        """Add the faults of pumps and gauges to the slow troubles of the day, while there are."""
        effects = self.effects
        worse = (effects.head, effects.efficiency)
        more = (effects.strainer, effects.bias)
        sick = any((a != 1.0).any() for a in worse) or any(a.any() for a in more)
        if not sick and not self._sick:
            return
        self._sick = sick
        slow = self.ledger.on(self.day)
        self.sets.use(replace(
            slow, head=slow.head * effects.head, efficiency=slow.efficiency * effects.efficiency,
            strainer=slow.strainer + effects.strainer, bias=slow.bias + effects.bias,
        ))  # fmt: skip

    def _world(self, seconds: float) -> Knot:
        """The world at this second, between two whole minutes."""
        minute = int(seconds // 60.0)
        if minute != self._minute or self._knots is None:
            self._minute = minute
            at = np.array([minute * 60.0, minute * 60.0 + 60.0])
            shape, day = self.shape, self.day
            demand, mains = course.demand(shape, day, at), course.mains(shape, day, at)
            air, chlorine = course.air_temperature(shape, day, at), mains_chlorine(shape, day, at)
            low, high = (Knot(demand[:, i], mains[:, i], air[:, i], chlorine[:, i]) for i in (0, 1))
            self._knots = low, high
        low, high = self._knots
        share = seconds / 60.0 - minute
        return Knot(
            low.demand + (high.demand - low.demand) * share,
            low.mains + (high.mains - low.mains) * share,
            low.air,
            low.chlorine,
        )

    def _count(self, dt: float, before: NDArray[np.bool_]) -> None:
        """Meters, run hours, starts, heat."""
        counters, sets, hours = self.counters, self.sets.state, dt / 3600.0
        runs = sets.speed > 0.0
        counters.inlet[:] += self.water.state.inflow * hours
        counters.energy[:] += self.power * self.effects.power_scale * hours
        counters.outlet[:] += sets.flow * self.effects.flow_scale * hours
        counters.set_energy[:] += sets.power.sum(axis=1) * hours
        counters.hours[:] += runs * hours
        counters.starts[:] += runs & ~before
        homes = np.maximum(sets.flow - self.sets.leak(self.effects.burst), 0.0)
        counters.used[:] += homes * self.effects.metered * hours
        load = np.clip(sets.power / (1.15 * self.shape.curve.rated_power[:, None]), 0.0, 1.5)
        self.heat += (load - self.heat) * (1.0 - np.exp(-dt / HEATING))


def empty_counters(shape: Parameters) -> Counters:
    """All meters at zero."""
    sets = len(shape.station)
    return Counters(
        inlet=np.zeros(shape.count),
        energy=np.zeros(shape.count),
        outlet=np.zeros(sets),
        set_energy=np.zeros(sets),
        hours=np.zeros(shape.exists.shape),
        starts=np.zeros(shape.exists.shape),
        used=np.zeros(sets),
    )


Memory = SetState | WaterState | RoomState | Counters


def remembered(plant: Plant) -> dict[str, NDArray[np.generic]]:
    """Everything that a plant must know to go on after a stop, by name."""
    parts: dict[str, Memory] = {
        "sets": plant.sets.state, "water": plant.water.state,
        "rooms": plant.rooms.state, "counters": plant.counters,
    }  # fmt: skip
    found = {f"{part}.{f.name}": getattr(state, f.name) for part, state in parts.items()
             for f in fields(state)}  # fmt: skip
    return found | {"heat": plant.heat}


def recall(plant: Plant, kept: dict[str, NDArray[np.generic]]) -> None:
    """Put back what `remembered` gave. Raises ValueError when it is of other stations."""
    if "counters.outlet" in kept:  # a state from before homes were metered
        kept = {"counters.used": kept["counters.outlet"], **kept}
    if "water.level" in kept:  # ... and from before mains could be turbid
        kept = {"water.murk": np.zeros(plant.shape.count), **kept}
    for name, array in remembered(plant).items():
        if name not in kept or kept[name].shape != array.shape:
            raise ValueError(f"the saved state lacks {name} of {array.shape}")
        array[...] = kept[name]
