"""Every page of analysis says in one way when its data are old, incomplete, or none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from dash import Dash, dcc

from components.graph import has_values
from data.stores import Stores
from pages.reach import reach
from pages.router import route
from pages.standing import standing
from tests.pages.conftest import view_of
from tests.pages.days import past, write_days
from tests.pages.looking import drawn

PAGES = ("/energy", "/pumps", "/leakage", "/quality", "/demand", "/comparison", "/indicators")


def shown(stores: Stores, path: str, query: str = "", language: str = "zh") -> Any:
    view = view_of(stores, "administrator", language)
    return drawn(route(stores, view, path, query)[0])


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_data_that_end_early_are_dimmed_and_dated(
    stores: Stores, cockpit: Dash, path: str, language: str
) -> None:
    days = past(stores, 40, end=4)
    write_days(stores, days)
    view = view_of(stores, "administrator", language)
    told = shown(stores, path, language=language)
    assert view.text("standing.stale", at=max(days), age=3) in told
    assert "-page stale" in told


@pytest.mark.parametrize("path", PAGES)
def test_a_part_of_the_data_is_told_with_its_share_and_the_reason(
    stores: Stores, cockpit: Dash, path: str
) -> None:
    ids = [s.id for s in stores.stations.all()]
    write_days(stores, past(stores, 60, end=0), ids[:3])
    view = view_of(stores, "administrator")
    told = shown(stores, path, "?sel=" if path == "/comparison" else "")
    reason = view.text("standing.silent", n=len(ids) - 3, of=len(ids))
    if path != "/comparison":  # it is about the stations that it compares, not about all
        assert view.text("standing.partial", share="50.0%", reason=reason) in told
    assert "-page stale" not in told


def test_hours_offline_are_the_reason_where_every_house_has_days(
    stores: Stores, cockpit: Dash
) -> None:
    write_days(stores, past(stores, 40, end=0), online=0.8)
    view = view_of(stores, "administrator")
    reason = view.text("standing.gaps")
    assert view.text("standing.partial", share="80.0%", reason=reason) in shown(stores, "/energy")


@pytest.mark.parametrize("path", PAGES)
def test_whole_data_are_nothing_to_speak_of(stores: Stores, cockpit: Dash, path: str) -> None:
    write_days(stores, past(stores, 60, end=0))
    told = shown(stores, path)
    assert '"fell-back standing"' not in told
    assert "-page stale" not in told


@pytest.mark.parametrize("path", [p for p in PAGES if p != "/demand"])
def test_an_empty_span_has_a_sentence_and_a_way_out_but_no_axis(
    stores: Stores, cockpit: Dash, path: str
) -> None:
    days = past(stores, 10)
    write_days(stores, days)
    told = shown(stores, path, "?from=2020-01-01&to=2020-01-08")
    view = view_of(stores, "administrator")
    place = view.text("shell.city")
    sentence = view.text("standing.empty", place=place, first="2020-01-01", last="2020-01-07")
    assert sentence in told
    assert view.text("standing.to_newest") in told
    assert f"from={min(past(stores, 7))}" in told
    assert '"Graph"' not in told


EMPTY = (
    "/quality", "/demand", "/corrections?sel=st:XM-0001",
    "/comparison?sel=st:XM-0001,st:XM-0002&tab=day",
    "/comparison?sel=st:XM-0001,st:XM-0002&tab=efficiency",
)  # fmt: skip
"""Pages whose charts need more than the days of stations."""


@pytest.mark.parametrize("address", [*EMPTY, "/energy", "/leakage", "/alarm-statistics"])
def test_a_panel_without_data_in_the_span_says_so_in_place_of_a_chart(
    stores: Stores, cockpit: Dash, address: str
) -> None:
    write_days(stores, past(stores, 60, end=0))
    path, _, query = address.partition("?")
    view = view_of(stores, "administrator")
    content = route(stores, view, path, query)[0]
    charts = [part for part in every(content) if isinstance(part, dcc.Graph)]
    assert [chart.id for chart in charts if not has_values(chart.figure)] == []
    assert bool(charts) == (address not in EMPTY)
    assert (view.text("state.no_data") in drawn(content)) == (address in EMPTY)


def every(element: Any) -> Iterator[Any]:
    """The element and all within it."""
    yield element
    inside = getattr(element, "children", None)
    for part in inside if isinstance(inside, list | tuple) else [inside]:
        if part is not None:
            yield from every(part)


def test_a_district_without_data_leads_to_the_city(stores: Stores, cockpit: Dash) -> None:
    west = [s.id for s in stores.stations.all() if s.district_id == 2]
    write_days(stores, past(stores, 40), west)
    told = shown(stores, "/energy", "?scope=d:east")
    view = view_of(stores, "administrator")
    assert view.text("standing.to_city") in told
    assert '"href": "/energy"' in told


def test_a_city_of_its_first_day_leads_to_what_comes_in(stores: Stores, cockpit: Dash) -> None:
    view = view_of(stores, "administrator")
    assert view.text("standing.none_yet") in shown(stores, "/energy")
    write_days(stores, past(stores, 1, end=0))
    told = shown(stores, "/pumps")
    assert view.text("standing.none_yet") in told
    assert '"href": "/system"' in told


def test_share_is_of_all_days_that_are_due(stores: Stores) -> None:
    days = past(stores, 10)
    write_days(stores, days[:8], online=0.5)
    view = view_of(stores, "administrator")
    found = standing(stores, view, reach(stores, view), min(days), max(days))
    assert found.share == pytest.approx(0.4)
    assert (found.newest, found.due, found.silent) == (max(days), max(days), 0)
    assert not found.stale
