"""The live mimic of a pump house, drawn from its record: any type, zones, pumps and tanks.

Two drawings of the same symbols: a wide one that follows the water from left to right, and a list
for compact screens and phones; style sheet and width decide which is seen. assets/mimic.js keeps
both alive: values never come through here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dash import html
from markupsafe import Markup

from components.mimic_inlet import inlet, stores, suction
from components.mimic_list import list_drawing
from components.mimic_parts import Words, tag
from components.mimic_plan import WIDTH, Station, bands
from components.mimic_vessels import DEAD_LEVEL, DEFAULT_OVERFLOW
from components.mimic_zone import direct_supply, zone_band
from components.svg import drawing
from data.catalogue.words import words as catalogue

LIVE_WORDS = (
    "state_running", "state_standby", "state_stopped", "state_tripped", "state_unknown",
    "state_open", "state_closed", "state_moving", "state_normal", "state_acting", "deviation",
)  # fmt: skip
"""States that the live feed writes, under `mimic.` in the catalogue."""


def mimic(station: Station, lang: str, levels: Mapping[str, int] | None = None) -> html.Div:
    """The element that shows `station`; its values come with the live feed (assets/mimic.js).

    `levels`: worst open alarm by place or point (L.P2, T1, L.P_OUT), kept fresh by the page.
    """
    said = catalogue(lang)
    area = (station.tank_area or 0.0) / max(station.tanks, 1)
    dead = (station.overflow_level or DEFAULT_OVERFLOW) * DEAD_LEVEL
    bound: dict[str, Any] = {
        "data-levels": json.dumps(dict(levels or {})),
        "data-words": json.dumps({key: said[f"mimic.{key}"] for key in LIVE_WORDS}),
        "data-tanks": str(station.tanks),
        "data-area": f"{area:g}",
        "data-dead": f"{dead:g}",
        "data-zones": " ".join(row.zone for row in station.sets),
    }
    title = said["mimic.title"]
    drawings = [
        drawing(str(wide_drawing(station, said)), title, className="mimic-wide"),
        drawing(str(list_drawing(station, said)), title, className="mimic-list"),
    ]
    return html.Div(drawings, className="mimic", **bound)


def wide_drawing(station: Station, words: Words) -> Markup:
    """The wide drawing: one SVG, WIDTH units across and as tall as the station asks for."""
    height, zones = bands(station)
    if zones:
        body, outlets = stores(station, zones, height, words)
        body += suction(station, zones, outlets)
        body += Markup("").join(zone_band(band, station.type, words) for band in zones)
    else:
        outlets = [(height / 2, None)]
        body = direct_supply(station, height / 2, words)
    return tag(
        "svg", inlet(station, outlets, words), body,
        xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height:g}",
        class_="m-drawing",
    )  # fmt: skip
