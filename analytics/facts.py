"""Facts: quantities of a step of time that add up over steps, stations and days.

Every indicator is a ratio of sums of them. All functions work element by element on arrays of any
shape: single samples with the seconds they hold, or [station, step]. M5 in docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

Values = Mapping[str, np.ndarray]
"""Per point code float64 in the point's unit, NaN = none or not usable. A code may be absent."""
Zones = Mapping[str, int]
"""Pumps of each zone: {"L": 3}."""


@dataclass(frozen=True)
class Bounds:
    """Limits of the facts; defaults as in docs/methods.md."""

    flow_floor: float = 0.3
    """m³/h: less is no flow."""
    pressure_band: float = 0.03
    """MPa around the setpoint."""
    lost_share: float = 0.5
    """Of the setpoint: less is an interruption."""
    mains_low: float = 0.18
    """MPa."""
    chlorine: tuple[float, float] = (0.05, 2.0)
    """mg/L."""
    turbidity: float = 1.0
    """NTU."""
    ph: tuple[float, float] = (6.5, 8.5)
    end_low: float = 0.10
    """MPa at the far end."""


STANDARD = Bounds()
LIFT = 1.0 / 3.6
"""kWh that lift 1 m³ by 1 MPa."""
MANUAL = 1
"""Of a pump's MODE."""


def _value(values: Values, code: str, like: np.ndarray) -> np.ndarray:
    return values.get(code, np.full(like.shape, np.nan))


