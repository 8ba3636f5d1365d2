"""Pumps against the truth: learnt curves, wear with its onset, parts of the energy gap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

import numpy as np

from analytics.day_facts import WINDOW
from analytics.energy_gap import (
    END_WANTED,
    PARTS,
    REDUNDANT,
    Gap,
    Work,
    calibration,
    excess,
    gap,
    lowest_far_end,
)
from analytics.hydraulics import METRES_PER_MPA, PumpCurve
from analytics.learnt_curves import Bins, Learnt, learn
from analytics.sequencing import FARTHEST
from analytics.wear import onset, wear
from benchmarks.pump_worlds import BIRTH, HOUR, Shown, World, added
from simulator.ledger import healthy
from simulator.pump_sets import SLOWEST, pump_power
from simulator.quasi import Day
from simulator.quasi_sets import kept_noise
from simulator.types import Bools, Floats

STATIONS = 40
CURVE_DAYS, REFERENCE_DAYS, GAP_DAYS = 14, 8, 10
YEAR, STEP = 400, 5
CLASS = 0.004
"""MPa, standard deviation of the constant error of a pressure gauge of class 0.5 and range 1.6 MPa:
half of what the class allows. The simulator's gauges have none unless they drift (F07), so that
the goals are judged without; `curve.offset_head_rmse_pct` tells what it makes of a learnt head."""
PLANTED = {"wear": ("worn", "strainer"), "sequencing": ("sequence",),
           "setpoint": ("setpoint",), "inlet": (None,)}  # fmt: skip


def measure(seeds: Sequence[int]) -> dict[str, float]:
    """Figures curve.*, wear.*, gap.* over all seeds."""
    wrong = curves(seeds, CLASS)
    extra = {"curve.offset_head_rmse_pct": wrong["curve.head_rmse_pct"]}
    return curves(seeds) | extra | wears(seeds) | gaps(seeds)


class Pumps:
    """Pumps of a world in one row, those that exist only."""

    def __init__(self, world: World) -> None:
        self.world, self.exists = world, world.shape.exists.ravel()
        self.width = world.shape.exists.shape[1]
        self.rated = self.each(world.rated)
        self.first = (np.arange(len(self.exists)) % self.width == 0)[self.exists]
        self.low_zone = self.each(world.shape.zone) == 0

    def each(self, of_sets: np.ndarray) -> np.ndarray:
        """Values of sets, for each of their pumps."""
        return np.asarray(np.repeat(of_sets, self.width)[self.exists])

    def curve(self, of_sets: PumpCurve) -> PumpCurve:
        return PumpCurve(*(self.each(getattr(of_sets, f.name)) for f in fields(of_sets)))

    def bins(self, sums: dict[str, Floats], alone: float = 20.0) -> Bins:
        flat = {n: v.reshape(-1, v.shape[-1])[self.exists] for n, v in sums.items()}
        return Bins.of_sums(flat, self.rated, alone)

    def seen(self, days: Iterable[int], step: float = 60.0) -> dict[str, Floats]:
        return _sum([self.world.bins(self.world.day(day, step)[1]) for day in days])


def curves(seeds: Sequence[int], offset: float = 0.0) -> dict[str, float]:
    """Pumps in any state, two weeks of minutes: does the band hold the true head? offset: of the
    gauges, see World."""
    inside, width, error = [], [], []
    for seed in seeds:
        world = World(seed, STATIONS, offset)
        pumps = Pumps(world)
        found = learn(
            pumps.bins(pumps.seen(range(BIRTH - CURVE_DAYS, BIRTH))), pumps.curve(world.nameplate)
        )
        troubles = world.quasi.ledger.on(BIRTH - CURVE_DAYS // 2)
        curve = world.shape.curve
        worn = troubles.head.ravel()[pumps.exists]
        h0, c = pumps.each(curve.shutoff_head) * worn, pumps.each(curve.c)
        q = found.low[:, None] + (found.high - found.low)[:, None] * np.linspace(0.0, 1.0, 9)
        true = h0[:, None] - c[:, None] * q**2
        middle, low, high = found.head_band(q)
        good = found.known & (pumps.each(troubles.bias) == 0.0)
        inside.append(((true >= low) & (true <= high))[good])
        width.append(((high - low) / h0[:, None])[good])
        error.append(((middle - true) / h0[:, None])[good])
    return {
        "curve.coverage90_pct": 100.0 * float(np.concatenate(inside).mean()),
        "curve.width_pct_of_hmax": 100.0 * float(np.concatenate(width).mean()),
        "curve.head_rmse_pct": 100.0 * float(np.sqrt((np.concatenate(error) ** 2).mean())),
        "curve.pumps": float(sum(len(v) for v in inside)),
    }


def wears(seeds: Sequence[int]) -> dict[str, float]:
    """A worn pump in every station, 400 days of hours: how much, since when; severity >= 2 is a
    loss of 7 points of head or more."""
    errors, days, missed, false, sound = [], [], 0, 0, 0
    for seed in seeds:
        world = World(seed, STATIONS)
        first = BIRTH - np.random.default_rng(seed).integers(60, 331, world.shape.count)
        world.plant("worn", first)
        pumps = Pumps(world)
        begin = BIRTH - YEAR
        spans = [pumps.seen(range(d, d + STEP), HOUR) for d in range(begin, BIRTH, STEP)]
        reference = learn(pumps.bins(_sum(spans[:12])), pumps.curve(world.nameplate))
        now = wear(pumps.bins(_sum(spans[-6:])), reference.curve)
        recent = range(BIRTH - 6 * STEP, BIRTH)
        true = np.mean([1.0 - world.quasi.ledger.on(d).head for d in recent], axis=0)
        true = true.ravel()[pumps.exists]
        good = reference.known & now.known
        errors.append(np.abs(now.head - true)[good])
        several = [wear(pumps.bins(span), reference.curve) for span in spans]
        series = np.stack([np.where(w.windows > 8, w.head, np.nan) for w in several], axis=1)
        times = np.arange(len(spans)) * STEP + STEP / 2
        started = pumps.each(first[world.shape.station]) - begin
        for i in np.flatnonzero(good & pumps.first & pumps.low_zone & (true >= 0.07)):
            found = onset(times, series[i]).begin
            missed += found is None
            days.append(999.0 if found is None else abs(found - started[i]))
        for i in np.flatnonzero(good & ~pumps.first):
            sound += 1
            false += onset(times, series[i]).begin is not None
    return {
        "wear.mae_points": 100.0 * float(np.concatenate(errors).mean()),
        "wear.onset_days_p90": float(np.quantile(days, 0.9)),
        "wear.onset_missed": float(missed),
        "wear.onset_of": float(len(days)),
        "wear.false_onset_pct": 100.0 * false / max(sound, 1),
    }


def gaps(seeds: Sequence[int]) -> dict[str, float]:
    """Each kind of waste planted in every station: the parts against the counterfactual."""
    off = {part: [0.0, 0.0] for part in PARTS}
    sums = 0.0
    for seed in seeds:
        for part, kinds in PLANTED.items():
            for kind in kinds:
                found, true = _gaps(seed, kind)
                at = PARTS.index(part)
                good = np.isfinite(found.parts).all(axis=1) & (true[:, at] > 0.01)
                off[part][0] += float(np.abs(found.parts - true)[good, at].sum())
                off[part][1] += float(true[good, at].sum())
                again = found.parts[good].sum(axis=1) - found.total[good]
                sums = max(sums, float(np.abs(again * found.energy[good]).max(initial=0.0)))
    shares = {part: 100.0 * wrong / max(of, 1e-9) for part, (wrong, of) in off.items()}
    return {
        "gap.part_error_pct": max(shares.values()),
        **{f"gap.{part}_error_pct": value for part, value in shares.items()},
        "gap.sum_error_kwh": sums,
    }


def _sum(spans: Sequence[dict[str, Floats]]) -> dict[str, Floats]:
    total: dict[str, Floats] = {}
    for span in spans:
        total = added(total, span)
    return total


def _gaps(seed: int, kind: str | None) -> tuple[Gap, Floats]:
    """(what the analysis says, true parts [s, 4]) of sets whose station has this trouble."""
    world = World(seed, STATIONS)
    pumps = Pumps(world)
    world.plant(None)
    then = [world.day(d)[1] for d in range(BIRTH - 300, BIRTH - 300 + REFERENCE_DAYS)]
    early = _sum([world.bins(shown) for shown in then])
    before = _work(world, _sum([world.set_sums(shown) for shown in then]))
    reference = learn(pumps.bins(early), pumps.curve(world.nameplate))
    world.plant(kind)
    sums: dict[str, Floats] = {}
    bins: dict[str, Floats] = {}
    energies = np.zeros((len(world.shape.station), len(PARTS) + 1))
    days = [world.day(d) for d in range(BIRTH - GAP_DAYS, BIRTH)]
    spare = np.maximum(_calm(world, days) - END_WANTED, 0.0)
    for made, shown in days:
        sums, bins = added(sums, world.set_sums(shown)), added(bins, world.bins(shown))
        energies += _true(world, made, np.repeat(shown.steady, WINDOW, axis=1), spare)
    share = bins["n"].sum(axis=2).ravel()[pumps.exists]
    sound = _of_sets(pumps, reference, share)
    scale = calibration(before, sound)
    found = gap(_work(world, sums), sound, pumps.width, scale)
    return found, np.asarray(-np.diff(energies, axis=1) / energies[:, :1])


def _of_sets(pumps: Pumps, learnt: Learnt, share: Floats) -> PumpCurve:
    """The mean pump of each set, weighted by how long each ran."""
    sets = np.repeat(np.arange(len(pumps.world.rated)), pumps.width)[pumps.exists]
    count = np.bincount(sets, share)
    return PumpCurve(
        *(
            np.bincount(sets, share * getattr(learnt.curve, f.name)) / count
            for f in fields(PumpCurve)
        )
    )


def _work(world: World, sums: dict[str, Floats]) -> Work:
    n = sums["n"].reshape(len(world.rated), -1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = {k: np.nan_to_num(v.reshape(n.shape) / n) for k, v in sums.items()}
    tank = world.shape.tank[world.shape.station][:, None]
    running = np.repeat(np.arange(1, sums["n"].shape[1] + 1), sums["n"].shape[2])
    rows = np.broadcast_to(running, n.shape)
    largest = (world.shape.curve.best_flow * world.shape.pumps)[:, None]
    clean = 0.003 * (mean["q"] / largest) ** 2
    clogged = np.maximum(mean["dp"] - clean, 0.0)
    far = lowest_far_end(n, mean["q"], mean["end"])
    return Work(
        hours=n * 0.05, flow=mean["q"], head=mean["h"], power=mean["p"], running=rows,
        pumps=world.shape.pumps, excess=excess(far),
        strainer=clogged * METRES_PER_MPA,
        wasted=np.where(tank, np.maximum(mean["mains"] - 0.005 - mean["p_in"] - clogged, 0.0), 0.0)
        * METRES_PER_MPA,
    )  # fmt: skip


def _true(world: World, made: Day, steady: Bools, spare: Floats) -> Floats:
    """[s, 5] kWh of a day's steady minutes: as it was, then each step with the true curves."""
    shape, sets = world.shape, made.sets
    awake = sets.awake
    lift = (sets.pressure - sets.suction) * METRES_PER_MPA
    power = np.where(awake >= 1.0, sets.total_power(shape), 0.0)
    restored = _power(world, sets.flow, lift, sets.running)[0]
    best, number = np.full(lift.shape, np.inf), sets.running.copy()
    for n in range(1, shape.exists.shape[1] + 1):
        tried, possible = _power(world, sets.flow, lift, np.full(lift.shape, n))
        better = possible & (n <= shape.pumps[:, None]) & (tried < best)
        best, number = np.where(better, tried, best), np.where(better, n, number)
    worth = best < (1.0 - REDUNDANT) * restored
    number = np.where(worth, number, sets.running)
    sequenced = np.where(worth, best, restored)
    lower = np.maximum(lift - spare[:, None] * METRES_PER_MPA, 2.0)
    right = _power(world, sets.flow, lower, number)[0]
    mains = np.repeat(made.p_main, np.bincount(shape.station), axis=0) - 0.005
    given = np.where(shape.tank[shape.station][:, None], np.maximum(mains - sets.suction, 0.0), 0.0)
    final = np.maximum(lower - given * METRES_PER_MPA, 2.0)
    drawn = _power(world, sets.flow, final, number)[0]
    for n in range(1, shape.exists.shape[1] + 1):
        tried, possible = _power(world, sets.flow, final, np.full(lift.shape, n))
        drawn = np.where(possible & (n <= shape.pumps[:, None]), np.minimum(tried, drawn), drawn)
    live = (awake >= 1.0) & steady
    steps = (power, restored, sequenced, right, drawn)
    return np.stack([np.where(live, v, 0.0).sum(axis=1) / 60.0 for v in steps], axis=1)


