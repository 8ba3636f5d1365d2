"""The fault library (codes F01 ...): what each fault does to a plant while it lasts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from data.catalogue.points import ZONES
from simulator.gateways import Link
from simulator.plant import Plant

MINUTE = 60_000


@dataclass(frozen=True)
class Fault:
    """One fault at one station. `end` in ms UTC; None = until somebody clears it."""

    group: str
    """Faults that belong together, such as the stations of one carrier, share it."""
    code: str
    station: str
    severity: int
    begin: int
    end: int | None = None
    place: str = ""
    """Zone (L) or pump (L.P2); empty = the fault finds its own."""
    origin: str = "injected"

    def active(self, now: int) -> bool:
        return self.begin <= now and (self.end is None or now < self.end)

    def row(self) -> dict[str, Any]:
        """The fault as JSON takes it."""
        return asdict(self)


@dataclass
class Trouble:
    """A fault at work: `station` is its place among the plant's stations; `kept` is what it found
    at its onset, such as the value at which a gauge sticks."""

    fault: Fault
    plant: Plant
    station: int
    kept: dict[str, float] = field(default_factory=dict)

    @property
    def level(self) -> int:
        """Severity counted from 0."""
        return min(3, max(1, self.fault.severity)) - 1

    @property
    def set(self) -> int:
        """The set that the fault names, else the station's first."""
        shape = self.plant.shape
        zone = ZONES.index(self.fault.place[:1]) if self.fault.place[:1] in ZONES else 0
        mine = np.flatnonzero(shape.station == self.station)
        exact = mine[shape.zone[mine] == zone]
        return int((exact if len(exact) else mine)[0])

    def work(self, now: int) -> None:
        """Write this second's effect."""
        LIBRARY[self.fault.code].work(self, now)


@dataclass(frozen=True)
class Kind:
    """A fault of the library. `minutes` by severity: how long it lasts unless told."""

    code: str
    en: str
    minutes: tuple[float, float, float]
    work: Callable[[Trouble, int], None]


def _leak(trouble: Trouble, now: int) -> None:
    grown = min(1.0, (now - trouble.fault.begin) / (10.0 * MINUTE))
    trouble.plant.effects.burst[trouble.set] += (0.5, 1.5, 3.0)[trouble.level] * grown


