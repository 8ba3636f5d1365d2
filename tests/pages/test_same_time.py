"""Today, which isn't over, is held against the same hours of an earlier day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from components.formats import midnight
from data.catalogue.indicators import indicators
from data.stores import Stores
from pages import district
from pages.desk import Desk, desk_of
from pages.same_time import before
from tests.pages.looking import drawn
from tests.pages.test_cockpit import write_quarters
from tests.pages.test_desk import DAY, NOW, TODAY, viewer, write_days

SUPPLY, ENERGY = indicators()["supply"], indicators()["specific_energy"]
IDS = [1, 2, 3, 4, 5, 6]


def test_today_is_held_against_yesterday_until_this_time(stores: Stores) -> None:
    zone = stores.settings.zone
    write_days(stores, TODAY - 3 * DAY, 3)
    write_quarters(stores, midnight(NOW, zone, 1), midnight(NOW, zone), 8.0)
    desk, view = Desk(stores), viewer(stores)
    told = before(desk, view, SUPPLY, TODAY, TODAY, IDS)
    assert told == pytest.approx(6 * 57 * 8.0)  # 14:20 at the site: 57 quarters are over
    assert before(desk, view, SUPPLY, TODAY, TODAY, [2]) == pytest.approx(57 * 8.0)
    assert before(desk, view, ENERGY, TODAY, TODAY, IDS) == pytest.approx(0.5)
    lost = before(desk, view, indicators()["interruption"], TODAY, TODAY, [6])
    assert lost == pytest.approx(57.0)  # a minute a quarter, for each home


def test_a_span_that_ends_today_has_its_last_day_in_part(stores: Stores) -> None:
    zone = stores.settings.zone
    write_days(stores, TODAY - 4 * DAY, 4)
    write_quarters(stores, midnight(NOW, zone, 2), midnight(NOW, zone, 1), 8.0)
    told = before(Desk(stores), viewer(stores), SUPPLY, TODAY - DAY, TODAY, IDS)
    assert told == pytest.approx(2100 + 6 * 57 * 8.0)


def test_days_that_are_over_are_held_against_whole_days(stores: Stores) -> None:
    write_days(stores, TODAY - 4 * DAY, 4)
    write_quarters(stores, midnight(NOW, stores.settings.zone, 2), NOW, 8.0)
    told = before(Desk(stores), viewer(stores), SUPPLY, TODAY - DAY, TODAY - DAY, IDS)
    assert told == pytest.approx(2100)


def test_without_hours_a_part_of_a_day_is_held_against_nothing(stores: Stores) -> None:
    write_days(stores, TODAY - 4 * DAY, 4)
    desk, view = Desk(stores), viewer(stores)
    assert before(desk, view, SUPPLY, TODAY, TODAY, IDS) is None
    assert before(desk, view, SUPPLY, TODAY - DAY, TODAY, IDS) == pytest.approx(4200)


def test_the_tile_says_so(stores: Stores) -> None:
    zone = stores.settings.zone
    write_days(stores, TODAY - 3 * DAY, 3)
    write_quarters(stores, midnight(NOW, zone, 1), NOW - timedelta(minutes=5), 8.0)
    view = replace(viewer(stores), params={"from": "now/d"})
    desk_of(stores).kept.clear()
    told = drawn(district.layout(stores, view, "east"))
    houses = [s.id for s in stores.stations.all() if s.district_id == 1]
    assert view.text("district.same_time") in told
    assert f"{len(houses) * 57 * 8:,}" in told
    whole = drawn(district.layout(stores, replace(view, params={"from": "now-1d/d", "to": "now/d"}),
                                  "east"))  # fmt: skip
    assert view.text("district.same_time") not in whole
