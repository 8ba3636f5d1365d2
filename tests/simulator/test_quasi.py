"""The quasi-steady city: hydraulics, mass balance, any day by itself, the reference station."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest

from analytics.hydraulics import METRES_PER_MPA
from simulator import city, course
from simulator.outages import power_failures
from simulator.quasi import Day, Quasi
from simulator.quasi_meters import Counters, counted
from tests.simulator.sim620 import STATION, WORKDAY, shape_of

BIRTH = date(2026, 3, 20).toordinal()
DAY = date(2026, 3, 4).toordinal()
ROWS = city.stations(120, 1, 5020)


@pytest.fixture(scope="module")
def quasi() -> Quasi:
    return Quasi(ROWS, 1, BIRTH)


@pytest.fixture(scope="module", params=[900.0, 3600.0])
def told(quasi: Quasi, request: pytest.FixtureRequest) -> Day:
    return quasi.day(DAY, request.param)


def test_pumps_meet_the_head_of_their_curve(told: Day) -> None:
    run, shape = told.sets, told.shape
    healthy = (told.troubles.head == 1.0).all(axis=1)
    steady = healthy[:, None] & (run.awake == 1.0) & (told.dark[shape.station] == 0.0)
    held = steady & (run.speed > 0.6) & (run.speed < 1.0)
    each = run.flow / run.running
    curve = shape.curve.widened((1,))
    lost = (curve.c * told.troubles.strainer[:, None]) * each**2
    lift = (run.pressure - run.suction) * METRES_PER_MPA
    assert held.mean() > 0.8
    np.testing.assert_allclose((curve.head(each, run.speed) - lost)[held], lift[held], atol=1e-6)


def test_a_worn_pump_takes_its_share_of_the_flow(told: Day) -> None:
    run, shape, troubles = told.sets, told.shape, told.troubles
    worn = np.flatnonzero((troubles.head < 1.0).any(axis=1))
    assert len(worn)
    lift = (run.pressure - run.suction)[worn, None] * METRES_PER_MPA
    push = (
        run.speed[worn, None] ** 2
        * (shape.curve.shutoff_head[:, None] * troubles.head)[worn][..., None]
    )
    loss = (shape.curve.c * (1.0 + troubles.strainer))[worn, None, None]
    each = np.sqrt(np.maximum(push - lift, 0.0) / loss) * run.on(shape)[worn]
    calm = (run.awake == 1.0)[worn] & (told.dark[shape.station][worn] == 0.0)
    np.testing.assert_allclose(each.sum(axis=1)[calm], run.flow[worn][calm], rtol=1e-3)


def test_water_is_neither_made_nor_lost(told: Day) -> None:
    shape, tank = told.shape, told.tanks
    out = shape.per_station(told.sets.flow)
    start = course.midnight_level(shape, DAY)[:, None]
    change = np.diff(np.hstack([start, tank.end_level]), axis=1) * shape.area[:, None]
    moved = (tank.inflow - out) * told.step / 3600.0
    np.testing.assert_allclose(change[shape.tank], moved[shape.tank], atol=1e-9)
    np.testing.assert_allclose(tank.inflow[~shape.tank], out[~shape.tank])


def test_a_day_ends_where_the_next_one_begins(quasi: Quasi) -> None:
    shape = quasi.shape
    for day in range(DAY, DAY + 8):
        tank = quasi.day(day, 3600.0).tanks
        goal = course.midnight_level(shape, day + 1)
        np.testing.assert_allclose(tank.end_level[shape.tank, -1], goal[shape.tank], atol=1e-9)
        share = tank.level[shape.tank] / shape.overflow[shape.tank, None]
        assert share.min() > 0.15
        assert share.max() < 0.97


@pytest.mark.parametrize("step", [60.0, 900.0, 3600.0])
def test_a_station_alone_has_the_day_that_it_has_in_the_city(quasi: Quasi, step: float) -> None:
    some = [3, 17, 58]
    alone = Quasi([ROWS[i] for i in some], 1, BIRTH).day(DAY, step)
    again = Quasi([ROWS[i] for i in some], 1, BIRTH).day(DAY, step)
    city_day = quasi.day(DAY, step)
    sets = np.flatnonzero(np.isin(quasi.shape.station, some))
    for field in fields(alone.sets):
        mine, whole = getattr(alone.sets, field.name), getattr(city_day.sets, field.name)
        np.testing.assert_array_equal(mine, getattr(again.sets, field.name))
        np.testing.assert_allclose(mine, whole[sets], rtol=1e-9)
    np.testing.assert_allclose(alone.power, city_day.power[some], rtol=1e-9)
    np.testing.assert_allclose(alone.tanks.chlorine, city_day.tanks.chlorine[some], rtol=1e-9)


def test_days_and_seeds_differ(quasi: Quasi) -> None:
    today, tomorrow = (quasi.day(day, 3600.0).sets.flow for day in (DAY, DAY + 1))
    other = Quasi(ROWS, 2, BIRTH).day(DAY, 3600.0).sets.flow
    assert not np.allclose(today, tomorrow, rtol=0.01)
    assert not np.allclose(today, other, rtol=0.01)


def test_the_day_is_much_the_same_at_every_step(quasi: Quasi) -> None:
    sums = [counted(quasi.day(DAY, step)).total() for step in (60.0, 900.0, 3600.0)]
    for coarse in sums[1:]:
        assert coarse.outlet.sum() == pytest.approx(sums[0].outlet.sum(), rel=0.01)
        assert coarse.energy.sum() == pytest.approx(sums[0].energy.sum(), rel=0.04)
        assert coarse.inlet.sum() == pytest.approx(sums[0].inlet.sum(), rel=0.01)


def test_reference_station() -> None:
    """SIM-620: 278.7 m³ and 90.40 kWh a day."""
    volumes, energies = [], []
    for day in (WORKDAY, WORKDAY + 1, WORKDAY + 6):
        quasi = Quasi([STATION], 1, WORKDAY + 100)
        one = np.ones(1)
        shape = shape_of(1, 0.8 * one)
        calm = replace(shape, demand=shape.demand / course.volume_factor(shape, day))
        quasi.shape = calm
        far = dict.fromkeys(quasi.ledger.first, np.array([10**9]))
        quasi.ledger = replace(quasi.ledger, shape=calm, first=far)
        total = counted(quasi.day(day, 60.0)).total()
        volumes.append(total.outlet[0])
        energies.append(total.energy[0])
    assert np.mean(volumes) == pytest.approx(278.7, rel=0.02)
    assert np.sum(energies) / np.sum(volumes) == pytest.approx(90.40 / 278.7, rel=0.07)


def test_no_power_no_water_from_a_tank(quasi: Quasi) -> None:
    shape = quasi.shape
    day = next(
        d for d in range(DAY - 300, DAY) if (power_failures(shape, d).any & shape.tank).any()
    )
    told = quasi.day(day, 60.0)
    i = int(np.flatnonzero(power_failures(shape, day).any & shape.tank)[0])
    dark = told.dark[i] == 1.0
    assert dark.any()
    assert told.power[i, dark].max() == 0.0
    assert told.sets.flow[shape.station == i][:, dark].max() == 0.0
    assert told.power[i, ~dark].min() > 0.0


def test_the_live_start_is_a_moment_of_the_day(quasi: Quasi) -> None:
    state = quasi.state(BIRTH, 40_030.0)
    day = quasi.day(BIRTH, 60.0)
    minute = 40_030 // 60 - 1
    assert state.seconds == 40_020.0
    np.testing.assert_allclose(state.level, day.tanks.end_level[:, minute])
    np.testing.assert_allclose(state.chlorine, day.tanks.chlorine[:, minute])
    np.testing.assert_array_equal(state.running, day.sets.running[:, minute])
    for field in fields(Counters):
        reading = getattr(state.counters, field.name)
        assert reading.min() >= 0.0
        np.testing.assert_array_equal(reading, getattr(quasi.reference(), field.name))


def test_meters_have_been_running_longer_than_the_past_reaches(quasi: Quasi) -> None:
    used = counted(quasi.day(BIRTH - 3, 3600.0)).total()
    start = quasi.reference()
    new = quasi.exchanged > 0
    assert (start.outlet > 440 * used.outlet)[~new].all()
    assert (start.energy > 440 * used.energy).all()
    assert (start.outlet[new] > used.outlet[new] * (BIRTH - quasi.exchanged[new])).all()
