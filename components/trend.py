"""A trend: measured lines over time with what they must be read against.

Normal band, set point, limit, the same time yesterday or last week, alarms, and where now is.
The figure is put together as plain data: Plotly's own objects cost ten times as much to make.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.graph import plain
from components.theme import SERIES, tokens

NONE = np.empty(0)
BAND_SHARE = 0.6
"""Part of the height that a normal band takes at most."""
SYMBOLS = {1: "square", 2: "triangle-up", 3: "diamond", 4: "circle"}
"""Marker of each alarm level: its shape elsewhere."""


@dataclass(frozen=True)
class Line:
    """One measured line, NaN in its gaps. `low` and `high` are the extremes within each step,
    where they are kept; `compare` holds the values over the trend's `compare_times`."""

    name: str
    values: np.ndarray
    low: np.ndarray = field(default_factory=lambda: NONE)
    high: np.ndarray = field(default_factory=lambda: NONE)
    compare: np.ndarray = field(default_factory=lambda: NONE)


@dataclass(frozen=True)
class Event:
    """An alarm on the time axis."""

    at: np.datetime64
    level: int
    label: str


@dataclass(frozen=True)
class Trend:
    """What one chart shows. All times are times of the site without a zone (datetime64)."""

    unit: str
    decimals: int
    times: np.ndarray
    lines: Sequence[Line]
    start: np.datetime64
    end: np.datetime64
    now: np.datetime64
    compare_times: np.ndarray = field(default_factory=lambda: np.empty(0, "datetime64[ms]"))
    """Already moved on to the times they are compared with."""
    compare_name: str = ""
    band: tuple[float, float] | None = None
    setpoints: Sequence[float] = ()
    limit: float | None = None
    limit_level: int = 0
    from_zero: bool = False
    events: Sequence[Event] = ()


def trend(chart: Trend, theme: str) -> go.Figure:
    """The figure; lines take their colours in the order given, six at most."""
    colors = tokens(theme)
    traces: list[dict[str, Any]] = []
    lines = chart.lines[: len(SERIES)]
    for one, name in zip(lines, SERIES, strict=False):
        traces += _measured(chart, one, colors[name], colors, alone=len(lines) == 1)
    traces += _events(chart, colors)
    layout: dict[str, Any] = {
        "shapes": _background(chart, colors),
        "xaxis": _time_axis(chart),
        "yaxis": _value_axis(chart),
        "margin": {"l": 8, "r": 12, "t": 20 if len(lines) > 1 else 8, "b": 24},
        "annotations": [_names(lines, colors)] if len(lines) > 1 else [],
    }
    return plain(theme, traces, layout)


def site_time(at: datetime, zone: Any) -> np.datetime64:
    """A time as the axis of a trend wants it."""
    return np.datetime64(at.astimezone(zone).replace(tzinfo=None), "ms")


