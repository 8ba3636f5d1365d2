"""Tanks through a day in steady steps: level, inlet valve, age of the water, chlorine.

Each local day begins and ends at `course.midnight_level`, so that any day can be made by itself:
in its last two hours the valve opens for just as long as that takes. Mass balance holds always.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulator import course
from simulator.draws import uniform
from simulator.parameters import HIGH, LOW, Parameters
from simulator.types import Bools, Floats

SUBSTEP = 300.0
"""Longest step of a tank, s: it fills within the hour."""
TRIM = 7200.0
"""s before midnight in which the inlet heads for the level of the next day."""
TOP = 0.93
"""Share of the overflow level that the trimming stays below."""
WAY = 0.3
"""h that the water spends in the pipes and vessels of a station without a tank."""


@dataclass(frozen=True)
class Tanks:
    """Arrays [n, m], means of the steps."""

    level: Floats
    """m; 0 where there is no tank."""
    end_level: Floats
    """m at the end of each step."""
    inflow: Floats
    """m³/h"""
    open: Floats
    """Share of the time that the inlet valve is open."""
    age: Floats
    """h at the end of each step."""
    chlorine: Floats
    """mg/L leaving, at the end of each step."""


def starts_open(shape: Parameters, day: int) -> Bools:
    """[n] whether the inlet valve is open at the beginning of the local day."""
    return np.asarray(uniform(shape.seed, "valve", shape.key, day) < 0.5)


def tanks(
    shape: Parameters, day: int, outflow: Floats, p_main: Floats, chlorine_in: Floats, length: float
) -> Tanks:
    """Tanks of a local day of `length` s under an outflow [n, m]."""
    steps = outflow.shape[1]
    step = length / steps
    parts = int(np.ceil(step / SUBSTEP))
    run = _Run(shape, day, outflow, p_main, step / parts, length)
    # time first: a substep then writes neighbours in memory
    end, inflow, opened = (np.zeros((steps * parts, shape.count)) for _ in range(3))
    start = run.level
    for i in range(steps * parts):
        end[i], inflow[i], opened[i] = run.step(i * step / parts, i // parts)
    level = _mean(0.5 * (end + np.vstack((start, end[:-1]))), parts)
    inflow, opened = _mean(inflow, parts), _mean(opened, parts)
    inflow = np.where(shape.tank[:, None], inflow, outflow)
    age, chlorine = _quality(shape, day, level, inflow, chlorine_in, step)
    return Tanks(level, _mean(end[parts - 1 :: parts], 1), inflow, opened, age, chlorine)


def _mean(values: Floats, parts: int) -> Floats:
    """[substeps, n] to [n, steps]."""
    means = values.reshape(-1, parts, values.shape[1]).mean(axis=1) if parts > 1 else values
    return np.ascontiguousarray(means.T)


class _Run:
    """Level and valve, substep by substep."""

    def __init__(
        self, shape: Parameters, day: int, outflow: Floats, p_main: Floats, dt: float, length: float
    ) -> None:
        self.level = np.where(shape.tank, course.midnight_level(shape, day), 0.0)
        self.open = starts_open(shape, day) & shape.tank
        self._goal = np.where(shape.tank, course.midnight_level(shape, day + 1), 0.0)
        self._closing = ~starts_open(shape, day + 1)
        self._shape, self._dt = shape, dt
        self._outflow = np.ascontiguousarray(outflow.T)
        self._most = np.ascontiguousarray(inlet_flow(shape, p_main).T)
        # a station without a tank never fills and never moves
        self._low = np.where(shape.tank, LOW * shape.overflow, -np.inf)
        self._high = np.where(shape.tank, HIGH * shape.overflow, -np.inf)
        self._rise = np.where(shape.tank, dt / 3600.0 / shape.area, 0.0)
        self._last = length - TRIM
        self._length = length
        self._begin, self._stop, self._rate = (np.zeros(shape.count) for _ in range(3))

    def step(self, at: float, column: int) -> tuple[Floats, Floats, Floats]:
        """Level at the end, inflow and opening of the substep that begins `at` s."""
        if at < self._last - 1e-6:
            self.open = (self.level <= self._low) | (self.open & (self.level < self._high))
            opened = self.open.astype(float)
            flow = opened * self._most[column]
        else:
            if at - self._dt < self._last - 1e-6:
                self._plan(at, column)
            inside = np.minimum(self._stop, at + self._dt) - np.maximum(self._begin, at)
            opened = np.clip(inside / self._dt, 0.0, 1.0)
            flow = opened * self._rate
        self.level = self.level + (flow - self._outflow[column]) * self._rise
        return self.level, flow, opened

    def _plan(self, at: float, column: int) -> None:
        """When the valve opens and closes so that the day ends where the next one begins."""
        shape, left = self._shape, self._length - at
        out = self._outflow[column:].mean(axis=0) * left / 3600.0
        need = np.maximum(0.0, (self._goal - self.level) * shape.area + out)
        self._rate = np.maximum(self._most[column:].mean(axis=0), need / (left / 3600.0))
        time = np.where(shape.tank, need / np.maximum(self._rate, 1e-9) * 3600.0, 0.0)
        drain = np.maximum(out / left, 1e-9)
        peak = self.level * shape.area + time * (self._rate / 3600.0 - drain)
        wait = np.maximum(0.0, peak - TOP * shape.overflow * shape.area) / drain
        soonest = np.minimum(wait, left - time)
        self._begin = at + np.where(self._closing, soonest, left - time)
        self._stop = self._begin + time


def inlet_flow(shape: Parameters, p_main: Floats) -> Floats:
    """[n, ...] m³/h through the open inlet valve."""
    axes = tuple(range(1, p_main.ndim))
    return np.asarray(np.expand_dims(shape.inlet, axes) * np.sqrt(np.maximum(p_main - 0.03, 0.0)))


def _quality(
    shape: Parameters, day: int, level: Floats, inflow: Floats, chlorine_in: Floats, step: float
) -> tuple[Floats, Floats]:
    """Age, h, and chlorine, mg/L, of fully mixed tanks: implicit steps, stable at any length.

    The day begins where a day like it ends, so that midnights meet.
    """
    hours = step / 3600.0
    decay = shape.decay * 1.10 ** (course.water_temperature(day) - 20.0) / 24.0
    volume = np.where(shape.tank[:, None], np.maximum(level, 0.05) * shape.area[:, None], 1.0)
    fresh = np.where(shape.tank[:, None], hours * inflow / volume, hours / WAY)
    mean = np.maximum(inflow.mean(axis=1), 1e-6)
    stay = np.where(shape.tank, volume.mean(axis=1) / mean, WAY)
    age, chlorine = stay, chlorine_in.mean(axis=1) / (1.0 + decay * stay)
    ages, contents = np.empty(level.shape[::-1]), np.empty(level.shape[::-1])
    old = np.ascontiguousarray((1.0 / (1.0 + fresh)).T)
    kept = np.ascontiguousarray((1.0 / (1.0 + fresh + hours * decay[:, None])).T)
    brought = np.ascontiguousarray((fresh * chlorine_in).T)
    for _ in range(2):
        for i in range(level.shape[1]):
            ages[i] = age = (age + hours) * old[i]
            contents[i] = chlorine = (chlorine + brought[i]) * kept[i]
    return _mean(ages, 1), _mean(contents, 1)