def _burst(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.burst[trouble.set] += (10.0, 25.0, 60.0)[trouble.level]


def _stuck_valve(trouble: Trouble, now: int) -> None:
    told = trouble.plant.water.state.filling[trouble.station]
    wrong = trouble.kept.setdefault("valve", 0.0 if told else 1.0)
    trouble.plant.effects.valve[trouble.station] = (0.5, wrong, 1.0)[trouble.level]


def _stuck_gauge(trouble: Trouble, now: int) -> None:
    plant, row = trouble.plant, trouble.set
    shown = plant.sets.state.pressure[row] + plant.sets.troubles.bias[row]
    value = trouble.kept.setdefault("gauge", round(float(shown), 2))
    plant.effects.stuck_gauge[row] = value


def _drive_trip(trouble: Trouble, now: int) -> None:
    plant, row, place = trouble.plant, trouble.set, trouble.fault.place
    named = int(place[3:]) - 1 if place[1:3] == ".P" and place[3:].isdigit() else None
    running = int(np.argmax(plant.sets.state.speed[row]))
    pump = int(trouble.kept.setdefault("pump", float(running if named is None else named)))
    plant.effects.trip[row, pump] = (4, 1, 6)[trouble.level]


def _power_loss(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.dark[trouble.station] = True


def _lost_link(trouble: Trouble, now: int) -> None:
    link = Link.SILENT if trouble.level == 0 else Link.DOWN
    trouble.plant.effects.link[trouble.station] = link


def _carrier(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.link[trouble.station] = Link.DOWN


def _flood(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.spill[trouble.station] = (2.0, 5.0, 10.0)[trouble.level]
    trouble.plant.effects.sump_dead[trouble.station] = True


def _intruder(trouble: Trouble, now: int) -> None:
    effects, place = trouble.plant.effects, trouble.station
    effects.door[place] = True
    effects.motion[place] = trouble.level > 0


def _low_chlorine(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.chlorine[trouble.station] = (0.6, 0.4, 0.1)[trouble.level]


def _share(trouble: Trouble, now: int) -> float:
    """Faults that take weeks grow within ten minutes here."""
    return min(1.0, (now - trouble.fault.begin) / (10.0 * MINUTE))


def _pump(trouble: Trouble) -> int:
    """The pump that the fault names (L.P2), else the first."""
    place = trouble.fault.place
    named = int(place[3:]) - 1 if place[1:3] == ".P" and place[3:].isdigit() else 0
    return min(named, int(trouble.plant.shape.pumps[trouble.set]) - 1)


def _worn(trouble: Trouble, now: int) -> None:
    effects, at, grown = trouble.plant.effects, (trouble.set, _pump(trouble)), _share(trouble, now)
    effects.head[at] = 1.0 - grown * (0.04, 0.07, 0.12)[trouble.level]
    effects.efficiency[at] = 1.0 - grown * (0.05, 0.10, 0.15)[trouble.level]


def _strainer(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.strainer[trouble.set] += (0.25, 1.0, 2.5)[trouble.level]


def _check_valve(trouble: Trouble, now: int) -> None:
    """Of the pump named; else of whichever stands, so that the rotation doesn't hide it."""
    row, back = trouble.set, trouble.plant.effects.back
    pumps = (
        [_pump(trouble)]
        if trouble.fault.place[1:]
        else np.flatnonzero(trouble.plant.shape.exists[row])
    )
    back[row, pumps] = (2.0, 5.0, 10.0)[trouble.level]


def _drift(trouble: Trouble, now: int) -> None:
    bias = (0.02, 0.05, 0.10)[trouble.level] * _share(trouble, now)
    trouble.plant.effects.bias[trouble.set] += bias


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


def _home_meters(trouble: Trouble, now: int) -> None:
    """Theft here; meters that stand still are seen to by who reads them (meter_rounds)."""
    if trouble.level == 0:
        mine = trouble.plant.shape.station == trouble.station
        trouble.plant.effects.metered[mine] = 0.97


DAY = 1440.0
LIBRARY = {
    kind.code: kind
    for kind in (
        Kind("F01", "Leak growth", (1440.0, 1440.0, 1440.0), _leak),
        Kind("F02", "Burst", (90.0, 60.0, 30.0), _burst),
        Kind("F03", "Worn impeller", (DAY, DAY, DAY), _worn),
        Kind("F04", "Clogged strainer", (DAY, DAY, DAY), _strainer),
        Kind("F05", "Inlet valve stuck: half open, against its command, open", (60.0, 60.0, 60.0),
             _stuck_valve),
        Kind("F06", "Check valve that doesn't close", (240.0, 240.0, 240.0), _check_valve),
        Kind("F07", "Discharge gauge drifted upwards", (DAY, DAY, DAY), _drift),
        Kind("F08", "Discharge gauge stuck", (60.0, 120.0, 240.0), _stuck_gauge),
        Kind("F10", "Drive trip: overload, over-current, earth fault", (30.0, 60.0, 120.0),
             _drive_trip),
        Kind("F12", "Power loss", (5.0, 120.0, 480.0), _power_loss),
        Kind("F14", "Lost link: silent, down", (3.0, 120.0, 1800.0), _lost_link),
        Kind("F15", "Carrier outage of 30 % of a district", (15.0, 60.0, 180.0), _carrier),
        Kind("F17", "Outlet meter reset, exchanged; all meters reset", (2.0, 2.0, 2.0), _meters),
        Kind("F18", "Scale: power halved (CT), power tenfold, flow tenfold", (DAY, DAY, DAY),
             _scale),
        Kind("F20", "Flooding", (15.0, 30.0, 60.0), _flood),
        Kind("F21", "Door open without a card, intruder", (3.0, 5.0, 10.0), _intruder),
        Kind("F22", "Low chlorine from the mains", (240.0, 480.0, 720.0), _low_chlorine),
        Kind("F33", "Household meters: theft of 3 %, a tenth stopped, three tenths stopped",
             (7 * DAY, 7 * DAY, 7 * DAY), _home_meters),
    )
}  # fmt: skip
