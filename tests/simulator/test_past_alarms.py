"""Past alarms and orders: as many as the live city has, each with a life that makes sense."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data.alarms import AlarmRow, Alarms
from data.catalogue.points import columns
from data.catalogue.rules import rules
from data.catalogue.work_orders import templates
from data.database import Database
from data.stations import EVERYWHERE, Stations
from data.work_orders import WorkOrders
from simulator import city, past_alarms
from simulator.living import midnight_of
from simulator.outages import power_failures
from simulator.parameters import parameters
from simulator.past_events import raised

ZONE = ZoneInfo("Asia/Shanghai")
BORN = datetime(2026, 3, 20, 10, 37, tzinfo=ZONE)
BORN_MS = round(BORN.timestamp() * 1000)
ROWS = city.stations(150, 1, 5020)
SPAN = timedelta(days=past_alarms.DAYS)


@pytest.fixture(scope="module")
def doors(
    tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path
) -> Iterator[tuple[Alarms, WorkOrders]]:
    file = tmp_path_factory.mktemp("alarms") / "pumphouse.db"
    file.write_bytes(_sqlite_template.read_bytes())
    db = Database(f"sqlite:///{file}")
    Stations(db).save(city.districts(), ROWS)
    yield Alarms(db), WorkOrders(db, ZONE)
    db.close()


@pytest.fixture(scope="module")
def written(doors: tuple[Alarms, WorkOrders]) -> int:
    return sum(past_alarms.write(*doors, ROWS, 1, BORN_MS, ZONE))


def past(alarms: Alarms) -> list[AlarmRow]:
    return alarms.history(EVERYWHERE, BORN - 2 * SPAN, BORN + SPAN, limit=100_000)


def test_alarms_of_the_past_are_over(doors: tuple[Alarms, WorkOrders], written: int) -> None:
    alarms, _ = doors
    rows = past(alarms)
    assert len(rows) == written
    assert 0.05 < written / len(ROWS) / past_alarms.DAYS < 0.25
    assert alarms.open() == []
    assert {row.rule for row in rows} > {"R-PU-01", "R-PU-05", "R-CM-01", "R-EL-01", "R-TK-06"}
    for row in rows:
        assert row.state == "closed"
        assert row.cleared_at and row.closed_at
        assert row.raw_at <= row.active_at < row.cleared_at <= row.closed_at < BORN
        seen = row.acknowledged_at
        assert row.parent_id or (seen and row.active_at < seen <= row.closed_at)
        assert row.rule in rules()


def test_their_points_are_points_of_the_station(
    written: int, doors: tuple[Alarms, WorkOrders]
) -> None:
    by_id = {row.id: row for row in ROWS}
    for row in past(doors[0]):
        if row.station_id is not None and row.point:
            codes = {column.code for column in columns(by_id[row.station_id].layout)}
            assert row.point in codes
            assert row.district_id == by_id[row.station_id].district_id


def test_journals_tell_the_life(written: int, doors: tuple[Alarms, WorkOrders]) -> None:
    alarms, orders = doors
    for row in past(alarms)[::25]:
        events = alarms.events(row.id)
        assert events[0].state == "unacknowledged"
        assert events[-1].state == "closed"
        assert [e.at for e in events] == sorted(e.at for e in events)
        assert events[-1].at == row.closed_at
    for order in orders.list(limit=100_000)[::25]:
        steps = orders.events(order.id)
        assert steps[-1].state == order.state
        assert [e.at for e in steps] == sorted(e.at for e in steps)


def test_grave_alarms_have_orders_and_most_are_closed(
    written: int, doors: tuple[Alarms, WorkOrders]
) -> None:
    alarms, orders = doors
    rows, made = past(alarms), orders.list(limit=100_000)
    grave = [r for r in rows if r.level <= 2 and r.station_id and not r.parent_id]
    assert all(row.work_order_id for row in grave)
    states, outcomes = Counter(o.state for o in made), Counter(o.outcome for o in made)
    assert states["closed"] > 0.9 * len(made)
    assert 0.04 < outcomes["no_fault_found"] / states["closed"] < 0.13
    by_id = {order.id: order for order in made}
    for row in grave:
        order = by_id[row.work_order_id or 0]
        assert order.station_id == row.station_id
        assert timedelta(0) < order.created_at - row.active_at or len(by_id) < len(grave)
    for order in made:
        assert order.template in templates()
        times = (
            order.created_at,
            order.taken_at,
            order.started_at,
            order.finished_at,
            order.closed_at,
        )
        known = [at for at in times if at is not None]
        assert known == sorted(known)
        assert known[-1] < BORN
        assert (order.closed_at is None) == (order.state != "closed")
        assert bool(order.outcome) == (order.finished_at is not None)


def test_numbers_rise_with_time(written: int, doors: tuple[Alarms, WorkOrders]) -> None:
    made = sorted(doors[1].list(limit=100_000), key=lambda o: (o.created_at, o.id))
    march = [order.number for order in made if order.number.startswith("W-2603-")]
    assert march == sorted(march)


def test_a_second_run_writes_nothing(written: int, doors: tuple[Alarms, WorkOrders]) -> None:
    assert sum(past_alarms.write(*doors, ROWS, 1, BORN_MS, ZONE)) == 0
    assert len(past(doors[0])) == written


def test_a_power_failure_of_the_rows_is_an_alarm_that_explains_the_lost_supply() -> None:
    rows = city.stations(500, 1, 5020)
    shape = parameters(rows, 1)
    days = range(BORN.toordinal() - 30, BORN.toordinal())
    day = next(d for d in days if (power_failures(shape, d).any & shape.tank).any())
    spells = power_failures(shape, day)
    found = raised(rows, shape, day, midnight_of(day, ZONE))
    dark = {a.row.id: a for a in found if a.rule == "R-EL-01" and a.row}
    hit = {row.id for row, any_ in zip(rows, spells.any, strict=True) if any_}
    assert hit
    assert set(dark) == hit
    for alarm in found:
        if alarm.rule == "R-HY-02":
            parent = found[alarm.parent or 0]
            assert parent.rule == "R-EL-01"
            assert parent.row == alarm.row
            assert parent.begin < alarm.begin < parent.end + 1
