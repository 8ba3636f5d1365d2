"""Pump sets in steady steps of a minute to an hour: the mean of what `pump_sets` does second by
second, all steps of a day at once.

The same curves, wear, set points, thresholds and power as there. Arrays [s, m]: sets and steps.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from analytics.hydraulics import METRES_PER_MPA, PumpCurve
from simulator.ledger import Troubles
from simulator.parameters import SMALL_FLOW, VESSEL_SPAN, Parameters
from simulator.pump_sets import LAG, NOISE_TIME, SLEEP_AFTER, SLOWEST, pump_power
from simulator.types import Bools, Floats, Ints

ADD_UNREST, DROP_UNREST = 1.0, 0.3
"""Standard deviations of the noise within a step that stage a pump in, and keep one from being
dropped: fitted to a day of `pump_sets` (energy of 61 stations within 2 %)."""
PATIENCE = 120.0
"""s of low flow on the mean of steps after which a pump is dropped, as in `pump_sets`."""
BISECTIONS = 20


def kept_noise(step: float) -> float:
    """Standard deviation of the mean over `step` s of the demand's fast noise, over its own."""
    ratio = step / NOISE_TIME
    return float(np.sqrt(2.0 / ratio * (1.0 - (1.0 - np.exp(-ratio)) / ratio)))


@dataclass(frozen=True)
class Steady:
    """Sets in steady steps; arrays [s, m]."""

    flow: Floats
    """Outlet flow, m³/h."""
    pressure: Floats
    """True discharge pressure, MPa."""
    suction: Floats
    running: Ints
    """Pumps that run while the set is awake."""
    awake: Floats
    """Share of the time that the set isn't asleep."""
    cycles: Floats
    """Times an hour that the set wakes."""
    speed: Floats
    """Speed ratio of the running pumps."""
    lead: Ints
    power: Floats
    """Electric power of a running pump, kW."""
    first_power: Floats
    """The same of the first pump, which may be worn."""

    def on(self, shape: Parameters) -> Bools:
        """[s, p, m] which pumps run while the set is awake."""
        place = np.arange(shape.exists.shape[1])[:, None]
        turn = np.mod(place - self.lead[:, None, :], shape.pumps[:, None, None])
        return np.asarray((turn < self.running[:, None, :]) & shape.exists[:, :, None])

    def first_on(self, shape: Parameters) -> Bools:
        """[s, m] whether the first pump is among the running ones."""
        return np.asarray(np.mod(-self.lead, shape.pumps[:, None]) < self.running)

    def total_power(self, shape: Parameters) -> Floats:
        """[s, m] electric power of all pumps, kW, on the mean of the step."""
        first = self.first_on(shape)
        return self.awake * ((self.running - first) * self.power + first * self.first_power)


