"""Every point of like stations on a quasi-steady day, as `truth` has it for the live plant:
arrays [n, m] of stations and steps, in the unit of the point, means of the step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from analytics.hydraulics import METRES_PER_MPA, RATED_HZ
from data.catalogue.points import Column
from simulator import course
from simulator.draws import normal
from simulator.history_blocks import Block
from simulator.quasi import Day
from simulator.rooms import POWER_FACTOR, SEEPAGE, SUMP_AREA, SUMP_OFF, SUMP_ON, VOLTS
from simulator.sizing import AMPERES_A_KW
from simulator.truth import AUTOMATIC, FRICTION, MAINS, REACTIVE, UPS
from simulator.types import Bools, Floats

DATA_AGE = 1.2
"""s of CM.LAG on a day without trouble."""
Values = np.ndarray | float


class Points:
    """The points of one block on some days, one after another; of each the first steps.

    A step of the last axis is a step of time, through all the days.
    """

    def __init__(self, days: Sequence[tuple[Day, int]], block: Block) -> None:
        self.days, self.block = days, block
        self.mine = block.stations
        self.key = days[0][0].shape.key[self.mine][:, None]
        self.place = {zone: place for place, zone in enumerate(block.zones)}
        self._sets: dict[tuple[str, int], Floats] = {}
        self._on: dict[tuple[int, int], Floats] = {}

    def value(self, column: Column) -> Values:
        """[n, m] of a point that isn't a counter, or one number for all."""
        code = column.point.code
        if column.pump:
            return _PUMP[code](self, self.place[column.zone], column.pump - 1)
        if column.zone:
            return _ZONE[code](self, self.place[column.zone])
        return _STATION[code](self)

    def over(self, make: Callable[[Day], Floats]) -> Floats:
        """What `make` says of each day, [n, its steps] or [n, 1], in one line."""
        parts = []
        for day, steps in self.days:
            part = make(day)
            wide = np.broadcast_to(part, (len(part), day.steps)) if part.shape[1] == 1 else part
            parts.append(wide[:, :steps])
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def set(self, name: str, zone: int) -> Floats:
        """[n, m] of a field of `Steady`."""
        if (name, zone) not in self._sets:
            sets = self.block.sets(zone)
            self._sets[name, zone] = self.over(lambda day: getattr(day.sets, name)[sets])
        return self._sets[name, zone]

    def shape(self, name: str, zone: int) -> Floats:
        """[n, 1] of a field of `Parameters` or of its curve."""
        shape = self.days[0][0].shape
        source = shape.curve if hasattr(shape.curve, name) else shape
        return np.asarray(getattr(source, name))[self.block.sets(zone), None]

    def trouble(self, name: str, zone: int) -> Floats:
        """[n, m] of a field of `Troubles`."""
        sets = self.block.sets(zone)
        return self.over(lambda day: np.asarray(getattr(day.troubles, name))[sets, None])

    def chosen(self, zone: int, pump: int) -> Bools:
        """[n, m] the pump is one of those that run."""
        pumps = list(self.block.zones.values())[zone]
        return np.asarray(np.mod(pump - self.set("lead", zone), pumps) < self.set("running", zone))

    def on(self, zone: int, pump: int) -> Floats:
        """[n, m] share of the step that the pump runs."""
        if (zone, pump) not in self._on:
            share = self.set("awake", zone) * self.lit
            self._on[zone, pump] = self.chosen(zone, pump) * share
        return self._on[zone, pump]

    def pump_power(self, zone: int, pump: int) -> Floats:
        """[n, m] kW while the pump runs."""
        return self.set("power" if pump else "first_power", zone)

    def loss(self, zone: int) -> Floats:
        """[n, m] MPa lost in the strainer."""
        each = self.set("flow", zone) / self.set("running", zone)
        lost = self.shape("c", zone) * self.trouble("strainer", zone) * each**2
        return np.asarray(lost / METRES_PER_MPA)

    @cached_property
    def lit(self) -> Floats:
        """[n, m] share of the step with mains power."""
        return self.over(lambda day: 1.0 - day.dark[self.mine])

    @cached_property
    def power(self) -> Floats:
        return self.over(lambda day: day.power[self.mine])

    @cached_property
    def mains(self) -> Floats:
        return self.over(lambda day: day.p_main[self.mine])

    def tank(self, name: str) -> Floats:
        """[n, m] of a field of `Tanks`."""
        return self.over(lambda day: getattr(day.tanks, name)[self.mine])

    @cached_property
    def air(self) -> Floats:
        """[n, m] °C in the room."""
        shape = self.days[0][0].shape
        outside = self.over(
            lambda day: course.air_temperature(shape, day.day, _middles(day))[self.mine]
        )
        damped = np.where(shape.underground[self.mine], 0.45, 0.75)[:, None]
        pumps = np.maximum(self.power, 0.0)
        return outside * damped + 22.0 * (1.0 - damped) + 0.25 * np.sqrt(pumps)

    @cached_property
    def turbidity(self) -> Floats:
        """[n, m] NTU, wandering from hour to hour."""
        return self.over(self._turbidity)

    def _turbidity(self, day: Day) -> Floats:
        hours = _middles(day) / 3600.0
        low = hours.astype(int)
        knots = day.day * 24 + np.arange(low[-1] + 2)
        own = normal(day.shape.seed, "turbidity", self.key, knots)
        share = hours - low
        wander: Floats = np.exp(0.25 * (own[:, low] * (1.0 - share) + own[:, low + 1] * share))
        return 0.15 * wander


