"""Invented stations as their gauges show them, day by day, with the truth beside: what the truth
benchmarks of pumps stand on. The physics is the simulator's quasi-steady one, the noise that of its
sensors on means of a minute (30 polls)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.day_facts import PUMP_SUMS, pump_bins, steady_windows, window_means
from analytics.hydraulics import METRES_PER_MPA, RATED_HZ, PumpCurve
from simulator import city
from simulator.ledger import KINDS, Ledger
from simulator.quasi import Day, Quasi
from simulator.sensors import NOISE
from simulator.truth import FRICTION
from simulator.types import Bools, Floats

BIRTH = 739_700
POLLS = 30.0
MINUTE, HOUR = 60.0, 3600.0
HOURLY_WINDOWS = 4.0
"""Steady windows that an hour of the past stands for (simulator.history_days)."""
KEYS = 12
TOLERANCE = (0.03, 0.10)
"""How far a real curve lies from its nameplate: shut-off head and loss, standard deviations."""


@dataclass
class Shown:
    """What a day's gauges showed; arrays [s, m] of sets and rows, [s, m, p] of pumps."""

    flow: Floats
    head: Floats
    speed: Floats
    """Hz, NaN where a pump doesn't run."""
    power: Floats
    strainer: Floats
    """MPa"""
    far: Floats
    mains: Floats
    p_in: Floats
    steady: Bools
    running: Floats
    windows: float
    """Windows that a row stands for."""


class World:
    """Some stations of a seed; `troubles` names the kinds that are planted in every station, size
    drawn and begin given in days before BIRTH; otherwise as the ledger drew them."""

    def __init__(self, seed: int, count: int) -> None:
        self.rows = city.stations(count, seed, 5020)
        self.quasi = Quasi(self.rows, seed, BIRTH)
        self.chance = np.random.default_rng(seed)
        self.shape = self.quasi.shape
        curve = self.shape.curve
        bend = 1.0 + np.array(TOLERANCE)[:, None] * self.chance.standard_normal((2, len(curve.c)))
        self.nameplate = PumpCurve(
            curve.shutoff_head * bend[0], curve.c * bend[1],
            curve.a1, curve.a2, curve.rated_power,
        )  # fmt: skip
        """What the archive says of the pumps: near the truth, not the truth."""

    def plant(self, kind: str | None, first: np.ndarray | int = BIRTH - 400) -> None:
        """Give every station this trouble (None: no trouble), and no other."""
        never = np.full(self.shape.count, np.iinfo(np.int64).max // 2)
        begun = np.broadcast_to(np.asarray(first, np.int64), never.shape)
        self.quasi.ledger = Ledger(
            self.shape,
            {name: begun if name == kind else never for name in KINDS},
            self.quasi.ledger.size,
        )

    def day(self, day: int, step: float = MINUTE) -> tuple[Day, Shown]:
        """A day and what was seen of it."""
        made = self.quasi.day(day, step)
        return made, self._shown(made)

    def far(self, day: Day) -> Floats:
        """[s, m] true pressure at the far end, MPa."""
        shape, sets = self.shape, day.sets
        fallen = FRICTION * (sets.flow / (2.0 * shape.demand)[:, None]) ** 2
        static = shape.static_head[:, None] / METRES_PER_MPA
        return np.asarray(np.maximum(sets.pressure - static - fallen, 0.0))

    def _noisy(self, kind: str, values: Floats) -> Floats:
        level, share = NOISE[kind]
        size = (level + share * np.abs(values)) / np.sqrt(POLLS)
        return np.asarray(values + size * self.chance.standard_normal(values.shape))

    def _shown(self, day: Day) -> Shown:
        shape, sets, troubles = self.shape, day.sets, day.troubles
        on = sets.on(shape).transpose(0, 2, 1) & (sets.awake >= 1.0)[:, :, None]
        each = sets.flow / sets.running
        lost = (shape.curve.c * troubles.strainer)[:, None] * each**2 / METRES_PER_MPA
        largest = (shape.curve.best_flow * shape.pumps)[:, None]
        clean = 0.003 * (sets.flow / largest) ** 2
        far, low_pressure = self.far(day), sets.suction - lost
        high = self._noisy("pressure", sets.pressure + troubles.bias[:, None])
        low = self._noisy("pressure", low_pressure)
        first = np.arange(shape.exists.shape[1]) == 0
        power = np.where(first, sets.first_power[:, :, None], sets.power[:, :, None])
        hertz = self._noisy(
            "frequency", np.repeat(sets.speed[:, :, None], len(first), 2) * RATED_HZ
        )
        speed = np.where(on, hertz, np.nan)
        flow = self._noisy("flow", sets.flow)
        running = on.sum(axis=2).astype(float)
        loss = np.maximum(clean + lost + 0.0001 * self.chance.standard_normal(lost.shape), 0.0)
        head, windows = (high - low) * METRES_PER_MPA, HOURLY_WINDOWS
        drawn = self._noisy("power", power)
        mains = np.repeat(day.p_main, np.bincount(shape.station), axis=0)
        if day.step <= MINUTE:
            steady, windows = steady_windows(speed, flow, running), 1.0
            flow, head, speed, drawn, loss, far, mains, low, running = (
                window_means(v) for v in (flow, head, speed, drawn, loss, far, mains, low, running)
            )
        else:
            steady = running > 0
        return Shown(flow, head, speed, drawn, loss, far, mains, low, steady, running, windows)

    def bins(self, shown: Shown) -> dict[str, Floats]:
        """pump_day of the sets: sums [s, p, 12], with those of pumps that ran alone (n1 ...)."""
        rated = self.rated
        args = (shown.speed, shown.power, shown.flow, shown.head)
        every = pump_bins(*args, shown.steady, rated)
        alone = pump_bins(*args, shown.steady & (shown.running == 1), rated)
        sums = {name: shown.windows * every[name] for name in PUMP_SUMS}
        return sums | {f"{name}1": shown.windows * alone[name] for name in "nhpqs"}

    @property
    def rated(self) -> Floats:
        return np.array([row.rated_flow for station in self.rows for row in station.sets])

    def set_sums(self, shown: Shown) -> dict[str, Floats]:
        """set_day of the sets: sums [s, pumps running (1..), bin]."""
        sets, widest = self.shape.exists.shape
        total = np.clip(
            shown.flow / (1.2 * self.shape.pumps * self.rated)[:, None] * KEYS, 0, KEYS - 1
        ).astype(int)
        ok = shown.steady & (shown.running >= 1) & (shown.flow > 0.3) & (shown.head > 0)
        s, w = np.nonzero(ok)
        cell = (s * widest + shown.running[s, w].astype(int) - 1) * KEYS + total[s, w]
        each = shown.flow / np.maximum(shown.running, 1)
        power = np.where(np.isnan(shown.speed), 0.0, shown.power).sum(axis=2)
        values: dict[str, np.ndarray] = {
            "n": np.ones_like(shown.flow), "q": shown.flow, "h": shown.head, "p": power,
            "end": shown.far, "mains": shown.mains, "p_in": shown.p_in,
            "dp": shown.strainer, "q4": each**4,
            "dpq2": shown.strainer * each**2,
        }  # fmt: skip
        size = sets * widest * KEYS
        return {
            name: np.asarray(
                shown.windows * np.bincount(cell, v[s, w], size).reshape(sets, widest, KEYS), float
            )
            for name, v in values.items()
        }


def added(total: dict[str, Floats], more: dict[str, Floats]) -> dict[str, Floats]:
    """Sums of sums."""
    return more if not total else {name: total[name] + more[name] for name in more}