def _held(condition: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    return np.where(condition, seconds, 0.0)


def hydraulic_facts(
    values: Values, seconds: np.ndarray, zones: Zones, bounds: Bounds = STANDARD
) -> dict[str, np.ndarray]:
    """Facts of the fast block; `seconds` says how long each sample holds.

    F.demanded_s, F.pressure_ok_s, F.lost_s, F.end_s and F.end_ok_s count zone-seconds. A zone is
    demanded while water flows, and while its pressure is lost unless the set sleeps: a tripped set
    has no flow. F.hydraulic_energy and F.lift_energy are sums over the same samples: all zones and
    the power known, water flows and is lifted.
    """
    zero = np.zeros(seconds.shape)
    found = [_zone_facts(values, seconds, zone, pumps, bounds) for zone, pumps in zones.items()]
    sums = {name: sum((part[name] for part in found), zero) for name in _OF_ZONES}
    mains = _value(values, "PH.P_MAIN", seconds)
    power = _value(values, "EL.P", seconds)
    total = total_flow(values, seconds, zones)
    hours = seconds / 3600.0
    drawn = np.where(power > 0, power, 0.0) * hours
    lift = sum((part["lift"] for part in found), zero)
    pumped = (lift > 0) & (power > 0) & (total >= bounds.flow_floor)
    return {
        **sums,
        "F.online_s": seconds + 0.0,
        "F.mains_s": _held(~np.isnan(mains), seconds),
        "F.mains_low_s": _held(mains < bounds.mains_low, seconds),
        "F.hydraulic_energy": np.where(pumped, lift, 0.0) * hours * LIFT,
        "F.lift_energy": np.where(pumped, drawn, 0.0),
        "F.idle_energy": np.where(total < bounds.flow_floor, drawn, 0.0),
    }


_OF_ZONES = tuple(
    f"F.{name}"
    for name in (
        "demanded_s", "pressure_ok_s", "lost_s", "end_s", "end_ok_s", "head_volume",
        "bypass_volume", "run_s", "manual_s",
    )
)  # fmt: skip


def _zone_facts(
    values: Values, seconds: np.ndarray, zone: str, pumps: int, bounds: Bounds
) -> dict[str, np.ndarray]:
    """What adds up over the zones of a station, and `lift`, m³·MPa/h, NaN where unknown."""
    head, target, flow, end = (
        _value(values, f"{zone}.{c}", seconds) for c in ("P_OUT", "P_SET", "Q_OUT", "P_END")
    )
    known = ~np.isnan(head) & ~np.isnan(target)
    asleep = _value(values, f"{zone}.SLEEP", seconds) > 0
    gone = known & (head < bounds.lost_share * target)
    wanted = known & ((flow >= bounds.flow_floor) | (gone & ~asleep))
    near = np.abs(head - target) <= bounds.pressure_band + 1e-9
    rise = head - _value(values, f"{zone}.P_IN", seconds)
    lift = np.where((rise > 0) & (flow > 0), flow * rise, 0.0)
    runs = [_value(values, f"{zone}.P{n}.RUN", seconds) for n in range(1, pumps + 1)]
    count: np.ndarray = np.sum(runs, axis=0)
    hand = np.zeros(seconds.shape)
    for code in (f"{zone}.P{n}.MODE" for n in range(1, pumps + 1)):
        if code in values:
            hand += values[code] == MANUAL
    hours = seconds / 3600.0
    return {
        "F.demanded_s": _held(wanted, seconds),
        "F.pressure_ok_s": _held(wanted & near, seconds),
        "F.lost_s": _held(gone & ~asleep, seconds),
        "F.end_s": _held(~np.isnan(end), seconds),
        "F.end_ok_s": _held(end >= bounds.end_low - 1e-9, seconds),
        "F.head_volume": lift * hours,
        # a sleeping set's water was pumped before: its vessel gives it back
        "F.bypass_volume": np.where((count == 0) & ~asleep & (flow > 0), flow, 0.0) * hours,
        "F.run_s": np.nansum(runs, axis=0) * seconds,
        "F.manual_s": hand * seconds,
        "lift": np.where(np.isnan(rise) | np.isnan(flow), np.nan, lift),
    }


def tank_facts(
    values: Values, seconds: np.ndarray, zones: Zones, tanks: int, area: np.ndarray
) -> dict[str, np.ndarray]:
    """F.age_volume (m³·h), F.tank_outflow (m³): the water in the tanks, and what left them.

    area: m² of all tanks together, that broadcasts to the samples; NaN or 0 = no tank. By E6.1 the
    age V/Q of a sample, weighted by what flows out meanwhile, is V·dt, so that Σ/Σ is the mean
    time that the water stayed, standing time included. A sample counts when every level and flow
    is known; flow against the direction counts as none.
    """
    zero = np.zeros(seconds.shape)
    if not tanks:
        return {"F.age_volume": zero, "F.tank_outflow": zero}
    levels = [_value(values, f"T{k}.LEVEL", seconds) for k in range(1, tanks + 1)]
    stored = np.maximum(np.sum(levels, axis=0) / tanks, 0.0) * area
    flow = total_flow(values, seconds, zones)
    known = (area > 0) & ~np.isnan(stored) & ~np.isnan(flow)
    hours = seconds / 3600.0
    return {
        "F.age_volume": np.where(known, stored, 0.0) * hours,
        "F.tank_outflow": np.where(known, np.maximum(flow, 0.0), 0.0) * hours,
    }


def camera_facts(values: Values, seconds: np.ndarray) -> dict[str, np.ndarray]:
    """F.camera_s, F.camera_ok_s: time that SE.CAM is known, and that the camera was online (a step
    of the past may hold a share of its time)."""
    online = _value(values, "SE.CAM", seconds)
    return {
        "F.camera_s": _held(~np.isnan(online), seconds),
        "F.camera_ok_s": np.nan_to_num(online) * seconds,
    }


def total_flow(values: Values, like: np.ndarray, zones: Zones) -> np.ndarray:
    """m³/h out of all zones, of the inlet where there is no zone; NaN when a zone is unknown."""
    if not zones:
        return _value(values, "PH.Q_IN", like)
    flows: np.ndarray = np.sum([_value(values, f"{z}.Q_OUT", like) for z in zones], axis=0)
    return flows


CHLORINE_PH = 8.3
"""Up to here an amperometric reading of chlorine counts."""


def quality_facts(
    values: Values, seconds: np.ndarray, bounds: Bounds = STANDARD
) -> dict[str, np.ndarray]:
    """Facts of the analysers. A broken one counts nowhere: it never improves compliance.

    Without flow through the cell (WQ.FLOWCELL = 0) a reading says nothing, and chlorine says
    nothing at a pH over CHLORINE_PH: an amperometric cell that isn't compensated reads too little.
    """
    flows = ~(_value(values, "WQ.FLOWCELL", seconds) < 0.5)
    chlorine, turbidity, ph = (
        np.where(flows, _value(values, f"WQ.{c}", seconds), np.nan)
        for c in ("CL_OUT", "TURB", "PH")
    )
    chlorine = np.where(ph > CHLORINE_PH, np.nan, chlorine)
    good = {
        "chlorine": (chlorine >= bounds.chlorine[0]) & (chlorine <= bounds.chlorine[1]),
        "turbidity": turbidity <= bounds.turbidity,
        "ph": (ph >= bounds.ph[0]) & (ph <= bounds.ph[1]),
    }
    known = {
        "chlorine": ~np.isnan(chlorine),
        "turbidity": ~np.isnan(turbidity),
        "ph": ~np.isnan(ph),
    }
    good["quality"] = good["chlorine"] & good["turbidity"] & good["ph"]
    known["quality"] = known["chlorine"] & known["turbidity"] & known["ph"]
    table = {}
    for name, inside in good.items():
        table[f"F.{name}_s"] = _held(known[name], seconds)
        table[f"F.{name}_ok_s"] = _held(inside, seconds)
    return table


def counter_facts(
    increases: Values, zones: Zones, flow_volume: np.ndarray, power_energy: np.ndarray
) -> dict[str, np.ndarray]:
    """F.volume, F.inflow (m³), F.energy (kWh), F.starts from accepted increases of counters.

    increases: per counter code, in the point's unit; 0 where the counter said nothing now but will
    tell later, NaN where there is no counter to tell. Only there the integral of the flow
    (flow_volume, m³) or of the power (power_energy, kWh) steps in. A station without zones
    supplies what it takes in.
    """
    inflow = _value(increases, "PH.V_IN", flow_volume)
    volumes = [_value(increases, f"{zone}.V_OUT", flow_volume) for zone in zones] or [inflow]
    energy = _value(increases, "EL.E", flow_volume)
    if zones:
        sets = np.sum([_value(increases, f"{zone}.E", flow_volume) for zone in zones], axis=0)
        energy = np.where(np.isnan(energy), sets, energy)
    starts = np.zeros(flow_volume.shape)
    for zone, pumps in zones.items():
        for pump in range(1, pumps + 1):
            starts += np.nan_to_num(_value(increases, f"{zone}.P{pump}.STARTS", flow_volume))
    return {
        "F.volume": _first(np.sum(volumes, axis=0), flow_volume),
        "F.inflow": np.nan_to_num(inflow),
        "F.energy": _first(energy, power_energy),
        "F.starts": starts,
    }


def _first(values: np.ndarray, instead: np.ndarray) -> np.ndarray:
    return np.nan_to_num(np.where(np.isnan(values), instead, values))


def integrals(values: Values, seconds: np.ndarray, zones: Zones) -> tuple[np.ndarray, np.ndarray]:
    """(m³ from the flow, kWh from the power) of each sample; 0 where unknown or negative."""
    flow = np.maximum(np.nan_to_num(total_flow(values, seconds, zones)), 0.0)
    power = np.maximum(np.nan_to_num(_value(values, "EL.P", seconds)), 0.0)
    return flow * seconds / 3600.0, power * seconds / 3600.0


def step_facts(
    values: Values,
    increases: Values,
    seconds: np.ndarray,
    expected: np.ndarray,
    zones: Zones,
    points: int = 0,
    poll_seconds: float = 2.0,
    bounds: Bounds = STANDARD,
    tanks: int = 0,
    area: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """All facts of quasi-steady steps, arrays [station, step].

    seconds: time online of each step; expected: its whole length. points: points polled at a
    time, for F.good_n, F.timely_n and F.expected_n (samples). tanks, area: as in `tank_facts`.
    """
    volume, energy = integrals(values, seconds, zones)
    return {
        **hydraulic_facts(values, seconds, zones, bounds),
        **quality_facts(values, seconds, bounds),
        **tank_facts(values, seconds, zones, tanks, np.zeros(1) if area is None else area),
        **camera_facts(values, seconds),
        **counter_facts(increases, zones, volume, energy),
        "F.expected_s": expected + 0.0,
        "F.good_n": np.rint(seconds / poll_seconds) * points,
        "F.timely_n": np.rint(seconds / poll_seconds) * points,
        "F.expected_n": np.rint(expected / poll_seconds) * points,
    }
