"""Charts of the page of comparison: duty of pumps, energy against lift, nights, typical days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import polars as pl

from analytics.duty_cloud import PREFERRED, cloud, median_duty, specific_energy
from analytics.hydraulics import PumpCurve
from components.graph import graph, plain
from components.ids import ident
from components.page import View
from components.selection import Entity
from components.theme import tokens
from data.station_rows import SetRow

SPEEDS = (50, 45, 41, 37)
EFFICIENCIES = (0.40, 0.55)
MOST_POINTS = 350
"""Points of one cloud at most."""
TOP = 0.985
"""Quantile of the fleet at which the energy chart ends, so that one outlier doesn't flatten it."""
LONGEST = 18
"""Characters of a line of a name in a chart: a phone has no room for more."""


def duty_chart(
    view: View,
    sums: Mapping[str, dict[str, np.ndarray]],
    entities: Sequence[Entity],
    plate: SetRow | None,
) -> Any:
    """Head over flow of one pump: curves of the first entity's nameplate in grey, its preferred
    region shaded, days and bins as small points, their median large with its name."""
    inks = tokens(view.theme)
    traces: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    if plate is not None:
        traces += _curves(view, plate, inks)
        notes += _curve_notes(view, plate, inks)
    for entity in entities:
        points = cloud(sums.get(entity.key, _NONE))
        middle = median_duty(points)
        if middle is None:
            continue
        ink = entity.ink(view.theme)
        step = max(1, len(points.flow) // MOST_POINTS)
        order = np.argsort(points.windows)[::-1][: MOST_POINTS * step : step]
        small = {"symbol": "circle", "size": 4, "color": ink, "opacity": 0.45}
        hover = f"{_plain(entity.name)}<br>%{{x:.1f}} m³/h · %{{y:.1f}} m<extra></extra>"
        traces.append(_dots(points.flow[order], points.head[order], small, hover))
        big = {"symbol": entity.mark, "size": 13, "color": ink,
               "line": {"color": inks["bg1"], "width": 1.5}}  # fmt: skip
        traces.append(_dots([middle[0]], [middle[1]], big, hover))
        named = _label(middle[0], middle[1], _lines(entity.name), inks["fg1"])
        names.append(named | {"bgcolor": inks["bg1"]})
    notes += _apart(names)
    return _chart(view, "duty", traces, notes, view.text("comparison.flow_axis"), "closest",
                  unit=view.text("comparison.lift_head"))  # fmt: skip


def energy_chart(view: View, fleet: pl.DataFrame, entities: Sequence[Entity]) -> Any:
    """kWh/m³ over the mean lift: the reach in grey, lines of equal efficiency, entities marked."""
    inks = tokens(view.theme)
    if not fleet.height:
        return _chart(view, "energy", [], [], view.text("comparison.head_axis"), "closest")
    head, specific = fleet["head"].to_numpy(), fleet["specific"].to_numpy()
    grey = {"size": 3.5, "color": inks["d8"], "opacity": 0.4}
    traces = [_dots(head, specific, grey, "%{x:.0f} m · %{y:.2f} kWh/m³<extra></extra>")]
    right = float(np.quantile(head, TOP)) * 1.05
    notes: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    ends: list[tuple[float, float]] = []
    for share in EFFICIENCIES:
        top = float(specific_energy(right, share))
        style = {"color": inks["line3"], "width": 1, "dash": "dash"}
        traces.append({"type": "scatter", "mode": "lines", "x": [0, right], "y": [0, top],
                       "line": style, "hoverinfo": "skip"})  # fmt: skip
        ends.append((share, top))
    rows = {row["station"]: row for row in fleet.iter_rows(named=True)}
    tops = [float(np.quantile(specific, TOP)) * 1.1]
    for entity in entities:
        row = rows.get(entity.station)
        if row is None:
            continue
        mark = {"symbol": entity.mark, "size": 12, "color": entity.ink(view.theme),
                "line": {"color": inks["bg1"], "width": 1.5}}  # fmt: skip
        words = f"{_plain(entity.name)}<br>%{{x:.1f}} m · %{{y:.3f}} kWh/m³<extra></extra>"
        traces.append(_dots([row["head"]], [row["specific"]], mark, words))
        named = _label(row["head"], row["specific"], _lines(entity.name), inks["fg1"])
        names.append(named | {"bgcolor": inks["bg1"]})
        tops.append(row["specific"] * 1.1)
    notes += _apart(names)
    for share, top in ends:  # where the line leaves the chart, at its right or its upper edge
        x = right * min(1.0, max(tops) / top) if top else right
        note = _label(x, min(top, max(tops)), f"η {100 * share:.0f} %", inks["fg3"])
        notes.append(note | {"xanchor": "right", "yanchor": "top", "xshift": -6, "yshift": 0,
                             "bgcolor": inks["bg1"]})  # fmt: skip
    span = {"x": [0, max(right, 1.0)], "y": [0, max(tops)]}
    return _chart(view, "energy", traces, notes, view.text("comparison.head_axis"), "closest", span,
                  unit="kWh/m³")  # fmt: skip


def day_lines(
    view: View, name: str, lines: Sequence[tuple[Entity, Sequence[Any], np.ndarray]], decimals: int,
    unit: str, bars: bool = False,
) -> Any:  # fmt: skip
    """One line an entity over days."""
    traces = []
    notes = []
    for entity, at, values in lines:
        known = np.flatnonzero(np.isfinite(values))
        if len(known):
            end = str(at[known[-1]]), float(values[known[-1]])
            label = _label(*end, _lines(entity.name), entity.ink(view.theme))
            notes.append(label | {"xanchor": "left", "align": "left", "xshift": 8, "yshift": 0})
        style = {"color": entity.ink(view.theme), "width": 1.8}
        mark = {"symbol": entity.mark, "size": 5, "color": entity.ink(view.theme)}
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers" if len(values) <= 62 else "lines",
                "x": [str(day) for day in at],
                "y": values,
                "line": style,
                "marker": mark,
                "name": _plain(entity.name),
                "connectgaps": False,
                "hovertemplate": f"%{{y:,.{decimals}f}} {unit}",
            }
        )
    axis = {"type": "date", "tickformat": "%m-%d", "hoverformat": "%Y-%m-%d", "nticks": 10}
    return _chart(view, name, traces, notes, "", "x unified", None, axis, right=110)