def _background(chart: Trend, colors: dict[str, str]) -> list[dict[str, Any]]:
    """Band, set points, limit and the line of now, as shapes."""
    shapes: list[dict[str, Any]] = []
    across = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "layer": "below"}
    if chart.band is not None:
        low, high = chart.band
        filled = {"fillcolor": colors["band"], "line": {"width": 0}}
        shapes.append({**across, "type": "rect", "y0": low, "y1": high, **filled})
    for level in chart.setpoints:
        line = {"color": colors["accent"], "width": 1}
        shapes.append({**across, "y0": level, "y1": level, "line": line})
    if chart.limit is not None:
        name = "p1" if chart.limit_level == 1 else f"p{chart.limit_level or 3}-edge"
        line = {"color": colors[name], "width": 1, "dash": "dash"}
        shapes.append({**across, "y0": chart.limit, "y1": chart.limit, "line": line})
    if chart.start < chart.now < chart.end:
        line = {"color": colors["line3"], "width": 1}
        at = str(chart.now)
        shapes.append(
            {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": at, "x1": at, "line": line}
        )
    return shapes


def _measured(
    chart: Trend, one: Line, color: str, colors: dict[str, str], alone: bool
) -> list[dict[str, Any]]:
    """Compared line, tint from lowest to highest, and the line itself on top."""
    hover = f"%{{y:,.{chart.decimals}f}} {chart.unit}"
    base = {"type": "scatter", "mode": "lines", "connectgaps": False}
    found: list[dict[str, Any]] = []
    if len(one.compare):
        dotted = {"color": colors["fg3"], "width": 1, "dash": "dot"}
        name = f"{one.name} · {chart.compare_name}"
        found.append(
            {**base, "x": chart.compare_times, "y": one.compare, "line": dotted, "name": name}
            | {"hovertemplate": hover}
        )
    if alone and len(one.low):
        quiet = {**base, "x": chart.times, "line": {"width": 0}, "hoverinfo": "skip", "name": ""}
        tint = {"fill": "tonexty", "fillcolor": _faint(color)}
        found += [{**quiet, "y": one.low}, {**quiet, "y": one.high, **tint}]
    line = {"color": color, "width": 2 if alone else 1.6}
    shown = {"x": chart.times, "y": one.values, "line": line, "name": one.name}
    return [*found, {**base, **shown, "hovertemplate": hover}]


def _events(chart: Trend, colors: dict[str, str]) -> list[dict[str, Any]]:
    """Alarms in their shapes on the first line."""
    if not chart.lines or not len(chart.times):
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [str(event.at)],
            "y": [_value_at(chart, event.at)],
            "name": "",
            "cliponaxis": False,
            "hovertemplate": f"{_plain(event.label)}<extra></extra>",
            "marker": {
                "symbol": SYMBOLS[event.level],
                "size": 11,
                "color": colors[f"p{event.level}"],
                "line": {"color": colors[f"p{event.level}-edge"], "width": 1},
            },
        }
        for event in chart.events
    ]


def _value_at(chart: Trend, at: np.datetime64) -> float | None:
    """The first line's value nearest in time."""
    values = np.asarray(chart.lines[0].values, float)
    away = np.abs((chart.times - at) / np.timedelta64(1, "s"))
    away = np.where(np.isnan(values), np.inf, away)
    nearest = int(away.argmin())
    return float(values[nearest]) if np.isfinite(away[nearest]) else None


def _time_axis(chart: Trend) -> dict[str, Any]:
    days = float((chart.end - chart.start) / np.timedelta64(1, "D"))
    tick = "%H:%M" if days <= 1.01 else "%m-%d" if days > 3 else "%m-%d %H:%M"
    seconds = ":%S" if days < 0.3 else ""
    return {
        "type": "date",
        "automargin": False,
        "range": [str(chart.start), str(chart.end)],
        "tickformat": tick,
        "hoverformat": f"%Y-%m-%d %H:%M{seconds}",
        "nticks": 7,
    }


def _value_axis(chart: Trend) -> dict[str, Any]:
    """From zero for flow and power; where there is a normal band it takes BAND_SHARE of the height
    at most, so that noise does not look like drama."""
    axis: dict[str, Any] = {"nticks": 5, "tickformat": f",.{chart.decimals}f"}
    if chart.band is None:
        return {**axis, "rangemode": "tozero" if chart.from_zero else "normal"}
    low, high = chart.band
    spare = (high - low) * (1 / BAND_SHARE - 1) / 2
    drawn = [part for one in chart.lines for part in (one.values, one.low, one.high, one.compare)]
    known = np.concatenate([*drawn, [low - spare, high + spare]]).astype(float)
    known = np.append(
        known, [*chart.setpoints, *([chart.limit] if chart.limit is not None else [])]
    )
    bottom, top = float(np.nanmin(known)), float(np.nanmax(known))
    air = (top - bottom) * 0.04
    return {**axis, "range": [bottom - air, top + air]}


def _names(lines: Sequence[Line], colors: dict[str, str]) -> dict[str, Any]:
    """Names above the chart, each after a mark in its line's colour; the palest of these is enough
    for a mark and too pale for a word."""
    said = "&nbsp;&nbsp;&nbsp;".join(
        f'<span style="color:{colors[name]}">■</span> {_plain(one.name)}'
        for one, name in zip(lines, SERIES, strict=False)
    )
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left"}
    return {**place, "text": said, "yanchor": "bottom", "showarrow": False, "font": {"size": 11}}


def _plain(text: str) -> str:
    """A name without what a chart would read as markup."""
    return text.replace("<", "‹").replace(">", "›")


def _faint(color: str) -> str:
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"
