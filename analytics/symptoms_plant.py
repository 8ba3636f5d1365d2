"""Measures of pumps, tank, electricity and water: those that need more than one point. M80."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analytics.hydraulics import METRES_PER_MPA, RATED_HZ, PumpCurve
from analytics.symptoms import (
    LATELY,
    NAN,
    Measure,
    Window,
    always,
    beat,
    below_set,
    change,
    ever,
    excess,
    flips,
    known_last,
    noise,
    now,
    of_around,
    share_of_set,
    silence,
    span,
    still,
    swing,
    wild,
)

AUXILIARY = 0.3
"""kW that a house draws beside its pumps."""
SHUTOFF = 1.25
"""Shut-off head over rated head of a nameplate (E3.5)."""
SETTLE = 8
"""Samples after which a pump that has started runs steadily."""


def running(w: Window, point: str) -> float:
    """Pumps that run now."""
    return _sum(w, "{z}.P{n}.RUN")


def faulty_share(w: Window, point: str) -> float:
    """Share of the pumps with a fault contact or a drive code."""
    found = [max(w.median(a), float(w.median(b) > 0.5)) for a, b in zip(
        w.each("{z}.P{n}.FAULT"), w.each("{z}.P{n}.VFD_CODE"), strict=False)]  # fmt: skip
    known = [value for value in found if np.isfinite(value)]
    return sum(known) / len(known) if known else NAN


def top_speed(w: Window, point: str) -> float:
    """Hz of the fastest pump over the last 5 min."""
    found = w.each("{z}.P{n}.F")
    some = w.last(found.max(axis=0), LATELY) if len(found) else found.ravel()
    return float(np.percentile(some, 90)) if len(some) else NAN


def dry_current(w: Window, point: str) -> float:
    """Current over what the speed asks for, of the pump that is worst."""
    rated = w.facts.get("rated_current", NAN)
    found = []
    for f, i in zip(w.each("{z}.P{n}.F"), w.each("{z}.P{n}.I"), strict=False):
        speed = w.median(f) / RATED_HZ
        if speed > 0.5:
            found.append(w.median(i) / (rated * speed**3))
    return min(found) if found and np.isfinite(found).all() else NAN


def starts(w: Window, point: str) -> float:
    """Starts an hour of the pump that starts most."""
    runs = w.each("{z}.P{n}.RUN")
    counters = w.each("{z}.P{n}.STARTS")
    hours = float(w.at[-1] - w.at[0]) / 3600.0 if len(w.at) > 1 else 0.0
    if hours < 0.1 or not len(runs):
        return NAN
    seen = [float((np.diff(row[np.isfinite(row)]) > 0.5).sum()) for row in runs]
    for row in counters:
        known = row[np.isfinite(row)]
        seen.append(float(known[-1] - known[0]) if len(known) > 1 else 0.0)
    return max(seen) / hours


def power_for_flow(w: Window, point: str) -> float:
    """Power of the set over that of its nameplate at this flow and pressure: hydraulic power by an
    efficiency of 0.5; over the last 5 min in which a pump ran."""
    runs, power = w.each("{z}.P{n}.RUN"), w.each("{z}.P{n}.P")
    if not len(runs) or not len(power):
        return NAN
    on = np.nan_to_num(runs).max(axis=0) > 0.5
    flow, head = w.of("{z}.Q_OUT"), (w.of("{z}.P_OUT") - w.of("{z}.P_IN")) * METRES_PER_MPA
    ideal = np.where(on, flow * head * 9.80665 / 3600.0 / 0.5, np.nan)
    spent = np.where(on, np.nansum(power, axis=0), np.nan)
    both = np.isfinite(ideal) & np.isfinite(spent)
    if both.sum() < 10 or ideal[both].sum() <= 0.0:
        return NAN
    return float(spent[both].sum() / ideal[both].sum())


def unseen_flow(w: Window, point: str) -> float:
    """Flow that speed and head of the pumps speak of by their nameplates (E3.5) beyond the flow
    that leaves, over the rated flow of a pump: what runs back through a check valve."""
    f, flow = w.each("{z}.P{n}.F"), w.of("{z}.Q_OUT")
    rated, head_rated = w.facts.get("rated_flow", NAN), w.facts.get("rated_head", NAN)
    if not len(f) or not rated > 0.0 or not head_rated > 0.0:
        return NAN
    curve = PumpCurve.nameplate(rated, head_rated, 1.0, 0.6)
    speed, count = np.nan_to_num(f).max(axis=0) / RATED_HZ, (np.nan_to_num(f) > 5.0).sum(axis=0)
    steady = count > 0
    for back in range(1, SETTLE):
        steady[back:] &= count[:-back] == count[back:]
    head = (w.of("{z}.P_OUT") - w.of("{z}.P_IN")) * METRES_PER_MPA
    square = (curve.shutoff_head * speed**2 - head) / curve.c
    given = count * np.sign(square) * np.sqrt(np.abs(square))
    some = (given - flow)[steady & np.isfinite(given) & np.isfinite(flow)]
    return float(np.median(some) / rated) if len(some) >= 10 else NAN


def rest(w: Window, point: str) -> float:
    """s that the pumps of the zone stand still at a time, median; a phase that the window cuts at
    its beginning or end doesn't count."""
    runs = w.each("{z}.P{n}.RUN")
    if not len(runs):
        return NAN
    turns = np.diff((np.nan_to_num(runs, nan=1.0).max(axis=0) < 0.5).astype(int))
    begins, ends = w.at[1:][turns > 0], w.at[1:][turns < 0]
    ends = ends[ends > begins[0]] if len(begins) else ends[:0]
    return float(np.median(ends - begins[: len(ends)])) if len(ends) else NAN


