"""The truth of a trial: what leaked, how worn each pump was, what energy each trouble took."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from data.catalogue.points import ZONES
from data.stations import StationRow
from simulator.counterfactual import PARTS, pump_energy
from simulator.quasi import Day, Quasi
from simulator.types import Floats, Ints

OF_SETS = ("leak", "grown", "used", "night")
OF_PUMPS = ("head", "efficiency")


class Witness:
    """Notes the truth of day after day."""

    def __init__(self) -> None:
        self.notes: dict[str, list[Floats]] = {name: [] for name in (*OF_SETS, *OF_PUMPS)}

    def note(self, world: Day) -> None:
        """One day; what leaks is the leak at the mean pressure of each step."""
        shape, troubles, run = world.shape, world.troubles, world.sets
        ratio = (run.pressure / shape.setpoint[:, None]) ** shape.leak_exponent[:, None]
        lost = (shape.leak + troubles.leak)[:, None] * ratio
        homes = np.maximum(run.flow - lost, 0.0)
        night = slice(round(7200.0 / world.step), round(14_400.0 / world.step))
        found = {
            "leak": lost.mean(axis=1),
            "grown": (troubles.leak[:, None] * ratio).mean(axis=1),
            "used": homes.sum(axis=1) * world.step / 3600.0,
            "night": homes[:, night].mean(axis=1),
            "head": np.where(shape.exists, troubles.head, np.nan),
            "efficiency": np.where(shape.exists, troubles.efficiency, np.nan),
        }
        for name, values in found.items():
            self.notes[name].append(values)


@dataclass(frozen=True)
class Truth:
    """Sets [s] are those of all stations, one after another, zone by zone."""

    rows: tuple[StationRow, ...]
    station: Ints
    """[s] place of the station in `rows`."""
    zone: tuple[str, ...]
    leak: Floats
    """[s, days] m³/h on the mean of the day: what was always there, and what was planted ..."""
    grown: Floats
    """[s, days] of it what was planted."""
    used: Floats
    """[s, days] m³ that the homes took."""
    night: Floats
    """[s, days] m³/h that the homes took from 2 to 4 o'clock."""
    head: Floats
    """[s, p, days] k_H of each pump; NaN where there is none."""
    efficiency: Floats
    """[s, p, days] k_η"""
    shutoff_head: Floats
    """[s] H₀ of a healthy pump, m; H = H₀ − c·q² ..."""
    c: Floats
    a1: Floats
    """... and η = a₁q − a₂q²."""
    a2: Floats
    rated_power: Floats
    _quasi: Quasi = field(repr=False)
    _order: Ints = field(repr=False)
    _first: int
    _step: float

    @classmethod
    def of(
        cls, rows: Sequence[StationRow], at: Ints, quasi: Quasi, first: int, witness: Witness,
        step: float,
    ) -> Truth:  # fmt: skip
        """at: [n] place in `rows` of each station of `quasi`; first: ordinal of the first day."""
        shape, curve = quasi.shape, quasi.shape.curve
        order = np.lexsort((shape.zone, at[shape.station]))
        notes = {n: np.stack(some, axis=-1)[order] for n, some in witness.notes.items()}
        names = ("shutoff_head", "c", "a1", "a2", "rated_power")
        return cls(
            rows=tuple(rows), station=at[shape.station][order],
            zone=tuple(ZONES[z] for z in shape.zone[order].tolist()),
            **notes, **{name: np.asarray(getattr(curve, name))[order] for name in names},
            _quasi=quasi, _order=order, _first=first, _step=max(step, 900.0),
        )  # fmt: skip

    def station_leak(self) -> Floats:
        """[stations, days] m³/h."""
        found = np.zeros((len(self.rows), self.leak.shape[1]))
        np.add.at(found, self.station, self.leak)
        return found

    def energy(
        self,
        without: Collection[str] = (),
        hold_flow: bool = True,
        hold_pumps: bool = True,
        days: Sequence[int] | None = None,
    ) -> Floats:
        """[s, days] kWh of the pumps once some of `counterfactual.PARTS` are gone; () = as it was.

        days: numbers of some days (0 = the first), None = all; about 10 ms each. hold_flow,
        hold_pumps: as in `counterfactual.pump_energy`. Raises ValueError for another part.
        """
        unknown = set(without) - set(PARTS)
        if unknown:
            raise ValueError(f"no such part: {sorted(unknown)}; there are {PARTS}")
        chosen = range(self.leak.shape[1]) if days is None else days
        each = [
            pump_energy(self._quasi, self._first + d, without, self._step, hold_flow, hold_pumps)
            for d in chosen
        ]
        return np.stack(each, axis=1)[self._order]
