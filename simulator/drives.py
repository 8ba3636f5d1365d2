"""What the pump sets are asked for in one second."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.types import Bools, Floats, Ints


@dataclass(frozen=True)
class Drives:
    """What is asked of the sets and what their pumps may do in this second."""

    demand: Floats
    """[s] m³/h of the homes at full pressure, without fast noise."""
    burst: Floats
    """[s] m³/h that a fault adds to the leak at the set point."""
    suction: Floats
    """[s] MPa"""
    setpoint: Floats
    bias: Floats
    """[s] MPa that the discharge gauge reads too high."""
    stuck: Floats
    """[s] MPa at which the gauge is stuck, NaN where it is not."""
    able: Bools
    """[s, p] the pump may run."""
    lead: Ints
    """[s] index of the pump that runs first."""
    bypass: Bools
    """[s] the mains flow past stopped pumps (stacked sets)."""
    back: Floats | None = None
    """[s] m³/h at the set point that run back through standing pumps; None = all valves close."""
    vessel: Floats | None = None
    """[s] factor on the volume of the diaphragm tank; None = as built."""
    eager: Floats | None = None
    """[s] factor on K_i; None = as tuned."""
