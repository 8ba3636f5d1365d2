"""The rules that the analyses of the day decide: what is true at the end of a day, of which place.

    facts = Facts(...)                          # ingest.daily_rules reads them from the lake
    found = judge(facts, limits)                # Found(rule, station, place, value, limit), ...

limits: rule -> the parameters of its row. A rule whose facts are missing finds nothing: an alarm
that is open then stays open (`decided` names the places that were judged). M90 in docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analytics.change_points import BASE, median
from analytics.compounds import assess
from analytics.duty import balance
from analytics.pump_fleet import WINDOW_HOURS, Plant, Sums, judge_pumps

Array = NDArray[np.float64]
Limits = Mapping[str, float]


@dataclass(frozen=True)
class Facts:
    """Days of n stations, the last column being the day that is judged; NaN = unknown."""

    station: np.ndarray
    """[n] ids"""
    homes: Array
    minimum: Array
    """[n, d] valid night minima, m³/h."""
    mean: Array
    """[n, d] mean flow of the day, m³/h."""
    energy: Array
    """[n, d] kWh ..."""
    water_energy: Array
    """[n, d] ... and what the water got of it."""
    supplied: Array
    """[n, d] m³ ..."""
    metered: Array
    """[n, d] ... and what the meters of the homes told."""
    stopped: Array
    """[n, d] share of those meters that stand."""
    plant: Plant
    week: Sums
    """[k, 12] sums of pump_day over the last 7 days ..."""
    recent: Sums
    """... the last 14 ..."""
    month: Sums | None
    """... the last 30, None while the records are shorter ..."""
    early: Sums | None
    """... and their first 28."""
    drop: Array
    """[z] MPa from the outlet to the far end at low flow over the last 3 days ..."""
    drop_before: Array
    """... and over two weeks of a month ago."""


@dataclass(frozen=True)
class Found:
    """A rule is true at a place (L, L.P2; empty = the station)."""

    rule: str
    station: int
    place: str
    value: float
    limit: float


@dataclass
class Judged:
    """What a day says. `decided`: (rule, station, place) that could be judged."""

    found: list[Found] = field(default_factory=list)
    decided: set[tuple[str, int, str]] = field(default_factory=set)

    def tell(
        self, rule: str, places: list[tuple[int, str]], true: np.ndarray, value: np.ndarray,
        limit: float,
    ) -> None:  # fmt: skip
        """true: 1, 0 or NaN (not known) of each place."""
        for (station, place), here, number in zip(places, true, value, strict=True):
            if np.isnan(here):
                continue
            self.decided.add((rule, station, place))
            if here:
                self.found.append(Found(rule, station, place, float(number), limit))


def judge(facts: Facts, limits: Mapping[str, Limits]) -> Judged:
    """All rules of which `limits` has a row."""
    told = Judged()
    for rule, decide in RULES.items():
        if rule in limits:
            decide(told, facts, limits[rule])
    return told


def _stations(facts: Facts) -> list[tuple[int, str]]:
    return [(int(id), "") for id in facts.station]


def _zones(facts: Facts) -> list[tuple[int, str]]:
    plant = facts.plant
    return [(int(s), str(z)) for s, z in zip(plant.set_station, plant.set_zone, strict=True)]


def _pumps(facts: Facts) -> list[tuple[int, str]]:
    p = facts.plant
    rows = zip(p.station, p.zone, p.pump, strict=True)
    return [(int(s), f"{z}.P{n}") for s, z, n in rows]


def _truth(condition: np.ndarray, known: np.ndarray) -> Array:
    return np.where(known, condition.astype(float), np.nan)


def _night_share(told: Judged, facts: Facts, limit: Limits) -> None:
    """R-LK-01: on so many of 5 nights the minimum is a large part of the day's mean."""
    low, mean = facts.minimum[:, -5:], facts.mean[:, -5:]
    ratio = np.where(mean > 0.3, low / np.where(mean > 0.3, mean, 1.0), np.nan)
    nights = (ratio > limit["share"]).sum(axis=1)
    known = (~np.isnan(ratio)).sum(axis=1) >= limit["nights"]
    value = np.where(known, np.nan_to_num(ratio).max(axis=1), np.nan)
    told.tell("R-LK-01", _stations(facts), _truth(nights >= limit["nights"], known), value,
              limit["share"])  # fmt: skip


def _night_step(told: Judged, facts: Facts, limit: Limits) -> None:
    """R-LK-03: the CUSUM of the nights told a rise within the last days, and it hasn't gone."""
    size, last = np.zeros(len(facts.station)), facts.minimum.shape[1] - 1
    found = assess(facts.minimum, facts.homes)
    for change in found.watch.changes:
        if change.size > 0 and last - change.told < limit["days"]:
            # while it grows the median of its nights says too little
            row, first = found.plain[change.row], max(change.first, 1)
            newest = median(row[None, -2:])[0] - median(row[None, max(0, first - BASE) : first])[0]
            size[change.row] = np.nanmax([size[change.row], change.size, newest])
    gone = np.zeros(len(size), bool)
    for change in found.watch.changes:
        gone[change.row] |= change.size < 0 and last - change.told < limit["days"]
    known = found.valid >= 3
    true = _truth((size >= limit["least"]) & ~gone, known)
    told.tell("R-LK-03", _stations(facts), true, size, limit["least"])


