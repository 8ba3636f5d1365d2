"""What faults and visits do to a group of stations in this second; all quiet by default."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator.gateways import Link
from simulator.parameters import Parameters
from simulator.types import Bools, Floats, Ints


@dataclass
class Effects:
    """Arrays [n] of stations, [s] of sets, [s, p] of pumps. Faults write, the plant reads."""

    burst: Floats
    """[s] m³/h more leaves at the set point."""
    stuck_gauge: Floats
    """[s] MPa that the discharge gauge shows whatever happens; NaN where it is free."""
    trip: Ints
    """[s, p] fault code of the drive, 0 = none."""
    valve: Floats
    """[n] share of opening at which the inlet valve is stuck; NaN where it is free."""
    dark: Bools
    """[n] mains power is off."""
    link: Ints
    """[n] a gateways.Link"""
    chlorine: Floats
    """[n] factor on what the mains bring."""
    spill: Floats
    """[n] m³/h of water that runs into the pump room."""
    sump_dead: Bools
    metered: Floats
    """[s] share of the homes' use that their meters see; water is stolen where it is under 1."""
    head: Floats
    """[s, p] factor on k_H ..."""
    efficiency: Floats
    """[s, p] ... and on k_η."""
    strainer: Floats
    """[s] more loss, over the pump curve's own c."""
    bias: Floats
    """[s] MPa more that the discharge gauge reads too high."""
    back: Floats
    """[s, p] m³/h that runs back through a pump that stands."""
    power_scale: Floats
    """[n] factor on what the electric meter shows and counts."""
    flow_scale: Floats
    """[s] factor on what the outlet meter shows and counts."""
    float_dead: Bools
    """[n] the high floats of the tanks say nothing."""
    mains: Floats
    """[n] MPa more in the mains."""
    turbidity: Floats
    """[n] NTU more in the mains."""
    foreign: Floats
    """[n] share of foreign water in what leaves for the homes."""
    phase: Floats
    """[3, n] factor on the voltage of each phase."""
    vessel: Floats
    """[s] factor on the volume of the diaphragm tank."""
    eager: Floats
    """[s] factor on K_i of the control."""
    setpoint: Floats
    """[s] MPa more that somebody has set on site."""
    gauge_noise: Floats
    """[s] MPa, standard deviation that the discharge gauge has more ..."""
    spikes: Floats
    """[s] ... and share of its readings that are nonsense."""
    frozen: Bools
    """[n] the PLC stands still: the gateway goes on answering with its last values."""
    dry: Bools
    """[n] no sample flows through the analysers."""
    inverted: Ints
    """[n] number from 1 of the contact (gauge_faults.INVERTED) of wrong polarity, 0 = none."""
    loose: Ints
    """[n] the same of the contact (gauge_faults.LOOSE) that chatters."""
    door: Bools
    card: Bools
    """[n] a valid card was shown within the last 30 s."""
    motion: Bools
    disarmed: Bools

    def clear(self) -> None:
        """All quiet."""
        for array, quiet in (
            (self.burst, 0.0), (self.stuck_gauge, np.nan), (self.trip, 0), (self.valve, np.nan),
            (self.dark, False), (self.link, Link.UP), (self.chlorine, 1.0), (self.spill, 0.0),
            (self.sump_dead, False), (self.door, False), (self.card, False), (self.motion, False),
            (self.disarmed, False), (self.metered, 1.0), (self.head, 1.0), (self.efficiency, 1.0),
            (self.strainer, 0.0), (self.bias, 0.0), (self.back, 0.0), (self.power_scale, 1.0),
            (self.flow_scale, 1.0), (self.float_dead, False), (self.mains, 0.0),
            (self.turbidity, 0.0), (self.foreign, 0.0), (self.phase, 1.0), (self.vessel, 1.0),
            (self.eager, 1.0), (self.setpoint, 0.0), (self.gauge_noise, 0.0), (self.spikes, 0.0),
            (self.frozen, False), (self.dry, False), (self.inverted, 0), (self.loose, 0),
        ):  # fmt: skip
            array[:] = quiet


def quiet(shape: Parameters) -> Effects:
    """No fault anywhere."""
    stations, sets = shape.count, len(shape.station)
    effects = Effects(
        burst=np.zeros(sets),
        stuck_gauge=np.zeros(sets),
        trip=np.zeros(shape.exists.shape, np.int64),
        valve=np.zeros(stations),
        dark=np.zeros(stations, bool),
        link=np.zeros(stations, np.int64),
        chlorine=np.zeros(stations),
        spill=np.zeros(stations),
        sump_dead=np.zeros(stations, bool),
        metered=np.ones(sets),
        head=np.ones(shape.exists.shape),
        efficiency=np.ones(shape.exists.shape),
        strainer=np.zeros(sets),
        bias=np.zeros(sets),
        back=np.zeros(shape.exists.shape),
        power_scale=np.ones(stations),
        flow_scale=np.ones(sets),
        float_dead=np.zeros(stations, bool),
        mains=np.zeros(stations),
        turbidity=np.zeros(stations),
        foreign=np.zeros(stations),
        phase=np.ones((3, stations)),
        vessel=np.ones(sets),
        eager=np.ones(sets),
        setpoint=np.zeros(sets),
        gauge_noise=np.zeros(sets),
        spikes=np.zeros(sets),
        frozen=np.zeros(stations, bool),
        dry=np.zeros(stations, bool),
        inverted=np.zeros(stations, np.int64),
        loose=np.zeros(stations, np.int64),
        door=np.zeros(stations, bool),
        card=np.zeros(stations, bool),
        motion=np.zeros(stations, bool),
        disarmed=np.zeros(stations, bool),
    )
    effects.clear()
    return effects
