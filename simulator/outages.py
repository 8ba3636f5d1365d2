"""When the past of a pump house has holes: mains power failures, lost links, meter exchanges.

Drawn from (seed, station, day) alone; an outage ends on the day that it began. Minutes are those
of the local day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.draws import between, log_between, uniform
from simulator.parameters import Parameters
from simulator.types import Bools, Floats, Ints

POWER_A_YEAR = 0.7
LINK_A_YEAR = 1.6
RURAL_LINKS = 3.0
"""Times as many lost links at a rural station."""
CARRIER_A_YEAR = 4.0
"""Days on which a carrier loses a part of the city."""
EXCHANGED = 0.03
"""Share of the stations that got a new outlet meter in the past year."""
LATEST = 1410
"""Minute of the day by which every outage is over."""


@dataclass(frozen=True)
class Spells:
    """One outage a station at most, [n]: minutes of the day; begin == end where there is none."""

    begin: Floats
    end: Floats

    @property
    def any(self) -> Bools:
        return np.asarray(self.end > self.begin)

    def share(self, steps: int, length: float) -> Floats:
        """[n, steps] share of each step of a day of `length` s that lies in the outage."""
        edges = np.arange(steps + 1) * length / steps / 60.0
        low, high = edges[:-1], edges[1:]
        inside = np.minimum(self.end[:, None], high) - np.maximum(self.begin[:, None], low)
        return np.clip(inside / (high - low), 0.0, 1.0)


def power_failures(shape: Parameters, day: int) -> Spells:
    """Mains power away for 10 minutes to 5 hours; the station stays online on its UPS."""
    chance = POWER_A_YEAR / 365.0 * np.where(shape.rural, 2.0, 1.0)
    return _spells(shape, day, "power", chance, 10.0, 300.0)


def lost_links(shape: Parameters, day: int) -> Spells:
    """No data for some minutes to a day: a gateway, or a part of the city by its carrier."""
    own = LINK_A_YEAR / 365.0 * np.where(shape.rural, RURAL_LINKS, 1.0)
    single = _spells(shape, day, "link", own, 6.0, 1380.0)
    area = carrier_outage(shape.seed, day)
    if area is None:
        return single
    begin, end, share = area
    hit = (uniform(shape.seed, "carrier.who", shape.key) < share) & ~single.any
    return Spells(np.where(hit, begin, single.begin), np.where(hit, end, single.end))


def carrier_outage(seed: int, day: int) -> tuple[float, float, float] | None:
    """(begin, end, share of the stations) of a carrier's failure on that day."""
    draw = uniform(seed, "carrier", day, np.arange(4))
    if draw[0] >= CARRIER_A_YEAR / 365.0:
        return None
    begin = float(between(360, 1200, draw[1]))
    return begin, begin + float(between(30, 180, draw[2])), float(between(0.1, 0.3, draw[3]))


def exchange_day(shape: Parameters, birth: int) -> Ints:
    """[s] day on which the outlet meter of a set was exchanged at noon; 0 = never."""
    draw = uniform(shape.seed, "exchange", shape.key)[shape.station]
    back = between(5, 350, uniform(shape.seed, "exchange.day", shape.key))[shape.station]
    hit = (draw < EXCHANGED) & (shape.zone == 0)
    return np.where(hit, birth - back.astype(np.int64), 0)


def _spells(
    shape: Parameters, day: int, stream: str, chance: Floats, least: float, most: float
) -> Spells:
    fate = uniform(shape.seed, stream, shape.key, day)
    begin, end = np.zeros(shape.count), np.zeros(shape.count)
    hit = np.flatnonzero(fate < chance)
    if len(hit):
        draw = uniform(shape.seed, stream + ".when", shape.key[hit, None], day, np.arange(2))
        long = np.round(log_between(least, most, draw[:, 0]))
        begin[hit] = np.round((LATEST - long) * draw[:, 1])
        end[hit] = begin[hit] + long
    return Spells(begin, end)
