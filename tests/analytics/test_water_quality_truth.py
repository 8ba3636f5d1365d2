"""Age and decay that are learnt from gauges, against the simulator's truth."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.tank_water import tank_water
from analytics.water_quality import at_temperature, learnt_decay, tank_decay
from simulator.course import water_temperature
from simulator.parameters import parameters
from simulator.quasi import Quasi
from simulator.trial import FIRST, compounds, trial

SEED, DAYS, STEP = 11, 8, 300.0
CODES = ("WQ.CL_IN", "WQ.CL_OUT", "T1.LEVEL", "PH.Q_IN")


def hourly(values: np.ndarray) -> np.ndarray:
    return np.asarray(values.reshape(-1, round(3600 / STEP)).mean(axis=1))


def test_age_and_k_b_of_a_tank_are_those_of_the_truth() -> None:
    """Eight houses with a tank, eight days, noise and resolution of the gauges, hourly means as
    the page has them: every k_b within 25 % of the truth at the water's temperature."""
    rows = compounds(SEED, 8, type="TANK_VFD")
    seen, _ = trial(SEED, rows, DAYS, STEP, codes=CODES, tables=())
    shape, start = parameters(rows, SEED), FIRST.toordinal()
    warm = float(np.mean([water_temperature(start + day) for day in range(DAYS)]))
    quasi = Quasi(rows, SEED, start + 400)
    ages = np.concatenate([quasi.day(start + d, STEP).tanks.age for d in range(DAYS)], axis=1)
    for n, row in enumerate(rows):
        inlet, outlet, level, inflow = (hourly(seen.values[code][n]) for code in CODES)
        assert row.tank_area
        told = tank_water(level * row.tank_area, inflow, inlet)
        assert np.nanmean(told.age) == pytest.approx(ages[n].mean(), rel=0.05)
        days = [slice(24 * d, 24 * d + 24) for d in range(DAYS)]
        each = [learnt_decay(told.brought[d], outlet[d], told.age[d]) for d in days]
        k = tank_decay(np.array(each)).value
        assert k == pytest.approx(at_temperature(float(shape.decay[n]), warm), rel=0.25)


def test_a_steady_tank_has_its_turnover_and_its_inlet() -> None:
    flat = np.full(48, 10.0)
    told = tank_water(4 * flat, flat, np.full(48, 0.4))
    assert told.age[-1] == pytest.approx(4.0, rel=0.03)
    assert told.brought == pytest.approx(0.4)


def test_what_is_unknown_stays_so() -> None:
    flat = np.full(6, 10.0)
    assert np.isnan(tank_water(np.full(6, np.nan), flat, flat).age).all()
    assert np.isnan(tank_water(flat, np.zeros(6), flat).age).all()
    holed = flat.copy()
    holed[2] = np.nan
    told = tank_water(holed, flat, np.full(6, 0.4))
    assert np.isnan(told.age).tolist() == [False, False, True, False, False, False]
    assert np.isnan(tank_water(flat, flat, np.full(6, np.nan)).brought).all()
