"""What happens by itself in the living city: faults at a low rate, and people who visit.

Drawn from (seed, station, day): a restart finds the same faults and visits going on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.stations import StationRow
from simulator.draws import between, key, log_between, pick, uniform
from simulator.effects import Effects
from simulator.faults import MINUTE, Fault
from simulator.parameters import Parameters
from simulator.types import Floats

A_DAY = 0.14
"""Faults a station and day; with their lengths about 1 % of the stations have one at any time."""


@dataclass(frozen=True)
class _Fate:
    code: str
    weight: float
    minutes: tuple[float, float]
    severities: tuple[float, float, float]


FATES = (
    _Fate("F10", 0.28, (20, 120), (3, 2, 1)),
    _Fate("F14", 0.22, (5, 90), (1, 3, 0)),
    _Fate("F05", 0.12, (30, 150), (2, 2, 1)),
    _Fate("F12", 0.07, (5, 60), (1, 0, 0)),
    _Fate("F02", 0.04, (30, 90), (2, 1, 0)),
    _Fate("F22", 0.09, (240, 600), (1, 1, 2)),
    _Fate("F21", 0.05, (2, 5), (2, 1, 0)),
    _Fate("F08", 0.10, (30, 240), (1, 1, 0)),
    _Fate("F20", 0.03, (20, 45), (1, 1, 0)),
)


def incidents(rows: Sequence[StationRow], seed: int, day: int, midnight: int) -> list[Fault]:
    """Faults that begin on the local day `day`, which begins at `midnight` ms UTC."""
    keys = np.array([key(row.code) for row in rows], np.int64)
    struck = np.flatnonzero(uniform(seed, "struck", keys, day) < A_DAY)
    draw = uniform(seed, "incident", keys[struck][:, None], day, np.arange(4))
    found = []
    for i, share in zip(struck, draw, strict=True):
        row = rows[int(i)]
        fate = FATES[int(pick([f.weight for f in FATES], np.asarray(share[0])))]
        if fate.code == "F05" and not row.tanks:
            continue
        begin = midnight + int(share[1] * 86_400_000)
        length = int(log_between(*fate.minutes, share[2]) * MINUTE)
        severity = 1 + int(pick(fate.severities, np.asarray(share[3])))
        name = f"{row.code}-{day}-{fate.code}"
        found.append(
            Fault(name, fate.code, row.code, severity, begin, begin + length, origin="chance")
        )
    return found


@dataclass(frozen=True)
class Visits:
    """One authorised visit a week at every station: second of the local day on which it begins
    and ends, [n]; NaN on the other days."""

    begin: Floats
    end: Floats

    def work(self, effects: Effects, seconds: float) -> None:
        """Write this second's door, card, motion and disarming."""
        inside = seconds - self.begin
        left = self.end - seconds
        here = (inside >= 0.0) & (left > -10.0)  # False where NaN
        effects.card |= here & ((inside < 30.0) | (left < 20.0))
        effects.door |= here & (((inside > 4.0) & (inside < 19.0)) | ((left < 12.0) & (left > 0.0)))
        effects.disarmed |= here & (inside > 2.0)
        effects.motion |= here & (inside > 6.0) & (left > 2.0) & (seconds % 47.0 < 20.0)


def visits(shape: Parameters, day: int) -> Visits:
    """The visits of that local day, in working hours."""
    today = (shape.key + day) % 7 == 0
    draw = uniform(shape.seed, "visit", shape.key[:, None], day, np.arange(2))
    begin = np.floor(between(8.5 * 3600.0, 16.5 * 3600.0, draw[:, 0]))
    length = np.floor(between(900.0, 2400.0, draw[:, 1]))
    nobody = np.full(shape.count, np.nan)
    return Visits(np.where(today, begin, nobody), np.where(today, begin + length, nobody))
