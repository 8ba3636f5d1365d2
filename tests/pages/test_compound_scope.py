"""`scope=c:CODE`: a compound wherever a district may stand in an address, a card or the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from dash import Dash, html
from flask.testing import FlaskClient

from data.cards import Card, place_ids
from data.lake_writer import LakeWriter
from data.rights import NotFound
from data.stores import Stores
from pages import energy, my_cards
from pages.alarm_filter import filter_words, narrowed
from pages.alarm_statistics_facts import _within
from pages.api_routes import BASE
from pages.card_figures import figures_of
from pages.reach import reach
from pages.router import route
from tests.pages.conftest import view_of
from tests.pages.days import past, write_days
from tests.pages.looking import drawn
from tests.pages.test_compound import homes  # noqa: F401
from tests.pages.test_standing import every

HOUSES = [1, 3]
PAGES = (
    "/stations", "/alarm-statistics", "/energy", "/pumps", "/leakage", "/comparison", "/demand",
    "/quality", "/indicators",
)  # fmt: skip


@pytest.fixture
def town(homes: Stores) -> Stores:  # noqa: F811
    """LAKE is of the houses 1 and 3, in the west; two weeks of days."""
    write_days(homes, past(homes, 40))
    return homes


def test_a_compound_is_reached_by_its_code(town: Stores) -> None:
    here = reach(town, view_of(town, "engineer", scope="c:LAKE"))
    assert here.ids == HOUSES
    assert (here.label, here.compound and here.compound.code) == ("枫林苑", "LAKE")
    assert here.district is not None and here.district.code == "west"
    typed = reach(town, view_of(town, "engineer", scope="c:LAKE", type="REGIONAL"))
    assert typed.ids == [] and typed.key != here.key
    district = reach(town, view_of(town, "engineer", scope="d:west"))
    assert district.key != here.key and set(here.ids) < set(district.ids)


def test_a_compound_out_of_reach_narrows_nothing_and_is_said(town: Stores, cockpit: Dash) -> None:
    view = view_of(town, "district_manager", scope="c:LAKE")
    assert {s.district_id for s in reach(town, view).stations} == {1}
    said = drawn(route(town, view_of(town, "district_manager"), "/energy", "?scope=c:LAKE")[0])
    assert "fell-back" in said and "LAKE" in said


@pytest.mark.parametrize("path", PAGES)
def test_every_page_takes_a_compound_and_offers_to_find_one(
    town: Stores, cockpit: Dash, path: str
) -> None:
    view = view_of(town, "administrator")
    content = route(town, view, path, "?scope=c:LAKE")[0]
    said = drawn(content)
    assert '"fell-back"' not in said
    options = [part for part in every(content) if isinstance(part, html.Option)]
    chosen = {part.value: part.children for part in options if part.selected}
    assert chosen.get("c:LAKE") == "枫林苑"
    assert '"data-scopes"' in said


def test_energy_adds_up_the_houses_and_their_hours_only(town: Stores) -> None:
    zone = town.settings.zone
    day = past(town, 1)[0]
    start = datetime(day.year, day.month, day.day, tzinfo=zone)
    ms = [int((start + timedelta(hours=h)).timestamp() * 1000) for h in range(24)]
    rows = [(id, at) for id in (1, 2, 3) for at in ms]
    table = pl.DataFrame(rows, schema=["station", "ts"], orient="row").with_columns(
        pl.lit(2.0).alias("F.energy"), pl.lit(450).alias("polls"), pl.lit(3600.0).alias("seconds")
    )
    with LakeWriter(town.settings.lake, town.manifest).change(lambda: datetime.now(UTC)) as one:
        one.write("hour", "all", "day", {n: table[n].to_numpy() for n in table.columns})
    span = {"from": str(day), "to": str(day + timedelta(days=1))}
    it = energy.of(town, view_of(town, "engineer", scope="c:LAKE", **span))
    assert it.now.energy == pytest.approx(2 * 60.0)
    assert sum(it.bands.values()) == pytest.approx(2 * 24 * 2.0)


def test_the_history_of_alarms_is_that_of_the_houses(town: Stores) -> None:
    view = view_of(town, "engineer")
    assert narrowed(town, view, {"scope": "c:LAKE"}) == {"stations": HOUSES}
    assert narrowed(town, view, {"scope": "c:LAKE", "station": "XM-0002"}) == {"stations": []}
    assert narrowed(town, view, {"scope": "c:NOWHERE"}) == {"districts": []}
    assert narrowed(town, view, {"scope": "d:west"}) == {"districts": [2]}
    assert filter_words(town, view, {"scope": "c:LAKE"}) == {"scope": "枫林苑"}
    alarms = pl.DataFrame({"station": [1, 2, 3, None], "district": [2, 2, 2, 2]})
    here = reach(town, view_of(town, "engineer", scope="c:LAKE"))
    assert alarms.filter(_within(here))["station"].to_list() == HOUSES


def test_a_card_may_stand_on_a_compound(town: Stores) -> None:
    view = view_of(town, "engineer")
    card = Card("supply", "c:LAKE", "7d")
    [one] = figures_of(town, view, [card])
    assert one.figure.value == pytest.approx(7 * 2 * 120.0)
    assert one.place == "枫林苑"
    tile = drawn(my_cards._tile(view, one))
    assert "scope=c%3ALAKE" in tile and "compound=LAKE" in tile
    assert my_cards._place(town, view, "枫林苑") == my_cards._place(town, view, "LAKE") == "c:LAKE"
    with pytest.raises(NotFound):
        place_ids(view_of(town, "district_manager").user, town.stations, "c:LAKE")


def test_the_api_narrows_by_a_compound(
    town: Stores, cockpit: Dash, browser: Callable[[str], FlaskClient]
) -> None:
    client = browser("engineer")
    told: Any = client.get(f"{BASE}/stations?compound=LAKE").json
    assert [row["code"] for row in told["items"]] == ["XM-0001", "XM-0003"]
    assert client.get(f"{BASE}/stations?compound=NOWHERE").status_code == 404
    day = past(town, 1)[0]
    told = client.get(f"{BASE}/indicators/supply/values?compound=LAKE&from={day}&to={day}").json
    assert told["items"][0]["figure"]["value"] == pytest.approx(2 * 120.0)
    explained: Any = client.get(
        f"{BASE}/indicators/supply/explain?compound=LAKE&from={day}&to={day}"
    )
    assert "枫林苑" in explained.text or "Maple Court" in explained.text
