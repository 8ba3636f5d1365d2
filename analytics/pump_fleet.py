"""All pumps and sets of a city judged at once, from sums of their days: what the page of pumps
ranks. M26 in docs/methods.md.

Arrays [k] of pumps, [k, 12] of their bins, [z] of sets, [z, m] of rows of set_day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from analytics.duty import Duty, duty
from analytics.energy_gap import Gap, Work, calibration, excess, gap, lowest_far_end
from analytics.hydraulics import KW_PER_M_M3H, METRES_PER_MPA, PumpCurve
from analytics.learnt_curves import Bins, Learnt, learn
from analytics.wear import Cause, Wear, cause, common_shift, grade, strainer_loss, wear

Array = NDArray[np.float64]
Sums = Mapping[str, np.ndarray]

WINDOW_HOURS = 0.05
CLEAN_LOSS = 0.003
"""MPa that a clean strainer takes at the best flow of all pumps, where nothing better is known."""
SUCTION_PIPE = 0.005
"""MPa between the mains and the pumps of a set without a tank."""
BINS = 12


@dataclass(frozen=True)
class Plant:
    """Which pumps there are, and what their plates say."""

    station: np.ndarray
    zone: np.ndarray
    pump: np.ndarray
    of: NDArray[np.int64]
    """[k] index of the pump's set."""
    plate: PumpCurve
    """[k] curves of the nameplates."""
    rated_flow: Array
    set_station: np.ndarray
    set_zone: np.ndarray
    set_pumps: np.ndarray
    tank: NDArray[np.bool_]
    """[z] whether the set draws from a tank."""

    @classmethod
    def of_sets(
        cls, station: np.ndarray, zone: np.ndarray, pumps: NDArray[np.int64],
        tank: NDArray[np.bool_], plates: Mapping[str, Array],
    ) -> Plant:  # fmt: skip
        """Every pump of these sets, in their order. One item a set: station id, zone, number of
        pumps, whether it draws from a tank, `rated_flow` m³/h, `rated_head` m, `rated_power` kW of
        a pump; what is missing or too small on a plate counts as the least."""
        of = np.repeat(np.arange(len(pumps)), pumps)
        number = np.arange(len(of)) - np.repeat(np.cumsum(pumps) - pumps, pumps) + 1
        flow, head, power = (
            np.fmax(plates[name], least)[of]
            for name, least in (("rated_flow", 0.1), ("rated_head", 1.0), ("rated_power", 0.1))
        )
        return cls(
            station=station[of], zone=zone[of], pump=number, of=of,
            plate=PumpCurve.nameplate(flow, head, power), rated_flow=flow,
            set_station=station, set_zone=zone, set_pumps=pumps, tank=tank,
        )  # fmt: skip

    @property
    def sets(self) -> int:
        return len(self.set_pumps)

    def mean(self, values: Array, weight: Array) -> Array:
        """[z] mean over the pumps of each set; plain where no pump has weight."""
        w = np.where(np.isfinite(values) & np.isfinite(weight), weight, 0.0)
        some = np.bincount(self.of, w, self.sets)[self.of] > 0
        w = np.where(some, w, 1.0)
        total = np.bincount(self.of, w * np.nan_to_num(values), self.sets)
        return np.asarray(total / np.bincount(self.of, w, self.sets))


@dataclass(frozen=True)
class Pumps:
    """What is known of each pump."""

    bins: Bins
    learnt: Learnt
    reference: PumpCurve
    """Its own early days, or the nameplate."""
    own_reference: NDArray[np.bool_]
    wear: Wear
    shared: Array
    """[z] loss of head that all pumps of a set share: its gauge."""
    own: Array
    """[k] loss of head beyond that."""
    duty: Duty
    wire_to_water: Array
    """[k] water power over electric power, sums over the bins (E2.4)."""
    share: Array
    """[k] the pump's part of its set's running, NaN where nothing ran."""

    def causes(self, of: NDArray[np.int64], strainer: Array) -> list[Cause]:
        return [
            cause(o, s, e, d)
            for o, s, e, d in zip(
                self.own, self.shared[of], self.wear.efficiency, strainer[of], strict=True
            )
        ]

    def grades(self) -> list[int]:
        """0 good, 1 watch, 2 warn, 3 act, by the head that is the pump's own loss."""
        known = self.wear.known
        pairs = zip(self.own, self.wear.efficiency, known, strict=True)
        return [grade(o, e) if ok else 0 for o, e, ok in pairs]


