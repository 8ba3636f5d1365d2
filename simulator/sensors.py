"""What the gauges of a group of stations show: true values with noise, laid out as the fleet's
columns. Rounding to the register's last digit happens where the registers are made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.catalogue.points import ZONES, Column, columns
from data.stations import StationRow
from simulator.plant import Plant
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
QUIETER = {"EL.Q": (0.0, 0.005), "{z}.DP_STR": (0.0005, 0.0), "{z}.P{n}.F_REF": (0.0, 0.0),
           "EN.SUMP_L": (0.002, 0.0)}  # fmt: skip


@dataclass(frozen=True)
class _Segment:
    template: str
    length: int
    sigma: float
    share: float


class Panel:
    """One block of points of one plant: which truth goes to which cell of the observed matrix."""

    def __init__(
        self,
        plant: Plant,
        fleet: Sequence[Column],
        members: Ints,
        block: str,
        truth: Callable[[Plant], dict[str, NDArray[np.generic]]],
    ) -> None:
        """`members`: places of the plant's stations among the columns of the observed matrix."""
        self._plant, self._truth = plant, truth
        self._segments: list[_Segment] = []
        begins: dict[str, int] = {}
        shapes: dict[str, tuple[int, ...]] = {}
        points = {column.point.code: column.point for column in fleet}
        place = 0
        for template, values in truth(plant).items():
            kind = points[template].kind if template in points else ""
            sigma, share = QUIETER.get(template, NOISE.get(kind, (0.0, 0.0)))
            self._segments.append(_Segment(template, values.size, sigma, share))
            begins[template], shapes[template] = place, values.shape
            place += values.size
        rows = [k for k, c in enumerate(fleet) if c.point.block == block]
        self._nowhere = place
        cells = _Cells(plant, begins, shapes, place)
        self._index = np.array([cells.of(fleet[k]) for k in rows], np.int64).reshape(
            len(rows), len(plant.rows)
        )
        self._where = np.ix_(np.array(rows, np.int64), members)
        lengths = [s.length for s in self._segments]
        self._sigma = np.repeat([s.sigma for s in self._segments], lengths)
        self._share = np.repeat([s.share for s in self._segments], lengths)
        noisy = (self._sigma > 0) | (self._share > 0)
        self._noisy = np.flatnonzero(noisy)
        self._sigma, self._share = self._sigma[noisy], self._share[noisy]
        self._gauge = begins.get("{z}.P_OUT")

    def read(self, observed: Floats) -> None:
        """Write this block's cells of `observed` [codes, stations of the city]; NaN = no value."""
        truth = self._truth(self._plant)
        signal = np.empty(self._nowhere + 1)
        np.concatenate([np.ravel(values) for values in truth.values()], out=signal[:-1])
        signal[-1] = np.nan
        clean = signal[self._noisy]
        chance = self._plant.chance.standard_normal(len(clean))
        spread = (self._sigma + self._share * np.abs(clean)) * (clean != 0.0)
        signal[self._noisy] = clean + spread * chance
        if self._gauge is not None:
            stuck = self._plant.effects.stuck_gauge
            shown = signal[self._gauge : self._gauge + len(stuck)]
            np.copyto(shown, stuck, where=~np.isnan(stuck))
        observed[self._where] = signal[self._index]


class _Cells:
    """Where the value of a column stands in the long row of all truth of a plant."""

    def __init__(
        self,
        plant: Plant,
        begins: dict[str, int],
        shapes: dict[str, tuple[int, ...]],
        nowhere: int,
    ) -> None:
        self._begins, self._shapes, self._nowhere = begins, shapes, nowhere
        shape = plant.shape
        self._has = [_codes(row) for row in plant.rows]
        self._set = {
            (int(i), int(z)): s
            for s, (i, z) in enumerate(zip(shape.station, shape.zone, strict=True))
        }

    def of(self, column: Column) -> list[int]:
        """One place a station; a place without value where the station lacks the column."""
        return [self._cell(column, i) for i in range(len(self._has))]

    def _cell(self, column: Column, station: int) -> int:
        template = column.point.code
        if column.code not in self._has[station] or template not in self._begins:
            return self._nowhere
        first, size = self._begins[template], self._shapes[template]
        if not column.zone:
            return first + station * (size[1] if len(size) > 1 else 1) + max(0, column.tank - 1)
        row = self._set[station, ZONES.index(column.zone)]
        return first + row * (size[1] if len(size) > 1 else 1) + max(0, column.pump - 1)


def _codes(row: StationRow) -> frozenset[str]:
    return frozenset(column.code for column in columns(row.layout))
