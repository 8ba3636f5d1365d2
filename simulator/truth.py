"""True values of every point of a plant, by template of the catalogue: arrays [n] of stations,
[n, 2] of tanks, [s] of sets, [s, p] of pumps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.hydraulics import METRES_PER_MPA, RATED_HZ
from simulator import course
from simulator.gateways import Link
from simulator.plant import Plant
from simulator.rooms import FLOOD_LEVEL, POWER_FACTOR
from simulator.sizing import AMPERES_A_KW
from simulator.types import Floats
from simulator.water import HIGH_FLOAT, LOW_FLOAT

Truth = dict[str, NDArray[np.generic]]
AUTOMATIC, MAINS, UPS = 2, 1, 3
FRICTION = 0.025
"""MPa lost to the far end at twice the mean demand."""
PULL = 4.0
"""A rectifier draws its power from the high phases: as U to this power."""
REACTIVE = float(np.tan(np.arccos(POWER_FACTOR)))


CHLORINE_DEMAND = 12.0
"""Foreign water uses up so many times its own share of the chlorine."""


def fast(plant: Plant) -> Truth:
    """The points of the fast block."""
    return _hydraulics(plant) | _pumps(plant) | _tanks(plant) | _electric(plant) | _guards(plant)


def slow(plant: Plant) -> Truth:
    """The points of the slow block."""
    return _meters(plant) | _machines(plant) | _quality(plant) | _climate(plant)


def _hydraulics(plant: Plant) -> Truth:
    sets, shape = plant.sets.state, plant.shape
    troubles, curve = plant.sets.troubles, shape.curve
    strainer = (curve.c * troubles.strainer)[:, None] * sets.pump_flow**2
    loss = strainer.max(axis=1) / METRES_PER_MPA
    clean = 0.003 * (sets.flow / np.maximum(curve.best_flow * shape.pumps, 0.1)) ** 2
    lost = FRICTION * (sets.flow / np.maximum(2.0 * shape.demand, 0.1)) ** 2
    far = sets.pressure - shape.static_head / METRES_PER_MPA - lost
    mains = plant.water.state.mains
    return {
        "PH.P_MAIN": mains,
        "PH.Q_IN": plant.water.state.inflow,
        "{z}.P_IN": plant.suction - loss,
        "{z}.P_OUT": sets.pressure + troubles.bias,
        "{z}.P_SET": plant.setpoint,
        "{z}.P_END": np.maximum(far, 0.0),
        "{z}.Q_OUT": sets.flow * plant.effects.flow_scale,
        "{z}.DP_STR": loss + clean,
        "{z}.P_VES": np.maximum(mains - 0.004, 0.0)[shape.station],
        "{z}.VAC": (mains < 0.01)[shape.station],
        "{z}.SLEEP": sets.asleep,
    }


def _pumps(plant: Plant) -> Truth:
    sets, trip = plant.sets.state, plant.effects.trip
    runs = sets.speed > 0.0
    lit = ~plant.effects.dark[plant.shape.station][:, None]
    volts = plant.rooms.state.volts.mean(axis=0)[plant.shape.station][:, None]
    return {
        "{z}.P{n}.RUN": runs,
        "{z}.P{n}.FAULT": trip > 0,
        "{z}.P{n}.MODE": np.full(trip.shape, float(AUTOMATIC)),
        "{z}.P{n}.REMOTE": np.ones(trip.shape),
        "{z}.P{n}.F": sets.speed * RATED_HZ,
        "{z}.P{n}.F_REF": np.where(runs, sets.reference[:, None] * RATED_HZ, 0.0),
        "{z}.P{n}.I": sets.power * AMPERES_A_KW * 0.90,
        "{z}.P{n}.P": sets.power,
        "{z}.P{n}.U_DC": np.where(lit, np.rint(volts * 2.36), 0.0),
        "{z}.P{n}.VFD_CODE": trip,
        "{z}.P{n}.SEAL": np.zeros(trip.shape),
    }


def _tanks(plant: Plant) -> Truth:
    water, shape = plant.water.state, plant.shape
    level = _twice(water.level)
    share = water.level / shape.overflow
    position = _twice(np.rint(water.valve * 100.0))
    offset = 0.02 * (plant.shape.key % 7 - 3.0) / 3.0
    return {
        "{t}.LEVEL": level,
        "{t}.LEVEL2": np.maximum(_twice(water.level + offset), 0.0),
        "{t}.HH": _twice((share > HIGH_FLOAT) & ~plant.effects.float_dead),
        "{t}.LL": _twice((share < LOW_FLOAT) & shape.tank),
        "{t}.OVF": _twice(water.overflow > 0.0),
        "{t}.VALVE_POS": position,
        "{t}.VALVE_CMD": _twice(water.filling * 100.0),
        "{t}.VALVE_OPEN": position >= 98.0,
        "{t}.VALVE_CLOSED": position <= 2.0,
        "{t}.HATCH": np.zeros(level.shape),
        "{t}.UV": _twice(~plant.effects.dark),
    }


def _electric(plant: Plant) -> Truth:
    room, power = plant.rooms.state, plant.power * plant.effects.power_scale
    lit = ~plant.effects.dark
    phase = plant.effects.phase
    volts = room.volts * phase * lit
    share = phase**PULL / np.maximum((phase**PULL).sum(axis=0), 1e-9)
    amperes = power * share / POWER_FACTOR / np.maximum(volts, 1.0) * 1000.0 * lit
    return {
        "EL.P": power,
        "EL.Q": power * REACTIVE,
        "EL.PF": np.where(lit & (power > 0.0), POWER_FACTOR, 0.0),
        "EL.UA": volts[0],
        "EL.UB": volts[1],
        "EL.UC": volts[2],
        "EL.IA": amperes[0],
        "EL.IB": amperes[1],
        "EL.IC": amperes[2],
        "EL.MAINS_OK": lit,
        "EL.SRC": np.where(lit, float(MAINS), float(UPS)),
        "EL.UPS_ON": ~lit,
    }


def _guards(plant: Plant) -> Truth:
    room, effects = plant.rooms.state, plant.effects
    count = plant.shape.count
    return {
        "EN.FLOOD": room.sump > FLOOD_LEVEL,
        "EN.SUMP_L": room.sump,
        "EN.SUMP_RUN": room.pumping,
        "EN.SUMP_FAULT": effects.sump_dead,
        "EN.SMOKE": np.zeros(count),
        "SE.DOOR": effects.door,
        "SE.ACCESS": effects.card,
        "SE.PIR": effects.motion,
        "SE.ARM": ~effects.disarmed,
        "SE.VOICE": room.siren > 0.0,
        "CM.PLC_HB": np.floor(room.heartbeat),
        "WQ.FLOWCELL": np.ones(count),
    }


def _meters(plant: Plant) -> Truth:
    counters = plant.counters
    return {
        "PH.V_IN": np.mod(counters.inlet, 9e7),
        "{z}.V_OUT": np.mod(counters.outlet, 9e7),
        "{z}.V_REV": np.zeros(len(counters.outlet)),
        "EL.E": np.mod(counters.energy, 9e7),
        "{z}.E": np.mod(counters.set_energy, 9e7),
        "MT.MASTER": np.mod(counters.inlet, 9e7),
        "MT.MASTER_Q": plant.water.state.inflow,
        "{z}.P{n}.HOURS": counters.hours,
        "{z}.P{n}.STARTS": counters.starts,
    }


def _machines(plant: Plant) -> Truth:
    air = plant.rooms.state.air[plant.shape.station][:, None]
    heat = plant.heat
    runs = plant.sets.state.speed > 0.0
    return {
        "{z}.P{n}.T_VFD": air + 6.0 + 24.0 * heat,
        "{z}.P{n}.T_MOT": air + 8.0 + 52.0 * heat,
        "{z}.P{n}.T_BRG": air + 7.0 + 28.0 * heat,
        "{z}.P{n}.VIB": np.where(runs, 0.9 + 0.8 * plant.sets.state.speed, 0.1),
        "{t}.SCH_MODE": np.zeros((plant.shape.count, 2)),
        "{t}.UV_I": _twice(5200.0 + 10.0 * (plant.shape.key % 90)),
    }


def _quality(plant: Plant) -> Truth:
    water, key, at = plant.water.state, plant.shape.key, np.array([plant.seconds])
    foreign = plant.effects.foreign
    chlorine = water.chlorine * np.maximum(1.0 - CHLORINE_DEMAND * foreign, 0.0)
    return {
        "WQ.CL_OUT": chlorine,
        "WQ.CL_IN": water.chlorine_in,
        "WQ.TURB": water.turbidity + water.murk + 40.0 * foreign,
        "WQ.PH": course.acidity(plant.shape, plant.day, at)[:, 0],
        "WQ.TEMP": course.tap_temperature(plant.shape, plant.day, at)[:, 0],
        "WQ.COND": 172.0 + (key % 17) + 1800.0 * foreign,
        "WQ.ORP": 560.0 + 160.0 * chlorine - 1500.0 * foreign,
    }


def _climate(plant: Plant) -> Truth:
    room, effects = plant.rooms.state, plant.effects
    running = plant.shape.per_station((plant.sets.state.speed > 0.0).sum(axis=1).astype(float))
    count = plant.shape.count
    return {
        "EL.UPS_SOC": np.rint(room.battery),
        "EL.SPD": np.zeros(count),
        "EN.T": room.air,
        "EN.RH": room.humidity,
        "EN.T_CAB": room.cabinet,
        "EN.NOISE": 42.0 + 4.5 * np.log2(1.0 + 3.0 * running),
        "EN.FAN": room.air > 28.0,
        "EN.DEHUM": room.humidity > 75.0,
        "EN.LIGHT": effects.disarmed & effects.motion,
        "SE.CAM": effects.link == Link.UP,
        "SE.REC_DAYS": np.full(count, 92.0),
        "CM.RSSI": -95.0 + (plant.shape.key % 31),
        "CM.BUS_ERR": 35.0 * effects.frozen,
    }


def _twice(values: NDArray[np.generic]) -> Floats:
    """[n] to [n, 2]: both tanks of a station stand on one floor, joined by a pipe."""
    return np.repeat(np.asarray(values, float)[:, None], 2, axis=1)
