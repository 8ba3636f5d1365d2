"""The page of alarm statistics on real records: figures, groups, links, files, scope."""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.page import View
from data.alarms import AlarmRow
from data.rights import ROLES
from data.stores import Stores
from pages import alarm_statistics
from pages.alarm_filter import filter_chips, narrowed
from pages.alarm_rows import Asked, select
from pages.alarm_statistics_facts import GROUPS, LISTS, AlarmDesk, Scene
from pages.alarm_statistics_panels import bars
from pages.alarm_statistics_tables import Names
from tests.pages.conftest import view_of
from tests.pages.looking import clicked, drawn

NOW = datetime(2026, 11, 22, 6, 20, tzinfo=UTC)
DAY = timedelta(days=1)


def viewer(stores: Stores, role: str = "dispatcher", language: str = "zh", **params: str) -> View:
    return replace(view_of(stores, role, language, **params), now=NOW)


def alarm(station: int | None, ago: timedelta, **more: Any) -> dict[str, Any]:
    """An alarm of one of the six stations (odd ones stand in district 2), closed after 5 min."""
    at = NOW - ago
    district = 2 if station is None else 1 + station % 2
    return {
        "rule": "R-HY-01", "station_id": station, "district_id": district, "place": "L",
        "point": "L.P_OUT", "level": 2, "state": "closed", "raw_at": at, "active_at": at,
        "acknowledged_at": at + timedelta(minutes=2), "cleared_at": at + timedelta(minutes=5),
        "closed_at": at + timedelta(minutes=5), "value": 0.4, "limit": 0.5,
    } | more  # fmt: skip


@pytest.fixture
def town(stores: Stores) -> Stores:
    """A flood of twelve three days ago, a pump that chattered yesterday, one that stands for two
    days, a child that nobody was told of; records that began nine days ago."""
    order = {"template": "WT-01", "level": 2, "station_id": 1, "district_id": 2,
             "created_at": NOW - 3 * DAY}  # fmt: skip
    [wrong, right] = stores.work_orders.save([
        order | {"state": "closed", "outcome": outcome}
        for outcome in ("no_fault_found", "repaired")
    ])  # fmt: skip
    flood = [alarm(1 + n % 6, 3 * DAY + timedelta(seconds=60 + 10 * n)) for n in range(12)]
    flood[0]["work_order_id"], flood[1]["work_order_id"] = wrong, right
    chatter = [
        alarm(1, DAY - n * timedelta(seconds=20), rule="R-PU-01", place="L.P1",
              cleared_at=NOW - DAY + n * timedelta(seconds=20) + timedelta(seconds=5))
        for n in range(3)
    ]  # fmt: skip
    still = alarm(2, 2 * DAY, rule="R-TK-07", place="T1", level=3, state="acknowledged",
                  cleared_at=None, closed_at=None)  # fmt: skip
    stores.alarms.save([
        *flood, *chatter, still,
        alarm(None, DAY, rule="R-CM-06", place=""),
        alarm(3, DAY, parent_id=1),
        alarm(3, 9 * DAY),
    ])  # fmt: skip
    return stores


def scene(stores: Stores, **params: str) -> Scene:
    return AlarmDesk(stores).scene(viewer(stores, **params))


def values(it: Scene) -> dict[str, float | None]:
    return {name: told.value for name, told in it.figures.items()}


def test_figures_of_a_week(town: Stores) -> None:
    it = scene(town)
    told = values(it)
    assert it.span.coverage == 1.0
    assert (told["count"], told["worst"]) == (17, 12)
    assert told["over"] == pytest.approx(100 / len(it.rate.counts)) and told["flood"]
    assert len(it.rate.floods) == 1
    assert told["station_day"] == pytest.approx(17 / (6 * it.span.days))
    assert (told["chattering"], told["fleeting"], told["stale"], told["standing"]) == (1, 0, 1, 1)
    assert (told["false"], told["acknowledge_p50"]) == (50, 2)
    assert told["actionable"] == pytest.approx(100 * 2 / 17)
    assert told["level_3"] == pytest.approx(100 / 17)


def test_before_the_records_nothing_was_quiet(town: Stores) -> None:
    it = scene(town, **{"from": "now-18d"})
    assert it.span.coverage == pytest.approx(0.5, abs=0.01)
    assert it.figures["mean"].value == pytest.approx(18 / (9 * 144), rel=0.01)
    assert "LOW_COVERAGE" in it.figures["mean"].reasons


