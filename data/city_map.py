"""The customer's own base map: a GeoJSON file of lines and areas, checked before it is drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KINDS = ("coast", "road", "water", "boundary")
"""What a feature may be, in its property `kind`; districts and stations come from the records."""
SHAPES = {"LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}
"""Geometries, and how deep their lists of positions lie."""
DATUMS = ("WGS-84", "CGCS2000")
"""The two differ by centimetres. Shifted coordinates (GCJ-02, BD-09) must be converted before."""
LARGEST = 20_000_000


class CityMapError(ValueError):
    """A base map that can't be used: says file, feature (1 is the first) and why."""

    def __init__(self, file: Path, feature: int, why: str) -> None:
        where = f"feature {feature}: " if feature else ""
        super().__init__(f"{file}: {where}{why}")
        self.file, self.feature, self.why = file, feature, why


@dataclass(frozen=True)
class CityMap:
    """Features as GeoJSON has them, each with its kind; `source_zh`, `source_en`: whose map it is
    and its approval number, '' when the file doesn't say."""

    features: tuple[dict[str, Any], ...] = ()
    source_zh: str = ""
    source_en: str = ""

    def source(self, lang: str) -> str:
        return (self.source_zh if lang == "zh" else self.source_en) or self.source_zh


def read_city_map(file: Path) -> CityMap:
    """The map of a file. Raises CityMapError.

    A FeatureCollection; each feature is a line or area with `kind` (one of KINDS) among its
    properties, longitude before latitude. Members beside `features`: `datum` (one of DATUMS, the
    first unless told), `source_zh`, `source_en`.
    """
    try:
        if file.stat().st_size > LARGEST:
            raise CityMapError(file, 0, f"larger than {LARGEST // 1_000_000} MB")
        body = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise CityMapError(file, 0, f"can't be read: {error.strerror}") from error
    except ValueError as error:
        if isinstance(error, CityMapError):
            raise
        raise CityMapError(file, 0, f"not valid JSON: {error}") from error
    if not isinstance(body, dict) or body.get("type") != "FeatureCollection":
        raise CityMapError(file, 0, "not a FeatureCollection")
    datum = body.get("datum", DATUMS[0])
    if datum not in DATUMS:
        raise CityMapError(file, 0, f"datum '{datum}' must be one of {', '.join(DATUMS)}")
    rows = body.get("features")
    if not isinstance(rows, list):
        raise CityMapError(file, 0, "'features' is no list")
    made = tuple(_feature(file, number, row) for number, row in enumerate(rows, 1))
    return CityMap(made, str(body.get("source_zh", "")), str(body.get("source_en", "")))


def _feature(file: Path, number: int, row: Any) -> dict[str, Any]:
    """The feature with nothing but what is drawn."""
    if not isinstance(row, dict) or row.get("type") != "Feature":
        raise CityMapError(file, number, "not a Feature")
    kind = (row.get("properties") or {}).get("kind")
    if kind not in KINDS:
        raise CityMapError(file, number, f"kind '{kind}' must be one of {', '.join(KINDS)}")
    geometry = row.get("geometry")
    geometry = geometry if isinstance(geometry, dict) else {}
    shape = geometry.get("type")
    if shape not in SHAPES:
        raise CityMapError(file, number, f"geometry '{shape}' must be one of {', '.join(SHAPES)}")
    places = list(_positions(geometry.get("coordinates"), SHAPES[shape]))
    if len(places) < 2:
        raise CityMapError(file, number, "fewer than two positions")
    for place in places:
        if not _earthly(place):
            raise CityMapError(file, number, f"{place} is no longitude and latitude in degrees")
    return {"type": "Feature", "properties": {"kind": kind}, "geometry": geometry}


def _positions(part: Any, depth: int) -> Iterator[Any]:
    """All positions of a geometry; what isn't a list where one belongs is given as it is."""
    if not isinstance(part, list):
        yield part
    elif depth == 1:
        yield from part
    else:
        for inner in part:
            yield from _positions(inner, depth - 1)


def _earthly(place: Any) -> bool:
    if not isinstance(place, list) or len(place) < 2:
        return False
    longitude, latitude = place[:2]
    numbers = all(type(v) in (int, float) for v in (longitude, latitude))
    return numbers and -180 <= longitude <= 180 and -90 <= latitude <= 90
