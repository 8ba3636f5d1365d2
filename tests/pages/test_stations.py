"""The list of stations: column sets, filters, order, files, comparison."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from data.catalogue.column_sets import column_sets
from data.catalogue.errors import CatalogueError
from data.rights import ROLES
from data.stores import Stores
from pages import stations
from pages.stations_rows import heading, shown_columns, station_rows
from tests.pages.conftest import view_of
from tests.pages.looking import clicked, drawn

CSV = '{"index":"csv","type":"stations-export"}'


def lines(file: dict[str, str]) -> list[str]:
    return base64.b64decode(file["content"]).decode("utf-8-sig").splitlines()


def test_the_list_is_scoped_and_searchable(stores: Stores) -> None:
    everyone = station_rows(stores, view_of(stores, "engineer"))
    assert [row["state"] for row in everyone] == [2, 0, 0, 0, 0, 5]
    assert everyone[0]["live_L_P_OUT"] == 0.35
    own = station_rows(stores, view_of(stores, "district_manager"))
    assert {row["code"] for row in own} < {row["code"] for row in everyone}
    with clicked(CSV):
        file = stations.take_away(stores, view_of(stores, "engineer"), 1, None, "湖滨3期")
    found = lines(file)
    assert len(found) == 2
    assert found[1].startswith("湖滨3期,XM-0003")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", column_sets())
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_set_opens_for_every_role_in_both_languages(
    stores: Stores, role: str, name: str, language: str
) -> None:
    view = view_of(stores, role, language, set=name)
    told = drawn(stations.layout(stores, view))
    for column in shown_columns(view):
        assert json.dumps(heading(view, column), ensure_ascii=False)[1:-1] in told
        assert all(column.field in row for row in station_rows(stores, view))


def test_a_figure_that_the_role_may_not_see_is_no_column(stores: Stores) -> None:
    full = shown_columns(view_of(stores, "administrator", set="leakage"))
    less = shown_columns(view_of(stores, "inspector", set="leakage"))
    assert {c.name for c in full} > {c.name for c in less}
    rows = station_rows(stores, view_of(stores, "inspector", set="leakage"))
    hidden = {c.field for c in full} - {c.field for c in less}
    assert not hidden & {key for row in rows for key in row}


def test_filters_of_the_url_narrow_list_and_file(stores: Stores) -> None:
    view = view_of(stores, "engineer", scope="d:west", state="alarm", set="record")
    assert [row["code"] for row in station_rows(stores, view)] == ["XM-0001"]
    with clicked(CSV):
        url = "?set=record&scope=d:west&state=normal&sort=-record_households"
        file = stations.take_away(stores, view_of(stores, "engineer"), 1, None, "", None, url)
    head, *rows = lines(file)
    assert head.split(",")[:5] == ["名称", "编号", "小区", "片区", "类型"]
    assert [row.split(",")[1] for row in rows] == ["XM-0005", "XM-0003"]


def test_a_silent_house_shows_its_last_values_as_old(stores: Stores) -> None:
    rows = station_rows(stores, view_of(stores, "engineer"))
    assert rows[-1]["live_L_P_OUT_look"] == "stale"
    assert "live_L_P_OUT_look" not in rows[0]


def test_only_what_is_ticked_is_compared_and_taken(stores: Stores) -> None:
    view = view_of(stores, "engineer")
    every = station_rows(stores, view)
    url = "?from=now-30d&type=TANK_VFD"
    link = drawn(stations.compare(stores, view, every[:2], url))
    assert "/comparison?from=now-30d&type=TANK_VFD&sel=st%3AXM-0001%2Cst%3AXM-0002" in link
    assert "href" not in drawn(stations.compare(stores, view, [], url))
    assert "href" not in drawn(stations.compare(stores, view, every * 2, url))
    with clicked(CSV):
        file = stations.take_away(stores, view, 1, None, "", every[1:3], "")
    assert {row.split(",")[1] for row in lines(file)[1:]} == {"XM-0002", "XM-0003"}
    with clicked(CSV):  # a row of another district, put into the request by hand
        own = view_of(stores, "district_manager")
        file = stations.take_away(stores, own, 1, None, "", every[:2], "")
    assert {row.split(",")[1] for row in lines(file)[1:]} == {"XM-0002"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{ code = "a", zh = "甲", en = "A", columns = ["live:X.Y"] }', "columns"),
        ('{ code = "a", zh = "甲", en = "A", columns = ["figure:nothing"] }', "columns"),
        ('{ code = "a", zh = "甲", en = "A", columns = ["figure:mttr"] }', "columns"),
        ('{ code = "a", zh = "甲", en = "A", columns = ["record:host"] }', "columns"),
        ('{ code = "a", zh = "甲", en = "A", columns = ["pumps"] }', "columns"),
        ('{ code = "a", zh = "甲", en = "A", columns = [] }', "columns"),
        ('{ code = "a", zh = "甲", columns = ["record:pumps"] }', "en"),
        ("", "sets"),
    ],
)
def test_a_broken_set_names_file_row_and_field(tmp_path: Path, body: str, field: str) -> None:
    file = tmp_path / "column_sets.toml"
    file.write_text(f"sets = [{body}]", encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        column_sets(file)
    assert caught.value.field == field
    assert "column_sets.toml" in str(caught.value)
