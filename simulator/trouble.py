"""What a fault is, and a fault at work on a plant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from data.catalogue.points import ZONES
from simulator.plant import Plant

MINUTE = 60_000
DAY = 1440.0
"""min"""


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

    @property
    def pump(self) -> int:
        """The pump that the fault names (L.P2), else the first."""
        named = self.named_pump
        return min(named or 0, int(self.plant.shape.pumps[self.set]) - 1)

    @property
    def named_pump(self) -> int | None:
        """Index of the pump that the fault names, if it does."""
        place = self.fault.place
        return int(place[3:]) - 1 if place[1:3] == ".P" and place[3:].isdigit() else None

    def grown(self, now: int, minutes: float = 10.0) -> float:
        """Share of its full size that a growing fault has reached; what takes weeks in life grows
        within ten minutes here."""
        return min(1.0, (now - self.fault.begin) / (minutes * MINUTE))


@dataclass(frozen=True)
class Kind:
    """A fault of the library. `minutes` by severity: how long it lasts unless told."""

    code: str
    en: str
    minutes: tuple[float, float, float]
    work: Callable[[Trouble, int], None]
