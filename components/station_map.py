"""The map of stations: a canvas without tiles, filled and kept fresh by assets/station_map.js.

Normal stations are grey dots; only what is abnormal is a mark. The marks' SVG comes from
`glyphs`, so that there is one drawing of each.
"""

from __future__ import annotations

import json
from typing import Any

import dash_leaflet as dl
from dash import html

from components.glyphs import level_markup, state_markup
from components.page import View

SIZES = {1: 24, 2: 19, 3: 15, 4: 13}
"""px of a mark by level; phones show them at 3/4."""


def station_map(name: str, view: View, select: str = "", children: Any = None) -> html.Div:
    """A map with id `name`. `select` is the id of the dcc.Store that gets the code of a clicked
    station; without it a click opens /map with the station chosen."""
    words = {key: view.text(key) for key in ("state.offline", "state.normal", "map.nobody")}
    return html.Div(
        [
            dl.Map(
                dl.GeoJSON(
                    url="/api/places/map",
                    style={"variable": "pumphouse.map.style"},
                    onEachFeature={"variable": "pumphouse.map.attach"},
                    interactive=False,
                ),
                id=name,
                center=[24.55, 118.1],
                zoom=11,
                preferCanvas=True,
                zoomControl=False,
                attributionControl=False,
                zoomSnap=0,
                zoomDelta=0.75,
                wheelPxPerZoomLevel=90,
                className="map-canvas",
            ),
            _legend(view),
            html.Div(view.text("map.source"), className="map-source"),
            *(children or ()),
        ],
        className="map-box",
        **{
            "data-map": name,
            "data-select": select,
            "data-signs": json.dumps(_signs()),
            "data-map-words": json.dumps(words, ensure_ascii=False),
        },
    )


def _signs() -> dict[str, str]:
    """SVG text of each mark: active, u = active and unseen, r = returned and unseen."""
    found = {}
    for level, size in SIZES.items():
        found[f"{level}"] = level_markup(level, "acknowledged", size)
        found[f"{level}u"] = level_markup(level, "unacknowledged", size)
        found[f"{level}r"] = level_markup(level, "returned", size)
    return found


def _legend(view: View) -> html.Div:
    """Stations by state, with counts that the script fills."""
    entries: list[tuple[str, str, str]] = [("0", state_markup("normal", 14), "state.normal")]
    entries += [(str(n), level_markup(n, size=13), f"level.{n}") for n in (1, 2, 3, 4)]
    entries.append(("5", state_markup("offline", 14), "state.offline"))
    return html.Div(
        [
            html.Div(
                [
                    html.Span(className="legend-sign", **{"data-svg": markup}),
                    html.Span(view.text(key)),
                    html.B("—", **{"data-state-count": state}),
                ],
                className="legend-item",
            )
            for state, markup, key in entries
        ],
        className="map-legend",
    )
