"""What the meters of a quasi-steady day count, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from simulator.types import Floats

if TYPE_CHECKING:
    from simulator.quasi import Day


@dataclass(frozen=True)
class Counters:
    """Meter readings, or what they count, in the unit of the point; steps may be a last axis."""

    inlet: Floats
    """[n] m³"""
    energy: Floats
    """[n] kWh"""
    outlet: Floats
    """[s] m³"""
    set_energy: Floats
    """[s] kWh"""
    hours: Floats
    """[s, p]"""
    starts: Floats
    """[s, p]"""
    used: Floats
    """[s] m³ that the homes took: what their own meters share, without the leak."""

    def plus(self, other: Counters, factor: float = 1.0) -> Counters:
        """These readings and `factor` times the others."""
        return Counters(
            *(getattr(self, f.name) + factor * getattr(other, f.name) for f in fields(self))
        )

    def times(self, factor: float) -> Counters:
        """All of them so many times."""
        return Counters(*(getattr(self, f.name) * factor for f in fields(self)))

    def total(self) -> Counters:
        """Summed over the last axis."""
        return Counters(*(getattr(self, f.name).sum(axis=-1) for f in fields(self)))

    def first(self, steps: int) -> Counters:
        """The first steps of the last axis."""
        return Counters(*(getattr(self, f.name)[..., :steps] for f in fields(self)))


def counted(day: Day) -> Counters:
    """What the meters count in each step of the day; the last axis is the step."""
    shape, run, hours = day.shape, day.sets, day.step / 3600.0
    lit = (1.0 - day.dark)[shape.station]
    on = run.on(shape)
    share = (run.awake * lit)[:, None, :]
    before = np.empty_like(on)
    before[:, :, 1:] = on[:, :, :-1]
    place = np.arange(on.shape[1])
    turn = np.mod(place - day.first_lead[:, None], shape.pumps[:, None])
    before[:, :, 0] = turn < run.running[:, :1]
    lead = place[:, None] == run.lead[:, None, :]
    ratio = (run.pressure / shape.setpoint[:, None]) ** shape.leak_exponent[:, None]
    lost = (shape.leak + day.troubles.leak)[:, None] * ratio
    return Counters(
        inlet=day.tanks.inflow * hours,
        energy=day.power * hours,
        outlet=run.flow * hours,
        set_energy=run.total_power(shape) * lit * hours,
        hours=on * share * hours,
        starts=(on & ~before) + lead * (run.cycles * lit * hours)[:, None, :],
        used=np.maximum(run.flow - lost, 0.0) * hours,
    )
