"""Panels that a wall of two screens has room for: the hours of the districts, energy against last
year, and where a cubic metre and metre of lift cost most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from dash import dcc, html

from components import formats
from components.page import View
from components.spark import spark
from components.states import empty, loading
from components.tables import Field, table
from data.catalogue.indicators import indicators
from data.station_rows import StationRow
from data.stations import DistrictRow
from pages.cockpit_facts import CityFacts
from pages.cockpit_later import ENERGY, Later

HOURS = 24
WIDEST = 0.25
"""Deviation from yesterday's hour that has the full colour."""
WORST = 12


def hour_map(view: View, facts: CityFacts, districts: Sequence[DistrictRow]) -> Any:
    """Each hour of today against the same one of yesterday, a row a district."""
    lines = []
    for district in districts:
        now, before = (_hours(facts.flow(back, district.id)) for back in (0, 1))
        name = district.name(view.language)
        cells = [
            _cell(name, hour, a, b) for hour, (a, b) in enumerate(zip(now, before, strict=True))
        ]
        lines.append(
            html.Div([html.Span(name, className="bullet-name"), *cells], className="hours")
        )
    if not facts.curve.height:
        return empty(view.language, view.text("cockpit.no_history"))
    marks = [html.Span(f"{hour:02d}" if hour % 6 == 0 else "") for hour in range(HOURS)]
    axis = html.Div([html.Span(""), *marks], className="hours hint")
    return html.Div([*lines, axis], className="hour-map")


def _hours(quarters: Sequence[float | None]) -> list[float]:
    """Means of whole hours, NaN where a quarter is missing or still to come."""
    padded = [*quarters, *[None] * (4 * HOURS - len(quarters))][: 4 * HOURS]
    found = np.array([np.nan if v is None else v for v in padded]).reshape(HOURS, 4)
    return list(found.mean(axis=1).tolist())


def _cell(name: str, hour: int, now: float, before: float) -> html.I:
    """Lighter steel is more than yesterday, sand is less; empty is not known."""
    if np.isnan(now) or np.isnan(before) or before <= 0:
        return html.I(className="hour-cell")
    change = now / before - 1
    share = round(100 * min(abs(change) / WIDEST, 1.0))
    color = "var(--d1)" if change > 0 else "var(--d2)"
    said = f"{name} {hour:02d}:00 · {formats.percent(100 * change, 1, signed=True)}"
    mixed = f"color-mix(in srgb, {color} {share}%, var(--bg2))"
    return html.I(className="hour-cell", title=said, style={"background": mixed})


def energy_year(view: View, facts: CityFacts, later: Later | None) -> Any:
    """kWh/m³ of the last 30 days, dotted the same days of last year, and what they came to."""
    row = indicators()[ENERGY]
    now, mean = facts.daily(row)[:-1], facts.mean(row)
    before, usual = (later.year, later.year_mean) if later else ([], None)
    change = None if mean is None or not usual else 100 * (mean / usual - 1)
    words = [
        html.B(formats.number(mean, row.decimals), className="hero"),
        html.Span(f" {row.unit}", className="unit"),
        html.Span(
            f"{view.text('cockpit.vs_year')} {formats.percent(change, 1, signed=True)}",
            className="hint push",
        ),
    ]
    return html.Div(
        [
            html.Div(words, className="year-words"),
            spark(now, compare=before or None, height=96, floor=0.0),
        ]
    )


def worst_stations(view: View, later: Later | None, stations: Sequence[StationRow]) -> Any:
    """Stations by kWh/m³ of the last 30 days, the dearest first."""
    row, by_id = indicators()[ENERGY], {station.id: station for station in stations}
    rows = later.dearest[:WORST] if later else []
    known = [(by_id[id], value) for id, value in rows if id in by_id]
    if not known:
        return loading() if later is None else empty(
            view.language, view.text("cockpit.no_history")
        )  # fmt: skip
    fields = [
        Field("station", view.text("cockpit.station")),
        Field("value", row.unit, right=True, width="120px"),
    ]
    made = [
        {
            "station": dcc.Link(
                station.name(view.language),
                href=f"/energy?from=now-30d&sel=st:{station.code}",
                title=station.name(view.language),
            ),
            "value": formats.number(value, row.decimals),
        }
        for station, value in known
    ]
    return html.Div(
        table(fields, made, view.text("cockpit.worst"), "worst-rows"), className="clip-rows"
    )
