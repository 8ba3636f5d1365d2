"""The map's list of filters and its inspector."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import plotly.utils
import pytest

from app import create_app
from components import station_map
from data.city_map import CityMapError
from data.stores import Stores
from pages import map as page
from pages import places
from tests.pages.conftest import view_of


def text_of(element: Any) -> str:
    return json.dumps(element, cls=plotly.utils.PlotlyJSONEncoder, ensure_ascii=False)


def test_the_inspector_tells_what_is_wrong_and_the_way_in(stores: Stores) -> None:
    shown = text_of(page.inspect(stores, view_of(stores, "dispatcher"), "XM-0001"))
    assert "水泵故障 · 低区 2# 泵" in shown
    assert '"/stations/XM-0001"' in shown
    for code in ("T1.LEVEL", "L.P_OUT", "L.Q_OUT", "WQ.CL_OUT"):
        assert f'"data-bind": "{code}"' in shown
    assert '"data-station": "XM-0001"' in shown


def test_a_silent_station_is_marked_as_such(stores: Stores) -> None:
    shown = text_of(page.inspect(stores, view_of(stores, "dispatcher", "en"), "XM-0006"))
    assert "Offline" in shown


def test_nothing_chosen_and_out_of_reach_look_the_same(stores: Stores) -> None:
    assert page.inspect(stores, view_of(stores, "dispatcher"), None) is None
    assert page.inspect(stores, view_of(stores, "dispatcher"), "XM-9999") is None
    assert page.inspect(stores, view_of(stores, "district_manager"), "XM-0001") is None


def test_the_url_chooses_a_station_within_reach_only(stores: Stores) -> None:
    def chosen(role: str, code: str) -> Any:
        layout = page.layout(stores, view_of(stores, role, station=code))
        return layout.children[0].data

    assert chosen("dispatcher", "XM-0001") == "XM-0001"
    assert chosen("dispatcher", "<b>") is None
    assert chosen("district_manager", "XM-0001") is None


def test_filters_offer_the_types_that_there_are(stores: Stores) -> None:
    shown = text_of(page.layout(stores, view_of(stores, "dispatcher")))
    assert '"data-map-filter": "TANK_VFD"' in shown
    assert '"data-map-filter": "STACKED"' not in shown


def test_the_map_asks_for_no_tiles_and_brings_its_own_marks(stores: Stores) -> None:
    made = station_map.station_map("map-canvas", view_of(stores, "dispatcher"), "map-selected")
    shown = text_of(made)
    assert "TileLayer" not in shown
    assert "http" not in shown.replace("/api/", "")
    signs = json.loads(made.to_plotly_json()["props"]["data-signs"])
    assert sorted(signs) == [f"{n}{kind}" for n in "1234" for kind in ("", "r", "u")]
    assert "无审图号" in shown


def test_the_utilitys_own_map_is_drawn_and_named(stores: Stores, tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": [[118.0, 24.4], [118.2, 24.5]]}
    row = {"type": "Feature", "properties": {"kind": "water"}, "geometry": line}
    file = tmp_path / "own.geojson"
    body = {"type": "FeatureCollection", "features": [row], "source_zh": "审图号 甲"}
    file.write_text(json.dumps(body), encoding="utf-8")
    own = replace(stores, settings=stores.settings.model_copy(update={"map_file": file}))
    view = view_of(stores, "engineer")
    kinds = [f["properties"]["kind"] for f in places.features(own, view)]
    assert kinds == ["district", "district", "water"]
    assert places.places(own, view)["source"] == "审图号 甲"
    broken = tmp_path / "broken.geojson"
    broken.write_text("{}", encoding="utf-8")
    wrong = replace(stores, settings=stores.settings.model_copy(update={"map_file": broken}))
    with pytest.raises(CityMapError, match=r"broken\.geojson"):
        create_app(wrong)


def test_the_map_is_coloured_by_what_the_role_may_see(stores: Stores) -> None:
    view = view_of(stores, "engineer")
    assert places.figure_of(stores, view, "households") == {}
    assert places.figure_of(stores, view, "specific_energy") == {}  # nothing is known yet
    assert 'data-map-colour": "specific_energy' in text_of(page.layout(stores, view))
