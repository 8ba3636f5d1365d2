"""The page of one pump house: its tabs, its scope, its files."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from flask.testing import FlaskClient

from components.page import View
from data.catalogue.points import columns
from data.lake_writer import LakeWriter
from data.rights import NotFound
from data.station_rows import SetRow, StationRow
from data.stores import Stores
from pages import station
from pages.station_points import band, by_code, charts, sparks, value_words
from pages.station_tabs import alarm_levels
from tests.pages.conftest import view_of
from tests.pages.looking import clicked, drawn

CODE = "XM-0001"


@pytest.fixture
def past(stores: Stores) -> datetime:
    """Two hours of minutes of the first station, until now."""
    house = stores.stations.by_code(CODE)
    assert house is not None
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    ts = np.array([int((now - timedelta(minutes=n)).timestamp() * 1000) for n in range(120, 0, -1)])
    table = {
        "station": np.full(120, house.id),
        "ts": ts,
        "polls": np.full(120, 30),
        "seconds": np.full(120, 60.0),
    }
    for column in columns(house.layout):
        if column.point.rollup in ("full", "mean"):
            table[column.code] = np.full(120, 35_000)
        if column.point.rollup == "full":
            table[f"{column.code}.min"] = np.full(120, 340)
            table[f"{column.code}.max"] = np.full(120, 360)
    writer = LakeWriter(stores.lake.root, stores.manifest)
    writer.commit([writer.write("minute", f"{house.layout.key}-00", "piece", table)], at=now)
    return now


def test_a_house_of_another_district_is_not_there(stores: Stores) -> None:
    view = view_of(stores, "district_manager")
    assert stores.stations.by_code(CODE) is not None
    with pytest.raises(NotFound):
        station.layout(stores, view, CODE)
    with pytest.raises(NotFound):
        station.refresh_alarms(stores, view, 1, {"code": CODE})


def test_a_tab_without_data_is_not_shown(stores: Stores) -> None:
    page = drawn(station.layout(stores, view_of(stores, "dispatcher"), CODE))
    assert "tab=alarms" in page  # it has an open alarm
    assert "tab=orders" not in page
    other = drawn(station.layout(stores, view_of(stores, "dispatcher"), "XM-0003"))
    assert "tab=alarms" not in other
    unknown = drawn(station.layout(stores, view_of(stores, "dispatcher", tab="orders"), CODE))
    assert "data-levels" in unknown  # back on the mimic


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("tab", ["mimic", "trends", "points", "alarms"])
def test_every_tab_is_made_in_both_languages(
    stores: Stores, past: datetime, language: str, tab: str
) -> None:
    page = drawn(
        station.layout(
            stores, view_of(stores, "engineer", language, tab=tab, cmp="yesterday"), CODE
        )
    )
    assert ("湖滨" in page) == (language == "zh")
    assert '"data-station": "XM-0001"' in page
    assert "station-chart-pressure" in page or tab not in ("mimic", "trends")


def test_all_points_are_listed_with_value_quality_and_age(stores: Stores) -> None:
    page = drawn(station.layout(stores, view_of(stores, "engineer", tab="points"), CODE))
    house = stores.stations.by_code(CODE)
    assert house is not None
    for code in by_code(house):
        assert page.count(f'data-bind=\\"{code}\\"') == 3, code


def test_an_empty_lake_is_one_sentence_and_a_way_out(stores: Stores) -> None:
    page = drawn(station.layout(stores, view_of(stores, "engineer"), CODE))
    assert "该时段没有数据" in page
    assert "from=now-30d" in page


def test_alarms_colour_the_mimic_by_point_and_place_the_worst_first(stores: Stores) -> None:
    rows = stores.alarms.open(station_id=1)
    worse = replace(rows[0], level=1, point="L.P_OUT")
    assert alarm_levels([rows[0]]) == {"L.P2": 2, "L.P2.FAULT": 2}
    assert alarm_levels([rows[0], worse]) == {"L.P2": 1, "L.P2.FAULT": 2, "L.P_OUT": 1}
    assert alarm_levels([replace(rows[0], state="returned")]) == {}
    _, levels = station.refresh_alarms(stores, view_of(stores, "dispatcher"), 1, {"code": CODE})
    assert levels == {"L.P2": 2, "L.P2.FAULT": 2}


def test_the_chip_names_the_worst_alarm(stores: Stores) -> None:
    chip, _ = station.refresh_alarms(stores, view_of(stores, "dispatcher"), 1, {"code": CODE})
    shown = drawn(chip)
    assert "/alarms?sel=1" in shown
    assert "data-since" in shown
    calm, _ = station.refresh_alarms(stores, view_of(stores, "dispatcher"), 1, {"code": "XM-0003"})
    assert "无报警" in drawn(calm)


def sent(stores: Stores, view: View, button: dict[str, str], tab: str) -> str:
    asked = {"code": CODE, "params": {"from": "now-6h"}, "tab": tab}
    with clicked(json.dumps(button, separators=(",", ":"), sort_keys=True)):
        file = station.take_away(stores, view, [1], [1], asked)
    return (
        base64.b64decode(file["content"]).decode("utf-8-sig")
        if file["filename"].endswith("csv")
        else file["filename"]
    )


def test_files_hold_what_is_shown(stores: Stores, past: datetime) -> None:
    view = view_of(stores, "engineer")
    csv = {"index": "csv", "type": "station-export"}
    lines = sent(stores, view, csv, "trends").splitlines()
    assert lines[0].startswith("时间,低区 出水压力 (MPa),低区 出水压力 最小 (MPa)")
    assert len(lines) == 121
    assert lines[1].split(",")[1:4] == ["0.35", "0.34", "0.36"]
    assert lines[1].split(",")[0].endswith("+08:00")
    one = sent(stores, view, {"index": "flow", "type": "station-chart"}, "mimic").splitlines()
    assert "出水压力" not in one[0]
    assert "出水瞬时流量" in one[0]
    points = sent(stores, view, csv, "points").splitlines()
    assert "低区 出水压力,L.P_OUT,0.35,MPa,正常" in "\n".join(points)
    alarms = sent(stores, view, csv, "alarms")
    assert "R-PU-01" in alarms
    assert sent(stores, view, {"index": "xlsx", "type": "station-export"}, "points").endswith(
        ".xlsx"
    )


@pytest.mark.parametrize(
    "kind", ["TANK_VFD", "STACKED", "STACKED_BOX", "REGIONAL", "RURAL", "DIRECT"]
)
def test_every_type_has_four_charts_of_points_it_has(stores: Stores, kind: str) -> None:
    sets = () if kind == "DIRECT" else (SetRow("L", 2, 1, 9, 90, 30.0, 0.4, 9.0, 40.0, 4.0, 8.0),)
    tanks = 0 if kind in ("DIRECT", "STACKED") else 1
    house = StationRow(9, "X", "名", "N", 1, kind, tanks, "chengshui", "h", 1, 1, sets=sets)
    known = by_code(house)
    found = charts(house, view_of(stores, "engineer"))
    assert len(found) == len({chart.name for chart in found}) == 4
    assert all(code in known for chart in found for code in chart.codes)
    assert 5 <= len(sparks(house)) <= 12
    for column in known.values():
        low_high = band(column, house)
        assert low_high is None or low_high[0] <= low_high[1]
        if column.point.digital or column.point.kind == "enum":
            assert value_words(column, view_of(stores, "engineer"))


def test_the_page_comes_through_the_gate(browser: Callable[[str], FlaskClient]) -> None:
    client = browser("inspector")
    assert client.get(f"/stations/{CODE}").status_code == 200
    assert browser("district_manager").get(f"/api/live/{CODE}").status_code == 404
