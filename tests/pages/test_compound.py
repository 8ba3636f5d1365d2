"""A compound: its houses and figures, the step of the way down, the search, and who sees it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest
from dash import Dash

from data.rights import NotFound
from data.station_rows import CompoundRow
from data.stores import Stores
from pages import compound, district, find, map, pump, station
from pages.index import PAGES
from pages.places import places
from pages.router import route
from tests.pages.conftest import view_of
from tests.pages.looking import drawn

LAKE = CompoundRow(1, "LAKE", "枫林苑", "Maple Court", 2, 900)
FAR = CompoundRow(2, "FAR", "西苑", "West Court", 2)
KEPT = {"from": "now-7d", "cmp": "yoy", "type": "TANK_VFD"}
QUERY = "?from=now-7d&cmp=yoy&type=TANK_VFD"


@pytest.fixture
def homes(stores: Stores) -> Stores:
    """Houses 1 and 3 in LAKE, 5 in FAR; 2 and 4 in GINKGO, 6 in none."""
    of = {1: 1, 3: 1, 5: 2}
    rows = [replace(row, compound_id=of[row.id]) for row in stores.stations.all() if row.id in of]
    stores.stations.save((), rows, [LAKE, FAR])
    return stores


def shown(stores: Stores, role: str = "executive", code: str = "LAKE", **params: str) -> str:
    return drawn(compound.layout(stores, view_of(stores, role, **params), code))


def test_a_compound_lists_its_houses_the_most_urgent_first(homes: Stores) -> None:
    text = shown(homes)
    assert text.index("湖滨1期") < text.index("湖滨3期")  # the first has an alarm of level 2
    assert "湖滨2期" not in text and "湖滨5期" not in text
    assert "最高 11 层" in text and "900" in text and "400" in text


def test_values_of_each_zone_are_those_of_this_moment(homes: Stores) -> None:
    house = homes.stations.by_code("XM-0001")
    snapshot = homes.snapshot.read()
    assert house is not None and snapshot is not None
    now = [f"{snapshot.value(house.id, f'{row.zone}.P_OUT'):.3f}" for row in house.sets]
    assert len(now) == 2
    cell = re.search(r"/stations/XM-0001\?tab=trends.*?</a>", unescape(shown(homes)))
    assert cell is not None and re.findall(r"\d\.\d+", cell[0]) == now


def test_every_number_leads_to_a_page_and_keeps_time_and_filter(homes: Stores) -> None:
    text = unescape(shown(homes, **KEPT).replace('\\"', '"'))
    hrefs = set(re.findall(r'href"?[:=] ?"(/[^"]+)"', text))
    paths = {href.partition("?")[0] for href in hrefs}
    assert {"/demand", "/energy", "/stations", "/points", "/stations/XM-0001", "/alarms"} <= paths
    view = view_of(homes, "executive")
    for href in hrefs:
        path, _, query = href.partition("?")
        page = next(m.PAGE for m in PAGES if m.PAGE.match(path) is not None)
        assert view.may_open(page), path
        if path not in ("/alarms", "/work-orders", "/compounds/LAKE"):
            assert "from=now-7d" in query, href
    assert any("sel=st%3AXM-0001%2Cst%3AXM-0003" in href for href in hrefs)


def test_open_alarms_and_orders_are_listed_with_their_house(homes: Stores) -> None:
    now = datetime.now(UTC)
    made = [homes.work_orders.create(id, "WT-01", 2, None, now).number for id in (3, 5)]
    [alarm] = homes.alarms.open(station_id=1)
    text = shown(homes)
    assert f"/alarms?sel={alarm.id}" in text
    assert f"/work-orders?sel={made[0]}" in text and made[1] not in text
    assert text.count("未关闭 1") == 4  # two panels, each a text and a title
    quiet = shown(homes, code="FAR")
    assert "没有未关闭的报警" in quiet and made[1] in quiet


def test_the_houses_come_anew_as_they_are(homes: Stores) -> None:
    view = view_of(homes, "engineer")
    told = drawn(compound.refresh(homes, view, 1, {"code": "LAKE", "params": {"type": "RURAL"}}))
    assert "湖滨1期" not in told
    told = drawn(compound.refresh(homes, view, 1, {"code": "LAKE", "params": {}}))
    assert "湖滨1期" in told


def test_the_way_down_has_the_compound_with_its_siblings(homes: Stores) -> None:
    view = view_of(homes, "executive", **KEPT)
    steps = pump.way(homes, view, "XM-0001", "L", "2")
    assert [step.href for step in steps] == [
        f"/{QUERY}", f"/districts/west{QUERY}", f"/compounds/LAKE{QUERY}",
        f"/stations/XM-0001{QUERY}", f"/stations/XM-0001/L{QUERY}", f"/stations/XM-0001/L/2{QUERY}",
    ]  # fmt: skip
    assert [name for name, _ in steps[2].beside] == ["枫林苑", "西苑"]
    assert steps[2].beside[steps[2].here] == ("枫林苑", f"/compounds/LAKE{QUERY}")
    assert [name for name, _ in steps[3].beside] == ["湖滨1期", "湖滨3期"]
    assert compound.way(homes, view, "LAKE") == steps[:3]
    assert station.way(homes, view, "XM-0001") == steps[:4]


def test_a_house_alone_in_its_compound_stands_beside_those_of_its_district(homes: Stores) -> None:
    steps = station.way(homes, view_of(homes, "executive"), "XM-0005")
    assert [step.name for step in steps] == ["全市", "西区", "西苑", "湖滨5期"]
    assert [name for name, _ in steps[3].beside] == ["湖滨1期", "湖滨3期", "湖滨5期"]


def test_a_house_without_a_compound_skips_it(homes: Stores) -> None:
    steps = station.way(homes, view_of(homes, "executive"), "XM-0006")
    assert [step.name for step in steps] == ["全市", "东区", "湖滨6期"]


def test_another_type_never_hides_the_compound_itself(homes: Stores) -> None:
    view = view_of(homes, "executive", type="REGIONAL")
    assert [name for name, _ in compound.way(homes, view, "LAKE")[2].beside] == ["枫林苑"]
    assert "湖滨1期" not in shown(homes, type="REGIONAL")


@pytest.mark.parametrize("words", ["枫林苑", "maple court", "LAKE", "fenglinyuan", "fly"])
def test_a_compound_is_found_by_name_code_and_pinyin(homes: Stores, words: str) -> None:
    pages = [module.PAGE for module in PAGES]
    hits = find.hits(homes, view_of(homes, "executive"), pages, words)
    [hit] = [hit for hit in hits if hit.kind == "compound" and hit.name == "枫林苑"]
    assert (hit.href, hit.note) == ("/compounds/LAKE", "西区 · 2 座")
    own = find.hits(homes, view_of(homes, "district_manager"), pages, words)
    assert not [hit for hit in own if hit.kind == "compound"]


@pytest.mark.parametrize("words", ["枫林", "maple", "fenglinyuan", "fly"])
def test_the_map_finds_the_houses_of_a_compound(homes: Stores, words: str) -> None:
    told = places(homes, view_of(homes, "executive"))
    found = [code for code, of in zip(told["code"], told["search"], strict=True) if words in of]
    assert found == ["XM-0001", "XM-0003"]


def test_district_station_and_map_lead_to_the_compound(homes: Stores) -> None:
    view = view_of(homes, "executive", **KEPT)
    href = f"/compounds/LAKE{QUERY}"
    for made in (
        district.layout(homes, view, "west"),
        station.layout(homes, view, "XM-0001"),
        map.inspect(homes, view, "XM-0001"),
    ):
        assert href in unescape(drawn(made))
    assert "/compounds/" not in drawn(station.layout(homes, view, "XM-0006"))


def test_whoever_has_one_district_sees_no_compound_of_another(homes: Stores) -> None:
    view = view_of(homes, "district_manager")
    for asked in (
        lambda: compound.layout(homes, view, "LAKE"),
        lambda: compound.way(homes, view, "LAKE"),
        lambda: compound.refresh(homes, view, 1, {"code": "LAKE", "params": {}}),
    ):
        with pytest.raises(NotFound):
            asked()
    assert "湖滨2期" in shown(homes, "district_manager", "GINKGO")
    assert len(compound.way(homes, view, "GINKGO")[2].beside) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("role", "code"), [("executive", "NONE"), ("district_manager", "LAKE")])
def test_one_that_is_not_there_or_out_of_reach_is_named_alike(
    homes: Stores, cockpit: Dash, language: str, role: str, code: str
) -> None:
    view = view_of(homes, role, language)
    content, crumb, _ = route(homes, view, f"/compounds/{code}", "")
    told = drawn(content)
    assert "page-state" in told
    assert ("没有编号为" if language == "zh" else "There is no compound") in told
    assert code in told and '"href": "/stations"' in told
    assert crumb == compound.PAGE.title(language)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_it_opens_in_both_languages(homes: Stores, cockpit: Dash, language: str) -> None:
    view = view_of(homes, "inspector", language)
    content, crumb, title = route(homes, view, "/compounds/LAKE", "?from=now-7d")
    assert "state-error" not in drawn(content) and "page-state" not in drawn(content)
    assert "crumb-menu" in drawn(crumb) and title
    assert ("枫林苑" if language == "zh" else "Maple Court") in drawn(content)