def _middles(day: Day) -> Floats:
    """Seconds of the local day in the middle of each step."""
    return np.asarray((np.arange(day.steps) + 0.5) * day.step)


def _far(at: Points, zone: int) -> Floats:
    lost = FRICTION * (at.set("flow", zone) / np.maximum(2.0 * at.shape("demand", zone), 0.1)) ** 2
    static = at.shape("static_head", zone) / METRES_PER_MPA
    return np.maximum(at.set("pressure", zone) - static - lost, 0.0)


def _clean(at: Points, zone: int) -> Floats:
    best = at.shape("best_flow", zone) * at.shape("pumps", zone)
    return 0.003 * (at.set("flow", zone) / np.maximum(best, 0.1)) ** 2


def _heat(at: Points, zone: int, pump: int) -> Floats:
    load = at.on(zone, pump) * at.pump_power(zone, pump) / (1.15 * at.shape("rated_power", zone))
    return np.clip(load, 0.0, 1.5)


def _sump(at: Points) -> Floats:
    rise = SEEPAGE / SUMP_AREA
    span = (SUMP_ON - SUMP_OFF) / rise

    def level(day: Day) -> Floats:
        hours = day.day * 24.0 + _middles(day) / 3600.0 + at.key % 1000
        return np.asarray(SUMP_OFF + np.mod(hours, span) * rise)

    return at.over(level)


def _heartbeat(at: Points) -> Floats:
    return at.over(lambda day: np.mod(at.key % 60000 + _middles(day), 65000.0))


def _busy(at: Points) -> Floats:
    """[n, m] pumps running in the station."""
    zones = at.place.values()
    return sum((at.set("running", z) * at.set("awake", z) * at.lit for z in zones), 0.0 * at.lit)


def _amperes(at: Points) -> Floats:
    return at.power / (3.0 * POWER_FACTOR * VOLTS) * 1000.0


