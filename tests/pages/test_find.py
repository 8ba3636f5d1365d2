"""Search: what is found, by whom, in which order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from components.finder import GOES
from data.stores import Stores
from pages import find
from pages.index import PAGES
from tests.pages.conftest import view_of

SHOWN = [module.PAGE for module in PAGES]


def found(stores: Stores, role: str, words: str, language: str = "zh") -> list[find.Hit]:
    return find.hits(stores, view_of(stores, role, language), SHOWN, words)


@pytest.mark.parametrize("words", ["XM-0003", "xm-0003", "湖滨3期", "lakeside 3", "湖滨3 XM"])
def test_a_house_is_found_by_code_and_by_name_in_both_languages(stores: Stores, words: str) -> None:
    hits = found(stores, "engineer", words)
    assert next(h.href for h in hits if h.kind == "station") == "/stations/XM-0003"


def test_an_address_and_a_district_lead_to_their_houses(stores: Stores) -> None:
    assert len([h for h in found(stores, "engineer", "湖滨路") if h.kind == "station"]) == 6
    hits = found(stores, "engineer", "东区")
    assert hits[0].kind == "district" and hits[0].href == "/districts/east"
    assert {h.href for h in hits if h.kind == "station"} == {
        f"/stations/XM-{n:04d}" for n in (2, 4, 6)
    }


def test_the_whole_name_stands_before_a_part_of_one(stores: Stores) -> None:
    hits = found(stores, "engineer", "报警")
    assert hits[0].href == "/alarms"
    ranks = [h.rank for h in hits]
    assert ranks == sorted(ranks)


def test_whoever_has_one_district_finds_nothing_of_another(stores: Stores) -> None:
    hits = found(stores, "district_manager", "湖滨")
    assert {h.href for h in hits if h.kind == "station"} == {
        f"/stations/XM-{n:04d}" for n in (2, 4, 6)
    }
    assert not found(stores, "district_manager", "XM-0001")
    assert not [h for h in found(stores, "district_manager", "西区") if h.kind == "district"]


def test_a_page_is_found_by_those_who_may_open_it(stores: Stores) -> None:
    assert "/pumps" in {h.href for h in found(stores, "engineer", "水泵")}
    for role in ("inspector", "engineer"):
        view = view_of(stores, role)
        for hit in found(stores, role, "/"):
            page = next(p for p in SHOWN if p.match(hit.href) is not None)
            assert view.may_open(page)
    assert "/pumps" not in {h.href for h in found(stores, "inspector", "水泵")}


def test_nothing_is_asked_by_blanks_and_nothing_found_by_nonsense(stores: Stores) -> None:
    assert not found(stores, "engineer", "  ")
    assert not found(stores, "engineer", "qqqqqq")


def test_the_route_wants_a_login_and_answers_in_the_viewers_language(
    browser: Callable[[str], FlaskClient], cockpit: object
) -> None:
    client = browser("dispatcher")
    rows = client.get("/api/find?q=lakeside+1").get_json()
    assert rows[0] == {
        "kind": "station", "name": "湖滨1期", "note": "XM-0001 · 西区 · 湖滨路",
        "href": "/stations/XM-0001",
    }  # fmt: skip
    assert client.get("/api/find").get_json() == []
    assert cockpit.server.test_client().get("/api/find?q=x").status_code == 401  # type: ignore[attr-defined]


def test_every_key_of_the_map_names_a_page_or_one_to_come() -> None:
    names = {page.name for page in SHOWN} | {"rules"}
    assert set(GOES.values()) <= names


@pytest.mark.parametrize(
    ("words", "href"),
    [
        ("湖滨1期 中区 2号泵", "/stations/XM-0001/M/2"),
        ("XM-0001 M P2", "/stations/XM-0001/M/2"),
        ("lakeside 1 middle pump 2", "/stations/XM-0001/M/2"),
        ("hubin1qi 低区", "/stations/XM-0001/L"),
        ("湖滨1期 低区1#", "/stations/XM-0001/L/1"),
    ],
)
def test_a_set_or_pump_is_found_by_house_zone_and_number(
    stores: Stores, words: str, href: str
) -> None:
    assert found(stores, "engineer", words)[0].href == href


def test_a_pump_that_is_not_there_is_not_found(stores: Stores) -> None:
    assert not [hit for hit in found(stores, "engineer", "XM-0001 L P9") if hit.kind == "part"]
    assert not [hit for hit in found(stores, "engineer", "XM-0001 H") if hit.kind == "part"]


@pytest.mark.parametrize("words", ["hubin1qi", "hb1q", "HuBin1"])
def test_a_house_is_found_by_pinyin(stores: Stores, words: str) -> None:
    assert found(stores, "executive", words)[0].href == "/stations/XM-0001"


def test_a_district_is_found_by_pinyin_and_an_alarm_by_number_within_reach(stores: Stores) -> None:
    assert "/districts/east" in {hit.href for hit in found(stores, "executive", "dongqu")}
    first = next(row for row in stores.alarms.open() if row.district_id == 2)
    [hit] = [hit for hit in found(stores, "dispatcher", str(first.id)) if hit.kind == "alarm"]
    assert hit.href == f"/alarms?sel={first.id}"
    other = found(stores, "district_manager", str(first.id))
    assert not [hit for hit in other if hit.kind == "alarm"]
    lost = found(stores, "district_manager", "XM-0001 M P2")
    assert not [hit for hit in lost if hit.kind == "part"]
