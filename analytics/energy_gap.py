"""Energy gap of pump sets: what the same water at the same pressure would have cost, and why it
cost more. M25 in docs/methods.md.

The steps, in this order: clean strainer and restored wear; the best number of pumps; the right set
point; no mains pressure given away. Each is the change of the energy by that step alone, so the
parts add up to the total exactly. Units as in analytics.hydraulics.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.hydraulics import METRES_PER_MPA, PumpCurve
from analytics.results import Figure, Reason, figure, nothing
from analytics.sequencing import best_power, set_power

Array = NDArray[np.float64]

PARTS = ("wear", "sequencing", "setpoint", "inlet")
END_WANTED = 0.12
"""MPa at the far end: what a fixture needs, 0.10, and a margin."""
LOWEST_HEAD = 2.0
STEADY_HOURS = 3.3
"""Hours of steady windows under which nothing is said."""
FEWEST_ROWS = 2
DRAWS = 48
SCATTER = 0.0015
"""Standard error of `calibration`, found with simulated sets."""
REDUNDANT = 0.05
"""Saving, as a share, that another number of pumps must bring before it counts."""


@dataclass(frozen=True)
class Work:
    """What sets did in steady windows; arrays [k, m] of sets and their rows (by pumps running and
    flow), `pumps` [k]. A row with `hours` 0 may hold anything."""

    hours: Array
    flow: Array
    """m³/h of the set."""
    head: Array
    """m that the pumps gave."""
    power: Array
    """kW of all pumps."""
    running: Array
    pumps: np.ndarray
    excess: Array
    """[k] MPa that the set point may be lower (see `excess`)."""
    strainer: Array
    """[k, m] m lost in the strainer beyond a clean one."""
    wasted: Array
    """[k, m] m of mains pressure that the tank gives away; 0 for stacked sets."""


_FIELDS = tuple(Work.__dataclass_fields__)


@dataclass(frozen=True)
class Gap:
    """Shares of the energy used in the windows; arrays [k], parts [k, 4]."""

    parts: Array
    energy: Array
    """kWh of the windows."""
    hours: Array
    reasons: tuple[tuple[Reason, ...], ...]
    """Why a set has no figure; () where it has."""
    best_pumps: Array
    """[k, m] pumps that would have been best, NaN where the row is empty."""

    @property
    def total(self) -> Array:
        """[k] the sum of the parts."""
        return np.asarray(self.parts.sum(axis=1))


def excess(far_end: ArrayLike, wanted: float = END_WANTED) -> Array:
    """MPa that a set point may be lowered: the lowest mean pressure at the far end over what is
    wanted there; never negative, NaN without a far-end gauge."""
    return np.asarray(np.maximum(np.asarray(far_end, float) - wanted, 0.0))


def lowest_far_end(windows: ArrayLike, flow: ArrayLike, end: ArrayLike) -> Array:
    """[k] MPa at the far end when most flows: end = a - b Q² over the rows (mean flow, mean
    pressure [k, m]), at a flow that 0.7 % of the time exceeds. NaN without rows."""
    n, q, p = (np.asarray(v, float) for v in (windows, flow, end))
    seen = (n >= 1) & np.isfinite(p) & np.isfinite(q)
    w, x, y = np.where(seen, n, 0.0), np.where(seen, q, 0.0) ** 2, np.where(seen, p, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = (w * x).sum(1) / w.sum(1), (w * y).sum(1) / w.sum(1)
        off = x - mean_x[:, None]
        up = (w * off**2).sum(axis=1)
        slope = np.where(up > 0, (w * off * (y - mean_y[:, None])).sum(axis=1) / up, 0.0)
    top = _seldom(np.where(seen, q, 0.0), w)
    return np.asarray(mean_y + np.minimum(slope, 0.0) * (top**2 - mean_x))


def _seldom(flow: Array, weight: Array, share: float = 0.993) -> Array:
    """[k] flow that is exceeded in 1 - share of the weight, between the rows' means."""
    order = np.argsort(flow, axis=1)
    q, w = np.take_along_axis(flow, order, 1), np.take_along_axis(weight, order, 1)
    run = w.cumsum(axis=1)
    whole = np.maximum(run[:, -1:], 1e-12)
    return np.array([np.interp(share, r, x) for r, x in zip(run / whole, q, strict=True)])