_STATION: dict[str, Callable[[Points], Values]] = {
    "PH.P_MAIN": lambda at: at.mains,
    "PH.Q_IN": lambda at: at.tank("inflow"),
    "{t}.LEVEL": lambda at: at.tank("level"),
    "{t}.LEVEL2": lambda at: np.maximum(at.tank("level") + 0.02 * (at.key % 7 - 3.0) / 3.0, 0.0),
    "{t}.HH": lambda at: 0.0,
    "{t}.LL": lambda at: 0.0,
    "{t}.OVF": lambda at: 0.0,
    "{t}.VALVE_POS": lambda at: 100.0 * at.tank("open"),
    "{t}.VALVE_CMD": lambda at: 100.0 * (at.tank("open") > 0.5),
    "{t}.VALVE_OPEN": lambda at: at.tank("open") > 0.98,
    "{t}.VALVE_CLOSED": lambda at: at.tank("open") < 0.02,
    "{t}.SCH_MODE": lambda at: 0.0,
    "{t}.HATCH": lambda at: 0.0,
    "{t}.UV": lambda at: at.lit,
    "{t}.UV_I": lambda at: 5200.0 + 10.0 * (at.key % 90),
    "WQ.CL_OUT": lambda at: at.tank("chlorine"),
    "WQ.CL_IN": lambda at: at.over(lambda day: day.chlorine_in[at.mine]),
    "WQ.TURB": lambda at: at.turbidity,
    "WQ.PH": lambda at: at.over(
        lambda day: course.acidity(day.shape, day.day, _middles(day))[at.mine]
    ),
    "WQ.TEMP": lambda at: at.over(
        lambda day: course.tap_temperature(day.shape, day.day, _middles(day))[at.mine]
    ),
    "WQ.COND": lambda at: 172.0 + at.key % 17,
    "WQ.ORP": lambda at: 560.0 + 160.0 * at.tank("chlorine"),
    "WQ.FLOWCELL": lambda at: 1.0,
    "EL.P": lambda at: at.power,
    "EL.Q": lambda at: at.power * REACTIVE,
    "EL.PF": lambda at: POWER_FACTOR * at.lit,
    "EL.UA": lambda at: VOLTS * at.lit,
    "EL.UB": lambda at: VOLTS * at.lit,
    "EL.UC": lambda at: VOLTS * at.lit,
    "EL.IA": _amperes,
    "EL.IB": _amperes,
    "EL.IC": _amperes,
    "EL.MAINS_OK": lambda at: at.lit,
    "EL.SRC": lambda at: np.where(at.lit < 0.5, float(UPS), float(MAINS)),
    "EL.UPS_SOC": lambda at: 100.0,
    "EL.UPS_ON": lambda at: 1.0 - at.lit,
    "EL.SPD": lambda at: 0.0,
    "EN.T": lambda at: at.air,
    "EN.RH": lambda at: 66.0 + 8.0 * at.days[0][0].shape.underground[at.mine][:, None],
    "EN.T_CAB": lambda at: at.air + 5.0 + 0.35 * np.sqrt(np.maximum(at.power, 0.0)),
    "EN.FLOOD": lambda at: 0.0,
    "EN.SUMP_L": _sump,
    "EN.SUMP_RUN": lambda at: 0.0,
    "EN.SUMP_FAULT": lambda at: 0.0,
    "EN.SMOKE": lambda at: 0.0,
    "EN.NOISE": lambda at: 42.0 + 4.5 * np.log2(1.0 + 3.0 * _busy(at)),
    "EN.FAN": lambda at: at.air > 28.0,
    "EN.DEHUM": lambda at: 0.0,
    "EN.LIGHT": lambda at: 0.0,
    "SE.DOOR": lambda at: 0.0,
    "SE.ACCESS": lambda at: 0.0,
    "SE.PIR": lambda at: 0.0,
    "SE.ARM": lambda at: 1.0,
    "SE.VOICE": lambda at: 0.0,
    "SE.CAM": lambda at: 1.0,
    "SE.REC_DAYS": lambda at: 92.0,
    "CM.RSSI": lambda at: -95.0 + at.key % 31,
    "CM.BUS_ERR": lambda at: 0.0,
    "CM.PLC_HB": _heartbeat,
    "CM.ONLINE": lambda at: 1.0,
    "CM.LAG": lambda at: DATA_AGE,
    "MT.MASTER_Q": lambda at: at.tank("inflow"),
}
_ZONE: dict[str, Callable[[Points, int], Values]] = {
    "{z}.P_IN": lambda at, z: at.set("suction", z) - at.loss(z),
    "{z}.P_OUT": lambda at, z: at.set("pressure", z) + at.trouble("bias", z),
    "{z}.P_SET": lambda at, z: at.shape("setpoint", z) + at.trouble("setpoint", z),
    "{z}.P_END": _far,
    "{z}.Q_OUT": lambda at, z: at.set("flow", z),
    "{z}.DP_STR": lambda at, z: at.loss(z) + _clean(at, z),
    "{z}.P_VES": lambda at, z: np.maximum(at.mains - 0.004, 0.0),
    "{z}.VAC": lambda at, z: 0.0,
    "{z}.SLEEP": lambda at, z: 1.0 - at.set("awake", z),
    "{z}.NRUN": lambda at, z: at.set("running", z) * at.set("awake", z) * at.lit,
}
_PUMP: dict[str, Callable[[Points, int, int], Values]] = {
    "{z}.P{n}.RUN": lambda at, z, p: at.on(z, p),
    "{z}.P{n}.FAULT": lambda at, z, p: 0.0,
    "{z}.P{n}.MODE": lambda at, z, p: float(AUTOMATIC),
    "{z}.P{n}.REMOTE": lambda at, z, p: 1.0,
    "{z}.P{n}.F": lambda at, z, p: at.on(z, p) * at.set("speed", z) * RATED_HZ,
    "{z}.P{n}.F_REF": lambda at, z, p: (at.on(z, p) > 0.5) * at.set("speed", z) * RATED_HZ,
    "{z}.P{n}.I": lambda at, z, p: at.on(z, p) * at.pump_power(z, p) * (AMPERES_A_KW * 0.90),
    "{z}.P{n}.P": lambda at, z, p: at.on(z, p) * at.pump_power(z, p),
    "{z}.P{n}.U_DC": lambda at, z, p: np.rint(VOLTS * 2.36) * at.lit,
    "{z}.P{n}.VFD_CODE": lambda at, z, p: 0.0,
    "{z}.P{n}.SEAL": lambda at, z, p: 0.0,
    "{z}.P{n}.T_VFD": lambda at, z, p: at.air + 6.0 + 24.0 * _heat(at, z, p),
    "{z}.P{n}.T_MOT": lambda at, z, p: at.air + 8.0 + 52.0 * _heat(at, z, p),
    "{z}.P{n}.T_BRG": lambda at, z, p: at.air + 7.0 + 28.0 * _heat(at, z, p),
    "{z}.P{n}.VIB": lambda at, z, p: 0.1 + at.on(z, p) * (0.8 + 0.8 * at.set("speed", z)),
}
