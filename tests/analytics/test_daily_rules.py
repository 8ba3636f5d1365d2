"""Rules of the day on facts made by hand: true, false, not known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.daily_rules import RULES, Facts, Found, Judged, judge
from analytics.hydraulics import PumpCurve
from analytics.pump_fleet import WINDOW_HOURS, Plant
from data.catalogue.rules import rules
from ingest.daily_rules import limits

DAYS, STATIONS, BINS = 75, 30, 12
NAN = float("nan")


def plant() -> Plant:
    """A zone L of two pumps in each station."""
    station = np.repeat(np.arange(1, STATIONS + 1), 2)
    flow, head, power = (np.full(2 * STATIONS, v) for v in (16.0, 60.0, 5.5))
    return Plant(
        station=station, zone=np.full(2 * STATIONS, "L"), pump=np.tile([1, 2], STATIONS),
        of=np.repeat(np.arange(STATIONS), 2), plate=PumpCurve.nameplate(flow, head, power),
        rated_flow=flow, set_station=np.arange(1, STATIONS + 1), set_zone=np.full(STATIONS, "L"),
        set_pumps=np.full(STATIONS, 2), tank=np.ones(STATIONS, bool),
    )  # fmt: skip


def sums(windows: float, k: int = 2 * STATIONS) -> dict[str, np.ndarray]:
    """Each pump for so many windows in each of bins 4 to 9, on its plate's curve."""
    flow = (np.arange(BINS) + 0.5) / BINS * 1.5 * 16.0
    n = np.where((np.arange(BINS) >= 4) & (np.arange(BINS) <= 9), windows, 0.0) * np.ones((k, 1))
    curve = PumpCurve.nameplate(np.array([16.0]), np.array([60.0]), np.array([5.5]))
    head, power = curve.head(flow, 1.0), curve.electric_power(flow, 1.0)
    one = {"n": n, "h": n * head, "h2": n * head**2, "p": n * power, "p2": n * power**2,
           "q": n * flow, "s": n}  # fmt: skip
    solo = {"n1": "n", "h1": "h", "h1_2": "h2", "p1": "p", "p1_2": "p2", "q1": "q", "s1": "s"}
    return one | {name: one[of] for name, of in solo.items()}


@pytest.fixture
def healthy() -> Facts:
    chance = np.random.default_rng(3)
    night = 1.5 + 0.05 * chance.standard_normal((STATIONS, DAYS))
    mean = np.full((STATIONS, DAYS), 8.0)
    return Facts(
        station=np.arange(1, STATIONS + 1), homes=np.full(STATIONS, 500.0), minimum=night,
        mean=mean, energy=100.0 + chance.standard_normal((STATIONS, DAYS)),
        water_energy=np.full((STATIONS, DAYS), 45.0), supplied=24.0 * mean,
        metered=22.5 * mean, stopped=np.zeros((STATIONS, DAYS)), plant=plant(),
        week=sums(40.0), recent=sums(80.0), month=sums(160.0), early=sums(160.0),
        drop=np.full(STATIONS, 0.25), drop_before=np.full(STATIONS, 0.25),
    )  # fmt: skip


def found(facts: Facts) -> set[tuple[str, int, str]]:
    return {(one.rule, one.station, one.place) for one in judge(facts, limits(rules())).found}


def test_every_rule_of_the_day_is_judged_and_a_healthy_fleet_has_none(healthy: Facts) -> None:
    assert set(RULES) == set(limits(rules()))
    told = judge(healthy, limits(rules()))
    assert not told.found
    assert {rule for rule, _, _ in told.decided} == set(RULES)


def test_a_leak_a_gap_and_a_dear_day_are_found_at_their_station(healthy: Facts) -> None:
    night, metered, energy = (a.copy() for a in (healthy.minimum, healthy.metered, healthy.energy))
    night[3, -2:] += 1.0
    night[4, -3:] = 3.4
    metered[5, -12:] *= 0.95
    energy[6, -2:] *= 1.15
    facts = replace(healthy, minimum=night, metered=metered, energy=energy)
    assert found(facts) == {
        ("R-LK-03", 4, ""), ("R-LK-03", 5, ""), ("R-LK-01", 5, ""), ("R-LK-04", 6, ""),
        ("R-EL-06", 7, ""),
    }  # fmt: skip
    night[3, -1] = 1.5  # one night only: gone again
    assert ("R-LK-01", 4, "") not in found(facts)


def test_meters_that_stand_are_a_gap_and_no_meters_are_not_known(healthy: Facts) -> None:
    stopped, metered = healthy.stopped.copy(), healthy.metered.copy()
    stopped[2, -1], metered[8] = 0.06, NAN
    told = judge(replace(healthy, stopped=stopped, metered=metered), limits(rules()))
    assert [(one.rule, one.station) for one in told.found] == [("R-LK-04", 3)]
    assert ("R-LK-04", 9, "") not in told.decided


def test_a_worn_pump_but_not_a_gauge_that_both_share(healthy: Facts) -> None:
    recent = {name: values.copy() for name, values in healthy.recent.items()}
    for name in ("h", "h1"):
        recent[name][0] *= 0.91  # pump 1 of station 1
        recent[name][4:6] *= 0.95  # both of station 3: what they share is their gauge's
    for name in ("p", "p1"):
        recent[name][9] *= 1.15  # friction: pump 2 of station 5
    assert found(replace(healthy, recent=recent)) == {
        ("R-PU-11", 1, "L.P1"),
        ("R-PU-11", 5, "L.P2"),
    }
    assert not found(replace(healthy, recent=recent, early=None)), "no baseline of its own"


def test_duty_balance_and_idle_pumps(healthy: Facts) -> None:
    week = {name: values.copy() for name, values in healthy.week.items()}
    month = {name: values.copy() for name, values in (healthy.month or {}).items()}
    for name, values in week.items():
        values[1] = 0.0  # pump 2 of station 1 stands
        values[2, 0] = 500.0 * (0.4 if name.startswith("q") else 1.0)  # far too little flow
    month["n"][7] *= 0.4
    told = found(replace(healthy, week=week, month=month))
    assert told == {("R-PU-15", 1, "L.P2"), ("R-PU-12", 2, "L.P1"), ("R-PU-14", 4, "L")}
    assert WINDOW_HOURS == 0.05
    young = judge(replace(healthy, month=None), limits(rules()))
    assert "R-PU-14" not in {rule for rule, _, _ in young.decided}


def test_gauges_that_drift_apart(healthy: Facts) -> None:
    drop = healthy.drop.copy()
    drop[2], drop[3], drop[4] = 0.241, 0.2585, NAN
    told = judge(replace(healthy, drop=drop), limits(rules()))
    assert [(one.rule, one.station, one.place) for one in told.found] == [
        ("R-DQ-01", 3, "L"), ("R-DQ-01", 4, "L"),
    ]  # fmt: skip
    assert ("R-DQ-01", 5, "L") not in told.decided
    assert told.found[0].value == pytest.approx(-0.009) and told.found[0].limit == 0.008


def test_a_place_that_is_not_known_is_not_decided() -> None:
    told = Judged()
    places = [(1, ""), (2, ""), (3, "")]
    told.tell("R", places, np.array([1.0, 0.0, NAN]), np.array([5.0, 1.0, NAN]), 2.0)
    assert told.found == [Found("R", 1, "", 5.0, 2.0)]
    assert told.decided == {("R", 1, ""), ("R", 2, "")}
