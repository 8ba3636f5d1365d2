"""The way down from the city to a pump: what each step shows, keeps and refuses."""

from __future__ import annotations

import re

import pytest

from components.crumbs import AROUND, Step, crumbs
from data.rights import NotFound
from data.stores import Stores
from pages import cockpit, district, drill, pump, pump_set, station
from pages.cockpit_facts import FactsDesk
from pages.cockpit_later import LaterDesk
from pages.index import PAGES
from pages.router import route
from tests.pages.conftest import view_of
from tests.pages.looking import drawn

CODE = "XM-0001"
KEPT = {"from": "now-7d", "cmp": "yoy", "type": "TANK_VFD"}


def test_each_step_leads_one_level_down_and_keeps_time_comparison_and_filter(
    stores: Stores,
) -> None:
    view = view_of(stores, "executive", **KEPT, tab="trends", sel="x")
    steps = pump.way(stores, view, CODE, "L", "2")
    query = "?from=now-7d&cmp=yoy&type=TANK_VFD"
    assert [step.href for step in steps] == [
        f"/{query}", f"/districts/west{query}", f"/stations/{CODE}{query}",
        f"/stations/{CODE}/L{query}", f"/stations/{CODE}/L/2{query}",
    ]  # fmt: skip
    assert [step.name for step in steps] == ["全市", "西区", "湖滨1期", "1# 泵组 · 低区", "2# 水泵"]
    for step in steps[1:]:
        assert step.beside[step.here] == (step.name, step.href)
    assert [name for name, _ in steps[1].beside] == ["东区", "西区"]
    assert [name for name, _ in steps[2].beside] == ["湖滨1期", "湖滨3期", "湖滨5期"]
    assert len(steps[4].beside) == 2


def test_the_ways_of_the_pages_are_parts_of_the_longest(stores: Stores) -> None:
    view = view_of(stores, "executive", **KEPT)
    whole = pump.way(stores, view, CODE, "L", "1")
    assert pump_set.way(stores, view, CODE, "L") == whole[:4]
    assert station.way(stores, view, CODE) == whole[:3]
    assert district.way(stores, view, "west") == whole[:2]


def test_another_type_narrows_the_siblings_but_never_hides_the_house_itself(
    stores: Stores,
) -> None:
    steps = station.way(stores, view_of(stores, "executive", type="REGIONAL"), CODE)
    assert [name for name, _ in steps[2].beside] == ["湖滨1期"]


def test_a_long_row_of_siblings_shows_those_around_and_a_link_to_all(stores: Stores) -> None:
    beside = [(f"n{i}", f"/stations/{i}") for i in range(100)]
    text = drawn(crumbs(view_of(stores, "executive"), [
        Step("city", "/"), Step("n50", "/stations/50", beside, 50, "/districts/west"),
    ]))  # fmt: skip
    assert text.count('class=\\"crumb-next\\"') == 2
    assert "n49" in text and f"n{50 - AROUND}<" in text and f"n{50 - AROUND - 1}<" not in text
    assert '/districts/west\\"' in text and "100" in text


def test_whoever_has_one_district_sees_no_other(stores: Stores) -> None:
    view = view_of(stores, "district_manager")
    for asked in (
        lambda: district.layout(stores, view, "west"),
        lambda: district.way(stores, view, "west"),
        lambda: pump_set.layout(stores, view, CODE, "L"),
        lambda: pump.layout(stores, view, CODE, "L", "1"),
        lambda: pump.analysis(stores, view, {"params": {}, "code": CODE, "zone": "L", "pump": "1"}),
    ):
        with pytest.raises(NotFound):
            asked()
    steps = district.way(stores, view, "east")
    assert [name for name, _ in steps[1].beside] == ["东区"]
    assert "湖滨1期" not in drawn(district.layout(stores, view, "east"))


@pytest.mark.parametrize("part", [("X", "1"), ("M", "9"), ("L", "0"), ("L", "٣"), ("L", "-1")])
def test_a_set_or_pump_that_is_not_there_is_not_found(
    stores: Stores, part: tuple[str, str]
) -> None:
    view = view_of(stores, "engineer")
    with pytest.raises(NotFound):
        pump.layout(stores, view, CODE, *part)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "path", ["/districts/west", f"/stations/{CODE}/L", f"/stations/{CODE}/M/2", f"/stations/{CODE}"]
)
def test_every_level_opens_in_both_languages(stores: Stores, path: str, language: str) -> None:
    content, crumb, title = route(
        stores, view_of(stores, "executive", language), path, "?from=now-7d"
    )
    assert "crumb-menu" in drawn(crumb) or "crumb-step" in drawn(crumb)
    told = drawn(content)
    assert "state-error" not in told and "没有找到" not in told and "Not found" not in told
    assert title


def test_a_district_lists_its_houses_the_most_urgent_first(stores: Stores) -> None:
    text = drawn(district.layout(stores, view_of(stores, "executive", **KEPT), "west"))
    first, second = text.index("湖滨1期"), text.index("湖滨3期")
    assert first < second  # the first has an open alarm of level 2
    assert f"/stations/{CODE}?from=now-7d&amp;cmp=yoy&amp;type=TANK_VFD" in text
    assert "湖滨2期" not in text


def test_the_sets_of_a_house_are_one_click_away(stores: Stores) -> None:
    text = drawn(station.layout(stores, view_of(stores, "executive", **KEPT), CODE))
    assert f"/stations/{CODE}/L?from=now-7d&cmp=yoy&type=TANK_VFD" in text
    assert f"/stations/{CODE}/M?" in text


def test_curves_are_told_over_the_last_month_when_the_range_is_short(stores: Stores) -> None:
    first, last = pump.analysed(view_of(stores, "engineer"))
    assert (last - first).days + 1 == pump.USUAL
    first, last = pump.analysed(view_of(stores, "engineer", **{"from": "now-90d"}))
    assert 85 <= (last - first).days <= 91


def test_names_of_sets_say_their_zone_only_where_there_are_several(stores: Stores) -> None:
    view = view_of(stores, "engineer", "en")
    alone = next(s for s in stores.stations.all() if len(s.sets) == 1)
    assert drill.set_name(view, alone, "L") == "Set 1"


def test_every_figure_of_the_cockpit_leads_to_a_page_that_explains_it(stores: Stores) -> None:
    view = view_of(stores, "executive")
    shown = cockpit.show_facts(stores, view, FactsDesk(stores), LaterDesk(stores))
    text = drawn(shown) + drawn(cockpit.show_lists(stores, view))
    hrefs = set(re.findall(r'"href": "([^"]+)"', text))
    wanted = {"/demand", "/indicators", "/quality", "/energy", "/map", "/alarms", "/work-orders"}
    paths = {href.partition("?")[0] for href in hrefs}
    assert wanted | {"/districts/east", "/districts/west"} <= paths
    for path in paths:
        found = [m.PAGE for m in PAGES if m.PAGE.match(path) is not None]
        assert len(found) == 1, path
        assert view.may_open(found[0]), path
