"""Stations from a file in the page: good rows come in, bad ones are told, nobody else may."""

from __future__ import annotations

import base64

import pytest

from components.flat import rendered
from data.rights import Forbidden
from data.stores import Stores
from pages import station_import_panel, stations
from tests.pages.conftest import view_of
from tests.pages.looking import drawn

HEAD = (
    "code,name_zh,name_en,district,type,tanks,profile,host,port,unit,pumps,setpoint,"
    "rated_flow,rated_head,rated_power,rated_current,households\n"
)


def sent(text: str) -> str:
    return "data:text/csv;base64," + base64.b64encode(text.encode()).decode()


def test_good_rows_come_in_and_a_bad_one_is_told(stores: Stores) -> None:
    view = view_of(stores, "engineer", "en")
    good = "XM-0100,新站,New,east,TANK_VFD,1,chengshui,127.10.9.1,5020,1,2,0.35,20,40,4,8,300\n"
    bad = "XM-0101,坏站,Bad,nowhere,TANK_VFD,1,chengshui,127.10.9.2,5020,1,2,0.35,20,40,4,8,300\n"
    report = rendered(station_import_panel.take_in(stores, view, sent(HEAD + good + bad), "a.csv"))
    assert "1 rows came in, 1 remarks" in report
    assert "nowhere" in report
    assert stores.stations.by_code("XM-0100") is not None
    assert stores.stations.by_code("XM-0101") is None


@pytest.mark.parametrize("content", [None, "", "data:text/csv;base64,", "data:,###"])
def test_nothing_is_told_as_an_empty_file(stores: Stores, content: str | None) -> None:
    view = view_of(stores, "engineer", "en")
    assert "the file is empty" in rendered(
        station_import_panel.take_in(stores, view, content, "a.csv")
    )


def test_only_those_who_may_are_offered_it(stores: Stores) -> None:
    assert "stations-import" in drawn(stations.layout(stores, view_of(stores, "engineer")))
    looker = view_of(stores, "executive")
    assert "stations-import" not in drawn(stations.layout(stores, looker))
    with pytest.raises(Forbidden):
        station_import_panel.take_in(stores, looker, sent(HEAD), "a.csv")


def test_columns_that_lack_are_named_as_people_know_them(stores: Stores) -> None:
    view = view_of(stores, "engineer", "zh")
    report = rendered(station_import_panel.take_in(stores, view, sent("code\nXM-1\n"), "a.csv"))
    assert "缺少列：中文名称、" in report
    assert "name_zh" not in report
