"""Curves of pumps learnt from what their stations measure, without a test and without a flow meter
of each pump, with their uncertainty. M21 in docs/methods.md.

All pumps at once: arrays [k] of pumps, [k, m] of their bins. Units as in analytics.hydraulics.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from analytics.day_facts import REACH
from analytics.hydraulics import (
    KW_PER_M_M3H,
    PumpCurve,
    drive_efficiency,
    motor_efficiency,
)

Array = NDArray[np.float64]

CAP = 50.0
"""Windows of a bin that count at most: beyond, it isn't noise that limits it."""
HEAD_PRIOR, SLOPE_PRIOR, GAIN_PRIOR = 0.10, 0.60, 0.30
"""How far a curve may lie from its nameplate before anything is measured, as shares."""
NOISE, NOISE_WEIGHT = 0.0004, 3.0
"""Scatter expected of a bin of CAP windows, over the shut-off head, and the bins that this
expectation is worth."""
ETA_NOISE = 0.010
LOW_FLOW = 0.22
"""Below this share of the rated flow the power says little about the efficiency."""
FEWEST_BINS, FEWEST_WINDOWS = 3, 12.0
LEAST_SPAN = 0.25
"""Span of flows over the rated flow that a curve needs to be learnt."""
CONFIDENCE = 0.90


