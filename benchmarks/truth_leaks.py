"""Leakage against truth: `leak.*` on the simulator, `ltown.*` on BattLeDIM's first quarter of 2019.

The nights come from the simulator's quasi-steady days: every compound has a night use of its own
(log-normal, 20 %), leaks a little from the start, and a fifth of them gets a leak F01 of severity
2 or 3, as a step or a ramp of up to 14 days. The analysis sees the night minima and the number of
homes, nothing else. Flow meters have the noise of the simulator (1 %) and show tenths of a m³/h.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from analytics.compounds import assess
from analytics.step_search import search
from analytics.timeseries import lowest_moving_mean
from benchmarks.published import others_data
from simulator import city
from simulator.draws import normal, uniform
from simulator.gauges import POLL, shown
from simulator.quasi import Quasi

GOALS = {
    "leak.mape_pct": "<= 20",
    "leak.detect_nights_p90": "<= 3",
    "leak.false_per_station_year": "<= 1",
    "ltown.abrupt_found_pct": "== 100",
    "ltown.false_events": "<= 1",
}
DAYS, ONSET = 150, 75
"""Nights of a trial; leaks begin between ONSET and ONSET + 40."""
SIZES = (1.5, 3.0)
POLLS = 900.0 / POLL
FAR = 10_000_000
LTOWN = others_data() / "ltown"
ABRUPT = {"p523": "2019-01-15 23:00", "p827": "2019-01-24 18:30",
          "p280": "2019-02-10 13:05", "p710": "2019-03-24 14:15"}  # fmt: skip
REPAIRS = ("2019-02-01 09:50", "2019-02-07 09:05")
GROWING = "2019-03-03 13:10"
"""p653 grows from here to the end of the quarter."""
TANK_AREA = np.pi * 8.0**2
"""m² of L-Town's tank T1, 16 m across."""


@dataclass(frozen=True)
class Trial:
    """Nights of some compounds and what was true."""

    nights: np.ndarray
    """[n, d] m³/h."""
    homes: np.ndarray
    onset: np.ndarray
    """Night of the first additional flow; FAR = none comes."""
    added: np.ndarray
    """[n, d] m³/h of F01."""
    background: np.ndarray
    """[n] m³/h."""
    days: list[date]


def trial(seed: int, stations: int = 120, first: date = date(2025, 3, 3)) -> Trial:
    """A trial of one seed: about so many compounds of 100 to 2,000 homes."""
    rows = [r for r in city.stations(stations * 2, seed, 5020) if 100 <= r.households <= 2000]
    rows = rows[:stations]
    quasi = Quasi(rows, seed, first.toordinal() + DAYS)
    quasi.ledger = replace(
        quasi.ledger, first={k: np.full(len(rows), FAR) for k in quasi.ledger.first}
    )
    shape = quasi.shape
    n, key = len(rows), shape.key
    has = uniform(seed, "truth.has", key) < 0.2
    start = ONSET + (40 * uniform(seed, "truth.start", key)).astype(int)
    onset = np.where(has, start, FAR)
    size = np.where(uniform(seed, "truth.size", key) < 0.5, *SIZES)
    draw = uniform(seed, "truth.ramp", key)
    ramp = np.where(draw < 0.3, 1, 1 + (14 * (draw - 0.3) / 0.7).astype(int))
    age = np.arange(DAYS)[None, :] - onset[:, None]
    added = size[:, None] * np.clip((age + 1) / ramp[:, None], 0.0, 1.0)
    nights = np.empty((n, DAYS))
    lowest = np.searchsorted(shape.station, np.arange(n))
    of_set = key[shape.station] * 4 + shape.zone
    digit = np.full((len(shape.station), 1), 0.1)
    for d in range(DAYS):
        day = first.toordinal() + d
        flow = quasi.day(day, 900.0).sets.flow.copy()
        flow[lowest] += added[:, d : d + 1]
        draws = normal(seed, "truth.meter", of_set[:, None], day * 96 + np.arange(96))
        gauge = 0.01 * np.abs(flow)
        seen = shown(flow, gauge, np.hypot(gauge, 0.2 * np.abs(flow)), digit, POLLS, draws)
        nights[:, d] = lowest_moving_mean(shape.per_station(seen)[:, 4:20], 4)
    lost = uniform(seed, "truth.gap", key[:, None], np.arange(DAYS)) < 0.03
    return Trial(
        np.where(lost, np.nan, nights), np.array([r.households for r in rows], float), onset,
        added, shape.per_station(shape.leak), [date.fromordinal(first.toordinal() + d)
                                               for d in range(DAYS)],
    )  # fmt: skip


