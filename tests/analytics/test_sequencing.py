"""Best number of pumps: worked examples G10, G11 with switch points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.hydraulics import PumpCurve, parallel_flow
from analytics.sequencing import (
    best,
    best_power,
    options,
    rule_of_thumb,
    set_power,
    switch_flow,
    unequal,
)

G09 = PumpCurve.of(72.0, 0.008, 0.05, 0.0009, 7.5)
STATIC, K = 46.0, 0.0022


def head(flow: float) -> float:
    return STATIC + K * flow * flow


@pytest.mark.parametrize(
    ("flow", "powers", "hertz"),
    [
        (12.0, [3.49084, 6.2217, 9.18748], [40.5983, 40.2271, 40.158]),
        (30.0, [6.95099, 7.82979, 10.3849], [43.7718, 41.5749, 41.1552]),
    ],
)
def test_ways_of_g11(flow: float, powers: list[float], hertz: list[float]) -> None:
    found = options(G09, 3, flow, head(flow))
    assert [o.power for o in found] == pytest.approx(powers, rel=1e-5)
    assert [o.hertz for o in found] == pytest.approx(hertz, rel=1e-5)
    chosen = best(found)
    assert chosen is not None
    assert chosen.pumps == 1


def test_two_pumps_are_best_at_45_and_one_is_overloaded() -> None:
    found = options(G09, 3, 45.0, head(45.0))
    assert found[0].trouble == "overload"
    assert found[0].shaft == pytest.approx(16.8346, rel=1e-5)
    assert [o.power for o in found[1:]] == pytest.approx([10.5013, 12.3877], rel=1e-5)
    chosen = best(found)
    assert chosen is not None
    assert chosen.pumps == 2


def test_one_pump_doesnt_reach_60() -> None:
    found = options(G09, 3, 60.0, head(60.0))
    assert found[0].trouble == "speed"
    assert [o.power for o in found[1:]] == pytest.approx([15.1233, 15.451], rel=1e-5)


def test_switch_points_of_g11() -> None:
    assert switch_flow(G09, 1, STATIC, K) == pytest.approx(33.1856, rel=1e-4)
    assert switch_flow(G09, 2, STATIC, K) == pytest.approx(62.0728, rel=1e-4)
    assert [rule_of_thumb(n) for n in (1, 2)] == pytest.approx([4 / 3, 1.2])


def test_arrays_agree_with_the_single_way() -> None:
    flows = np.array([12.0, 30.0, 45.0, 60.0])
    power, number = best_power(G09, 3, flows, STATIC + K * flows**2, 3)
    assert number.tolist() == [1.0, 1.0, 2.0, 2.0]
    assert power == pytest.approx([3.49084, 6.95099, 10.5013, 15.1233], rel=1e-5)
    assert not set_power(G09, 1, 60.0, head(60.0))[1]


def test_unlike_pumps_meet_at_one_head_and_a_slow_one_gives_nothing() -> None:
    even = unequal([72.0, 72.0], [0.008, 0.008], [0.9, 0.9], STATIC, K)
    assert float(even[1].sum()) == pytest.approx(
        float(parallel_flow(G09, 2, 0.9, STATIC, K)), rel=1e-6
    )
    lift, each = unequal([72.0, 72.0], [0.008, 0.008], [0.9, 0.7], STATIC, K)
    assert each[1] == 0.0
    assert lift == pytest.approx(head(float(each[0])), rel=1e-6)


@given(st.floats(0.8, 1.0), st.floats(0.8, 1.0), st.floats(30.0, 44.0))
def test_every_pump_lies_on_its_curve(one: float, two: float, static: float) -> None:
    lift, each = unequal([72.0, 66.0], [0.008, 0.010], [one, two], static, K)
    for s, h0, c, q in zip((one, two), (72.0, 66.0), (0.008, 0.010), each, strict=True):
        if q > 0:
            assert s**2 * h0 - c * q**2 == pytest.approx(lift, abs=1e-6)
        else:
            assert s**2 * h0 <= lift + 1e-9