def judge_pumps(plant: Plant, now: Sums, early: Sums | None) -> Pumps:
    """All pumps. now, early: sums of pump_day [k, 12] of the period and of a time when they were
    new or when the records begin; without it the nameplate is the reference."""
    bins = Bins.of_sums(now, plant.rated_flow)
    reference, own_reference = plant.plate, np.zeros(len(plant.of), bool)
    if early is not None:
        first = learn(Bins.of_sums(early, plant.rated_flow), plant.plate)
        own_reference = first.known
        reference = PumpCurve(
            *(
                np.where(first.known, getattr(first.curve, f.name), getattr(plant.plate, f.name))
                for f in fields(PumpCurve)
            )
        )
    worn = wear(bins, reference)
    head = np.where(worn.known, worn.head, np.nan)
    shared = common_shift(head, plant.of, plant.sets)
    n = np.nan_to_num(bins.n)
    with np.errstate(invalid="ignore", divide="ignore"):
        water = np.nansum(n * KW_PER_M_M3H * bins.flow * bins.head * bins.speed**3, axis=1)
        used = np.nansum(n * bins.power_in(), axis=1)
        total = np.bincount(plant.of, n.sum(axis=1), plant.sets)[plant.of]
        share, efficiency = n.sum(axis=1) / total, water / used
    every = Bins.of_sums({k: now[k] for k in "nhpqs"}, plant.rated_flow)
    return Pumps(
        bins=bins,
        learnt=learn(bins, reference),
        reference=reference,
        own_reference=own_reference,
        wear=worn,
        shared=shared,
        own=head - shared[plant.of],
        duty=duty(every.n, every.flow, every.speed, reference.best_flow),
        wire_to_water=np.asarray(efficiency),
        share=np.asarray(share),
    )


@dataclass(frozen=True)
class Sets:
    """What is known of each set."""

    gap: Gap
    strainer: Array
    """[z] its loss over the pumps' own c, beyond a clean one."""
    excess: Array
    """[z] MPa that the set point may be lower."""
    work: Work
    early: Work
    sound: PumpCurve
    scale: Array


def judge_sets(plant: Plant, pumps: Pumps, now: Sums, early: Sums | None, mains: Array) -> Sets:
    """All sets. now, early: sums of set_day [z, m] with `running` [m]; mains: [z] mean MPa in the
    street, NaN unknown."""
    weight = np.nan_to_num(pumps.bins.n).sum(axis=1)
    sound = PumpCurve(
        *(plant.mean(np.asarray(getattr(pumps.reference, f.name), float), weight)
          for f in fields(PumpCurve))
    )  # fmt: skip
    before = None if early is None else _clean(plant, sound, early)
    work = work_of(plant, sound, now, mains, before)
    start = work_of(plant, sound, now if early is None else early, mains, before)
    if early is None:
        start = Work(np.zeros_like(start.hours), *(getattr(start, n) for n in _REST))
    scale = calibration(start, sound)
    widest = int(plant.set_pumps.max(initial=1))
    loss = strainer_loss(now["dpq2"].sum(1), now["q4"].sum(1), sound.c)
    clean = CLEAN_LOSS * METRES_PER_MPA / (sound.best_flow**2 * sound.c)
    if early is not None:
        was = strainer_loss(early["dpq2"].sum(1), early["q4"].sum(1), sound.c)
        clean = np.where(np.isfinite(was), was, clean)
    found = gap(work, sound, widest, scale)
    return Sets(found, loss - clean, work.excess, work, start, sound, scale)


_REST = tuple(Work.__dataclass_fields__)[1:]


def work_of(
    plant: Plant, sound: PumpCurve, sums: Sums, mains: Array, clean: Array | None = None
) -> Work:
    """Rows of set_day as the work that the gap judges. clean: [z] MPa of the strainer over the
    squared flow of the set when it was clean; without it CLEAN_LOSS."""
    n = np.nan_to_num(sums["n"])
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = {k: np.nan_to_num(sums[k] / n) for k in ("q", "h", "p", "dp", "p_in")}
        end = np.where(sums["end_n"] > 0, sums["end"] / sums["end_n"], np.nan)
        spent = clean if clean is not None else CLEAN_LOSS / _largest(plant, sound) ** 2
        clogged = np.maximum(mean["dp"] - np.asarray(spent)[:, None] * mean["q"] ** 2, 0.0)
    street = np.nan_to_num(mains)[:, None] - SUCTION_PIPE
    wasted = np.where(
        plant.tank[:, None] & np.isfinite(mains)[:, None],
        np.maximum(street - mean["p_in"] - clogged, 0.0),
        0.0,
    )
    return Work(
        hours=n * WINDOW_HOURS,
        flow=mean["q"],
        head=mean["h"],
        power=mean["p"],
        running=np.broadcast_to(sums["running"], n.shape),
        pumps=plant.set_pumps,
        excess=excess(lowest_far_end(n, mean["q"], end)),
        strainer=clogged * METRES_PER_MPA,
        wasted=wasted * METRES_PER_MPA,
    )


def _largest(plant: Plant, sound: PumpCurve) -> Array:
    return np.asarray(sound.best_flow * plant.set_pumps)


def _clean(plant: Plant, sound: PumpCurve, early: Sums) -> Array:
    """[z] MPa over the squared flow of the set, from days when the strainer was clean."""
    with np.errstate(invalid="ignore", divide="ignore"):
        dp, q2 = np.nansum(early["dp"], axis=1), np.nansum(early["q2"], axis=1)
        found = np.where(q2 > 0, dp / q2, np.nan)
    return np.asarray(np.where(np.isfinite(found), found, CLEAN_LOSS / _largest(plant, sound) ** 2))
