"""Reconstruction of a demand and its norm: golden G30."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.demand import Source, per_person, reconstruct, sizing, tank_balance
from analytics.results import Quality, Reason


def test_golden_g30() -> None:
    told = sizing(620)
    assert told.mean_day == pytest.approx(260.4)
    assert told.greatest_day == pytest.approx(338.52)
    assert told.mean_hour == pytest.approx(10.85)
    assert told.greatest_hour == pytest.approx(35.2625)
    assert told.storage == pytest.approx((50.778, 67.704))
    assert told.residence == pytest.approx(6.24)


def test_the_tanks_balance_finds_the_outflow_through_the_steps_of_the_level() -> None:
    """20 m², level in centimetres, each minute: Q_in 12, Q_out 8 m³/h, with an outlier."""
    minutes = np.arange(180)
    level = np.round(2.0 + (12.0 - 8.0) / 20.0 * minutes / 60.0, 2)
    level[90] += 0.4
    flow = tank_balance(minutes * 60_000, level, np.full(180, 12.0), 20.0)
    assert np.median(flow[10:-10]) == pytest.approx(8.0, abs=0.3)
    assert np.nanmax(np.abs(flow[10:-10] - 8.0)) < 4.0


def test_samples_while_the_valve_moves_and_impossible_negatives_are_unknown() -> None:
    minutes = np.arange(60)
    moving = minutes < 30
    level = 2.0 + 1.0 * minutes / 60.0
    flow = tank_balance(minutes * 60_000, level, np.full(60, 5.0), 20.0, moving)
    assert np.isnan(flow).all()


def test_the_best_route_is_taken() -> None:
    meter, tank = np.full(10, 5.0), np.full(10, 6.0)
    assert reconstruct(meter, tank).source is Source.METER
    holes = np.where(np.arange(10) < 5, np.nan, 5.0)
    told = reconstruct(holes, tank)
    assert (told.source, told.reasons) == (Source.TANK, (Reason.METER_NOT_INSTALLED,))
    index = reconstruct(None, None, np.full((2, 10), 50.0))
    assert index.source is Source.FREQUENCY
    assert Reason.EXTRAPOLATED in index.reasons
    assert index.flow == pytest.approx(np.full(10, 2.0))
    assert reconstruct(None).source is Source.NONE


def test_an_unknown_frequency_is_not_a_standing_pump() -> None:
    told = reconstruct(None, None, np.array([[50.0, np.nan, 25.0], [np.nan, np.nan, 0.0]]))
    assert told.flow[0] == pytest.approx(1.0)
    assert np.isnan(told.flow[1])


def test_litres_a_person() -> None:
    told = per_person(260.4 * 30, 30, 620)
    assert told.value == pytest.approx(150.0)
    assert told.quality is Quality.ESTIMATED
    assert per_person(None, 30, 620).value is None
