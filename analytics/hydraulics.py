"""Pumps and head: curves, affinity, losses of motor and drive, parallel pumps (docs/methods.md).

Units: flow m³/h, head m, pressure MPa, power kW, frequency Hz, efficiency and speed ratio as
fractions. Every function takes numbers or arrays and broadcasts; results are float64 arrays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

RHO = 1000.0
"""Density of water, kg/m³: one value for the whole platform, so that figures reconcile."""
G = 9.80665
METRES_PER_MPA = 1e6 / (RHO * G)
KW_PER_M_M3H = RHO * G / 3.6e6
"""kW of hydraulic power in 1 m³/h lifted by 1 m."""
RATED_HZ = 50.0
LOWEST_EFFICIENCY = 0.01


def _a(values: ArrayLike) -> Array:
    return np.asarray(values, np.float64)


def velocity(flow: ArrayLike, bore: ArrayLike) -> Array:
    """Mean velocity, m/s, in a pipe of bore `bore` m (E2.1)."""
    return 4.0 * (_a(flow) / 3600.0) / (np.pi * _a(bore) ** 2)


def total_head(
    p_in: ArrayLike,
    p_out: ArrayLike,
    rise: ArrayLike = 0.0,
    v_in: ArrayLike = 0.0,
    v_out: ArrayLike = 0.0,
) -> Array:
    """Total head of a set, m (E2.2). `rise` = elevation of the outlet gauge over the inlet's, m;
    velocities in m/s matter only where the bores differ."""
    lift = (_a(p_out) - _a(p_in)) * METRES_PER_MPA
    return lift + _a(rise) + (_a(v_out) ** 2 - _a(v_in) ** 2) / (2.0 * G)


def hydraulic_power(flow: ArrayLike, head: ArrayLike) -> Array:
    """Power in the water, kW (E2.3)."""
    return KW_PER_M_M3H * _a(flow) * _a(head)


def motor_efficiency(load: ArrayLike, rated: ArrayLike = 0.90) -> Array:
    """Efficiency of a small motor; `load` = shaft power over rated power (E3.8)."""
    return _a(rated) * (1.0 - _a(np.exp(-7.5 * _a(load))))


def drive_efficiency(speed: ArrayLike) -> Array:
    """Efficiency of a frequency drive at a speed ratio (E3.8)."""
    return 0.97 - 0.05 * (1.0 - _a(speed))


def three_phase_power(volts: ArrayLike, amperes: ArrayLike, power_factor: ArrayLike) -> Array:
    """Active power, kW, from line voltage and current."""
    return math.sqrt(3.0) * _a(volts) * _a(amperes) * _a(power_factor) / 1000.0


def suction_head_available(
    p_in: ArrayLike, p_vapour: ArrayLike = 0.00234, p_air: ArrayLike = 0.1013
) -> Array:
    """NPSHa, m, from the gauge pressure at the suction flange (E3.14)."""
    return (_a(p_in) + _a(p_air) - _a(p_vapour)) * METRES_PER_MPA


def expected_best_efficiency(best_flow: ArrayLike, specific_speed: ArrayLike = 100.0) -> Array:
    """What a vertical multistage pump should reach at its best point (E3.12)."""
    dear = 0.02 * np.maximum(0.0, (80.0 - _a(specific_speed)) / 20.0)
    return np.clip(0.42 + 0.105 * np.log(_a(best_flow)) - dear, 0.40, 0.80)


@dataclass(frozen=True)
class PumpCurve:
    """A pump at rated speed: H = H0 - c Q² (E3.1), efficiency = a1 Q - a2 Q² (E3.4).

    Fields are arrays of one shape, or numbers.
    """

    shutoff_head: Array
    c: Array
    a1: Array
    a2: Array
    rated_power: Array

    @classmethod
    def of(
        cls, shutoff_head: ArrayLike, c: ArrayLike, a1: ArrayLike, a2: ArrayLike, power: ArrayLike
    ) -> PumpCurve:
        """A curve from its four coefficients and the motor's rated power."""
        return cls(_a(shutoff_head), _a(c), _a(a1), _a(a2), _a(power))

    @classmethod
    def nameplate(
        cls, flow: ArrayLike, head: ArrayLike, power: ArrayLike, best: ArrayLike | None = None
    ) -> PumpCurve:
        """The curve assumed where only the nameplate is known (E3.5); `best` = efficiency at the
        rated flow, by default what E3.12 expects."""
        q, h = _a(flow), _a(head)
        peak = expected_best_efficiency(q) if best is None else _a(best)
        return cls(1.25 * h, 0.25 * h / q**2, 2.0 * peak / q, peak / q**2, _a(power))

    def widened(self, axes: tuple[int, ...]) -> PumpCurve:
        """The same curves with new axes of length 1 at these places, for broadcasting."""
        fields = (self.shutoff_head, self.c, self.a1, self.a2, self.rated_power)
        return PumpCurve(*(np.expand_dims(field, axes) for field in fields))

    @property
    def best_flow(self) -> Array:
        """Flow at the best efficiency point."""
        return self.a1 / (2.0 * self.a2)

    @property
    def best_efficiency(self) -> Array:
        return self.a1**2 / (4.0 * self.a2)

    def efficient_zone(self, share: float = 0.90) -> tuple[Array, Array]:
        """Flows between which the efficiency is at least `share` of the best."""
        reach = float(np.sqrt(1.0 - share))
        return self.best_flow * (1.0 - reach), self.best_flow * (1.0 + reach)

    def head(self, flow: ArrayLike, speed: ArrayLike = 1.0) -> Array:
        """Head at a speed ratio (E3.6)."""
        return _a(speed) ** 2 * self.shutoff_head - self.c * _a(flow) ** 2

    def flow(self, head: ArrayLike, speed: ArrayLike = 1.0) -> Array:
        """Flow against a head, 0 where the pump can't reach it (E3.9 of one pump)."""
        spare = _a(speed) ** 2 * self.shutoff_head - _a(head)
        return _a(np.sqrt(np.maximum(0.0, spare) / self.c))

    def speed(self, flow: ArrayLike, head: ArrayLike) -> Array:
        """Speed ratio that gives `flow` against `head` (E3.13)."""
        return _a(np.sqrt((_a(head) + self.c * _a(flow) ** 2) / self.shutoff_head))

    def efficiency(self, flow: ArrayLike, speed: ArrayLike = 1.0, corrected: bool = True) -> Array:
        """Pump efficiency at a speed ratio, by affinity (E3.6); with Sârbu and Borza's correction
        (E3.7), which also keeps it within 0.01 to 1."""
        at_full = _a(flow) / _a(speed)
        plain = (self.a1 - self.a2 * at_full) * at_full
        if not corrected:
            return plain
        return np.clip(1.0 - (1.0 - plain) * _a(speed) ** -0.1, LOWEST_EFFICIENCY, 1.0)

    def shaft_power(self, flow: ArrayLike, speed: ArrayLike = 1.0) -> Array:
        """Power at the shaft, kW, against the head of the curve itself."""
        return hydraulic_power(flow, self.head(flow, speed)) / self.efficiency(flow, speed)

    def electric_power(self, flow: ArrayLike, speed: ArrayLike = 1.0) -> Array:
        """Power at the drive's inlet, kW."""
        shaft = self.shaft_power(flow, speed)
        return shaft / (motor_efficiency(shaft / self.rated_power) * drive_efficiency(speed))


def parallel_flow(
    curve: PumpCurve, pumps: ArrayLike, speed: ArrayLike, static: ArrayLike, k: ArrayLike = 0.0
) -> Array:
    """Flow of identical pumps at one speed into H = static + k Q² (E3.9); 0 when too slow."""
    spare = _a(speed) ** 2 * curve.shutoff_head - _a(static)
    return _a(np.sqrt(np.maximum(0.0, spare) / (_a(k) + curve.c / _a(pumps) ** 2)))


def lowest_useful_frequency(curve: PumpCurve, static: ArrayLike) -> Array:
    """Frequency below which the pump only spins, Hz (E3.10)."""
    return RATED_HZ * _a(np.sqrt(_a(static) / curve.shutoff_head))


def head_factor(curve: PumpCurve, flow: ArrayLike, speed: ArrayLike, head: ArrayLike) -> float:
    """k_H: observed over nominal shut-off head, least squares; 1 - k_H is the wear (E3.11).

    Raises ValueError without a sample.
    """
    nominal = _a(speed) ** 2 * curve.shutoff_head
    if not nominal.size:
        raise ValueError("no samples")
    observed = _a(head) + curve.c * _a(flow) ** 2
    return float(np.sum(observed * nominal) / np.sum(nominal * nominal))
