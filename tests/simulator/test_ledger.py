"""Slow troubles: how many, since when, how they grow, and what they do."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from simulator import city
from simulator.ledger import KINDS, Ledger, healthy, told
from simulator.outages import carrier_outage, exchange_day, lost_links, power_failures
from simulator.quasi import Quasi

BIRTH = date(2026, 11, 22).toordinal()
ROWS = city.stations(2100, 1, 5020)


@pytest.fixture(scope="module")
def quasi() -> Quasi:
    return Quasi(ROWS, 1, BIRTH)


@pytest.fixture(scope="module")
def ledger(quasi: Quasi) -> Ledger:
    return quasi.ledger


@pytest.mark.parametrize("kind", KINDS)
def test_about_three_percent_of_the_stations_have_each_trouble(ledger: Ledger, kind: str) -> None:
    assert 0.02 < ledger.has(kind, BIRTH).mean() < 0.04
    assert not ledger.has(kind, BIRTH - 400).any()


def test_no_station_has_two(ledger: Ledger) -> None:
    assert sum(ledger.has(kind, BIRTH).astype(int) for kind in KINDS).max() == 1


def test_troubles_only_grow(ledger: Ledger) -> None:
    days = [ledger.on(BIRTH - back) for back in (400, 200, 100, 50, 10, 0)]
    for early, late in pairwise(days):
        assert (late.head <= early.head).all()
        assert (late.efficiency <= early.efficiency).all()
        for name in ("strainer", "leak", "setpoint", "bias"):
            assert (getattr(late, name) >= getattr(early, name)).all(), name


def test_before_them_all_is_well(ledger: Ledger) -> None:
    before, well = ledger.on(BIRTH - 400), healthy(ledger.shape)
    np.testing.assert_array_equal(before.head, well.head)
    np.testing.assert_array_equal(before.add_speed, well.add_speed)
    np.testing.assert_array_equal(before.leak, well.leak)


def test_each_trouble_shows_in_the_day(quasi: Quasi, ledger: Ledger) -> None:
    """Against the same stations 400 days before, by their own measure."""
    now, then = (quasi.day(BIRTH - back, 3600.0) for back in (1, 400))
    first = {kind: ledger.has(kind, BIRTH - 60)[quasi.shape.station] & (quasi.shape.zone == 0)
             for kind in KINDS}  # fmt: skip
    night = slice(2, 4)
    per_home = [d.sets.flow[:, night].mean(axis=1) / d.sets.flow.mean(axis=1) for d in (now, then)]
    assert (per_home[0] / per_home[1])[first["leak"]].mean() > 1.8
    rise = (now.sets.pressure - then.sets.pressure).mean(axis=1)
    assert rise[first["setpoint"]].mean() > 0.05
    assert rise[first["gauge"]].mean() < -0.01
    more = now.sets.running.mean(axis=1) / then.sets.running.mean(axis=1)
    assert more[first["sequence"]].mean() > 1.1
    each = now.sets.flow.max(axis=1) / now.sets.running.max(axis=1)
    lost = quasi.shape.curve.c * now.troubles.strainer * each**2
    assert lost[first["strainer"]].mean() > 1.5  # m at the peak
    assert lost[~first["strainer"] & (quasi.shape.zone > 0)].max() == 0.0


def test_the_truth_names_every_trouble_with_its_first_day(quasi: Quasi, ledger: Ledger) -> None:
    lines = told(ROWS, ledger, quasi.exchanged, BIRTH)
    for kind in KINDS:
        first = {line["station"]: line["first"] for line in lines if line["kind"] == kind}
        has = ledger.has(kind, BIRTH)
        assert set(first) == {row.code for row, hit in zip(ROWS, has, strict=True) if hit}
        assert all(date.fromisoformat(day).toordinal() <= BIRTH for day in first.values())
    exchanged = [line for line in lines if line["kind"] == "meter_exchange"]
    assert 0.02 < len(exchanged) / len(ROWS) < 0.04


def test_outages_are_rare_and_end_on_their_day(quasi: Quasi) -> None:
    shape = quasi.shape
    lost = dark = 0.0
    for day in range(BIRTH - 60, BIRTH):
        for spells in (power_failures(shape, day), lost_links(shape, day)):
            assert (spells.end[spells.any] <= 1440).all()
            assert (spells.begin[spells.any] >= 0).all()
        lost += lost_links(shape, day).share(24, 86_400.0).mean()
        dark += power_failures(shape, day).share(24, 86_400.0).mean()
    assert 0.0002 < lost / 60 < 0.005
    assert 0.00005 < dark / 60 < 0.001


def test_a_carrier_fails_now_and_then_and_takes_a_part_of_the_city(quasi: Quasi) -> None:
    days = [d for d in range(BIRTH - 400, BIRTH) if carrier_outage(1, d)]
    assert 1 <= len(days) <= 12
    assert (lost_links(quasi.shape, days[0]).any.mean()) > 0.08


def test_the_share_of_a_step_in_an_outage_adds_up(quasi: Quasi) -> None:
    spells = lost_links(quasi.shape, BIRTH - 3)
    minutes = spells.end - spells.begin
    for steps in (24, 96, 1440):
        share = spells.share(steps, 86_400.0)
        np.testing.assert_allclose(share.sum(axis=1) * 1440 / steps, minutes, atol=1e-9)


def test_only_the_first_zone_gets_a_new_meter(quasi: Quasi) -> None:
    days = exchange_day(quasi.shape, BIRTH)
    assert (days[quasi.shape.zone > 0] == 0).all()
    assert ((days == 0) | ((days < BIRTH) & (days > BIRTH - 360))).all()
