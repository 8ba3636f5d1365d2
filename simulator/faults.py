"""The fault library (codes F01 ...): all kinds by code, and what each does while it lasts."""

from __future__ import annotations

from simulator import faults_pumps, faults_signals, faults_water
from simulator.trouble import MINUTE, Fault, Kind, Trouble

__all__ = ["LIBRARY", "MINUTE", "Fault", "Kind", "Trouble", "work"]

LIBRARY = {
    kind.code: kind
    for kind in sorted(
        (*faults_pumps.KINDS, *faults_water.KINDS, *faults_signals.KINDS), key=lambda k: k.code
    )
}


def work(trouble: Trouble, now: int) -> None:
    """Write this second's effect of a fault; now: ms UTC."""
    LIBRARY[trouble.fault.code].work(trouble, now)