def small_day(view: View, entity: Entity, now: np.ndarray, before: np.ndarray, top: float) -> Any:
    """The typical day of one entity on the common scale; dotted = the span compared with."""
    inks = tokens(view.theme)
    base: dict[str, Any] = {"type": "scatter", "mode": "lines", "hovertemplate": "%{y:.1f} m³/h"}
    base["x"] = np.arange(len(now)) * 24 / max(len(now), 1)
    traces: list[dict[str, Any]] = []
    if len(before):
        dotted = {"color": inks["fg3"], "width": 1, "dash": "dot"}
        name = view.text("comparison.before")
        traces.append({**base, "y": before, "line": dotted, "name": name})
    line = {"color": entity.ink(view.theme), "width": 1.8}
    traces.append({**base, "y": now, "line": line, "name": _plain(entity.name)})
    hours = [0, 6, 12, 18, 24]
    axis = {"range": [0, 24], "tickvals": hours, "ticktext": [f"{hour:02d}" for hour in hours]}
    limits = {"y": [0, top * 1.05]}
    return _chart(view, f"day{entity.index}", traces, [], "", "x unified", limits, axis, 150)


_NONE = {name: np.empty(0) for name in ("n", "q", "s", "h")}


def _curves(view: View, plate: SetRow, inks: dict[str, str]) -> list[dict[str, Any]]:
    """Head curves of the nameplate at several speeds, and the preferred region between the first
    and the last."""
    curve = PumpCurve.nameplate(plate.rated_flow, plate.rated_head, plate.rated_power)
    traces = []
    flow = np.linspace(0, 1.5 * plate.rated_flow, 40)
    for hertz in SPEEDS:
        s = hertz / SPEEDS[0]
        heads = np.asarray(curve.head(flow, s))
        good = heads >= 0
        style = {"color": inks["line3"], "width": 1.5 if hertz == SPEEDS[0] else 1}
        traces.append({"type": "scatter", "mode": "lines", "x": flow[good], "y": heads[good],
                       "line": style, "hoverinfo": "skip"})  # fmt: skip
    low, high = (share * plate.rated_flow for share in PREFERRED)
    s = SPEEDS[-1] / SPEEDS[0]
    above, below = np.linspace(low, high, 12), np.linspace(high * s, low * s, 12)
    x = np.concatenate([above, below])
    y = np.concatenate([np.asarray(curve.head(above)), np.asarray(curve.head(below, s))])
    area = {"type": "scatter", "mode": "lines", "x": x, "y": y, "fill": "toself",
            "fillcolor": inks["band2"], "line": {"width": 0}, "hoverinfo": "skip"}  # fmt: skip
    return [area, *traces]


