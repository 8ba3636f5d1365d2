"""Curves of a pump from a manufacturer's points: fits, their checks, and refusals. M20 in
docs/methods.md.

Units: flow m³/h, head m, efficiency as a fraction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import nnls

from analytics.hydraulics import PumpCurve
from analytics.results import Reason

Array = NDArray[np.float64]

HEAD_SCALE, EFFICIENCY_SCALE = 1.0, 0.02
"""Residuals beyond these (m; fraction) count less and less (soft L1)."""
FEWEST_FLOWS, LEAST_SPAN = 4, 0.40
LARGEST_ERROR = 0.03
"""Root mean square error of the head over the shut-off head, at most."""
NAMEPLATE_REACH = 0.15
"""How far the shut-off head may lie from that of the nameplate."""
BEST_LOW, BEST_HIGH = 0.20, 0.88
ROUNDS = 40


@dataclass(frozen=True)
class HeadFit:
    """H = h0 - b Q - c Q² at rated speed (E3.1 with b = 0, else E3.2)."""

    h0: float
    b: float
    c: float
    rmse: float
    """m, over the points as they are."""
    reach: tuple[float, float]
    """Flows that the points span."""
    reasons: tuple[Reason, ...] = ()

    def head(self, flow: ArrayLike, speed: ArrayLike = 1.0) -> Array:
        """Head at a speed ratio (E3.6)."""
        q, s = np.asarray(flow, float), np.asarray(speed, float)
        return np.asarray(s**2 * self.h0 - self.b * s * q - self.c * q**2)

    def speed(self, flow: ArrayLike, head: ArrayLike) -> Array:
        """Speed ratio that gives `flow` against `head` (E3.13)."""
        q, h = np.asarray(flow, float), np.asarray(head, float)
        half = self.b * q / (2.0 * self.h0)
        return np.asarray(half + np.sqrt(half**2 + (h + self.c * q**2) / self.h0))


@dataclass(frozen=True)
class EfficiencyFit:
    """Efficiency = a1 Q + a2 Q² + a3 Q³ at rated speed: E3.4 with a3 = 0, else the cubic."""

    a1: float
    a2: float
    a3: float
    rmse: float
    best_flow: float
    best: float
    reach: tuple[float, float]
    reasons: tuple[Reason, ...] = ()

    def efficiency(self, flow: ArrayLike) -> Array:
        q = np.asarray(flow, float)
        return np.asarray((self.a1 + (self.a2 + self.a3 * q) * q) * q)


@dataclass(frozen=True)
class Refusal:
    """Why points give no curve."""

    reason: Reason
    what: str
    """Which check failed: span, slope, error, nameplate, best, concave."""


def fit_head(
    flow: ArrayLike,
    head: ArrayLike,
    *,
    linear: bool = False,
    robust: bool = False,
    weights: ArrayLike | None = None,
    nameplate: PumpCurve | None = None,
) -> HeadFit | Refusal:
    """Head curve of points at rated speed, by non-negative least squares: it never rises.

    linear: with the term b Q (E3.2). robust: soft L1 of 1 m, for points with outliers. nameplate:
    its shut-off head must be met within 15 %. Refused: under 4 flows, or a span of less than 40 %
    of the largest; a flat curve; an error over 3 % of the shut-off head.
    """
    q, h, w = _points(flow, head, weights)
    if refusal := _spanned(q):
        return refusal
    terms = [np.ones_like(q), -q, -(q**2)] if linear else [np.ones_like(q), -(q**2)]
    found = _least(np.stack(terms, axis=1), h, w, HEAD_SCALE if robust else np.inf)
    h0, b, c = (found[0], found[1], found[2]) if linear else (found[0], 0.0, found[1])
    error = h - (h0 - b * q - c * q**2)
    rmse = _spread(error, w, robust)
    if c <= 0.0 and b <= 0.0:
        return Refusal(Reason.NOT_IDENTIFIABLE, "slope")
    if rmse > LARGEST_ERROR * h0:
        return Refusal(Reason.OUT_OF_RANGE, "error")
    if nameplate is not None:
        due = float(nameplate.shutoff_head)
        if abs(h0 - due) > NAMEPLATE_REACH * due:
            return Refusal(Reason.OUT_OF_RANGE, "nameplate")
    return HeadFit(float(h0), float(b), float(c), rmse, (float(q.min()), float(q.max())))


def fit_efficiency(
    flow: ArrayLike,
    efficiency: ArrayLike,
    *,
    cubic: bool = False,
    robust: bool = False,
    weights: ArrayLike | None = None,
) -> EfficiencyFit | Refusal:
    """Efficiency curve of points at rated speed, through the origin and concave.

    cubic: only with 6 points that span 30 to 130 % of the best flow, else refused. Refused too:
    a best efficiency outside 20 to 88 %. A best flow beyond the points is EXTRAPOLATED.
    """
    q, e, w = _points(flow, efficiency, weights)
    if refusal := _spanned(q):
        return refusal
    scale = EFFICIENCY_SCALE if robust else np.inf
    if cubic:
        a1, a2, a3 = _free(np.stack([q, q**2, q**3], axis=1), e, w, scale)
    else:
        a1, minus = _least(np.stack([q, -(q**2)], axis=1), e, w, scale)
        a2, a3 = -minus, 0.0
    if 2.0 * a2 >= 0.0 or 2.0 * a2 + 6.0 * a3 * 1.3 * q.max() > 0.0:
        return Refusal(Reason.NOT_IDENTIFIABLE, "concave")
    best_flow = _top(a1, a2, a3)
    best = float((a1 + (a2 + a3 * best_flow) * best_flow) * best_flow)
    few = np.unique(q).size < 6 or q[q > 0].min() > 0.3 * best_flow or q.max() < 1.3 * best_flow
    if cubic and few:
        return Refusal(Reason.TOO_FEW_SAMPLES, "span")
    if not BEST_LOW <= best <= BEST_HIGH:
        return Refusal(Reason.OUT_OF_RANGE, "best")
    beyond = not q.min() <= best_flow <= q.max()
    rmse = _spread(e - (a1 + (a2 + a3 * q) * q) * q, w, robust)
    reach = (float(q.min()), float(q.max()))
    reasons = (Reason.EXTRAPOLATED,) if beyond else ()
    return EfficiencyFit(float(a1), float(a2), float(a3), rmse, best_flow, best, reach, reasons)


def polynomial(flow: ArrayLike, values: ArrayLike, degree: int) -> Array:
    """Plain least-squares polynomial, highest power first: for maker's tables that ask for one."""
    q, y, _ = _points(flow, values, None)
    return np.asarray(np.polyfit(q, y, degree))


