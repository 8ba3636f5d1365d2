"""Use of pumps: G12, G37, regions, classes, balance."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.duty import (
    EFFICIENT,
    Economy,
    balance,
    duty,
    economy,
    flow_by_power,
    shared_flow,
    starts_an_hour,
    suction_margin,
)
from analytics.hydraulics import PumpCurve

G09 = PumpCurve.of(72.0, 0.008, 0.05, 0.0009, 7.5)


def test_flow_of_each_pump_of_g12() -> None:
    found = shared_flow(G09, [0.92, 0.92], 54.0, 57.0)
    assert found.by_head == pytest.approx([29.4551, 29.4551], rel=1e-5)
    assert found.closure == pytest.approx(0.967576, rel=1e-5)
    assert found.reconciled == pytest.approx([28.5, 28.5])
    assert found.sensitivity == pytest.approx(-4.24375, rel=1e-5)
    assert found.closes


def test_power_finds_the_flow_that_made_it() -> None:
    flow = np.array([15.0, 22.0])
    power = G09.electric_power(flow, [0.9, 0.95])
    assert flow_by_power(G09, [0.9, 0.95], power) == pytest.approx(flow, rel=0.01)
    assert np.isnan(flow_by_power(G09, [0.9], [99.0])).all()


def test_unequal_speeds_are_reconciled_with_the_total() -> None:
    speed, lift = np.array([0.92, 0.95]), 52.0
    true = G09.flow(lift, speed)
    power = G09.electric_power(true, speed)
    found = shared_flow(G09, speed, lift + 0.3, float(true.sum()), power)
    assert found.reconciled.sum() == pytest.approx(true.sum(), rel=0.01)
    assert found.reconciled == pytest.approx(true, rel=0.03)


def test_suction_head_of_g37() -> None:
    assert float(suction_margin(0.05, 3.0)) == pytest.approx(15.1897 - 3.0, rel=1e-5)


def test_shares_of_time_and_volume() -> None:
    flow = np.array([[10.0, 20.0, 30.0], [np.nan, np.nan, np.nan]])
    time = np.array([[10.0, 60.0, 30.0], [0.0, 0.0, 0.0]])
    found = duty(time, flow, np.ones((2, 3)), [20.0, 20.0])
    assert found.preferred[0] == pytest.approx(0.6)
    assert found.preferred_volume[0] == pytest.approx(60 * 20 / (100 + 1200 + 900))
    assert found.allowed[0] == pytest.approx(0.6 + 0.1 / 2)
    assert found.ratio[0] == pytest.approx(1.0)
    assert found.relative[0] == pytest.approx((10 * 0.75 + 60 + 30 * 0.75) / 100)
    assert np.isnan(found.preferred[1])
    assert pytest.approx((0.683772, 1.316228), rel=1e-5) == EFFICIENT


def test_classes_of_economy() -> None:
    told = [economy(v) for v in (0.9, 0.85, 0.75, 0.5, float("nan"))]
    assert told == [
        Economy.ECONOMIC, Economy.ECONOMIC, Economy.REASONABLE, Economy.UNECONOMIC, Economy.UNKNOWN,
    ]  # fmt: skip


def test_balance_and_cycling() -> None:
    assert balance([100.0, 100.0, 130.0]) == pytest.approx(30.0 / 110.0)
    assert balance([5.0]) is None
    assert starts_an_hour([30.0, 1.0], [7200.0, 60.0])[0] == 15.0
    assert np.isnan(starts_an_hour([1.0], [60.0])).all()
