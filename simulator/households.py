"""Household meters of the compounds: a share of what the homes use, read on Mondays.

A meter shows its share of all that the station's homes have used (`Counters.used`), less what it
under-registers, so that the past and the live city read the same meters. The leak is in none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from data.stations import StationRow
from simulator.course import pattern
from simulator.draws import between, key, normal, pick, uniform
from simulator.parameters import Parameters
from simulator.sizing import mean_flow
from simulator.types import Floats, Ints

MOST = 150
"""Meters of a compound that have a row of their own; all others are summed in the meter REST."""
SPREAD = 0.6
"""Of the logarithm of a household's share."""
UNDER = 0.02
"""Share of the use that meters don't register."""
MISSING, LATE = 0.02, 0.05
"""Shares of the meters that aren't read in a week, and that are read on Thursday at 10 o'clock."""
RESOLUTIONS = {1: 0.3, 10: 0.4, 100: 0.2, 1000: 0.1}
"""Litres that a compound's meters show at least, and how many compounds have such meters."""
STOPPED, THEFT = 0.03, 0.03
"""Shares of the compounds in which some meters have stopped long ago; where water is stolen."""
STOOD = 0.8
"""A stopped meter stands at this share of what the city's birth would have shown."""
MONDAY, THURSDAY, LATE_HOUR = 0, 3, 10.0
TYPES = ("TANK_VFD", "STACKED")
Table = dict[str, np.ndarray]
_NAMES = np.array([*(f"H{i + 1:03d}" for i in range(MOST)), "REST", "PUBLIC", "FIRE"], object)
_KINDS = np.array([*["household"] * (MOST + 1), "public", "fire"], object)


@dataclass(frozen=True)
class Compound:
    """The meters of one compound: shares [m] of the use, the last three REST, PUBLIC and FIRE."""

    key: int
    id: int
    code: str
    shares: Floats
    """Of the use, as registered."""
    litres: int
    """Resolution."""
    stopped: Ints
    """Places of the meters that stand still."""
    theft: float
    """Share of the use that no meter sees."""

    @classmethod
    def of(cls, row: StationRow, seed: int) -> Compound:
        own = key(row.code)
        homes = np.exp(SPREAD * normal(seed, "home", own, np.arange(max(1, row.households))))
        draw = uniform(seed, "meters.compound", own, np.arange(6))
        public = float(between(0.005, 0.025, draw[0]))
        theft = float(between(0.03, 0.10, draw[1])) if draw[2] < THEFT else 0.0
        homes *= (1.0 - public) / homes.sum()
        shares = np.zeros(MOST + 3)
        shares[: min(MOST, len(homes))] = homes[:MOST]
        shares[MOST], shares[MOST + 1] = homes[MOST:].sum(), public
        count = min(MOST, len(homes))
        bad = max(1, round(float(between(0.03, 0.12, draw[4])) * count)) if draw[3] < STOPPED else 0
        return cls(
            own, row.id, row.code, shares * (1.0 - UNDER) * (1.0 - theft),
            list(RESOLUTIONS)[int(pick(list(RESOLUTIONS.values()), np.asarray(draw[5])))],
            np.argsort(uniform(seed, "meter.stopped", own, np.arange(count)))[:bad], theft,
        )  # fmt: skip

    def read(
        self, seed: int, used: float, born: float, week: int, late: bool,
        broken: tuple[float, float] = (0.0, 0.0),
    ) -> tuple[Ints, Ints]:  # fmt: skip
        """(places of the meters read, their readings in litres).

        used, born: m³ that the homes have used, and had at the city's birth; week: ordinal of its
        Monday; late: on the Thursday. broken: share of the meters that a fault has stopped, and
        m³ that the homes have used since.
        """
        m3 = self.shares * used
        m3[self.stopped] = self.shares[self.stopped] * born * STOOD
        count = round(broken[0] * MOST)
        m3[:count] = np.minimum(m3[:count], self.shares[:count] * (used - broken[1]))
        fate = uniform(seed, "read", self.key, week, np.arange(len(m3)))
        exists = self.shares > 0.0
        exists[-1] = True  # the fire line is read though nothing flows
        turn = (fate < LATE) if late else (fate >= LATE + MISSING)
        at = np.flatnonzero(exists & turn)
        # a float of a sum must not cost a litre
        return at, np.floor(m3[at] * 1000.0 / self.litres + 1e-6).astype(np.int64) * self.litres


def compounds(rows: Sequence[StationRow], seed: int) -> list[tuple[int, Compound]]:
    """(place in `rows`, meters) of the compounds among the stations."""
    return [(i, Compound.of(row, seed)) for i, row in enumerate(rows) if row.type in TYPES]


def readings(
    meters: Sequence[tuple[int, Compound]],
    seed: int,
    used: Floats,
    born: Floats,
    day: int,
    ms: int,
    broken: Mapping[str, tuple[float, float]] | None = None,
) -> Table:
    """Rows of the dataset `household` for one round: used, born [n] as in `Compound.read`; day:
    ordinal of the Monday or Thursday; ms: UTC."""
    late = weekday(day) == THURSDAY
    week = day - weekday(day)
    parts = [
        (one.id, *one.read(seed, float(used[i]), float(born[i]), week, late,
                           (broken or {}).get(one.code, (0.0, 0.0))))
        for i, one in meters
    ]  # fmt: skip
    if not parts:
        return {}
    at = np.concatenate([some for _, some, _ in parts])
    return {
        "station": np.concatenate([np.full(len(some), id) for id, some, _ in parts]),
        "ts": np.full(len(at), ms, np.int64),
        "meter": _NAMES[at],
        "kind": _KINDS[at],
        "reading": np.concatenate([litres for _, _, litres in parts]),
    }


def household_truth(rows: Sequence[StationRow], shape: Parameters) -> list[dict[str, Any]]:
    """What no analysis may know of each compound: its night use, L/(household·h) from 2 to 4
    o'clock on the mean of the year, and what is wrong with its household meters."""
    usual = mean_flow(1.0) * 1000.0 * float(pattern(np.array([3.0]), 1)[0])
    found = []
    for i, one in compounds(rows, shape.seed):
        night = float(shape.night[np.flatnonzero(shape.station == i)[0]])
        found.append({
            "station": one.code, "night_use": round(usual * night, 4), "theft": round(one.theft, 4),
            "stopped": [str(name) for name in _NAMES[one.stopped]], "litres": one.litres,
        })  # fmt: skip
    return found


def weekday(day: int) -> int:
    """0 = Monday."""
    return date.fromordinal(day).weekday()


def second_of(day: int) -> float | None:
    """Second of the local day at which meters are read on that day; None = they aren't."""
    return {MONDAY: 0.0, THURSDAY: LATE_HOUR * 3600.0}.get(weekday(day))
