"""Many stations at once say what each of them says alone; a silent one isn't one without demand."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.demand_fleet import added, factors, fleet_departures
from analytics.patterns import day_factor, departures, hour_factor, regularity

RNG = np.random.default_rng(8)
FLOW = RNG.gamma(20.0, 0.25, (5, 21, 24)) * (1 + np.arange(5))[:, None, None]


def test_each_station_has_the_figures_that_it_has_alone() -> None:
    told = factors(FLOW)
    for i in range(5):
        alone = np.median([hour_factor(day).value for day in FLOW[i]])
        assert told.hour[i] == pytest.approx(alone)
        assert told.day[i] == pytest.approx(day_factor(FLOW[i].sum(axis=1)).value)
        assert told.regular[i] == pytest.approx(regularity(FLOW[i]).value)
        assert told.mean_day[i] == pytest.approx(FLOW[i].sum(axis=1).mean())


def test_a_silent_station_does_not_lower_the_sum() -> None:
    whole = added(FLOW)
    assert whole.flow == pytest.approx(FLOW.sum(axis=0))
    holes = FLOW.copy()
    holes[1, 10] = np.nan
    told = added(holes)
    assert told.flow[10].mean() == pytest.approx(FLOW[:, 10].sum(axis=0).mean(), rel=0.05)
    assert told.coverage[10, 0] == pytest.approx(13 / 15, abs=0.02)
    holes[4, 10] = np.nan
    assert np.isnan(added(holes).flow[10]).all()


def test_nothing_known_is_nothing() -> None:
    assert np.isnan(added(np.full((2, 8, 24), np.nan)).flow).all()
    assert np.isnan(factors(np.full((2, 8, 24), np.nan)).hour).all()


def test_departures_are_those_of_each_alone_the_greatest_first() -> None:
    flow = FLOW.copy()
    flow[3, 20, 2:6] *= 4.0
    flow[0, 20, 10:14] *= 4.0
    kinds = ["w"] * 21
    told = fleet_departures(flow, kinds, 20)
    alone = [(i, d) for i in range(5) for d in departures(flow[i], kinds, 20)]
    assert sorted(told, key=lambda p: (p[0], p[1].first)) == alone
    assert told[0][0] == 3
    assert fleet_departures(flow, kinds, 2) == []
