"""What the gauges of a group of stations show: true values with noise.

Rounding to the register's last digit happens where the registers are made.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from data.catalogue.points import ZONES, Column, columns, points
from simulator.gauge_faults import spoil
from simulator.plant import Plant
from simulator.registers import Group
from simulator.types import Floats, Ints

NOISE: dict[str, tuple[float, float]] = {
    "pressure": (0.0015, 0.0), "flow": (0.0, 0.01), "level": (0.004, 0.0),
    "frequency": (0.02, 0.0), "power": (0.0, 0.005), "current": (0.0, 0.005),
    "chlorine": (0.01, 0.0), "turbidity": (0.0, 0.03), "ph": (0.01, 0.0),
    "temperature": (0.05, 0.0), "conductivity": (0.5, 0.0), "orp": (2.0, 0.0),
    "humidity": (0.2, 0.0), "noise": (0.4, 0.0), "signal": (0.8, 0.0), "vibration": (0.03, 0.0),
    "intensity": (20.0, 0.0),
}  # fmt: skip
"""By kind of point: standard deviation in its unit, and as a share of the value. A zero stays
zero: a stopped pump has no frequency."""
GAUGE = "{z}.P_OUT"
GATEWAY = ("CM.RSSI", "CM.BUS_ERR")
QUIETER = {"EL.Q": (0.0, 0.005), "{z}.DP_STR": (0.0005, 0.0), "{z}.P{n}.F_REF": (0.0, 0.0),
           "EN.SUMP_L": (0.002, 0.0)}  # fmt: skip


class Panel:
    """One block of points of one plant, all stations and templates in one long row of cells."""

    def __init__(
        self, plant: Plant, truth: Callable[[Plant], dict[str, NDArray[np.generic]]]
    ) -> None:
        self._plant, self._truth = plant, truth
        self._begin: dict[str, int] = {}
        self._width: dict[str, int] = {}
        sigma, share, owner = [], [], []
        each, stations = plant.shape.station, np.arange(plant.shape.count)
        cells = 0
        for template, values in truth(plant).items():
            noise = QUIETER.get(template, NOISE.get(points()[template].kind, (0.0, 0.0)))
            self._begin[template] = cells
            self._width[template] = values.shape[1] if values.ndim > 1 else 1
            sigma.append(np.full(values.size, noise[0]))
            share.append(np.full(values.size, noise[1]))
            cells += values.size
            mine = each if len(values) == len(each) else stations
            # the gateway's own points go on
            mine = np.full(len(mine), -1) if template in GATEWAY else mine
            owner.append(np.repeat(mine, self._width[template]))
        spread = np.concatenate(sigma), np.concatenate(share)
        self._held = np.full(cells, np.nan)
        """What a PLC that stands still goes on showing."""
        self._owner = np.concatenate(owner)
        self._noisy = np.flatnonzero((spread[0] > 0.0) | (spread[1] > 0.0))
        self._sigma, self._share = (part[self._noisy] for part in spread)

    def read(self) -> Floats:
        """What the gauges show now, cell by cell."""
        plant = self._plant
        shown = np.concatenate([np.ravel(v) for v in self._truth(plant).values()], dtype=np.float64)
        clean = shown[self._noisy]
        spread = (self._sigma + self._share * np.abs(clean)) * (clean != 0.0)
        shown[self._noisy] = clean + spread * plant.chance.standard_normal(len(clean))
        if GAUGE in self._begin:
            stuck = plant.effects.stuck_gauge
            cells = shown[self._begin[GAUGE] : self._begin[GAUGE] + len(stuck)]
            np.copyto(cells, stuck, where=~np.isnan(stuck))
        spoil(plant, shown, self._begin, self._width)
        frozen = plant.effects.frozen
        if frozen.any():
            held = np.append(frozen, False)[self._owner] & ~np.isnan(self._held)
            np.copyto(shown, self._held, where=held)
        self._held = shown
        return shown.copy()

    def cells(self, group: Group, codes: tuple[str, ...], first: int) -> Ints:
        """[k, m] cells of these points of the group's stations, the first of which is station
        number `first` of the plant."""
        stations = first + np.arange(len(group.members))
        begin = int(np.searchsorted(self._plant.shape.station, first))
        zones = len(group.layout.pumps)
        sets = begin + np.arange(len(stations)) * zones
        known = {column.code: column for column in columns(group.layout)}
        return np.array([self._cells(known[code], stations, sets) for code in codes], np.int64)

    def _cells(self, column: Column, stations: Ints, sets: Ints) -> Ints:
        template = column.point.code
        begin, width = self._begin[template], self._width[template]
        if not column.zone:
            return begin + stations * width + max(0, column.tank - 1)
        return begin + (sets + ZONES.index(column.zone)) * width + max(0, column.pump - 1)