@dataclass(frozen=True)
class Bins:
    """What steady windows told of pumps: means of bins of flow over speed; arrays [k, m].

    n: windows (0 = nothing there), flow: q/s, head: H/s², power: P/s³, speed: s.
    """

    n: Array
    flow: Array
    head: Array
    power: Array
    speed: Array
    width: Array
    """[k, 1] m³/h of a bin: the mean of squares is the square of the mean and width²/12 more."""

    @classmethod
    def of_sums(
        cls, sums: Mapping[str, ArrayLike], rated_flow: ArrayLike, alone: float = 60.0
    ) -> Bins:
        """From sums n, h, p, q, s of shape [k, m] (M7). Where sums n1, h1, p1, q1, s1 of windows
        in which the pump ran alone hold at least `alone` windows in 3 bins, these stand for it:
        only then is the flow its own."""
        whole = {name: np.nan_to_num(np.asarray(sums[name], float)) for name in "nhpqs"}
        if all(f"{name}1" in sums for name in "nhpqs"):
            own = {name: np.nan_to_num(np.asarray(sums[f"{name}1"], float)) for name in "nhpqs"}
            enough = (own["n"].sum(1) >= alone) & ((own["n"] > 0.5).sum(1) >= FEWEST_BINS)
            whole = {n: np.where(enough[:, None], own[n], v) for n, v in whole.items()}
        n = whole["n"]
        q, h, p, s = (
            np.divide(whole[name], n, out=np.full(n.shape, np.nan), where=n > 0) for name in "qhps"
        )
        width = np.asarray(rated_flow, float)[:, None] * (REACH / n.shape[1])
        return cls(n, q, h, p, s, width)

    @property
    def square(self) -> Array:
        """Mean of the squared flow."""
        return np.asarray(self.flow**2 + self.width**2 / 12.0)

    @property
    def weight(self) -> Array:
        return np.asarray(np.minimum(self.n, CAP))

    def power_in(self) -> Array:
        """kW that the drive takes."""
        return np.asarray(self.power * self.speed**3)

    def wire_to_water(self) -> Array:
        """Efficiency from the drive's inlet to the water (E2.4)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(KW_PER_M_M3H * self.flow * self.head / self.power)

    def pump_efficiency(self, rated_power: ArrayLike) -> Array:
        """Efficiency of the pump alone at rated speed: without the losses of motor and drive
        (E3.8), brought to rated speed by E3.7."""
        rated = np.asarray(rated_power, float)[:, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            shaft = shaft_power(self.power_in(), rated, self.speed)
            at_speed = KW_PER_M_M3H * self.flow * self.head * self.speed**3 / shaft
            return np.asarray(1.0 - (1.0 - at_speed) * self.speed**0.1)


@dataclass(frozen=True)
class Learnt:
    """Curves with what isn't known about them; arrays [k], covariances [k, 2, 2]."""

    curve: PumpCurve
    """shutoff_head, c, a1, a2 of each pump."""
    head_cov: Array
    """Of (shutoff_head, c)."""
    eta_cov: Array
    """Of (a1, a2)."""
    freedom: Array
    low: Array
    high: Array
    """Flows at rated speed between which anything was seen; NaN where nothing was."""
    known: NDArray[np.bool_]
    """Whether the head curve stands on data rather than on the nameplate."""

    def only(self, k: int) -> Learnt:
        """One pump of them, arrays of length 1."""
        at = slice(k, k + 1)
        names = ("shutoff_head", "c", "a1", "a2", "rated_power")
        curve = PumpCurve(*(np.asarray(getattr(self.curve, name))[at] for name in names))
        return Learnt(
            curve, self.head_cov[at], self.eta_cov[at], self.freedom[at],
            self.low[at], self.high[at], self.known[at],
        )  # fmt: skip

    def head_band(self, flow: ArrayLike) -> tuple[Array, Array, Array]:
        """Head at rated speed: (most likely, low, high) of the 90 % interval, [k, m]."""
        q = _wide(flow, len(self.low))
        mid = self.curve.shutoff_head[:, None] - self.curve.c[:, None] * q**2
        reach = self._reach(self.head_cov, np.ones_like(q), -(q**2))
        return mid, mid - reach, mid + reach

    def efficiency_band(self, flow: ArrayLike) -> tuple[Array, Array, Array]:
        """Pump efficiency at rated speed: (most likely, low, high) of the 90 % interval."""
        q = _wide(flow, len(self.low))
        mid = self.curve.a1[:, None] * q - self.curve.a2[:, None] * q**2
        reach = self._reach(self.eta_cov, q, -(q**2))
        return mid, mid - reach, mid + reach

    def extrapolated(self, flow: ArrayLike) -> NDArray[np.bool_]:
        """[k, m] flows beyond what was seen (and everywhere where nothing was)."""
        q = _wide(flow, len(self.low))
        return np.asarray(~((q >= self.low[:, None]) & (q <= self.high[:, None])))

    def one(self, k: int) -> PumpCurve:
        """The curve of one pump, as numbers."""
        c = self.curve
        return PumpCurve.of(c.shutoff_head[k], c.c[k], c.a1[k], c.a2[k], c.rated_power[k])

    def _reach(self, cov: Array, first: Array, second: Array) -> Array:
        terms = np.stack([first, second], axis=2)
        variance = np.einsum("kmi,kij,kmj->km", terms, cov, terms)
        factor = np.asarray(student.ppf(0.5 + CONFIDENCE / 2.0, self.freedom))[:, None]
        return np.asarray(factor * np.sqrt(np.maximum(variance, 0.0)))


def shaft_power(electric: ArrayLike, rated: ArrayLike, speed: ArrayLike) -> Array:
    """Power at the shaft, kW, from the drive's inlet (E3.8 turned round, by repetition)."""
    after_drive = np.asarray(electric, float) * drive_efficiency(speed)
    shaft = after_drive * 0.85
    for _ in range(25):
        shaft = after_drive * motor_efficiency(shaft / np.asarray(rated, float))
    return np.asarray(shaft)


