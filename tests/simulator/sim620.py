"""The reference station SIM-620 (docs/simulator.md), five runs side by side.

A day is cut into its hours, each a station of its own after a quarter of an hour of warm-up, and
simulated four times with noise mirrored in pairs: 480 stations for 4,500 steps instead of one
for 432,000.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from analytics.hydraulics import METRES_PER_MPA, PumpCurve
from data.stations import SetRow, StationRow
from simulator import course
from simulator.drives import Drives
from simulator.ledger import healthy
from simulator.parameters import Parameters, parameters, suction
from simulator.pump_sets import PumpSets, at_rest
from simulator.types import Floats

RUNS = ("baseline", "worn", "clogged", "leak", "sensor")
WARM, HOUR, HOURS, TIMES = 900, 3600, 24, 4
WORKDAY = date(2026, 3, 4).toordinal()
LONG_AGO = 259.5 / 24.0
"""Mean demand, m³/h, that gives the reference its 278.7 m³ a day with the leak."""
ZONE = SetRow("L", 3, 1, 12, 620, 36.0, 0.5, 16.35, 57.6, 5.5, 11.0)
STATION = StationRow(
    1, "SIM-620", "", "", 1, "TANK_VFD", 1, "chengshui", "127.0.0.1", 5020, 1,
    households=620, tank_area=24.0, overflow_level=2.6, sets=(ZONE,),
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """A day of one run."""

    volume: float
    energy: float
    head_energy: float
    """Σ flow · Δp, m³·MPa"""
    mean: float
    spread: float
    within: float
    slowest: float
    fastest: float
    most: int


def shape_of(count: int, leak: Floats) -> Parameters:
    """`count` stations SIM-620."""
    one = np.ones(count)
    return replace(
        parameters([STATION] * count, 42),
        curve=PumpCurve.of(72.0 * one, 0.02 * one, 0.085 * one, 0.0026 * one, 5.5 * one),
        leak=leak, phase=0.0 * one, unrest=0.25 * one, demand=LONG_AGO * one,
        vessel=0.05 * one, night=one,
    )  # fmt: skip


def run_day(seed: int = 42) -> dict[str, Result]:
    """All five runs."""
    each = HOURS * TIMES
    run = np.repeat(np.arange(len(RUNS)), each)
    hour = np.tile(np.repeat(np.arange(HOURS), TIMES), len(RUNS))
    shape = shape_of(len(run), np.where(run == 3, 3.8, 0.8))
    troubles = healthy(shape)
    troubles.head[run == 1], troubles.efficiency[run == 1] = 0.93, 0.90
    bias = np.where(run == 4, 0.05, 0.0)
    troubles = replace(troubles, strainer=np.where(run == 2, 1.0, 0.0), bias=bias)
    sets = PumpSets(shape, troubles, at_rest(shape))
    clock = hour[:, None] * HOUR + np.arange(-WARM, HOUR)
    base = shape.demand[:, None] * course.pattern(clock / 3600.0, WORKDAY)
    half = np.random.default_rng(seed).standard_normal((WARM + HOUR, HOURS * TIMES // 2))
    noise = np.stack([half, -half], axis=2).reshape(WARM + HOUR, each)
    return _measure(sets, base, np.tile(noise, len(RUNS)), bias, run)


def _measure(
    sets: PumpSets, base: Floats, noise: Floats, bias: Floats, run: np.ndarray
) -> dict[str, Result]:
    shape = sets.shape
    count = len(run)
    level, valve, filling = np.full(count, 1.9), np.zeros(count), np.zeros(count, bool)
    kept: list[tuple[Floats, ...]] = []
    for second in range(base.shape[1]):
        filling = np.where(level < 0.55 * 2.6, True, np.where(level > 0.9 * 2.6, False, filling))
        valve += (filling - valve) / 20.0
        drawn = suction(shape, level, np.full(count, 0.3))
        drives = Drives(
            demand=base[:, second], burst=np.zeros(count), suction=drawn, setpoint=shape.setpoint,
            bias=bias, stuck=np.full(count, np.nan), able=shape.exists,
            lead=np.zeros(count, np.int64), bypass=np.zeros(count, bool),
        )  # fmt: skip
        sets.step(1.0, drives, noise[second])
        state = sets.state
        level = level + (25.0 * valve - state.flow) / 3600.0 / 24.0
        if second >= WARM:
            power = state.power.sum(axis=1) + 0.15
            running = (state.speed > 0.0).sum(axis=1)
            kept.append(
                (state.flow, power, state.pressure, drawn, state.speed.max(axis=1), running)
            )
    flow, power, pressure, drawn, speed, running = (
        np.array(column) for column in zip(*kept, strict=True)
    )
    return {
        name: _result(*(a[:, run == i] for a in (flow, power, pressure, drawn, speed, running)))
        for i, name in enumerate(RUNS)
    }


def _result(
    flow: Floats, power: Floats, pressure: Floats, drawn: Floats, speed: Floats, running: Floats
) -> Result:
    return Result(
        volume=float(flow.sum()) / 3600.0 / TIMES,
        energy=float(power.sum()) / 3600.0 / TIMES,
        head_energy=float((flow * (pressure - drawn)).sum()) / 3600.0 / TIMES,
        mean=float(pressure.mean()),
        spread=float(pressure.std()),
        within=float((abs(pressure - 0.5) <= 0.02).mean()),
        slowest=50.0 * float(speed[speed > 0.0].min()),
        fastest=50.0 * float(speed.max()),
        most=int(running.max()),
    )


def head(result: Result) -> float:
    """Volume-weighted lift, m."""
    return result.head_energy / result.volume * METRES_PER_MPA
