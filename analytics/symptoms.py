"""What a station showed around an alarm, as numbers: one pure function a measure. M80.

A symptom of the catalogue (diagnosis.toml) names a measure and the limit beyond which it counts as
shown. NaN means that nobody can tell: no such point, too few samples, a witness that is silent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Measure = Callable[["Window", str], float]

NAN = float("nan")
NOW, LATELY, LONG = 60.0, 300.0, 600.0
"""s up to the end of the window that count as now, as lately, and for a gauge that stands still."""
CALM = 30.0
"""s before the first crossing at which what was before ends."""
FEWEST = 5
"""Samples that a number needs."""
LOOSE = 180.0
"""s in which changes of a contact are counted."""


WITNESSES = (
    "PH.P_MAIN", "PH.Q_IN", "{z}.P_IN", "{z}.P_OUT", "{z}.P_SET", "{z}.P_END", "{z}.Q_OUT",
    "{z}.DP_STR", "{z}.P{n}.RUN", "{z}.P{n}.FAULT", "{z}.P{n}.MODE", "{z}.P{n}.F", "{z}.P{n}.I",
    "{z}.P{n}.P", "{z}.P{n}.VFD_CODE", "{z}.P{n}.STARTS", "{t}.LEVEL", "{t}.LEVEL2", "{t}.OVF",
    "{t}.VALVE_POS", "{t}.VALVE_CMD", "WQ.CL_OUT", "WQ.CL_IN", "WQ.TURB", "WQ.COND", "WQ.ORP",
    "WQ.FLOWCELL", "EL.P", "EL.UA", "EL.UB", "EL.UC", "EL.MAINS_OK", "EL.UPS_ON", "EN.FLOOD",
    "EN.SUMP_L", "EN.SUMP_FAULT", "EN.SMOKE", "SE.DOOR", "SE.ACCESS", "SE.PIR", "CM.RSSI",
    "CM.BUS_ERR", "CM.PLC_HB",
)  # fmt: skip
"""Templates of the points that the measures look at: what a window has to hold."""


@dataclass(frozen=True)
class Window:
    """Samples of one station around an alarm."""

    at: Array
    """[m] s after the alarm was raised (before it: negative), ascending."""
    values: Mapping[str, Array]
    """[m] by point code, in its unit, NaN where nothing usable is known."""
    zone: str = ""
    pump: int = 0
    tank: int = 0
    point: str = ""
    """The code that the rule is about."""
    onset: float = 0.0
    """s at which its condition was first true."""
    facts: Mapping[str, float] = field(default_factory=dict)
    """Of the station and set: tank (1 or 0), pumps, rated_flow m³/h, rated_head m, rated_power kW,
    rated_current A, overflow_level m, tank_area m²."""
    usual: Mapping[str, float] = field(default_factory=dict)
    """Mean of a point at this hour of the last days."""
    around: Mapping[str, float] = field(default_factory=dict)
    """Of the moment: silence (s), near_silent and fleet_silent (shares), near_mains_low (number of
    other stations)."""

    def of(self, template: str) -> Array:
        """Samples of a template ({z}.P_OUT) at the alarm's place; all NaN where it has none."""
        zone, tank = self.zone or "L", self.tank or 1
        code = template.replace("{z}", zone).replace("{t}", f"T{tank}")
        found = self.values.get(code)
        return np.full(len(self.at), np.nan) if found is None else found

    def each(self, template: str) -> Array:
        """[pumps, m] of every pump of the alarm's zone; [0, m] where it has none."""
        rows = []
        for n in range(1, 13):
            code = template.replace("{z}", self.zone or "L").replace("{n}", str(n))
            if code not in self.values:
                break
            rows.append(self.values[code])
        return np.array(rows) if rows else np.zeros((0, len(self.at)))

    def last(self, values: Array, seconds: float = NOW) -> Array:
        """Of these samples the known ones of the last `seconds` of the window."""
        if not len(self.at):
            return values[:0]
        chosen: Array = values[self.at > self.at[-1] - seconds]
        return chosen[np.isfinite(chosen)]

    def before(self, values: Array) -> Array:
        """The known ones from before the condition was first true."""
        chosen: Array = values[self.at < self.onset - CALM]
        return chosen[np.isfinite(chosen)]

    def median(self, values: Array, seconds: float = NOW) -> float:
        some = self.last(values, seconds)
        return float(np.median(some)) if len(some) else NAN

    def median_before(self, values: Array) -> float:
        some = self.before(values)
        return float(np.median(some)) if len(some) >= FEWEST else NAN


