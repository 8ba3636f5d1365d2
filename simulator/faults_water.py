"""Faults of mains, tank and water quality."""

from __future__ import annotations

from simulator.trouble import Kind, Trouble

RAMP = 10.0
"""min in which the mains of an area lose their pressure."""


def _stuck_valve(trouble: Trouble, now: int) -> None:
    told = trouble.plant.water.state.filling[trouble.station]
    wrong = trouble.kept.setdefault("valve", 0.0 if told else 1.0)
    trouble.plant.effects.valve[trouble.station] = (0.5, wrong, 1.0)[trouble.level]


def _overflow(trouble: Trouble, now: int) -> None:
    effects, place = trouble.plant.effects, trouble.station
    effects.valve[place] = (0.8, 1.0, 1.0)[trouble.level]
    effects.float_dead[place] = True
    effects.sump_dead[place] |= trouble.level == 2


def _low_chlorine(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.chlorine[trouble.station] = (0.4, 0.2, 0.05)[trouble.level]


def _turbid(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.turbidity[trouble.station] = (3.0, 6.0, 12.0)[trouble.level]


def _foreign(trouble: Trouble, now: int) -> None:
    share = (0.02, 0.05, 0.15)[trouble.level] * trouble.grown(now, 2.0)
    trouble.plant.effects.foreign[trouble.station] = share


def _low_mains(trouble: Trouble, now: int) -> None:
    fall = (0.10, 0.12, 0.18)[trouble.level] * trouble.grown(now, RAMP)
    trouble.plant.effects.mains[trouble.station] -= fall


def _low_suction(trouble: Trouble, now: int) -> None:
    trouble.plant.effects.mains[trouble.station] -= (0.18, 0.21, 0.25)[trouble.level]


KINDS = (
    Kind("F05", "Inlet valve stuck: half open, against its command, open", (60.0, 60.0, 60.0),
         _stuck_valve),
    Kind("F19", "Tank overflow: valve stuck open, high float dead", (360.0, 360.0, 360.0),
         _overflow),
    Kind("F22", "Low chlorine from the mains", (240.0, 480.0, 720.0), _low_chlorine),
    Kind("F23", "Turbid mains", (60.0, 60.0, 60.0), _turbid),
    Kind("F24", "Contamination: foreign water in the outlet", (60.0, 60.0, 60.0), _foreign),
    Kind("F29", "Mains low in an area", (180.0, 180.0, 180.0), _low_mains),
    Kind("F30", "Suction of a stacked set low", (60.0, 60.0, 60.0), _low_suction),
)  # fmt: skip
