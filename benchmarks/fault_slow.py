"""Faults at the pace of days: watched on the quasi-steady model, by the rules of the day and, at
15 min around the onset, by the engine.

A leak shows when half of it has grown, a worn pump when it has lost what R-PU-11 asks for, the
others from their first day. What the simulator's slow troubles don't know is laid over what is
seen: a wrong scale (F18), an inverted contact (F31), meters of homes that stand (F33).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from analytics.daily_rules import judge
from benchmarks.fault_causes import by_rule
from benchmarks.fault_city import FIRST, ZONE, Judge
from benchmarks.fault_draws import Wanted
from benchmarks.fault_past import live_of, reader
from benchmarks.fault_scores import EXPECTED, Draw, Outcome, outcome
from data.catalogue.rules import Rule
from data.stations import StationRow
from ingest.daily_facts import Summed, collect
from ingest.daily_rules import limits
from ingest.fleet import Fleet
from ingest.station_modes import LocalClock
from simulator.draws import normal
from simulator.living import midnight_of
from simulator.planted import FAR, Planted
from simulator.trial import Observed, Truth, compounds, trial

HOMES = (100, 900)
"""Of a compound: a leak of 1.5 m³/h is something there."""
QUARTER, HOUR, STEPS = 900.0, 3600.0, 96
ONSET, LAST, LEAD, AFTER = 44, 84, 8, 8
"""Days: the first onset, the end; and around an onset for which the engine sees 15-min steps."""
SPREAD = 8
WORN_ONSET, WORN_DAYS, WORN_FROM, WORN_EVERY = 30, 228, 90, 2
CLEANED = 4
"""Days after which a clogged strainer is cleaned."""
UNDER, READ = 0.02, 7
"""Share of the use that meters don't register; days between two readings."""
STOPPED = {2: 0.1, 3: 0.3}
THEFT = 0.03
CODES = ("F01", "F04", "F07", "F18", "F31", "F33")
CONTACTS = ("SE.DOOR", "EN.SMOKE", "EN.FLOOD")


@dataclass(frozen=True)
class Slow:
    """A draw: which day (0 = FIRST) it begins, at which station (place in the rows)."""

    code: str
    severity: int
    place: int
    onset: int
    ramp: float

    def planted(self) -> Planted | None:
        """As a trouble of the trial; None = it is laid over what is seen."""
        if self.code in ("F18", "F31", "F33"):
            return None
        ramp = 0.0 if self.code == "F04" else self.ramp if self.code == "F01" else None
        until = self.onset + CLEANED if self.code == "F04" else FAR
        return Planted(self.place, self.code, self.onset, self.severity, ramp=ramp, until=until)


def draws(some: Sequence[Wanted], seed: int) -> list[Slow]:
    """Each at a compound of its own; half of the leaks grow within a week."""
    chance = np.random.default_rng([seed, 11])
    found = []
    for place, (code, severity) in enumerate(some):
        onset = WORN_ONSET if code == "F03" else ONSET + int(chance.integers(0, SPREAD))
        ramp = float(chance.integers(1, 8)) if chance.random() < 0.5 else 0.0
        found.append(Slow(code, severity, place, onset, ramp))
    return found


def watch(rules: Mapping[str, Rule], some: Sequence[Wanted], seed: int) -> list[Outcome]:
    """One city with these faults, one a compound."""
    rows, mine = compounds(seed, len(some), HOMES), draws(some, seed)
    troubles = [p for one in mine if (p := one.planted()) is not None]
    judge_ = Judge(rules, Fleet(rows), hold_ms=round(5000 * QUARTER))
    worn = some[0][0] == "F03"
    days, step = (WORN_DAYS, HOUR) if worn else (LAST, QUARTER)
    seen, truth = trial(seed, rows, days, step, troubles, first=FIRST)
    homes = _metered(rows, seen, truth, mine, seed)
    asked = limits(rules)
    asked = {"R-PU-11": asked["R-PU-11"]} if worn else asked
    first = WORN_FROM if worn else ONSET - 2
    quarters = None if worn else _quarters(judge_, rows, seed, mine, troubles)
    for day in range(first if worn else ONSET - LEAD, days):
        if quarters is not None and day < ONSET + SPREAD + AFTER:
            _steps(judge_, quarters, day, len(rows))
        if day >= first and (not worn or day % WORN_EVERY == 0):
            facts = collect(rows, FIRST + timedelta(days=day), FIRST, seen.tables["station_day"],
                            homes, *_summed(seen))  # fmt: skip
            judge_.day(_midnight(day + 1), judge(facts, asked))
        judge_.settle(_midnight(day + 1))
    code = {rows[one.place].id: one.code for one in mine}
    said = {a: by_rule(a.rule, code[a.station]) for a in judge_.alarms if a.station in code}
    alarms, end = judge_.seen(said), _midnight(days)
    return [
        outcome(
            Draw(one.code, one.severity, frozenset({rows[one.place].id}),
                 rows[one.place].district_id, _midnight(one.onset), _shows(one, truth), end),
            alarms, EXPECTED,
        )
        for one in mine
    ]  # fmt: skip