def curve_of(head: HeadFit, efficiency: EfficiencyFit, power: float) -> PumpCurve:
    """The two-parameter pump of these fits (b and a3 must be 0).

    Raises ValueError for other forms.
    """
    if head.b or efficiency.a3:
        raise ValueError("only E3.1 with E3.4 make a PumpCurve")
    return PumpCurve.of(head.h0, head.c, efficiency.a1, -efficiency.a2, power)


def left_out_errors(flow: ArrayLike, head: ArrayLike) -> Array:
    """Error of the head at each point, m, by the quadratic of all the others (leave one out)."""
    q, h, _ = _points(flow, head, None)
    errors = np.full(len(q), np.nan)
    for i in range(len(q)):
        rest = np.arange(len(q)) != i
        errors[i] = h[i] - np.polyval(polynomial(q[rest], h[rest], 2), q[i])
    return errors


def _points(x: ArrayLike, y: ArrayLike, weights: ArrayLike | None) -> tuple[Array, Array, Array]:
    q, v = np.asarray(x, float).ravel(), np.asarray(y, float).ravel()
    w = np.ones_like(q) if weights is None else np.asarray(weights, float).ravel()
    known = np.isfinite(q) & np.isfinite(v) & (w > 0) & (q >= 0)
    return q[known], v[known], w[known]


def _spanned(q: Array) -> Refusal | None:
    distinct = np.unique(q)
    if distinct.size < FEWEST_FLOWS or distinct[-1] - distinct[0] < LEAST_SPAN * distinct[-1]:
        return Refusal(Reason.NOT_IDENTIFIABLE, "span")
    return None


def _least(design: Array, y: Array, w: Array, scale: float) -> Array:
    """Non-negative least squares, reweighted for soft L1 of `scale`."""
    size = np.maximum(np.abs(design).max(axis=0), 1e-12)
    found: Array = np.zeros(design.shape[1])
    turn = w
    for _ in range(1 if np.isinf(scale) else ROUNDS):
        root = np.sqrt(turn)
        found = nnls(design / size * root[:, None], y * root)[0] / size
        turn = w / np.sqrt(1.0 + ((y - design @ found) / scale) ** 2)
    return found


def _free(design: Array, y: Array, w: Array, scale: float) -> Array:
    size = np.maximum(np.abs(design).max(axis=0), 1e-12)
    found: Array = np.zeros(design.shape[1])
    turn = w
    for _ in range(1 if np.isinf(scale) else ROUNDS):
        root = np.sqrt(turn)
        found = np.linalg.lstsq(design / size * root[:, None], y * root, rcond=None)[0] / size
        turn = w / np.sqrt(1.0 + ((y - design @ found) / scale) ** 2)
    return found


def _spread(error: Array, w: Array, robust: bool) -> float:
    """Root mean square; of robust fits 1.48 times the median of the absolute error."""
    if robust:
        return float(1.4826 * np.median(np.abs(error)))
    return float(np.sqrt(np.average(error**2, weights=w)))


def _top(a1: float, a2: float, a3: float) -> float:
    """Flow where a1 Q + a2 Q² + a3 Q³ is largest."""
    if abs(a3) < 1e-15:
        return float(-a1 / (2.0 * a2))
    root = np.sqrt(max(a2 * a2 - 3.0 * a1 * a3, 0.0))
    return float((-a2 - root) / (3.0 * a3))
