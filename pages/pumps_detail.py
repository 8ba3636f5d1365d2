"""One pump of the page of pumps: its curves, where it runs, its wear, and what its set wastes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from analytics.duty import PREFERRED, economy
from analytics.duty_cloud import cloud, median_duty
from analytics.energy_gap import Told, Work, draws, told
from analytics.hydraulics import PumpCurve
from analytics.pump_history import Past, past
from analytics.sequencing import Option, best, options
from components.page import View
from components.pump_chart import Duties, EfficiencyFlow, HeadFlow
from components.selection import Entity
from data.stores import Stores
from pages.pumps_facts import PUMP_FACTS, REACH, City, desk_of

POINTS = 90


@dataclass(frozen=True)
class Subject:
    """One pump: places in the arrays of the city."""

    entity: Entity
    pump: int
    set: int
    name: str


def subject_of(city: City, entity: Entity, name: str) -> Subject | None:
    """The pump that an entity means: its first set where it names none, the pump of the set with
    most wear where it names none."""
    plant = city.plant
    own = np.flatnonzero(plant.station == entity.station)
    if entity.zone:
        own = own[plant.zone[own] == entity.zone]
    if entity.pump:
        own = own[plant.pump[own] == entity.pump]
    if not own.size:
        return None
    first = own[plant.of[own] == plant.of[own[0]]]
    worst = first[int(np.argmax(np.nan_to_num(city.pumps.own[first], nan=-1.0)))]
    i = int(worst)
    return Subject(entity, i, int(plant.of[i]), name)


def one(curve: PumpCurve, i: int) -> PumpCurve:
    """The curve of one pump or set of many."""
    return PumpCurve(*(np.asarray(getattr(curve, f.name))[i] for f in fields(PumpCurve)))


def head_chart(stores: Stores, view: View, city: City, chosen: list[Subject]) -> HeadFlow:
    """Head over flow of the first chosen pump, with the duties of all of them."""
    i = chosen[0].pump
    learnt, plate = city.pumps.learnt, one(city.plant.plate, i)
    best_flow = float(np.asarray(city.pumps.reference.best_flow)[i])
    q = np.linspace(0.0, 1.6 * best_flow, POINTS)
    middle, low, high = (band[0] for band in learnt.only(i).head_band(q))
    clouds = [_duties(stores, view, city, s) for s in chosen]
    words = {
        key: view.text(f"pumps.chart_{key}")
        for key in ("plate", "learnt", "band", "region", "flow", "head")
    }
    return HeadFlow(
        q, plate.head(q), middle, low, high, (float(learnt.low[i]), float(learnt.high[i])),
        (PREFERRED[0] * best_flow, PREFERRED[1] * best_flow), words, clouds,
    )  # fmt: skip


def _duties(stores: Stores, view: View, city: City, s: Subject) -> Duties:
    rows = pump_days(stores, city, s, city.first, city.last)
    found = cloud({name: rows[name].to_numpy() for name in ("n", "q", "s", "h")})
    return Duties(
        s.name, s.entity.ink(view.theme), s.entity.mark, found.flow, found.head, found.windows,
        median_duty(found),
    )  # fmt: skip


def pump_days(stores: Stores, city: City, s: Subject, first: date, last: date) -> pl.DataFrame:
    """Rows of pump_day of one pump, by day and bin."""
    station = int(city.plant.station[s.pump])
    by = ["day", "zone", "pump", "bin"]
    frame: pl.DataFrame = desk_of(stores).kept(
        ("days", station, first, last),
        lambda: stores.lake.summed("pump_day", by, PUMP_FACTS, first, last, [station]),
    )
    if not frame.height:
        kinds: dict[str, Any] = {"day": pl.Date, "bin": pl.Int64}
        return pl.DataFrame(schema=kinds | dict.fromkeys(PUMP_FACTS, pl.Float64))
    return frame.filter(
        (pl.col("zone") == str(city.plant.zone[s.pump]))
        & (pl.col("pump") == int(city.plant.pump[s.pump]))
    )


def efficiency_chart(view: View, city: City, s: Subject) -> EfficiencyFlow:
    """Efficiency over flow at 50 Hz: pump by itself, and from wire to water."""
    i, bins = s.pump, city.pumps.bins
    best_flow = float(np.asarray(city.pumps.reference.best_flow)[i])
    q = np.linspace(0.0, 1.6 * best_flow, POINTS)
    middle, low, high = (100.0 * band[0] for band in city.pumps.learnt.only(i).efficiency_band(q))
    wire = 100.0 * bins.wire_to_water()[i]
    seen = np.isfinite(wire) & (bins.n[i] > 3)
    words = {key: view.text(f"pumps.chart_{key}") for key in ("pump", "wire", "flow")}
    plate = 100.0 * one(city.plant.plate, i).efficiency(q, 1.0, corrected=False)
    return EfficiencyFlow(
        q, np.maximum(plate, 0.0), np.maximum(middle, 0.0), np.maximum(low, 0.0), high,
        (bins.flow[i][seen], wire[seen]),
        (PREFERRED[0] * best_flow, PREFERRED[1] * best_flow), words,
    )  # fmt: skip


def ratios(city: City, s: Subject) -> tuple[np.ndarray, np.ndarray]:
    """(flow over best flow, % of the time) of the pump's bins."""
    n = np.nan_to_num(city.pumps.bins.n[s.pump])
    best_flow = float(np.asarray(city.pumps.reference.best_flow)[s.pump])
    some = n > 0
    return city.pumps.bins.flow[s.pump][some] / best_flow, 100.0 * n[some] / max(n.sum(), 1e-9)


