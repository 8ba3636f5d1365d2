"""Rows of the lake from quasi-steady days, through the same rollup and fact code as live data.

With `history_days` the only file of the simulator that knows `analytics` beyond hydraulics: the
past of the demo city must mean what the collector would have made of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analytics.day_facts import Day as Span
from analytics.facts import step_facts
from analytics.gaps import shared
from analytics.hydraulics import RATED_HZ
from analytics.rollups import MISSING, SCALE, step_table, whole
from data.catalogue.points import Column
from simulator.history_blocks import Block
from simulator.history_points import Points
from simulator.quasi import Day
from simulator.quasi_meters import Counters
from simulator.types import Floats

HOUR_POINTS = frozenset((
    "PH.P_MAIN", "PH.Q_IN", "PH.V_IN", "{z}.P_IN", "{z}.P_OUT", "{z}.Q_OUT", "{z}.V_OUT",
    "{t}.LEVEL", "WQ.CL_OUT", "WQ.TURB", "EL.P", "EL.E",
))  # fmt: skip
"""What analyses draw: the points that `hour` rows of the past keep."""
FACT_POINTS = frozenset((
    "PH.P_MAIN", "{z}.P_OUT", "{z}.P_SET", "{z}.P_IN", "{z}.Q_OUT", "{z}.SLEEP", "EL.P",
    "{z}.P{n}.RUN", "{z}.P_END", "{t}.LEVEL", "WQ.CL_OUT", "WQ.TURB", "WQ.PH", "WQ.FLOWCELL",
    "SE.CAM",
))  # fmt: skip
"""What the facts of a step are made of."""
HOUR_METERS = HOUR_POINTS | {"{z}.P{n}.STARTS"}
SLOW_POLLS = 30
"""Fast polls for a slow one."""
Table = dict[str, np.ndarray]


@dataclass(frozen=True)
class Made:
    """A quasi-steady day with its meters, ready to be cut into rows."""

    day: Day
    date: np.datetime64
    steps: int
    """Steps that are the past; on the day of the birth fewer than the day has."""
    counted: Counters
    """What each of these steps counted."""
    readings: Counters
    """Meters at the end of each of these steps."""
    online: Floats
    """[n, steps] share of the step that the gateway answered."""
    span: Span


class BlockDays:
    """One block on some days in order. `full`: rows with all points; else those of hour rows."""

    def __init__(self, made: Sequence[Made], block: Block, full: bool) -> None:
        self.made, self.block, self.full = made, block, full
        self.step = made[0].day.step
        self.online = np.concatenate([m.online[block.stations] for m in made], axis=1)
        self._silent = self.online <= 0.0
        self.points = Points([(m.day, m.steps) for m in made], block)
        self._known: dict[str, Floats] = {}
        self.meters = {
            c.code: self._meter(c)
            for c in block.columns
            if c.point.rollup == "counter" and (full or c.point.code in HOUR_METERS)
        }
        self.facts = self._facts()

    def _values(self, column: Column) -> Floats:
        """[n, m] of a point in its unit; [n, 1] or [1, 1] where it doesn't change. NaN while
        offline and where the profile lacks it."""
        if column.code in self._known:
            return self._known[column.code]
        if column.code == "CM.ONLINE":
            return self.online
        values = np.atleast_2d(np.asarray(self.points.value(column), float))
        if self._silent.any():
            values = np.where(self._silent, np.nan, values)
        absent = self.block.lacks(column.code)
        return np.where(absent[:, None], np.nan, values) if absent.any() else values

    def wide(self, code: str) -> Floats:
        """The same of a code, [n, m]; kept, for it is asked for again."""
        if code not in self._known:
            values = self._values(self.block.column[code])
            self._known[code] = np.broadcast_to(values, self.online.shape)
        return self._known[code]

    def hertz(self, zone: str, pump: int) -> Floats:
        """[n, m] frequency of a pump while it runs, Hz; pumps count from 0."""
        return self.points.set("speed", self.points.place[zone]) * RATED_HZ

    def kilowatts(self, zone: str, pump: int) -> Floats:
        """[n, m] power of a pump while it runs, kW."""
        return self.points.pump_power(self.points.place[zone], pump)

    def _meter(self, column: Column) -> tuple[Floats, Floats]:
        """(reading, increase) [n, m] of a counter in catalogue units, in whole steps of the
        register; the reading is NaN while offline; what a gap counted is shared out evenly over
        its steps, as the collector does when it knows no more."""
        digit = self.block.digits[column.code][:, None]
        name = _METERS.get(column.point.code)
        if name is None:
            reading = increase = np.zeros(self.online.shape)
        else:
            unit = np.maximum(digit, 1.0) * self.block.resolution[column.code]
            read, count = self._counted(column, name)
            shown = np.rint(read / unit)
            first = np.rint((read[:, :1] - count[:, :1]) / unit)
            step = np.diff(shown, axis=1, prepend=first)
            if step.min(initial=0.0) < 0.0:
                step = np.where(step < 0.0, np.rint(count / unit), step)  # a new meter began
            if self._silent.any():
                _even(step, self._silent)
            reading, increase = shown * np.maximum(digit, 1.0), step * np.maximum(digit, 1.0)
        absent = np.broadcast_to(digit == 0.0, self._silent.shape)
        if absent.any():
            increase = np.where(absent, np.nan, increase)
        if absent.any() or self._silent.any():
            reading = np.where(absent | self._silent, np.nan, reading)
        return reading, increase

    def _counted(self, column: Column, name: str) -> tuple[Floats, Floats]:
        block = self.block
        zone = list(block.zones).index(column.zone) if column.zone else -1
        at = block.stations if zone < 0 else block.sets(zone)
        pump: tuple[int, ...] = (column.pump - 1,) if column.pump else ()
        place = (at, *pump)
        read, count = (
            [getattr(part, name)[place] for part in parts]
            for parts in ((m.readings for m in self.made), (m.counted for m in self.made))
        )
        return np.concatenate(read, axis=1), np.concatenate(count, axis=1)

    def _facts(self) -> dict[str, Floats]:
        """F.* of each step, [n, m]."""
        block = self.block
        values = {c.code: self.wide(c.code) for c in block.columns if c.point.code in FACT_POINTS}
        increases = {
            code: increase * block.resolution[code]
            for code, (_, increase) in self.meters.items()
            if not block.lacks(code).any()
        }
        slow = sum(c.point.block == "slow" for c in block.columns)
        seconds = self.online * self.step
        expected = np.full(self.online.shape, self.step)
        fast = block.polled - slow
        area = np.array([row.tank_area or 0.0 for row in block.rows])[:, None]
        found = step_facts(
            values, increases, seconds, expected, block.zones, fast,
            tanks=block.rows[0].tanks, area=area,
        )  # fmt: skip
        for name in ("F.good_n", "F.timely_n", "F.expected_n"):
            found[name] = found[name] * (1.0 + slow / fast / SLOW_POLLS)
        return {n: np.broadcast_to(values, self.online.shape) for n, values in found.items()}

    def tables(self, factors: Mapping[str, int]) -> dict[str, Table]:
        """Rollup rows by dataset, each with its number of steps a row."""
        found = {name: self._frame(factor) for name, factor in factors.items()}
        for column in self.block.columns:
            hourly = column.point.code in HOUR_POINTS
            wanted = {n: k for n, k in factors.items() if hourly or n != "hour"}
            if wanted:
                self._add(found, column, wanted)
        return found

    def _frame(self, factor: int) -> Table:
        """Rows without points."""
        facts = {n: brief(_folded(f, factor).sum(axis=2)) for n, f in self.facts.items()}
        starts = [m.span.start + _offsets(m.steps // factor, self.step * factor) for m in self.made]
        ts, seconds = np.concatenate(starts), self.step * factor
        table = step_table(self.block.ids, ts, {}, {}, self.block.kinds, facts, seconds)
        share = _folded(self.online, factor).mean(axis=2).ravel()
        if (share < 1.0).any():
            # a share of all the time, whatever was answered
            table["CM.ONLINE.n"] = np.where(share < 1.0, table["polls"], MISSING)
            for name in ("polls", "polls_slow"):
                table[name] = np.rint(table[name] * share).astype(np.int64)
            table["seconds"] = table["seconds"] * share
        return table

    def _add(self, tables: dict[str, Table], column: Column, factors: Mapping[str, int]) -> None:
        code, kind, unit = column.code, column.point.rollup, self.block.resolution[column.code]
        if kind == "counter":
            reading, increase = self.meters[code]
            for name, factor in factors.items():
                tables[name][code] = whole(_folded(reading, factor)[:, :, -1])
                tables[name][f"{code}.inc"] = whole(_sum(_folded(increase, factor)))
            return
        values = self._values(column)
        scale = 1.0 / unit if kind == "last" else SCALE / unit
        for name, factor in factors.items():
            if values.shape[1] == 1:
                rows = self.online.shape[1] // factor
                still = whole(np.broadcast_to(values * scale, (len(self.block.rows), 1)), True)
                tables[name][code] = np.repeat(still, rows)
                continue
            row = (
                _folded(values, factor)[:, :, -1] if kind == "last" else self._mean(values, factor)
            )
            tables[name][code] = whole(row * scale, narrow=True)

    def _mean(self, values: Floats, factor: int) -> Floats:
        """[n, rows] mean over the time online."""
        if factor == 1:
            return values
        folded = _folded(values, factor)
        if not np.isnan(folded).any():
            return np.asarray(folded.mean(axis=2))
        weight = np.where(np.isnan(folded), 0.0, _folded(self.online, factor))
        total = weight.sum(axis=2)
        sums = (np.nan_to_num(folded) * weight).sum(axis=2)
        return np.where(total > 0.0, sums / np.maximum(total, 1e-9), np.nan)


_METERS = {
    "PH.V_IN": "inlet", "MT.MASTER": "inlet", "EL.E": "energy", "{z}.V_OUT": "outlet",
    "{z}.E": "set_energy", "{z}.P{n}.HOURS": "hours", "{z}.P{n}.STARTS": "starts",
}  # fmt: skip
"""Which of `Counters` a counter point shows; one that isn't here stands still at zero."""


