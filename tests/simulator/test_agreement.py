"""The quasi-steady day and the plant at one second tell the same story: one pump model.

The day is cut into its hours, side by side, as in sim620.py.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from simulator import city, course, truth
from simulator.drives import Drives
from simulator.parameters import parameters
from simulator.plant import Plant
from simulator.pump_sets import PumpSets, at_rest
from simulator.quasi import Day, Quasi
from simulator.quasi_meters import counted
from simulator.types import Floats

DAY = date(2026, 3, 4).toordinal()
WARM, HOUR = 900, 3600


@pytest.fixture(scope="module")
def told() -> Day:
    return Quasi(city.stations(12, 1, 5020), 1, DAY + 30).day(DAY, 900.0)


@pytest.fixture(scope="module")
def lived(told: Day) -> tuple[Floats, Floats, Floats]:
    """(m³, kWh, starts of pumps) of each set, lived through second by second in the same world."""
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
    volume, energy, starts = np.zeros(sets), np.zeros(sets), np.zeros(sets)
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
        before = plant.state.speed > 0.0
        plant.step(1.0, drives, rng.standard_normal(count))
        if second >= 0:
            np.add.at(starts, home, ((plant.state.speed > 0.0) & ~before).sum(axis=1))
            np.add.at(volume, home, plant.state.flow / 3600.0)
            np.add.at(energy, home, plant.state.power.sum(axis=1) / 3600.0)
    return volume, energy, starts


def test_volumes_agree_within_one_percent(told: Day, lived: tuple[Floats, Floats, Floats]) -> None:
    steady = told.sets.flow.sum(axis=1) * told.step / 3600.0
    assert lived[0].sum() == pytest.approx(steady.sum(), rel=0.01)
    assert np.median(abs(lived[0] / steady - 1.0)) < 0.03


def test_energies_agree_within_three_percent(
    told: Day, lived: tuple[Floats, Floats, Floats]
) -> None:
    power = told.sets.total_power(told.shape).sum(axis=1) * told.step / 3600.0
    assert lived[1].sum() == pytest.approx(power.sum(), rel=0.03)
    assert np.median(abs(lived[1] / power - 1.0)) < 0.06


def test_pumps_start_as_often_in_the_past_as_in_life(
    told: Day, lived: tuple[Floats, Floats, Floats]
) -> None:
    """Of one order, whatever the step: a start is a matter of seconds, which steps don't have."""
    quasi = Quasi(city.stations(12, 1, 5020), 1, DAY + 30)
    for step, least, most in ((60.0, 0.7, 1.5), (900.0, 0.5, 1.5), (3600.0, 0.4, 1.5)):
        starts = counted(quasi.day(DAY, step)).starts.sum()
        assert least < starts / lived[2].sum() < most, step


def test_acidity_and_temperature_have_no_seam() -> None:
    """The live plant shows what the past's day says of the same moment, and midnights meet."""
    rows = city.stations(6, 1, 5020)
    shape = parameters(rows, 1)
    plant = Plant(rows, 1, DAY)
    plant.step(DAY, 50_000.0)
    shown = truth.slow(plant)
    now = np.array([50_000.0])
    for code, of in (("WQ.PH", course.acidity), ("WQ.TEMP", course.tap_temperature)):
        seen = np.asarray(shown[code], np.float64)
        np.testing.assert_allclose(seen, of(shape, DAY, now)[:, 0])
    for of, most in ((course.acidity, 1e-3), (course.tap_temperature, 1e-2)):
        before, after = of(shape, DAY, np.array([86_399.0])), of(shape, DAY + 1, np.array([0.0]))
        np.testing.assert_allclose(before, after, atol=most)
