"""The quasi-steady day and the plant at one second tell the same story: one pump model.

The day is cut into its hours, side by side, as in sim620.py.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simulator import city, course
from simulator.parameters import parameters
from simulator.pump_sets import Drives, PumpSets, at_rest
from simulator.quasi import Day, Quasi
from simulator.types import Floats

DAY = date(2026, 3, 4).toordinal()
WARM, HOUR = 900, 3600


@pytest.fixture(scope="module")
def told() -> Day:
    return Quasi(city.stations(12, 1, 5020), 1, DAY + 30).day(DAY, 900.0)


@pytest.fixture(scope="module")
def lived(told: Day) -> tuple[Floats, Floats]:
    """(m³, kWh) of each set, lived through second by second in the same world."""
    rows = city.stations(12, 1, 5020)
    small = told.shape
    sets = len(small.station)
    large = parameters([row for row in rows for _ in range(24)], 1)
    # set s of hour h: the sets of a station stay together
    hour = np.concatenate(
        [np.tile(np.arange(24)[:, None], (1, len(row.sets))).ravel() for row in rows]
    )
    home = np.concatenate([
        np.tile(np.flatnonzero(small.station == i), 24) for i in range(len(rows))
    ])  # fmt: skip
    troubles = Quasi([row for row in rows for _ in range(24)], 1, DAY + 30).ledger.on(DAY)
    quarter = np.minimum(hour * 4, 95)
    plant = PumpSets(large, troubles, at_rest(large, told.sets.running[home, quarter]))
    plant.state.integral = told.sets.speed[home, quarter]
    clock = np.arange(-WARM, 24 * HOUR, 30.0)
    demand, drawn = course.demand(small, DAY, clock), told.sets.suction
    lead = course.lead_pump(small, DAY, clock)
    rng = np.random.default_rng(1)
    volume, energy = np.zeros(sets), np.zeros(sets)
    count = len(home)
    for second in range(-WARM, HOUR):
        at = (hour * HOUR + second + WARM) // 30
        step = np.clip((hour * HOUR + second) // 900, 0, 95)
        drives = Drives(
            demand=demand[home, at], burst=np.zeros(count), suction=drawn[home, step],
            setpoint=large.setpoint + troubles.setpoint, bias=troubles.bias,
            stuck=np.full(count, np.nan), able=large.exists, lead=lead[home, at],
            bypass=~large.tank[large.station],
        )  # fmt: skip
        plant.step(1.0, drives, rng.standard_normal(count))
        if second >= 0:
            np.add.at(volume, home, plant.state.flow / 3600.0)
            np.add.at(energy, home, plant.state.power.sum(axis=1) / 3600.0)
    return volume, energy


def test_volumes_agree_within_one_percent(told: Day, lived: tuple[Floats, Floats]) -> None:
    steady = told.sets.flow.sum(axis=1) * told.step / 3600.0
    assert lived[0].sum() == pytest.approx(steady.sum(), rel=0.01)
    assert np.median(abs(lived[0] / steady - 1.0)) < 0.03


def test_energies_agree_within_three_percent(told: Day, lived: tuple[Floats, Floats]) -> None:
    power = told.sets.total_power(told.shape).sum(axis=1) * told.step / 3600.0
    assert lived[1].sum() == pytest.approx(power.sum(), rel=0.03)
    assert np.median(abs(lived[1] / power - 1.0)) < 0.06
