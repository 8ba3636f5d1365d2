"""Faults of pumps, pipes and their control."""

from __future__ import annotations

import numpy as np

from simulator.trouble import DAY, MINUTE, Kind, Trouble

APART = 10.0
"""min between the failure of the running pump and that of the others (F11)."""


def _leak(trouble: Trouble, now: int) -> None:
    size = (0.5, 1.5, 3.0)[trouble.level] * trouble.grown(now)
    trouble.plant.effects.burst[trouble.set] += size


def _burst(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.burst[trouble.set] += (10.0, 25.0, 60.0)[trouble.level]


def _worn(trouble: Trouble, now: int) -> None:
    effects, at, grown = trouble.plant.effects, (trouble.set, trouble.pump), trouble.grown(now)
    effects.head[at] = 1.0 - grown * (0.04, 0.07, 0.12)[trouble.level]
    effects.efficiency[at] = 1.0 - grown * (0.05, 0.10, 0.15)[trouble.level]


def _strainer(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.strainer[trouble.set] += (0.25, 1.0, 2.5)[trouble.level]


def _check_valve(trouble: Trouble, now: int) -> None:
    """Of the pump named; else of whichever stands, so that the rotation doesn't hide it."""
    row, back = trouble.set, trouble.plant.effects.back
    pumps = (
        [trouble.pump]
        if trouble.fault.place[1:]
        else np.flatnonzero(trouble.plant.shape.exists[row])
    )
    back[row, pumps] = (2.0, 5.0, 10.0)[trouble.level]


def _first(trouble: Trouble) -> int:
    """The pump that fails first: the one named, else the one that runs at the onset."""
    running = int(np.argmax(trouble.plant.sets.state.speed[trouble.set]))
    named = trouble.named_pump
    return int(trouble.kept.setdefault("pump", float(running if named is None else named)))


def _drive_trip(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.trip[trouble.set, _first(trouble)] = (4, 1, 6)[trouble.level]


def _all_pumps(trouble: Trouble, now: int) -> None:
    trip, row, first = trouble.plant.effects.trip, trouble.set, _first(trouble)
    trip[row, first] = 4
    if now >= trouble.fault.begin + APART * MINUTE:
        trip[row, trouble.plant.shape.exists[row]] = 4


def _flat_vessel(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.vessel[trouble.set] = (0.2, 0.05, 0.04)[trouble.level]


def _eager(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.eager[trouble.set] = (25.0, 35.0, 60.0)[trouble.level]


def _setpoint(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.setpoint[trouble.set] += (0.04, 0.08, 0.12)[trouble.level]


KINDS = (
    Kind("F01", "Leak growth", (DAY, DAY, DAY), _leak),
    Kind("F02", "Burst", (90.0, 60.0, 30.0), _burst),
    Kind("F03", "Worn impeller", (DAY, DAY, DAY), _worn),
    Kind("F04", "Clogged strainer", (DAY, DAY, DAY), _strainer),
    Kind("F06", "Check valve that doesn't close", (240.0, 240.0, 240.0), _check_valve),
    Kind("F10", "Drive trip: overload, over-current, earth fault", (30.0, 60.0, 120.0),
         _drive_trip),
    Kind("F11", "All pumps of a zone fail, the others 10 min after the first", (30.0, 60.0, 120.0),
         _all_pumps),
    Kind("F26", "Diaphragm tank flat", (DAY, DAY, DAY), _flat_vessel),
    Kind("F27", "Control mis-tuned", (240.0, 240.0, 240.0), _eager),
    Kind("F28", "Set point raised on site", (120.0, 240.0, 480.0), _setpoint),
)  # fmt: skip