def learn(bins: Bins, nameplate: PumpCurve) -> Learnt:
    """Curves of all pumps: least squares over the bins, held by the nameplate where they tell
    little. nameplate: arrays [k].

    The scatter of the bins about the curve gives the interval, so that whatever bends the bins
    (unequal sharing, bin width, gauges) is in it. Nothing raises: a pump without data keeps its
    nameplate, `known` False.
    """
    seen = (bins.n > 0) & np.isfinite(bins.flow) & np.isfinite(bins.head)
    w = np.where(seen, bins.weight / CAP, 0.0)
    q, h = np.where(seen, bins.flow, 0.0), np.where(seen, bins.head, 0.0)
    square = np.where(seen, bins.square, 0.0)
    h0, c = nameplate.shutoff_head, nameplate.c
    head = _fit(
        np.stack([np.ones_like(q), -square], axis=2), h, w,
        np.stack([h0, c], axis=1), np.stack([HEAD_PRIOR * h0, SLOPE_PRIOR * c], axis=1),
        NOISE * h0,
    )  # fmt: skip
    eta = bins.pump_efficiency(nameplate.rated_power)
    best = nameplate.best_flow[:, None]
    told = seen & np.isfinite(eta) & (q > LOW_FLOW * best) & (eta > 0.02) & (eta < 0.95)
    gain = _fit(
        np.stack([q, -square], axis=2), np.where(told, eta, 0.0), np.where(told, w, 0.0),
        np.stack([nameplate.a1, nameplate.a2], axis=1),
        GAIN_PRIOR * np.stack([nameplate.a1, nameplate.a2], axis=1),
        np.full(len(h0), ETA_NOISE),
    )  # fmt: skip
    low = np.where(seen, q, np.inf).min(axis=1)
    high = np.where(seen, q, -np.inf).max(axis=1)
    some = seen.any(axis=1)
    low, high = np.where(some, low, np.nan), np.where(some, high, np.nan)
    with np.errstate(invalid="ignore"):
        spans = high - low >= LEAST_SPAN * nameplate.best_flow
    enough = (seen.sum(axis=1) >= FEWEST_BINS) & (bins.n.sum(axis=1) >= FEWEST_WINDOWS) & spans
    mean_head, mean_gain = head[0], np.maximum(gain[0], 1e-9)
    curve = PumpCurve(
        mean_head[:, 0], np.maximum(mean_head[:, 1], 1e-6 * c), mean_gain[:, 0], mean_gain[:, 1],
        nameplate.rated_power,
    )  # fmt: skip
    return Learnt(curve, head[1], gain[1], head[2], low, high, np.asarray(enough))


def _fit(
    design: Array, y: Array, w: Array, prior: Array, spread: Array, noise: Array
) -> tuple[Array, Array, Array]:
    """(coefficients [k, 2], covariance [k, 2, 2], degrees of freedom [k]): weighted least squares
    with a normal prior; the variance of a bin of full weight is learnt from the residuals and a
    prior worth NOISE_WEIGHT bins."""
    precision = np.zeros((len(prior), 2, 2))
    precision[:, [0, 1], [0, 1]] = 1.0 / spread**2
    gram = np.einsum("kmi,km,kmj->kij", design, w, design)
    right = np.einsum("kmi,km->ki", design, w * y)
    variance = noise**2
    count = (w > 0).sum(axis=1)
    for _ in range(4):
        information = gram / variance[:, None, None] + precision
        cov = _inverse(information)
        pull = right / variance[:, None] + np.einsum("kij,kj->ki", precision, prior)
        found = np.einsum("kij,kj->ki", cov, pull)
        error = (w * (y - np.einsum("kmi,ki->km", design, found)) ** 2).sum(axis=1)
        freedom = NOISE_WEIGHT + np.maximum(count - 2, 0)
        variance = (NOISE_WEIGHT * noise**2 + error) / freedom
    return found, cov, freedom.astype(float)


def _inverse(m: Array) -> Array:
    """Inverses of symmetric 2 by 2 matrices [k, 2, 2], scaled first: H0 and c differ by orders."""
    d = 1.0 / np.sqrt(np.maximum(np.diagonal(m, axis1=1, axis2=2), 1e-300))
    scaled = m * d[:, :, None] * d[:, None, :]
    return np.asarray(np.linalg.inv(scaled) * d[:, :, None] * d[:, None, :])


def _wide(flow: ArrayLike, k: int) -> Array:
    q = np.asarray(flow, float)
    return np.asarray(np.broadcast_to(q, (k, q.shape[-1])) if q.ndim < 2 else q)