def sag(w: Window, point: str) -> float:
    """MPa a minute by which the pressure falls while no pump runs."""
    runs = w.each("{z}.P{n}.RUN")
    pressure = w.of("{z}.P_OUT")
    if not len(runs) or len(w.at) < 3:
        return NAN
    off = (np.nan_to_num(runs, nan=1.0).max(axis=0) < 0.5) & np.isfinite(pressure)
    pairs = off[1:] & off[:-1]
    minutes = float(np.diff(w.at)[pairs].sum()) / 60.0
    return float(-np.diff(pressure)[pairs].sum() / minutes) if minutes > 0.1 else NAN


def end_gap(w: Window, point: str) -> float:
    """Rise of discharge less far-end pressure over what it was before, MPa."""
    gap = w.of("{z}.P_OUT") - w.of("{z}.P_END")
    return w.median(gap) - w.median_before(gap)


def curve_shift(w: Window, point: str) -> float:
    """Change of the shut-off head that speed, flow and head speak of, as a share."""
    f, flow = w.each("{z}.P{n}.F"), w.of("{z}.Q_OUT")
    flow_rated, head_rated = w.facts.get("rated_flow", NAN), w.facts.get("rated_head", NAN)
    if not len(f) or not flow_rated > 0.0:
        return NAN
    speed = np.nan_to_num(f.max(axis=0)) / RATED_HZ
    count = (np.nan_to_num(f) > 5.0).sum(axis=0)
    head = (w.of("{z}.P_OUT") - w.of("{z}.P_IN")) * METRES_PER_MPA
    bend = (SHUTOFF - 1.0) * head_rated / flow_rated**2
    with np.errstate(divide="ignore", invalid="ignore"):
        shutoff = (head + bend * (flow / count) ** 2) / speed**2
    shutoff[(count == 0) | (speed < 0.5)] = np.nan
    return w.median(shutoff, LATELY) / w.median_before(shutoff) - 1.0


def flow_of_rating(w: Window, point: str) -> float:
    """Outlet flow over what the pumps that run are rated for."""
    count = max(running(w, ""), 1.0)
    return w.median(w.of("{z}.Q_OUT"), LATELY) / (w.facts.get("rated_flow", NAN) * count)