def _gap(told: Judged, facts: Facts, limit: Limits) -> None:
    """R-LK-04: for two months a large part of the water isn't metered; or that part has risen
    above its own of the two months before; or meters stand."""
    with np.errstate(invalid="ignore", divide="ignore"):
        part = [
            1.0 - facts.metered[:, a:b].sum(axis=1) / facts.supplied[:, a:b].sum(axis=1)
            for a, b in ((-28, None), (-56, -28), (-10, None), (-70, -10))
        ]
    both = (part[0] > limit["share"]) & (part[1] > limit["share"])
    risen = part[2] - part[3] > limit["rise"]
    still = facts.stopped[:, -1] > limit["stopped"]
    known = np.isfinite(part[2])
    told.tell("R-LK-04", _stations(facts), _truth(both | risen | still, known), part[2],
              limit["share"])  # fmt: skip


def _worn(told: Judged, facts: Facts, limit: Limits) -> None:
    """R-PU-11: a pump has lost so much of its efficiency or head; not what all of a set share."""
    pumps = judge_pumps(facts.plant, facts.recent, facts.early)
    own, loss = np.nan_to_num(pumps.own), np.nan_to_num(pumps.wear.efficiency)
    # a gauge moves head and efficiency of all pumps of a set alike
    apart = np.abs(pumps.shared[facts.plant.of]) < limit["shared"]
    true = (own > limit["head"]) | ((loss > limit["efficiency"]) & apart)
    told.tell("R-PU-11", _pumps(facts), _truth(true, pumps.wear.known & pumps.own_reference),
              100.0 * (1.0 - loss), 100.0 * (1.0 - limit["efficiency"]))  # fmt: skip


def _off_duty(told: Judged, facts: Facts, limit: Limits) -> None:
    """R-PU-12: much of the week's running lies outside of the allowed range."""
    used = judge_pumps(facts.plant, facts.week, facts.early).duty
    outside = 1.0 - used.allowed
    with np.errstate(invalid="ignore"):
        known = (outside > limit["share"]) | (outside < limit["share"] - limit["band"])
    told.tell("R-PU-12", _pumps(facts), _truth(outside > limit["share"], known),
              100.0 * outside, 100.0 * limit["share"])  # fmt: skip


def _unbalanced(told: Judged, facts: Facts, limit: Limits) -> None:
    """R-PU-14: the hours of the pumps of a set differ by a large part of their mean."""
    if facts.month is None:
        return
    of, sets = facts.plant.of, facts.plant.sets
    total = WINDOW_HOURS * facts.month["n"].sum(axis=1)
    spread = np.array([balance(total[of == z]) or 0.0 for z in range(sets)])
    known = np.bincount(of, total, sets) > 1.0
    told.tell("R-PU-14", _zones(facts), _truth(spread > limit["share"], known), 100.0 * spread,
              100.0 * limit["share"])  # fmt: skip


def _idle(told: Judged, facts: Facts, limit: Limits) -> None:
    """R-PU-15: a pump hasn't run for days while its set has."""
    total = WINDOW_HOURS * facts.week["n"].sum(axis=1)
    of, sets = facts.plant.of, facts.plant.sets
    ran = np.bincount(of, total, sets)[of] > 1.0
    told.tell("R-PU-15", _pumps(facts), _truth(total <= 0.0, ran), total, limit["hours"])


def _dear(told: Judged, facts: Facts, limit: Limits) -> None:
    """R-EL-06: kWh for each kWh of the water, two days above the own 30 (robust z)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.where(facts.water_energy > 0, facts.energy / facts.water_energy, np.nan)
    before, now = each[:, -32:-2], each[:, -2:]
    few = (~np.isnan(before)).sum(axis=1) < 14
    usual = np.where(few[:, None], 0.0, before)
    middle = np.nanmedian(usual, axis=1)
    sigma = 1.4826 * np.nanmedian(np.abs(usual - middle[:, None]), axis=1)
    z = (now - middle[:, None]) / np.maximum(sigma, limit["least"] * middle)[:, None]
    known = ~few & ~np.isnan(z).any(axis=1)
    true = _truth((z > limit["z"]).all(axis=1), known)
    told.tell("R-EL-06", _stations(facts), true, z[:, -1], limit["z"])


def _drifts(told: Judged, facts: Facts, limit: Limits) -> None:
    """R-DQ-01: outlet and far end have moved apart, at like flow, since a month ago."""
    moved = facts.drop - facts.drop_before
    with np.errstate(invalid="ignore"):
        true = _truth(np.abs(moved) > limit["moved"], np.isfinite(moved))
    told.tell("R-DQ-01", _zones(facts), true, moved, limit["moved"])


RULES: dict[str, Callable[[Judged, Facts, Limits], None]] = {
    "R-LK-01": _night_share, "R-LK-03": _night_step, "R-LK-04": _gap, "R-PU-11": _worn,
    "R-PU-12": _off_duty, "R-PU-14": _unbalanced, "R-PU-15": _idle, "R-EL-06": _dear,
    "R-DQ-01": _drifts,
}  # fmt: skip
"""The rules of source `daily`."""