def test_district_and_type_are_parts_of_the_city(town: Stores) -> None:
    east = scene(town, scope="d:east")
    assert set(east.told["district"]) == {1} and values(east)["count"] == 7
    west = scene(town, scope="d:west")
    assert values(west)["count"] == 10, "the district's own alarm, too"
    assert values(scene(town, scope="d:west", type="TANK_VFD"))["count"] == 9
    assert values(scene(town, type="STACKED"))["count"] in (0, 17)


def test_a_manager_sees_his_district_only(town: Stores) -> None:
    mine = AlarmDesk(town).scene(viewer(town, "district_manager", scope="d:west"))
    assert set(mine.told["district"]) == {1}


def test_groups_of_every_kind(town: Stores) -> None:
    it = scene(town)
    for by in GROUPS:
        rows = it.grouped(by)
        assert rows["n"].sum() == (16 if by in ("station", "brand", "type") else 17), by
    pumps = it.grouped("family").filter(it.grouped("family")["family"] == "PU").row(0, named=True)
    assert (pumps["n"], pumps["chattering"], pumps["stale"]) == (3, 3, 0)
    first = it.grouped("station").row(0, named=True)
    assert first["station"] == 1 and first["station_day"] == pytest.approx(5 / it.span.days)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_says_what_is_and_leads_to_the_alarms(town: Stores, language: str) -> None:
    for which in LISTS:
        for by in GROUPS:
            view = viewer(town, language=language, by=by, **{"list": which})
            said = drawn(alarm_statistics.layout(town, view))
            assert "alarm_statistics." not in said.replace("alarm_statistics.css", "")
    said = drawn(alarm_statistics.layout(town, viewer(town, language=language)))
    assert "/alarms?from=now-7d&tab=history&rule=R-HY-01" in said
    assert f"/stations/{town.stations.all()[0].code}" in said


def rows_of(stores: Stores, href: str) -> list[AlarmRow]:
    view = viewer(stores).at(href.partition("?")[2])
    return select(stores, view, Asked.of(view.params))


def test_each_link_of_a_group_lists_its_alarms(town: Stores) -> None:
    """What the history lists is what the group counts, and the child that is counted nowhere."""
    it, names = scene(town), Names(town, viewer(town))
    for by in GROUPS:
        for row in it.grouped(by).iter_rows(named=True):
            listed = rows_of(town, names.href(by, row[by]))
            told = [one for one in listed if one.parent_id is None and one.active_at < NOW]
            assert len(told) == row["n"], (by, row[by])


def test_filters_stand_as_chips_and_unknown_ones_find_nothing(town: Stores) -> None:
    view = viewer(town, tab="history", rule="R-HY-01", station="XM-0001", level="2")
    said = drawn(filter_chips(town, view, view.params))
    assert "R-HY-01 " in said and "湖滨1期" in said
    assert "/alarms?tab=history&rule=R-HY-01&level=2" in said
    assert not filter_chips(town, view, {"rule": "R-HY-01"}), "of the history only"
    for wrong in ({"rule": "R-XX-99"}, {"station": "XM-9999"}, {"scope": "d:x"}, {"level": "7"}):
        among = narrowed(town, view, wrong)
        assert town.alarms.history(view.scope, NOW - 9 * DAY, NOW, **among) == []


@pytest.mark.parametrize("name", alarm_statistics.TABLES)
def test_every_table_can_be_taken_away(town: Stores, name: str) -> None:
    view = viewer(town)
    with clicked(f'{{"index":"{name}|csv|","type":"alarm_statistics-export"}}'):
        sent = alarm_statistics.take_away(town, view, [1], "?from=now-7d")
    lines = list(csv.reader(io.StringIO(base64.b64decode(sent["content"]).decode("utf-8-sig"))))
    assert len({len(line) for line in lines}) == 1
    least = {"figures": 20, "rate": 1000, "fleeting": 1}.get(name, 2)
    assert len(lines) >= least


def test_long_spans_have_fewer_bars_and_lose_no_peak(town: Stores) -> None:
    minutes, starts, highest, flooded = bars(scene(town))
    assert minutes == 60 and len(starts) == len(highest) and highest.max() == 12
    assert flooded.sum() == 1 and highest[flooded] == [12]
    assert bars(scene(town, **{"from": "now-9d"}))[0] == 60
    assert bars(scene(town, **{"from": "now-6h"}))[0] == 10


def test_everybody_may_see_it_who_sees_alarms() -> None:
    assert alarm_statistics.PAGE.roles == frozenset(ROLES)
