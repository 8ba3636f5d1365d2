"""The city in steady steps: any local day of any stations by itself, from the seed alone.

The live plant starts from `Quasi.state`, the history goes back from there, so that counters,
levels and troubles have no seam where the past meets now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from data.stations import StationRow
from simulator import course
from simulator.draws import between, normal, uniform
from simulator.ledger import Troubles, ledger
from simulator.outages import exchange_day, power_failures
from simulator.parameters import Parameters, parameters, suction
from simulator.pump_sets import NOISE_TIME
from simulator.quasi_meters import Counters, counted
from simulator.quasi_sets import Steady, SteadySets, kept_noise
from simulator.quasi_tank import Tanks, tanks
from simulator.rooms import AUXILIARY
from simulator.types import Bools, Floats, Ints

__all__ = ["Counters", "Day", "Quasi", "State", "mains_chlorine"]

QUARTER = 900.0
DAY = 86_400.0
BLOCK = 150
"""Stations done at once where only the end matters: their arrays fit a cache."""
MEMORY = 180
"""Minutes of staging that a moment depends on."""


@dataclass(frozen=True)
class Day:
    """One local day of some stations; arrays [n, m] of stations, [s, m] of sets, by step."""

    day: int
    """Ordinal of the date."""
    length: float
    """s; not every day of every zone has 24 h."""
    shape: Parameters
    troubles: Troubles
    p_main: Floats
    dark: Floats
    """[n, m] share of the step without mains power."""
    sets: Steady
    """Means of the steps while there is power; `flow` and `pressure` of the whole step."""
    tanks: Tanks
    chlorine_in: Floats
    power: Floats
    """[n, m] kW at the meter."""
    first_lead: Ints
    """[s] pump that led when the day before ended."""

    @property
    def steps(self) -> int:
        return int(self.p_main.shape[1])

    @property
    def step(self) -> float:
        """Length of a step, s."""
        return self.length / self.steps


@dataclass(frozen=True)
class State:
    """What the city is like at a moment: where the live plant starts. Arrays [n], [s] or [s, p]."""

    day: int
    seconds: float
    """Of the local day: the whole minute that the state is true for."""
    troubles: Troubles
    level: Floats
    open: Bools
    """Inlet valve."""
    age: Floats
    chlorine: Floats
    running: Ints
    asleep: Bools
    lead: Ints
    speed: Floats
    counters: Counters


@dataclass(frozen=True)
class _World:
    """What a day holds before the pumps are asked: arrays [n, m], base [s, m]."""

    p_main: Floats
    base: Floats
    dark: Floats
    chlorine_in: Floats
    tanks: Tanks
    lead: Ints


class Quasi:
    """The stations `rows` of the city of this seed, that goes live on the day `birth` (ordinal of
    the local date)."""

    def __init__(self, rows: Sequence[StationRow], seed: int, birth: int) -> None:
        self.rows = tuple(rows)
        self.shape = parameters(rows, seed)
        self.birth = birth
        self.ledger = ledger(self.shape, birth)
        self.exchanged = exchange_day(self.shape, birth)

    def run(
        self, day: int, step: float, length: float, troubles: Troubles
    ) -> tuple[Steady, Floats, Floats, Ints]:
        """(sets, demand [s, m] at full pressure, suction [s, m], lead [s, m]) of a day with other
        troubles than the ledger's."""
        sets = SteadySets(self.shape, troubles, step)
        world = self._world(sets, day, step, length)
        drawn = suction(self.shape, world.tanks.level, world.p_main)
        run = sets.solve(world.base, drawn, world.lead, ~self.shape.tank[self.shape.station])
        return run, world.base, drawn, world.lead

    def day(self, day: int, step: float, length: float = DAY) -> Day:
        """The local day with this ordinal, `length` s long, in steps of `step` s (a part of an
        hour, or an hour)."""
        shape = self.shape
        sets = SteadySets(shape, self.ledger.on(day), step)
        world = self._world(sets, day, step, length)
        run = self._run(sets, world, slice(None))
        drawn = np.where(shape.tank[:, None], world.tanks.inflow, shape.per_station(run.flow))
        power = shape.per_station(run.total_power(shape) * (1.0 - world.dark)[shape.station])
        before = course.lead_pump(shape, day, np.array([-1.0]))[:, 0]
        return Day(
            day=day, length=length, shape=shape, troubles=sets.troubles, p_main=world.p_main,
            dark=world.dark, sets=run, tanks=replace(world.tanks, inflow=drawn),
            chlorine_in=world.chlorine_in, power=power + AUXILIARY * (1.0 - world.dark),
            first_lead=before,
        )  # fmt: skip

    def state(self, day: int, seconds: float, length: float = DAY) -> State:
        """The city at `seconds` of the local day `day`, cut to the whole minute: the counters
        stand at their reference."""
        parts = [
            Quasi(self.rows[first : first + BLOCK], self.shape.seed, self.birth)._moment(
                day, max(int(seconds // 60.0) - 1, 0), length
            )
            for first in range(0, len(self.rows), BLOCK)
        ]
        found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return State(
            day=day, seconds=max(60.0, seconds // 60.0 * 60.0), troubles=self.ledger.on(day),
            counters=self.reference(), **found,
        )  # fmt: skip

    def _moment(self, day: int, minute: int, length: float) -> dict[str, np.ndarray]:
        sets = SteadySets(self.shape, self.ledger.on(day), 60.0)
        world = self._world(sets, day, 60.0, length)
        run = self._run(sets, world, slice(max(0, minute - MEMORY), minute + 1))
        tank = world.tanks
        return {
            "level": tank.end_level[:, minute], "open": tank.open[:, minute] > 0.5,
            "age": tank.age[:, minute], "chlorine": tank.chlorine[:, minute],
            "running": run.running[:, -1], "asleep": run.awake[:, -1] < 1.0,
            "lead": run.lead[:, -1], "speed": run.speed[:, -1],
        }  # fmt: skip

    def _world(self, sets: SteadySets, day: int, step: float, length: float) -> _World:
        shape, steps = self.shape, round(length / step)
        middle: Floats = np.asarray((np.arange(steps) + 0.5) * step)
        p_main = course.mains(shape, day, middle)
        base = _demand(shape, day, step, steps) * _unrest(shape, day, step, steps)
        dark = power_failures(shape, day).share(steps, length)
        if day == self.birth:
            dark = np.zeros_like(dark)
        chlorine_in = mains_chlorine(shape, day, middle)
        out = shape.per_station(sets.controlled_flow(base) * (1.0 - dark)[shape.station])
        tank = tanks(shape, day, out, p_main, chlorine_in, length)
        lead = course.lead_pump(shape, day, middle - 0.5 * step)
        return _World(p_main, base, dark, chlorine_in, tank, lead)

    def _run(self, sets: SteadySets, world: _World, steps: slice) -> Steady:
        shape = self.shape
        base, dark = world.base[:, steps], world.dark[:, steps]
        drawn = suction(shape, world.tanks.level[:, steps], world.p_main[:, steps])
        run = sets.solve(base, drawn, world.lead[:, steps], ~shape.tank[shape.station])
        return self._darkened(run, sets, base, dark)

    def reference(self) -> Counters:
        """Meter readings at the moment that the city goes live: some years of today's use."""
        shape, old = self.shape, self._years
        house = between(1.5, 14.0, uniform(shape.seed, "meters", shape.key))
        own = house[shape.station] * between(0.97, 1.0, uniform(shape.seed, "meter", shape.set_key))
        new = 1.05 * (self.birth - self.exchanged) / 365.25
        return Counters(
            inlet=old.inlet * house,
            energy=old.energy * house,
            outlet=old.outlet * np.where(self.exchanged > 0, new, own),
            set_energy=old.set_energy * own,
            hours=old.hours * own[:, None],
            starts=np.floor(old.starts * own[:, None]),
            used=old.used * own,
        )

    def last_of_old_meter(self) -> Floats:
        """[s] m³ that an outlet meter showed when it was exchanged."""
        years = between(4.0, 14.0, uniform(self.shape.seed, "old meter", self.shape.set_key))
        return self._years.outlet * years

    @cached_property
    def _years(self) -> Counters:
        """What the meters count in a year like today."""
        return counted(self.day(self.birth, 3600.0)).total().times(365.25)

    def _darkened(self, run: Steady, sets: SteadySets, base: Floats, dark: Floats) -> Steady:
        """Flow and pressure with the time without power in them."""
        if not dark.any():
            return run
        shape = self.shape
        gone = dark[shape.station]
        mains = np.where(shape.tank[shape.station][:, None], 0.0, np.maximum(run.suction, 0.0))
        flow = np.where(mains > 0.0, sets.taken(base, mains), 0.0)
        return replace(
            run,
            flow=run.flow * (1.0 - gone) + flow * gone,
            pressure=run.pressure * (1.0 - gone) + mains * gone,
        )


def mains_chlorine(shape: Parameters, day: int, seconds: Floats) -> Floats:
    """[n, t] mg/L in the mains."""
    own = 0.03 * normal(shape.seed, "chlorine.day", shape.key, day)
    swing = 0.02 * np.cos(2.0 * np.pi * (seconds / 3600.0 - 4.0) / 24.0)
    return np.asarray((shape.chlorine * (1.0 + own))[:, None] + swing)


def _demand(shape: Parameters, day: int, step: float, steps: int) -> Floats:
    """[s, m] mean demand of each step without fast noise."""
    parts = max(1, round(step / QUARTER))
    middle = (np.arange(steps * parts) + 0.5) * step / parts
    demand = course.demand(shape, day, middle)
    return demand if parts == 1 else demand.reshape(len(demand), steps, parts).mean(axis=2)


def _unrest(shape: Parameters, day: int, step: float, steps: int) -> Floats:
    """[s, m] what the fast noise of the demand leaves in the mean of a step, around 1."""
    spread, keep = kept_noise(step), float(np.exp(-step / NOISE_TIME))
    draws = normal(shape.seed, "unrest", shape.set_key[:, None], day * steps + np.arange(steps))
    if keep > 0.01:
        draws = np.ascontiguousarray(draws.T)
        draws[1:] *= np.sqrt(1.0 - keep**2)
        for i in range(1, steps):
            draws[i] += keep * draws[i - 1]
        draws = np.ascontiguousarray(draws.T)
    size = (shape.unrest * spread)[:, None]
    return np.asarray(np.exp(draws * size - 0.5 * size**2))
