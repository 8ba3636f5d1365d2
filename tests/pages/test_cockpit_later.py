"""What the cockpit's first viewer doesn't wait for, and the panels of a wide wall."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from analytics.results import Figure
from components.formats import midnight
from data.lake_writer import LakeWriter
from data.station_rows import EVERYWHERE
from data.stores import Stores
from deploy.city import wait_for
from pages import cockpit_supply, cockpit_wide
from pages.cockpit_facts import DAYS, FactsDesk
from pages.cockpit_later import YEAR, Later, LaterDesk
from pages.desk import desk_of
from tests.pages.conftest import view_of
from tests.pages.looking import drawn

NOW = datetime(2026, 11, 22, 6, 20, tzinfo=UTC)  # 14:20 at the site
CLOCK = 5.0 + 3.0 * np.sin(np.arange(24) / 24 * 2 * np.pi)
"""m³ of each hour of the day."""


def _hours(stores: Stores, dataset: str, steps: int, first: datetime, last: datetime) -> None:
    """Rows that follow the clock at every station; a day's weekday changes nothing."""
    ids = [s.id for s in stores.stations.all()]
    step = timedelta(hours=1) / steps
    times = [first + step * i for i in range(int((last - first) / step))]
    clock = [CLOCK[t.astimezone(stores.settings.zone).hour] / steps for t in times]
    table = {
        "station": np.repeat(np.array(ids, np.int32), len(times)),
        "ts": np.tile([int(t.timestamp() * 1000) for t in times], len(ids)),
        "F.volume": np.tile(clock, len(ids)),
        "F.online_s": np.full(len(ids) * len(times), 3600.0 / steps),
        "F.expected_s": np.full(len(ids) * len(times), 3600.0 / steps),
    }
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    writer.commit([writer.write(dataset, "TANK_VFD-2-1-00", "month", table)], at=NOW)


def _days(stores: Stores, start: datetime, energy: float) -> None:
    """DAYS days of every station, the station's number as a little more energy."""
    ids = [s.id for s in stores.stations.all()]
    days = np.array([np.datetime64(start.date()) + n for n in range(DAYS)])
    at = [int((start + timedelta(days=n)).timestamp() * 1000) for n in range(DAYS)]
    table = {
        "station": np.repeat(np.array(ids, np.int32), DAYS),
        "ts": np.tile(at, len(ids)),
        "day": np.tile(days, len(ids)),
        "F.volume": np.full(len(ids) * DAYS, 100.0),
        "F.energy": np.repeat([energy + n for n in range(len(ids))], DAYS).astype(float),
        "F.online_s": np.full(len(ids) * DAYS, 86_400.0),
        "F.expected_s": np.full(len(ids) * DAYS, 86_400.0),
    }
    writer = LakeWriter(stores.settings.lake, stores.manifest)
    writer.commit([writer.write("station_day", "all", "month", table)], at=NOW)


@pytest.fixture
def later(stores: Stores) -> Later:
    zone = stores.settings.zone
    _hours(stores, "hour", 1, midnight(NOW, zone, 20), midnight(NOW, zone))
    _hours(stores, "quarter", 4, midnight(NOW, zone), NOW - timedelta(minutes=20))
    first = midnight(NOW, zone, DAYS).astimezone(zone)
    _days(stores, first, 40.0)
    _days(stores, first - YEAR, 50.0)
    desk = LaterDesk(stores)
    assert desk.of(EVERYWHERE, NOW) is None  # nobody waits
    found: Later = wait_for(lambda: desk.of(EVERYWHERE, NOW), 30, "made in the background")
    return found


def test_the_rest_of_the_day_is_expected_as_the_days_before_were(
    stores: Stores, later: Later
) -> None:
    count = len(stores.stations.all())
    assert later.ahead.value == pytest.approx(count * CLOCK, rel=0.02)
    view = replace(view_of(stores, "executive"), now=NOW)
    facts = FactsDesk(stores).of(EVERYWHERE, NOW)
    figure = cockpit_supply.supply_figure(view, facts, later.ahead)
    rest = next(trace for trace in figure.data if trace.name == view.text("cockpit.forecast"))
    assert rest.line.dash == "dash"
    today = figure.data[-2]
    assert (rest.x[0], rest.y[0]) == [p for p in zip(today.x, today.y, strict=False) if p[1]][-1]
    assert all(at > view.now.astimezone(view.zone).replace(tzinfo=None) for at in rest.x[1:])


def test_last_years_energy_and_the_dearest_station(stores: Stores, later: Later) -> None:
    count = len(stores.stations.all())
    assert later.year == pytest.approx([(50 + (count - 1) / 2) / 100] * DAYS)
    assert later.dearest[0][1] == pytest.approx((40 + count - 1) / 100)
    view = view_of(stores, "executive", "en")
    dearest = next(s for s in stores.stations.all() if s.id == later.dearest[0][0])
    told = drawn(cockpit_wide.worst_stations(view, later, stores.stations.all()))
    assert dearest.name_en in told
    assert told.index(dearest.name_en) == min(
        told.index(s.name_en) for s in stores.stations.all() if s.name_en in told
    )
    span = ((NOW - timedelta(days=back)).date() for back in (DAYS, 1))
    mean: Figure = desk_of(stores).figure(view, "specific_energy", *span)
    assert mean.value == pytest.approx((40 + (count - 1) / 2) / 100)


def test_an_hour_is_lighter_the_more_it_is_over_yesterdays(stores: Stores) -> None:
    zone = stores.settings.zone
    _hours(stores, "quarter", 4, midnight(NOW, zone, 1), NOW - timedelta(minutes=20))
    facts = FactsDesk(stores).of(EVERYWHERE, NOW)
    districts = stores.stations.districts()
    same = drawn(cockpit_wide.hour_map(view_of(stores, "executive"), facts, districts))
    assert same.count("0.0%") >= 13  # fourteen hours are over, each as yesterday
    more = drawn(cockpit_wide._cell("North", 5, 12.5, 10.0))
    assert "+25.0%" in more
    assert "var(--d1) 100%" in more
    assert "var(--d2) 40%" in drawn(cockpit_wide._cell("North", 5, 9.0, 10.0))
    assert "style" not in drawn(cockpit_wide._cell("North", 5, float("nan"), 10.0))
