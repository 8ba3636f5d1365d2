"""What broken gauges and contacts make of the readings of a panel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simulator.plant import Plant
from simulator.types import Bools, Floats, Ints

INVERTED = ("SE.DOOR", "EN.SMOKE", "EN.FLOOD")
"""Contacts that are wired the wrong way round, by severity."""
LOOSE = ("SE.PIR", "{z}.P{n}.FAULT", "EN.FLOOD")
"""Contacts that chatter, by severity; of the pumps that of the first."""
PERIOD, SHUT = 16.0, 8.0
"""s of a chatter, and how long of it the contact is closed."""
NONSENSE = (0.0, 2.4, 6.5)
"""MPa: a spike is nothing, nearly the whole range, or a register full of ones."""


def spoil(plant: Plant, shown: Floats, begin: Mapping[str, int], width: Mapping[str, int]) -> None:
    """Change `shown`, the cells of a panel, in place. `begin`, `width`: first cell and cells a row
    of each template; templates of the other block aren't there."""
    effects = plant.effects
    if "{z}.P_OUT" in begin and (effects.gauge_noise.any() or effects.spikes.any()):
        sets = len(effects.spikes)
        cells = shown[begin["{z}.P_OUT"] : begin["{z}.P_OUT"] + sets]
        cells += effects.gauge_noise * plant.chance.standard_normal(sets)
        wild = plant.chance.random(sets) < effects.spikes
        cells[wild] = plant.chance.choice(NONSENSE, int(wild.sum()))
    if effects.dry.any():
        for template in ("WQ.FLOWCELL", "WQ.CL_OUT"):
            if template in begin:
                shown[begin[template] + np.flatnonzero(effects.dry)] = 0.0
    if effects.inverted.any():
        for cells_of in _contacts(plant, effects.inverted, INVERTED, begin, width):
            shown[cells_of] = 1.0 - shown[cells_of]
    if effects.loose.any():
        shut = plant.seconds % PERIOD < SHUT
        for cells_of in _contacts(plant, effects.loose, LOOSE, begin, width):
            shown[cells_of] = np.where(shut, 1.0, shown[cells_of])


def _contacts(
    plant: Plant,
    number: Ints,
    templates: tuple[str, ...],
    begin: Mapping[str, int],
    width: Mapping[str, int],
) -> list[Ints]:
    """Cells of the contacts that `number` [n] names, counted from 1."""
    found = []
    for i, template in enumerate(templates, 1):
        chosen: Bools = number == i
        if template not in begin or not chosen.any():
            continue
        rows = np.flatnonzero(chosen)
        if template.startswith("{z}"):
            rows = np.searchsorted(plant.shape.station, rows)
        found.append(begin[template] + rows * width[template])
    return found