def _calm(world: World, days: Sequence[tuple[Day, Shown]]) -> Floats:
    """[s] the lowest hundredth of the far-end pressures in steady minutes."""
    seen = [
        np.where(np.repeat(shown.steady, WINDOW, axis=1), world.far(made), np.nan)
        for made, shown in days
    ]
    return np.asarray(np.nanquantile(np.concatenate(seen, axis=1), 0.01, axis=1))


def _power(world: World, flow: Floats, lift: Floats, running: np.ndarray) -> tuple[Floats, Bools]:
    """(kW, possible) of sound pumps, over the noise within a minute as the simulator has it."""
    shape = world.shape
    curve = shape.curve.widened((1,))
    hidden = np.sqrt(1.0 - kept_noise(60.0) ** 2) * shape.unrest[:, None]
    plain = replace(
        healthy(shape), head=np.ones((len(flow), 1)), efficiency=np.ones((len(flow), 1))
    )
    total = np.zeros_like(flow)
    for turn in (1.0 - hidden, 1.0 + hidden):
        each = flow / running * turn
        speed = np.maximum(curve.speed(each, np.maximum(lift, 0.5)), SLOWEST)
        total += 0.5 * running * pump_power(shape, plain, each[:, None], speed[:, None])[:, 0]
    each = flow / running
    speed = curve.speed(each, np.maximum(lift, 0.5))
    possible = (speed <= 1.0) & (each / speed <= FARTHEST * curve.best_flow)
    return total, possible
