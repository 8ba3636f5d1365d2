"""Work orders of alarms: which make one, which join, and how many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from analytics.alarm import CLOSED, SUPPRESSED, Alarm
from data.catalogue.rules import rules
from data.database import Database
from data.settings import Settings
from data.stations import DistrictRow, StationRow
from data.stores import Stores, open_stores
from ingest.alarm_records import moment
from ingest.dispatch import JOIN, MOST, SETTLE_MS, Dispatch
from tests.ingest.town import START

NOW = round(START.timestamp() * 1000)


@pytest.fixture
def stores(sqlite: Database, tmp_path: Path) -> Iterator[Stores]:
    found = open_stores(Settings(var=tmp_path), writer=True)
    found.stations.save(
        [DistrictRow(1, "D1", "区", "District", 24, 118, None)],
        [
            StationRow(0, f"S{i:02}", "站", "S", 1, "DIRECT", 0, "chengshui", "h", 5000 + i, 1)
            for i in range(MOST + 5)
        ],
    )
    yield found
    found.close()


def alarm(stores: Stores, station: int = 1, rule: str = "R-PU-01", **more: object) -> Alarm:
    """A stored alarm, old enough for an order."""
    at = NOW - SETTLE_MS
    made = Alarm(rule, station, 1, "", "", 2, at, at, 0.0, 0.0, 0.0)
    for name, value in more.items():
        setattr(made, name, value)
    [made.id] = stores.alarms.save(
        [
            {
                "rule": rule, "station_id": made.station, "district_id": 1, "level": made.level,
                "state": made.state, "raw_at": moment(at), "active_at": moment(made.active_ms),
            }
        ]
    )  # fmt: skip
    return made


def test_an_order_has_the_template_level_and_deadlines_of_the_rule(stores: Stores) -> None:
    dispatch = Dispatch(stores.work_orders, rules())
    flood = alarm(stores, rule="R-EN-01", level=1)
    assert dispatch.step([flood], START) == [flood]
    order = stores.work_orders.get(flood.order or 0)
    assert order is not None and (order.template, order.level, order.state) == ("WT-20", 1, "new")
    assert order.respond_by == START + timedelta(minutes=30)
    assert dispatch.step([flood], START) == []


@pytest.mark.parametrize(
    "more",
    [
        {"level": 3},
        {"state": SUPPRESSED},
        {"state": CLOSED},
        {"active_ms": NOW - SETTLE_MS + 1},
        {"station": None},
        {"rule": "R-CM-06"},
    ],
    ids=str,
)
def test_these_make_no_order(stores: Stores, more: dict[str, object]) -> None:
    assert Dispatch(stores.work_orders, rules()).step([alarm(stores, **more)], START) == []  # type: ignore[arg-type]
    assert stores.work_orders.list() == ()


def test_further_alarms_of_a_station_join_for_half_an_hour(stores: Stores) -> None:
    dispatch = Dispatch(stores.work_orders, rules())
    first, drive, other = alarm(stores), alarm(stores, rule="R-PU-05"), alarm(stores, station=2)
    dispatch.step([first, drive, other], START)
    assert first.order == drive.order != other.order
    later = alarm(stores, rule="R-HY-01")
    dispatch.step([later], START + JOIN)
    assert later.order == first.order
    latest = alarm(stores, rule="R-HY-02")
    dispatch.step([latest], START + JOIN + timedelta(seconds=1))
    assert latest.order not in (None, first.order)


def test_a_cancelled_order_is_joined_by_nothing(stores: Stores) -> None:
    dispatch = Dispatch(stores.work_orders, rules())
    first, second = alarm(stores), alarm(stores, rule="R-PU-05")
    dispatch.step([first], START)
    boss = stores.users.create(
        "boss", "Secret-1234", role="administrator", name_zh="王", name_en="Wang", at=START
    )
    stores.work_orders.cancel(first.order or 0, boss, START)
    dispatch.step([second], START)
    assert second.order not in (None, first.order)


def test_in_a_storm_the_worst_come_first(stores: Stores) -> None:
    dispatch = Dispatch(stores.work_orders, rules())
    storm = [alarm(stores, station=i + 1) for i in range(MOST + 2)]
    worst = alarm(stores, station=MOST + 3, rule="R-EL-01", level=1)
    given = dispatch.step([*storm, worst], START)
    assert len(given) == MOST and given[0] is worst
    assert len(dispatch.step([*storm, worst], START)) == 3