def now(w: Window, point: str) -> float:
    """The point's median of the last minute; of a pump's point the highest over the pumps."""
    if "{n}" in point:
        found = [w.median(row) for row in w.each(point)]
        known = [value for value in found if np.isfinite(value)]
        return max(known) if known else NAN
    return w.median(w.of(point))


def ever(w: Window, point: str) -> float:
    """The point's highest value since shortly before the alarm."""
    some = w.of(point)[w.at >= w.onset - CALM]
    some = some[np.isfinite(some)]
    return float(some.max()) if len(some) else NAN


def known_last(w: Window, point: str) -> float:
    """The point's last known value, however old."""
    some = w.of(point)
    some = some[np.isfinite(some)]
    return float(some[-1]) if len(some) else NAN


def change(w: Window, point: str) -> float:
    """The last minute less what was before the condition."""
    values = w.of(point)
    return w.median(values) - w.median_before(values)


def excess(w: Window, point: str) -> float:
    """How far the last minute lies over what is usual at this hour, as a share; where nobody has
    learnt that, over the first third of the window: rules on means see a step late."""
    values = w.of(point)
    base = w.usual.get(point.replace("{z}", w.zone or "L"), NAN)
    if np.isnan(base):
        first = values[: len(values) // 3]
        first = first[np.isfinite(first)]
        base = float(np.median(first)) if len(first) >= FEWEST else NAN
    return w.median(values) / base - 1.0 if base > 0.3 else NAN


def span(w: Window, point: str) -> float:
    """Highest less lowest of the whole window."""
    some = w.of(point)
    some = some[np.isfinite(some)]
    return float(some.max() - some.min()) if len(some) >= 2 else NAN


def beat(w: Window, point: str) -> float:
    """Change of a heartbeat in the last half minute."""
    some = w.last(w.of(point), 30.0)
    return float(some.max() - some.min()) if len(some) >= FEWEST else NAN


def silence(w: Window, point: str) -> float:
    """s without an answer: at the end, or in a gap that reaches up to the condition or lies later.
    A link that faltered earlier and came back makes nobody doubt what it tells now."""
    first = int(np.searchsorted(w.at, w.onset - 10.0))
    told = w.at[max(0, first - 1) :]
    gap = float(np.diff(told).max()) if len(told) > 1 else 0.0
    return max(gap, w.around.get("silence", 0.0 if len(told) else NAN))


def of_around(w: Window, name: str) -> float:
    """A fact of the neighbourhood."""
    return w.around.get(name, NAN)


def below_set(w: Window, point: str) -> float:
    """Set point less discharge pressure, MPa; negative above it."""
    return w.median(w.of("{z}.P_SET")) - w.median(w.of("{z}.P_OUT"))


def share_of_set(w: Window, point: str) -> float:
    """Discharge pressure over set point."""
    setpoint = w.median(w.of("{z}.P_SET"))
    return w.median(w.of("{z}.P_OUT")) / setpoint if setpoint > 0.0 else NAN


def swing(w: Window, point: str) -> float:
    """Standard deviation of 5 min, MPa, where a second witness swings along: the far end's gauge,
    else the drives; 0 where none does."""
    some, shared = _restless(w)
    return NAN if np.isnan(shared) else float(some.std()) if shared > 0.5 else 0.0


def noise(w: Window, point: str) -> float:
    """Standard deviation from sample to sample that no second witness shares, MPa; else 0."""
    some, shared = _restless(w)
    return NAN if np.isnan(shared) else 0.0 if shared > 0.5 else float(np.diff(some).std() / 1.41)


def _restless(w: Window) -> tuple[Array, float]:
    """Discharge pressure of 5 min without wild samples, and how far others share its changes."""
    late = w.at > (w.at[-1] - LATELY if len(w.at) else 0.0)
    own, end = w.of("{z}.P_OUT")[late], w.of("{z}.P_END")[late]
    own_known = np.isfinite(own)
    if own_known.sum() < 30:
        return own, NAN
    middle = np.median(own[own_known])
    limit = max(0.15, 4.0 * _spread(own[own_known]))
    own_known[own_known] = np.abs(own[own_known] - middle) < limit
    both = own_known & np.isfinite(end)
    some = own[own_known]
    if both.sum() >= 30:
        one, other = np.diff(own[both]), np.diff(end[both])
        spread = float(one.std() * other.std())
        shared = (
            float(((one - one.mean()) * (other - other.mean())).mean() / spread) if spread else 0
        )
        return some, shared
    speeds = [row[late][np.isfinite(row[late])] for row in w.each("{z}.P{n}.F")]
    moves = max((float(np.diff(row).std()) for row in speeds if len(row) > 2), default=0.0)
    return some, float(moves > 0.5)


def _spread(some: Array) -> float:
    return float(1.4826 * np.median(np.abs(some - np.median(some))))


def wild(w: Window, point: str) -> float:
    """Share of single samples of 10 min that lie far from both their neighbours."""
    some = w.last(w.of(point), LONG)
    if len(some) < 60:
        return NAN
    inner, left, right = some[1:-1], some[:-2], some[2:]
    off = (np.abs(inner - left) > 0.1) & (np.abs(inner - right) > 0.1)
    return float((off & (np.abs(left - right) < 0.1)).mean())


def still(w: Window, point: str) -> float:
    """Span of a gauge over 10 min, MPa; unknown while no pump runs. Where its register is too
    coarse to show the restlessness of water, unknown unless other witnesses move meanwhile."""
    values = w.of(point)
    some, runs = w.last(values, LONG), w.each("{z}.P{n}.RUN")
    if len(some) < 60 or not len(runs) or not (np.nan_to_num(runs).max(axis=0)[-30:] > 0).all():
        return NAN
    known = values[np.isfinite(values)]
    coarse = bool(np.allclose(known * 100, np.rint(known * 100), atol=1e-6))
    if coarse and known.max() > known.min() and not _others_move(w, values):
        return NAN
    return float(some.max() - some.min())


def _others_move(w: Window, values: Array) -> bool:
    """Whether, while these values stand still, the far end moves by 0.05 MPa or the drives end at a
    limit, as a control does that waits for its gauge."""
    moved = np.flatnonzero(np.isfinite(values) & (np.abs(values - values[-1]) > 1e-9))
    since = w.at > (w.at[moved[-1]] + CALM if len(moved) else w.at[0])
    end = w.of("{z}.P_END")
    end = end[since & np.isfinite(end)]
    speed = now(w, "{z}.P{n}.F")
    far = len(end) > 30 and float(end.max() - end.min()) >= 0.05
    return far or speed >= 49.5 or speed <= 30.5


def _contact(w: Window) -> tuple[Array, Array]:
    """Times and values of the contact that the rule is about; nothing where it is none."""
    values = w.values.get(w.point, np.full(len(w.at), np.nan))
    known = np.isfinite(values)
    contact = bool(np.isin(values[known], (0.0, 1.0)).all())
    return (w.at[known], values[known]) if contact else (w.at[:0], values[:0])


def flips(w: Window, point: str) -> float:
    """Changes a minute of the contact that the rule is about, over 3 min at its liveliest."""
    at, values = _contact(w)
    if len(at) < FEWEST or at[-1] <= at[0]:
        return NAN
    moved = at[1:][np.abs(np.diff(values)) > 0.5]
    most = max((int(((moved >= t) & (moved < t + LOOSE)).sum()) for t in moved), default=0)
    return most / (min(LOOSE, float(at[-1] - at[0])) / 60.0)


def always(w: Window, point: str) -> float:
    """Share of the window in which the contact that the rule is about was closed."""
    _, values = _contact(w)
    return float((values > 0.5).mean()) if len(values) >= 60 else NAN