def _name(city: City, s: Subject) -> tuple[int, str, int]:
    """Of a pump for good: its row moves when stations come and go."""
    plant = city.plant
    return int(plant.station[s.pump]), str(plant.zone[s.pump]), int(plant.pump[s.pump])


def history(stores: Stores, city: City, s: Subject) -> tuple[list[date], Past]:
    """(dates, loss of head) of all that is kept of the pump; kept as long as the period."""

    def make() -> tuple[list[date], Past]:
        rows = pump_days(stores, city, s, city.last - timedelta(days=REACH), city.last)
        if not rows.height:
            return [], past([], [], {}, one(city.pumps.reference, s.pump), 1.0)
        days = [d.toordinal() for d in rows["day"]]
        names = [n for n in PUMP_FACTS if rows[n].null_count() < rows.height]
        found = past(
            days, rows["bin"].to_list(), {n: rows[n].fill_null(0.0).to_numpy() for n in names},
            one(city.pumps.reference, s.pump), float(city.plant.rated_flow[s.pump]),
        )  # fmt: skip
        first = min(days)
        return [date.fromordinal(first + int(d)) for d in found.days], found

    made: tuple[list[date], Past] = desk_of(stores).kept(("past", city.last, *_name(city, s)), make)
    return made


def gap_told(stores: Stores, city: City, s: Subject) -> Told:
    """The set's energy gap as figures with intervals."""

    def make() -> Told:
        z, sets = s.set, city.sets

        def alone(work: Work) -> Work:
            values = (np.asarray(getattr(work, n))[z : z + 1] for n in Work.__dataclass_fields__)
            return Work(*values)

        learnt = city.pumps.learnt
        curves = draws(one(sets.sound, z), learnt.head_cov[s.pump], learnt.eta_cov[s.pump])
        energy = float(city.set_energy()[z])
        widest = int(city.plant.set_pumps.max())
        return told(alone(sets.work), alone(sets.early), curves, energy, widest)

    found: Told = desk_of(stores).kept(("gap", city.first, city.last, *_name(city, s)), make)
    return found


def sequence(city: City, s: Subject) -> list[tuple[float, float, list[Option], Option | None, int]]:
    """(flow, head, ways, best way, pumps that ran) at five flows of the set, least to most."""
    z, work = s.set, city.sets.work
    live = work.hours[z] > 0
    if not live.any():
        return []
    curve, most = one(city.sets.sound, z), int(city.plant.set_pumps[z])
    flow, head = work.flow[z][live], work.head[z][live]
    running, hours = work.running[z][live], work.hours[z][live]
    order = np.argsort(flow)
    run = hours[order].cumsum() / hours.sum()
    found: list[tuple[float, float, list[Option], Option | None, int]] = []
    for share in (0.05, 0.25, 0.5, 0.75, 0.95):
        at = order[min(int(np.searchsorted(run, share)), len(order) - 1)]
        ways = options(curve, most, float(flow[at]), float(head[at]))
        entry = (float(flow[at]), float(head[at]), ways, best(ways), int(running[at]))
        if not found or entry[0] != found[-1][0]:
            found.append(entry)
    return found


def verdict(view: View, city: City, s: Subject) -> str:
    """At a glance: whether the pump runs in its high-efficiency zone."""
    d, i = city.pumps.duty, s.pump
    share = float(d.preferred[i])
    if not np.isfinite(share):
        return view.text("pumps.said_nothing", name=s.name)
    where = "in" if share >= 0.7 else "part" if share >= 0.5 else (
        "low" if float(d.ratio[i]) < PREFERRED[0] else
        "high" if float(d.ratio[i]) > PREFERRED[1] else "part")  # fmt: skip
    grade = economy(float(d.relative[i]))
    return view.text(
        f"pumps.said_{where}", name=s.name, share=f"{100 * share:.0f}%",
        volume=f"{100 * float(d.preferred_volume[i]):.0f}%", ratio=f"{float(d.ratio[i]):.2f}",
        economy=view.text(f"pumps.economy_{grade}"), relative=f"{100 * float(d.relative[i]):.0f}%",
    )  # fmt: skip