def _curve_notes(view: View, plate: SetRow, inks: dict[str, str]) -> list[dict[str, Any]]:
    top = 1.25 * plate.rated_head
    notes = [
        _label(0, top * (hertz / 50) ** 2, f"{hertz} Hz", inks["fg2"]) | {"xanchor": "left"}
        for hertz in SPEEDS
    ]
    middle = plate.rated_flow * sum(PREFERRED) / 2 * 0.8
    words = view.text("comparison.preferred")
    notes.append(_label(middle, plate.rated_head * 0.52, words, inks["fg2"]) | {"yshift": -14})
    return notes


def _dots(x: Any, y: Any, mark: dict[str, Any], hover: str) -> dict[str, Any]:
    return {"type": "scatter", "mode": "markers", "x": x, "y": y,
            "marker": mark, "hovertemplate": hover, "name": ""}  # fmt: skip


def _apart(names: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Names above their marks, below where that of a neighbour is above: none covers another;
    beside them at the ends of the chart, where a name's half would not fit."""
    wide, high = (max((name[axis] for name in names), default=0) for axis in ("x", "y"))
    placed: list[dict[str, Any]] = []
    for one in sorted(names, key=lambda name: name["x"]):
        crowded = any(
            other["yshift"] > 0
            and one["x"] - other["x"] < wide * 0.7
            and abs(one["y"] - other["y"]) < high / 5
            for other in placed
        )
        share = one["x"] / wide if wide else 0.5
        side = "left" if share < 0.25 else "right" if share > 0.75 else "center"
        lies = {"yanchor": "top", "yshift": -9} if crowded else {"yanchor": "bottom", "yshift": 9}
        placed.append(one | {"xanchor": side} | lies)
    return placed


def _label(x: float | str, y: float, words: str, color: str) -> dict[str, Any]:
    return {"x": x, "y": y, "text": words, "showarrow": False, "yshift": 14,
            "font": {"size": 11, "color": color}}  # fmt: skip


def _chart(
    view: View, name: str, traces: list[dict[str, Any]], notes: list[dict[str, Any]], axis: str,
    hover: str, span: dict[str, Any] | None = None, x: dict[str, Any] | None = None,
    height: int | None = None, right: int = 14, unit: str = "",
) -> Any:  # fmt: skip
    """A figure from plain data; `axis` names x at the right end below it, `unit` y above it;
    `right`: px kept for labels at the ends of lines."""
    if axis:
        place = {"xref": "paper", "yref": "paper", "x": 1, "y": 0, "yshift": -40}
        ink = {"size": 11, "color": tokens(view.theme)["fg3"]}
        words = {"text": axis, "showarrow": False, "xanchor": "right", "font": ink}
        notes = [*notes, place | words]
    if unit:
        ink = {"size": 11, "color": tokens(view.theme)["fg3"]}
        place = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "yshift": 20, "xshift": -4}
        notes = [*notes, place | {"text": unit, "showarrow": False, "xanchor": "left",
                                  "font": ink}]  # fmt: skip
    ranges = {side: {"range": limits} for side, limits in (span or {}).items()}
    zero = {"rangemode": "tozero"}
    layout: dict[str, Any] = {
        "xaxis": zero | {"nticks": 9} | ranges.get("x", {}) | (x or {}),
        "yaxis": zero | {"nticks": 5} | ranges.get("y", {}),
        "annotations": notes,
        "hovermode": hover,
        "margin": {"l": 8, "r": right, "t": 26 if unit else 10, "b": 44 if axis else 22},
    }
    made = plain(view.theme, traces, layout)
    return graph(ident("comparison", name), made, view.language, height, f"comparison-{name}")


def _plain(text: str) -> str:
    return text.replace("<", "‹").replace(">", "›")


def _lines(name: str) -> str:
    return "<br>".join(wrap(_plain(name), LONGEST))