def leaks(seeds: Sequence[int], stations: int = 120) -> dict[str, float]:
    """`leak.*` over these seeds."""
    errors: list[float] = []
    growth: list[float] = []
    waits: list[float] = []
    inside: list[float] = []
    false, years = 0, 0.0
    for seed in seeds:
        world = trial(seed, stations)
        found = assess(world.nights, world.homes)
        for i in range(len(world.homes)):
            changes = found.of(i)
            true = world.background[i] + world.added[i, -1]
            onset = int(world.onset[i])
            if onset < FAR:
                errors.append(abs(found.leak.value[i] - true) / true)
                inside.append(float(found.leak.low[i] <= true <= found.leak.high[i]))
                mine = [c for c in changes if c.size > 0 and c.told >= onset]
                waits.append(mine[0].told - onset + 1 if mine else float(DAYS))
                growth.append(abs(found.grown[i] - world.added[i, -1]) / world.added[i, -1])
                false += sum(1 for c in changes if c.told < onset)
                years += onset / 365.0
            else:
                false += len(changes)
                years += DAYS / 365.0
    return {
        "leak.mape_pct": 100.0 * float(np.mean(errors)),
        "leak.growth_mape_pct": 100.0 * float(np.mean(growth)),
        "leak.coverage90_pct": 100.0 * float(np.mean(inside)),
        "leak.detect_nights_p90": float(np.quantile(waits, 0.9)),
        "leak.false_per_station_year": false / years,
        "leak.cases": float(len(errors)),
    }


def ltown(folder: Path = LTOWN) -> dict[str, float]:
    """`ltown.*`; {} where the files are absent. An event is false when no leak began or
    ended in the three days before it was told, and none was growing."""
    if not (folder / "2019Q1_SCADA_Flows.csv").exists():
        return {}
    flows, levels = (
        pl.read_csv(folder / f"2019Q1_SCADA_{name}.csv", separator=";", decimal_comma=True)
        for name in ("Flows", "Levels")
    )
    hourly = (flows["p227"] + flows["p235"]).to_numpy().reshape(-1, 12).mean(axis=1)
    level = np.append(levels["T1"].to_numpy(), levels["T1"][-1])[::12]
    events = search(hourly - TANK_AREA * np.diff(level), least=3.0)
    start = datetime(2019, 1, 1)  # noqa: DTZ001 - the file names no zone

    def hour(text: str) -> float:
        return (datetime.fromisoformat(text) - start).total_seconds() / 3600.0

    def tells(began: str, told: int, within: float = 72.0) -> bool:
        return 0.0 <= told - hour(began) <= within

    up = [e.told for e in events if e.size > 0]
    hit = [name for name, began in ABRUPT.items() if any(tells(began, told) for told in up)]
    known = [*ABRUPT.values(), *REPAIRS]
    false = [
        e for e in events
        if not any(tells(began, e.told) for began in known)
        and not (e.size > 0 and tells(GROWING, e.told, 1000.0))
    ]  # fmt: skip
    return {
        "ltown.abrupt_found_pct": 100.0 * len(hit) / len(ABRUPT),
        "ltown.false_events": float(len(false)),
    }


def measure(seeds: Sequence[int]) -> dict[str, float]:
    """All of it."""
    return leaks(seeds) | ltown()
