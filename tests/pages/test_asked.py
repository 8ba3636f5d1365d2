"""An address that asks in vain says so, on every page, for every parameter that it reads."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from dash import Dash
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from data.catalogue.words import text
from data.stores import Stores
from pages.asked import LONGEST, PARAMETERS
from pages.index import PAGES
from pages.router import route
from tests.pages.conftest import view_of
from tests.pages.looking import drawn

PLACES = {"district": "/districts/east", "compound": "/compounds/GINKGO",
          "station": "/stations/XM-0001", "pump_set": "/stations/XM-0001/L",
          "pump": "/stations/XM-0001/L/1"}  # fmt: skip
PATHS = {m.PAGE.name: PLACES.get(m.PAGE.name, m.PAGE.path) for m in PAGES}
EVERY = [(page, name) for page, checks in PARAMETERS.items() for name in checks]


def said(stores: Stores, page: str, language: str = "zh", **params: str) -> str:
    """What the page of an address says above itself, '' for nothing."""
    view = view_of(stores, "administrator", language)
    content, _, _ = route(stores, view, PATHS[page], f"?{urlencode(params)}")
    assert "page-state" not in drawn(content)
    if getattr(content, "className", "") == "grouped":
        content = content.children[-1]
    if getattr(content, "className", "") != "noticed":
        return ""
    return " ".join(span.children for span in content.children[0].children)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("page", "name"), EVERY)
def test_a_value_that_makes_no_sense_is_named(
    stores: Stores, cockpit: Dash, page: str, name: str, language: str
) -> None:
    told = said(stores, page, language, **{name: "no-such-thing"})
    assert text(language, f"asked.name.{name}") in told
    assert "no-such-thing" in told


@pytest.mark.parametrize("page", [page for page, checks in PARAMETERS.items() if "from" in checks])
@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-03-02", "2026-03-01"), ("2026-03-01", "2026-03-01"), ("2999-01-01", ""),
     ("", "2026-03-01")],
)  # fmt: skip
def test_a_span_that_is_none_is_said(
    stores: Stores, cockpit: Dash, page: str, start: str, end: str
) -> None:
    given_ = {name: value for name, value in (("from", start), ("to", end)) if value}
    told = said(stores, page, **given_)
    assert all(value in told for value in given_.values())


@pytest.mark.parametrize("page", PARAMETERS)
def test_what_makes_sense_is_not_mentioned(stores: Stores, cockpit: Dash, page: str) -> None:
    assert said(stores, page) == ""
    good = {"scope": "d:east", "type": "TANK_VFD", "from": "now-7d", "to": "now-1d", "cmp": "week",
            "align": "date", "at": "XM-0001", "lang": "xx", "utm": "1"}  # fmt: skip
    assert said(stores, page, **good) == ""


@pytest.mark.parametrize(
    ("page", "name", "value"),
    [("points", "lag", "--1"), ("points", "lag", "1001"), ("points", "lag", "²"),
     ("points", "p", "L.Q_OUTX"), ("on_call", "day", "--1"), ("on_call", "day", "9" * 30),
     ("stations", "sort", "-colour"), ("map", "f", "alarm,purple")],
)  # fmt: skip
def test_what_nearly_makes_sense_is_named_too(
    stores: Stores, cockpit: Dash, page: str, name: str, value: str
) -> None:
    told = said(stores, page, **{name: value})
    assert text("zh", f"asked.name.{name}") in told


@pytest.mark.parametrize(
    ("page", "name", "value"),
    [("points", "lag", "best"), ("points", "lag", "-12"), ("points", "p2", "PH.Q_IN"),
     ("on_call", "day", "-7"), ("stations", "sort", "-name"), ("map", "f", "alarm,TANK_VFD"),
     ("alarms", "family", "PU"), ("corrections", "point", "L.P_OUT")],
)  # fmt: skip
def test_what_a_page_can_read_is_not_mentioned(
    stores: Stores, cockpit: Dash, page: str, name: str, value: str
) -> None:
    assert said(stores, page, **{name: value}) == ""


def test_a_filter_of_the_history_that_finds_nothing_says_why(stores: Stores, cockpit: Dash) -> None:
    told = said(stores, "alarms", tab="history", brand="no-such-thing")
    assert "no-such-thing" in told
    assert text("zh", "asked.history") in told


@settings(
    max_examples=40, deadline=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    where=st.sampled_from(EVERY),
    value=st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=200),
)
def test_no_value_at_all_takes_a_page_down(
    stores: Stores, cockpit: Dash, where: tuple[str, str], value: str
) -> None:
    page, name = where
    told = said(stores, page, **{name: value})
    assert len(told) < 40 * LONGEST


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("path", "named", "back"),
    [
        ("/stations/XM-9999", "XM-9999", "/stations"),
        ("/stations/XM-0001/Q", "XM-0001/Q", "/stations/XM-0001"),
        ("/stations/XM-0001/L/9", "XM-0001/L/9", "/stations/XM-0001"),
        ("/districts/nowhere", "nowhere", "/stations"),
        ("/compounds/NONE", "NONE", "/stations"),
        ("/my-indicators?board=9", "9", "/my-indicators"),
    ],
)
def test_what_is_not_there_is_named_with_the_way_back(
    stores: Stores, cockpit: Dash, path: str, named: str, back: str, language: str
) -> None:
    path, _, query = path.partition("?")
    content, _, _ = route(stores, view_of(stores, "executive", language), path, f"?{query}")
    shown = drawn(content)
    assert "page-state" in shown
    assert named in shown
    assert f'"href": "{back}"' in shown


def test_a_house_of_another_district_is_not_told_from_none(stores: Stores, cockpit: Dash) -> None:
    view = view_of(stores, "district_manager")  # district 1; XM-0001 lies in 2
    shown = [drawn(route(stores, view, f"/stations/{code}", "")[0]) for code in
             ("XM-0001", "XM-9999")]  # fmt: skip
    assert shown[0].replace("XM-0001", "") == shown[1].replace("XM-9999", "")
