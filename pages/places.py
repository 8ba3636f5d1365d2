"""Where things are: what assets/station_map.js draws, within the viewer's scope."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from flask import Blueprint, Response, request

from components.alarm_text import alarm_words
from components.page import View, current
from data.alarms import ANNOUNCED
from data.catalogue.errors import FOLDER
from data.catalogue.indicators import indicators
from data.catalogue.points import station_types
from data.city_map import CityMap, read_city_map
from data.station_rows import CompoundRow, StationRow
from data.stores import Stores
from pages.desk import desk_of
from pages.find_parts import spelled

GONE = ("returned", "latched")
"""States of an alarm whose cause has gone."""
MARKS = ("normal", "alarm", "offline", "unplaced", "under", "above")
"""What the map is filtered by beside types of stations: state, and the house's place."""
METRICS = ("specific_energy", "pressure_compliance", "quality_compliance")
"""Indicators that the map may be coloured by."""
LINES = ("coast", "road")
"""Kinds of line on the city's base map; its districts come from the records."""


def blueprint(stores: Stores) -> Blueprint:
    """Routes of the map's data."""
    city_map(stores.settings.map_file)  # a map that can't be used is told at the start
    routes = Blueprint("places", __name__)

    @routes.get("/api/places/map")
    def lines() -> Response:
        return _reply({"type": "FeatureCollection", "features": features(stores, current())})

    @routes.get("/api/places/stations")
    def stations() -> Response:
        return _reply(places(stores, current()))

    @routes.get("/api/places/figures/<code>")
    def figures(code: str) -> Response:
        return _reply(figure_of(stores, current(), code))

    @routes.get("/api/places/alarms")
    def alarms() -> Response:
        return _reply(worst_alarms(stores, current()))

    return routes


def features(stores: Stores, view: View) -> list[dict[str, Any]]:
    """Districts with a boundary as polygons with name, label place and count, then the lines."""
    counts: dict[int, int] = {}
    for station in stores.stations.all(view.scope):
        counts[station.district_id] = counts.get(station.district_id, 0) + 1
    found = [
        {
            "type": "Feature",
            "properties": {
                "kind": "district",
                "name": row.name(view.language),
                "count": view.text("shell.stations", n=f"{counts.get(row.id, 0):,}"),
                "label": [row.label_latitude, row.label_longitude],
            },
            "geometry": {"type": "Polygon", "coordinates": [row.boundary]},
        }
        for row in stores.stations.districts(view.scope)
        if row.boundary
    ]
    return found + list(city_map(stores.settings.map_file).features)


def places(stores: Stores, view: View) -> dict[str, Any]:
    """One list a quantity: id, code, name, district, type, underground, lat, lon; `search` holds
    what a house is found by, its compound's names and pinyin among it; `source` says whose the base
    map is."""
    rows = stores.stations.all(view.scope)
    compounds = stores.stations.compounds(view.scope)
    districts = {d.id: d for d in stores.stations.districts(view.scope)}
    kinds = station_types()
    return {
        "id": [s.id for s in rows],
        "code": [s.code for s in rows],
        "name": [s.name(view.language) for s in rows],
        "search": [_searched(s, compounds.get(s.compound_id or 0)) for s in rows],
        "district": [districts[s.district_id].name(view.language) for s in rows],
        "district_code": [districts[s.district_id].code for s in rows],
        "type": [s.type for s in rows],
        "type_name": [
            kinds[s.type].zh if view.language == "zh" else kinds[s.type].en for s in rows
        ],
        "underground": [int(s.underground) for s in rows],
        "lat": [s.latitude for s in rows],
        "lon": [s.longitude for s in rows],
        "source": city_map(stores.settings.map_file).source(view.language),
    }


def _searched(house: StationRow, compound: CompoundRow | None) -> str:
    """Each word once: a name of the compound is most often that of the house."""
    names = [house.name_zh, house.name_en, house.address_zh, house.address_en, house.code,
             *spelled(house.name_zh)]  # fmt: skip
    if compound is not None:
        names += [compound.name_zh, compound.name_en, compound.code, *spelled(compound.name_zh)]
    return " ".join(dict.fromkeys(name.lower() for name in names))


def figure_of(stores: Stores, view: View, code: str) -> dict[str, float]:
    """Station id -> an indicator of METRICS over the last seven whole days, where it is known."""
    if code not in METRICS or not indicators()[code].allowed(view.user.role):
        return {}
    last = view.now.astimezone(view.zone).date() - timedelta(days=1)
    told = desk_of(stores).figures(view, code, last - timedelta(days=6), last, ["station"])
    return {str(id): round(f.value, 4) for id, f in told.items() if f.value is not None}


def worst_alarms(stores: Stores, view: View) -> dict[str, list[Any]]:
    """Station id -> [level, state, what, active since in ms, number of alarms] of the alarm that
    stands for it: the worst level, there an active one before one whose cause has gone."""
    found: dict[str, list[Any]] = {}
    rows = [r for r in stores.alarms.open(view.scope) if r.state in ANNOUNCED]
    for row in sorted(rows, key=lambda r: (r.level, r.state in GONE, -r.active_at.timestamp())):
        if row.station_id is None:
            continue
        known = found.get(str(row.station_id))
        if known is not None:
            known[4] += 1
            continue
        since = int(row.active_at.timestamp() * 1000)
        words = alarm_words(row.rule, row.place, view.language)
        found[str(row.station_id)] = [row.level, row.state, words, since, 1]
    return found


@lru_cache
def city_map(file: Path | None) -> CityMap:
    """The map of the settings, else the demo city's own. Raises CityMapError."""
    if file is not None:
        return read_city_map(file)
    own = FOLDER / "map.geojson"
    if not own.exists():
        return CityMap()
    rows = json.loads(own.read_text(encoding="utf-8"))["features"]
    return CityMap(tuple(row for row in rows if row["properties"].get("kind") in LINES))


def _reply(body: object) -> Response:
    response = Response(orjson.dumps(body), mimetype="application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response
