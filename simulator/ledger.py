"""Slow troubles of the city, drawn from the seed: what analyses are meant to find.

About 3 % of the stations each have a grown leak, a worn pump, a set point too high, a bad
sequence, a clogged strainer or a drifting gauge. Nothing but the simulator and tests reads this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from data.stations import StationRow
from simulator.draws import between, uniform
from simulator.parameters import Parameters
from simulator.types import Bools, Floats, Ints

KINDS = ("leak", "worn", "setpoint", "sequence", "strainer", "gauge")
SHARE = 0.03
GROWTH_DAYS = {"leak": 20.0, "worn": 180.0, "setpoint": 0.0, "sequence": 0.0,
               "strainer": 45.0, "gauge": 120.0}  # fmt: skip
ADD_SPEED, DROP_SHARE = 0.985, 0.56
"""A pump is added above this speed ratio and dropped below this share of the best flow."""

Told = dict[str, Any]


@dataclass(frozen=True)
class Troubles:
    """How far the sets of a group are from healthy on one day. Arrays [s], wear [s, p]."""

    head: Floats
    """k_H of each pump."""
    efficiency: Floats
    """k_η of each pump."""
    strainer: Floats
    """Loss coefficient over the pump curve's own c."""
    leak: Floats
    """m³/h more at the set point."""
    setpoint: Floats
    """MPa too much."""
    bias: Floats
    """MPa that the discharge gauge reads too high."""
    add_speed: Floats
    drop_share: Floats


@dataclass(frozen=True)
class Ledger:
    """Which station has which trouble since when. `first`: day ordinal [n] by kind, far in the
    future where there is none; `size`: 0 to 1 [n], how bad it gets."""

    shape: Parameters
    first: dict[str, Ints]
    size: dict[str, Floats]

    def grown(self, kind: str, day: int) -> Floats:
        """[n] share of its final size that the trouble has on that day, 0 before it begins."""
        since = (day - self.first[kind]).astype(float)
        span = GROWTH_DAYS[kind]
        return np.where(since < 0, 0.0, np.clip((since + 1.0) / (span + 1.0), 0.0, 1.0))

    def has(self, kind: str, day: int) -> Bools:
        """[n] stations whose trouble of that kind has begun."""
        return np.asarray(self.first[kind] <= day)

    def on(self, day: int) -> Troubles:
        """All troubles as they stand on that day."""
        shape = self.shape
        grown = {kind: self.grown(kind, day)[shape.station] for kind in KINDS}
        size = {kind: self.size[kind][shape.station] for kind in KINDS}
        first_zone = shape.zone == 0
        worn = np.zeros(shape.exists.shape)
        worn[:, 0] = grown["worn"] * first_zone
        bad = grown["sequence"] > 0
        return Troubles(
            head=1.0 - worn * between(0.06, 0.11, size["worn"])[:, None],
            efficiency=1.0 - worn * between(0.10, 0.16, size["worn"])[:, None],
            strainer=grown["strainer"] * first_zone * between(0.10, 0.35, size["strainer"]),
            leak=grown["leak"] * first_zone * between(0.18, 0.45, size["leak"]) * shape.demand,
            setpoint=grown["setpoint"] * between(0.06, 0.11, size["setpoint"]),
            bias=grown["gauge"] * first_zone * between(0.03, 0.06, size["gauge"]),
            add_speed=np.where(bad, 0.90, ADD_SPEED),
            drop_share=np.where(bad, 0.22, DROP_SHARE),
        )


def told(rows: Sequence[StationRow], known: Ledger, exchanged: Ints, birth: int) -> list[Told]:
    """What tests may read: the troubles and meter exchanges of the city by its birth.

    exchanged: [s] day on which the outlet meter of a set was exchanged, 0 = never.
    """
    found: list[Told] = []
    for kind, first in known.first.items():
        for i in np.flatnonzero(first <= birth).tolist():
            found.append(_entry(rows[i], kind, int(first[i]), float(known.size[kind][i])))
    for s in np.flatnonzero(exchanged).tolist():
        row = rows[int(known.shape.station[s])]
        found.append(_entry(row, "meter_exchange", int(exchanged[s]), 1.0))
    return found


def _entry(row: StationRow, kind: str, day: int, size: float) -> Told:
    return {
        "station": row.code,
        "kind": kind,
        "zone": row.sets[0].zone,
        "first": date.fromordinal(day).isoformat(),
        "size": round(size, 3),
    }


def healthy(shape: Parameters) -> Troubles:
    """No trouble at all."""
    none = np.zeros(len(shape.station))
    return Troubles(
        head=np.ones(shape.exists.shape),
        efficiency=np.ones(shape.exists.shape),
        strainer=none,
        leak=none,
        setpoint=none,
        bias=none,
        add_speed=np.full_like(none, ADD_SPEED),
        drop_share=np.full_like(none, DROP_SHARE),
    )


def ledger(shape: Parameters, birth: int) -> Ledger:
    """The troubles of these stations in a city that goes live on the day `birth` (ordinal).

    A station has one kind at most; troubles began 20 to 330 days before the birth.
    """
    fate = uniform(shape.seed, "fate", shape.key)
    first, size = {}, {}
    for place, kind in enumerate(KINDS):
        hit = (fate >= place * SHARE) & (fate < (place + 1) * SHARE)
        back = between(20, 330, uniform(shape.seed, "since." + kind, shape.key)).astype(np.int64)
        first[kind] = np.where(hit, birth - back, np.iinfo(np.int64).max // 2)
        size[kind] = uniform(shape.seed, "size." + kind, shape.key)
    return Ledger(shape, first, size)
