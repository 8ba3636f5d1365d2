"""Pumps chosen for a zone from the homes it serves, as a designer would."""

from __future__ import annotations

import math

from analytics.hydraulics import METRES_PER_MPA, PumpCurve, expected_best_efficiency
from data.stations import SetRow

LITRES_A_DAY = 150.0
"""Use of a person."""
PERSONS = 3.0
OCCUPANCY = 0.93
PEAK = 2.7
"""Design flow over mean flow: the evening peak of a weekend with some chance on top."""
TAP_HEAD = 10.0
"""m of pressure wanted at the highest tap."""
FRICTION_HEAD = 4.0
SPEED_RESERVE = 0.757
"""Needed head over rated head: one pump then carries 1.35 times its best flow at 49 Hz."""
MOTORS = (
    0.75, 1.1, 1.5, 2.2, 3.0, 4.0, 5.5, 7.5, 11.0, 15.0, 18.5, 22.0, 30.0, 37.0, 45.0, 55.0, 75.0,
    90.0, 110.0, 132.0, 160.0, 200.0,
)  # fmt: skip
AMPERES_A_KW = 1000.0 / (math.sqrt(3.0) * 380.0 * 0.85 * 0.90)


def mean_flow(households: float) -> float:
    """Mean demand of so many homes, m³/h."""
    return households * OCCUPANCY * PERSONS * LITRES_A_DAY / 1000.0 / 24.0


def pump_set(
    zone: str,
    pumps: int,
    floors: tuple[int | None, int | None],
    households: int,
    static_head: float,
    suction_head: float,
) -> SetRow:
    """A zone's set with one pump more than the design flow needs.

    `suction_head`: m at the suction flange on a bad day (tank low, mains low).
    """
    setpoint = math.ceil((static_head + TAP_HEAD + FRICTION_HEAD) / METRES_PER_MPA * 100) / 100
    flow = round(max(3.0, mean_flow(households) * PEAK / max(1, pumps - 1)), 1)
    need = max(6.0, setpoint * METRES_PER_MPA - suction_head)
    head = round(need / SPEED_RESERVE, 1)
    power = motor(flow, head)
    return SetRow(
        zone=zone,
        pumps=pumps,
        floor_from=floors[0],
        floor_to=floors[1],
        households=households,
        static_head=round(static_head, 1),
        setpoint=setpoint,
        rated_flow=flow,
        rated_head=head,
        rated_power=power,
        rated_current=round(power * AMPERES_A_KW, 1),
    )


def motor(flow: float, head: float) -> float:
    """The smallest standard motor, kW, that no point of the pump's curve overloads."""
    curve = PumpCurve.nameplate(flow, head, 1.0, expected_best_efficiency(flow))
    shaft = 1.03 * float(curve.shaft_power(1.4 * flow))
    return next((size for size in MOTORS if size >= shaft), MOTORS[-1])