def _folded(values: Floats, factor: int) -> Floats:
    """[n, steps] to [n, rows, factor]; steps left over are left out."""
    rows = values.shape[1] // factor
    return values[:, : rows * factor].reshape(len(values), rows, factor)


def _sum(values: Floats) -> Floats:
    """Sum along the last axis of what is known; NaN where nothing is."""
    if values.shape[-1] == 1:
        return values[..., 0]
    unknown = np.isnan(values)
    if not unknown.any():
        return np.asarray(values.sum(axis=-1))
    return np.where(unknown.all(axis=-1), np.nan, np.nansum(values, axis=-1))


def _even(step: Floats, silent: np.ndarray) -> None:
    """Share out what was counted over each gap evenly over its silent steps, in place."""
    for i in np.flatnonzero(silent.any(axis=1)):
        edges = np.flatnonzero(np.diff(silent[i], prepend=False, append=False))
        for first, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            total = int(step[i, first:end].sum())
            step[i, first:end] = shared(total, np.ones(end - first))


def brief(values: Floats, zeros: int = 32) -> Floats:
    """Rounded to 20 bits: good to a millionth, and the other half of the bytes, all zero, cost
    nothing in a file. `zeros`: bits that become zero; 40 of them leave a ten-thousandth."""
    bits = np.ascontiguousarray(values, np.float64).view(np.int64)
    return ((bits + (1 << (zeros - 1))) & ~((1 << zeros) - 1)).view(np.float64)


def _offsets(rows: int, seconds: float) -> np.ndarray:
    """ms of the starts of so many rows after midnight."""
    return np.arange(rows) * round(seconds * 1000)