def _midnight(day: int) -> int:
    return midnight_of(FIRST.toordinal() + day, ZONE)


def _shows(one: Slow, truth: Truth) -> int | None:
    """ms from which the expectation counts."""
    mine = np.flatnonzero(truth.station == one.place)[0]
    if one.code == "F01":
        day = np.flatnonzero(truth.grown[mine] >= 0.5 * truth.grown[mine].max())[0]
        return _midnight(int(day))
    if one.code == "F03":
        lost = (truth.head[mine, 0] < 0.94) | (truth.efficiency[mine, 0] < 0.915)
        days = np.flatnonzero(lost)
        return _midnight(int(days[0])) if len(days) else None
    return _midnight(one.onset)


def _summed(seen: Observed) -> tuple[Summed, Summed]:
    """Rows of pump_day and set_day in a span of days."""

    def of(name: str) -> Summed:
        table = seen.tables[name]

        def rows(low: date, high: date) -> dict[str, np.ndarray]:
            first, last = np.datetime64(low, "D"), np.datetime64(high, "D")
            inside = (table["day"] >= first) & (table["day"] <= last)
            return {column: values[inside] for column, values in table.items()}

        return rows

    return of("pump_day"), of("set_day")


def _metered(
    rows: Sequence[StationRow], seen: Observed, truth: Truth, mine: Sequence[Slow], seed: int
) -> dict[str, np.ndarray]:
    """Rows of household_day: meters read once a week, so that each day is the mean of seven."""
    used = np.zeros((len(rows), truth.used.shape[1]))
    np.add.at(used, truth.station, truth.used)
    stands = np.zeros_like(used)
    for one in mine:
        if one.code == "F33":
            lost = STOPPED.get(one.severity, THEFT)
            used[one.place, one.onset :] *= 1.0 - lost
            if one.severity in STOPPED:
                stands[one.place, one.onset + READ :] = lost
    kernel = np.ones(READ) / READ
    later = np.repeat(used[:, -READ:].mean(axis=1, keepdims=True), READ - 1, axis=1)
    padded = np.concatenate([used, later], axis=1)
    level = np.array([np.convolve(row, kernel, "valid") for row in padded])
    key = np.arange(len(rows))[:, None]
    noise = 1.0 + 0.01 * normal(seed, "slow.meters", key, np.arange(used.shape[1]))
    count, days = np.full(used.shape, 100.0), used.shape[1]
    return {
        "station": np.repeat([row.id for row in rows], days),
        "day": np.tile(seen.dates[:days], len(rows)),
        "metered": (level * (1.0 - UNDER) * noise).ravel(),
        "meters": count.ravel(),
        "stopped": (count * stands).ravel(),
    }


def _quarters(
    judge_: Judge, rows: Sequence[StationRow], seed: int, mine: Sequence[Slow],
    troubles: Sequence[Planted],
) -> np.ndarray:  # fmt: skip
    """[steps, codes, stations] as the engine sees them, from day ONSET - LEAD on."""
    codes = judge_.engines.stations.codes
    first = ONSET - LEAD
    moved = [replace(t, day=t.day - first, until=t.until - first) for t in troubles]
    seen, _ = trial(seed, rows, SPREAD + LEAD + AFTER, QUARTER, moved, codes=codes, tables=(),
                    first=FIRST + timedelta(days=first))  # fmt: skip
    for one in mine:
        since = (one.onset - first) * STEPS
        if one.code == "F31":
            seen.values[CONTACTS[one.severity - 1]][one.place, since:] = 1.0
        elif one.code == "F18" and one.severity < 3:
            seen.values["EL.P"][one.place, since:] *= (0.5, 10.0)[one.severity - 1]
        elif one.code == "F18":
            seen.values["L.Q_OUT"][one.place, since:] *= 10.0
    shown = np.array([seen.values[code] for code in codes])
    return np.ascontiguousarray(shown.transpose(2, 0, 1))


def _steps(judge_: Judge, quarters: np.ndarray, day: int, stations: int) -> None:
    clock, everybody = LocalClock(ZONE), np.ones(stations, bool)
    for step in range(STEPS):
        frame = quarters[(day - ONSET + LEAD) * STEPS + step]
        now = _midnight(day) + step * round(1000 * QUARTER)
        live = live_of(clock, now, stations)
        at = np.full(stations, now)
        judge_.take(judge_.engines.stations.step(at, everybody, reader(frame), live))
        judge_.settle(now)