def calibration(early: Work, sound: PumpCurve) -> Array:
    """[k] measured energy of a time when all was well over what the sound curves say of it: what
    the curves can't tell (noise of the demand, lighting) then cancels. 1 under 3.3 h of it."""
    live = (early.hours > 0) & (early.head > LOWEST_HEAD) & (early.flow > 0) & (early.power > 0)
    hours = np.where(live, early.hours, 0.0)
    flow, head = np.where(live, early.flow, 1.0), np.where(live, early.head, 10.0)
    running = np.where(live, np.maximum(early.running, 1), 1)
    due = (set_power(sound.widened((1,)), running, flow, head)[0] * hours).sum(axis=1)
    used = (np.where(live, early.power, 0.0) * hours).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = used / due
    known = (hours.sum(axis=1) >= STEADY_HOURS) & np.isfinite(found)
    return np.asarray(np.where(known, np.clip(found, 0.8, 1.25), 1.0))


def gap(work: Work, sound: PumpCurve, widest: int, scale: ArrayLike = 1.0) -> Gap:
    """The gap of all sets. sound: their pumps as they should be (arrays [k]); widest: most pumps
    of any set; scale: [k] see `calibration`.

    Refused per set, NaN parts: NO_DATA without windows, NOT_STEADY under 3.3 h of steady windows,
    NOT_IDENTIFIABLE where a curve isn't known (NaN). A set without far-end gauge has no set point
    part, 0 there.
    """
    live = (work.hours > 0) & (work.head > LOWEST_HEAD) & (work.flow > 0) & (work.power > 0)
    hours = np.where(live, work.hours, 0.0)
    flow, head = np.where(live, work.flow, 1.0), np.where(live, work.head, 10.0)
    running = np.where(live, np.maximum(work.running, 1), 1)
    new = sound.widened((1,))
    most = work.pumps[:, None]

    def energy(power: Array) -> Array:
        return np.asarray((power * hours).sum(axis=1) * scale)

    used = (np.where(live, work.power, 0.0) * hours).sum(axis=1)
    clean = np.maximum(head - np.where(live, work.strainer, 0.0), LOWEST_HEAD)
    restored = set_power(new, running, flow, clean)[0]

    def cheapest(lift: Array) -> tuple[Array, Array]:
        best, number = best_power(new, most, flow, lift, widest)
        kept = set_power(new, running, flow, lift)[0]
        take = np.isfinite(best) & (best < (1.0 - REDUNDANT) * kept)
        return np.where(take, best, kept), np.where(take, number, running)

    sequenced, number = cheapest(clean)
    lower = np.maximum(clean - np.nan_to_num(work.excess)[:, None] * METRES_PER_MPA, LOWEST_HEAD)
    right = set_power(new, number, flow, lower)[0]
    none_wasted = np.maximum(lower - np.nan_to_num(work.wasted), LOWEST_HEAD)
    drawn = set_power(new, number, flow, none_wasted)[0]
    again = best_power(new, most, flow, none_wasted, widest)[0]
    drawn = np.where(np.isfinite(again), np.minimum(again, drawn), drawn)
    steps = np.stack([used, *(energy(p) for p in (restored, sequenced, right, drawn))], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = -np.diff(steps, axis=1) / steps[:, :1]
    reasons = tuple(
        _refused(float(h), int(r), bool(np.isfinite(p).all()))
        for h, r, p in zip(hours.sum(axis=1), live.sum(axis=1), parts, strict=True)
    )
    refused = np.array([bool(r) for r in reasons], bool).reshape(-1)
    parts[refused] = np.nan
    return Gap(parts, used, hours.sum(axis=1), reasons, np.where(live, number, np.nan))


def _refused(hours: float, rows: int, known: bool) -> tuple[Reason, ...]:
    if hours <= 0.0:
        return (Reason.NO_DATA,)
    if hours < STEADY_HOURS or rows < FEWEST_ROWS:
        return (Reason.NOT_STEADY,)
    return () if known else (Reason.NOT_IDENTIFIABLE,)


@dataclass(frozen=True)
class Told:
    """The gap of one set as figures, kWh of `energy` used."""

    parts: dict[str, Figure]
    total: Figure
    actual: Figure
    left: Figure
    """What the water would have cost."""


def told(work: Work, early: Work, sound: list[PumpCurve], energy: float, widest: int) -> Told:
    """The gap of one set (arrays of one row) as kWh with 90 % intervals. early: the same of a time
    when all was well (may be empty); sound: draws of its curve, the most likely first; energy:
    kWh that the set used in the period."""
    several = len(sound)

    def stacked(curves: list[PumpCurve]) -> PumpCurve:
        names = ("shutoff_head", "c", "a1", "a2", "rated_power")
        return PumpCurve(*(np.array([float(getattr(c, n)) for c in curves]) for n in names))

    def repeated(one: Work) -> Work:
        return Work(*(np.repeat(getattr(one, f), several, axis=0) for f in _FIELDS))

    curves = stacked(sound)
    scale = calibration(repeated(early), curves)
    scale[1:] *= 1.0 + SCATTER * np.random.default_rng(21).standard_normal(several - 1)
    found = gap(repeated(work), curves, widest, scale)
    if found.reasons[0]:
        return _nothing(found.reasons[0], energy)
    shares = np.where(np.isfinite(found.parts), found.parts, found.parts[:1])
    low, high = np.quantile(shares, (0.05, 0.95), axis=0)
    reasons: dict[str, tuple[Reason, ...]] = dict.fromkeys(PARTS, ())
    reasons["setpoint"] = () if np.isfinite(work.excess[0]) else (Reason.METER_NOT_INSTALLED,)
    values = [float(share) * energy for share in shares[0]]
    parts = {
        name: figure(
            values[i], "kWh", "M25", reasons[name],
            low=float(low[i]) * energy, high=float(high[i]) * energy,
        )
        for i, name in enumerate(PARTS)
    }  # fmt: skip
    sums = np.quantile(shares.sum(axis=1), (0.05, 0.95)) * energy
    total = figure(sum(values), "kWh", "M25", low=float(sums[0]), high=float(sums[1]))
    left = figure(energy - sum(values), "kWh", "M25")
    return Told(parts, total, figure(energy, "kWh", "M25"), left)


def _nothing(reasons: tuple[Reason, ...], energy: float) -> Told:
    none = nothing("kWh", "M25", *reasons)
    return Told(dict.fromkeys(PARTS, none), none, figure(energy, "kWh", "M25"), none)


def draws(curve: PumpCurve, head_cov: Array, eta_cov: Array, count: int = DRAWS) -> list[PumpCurve]:
    """The most likely curve and `count` more that its covariances allow (fixed seed)."""
    chance = np.random.default_rng(20)
    head = chance.multivariate_normal([0.0, 0.0], head_cov, count, check_valid="ignore")
    eta = chance.multivariate_normal([0.0, 0.0], eta_cov, count, check_valid="ignore")
    made = [curve]
    for dh, de in zip(head, eta, strict=True):
        made.append(
            replace(
                curve,
                shutoff_head=np.maximum(curve.shutoff_head + dh[0], 1.0),
                c=np.maximum(curve.c + dh[1], 0.05 * curve.c),
                a1=np.maximum(curve.a1 + de[0], 0.2 * curve.a1),
                a2=np.maximum(curve.a2 + de[1], 0.2 * curve.a2),
            )
        )
    return made
