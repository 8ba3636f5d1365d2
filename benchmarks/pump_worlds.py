"""Invented stations as their gauges show them, day by day, with the truth beside: what the truth
benchmarks of pumps stand on. The physics is the simulator's quasi-steady one; every gauge shows
what the collector would get: noise, and the last digit of the register of the station's profile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from analytics.day_facts import PUMP_SUMS, pump_bins, steady_windows, window_means
from analytics.hydraulics import METRES_PER_MPA, RATED_HZ, PumpCurve
from data.catalogue.points import Layout, points
from data.catalogue.profiles import compile_block
from simulator import city
from simulator.gauges import POLL, WOBBLE, shown
from simulator.gauges import WINDOW as STEADY
from simulator.ledger import KINDS, Ledger
from simulator.quasi import Day, Quasi
from simulator.sensors import NOISE, QUIETER
from simulator.truth import FRICTION
from simulator.types import Bools, Floats

BIRTH = 739_700
MINUTE, HOUR = 60.0, 3600.0
HOURLY_WINDOWS = 4.0
"""Steady windows that an hour of the past stands for (simulator.history_days)."""
KEYS = 12
BLOCKS: tuple[Literal["fast", "slow"], ...] = ("fast", "slow")
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

    def __init__(self, seed: int, count: int, offset: float = 0.0) -> None:
        """offset: standard deviation of what a pressure gauge reads wrongly all the time, MPa."""
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
        self._offsets = offset * self.chance.standard_normal((2, len(curve.c)))
        self._digits: dict[str, Floats] = {}

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

    def _seen(self, template: str, values: Floats, step: float) -> Floats:
        """[s, m] or [s, m, p]: means of a step as the gauges of the sets show them (M7's past)."""
        kind = points()[template].kind
        sigma, share = QUIETER.get(template, NOISE[kind])
        own, part = WOBBLE.get(template, (0.0, 0.0))
        noise = sigma + share * np.abs(values)
        spread = np.hypot(noise, own + part * np.abs(values))
        digit = self._digit(template).reshape(-1, *([1] * (values.ndim - 1)))
        draws = self.chance.standard_normal(values.shape)
        return shown(values, noise, spread, digit, min(step, STEADY) / POLL, draws)

    def _digit(self, template: str) -> Floats:
        """[s] last digit of the register, in the point's unit."""
        if template not in self._digits:
            sizes = [
                _digits(row.profile, row.layout).get(template.replace("{z}", s.zone), 1.0)
                for row in self.rows
                for s in row.sets
            ]
            self._digits[template] = np.array(sizes) * float(points()[template].resolution)
        return self._digits[template]

    def _shown(self, day: Day) -> Shown:
        shape, sets, troubles = self.shape, day.sets, day.troubles
        on = sets.on(shape).transpose(0, 2, 1) & (sets.awake >= 1.0)[:, :, None]
        each = sets.flow / sets.running
        lost = (shape.curve.c * troubles.strainer)[:, None] * each**2 / METRES_PER_MPA
        largest = (shape.curve.best_flow * shape.pumps)[:, None]
        clean = 0.003 * (sets.flow / largest) ** 2
        far, low_pressure = self.far(day), sets.suction - lost
        step = day.step
        off = self._offsets[:, :, None]
        high = self._seen("{z}.P_OUT", sets.pressure + troubles.bias[:, None] + off[0], step)
        low = self._seen("{z}.P_IN", low_pressure + off[1], step)
        first = np.arange(shape.exists.shape[1]) == 0
        power = np.where(first, sets.first_power[:, :, None], sets.power[:, :, None])
        hertz = self._seen(
            "{z}.P{n}.F", np.repeat(sets.speed[:, :, None], len(first), 2) * RATED_HZ, step
        )
        speed = np.where(on, hertz, np.nan)
        flow = self._seen("{z}.Q_OUT", sets.flow, step)
        running = on.sum(axis=2).astype(float)
        loss = np.maximum(self._seen("{z}.DP_STR", clean + lost, step), 0.0)
        head, windows = (high - low) * METRES_PER_MPA, HOURLY_WINDOWS
        drawn = self._seen("{z}.P{n}.P", power, step)
        mains = np.repeat(day.p_main, np.bincount(shape.station), axis=0)
        far, mains = self._seen("{z}.P_END", far, step), self._seen("PH.P_MAIN", mains, step)
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


@cache
def _digits(profile: str, layout: Layout) -> dict[str, float]:
    """Per code (pumps by {n}) the step of the register in resolutions of the point."""
    found: dict[str, float] = {}
    for part in BLOCKS:
        plan = compile_block(profile, layout, part)
        for code, digit in zip(plan.codes, plan.multiplier, strict=True):
            found[re.sub(r"\.P\d\.", ".P{n}.", code)] = max(1.0, float(digit))
    return found


def added(total: dict[str, Floats], more: dict[str, Floats]) -> dict[str, Floats]:
    """Sums of sums."""
    return more if not total else {name: total[name] + more[name] for name in more}
