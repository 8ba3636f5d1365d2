"""Faults of gauges, meters, contacts, links and power, and people where they should not be."""

from __future__ import annotations

from simulator.gateways import Link
from simulator.trouble import DAY, MINUTE, Kind, Trouble


def _drift(trouble: Trouble, now: int) -> None:
    bias = (0.02, 0.05, 0.10)[trouble.level] * trouble.grown(now)
    trouble.plant.effects.bias[trouble.set] += bias


def _stuck_gauge(trouble: Trouble, now: int) -> None:
    plant, row = trouble.plant, trouble.set
    shown = plant.sets.state.pressure[row] + plant.sets.troubles.bias[row]
    value = trouble.kept.setdefault("gauge", round(float(shown), 2))
    plant.effects.stuck_gauge[row] = value


def _noisy_gauge(trouble: Trouble, now: int) -> None:
    effects = trouble.plant.effects
    effects.gauge_noise[trouble.set] = (0.015, 0.0, 0.015)[trouble.level]
    effects.spikes[trouble.set] = (0.0, 0.01, 0.01)[trouble.level]


def _power_loss(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.dark[trouble.station] = True


def _phase(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.phase[0, trouble.station] = (0.9, 0.8, 0.0)[trouble.level]


def _lost_link(trouble: Trouble, now: int) -> None:
    link = Link.SILENT if trouble.level == 0 else Link.DOWN
    trouble.plant.effects.link[trouble.station] = link


def _carrier(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.link[trouble.station] = Link.DOWN


def _frozen_plc(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.frozen[trouble.station] = True


def _meters(trouble: Trouble, now: int) -> None:
    """Once, at the onset: after a restart of the simulator the meter isn't new again."""
    if "done" in trouble.kept or now >= trouble.fault.begin + MINUTE:
        return
    trouble.kept["done"] = 1.0
    counters, row, station = trouble.plant.counters, trouble.set, trouble.station
    counters.outlet[row] = 0.0 if trouble.level != 1 else 0.31 * counters.outlet[row]
    if trouble.level == 2:
        counters.inlet[station] = counters.energy[station] = 0.0


def _scale(trouble: Trouble, now: int) -> None:
    effects = trouble.plant.effects
    if trouble.level == 2:
        effects.flow_scale[trouble.set] = 10.0
    else:
        effects.power_scale[trouble.station] = (0.5, 10.0)[trouble.level]


def _flood(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.spill[trouble.station] = (2.0, 5.0, 10.0)[trouble.level]
    trouble.plant.effects.sump_dead[trouble.station] = True


def _intruder(trouble: Trouble, now: int) -> None:
    effects, place = trouble.plant.effects, trouble.station
    effects.door[place] = True
    effects.motion[place] = trouble.level > 0


def _dry_cell(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.dry[trouble.station] = True


def _inverted(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.inverted[trouble.station] = trouble.level + 1


def _chatter(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.loose[trouble.station] = trouble.level + 1


def _home_meters(trouble: Trouble, now: int) -> None:
    """Theft here; meters that stand still are seen to by who reads them (meter_rounds)."""
    if trouble.level == 0:
        mine = trouble.plant.shape.station == trouble.station
        trouble.plant.effects.metered[mine] = 0.97


KINDS = (
    Kind("F07", "Discharge gauge drifted upwards", (DAY, DAY, DAY), _drift),
    Kind("F08", "Discharge gauge stuck", (60.0, 120.0, 240.0), _stuck_gauge),
    Kind("F09", "Discharge gauge: noise, spikes, both", (240.0, 240.0, 240.0), _noisy_gauge),
    Kind("F12", "Power loss", (5.0, 120.0, 480.0), _power_loss),
    Kind("F13", "Phase A: 10 % low, 20 % low, lost", (60.0, 60.0, 60.0), _phase),
    Kind("F14", "Lost link: silent, down", (3.0, 120.0, 1800.0), _lost_link),
    Kind("F15", "Carrier outage of 30 % of a district", (15.0, 60.0, 180.0), _carrier),
    Kind("F16", "PLC frozen, its gateway answers", (5.0, 30.0, 120.0), _frozen_plc),
    Kind("F17", "Outlet meter reset, exchanged; all meters reset", (2.0, 2.0, 2.0), _meters),
    Kind("F18", "Scale: power halved (CT), power tenfold, flow tenfold", (DAY, DAY, DAY),
         _scale),
    Kind("F20", "Flooding", (15.0, 30.0, 60.0), _flood),
    Kind("F21", "Door open without a card, intruder", (3.0, 5.0, 10.0), _intruder),
    Kind("F25", "Flow cell dry: chlorine reads 0", (60.0, 240.0, 720.0), _dry_cell),
    Kind("F31", "Contact inverted: door, smoke, flood", (7 * DAY, 7 * DAY, 7 * DAY), _inverted),
    Kind("F32", "Contact chatters: motion, pump fault, flood", (30.0, 30.0, 30.0), _chatter),
    Kind("F33", "Household meters: theft of 3 %, a tenth stopped, three tenths stopped",
         (7 * DAY, 7 * DAY, 7 * DAY), _home_meters),
)  # fmt: skip
