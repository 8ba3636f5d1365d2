"""Troubles that a trial plants: kinds of the fault library at the pace of days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulator.ledger import ADD_SPEED, DROP_SHARE, Ledger, Troubles, healthy
from simulator.parameters import Parameters

RAMP = {"F01": 7.0, "F03": 180.0, "F04": 30.0, "F07": 30.0, "setpoint": 0.0, "sequence": 0.0}
"""Days from the onset until a trouble is whole, unless told; F07 drifts on for as long as it
lasts, by its size every 30 days."""
LEAK = (0.5, 1.5, 3.0)
HEAD, EFFICIENCY = (0.96, 0.93, 0.88), (0.95, 0.90, 0.85)
STRAINER = (0.25, 1.0, 2.5)
"""Times the pump curve's own c: K_s of 0.005, 0.02 and 0.05 at the c of 0.02 of SIM-620."""
DRIFT = (0.02, 0.05, 0.10)
"""MPa in 30 days that the discharge gauge reads too high."""
SETPOINT = (0.04, 0.08, 0.12)
FAR = 10_000


@dataclass(frozen=True)
class Planted:
    """One trouble at station number `station` of a trial, from its day `day` (0 = the first).

    code: F01 leak, F03 worn pump, F04 strainer, F07 drift of the discharge gauge, `setpoint` too
    high, `sequence` bad. severity 1 to 3; `size`, when above 0, stands for it: m³/h, 1 − k_H (k_η
    then loses 1.3 times as much), times c, MPa in 30 days, MPa. ramp: days until it is whole
    (F04 grows exponentially, others evenly), None = as usual, 0 = a step. until: first day on
    which it is repaired. zone and pump count from 0.
    """

    station: int
    code: str
    day: int
    severity: int = 2
    size: float = 0.0
    ramp: float | None = None
    until: int = FAR
    zone: int = 0
    pump: int = 0

    def grown(self, day: int) -> float:
        """Share of its size on day number `day` of the trial."""
        if not self.day <= day < self.until:
            return 0.0
        ramp = RAMP[self.code] if self.ramp is None else self.ramp
        age = day - self.day + 1.0
        if self.code == "F07" and ramp > 0.0:
            return age / ramp
        share = min(1.0, age / (ramp + 1.0))
        return float(np.expm1(3.0 * share) / np.expm1(3.0)) if self.code == "F04" else share

    def of(self, sizes: Sequence[float]) -> float:
        return self.size if self.size > 0.0 else sizes[self.severity - 1]


@dataclass(frozen=True)
class Plan(Ledger):
    """A ledger with nothing but what was planted."""

    start: int = 0
    """Ordinal of the first day."""
    planted: tuple[Planted, ...] = ()

    @classmethod
    def of(cls, shape: Parameters, start: int, planted: Sequence[Planted]) -> Plan:
        unknown = {t.code for t in planted} - set(RAMP)
        if unknown:
            raise ValueError(f"no such trouble: {', '.join(sorted(unknown))}; {sorted(RAMP)}")
        return cls(shape, {}, {}, start, tuple(planted))

    def on(self, day: int) -> Troubles:
        """All troubles as they stand on that day (ordinal)."""
        found = healthy(self.shape)
        found = replace(found, **{n: getattr(found, n).copy() for n in _ARRAYS})
        for trouble in self.planted:
            share = trouble.grown(day - self.start)
            if share > 0.0:
                self._add(found, trouble, share)
        return found

    def _add(self, found: Troubles, trouble: Planted, share: float) -> None:
        s, p = self._set(trouble), trouble.pump
        if trouble.code == "F01":
            found.leak[s] += share * trouble.of(LEAK)
        elif trouble.code == "F03":
            head = trouble.size or 1.0 - HEAD[trouble.severity - 1]
            own = 1.3 * trouble.size or 1.0 - EFFICIENCY[trouble.severity - 1]
            found.head[s, p] = 1.0 - share * head
            found.efficiency[s, p] = 1.0 - share * own
        elif trouble.code == "F04":
            found.strainer[s] += share * trouble.of(STRAINER)
        elif trouble.code == "F07":
            found.bias[s] += share * trouble.of(DRIFT)
        elif trouble.code == "setpoint":
            found.setpoint[s] += share * trouble.of(SETPOINT)
        else:
            found.add_speed[s], found.drop_share[s] = _BAD[trouble.severity - 1]

    def _set(self, trouble: Planted) -> int:
        mine = np.flatnonzero(self.shape.station == trouble.station)
        return int(mine[trouble.zone])


_ARRAYS = (
    "head", "efficiency", "strainer", "leak", "setpoint", "bias", "add_speed", "drop_share",
)  # fmt: skip
_BAD = (
    (0.5 * (0.90 + ADD_SPEED), 0.5 * (0.22 + DROP_SHARE)),
    (0.90, 0.22),
    (0.85, 0.15),
)
"""Speed ratio at which a pump is added, share of the best flow at which one is dropped."""
