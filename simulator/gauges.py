"""What a gauge makes of a steady step: the mean of many noisy, rounded readings in one draw."""

from __future__ import annotations

import numpy as np

from data.catalogue.points import Column
from simulator.draws import key, normal
from simulator.history_rows import BlockDays, Table
from simulator.sensors import NOISE, QUIETER
from simulator.types import Floats

POLL = 2.0
"""s between two readings."""
WINDOW = 180.0
"""s that one figure of a longer step is the mean of, at most: a steady window."""
WOBBLE: dict[str, tuple[float, float]] = {
    "{z}.P_OUT": (0.005, 0.0), "{z}.P{n}.F": (0.3, 0.0), "{z}.P{n}.P": (0.0, 0.08),
    "EL.P": (0.0, 0.08), "{z}.Q_OUT": (0.0, 0.2), "PH.Q_IN": (0.0, 0.02),
}  # fmt: skip
"""How far the value itself moves within a step, as in `NOISE`: demand and control are never still.
It carries a coarse register over its steps; the mean of a step has it already."""


def shown(
    values: Floats, gauge: Floats, spread: Floats, digit: Floats, polls: float, draws: Floats
) -> Floats:
    """Mean of `polls` readings round((x + σz) / digit)·digit of values x, σ = spread of all that
    moves; `gauge`: standard deviation of the gauge's own noise.

    By Fourier, the mean of a rounded normal x is x + (d/π) Σ (−1)^k/k · sin(2πkx/d) ·
    e^(−2(πkσ/d)²): a coarse register shows a still value wrongly however often it is read. The
    variance left is (gauge² + d²/12) / polls, on a coarse register that of its two digits. draws:
    standard normal, of the values' shape.
    """
    step = np.maximum(digit, 1e-12)
    bias = np.zeros(values.shape)
    for k in (1, 2):
        damped = np.exp(-2.0 * (np.pi * k * spread / step) ** 2)
        bias += (-1.0) ** k / k * np.sin(2.0 * np.pi * k * values / step) * damped
    # a still value on a coarse register jumps between two digits, with the chance of the one
    edge = 0.5 - np.abs(values / step - np.rint(values / step))
    odds = 1.0 / (1.0 + np.exp(np.minimum(1.702 * edge * step / np.maximum(spread, 1e-12), 60.0)))
    coarse = spread < 0.3 * step
    each = np.where(coarse, odds * (1.0 - odds) * step**2, gauge**2 + step**2 / 12.0)
    left = np.sqrt(each / polls)
    return np.asarray(values + step / np.pi * bias + left * draws)


class SeenDays(BlockDays):
    """A block's days as its gauges show them: every point with the noise and the last digit that
    the live plant's has. Meters are as they are, in whole steps of their registers."""

    def hertz(self, zone: str, pump: int) -> Floats:
        column = self.block.column[f"{zone}.P{pump + 1}.F"]
        return self._noisy(column, super().hertz(zone, pump))

    def kilowatts(self, zone: str, pump: int) -> Floats:
        column = self.block.column[f"{zone}.P{pump + 1}.P"]
        return self._noisy(column, super().kilowatts(zone, pump))

    def slim(self, factor: int) -> Table:
        """Rows of `factor` steps with the facts and the outlet flows alone."""
        found = {"": self._frame(factor)}
        for zone in self.block.zones:
            self._add(found, self.block.column[f"{zone}.Q_OUT"], {"": factor})
        return found[""]

    def _values(self, column: Column) -> Floats:
        return self._noisy(column, super()._values(column))

    def _noisy(self, column: Column, values: Floats) -> Floats:
        code, template = column.code, column.point.code
        sigma, share = QUIETER.get(template, NOISE.get(column.point.kind, (0.0, 0.0)))
        own, part = WOBBLE.get(template, (0.0, 0.0))
        noise = sigma + share * abs(values)
        spread = np.hypot(noise, own + part * abs(values))
        digit = self.block.digits.get(code, np.zeros(len(values)))[:, None]
        digit = digit * self.block.resolution[code]
        if not (digit > 0.0).any() or not (np.nan_to_num(noise) > 0.0).any():
            return values
        steps = np.concatenate([m.day.day * 100_000 + np.arange(m.steps) for m in self.made])
        draws = normal(self.made[0].day.shape.seed, "gauge", self.points.key, key(code), steps)
        polls = min(self.step, WINDOW) / POLL
        return np.where(values == 0.0, 0.0, shown(values, noise, spread, digit, polls, draws))