class SteadySets:
    """The sets of some stations on one day."""

    def __init__(self, shape: Parameters, troubles: Troubles, step: float) -> None:
        self.shape, self.troubles = shape, troubles
        self._hidden = float(np.sqrt(1.0 - kept_noise(step) ** 2)) * shape.unrest[:, None]
        self._patience = max(1, round(PATIENCE / step))
        self._loss = (shape.curve.c * (1.0 + troubles.strainer))[:, None]
        self._shutoff = shape.curve.shutoff_head[:, None]
        self._goal = (shape.setpoint + troubles.setpoint - troubles.bias)[:, None]
        self._leak = (shape.leak + troubles.leak)[:, None]
        self._sick = np.flatnonzero(((troubles.head < 1.0) | (troubles.efficiency < 1.0)).any(1))

    def controlled_flow(self, base: Floats) -> Floats:
        """Flow when the set point is held; `base`: m³/h of the homes at full pressure."""
        return self.taken(base, np.broadcast_to(self._goal, base.shape), slice(None))

    def solve(self, base: Floats, suction: Floats, lead: Ints, bypass: Bools) -> Steady:
        """What the sets do. lead: [s, m] pump that runs first; bypass: [s] the mains flow past
        stopped pumps."""
        goal = np.broadcast_to(self._goal, base.shape)
        flow = self.taken(base, goal, slice(None))
        lift = (goal - suction) * METRES_PER_MPA
        running = self._stage(flow, lift)
        first = np.mod(-lead, self.shape.pumps[:, None]) < running
        each = flow / running
        square = (lift + self._loss * each**2) / self._shutoff
        square[self._sick] = self._uneven(flow, lift, running, first)
        speed = np.sqrt(np.clip(square, SLOWEST**2, 1.0))
        pressure = goal.copy()
        off = (square < SLOWEST**2) | (square > 1.0)
        if off.any():
            rows = np.nonzero(off)[0]
            found = self._free(base[off], suction[off], running[off], first[off], speed[off], rows)
            floor = np.where(bypass[rows], np.maximum(suction[off], 0.0), 0.0)
            pressure[off] = np.maximum(found, floor)
            found = self.taken(base[off][:, None], pressure[off][:, None], rows)[:, 0]
            # a tank's day is planned with the flow at the set point; it is hardly ever short
            flow[off] = np.where(bypass[rows], found, flow[off])
        awake, cycles, sag = self._sleep(flow, running)
        power, first_power = self._power(speed, pressure - suction)
        return Steady(
            flow=flow, pressure=pressure - sag, suction=suction, running=running, awake=awake,
            cycles=cycles, speed=speed, lead=lead, power=power, first_power=first_power,
        )  # fmt: skip

    def taken(self, base: Floats, pressure: Floats, rows: Ints | slice = slice(None)) -> Floats:
        """m³/h that homes and leaks take at this pressure."""
        ratio = np.maximum(pressure, 0.0) / self.shape.setpoint[rows, None]
        exponent = self.shape.leak_exponent[rows, None]
        lost = ratio if (exponent == 1.0).all() else ratio**exponent
        return np.asarray(base * np.sqrt(np.minimum(ratio, 1.2)) + self._leak[rows] * lost)

    def _stage(self, flow: Floats, lift: Floats) -> Ints:
        """Pumps wanted: the fewest that do it, more only as far as none is dropped."""
        shape, troubles = self.shape, self.troubles
        spare = troubles.add_speed[:, None] ** 2 * self._shutoff - lift
        most = np.sqrt(np.maximum(spare, 1e-6) / self._loss)
        least = np.clip(
            np.ceil(flow * (1.0 + ADD_UNREST * self._hidden) / most), 1, shape.pumps[:, None]
        )
        share = (troubles.drop_share * shape.curve.best_flow)[:, None]
        low = share * np.sqrt(
            np.maximum(lift, 0.0) / np.maximum(self._shutoff - share**2 * self._loss, 1e-6)
        )
        kept = np.floor(flow * (1.0 + DROP_UNREST * self._hidden) / np.maximum(low, 1e-6))
        least, kept = np.ascontiguousarray(least.T), np.ascontiguousarray(kept.T)
        wanted, now = np.empty(least.shape, np.int64), least[0]
        low_for = np.zeros(len(now))
        for step in range(len(wanted)):
            low_for = np.where(kept[step] < now, low_for + 1.0, 0.0)
            drop = low_for >= self._patience
            wanted[step] = now = np.where(
                drop, np.maximum(least[step], kept[step]), np.maximum(least[step], now)
            )
        return np.ascontiguousarray(wanted.T)

    def _uneven(self, flow: Floats, lift: Floats, running: Ints, first: Bools) -> Floats:
        """Squared speed of the sick sets, whose first pump differs from the others."""
        sick = self._sick
        flow, lift, running, first = flow[sick], lift[sick], running[sick], first[sick]
        worn = self.troubles.head[sick, :1]
        low = lift / self._shutoff[sick]
        high = (lift + self._loss[sick] * flow**2) / (self._shutoff[sick] * worn)
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            enough = self._given(middle, lift, running, first, sick) > flow
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return np.asarray(0.5 * (low + high))

    def _given(
        self, square: Floats, lift: Floats, running: Ints, first: Bools, rows: Ints
    ) -> Floats:
        """Flow of the running pumps at a squared speed against a lift, m."""
        loss, push = self._loss[rows], square * self._shutoff[rows]
        worn = self.troubles.head[rows, :1]
        twin = np.sqrt(np.maximum(push - lift, 0.0) / loss)
        own = np.sqrt(np.maximum(push * worn - lift, 0.0) / loss)
        return np.asarray((running - first) * twin + first * own)

    def _free(
        self, base: Floats, suction: Floats, running: Ints, first: Bools, speed: Floats, rows: Ints
    ) -> Floats:
        """Pressure where the speed can't be controlled, in the cells `rows` [k]; others too [k]."""
        reach = speed**2 * self._shutoff[rows, 0] / METRES_PER_MPA
        low, high = np.zeros(len(rows)), np.maximum(suction + reach, 0.0)
        square, cells = (speed**2)[:, None], (running[:, None], first[:, None])
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            lift = ((middle - suction) * METRES_PER_MPA)[:, None]
            given = self._given(square, lift, *cells, rows)
            enough = (given > self.taken(base[:, None], middle[:, None], rows))[:, 0]
            low, high = np.where(enough, middle, low), np.where(enough, high, middle)
        return np.asarray(0.5 * (low + high))

    def _sleep(self, flow: Floats, running: Ints) -> tuple[Floats, Floats, Floats]:
        """(share awake, wakings an hour, MPa that the pressure sags on the mean)."""
        small = SMALL_FLOW * self.shape.curve.best_flow[:, None]
        still = (flow < small) & (running == 1)
        asleep = 3600.0 * self.shape.vessel[:, None] / np.maximum(flow, 1e-3)
        up = SLEEP_AFTER + 3.0 * LAG
        awake = np.where(still, up / (up + asleep), 1.0)
        cycles = np.where(still, 3600.0 / (up + asleep), 0.0)
        return awake, cycles, 0.5 * VESSEL_SPAN * (1.0 - awake)

    def _power(self, speed: Floats, rise: Floats) -> tuple[Floats, Floats]:
        """Electric power of a healthy running pump and of the first one, kW: the mean over the
        noise within the step, for power bends upwards with the flow."""
        shape, sick = self.shape, self._sick
        lift = rise * METRES_PER_MPA
        healthy = np.ones((len(shape.station), 1))
        plain = replace(self.troubles, head=healthy, efficiency=healthy)
        worn = replace(
            self.troubles,
            head=self.troubles.head[sick, :1],
            efficiency=self.troubles.efficiency[sick, :1],
        )
        part = replace(shape, curve=_rows(shape.curve, sick))
        each = self._each(speed, lift)
        # a worn pump's flow is a small difference: the noise must move it, not its twins' speed
        first_each = self._each(speed[sick] * np.sqrt(worn.head), lift[sick], sick)
        power, first_power = np.zeros_like(each), np.zeros((len(sick), each.shape[1]))
        for turn in (1.0 - self._hidden, 1.0 + self._hidden):
            square = (lift + self._loss * (each * turn) ** 2) / self._shutoff
            now = np.sqrt(np.clip(square, SLOWEST**2, 1.0))
            flow = self._each(now, lift)
            power += 0.5 * pump_power(shape, plain, flow[:, None], now[:, None])[:, 0]
            own = first_each * turn[sick]
            square = (lift[sick] + self._loss[sick] * own**2) / (self._shutoff[sick] * worn.head)
            now = np.sqrt(np.clip(square, SLOWEST**2, 1.0))
            own = self._each(now * np.sqrt(worn.head), lift[sick], sick)
            first_power += 0.5 * pump_power(part, worn, own[:, None], now[:, None])[:, 0]
        first = power.copy()
        first[sick] = first_power
        return power, first

    def _each(self, speed: Floats, lift: Floats, rows: Ints | slice = slice(None)) -> Floats:
        """Flow of one pump at a speed against a lift, m."""
        spare = np.maximum(speed**2 * self._shutoff[rows] - lift, 0.0)
        return np.asarray(np.sqrt(spare / self._loss[rows]))


def _rows(curve: PumpCurve, rows: Ints) -> PumpCurve:
    return PumpCurve(*(getattr(curve, f.name)[rows] for f in fields(curve)))
