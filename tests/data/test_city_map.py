"""The customer's base map: what is drawn, and what is refused with file and feature."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from data.city_map import KINDS, CityMapError, read_city_map

LINE = {"type": "LineString", "coordinates": [[118.0, 24.4], [118.2, 24.5]]}


def feature(kind: str = "coast", geometry: Any = LINE, **more: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"kind": kind, **more}, "geometry": geometry}


def written(tmp_path: Path, *features: Any, **more: Any) -> Path:
    file = tmp_path / "city.geojson"
    body = {"type": "FeatureCollection", "features": list(features), **more}
    file.write_text(json.dumps(body), encoding="utf-8")
    return file


def test_lines_and_areas_are_read_and_foreign_properties_left_out(tmp_path: Path) -> None:
    ring = [[118.0, 24.4], [118.2, 24.4], [118.2, 24.6], [118.0, 24.4]]
    area = {"type": "Polygon", "coordinates": [ring]}
    areas = {"type": "MultiPolygon", "coordinates": [[ring], [ring]]}
    rows = [feature(kind, owner="secret") for kind in KINDS]
    rows += [feature("water", area), feature("water", areas)]
    found = read_city_map(written(tmp_path, *rows, source_zh="甲", source_en="A", datum="CGCS2000"))
    assert len(found.features) == len(KINDS) + 2
    assert all(set(row["properties"]) == {"kind"} for row in found.features)
    assert (found.source("zh"), found.source("en")) == ("甲", "A")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (feature("castle"), "kind 'castle'"),
        (feature(geometry={"type": "Point", "coordinates": [118, 24]}), "geometry 'Point'"),
        (feature(geometry=None), "geometry 'None'"),
        (feature(geometry={"type": "LineString", "coordinates": [[118, 24]]}), "fewer than two"),
        (
            feature(geometry={"type": "LineString", "coordinates": [[24, 118], [25, 119]]}),
            "degrees",
        ),
        (feature(geometry={"type": "LineString", "coordinates": [[1e6, 2e6], [1, 2]]}), "degrees"),
        (feature(geometry={"type": "LineString", "coordinates": [["118", 24], [1, 2]]}), "degrees"),
        (feature(geometry={"type": "Polygon", "coordinates": [[118, 24], [1, 2]]}), "degrees"),
        ({"type": "Thing"}, "not a Feature"),
        (7, "not a Feature"),
    ],
)
def test_a_feature_that_cannot_be_drawn_is_named(tmp_path: Path, bad: Any, why: str) -> None:
    file = written(tmp_path, feature(), feature("road"), bad)
    with pytest.raises(CityMapError) as caught:
        read_city_map(file)
    assert caught.value.feature == 3
    assert str(file) in str(caught.value) and "feature 3" in str(caught.value)
    assert why in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type": "Topology"}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "city.geojson"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CityMapError, match=r"city\.geojson"):
        read_city_map(file)


def test_shifted_coordinates_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CityMapError, match="GCJ-02"):
        read_city_map(written(tmp_path, feature(), datum="GCJ-02"))
    with pytest.raises(CityMapError, match="can't be read"):
        read_city_map(tmp_path / "none.geojson")
