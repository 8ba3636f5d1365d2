"""Pump sets at a step of one second: curves, PI control, staging, rotation, sleep.

The pressure is solved algebraically (pump flow = demand + leak) and then lagged by 2 s;
integrating the stiff pipe explicitly would hunt by itself (docs/methods.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.hydraulics import (
    METRES_PER_MPA,
    drive_efficiency,
    hydraulic_power,
    motor_efficiency,
)
from simulator.drives import Drives
from simulator.ledger import Troubles
from simulator.parameters import SMALL_FLOW, VESSEL_SPAN, Parameters
from simulator.types import Bools, Floats, Ints

SLOWEST = 0.60
RAMP = 0.02
"""Change of the speed ratio a second, at most."""
GAIN, INTEGRAL = 0.40, 0.20
"""Of the PI control, per MPa, for a pump of REFERENCE_HEAD; steeper pumps get less."""
REFERENCE_HEAD = 72.0
LAG = 2.0
ADD_AFTER, DROP_AFTER, SLEEP_AFTER = 15.0, 120.0, 180.0
URGENT = 0.03
"""MPa off the set point at which drives ramp, and pumps are added, three times as fast."""
NOISE_TIME = 120.0
"""s over which the fast noise of the demand forgets itself."""
NEAR, BISECTIONS = 0.05, 7
"""MPa around the last pressure where the next one is looked for first, and halvings of that."""
RUNOUT_EFFICIENCY = 0.06
"""Far beyond its best flow a pump gets no worse than this, where E3.4 would cross zero."""
SHUTOFF = 0.9 / 5.5
"""Shaft power of a pump that only spins, over its rated power, at full speed."""


@dataclass
class SetState:
    """What a set remembers from second to second; arrays [s] or [s, p]."""

    pressure: Floats
    """True discharge pressure, MPa."""
    integral: Floats
    speed: Floats
    """[s, p] speed ratio, 0 = stopped."""
    wanted: Ints
    """Pumps that the staging asks for."""
    asleep: Bools
    waking: Bools
    """Pumps run up, but the diaphragm tank still carries the zone."""
    noise: Floats
    add_clock: Floats
    drop_clock: Floats
    sleep_clock: Floats
    flow: Floats
    """Outlet flow, m³/h."""
    pump_flow: Floats
    """[s, p]"""
    power: Floats
    """[s, p] electric power, kW."""
    reference: Floats
    """Speed ratio that the control asks for."""


def at_rest(shape: Parameters, running: Ints | None = None) -> SetState:
    """Sets at their set point with the speed of a moderate flow; `running` pumps each, or one."""
    sets, width = shape.exists.shape
    wanted = np.ones(sets, np.int64) if running is None else np.maximum(running, 1)
    head = np.maximum(shape.setpoint * METRES_PER_MPA, 1.0)
    speed = np.clip(shape.curve.speed(shape.curve.best_flow * 0.6, head), SLOWEST, 1.0)
    zero = np.zeros(sets)
    return SetState(
        pressure=shape.setpoint.copy(),
        integral=speed.copy(),
        speed=np.zeros((sets, width)),
        wanted=wanted,
        asleep=np.zeros(sets, bool),
        waking=np.zeros(sets, bool),
        noise=zero.copy(),
        add_clock=zero.copy(),
        drop_clock=zero.copy(),
        sleep_clock=zero.copy(),
        flow=zero.copy(),
        pump_flow=np.zeros((sets, width)),
        power=np.zeros((sets, width)),
        reference=speed.copy(),
    )


class PumpSets:
    """The sets of a group of stations."""

    def __init__(self, shape: Parameters, troubles: Troubles, state: SetState) -> None:
        self.shape, self.state = shape, state
        scale = REFERENCE_HEAD / shape.curve.shutoff_head
        self._gain, self._integral = GAIN * scale, INTEGRAL * scale
        self._bends = bool((shape.leak_exponent != 1.0).any())
        self._place = np.arange(shape.exists.shape[1])
        self.use(troubles)

    def use(self, troubles: Troubles) -> None:
        """Take the slow troubles of a new day."""
        self.troubles = troubles
        curve = self.shape.curve
        self._shutoff = curve.shutoff_head[:, None] * troubles.head
        self._loss = (curve.c * (1.0 + troubles.strainer))[:, None]
        self._leak = self.shape.leak + troubles.leak

    def step(self, dt: float, drives: Drives, chance: Floats) -> None:
        """One step of `dt` s (about one second); `chance`: standard normal draws [s]."""
        state = self.state
        base = drives.demand * self._restless(dt, chance)
        on = self._chosen(drives)
        self._drive(dt, on, drives)
        target = self._solve(base, drives)
        given = state.flow + self._back(state.pressure, drives)
        room = self.shape.vessel if drives.vessel is None else self.shape.vessel * drives.vessel
        vessel = state.pressure - given * dt / 3600.0 / room * VESSEL_SPAN
        state.waking &= target < vessel
        lagged = state.pressure + (target - state.pressure) * (1.0 - np.exp(-dt / LAG))
        held = state.asleep | state.waking
        state.pressure = np.maximum(np.where(held, vessel, lagged), 0.0)
        leaks = self._leaks(state.pressure, drives)
        state.flow = base * self._share(state.pressure) + leaks
        runs = state.speed > 0.0
        power = pump_power(
            self.shape, self.troubles, state.pump_flow, np.where(runs, state.speed, 1.0)
        )
        state.power = np.where(runs, power, 0.0)
        self._stage(dt, drives)
        self._rest(dt, drives)

    def _restless(self, dt: float, chance: Floats) -> Floats:
        """The fast noise of the demand: an Ornstein-Uhlenbeck walk, its exponential of mean 1."""
        keep = np.exp(-dt / NOISE_TIME)
        unrest = self.shape.unrest
        self.state.noise = self.state.noise * keep + unrest * np.sqrt(1.0 - keep**2) * chance
        return np.asarray(np.exp(self.state.noise - 0.5 * unrest**2))

    def _chosen(self, drives: Drives) -> Bools:
        """[s, p] pumps that should run: the first able ones from the lead pump on."""
        shape = self.shape
        turn = np.mod(self._place - drives.lead[:, None], shape.pumps[:, None])
        able = drives.able & shape.exists
        rank = turn + np.where(able, 0, 100)
        place = (rank[:, :, None] > rank[:, None, :]).sum(axis=2)
        count = np.where(self.state.asleep, 0, self.state.wanted)
        return np.asarray(able & (place < count[:, None]))

    def _drive(self, dt: float, on: Bools, drives: Drives) -> None:
        """PI control of the common speed reference; each pump follows it by its ramp."""
        state = self.state
        error = drives.setpoint - self._read(drives)
        active = on.any(axis=1)
        gain = self._integral if drives.eager is None else self._integral * drives.eager
        moved = np.clip(state.integral + gain * error * dt, SLOWEST, 1.0)
        state.integral = np.where(active, moved, state.integral)
        state.reference = np.clip(state.integral + self._gain * error, SLOWEST, 1.0)
        goal = np.where(on, state.reference[:, None], 0.0)
        runs = state.speed > 0.0
        ramp = dt * RAMP * np.where(np.abs(error) > URGENT, 3.0, 1.0)[:, None]
        step = np.clip(goal - state.speed, -ramp, ramp)
        lift = np.maximum(state.pressure - drives.suction, 0.0)[:, None] * METRES_PER_MPA
        begin = np.maximum(np.sqrt(lift / self._shutoff), SLOWEST)
        speed = np.where(runs, state.speed + step, np.where(on, begin, 0.0))
        coasting = ~on & (speed < SLOWEST)
        state.speed = np.where(coasting | ~(drives.able & self.shape.exists), 0.0, speed)

    def _share(self, pressure: Floats) -> Floats:
        """Demand served at this pressure, over the demand at full pressure."""
        ratio = np.minimum(np.maximum(pressure / self.shape.setpoint, 0.0), 1.2)
        return np.asarray(np.sqrt(ratio))

    def leak(self, burst: Floats) -> Floats:
        """[s] m³/h lost now; `burst` m³/h more at the set point."""
        ratio = np.maximum(self.state.pressure, 0.0) / self.shape.setpoint
        return (self._leak + burst) * ratio**self.shape.leak_exponent

    def _leaks(self, pressure: Floats, drives: Drives) -> Floats:
        """m³/h lost at this pressure (E4.2)."""
        ratio = np.maximum(pressure, 0.0) / self.shape.setpoint
        if self._bends:
            ratio = ratio**self.shape.leak_exponent
        return (self._leak + drives.burst) * ratio

    def _back(self, pressure: Floats, drives: Drives) -> Floats | float:
        """m³/h that the pumps give and no home gets: check valves that don't close."""
        return 0.0 if drives.back is None else drives.back * self._share(pressure)

    def _solve(self, base: Floats, drives: Drives) -> Floats:
        """[s] pressure at which the pumps deliver what demand and leaks take: bisection, first
        near the pressure of a second ago, the last bit by a straight line."""
        state = self.state
        push = (state.speed**2 * self._shutoff) / self._loss
        per_mpa = METRES_PER_MPA / self._loss

        def spare(pressure: Floats) -> Floats:
            """m³/h that the pumps give beyond what is taken at this pressure."""
            lift = (pressure - drives.suction)[:, None] * per_mpa
            given: Floats = np.sqrt(np.maximum(push - lift, 0.0)).sum(axis=1)
            wanted = base * self._share(pressure) + self._leaks(pressure, drives)
            return given - wanted - self._back(pressure, drives)

        least = np.where(drives.bypass, np.maximum(drives.suction, 0.0), 0.0)
        most = np.maximum(least, drives.suction + (push / per_mpa).max(axis=1))
        low = np.clip(state.pressure - NEAR, least, most)
        high = np.clip(state.pressure + NEAR, least, most)
        at_low, at_high = spare(low), spare(high)
        low = np.where(at_low > 0.0, low, least)
        high = np.where(at_high > 0.0, most, high)
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            found = spare(middle)
            more = found > 0.0
            low, at_low = np.where(more, middle, low), np.where(more, found, at_low)
            high, at_high = np.where(more, high, middle), np.where(more, at_high, found)
        line = np.clip(at_low / np.maximum(at_low - at_high, 1e-9), 0.0, 1.0)
        pressure = low + (high - low) * np.where((at_low > 0.0) & (at_high <= 0.0), line, 0.5)
        lift = (pressure - drives.suction)[:, None] * per_mpa
        state.pump_flow = np.sqrt(np.maximum(push - lift, 0.0))
        return pressure

    def _stage(self, dt: float, drives: Drives) -> None:
        """Add a pump after 15 s near full speed, drop one after 120 s of low flow."""
        state, shape = self.state, self.shape
        best = shape.curve.best_flow
        free = (drives.able & shape.exists).sum(axis=1)
        fast = (state.reference > self.troubles.add_speed) & ~state.asleep
        urgent = self._read(drives) < drives.setpoint - URGENT
        pace = dt * np.where(urgent, 3.0, 1.0)
        state.add_clock = np.where(fast & (state.wanted < free), state.add_clock + pace, 0.0)
        each = state.flow / np.maximum(state.wanted, 1) / np.maximum(state.reference, SLOWEST)
        low = (each < self.troubles.drop_share * best) & (state.wanted > 1)
        state.drop_clock = np.where(low, state.drop_clock + dt, 0.0)
        more, less = state.add_clock > ADD_AFTER, state.drop_clock > DROP_AFTER
        state.wanted = np.clip(state.wanted + more - (less & ~more), 1, shape.pumps)
        head = np.maximum(state.pressure - drives.suction, 0.0) * METRES_PER_MPA
        share = np.clip(shape.curve.speed(state.flow / state.wanted, head), SLOWEST, 1.0)
        state.integral = np.where(more | less, share, state.integral)
        state.add_clock[more] = 0.0
        state.drop_clock[more | less] = 0.0

    def _rest(self, dt: float, drives: Drives) -> None:
        """Fall asleep after 180 s of almost no flow, wake when the pressure has sagged."""
        state = self.state
        still = (state.flow < SMALL_FLOW * self.shape.curve.best_flow) & (state.wanted == 1)
        state.sleep_clock = np.where(still & ~state.asleep, state.sleep_clock + dt, 0.0)
        wake = state.asleep & (self._read(drives) < drives.setpoint - VESSEL_SPAN)
        state.waking |= wake
        state.asleep = (state.asleep & ~wake) | (state.sleep_clock > SLEEP_AFTER)

    def _read(self, drives: Drives) -> Floats:
        """[s] what the discharge gauge tells the control, MPa."""
        return np.where(np.isnan(drives.stuck), self.state.pressure + drives.bias, drives.stuck)


def pump_power(shape: Parameters, troubles: Troubles, flow: Floats, speed: Floats) -> Floats:
    """[s, p, ...] electric power of running pumps, kW, with their wear."""
    axes = tuple(range(1, flow.ndim))
    curve = shape.curve.widened(axes)
    later = tuple(range(2, flow.ndim))
    efficiency = np.maximum(curve.efficiency(flow, speed), RUNOUT_EFFICIENCY)
    efficiency = efficiency * np.expand_dims(troubles.efficiency, later)
    worn = np.expand_dims(1.0 - troubles.head, later) * curve.shutoff_head * speed**2
    hydraulic = hydraulic_power(flow, curve.head(flow, speed) - worn)
    shaft = np.maximum(hydraulic / efficiency, SHUTOFF * curve.rated_power * speed**3)
    return shaft / (motor_efficiency(shaft / curve.rated_power) * drive_efficiency(speed))