def meter_ratio(w: Window, point: str) -> float:
    """How far the station's power is off the sum of its drives' powers: a factor of 1 or more."""
    pumps = [v for code, v in w.values.items() if code.count(".P") == 2 and code.endswith(".P")]
    if not pumps:
        return NAN
    sum_of = w.median(np.sum(pumps, axis=0), LATELY) + AUXILIARY
    total = w.median(w.of("EL.P"), LATELY)
    if not total > 0.0 or not sum_of > 2.0 * AUXILIARY:
        return NAN
    return max(total / sum_of, sum_of / total)


def imbalance(w: Window, point: str) -> float:
    """Spread of the three voltages over their mean."""
    volts = [w.median(w.of(f"EL.U{phase}"), 20.0) for phase in "ABC"]
    mean = sum(volts) / 3.0
    return (max(volts) - min(volts)) / mean if mean > 20.0 else NAN


def lowest_volts(w: Window, point: str) -> float:
    """V of the lowest phase."""
    return float(np.min([w.median(w.of(f"EL.U{phase}"), 20.0) for phase in "ABC"]))


def valve_over(w: Window, point: str) -> float:
    """% by which the inlet valve stands further open than it is told."""
    return w.median(w.of("{t}.VALVE_POS"), 20.0) - w.median(w.of("{t}.VALVE_CMD"), 20.0)


def fill(w: Window, point: str) -> float:
    """Level over the overflow's."""
    return w.median(w.of("{t}.LEVEL"), 20.0) / w.facts.get("overflow_level", NAN)


def unexplained_loss(w: Window, point: str) -> float:
    """m³/h that leave the tank beyond what is metered, over the window since the condition."""
    end = float(w.at[-1]) if len(w.at) else 0.0
    level, since = w.of("{t}.LEVEL"), w.at >= max(w.onset, end - 900.0)
    flows = [v for code, v in w.values.items() if code.endswith(".Q_OUT")]
    known = since & np.isfinite(level)
    hours = float(w.at[known][-1] - w.at[known][0]) / 3600.0 if known.sum() > 30 else 0.0
    if hours < 0.05 or not flows:
        return NAN
    edge = max(5, known.sum() // 10)
    drop = float(np.median(level[known][:edge]) - np.median(level[known][-edge:]))
    out = float(np.nanmean(np.sum(flows, axis=0)[since]))
    came = float(np.nanmean(w.of("PH.Q_IN")[since])) if np.isfinite(w.of("PH.Q_IN")).any() else NAN
    return drop * w.facts.get("tank_area", NAN) / hours * 10.0 / 9.0 + came - out


def suction(w: Window, point: str) -> float:
    """MPa between the suction and what protects it: 0.005 of a tank, 0.14 of the mains."""
    return w.median(w.of("{z}.P_IN"), 20.0) - (0.005 if w.facts.get("tank") else 0.14)


def gauges_apart(w: Window, point: str) -> float:
    """m between both levels of a tank."""
    return abs(w.median(w.of("{t}.LEVEL")) - w.median(w.of("{t}.LEVEL2")))


def chlorine_lost(w: Window, point: str) -> float:
    """Rise of what is lost of the chlorine between inlet and outlet, mg/L."""
    gap = w.of("WQ.CL_IN") - w.of("WQ.CL_OUT")
    return w.median(gap, LATELY) - w.median_before(gap)


def _sum(w: Window, template: str) -> float:
    found = [w.median(row) for row in w.each(template)]
    return float(sum(found)) if found and np.isfinite(found).all() else NAN


MEASURES: Mapping[str, Measure] = {
    one.__name__: one
    for one in (
        now, ever, known_last, change, excess, span, beat, silence, of_around, below_set,
        share_of_set, swing, noise, wild, still, flips, always, running, faulty_share, top_speed,
        dry_current, starts, power_for_flow, unseen_flow, rest, sag, end_gap, curve_shift,
        flow_of_rating, meter_ratio, imbalance, lowest_volts, valve_over, fill, unexplained_loss,
        suction, gauges_apart, chlorine_lost,
    )
}  # fmt: skip
"""All measures by name, as symptoms of the catalogue name them."""
