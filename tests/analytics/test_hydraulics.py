"""Hydraulics: worked examples with their figures, and the laws that must hold for any pump."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.hydraulics import (
    PumpCurve,
    drive_efficiency,
    expected_best_efficiency,
    head_factor,
    hydraulic_power,
    lowest_useful_frequency,
    motor_efficiency,
    parallel_flow,
    suction_head_available,
    three_phase_power,
    total_head,
    velocity,
)

G08 = PumpCurve.of(72.017, 0.0150574, 0.0488012, 0.000838024, 7.5)
G09 = PumpCurve.of(72.0, 0.008, 0.05, 0.0009, 7.5)


def test_head_and_hydraulic_power_of_g01() -> None:
    head = total_head(0.1, 0.62, 0.5, velocity(36.0, 0.15), velocity(36.0, 0.1))
    assert head == pytest.approx(53.5916, rel=1e-5)
    assert total_head(0.1, 0.62, 0.5) == pytest.approx(53.5252, rel=1e-5)
    power = hydraulic_power(36.0, head)
    assert power == pytest.approx(5.25554, rel=1e-5)
    assert power / 8.2 == pytest.approx(0.640919, rel=1e-5)


def test_best_point_and_efficient_zone_of_g08() -> None:
    assert G08.best_flow == pytest.approx(29.1169, rel=1e-5)
    assert G08.best_efficiency == pytest.approx(0.710469, rel=1e-5)
    assert G08.efficient_zone() == pytest.approx((19.9093, 38.3244), rel=1e-5)
    assert G08.head(G08.best_flow) == pytest.approx(59.2515, rel=1e-4)


def test_affinity_and_the_correction_of_g09() -> None:
    assert G09.best_flow == pytest.approx(27.7778, rel=1e-5)
    assert G09.best_efficiency == pytest.approx(0.694444, rel=1e-5)
    assert G09.head(24.0) == pytest.approx(67.392, rel=1e-5)
    assert G09.efficiency(24.0) == pytest.approx(0.6816, rel=1e-5)
    assert G09.shaft_power(24.0) == pytest.approx(6.4641, rel=1e-5)
    assert G09.head(19.2, 0.8) == pytest.approx(43.1309, rel=1e-5)
    assert G09.efficiency(19.2, 0.8, corrected=False) == pytest.approx(0.6816, rel=1e-5)
    assert G09.efficiency(19.2, 0.8) == pytest.approx(0.674415, rel=1e-5)
    assert G09.shaft_power(19.2, 0.8) == pytest.approx(3.34488, rel=1e-5)


def test_parallel_pumps_on_the_system_curve_of_g10() -> None:
    flows = parallel_flow(G09, [1, 2, 3, 2], [1.0, 1.0, 1.0, 0.9], 46.0, 0.0022)
    assert flows == pytest.approx([50.4878, 78.6796, 91.7457, 54.1603], rel=1e-5)
    assert 46.0 + 0.0022 * flows[3] ** 2 == pytest.approx(52.4533, rel=1e-5)
    assert lowest_useful_frequency(G09, 46.0) == pytest.approx(39.9653, rel=1e-5)
    assert parallel_flow(G09, 2, 0.79, 46.0, 0.0022) == 0.0


@pytest.mark.parametrize(
    ("total", "head", "pumps", "hz", "efficiency", "shaft", "motor", "drive", "electric"),
    [
        (12, 46.3168, 1, 40.5983, 0.532739, 2.84199, 0.847522, 0.960598, 3.49084),
        (12, 46.3168, 3, 40.1580, 0.209555, 2.40835, 0.819032, 0.960158, 9.18748),
        (30, 47.98, 1, 43.7718, 0.651927, 6.01452, 0.897801, 0.963772, 6.95099),
        (30, 47.98, 2, 41.5749, 0.601818, 3.25765, 0.865369, 0.961575, 7.82979),
        (45, 50.455, 2, 43.5033, 0.686806, 4.50268, 0.890029, 0.963503, 10.5013),
        (60, 53.92, 3, 44.5346, 0.665086, 4.41693, 0.889136, 0.964535, 15.451),
    ],
)
def test_speed_and_losses_of_g11(
    total: float, head: float, pumps: int, hz: float, efficiency: float,
    shaft: float, motor: float, drive: float, electric: float,
) -> None:  # fmt: skip
    flow = total / pumps
    speed = G09.speed(flow, head)
    assert speed * 50 == pytest.approx(hz, rel=1e-5)
    assert G09.efficiency(flow, speed) == pytest.approx(efficiency, rel=1e-5)
    assert G09.shaft_power(flow, speed) == pytest.approx(shaft, rel=1e-5)
    assert motor_efficiency(shaft / 7.5) == pytest.approx(motor, rel=1e-5)
    assert drive_efficiency(speed) == pytest.approx(drive, rel=1e-5)
    assert pumps * G09.electric_power(flow, speed) == pytest.approx(electric, rel=1e-5)


def test_flow_from_the_head_of_g12() -> None:
    flows = G09.flow(54.0, [0.92, 0.92])
    assert flows == pytest.approx([29.4551, 29.4551], rel=1e-5)
    assert 57.0 / flows.sum() == pytest.approx(0.967576, rel=1e-5)
    more = G09.flow(54.001, [0.92, 0.92])
    assert (more - flows).sum() / 0.001 == pytest.approx(-4.24375, rel=1e-3)


def test_wear_of_g13() -> None:
    speeds = [0.86, 0.9, 0.93, 0.97, 1.0]
    heads = [47.7, 51.0, 52.9, 55.8, 58.2]
    assert head_factor(G09, [15.0, 20.0, 25.0, 30.0, 33.0], speeds, heads) == pytest.approx(
        0.929601, rel=1e-5
    )
    with pytest.raises(ValueError, match="no samples"):
        head_factor(G09, [], [], [])


def test_power_of_g34_and_suction_head_of_g37() -> None:
    assert three_phase_power(380, 14.2, 0.85) == pytest.approx(7.94422, rel=1e-5)
    assert suction_head_available(0.05) == pytest.approx(15.1897, rel=1e-5)


def test_reference_efficiency_falls_at_low_specific_speed_and_stays_in_its_bounds() -> None:
    assert expected_best_efficiency(20.0) == pytest.approx(0.42 + 0.105 * np.log(20.0))
    assert expected_best_efficiency(20.0, 40.0) == pytest.approx(0.38 + 0.105 * np.log(20.0))
    assert expected_best_efficiency([0.1, 1e6]) == pytest.approx([0.40, 0.80])


@given(
    flow=st.floats(2.0, 400.0),
    head=st.floats(10.0, 200.0),
    share=st.floats(0.05, 1.3),
    speed=st.floats(0.6, 1.0),
)
def test_nameplate_curve_passes_through_the_nameplate_and_inverts(
    flow: float, head: float, share: float, speed: float
) -> None:
    curve = PumpCurve.nameplate(flow, head, 5.5)
    assert curve.head(flow) == pytest.approx(head)
    assert curve.best_flow == pytest.approx(flow)
    q = share * flow * speed
    lift = curve.head(q, speed)
    assert curve.flow(lift, speed) == pytest.approx(q, rel=1e-6)
    assert curve.speed(q, lift) == pytest.approx(speed, rel=1e-9)
    assert curve.electric_power(q, speed) > hydraulic_power(q, lift)
