"""Charts of the page of points: all lines in one, each in its own on one scale, or differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from dash import html

from analytics.series_comparison import difference, normalised, shifted
from components.alarm_text import alarm_words
from components.graph import graph, plain
from components.ids import ident
from components.page import View
from components.selection import mark
from components.theme import SERIES, tokens
from components.time_range import TimeRange
from components.trend import SYMBOLS
from data.series import thin
from pages.points_data import Line, Shown

POINTS = 2000
"""Points that one line is drawn with at most."""
VIEWS = ("overlay", "multiples", "difference")
SCALES = ("", "mean", "range", "z")
SCALE_UNITS = {"mean": "%", "range": "%", "z": "σ"}
EVENTS = 24


def drawn(view: View, shown: Shown, span: TimeRange, how: str, scale: str, lag: int) -> Any:
    """The chart or charts, each a linked one: zooming one zooms all."""
    if how == "multiples":
        limits = _limits(shown, scale)
        made = [
            html.Div(
                [
                    html.Div([mark(line.entity), " ", line.name], className="small-title"),
                    _graph(view, shown, span, [n], scale, 0, f"line{n}", limits),
                ],
                className="small-chart",
            )
            for n, line in enumerate(shown.lines)
        ]
        return html.Div(made, className="small-charts linked")
    wanted = list(range(len(shown.lines)))
    if how == "difference":
        wanted = wanted[1:]
    chart = _graph(view, shown, span, wanted, scale, lag, how, None, how == "difference")
    return html.Div(chart, className="one-chart linked")


def values(shown: Shown, line: Line, scale: str, lag: int, subtract: bool) -> np.ndarray:
    """What is drawn of a line: on its scale, less the first where differences are asked, moved by
    the lag where it isn't the first."""
    first = shown.lines[0]
    own, other = line.values, first.values
    if scale:
        own, other = normalised(own, scale), normalised(other, scale)
    if subtract:
        return difference(other, own, lag)
    return own if line is first or not lag else shifted(own, lag)


def unit(line: Line, scale: str) -> str:
    return SCALE_UNITS.get(scale, line.column.point.unit)


def color(line: Line, index: int, shown: Shown) -> str:
    """The entity's colour; of several points of one entity each has its own."""
    entities = {one.entity.key for one in shown.lines}
    return line.entity.color if len(entities) == len(shown.lines) else SERIES[index % len(SERIES)]


def _graph(
    view: View, shown: Shown, span: TimeRange, wanted: list[int], scale: str, lag: int, name: str,
    limits: tuple[float, float] | None, subtract: bool = False,
) -> Any:  # fmt: skip
    inks = tokens(view.theme)
    traces: list[dict[str, Any]] = []
    for n in wanted:
        line = shown.lines[n]
        ink = inks[color(line, n, shown)]
        if len(line.before[0]) and len(wanted) == 1 and not (scale or subtract):
            traces.append(_compared(view, span, line, inks["fg3"]))
        drawn_values = values(shown, line, scale, lag, subtract)
        x, y = _thinned(view, shown.ms, drawn_values)
        style = {"color": ink, "width": 1.8}
        hover = f"%{{y:,.{line.column.point.decimals + 1}f}} {unit(line, scale)}"
        traces.append(_trace(x, y, line.name, style, hover))
        if not subtract:
            traces += _events(view, shown, line, drawn_values, inks)
    zero = shown.lines[0].column.point.kind in ("flow", "power") and not (scale or subtract)
    axis: dict[str, Any] = {"nticks": 5, "rangemode": "tozero" if zero else "normal"}
    if limits is not None:
        axis |= {"range": list(limits)}
    layout: dict[str, Any] = {
        "xaxis": {
            "type": "date", "nticks": 8, "hoverformat": "%Y-%m-%d %H:%M",
            "tickformat": tick_format(span),
            "range": [_local(view, span.start), _local(view, span.whole_end)],
        },
        "yaxis": axis,
        "margin": {"l": 8, "r": 12, "t": 8, "b": 24},
    }  # fmt: skip
    if subtract:
        zero_line = {"color": inks["line3"], "width": 1}
        layout["shapes"] = [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "line": zero_line}
        ]
    made = plain(view.theme, traces, layout)
    height = None if limits is None else 190
    return graph(ident("points", name), made, view.language, height, f"points-{name}")


def _trace(x: Any, y: Any, name: str, style: dict[str, Any], hover: str) -> dict[str, Any]:
    base = {"type": "scatter", "mode": "lines", "connectgaps": False}
    return {**base, "x": x, "y": y, "name": name, "line": style, "hovertemplate": hover}


def _compared(view: View, span: TimeRange, line: Line, grey: str) -> dict[str, Any]:
    """The span compared with, laid upon this one by local time."""
    x, y = _thinned(view, *line.before)
    style = {"color": grey, "width": 1, "dash": "dot"}
    name = f"{line.name} · {view.text(f'compare.{span.compare}')}"
    moved = x + np.timedelta64(span.shift)
    return _trace(moved, y, name, style, f"%{{y}} {line.column.point.unit}")


def _events(
    view: View, shown: Shown, line: Line, drawn_values: np.ndarray, inks: dict[str, str]
) -> list[dict[str, Any]]:
    """The worst alarms of the line's station in their shapes on the line."""
    rows = [row for entity, row in shown.alarms if entity.station == line.entity.station]
    rows = sorted(rows, key=lambda row: (row.level, -row.active_at.timestamp()))[:EVENTS]
    made = []
    for row in rows:
        at = int((round(row.active_at.timestamp() * 1000) - shown.ms[0]) // shown.step)
        if not 0 <= at < len(drawn_values) or not np.isfinite(drawn_values[at]):
            continue
        look = {
            "symbol": SYMBOLS[row.level], "size": 9, "color": inks[f"p{row.level}"],
            "line": {"color": inks[f"p{row.level}-edge"], "width": 1},
        }  # fmt: skip
        words = alarm_words(row.rule, row.place, view.language)
        words = words.replace("<", "‹").replace(">", "›")
        made.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [_local(view, row.active_at)],
                "y": [float(drawn_values[at])],
                "name": "",
                "marker": look,
                "hovertemplate": f"{words}<extra></extra>",
                "cliponaxis": False,
            }
        )
    return made


def _thinned(view: View, ms: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most POINTS points that keep peaks and gaps, at times of the site."""
    frame = pl.DataFrame({"ts": ms, "v": y}).with_columns(pl.col("v").fill_nan(None))
    frame = thin(frame, ["v"], POINTS)
    local = (
        pl.from_epoch(frame["ts"], time_unit="ms")
        .dt.replace_time_zone("UTC").dt.convert_time_zone(view.zone.key).dt.replace_time_zone(None)
    )  # fmt: skip
    return local.to_numpy().astype("datetime64[ms]"), frame["v"].to_numpy()


def tick_format(span: TimeRange) -> str:
    """How the ticks of a time axis are written: hours within a day, days within a year."""
    days = (span.whole_end - span.start).total_seconds() / 86_400
    return "%H:%M" if days <= 1.05 else "%m-%d" if days > 3 else "%m-%d %H:%M"


def _limits(shown: Shown, scale: str) -> tuple[float, float]:
    """One scale for all small charts."""
    every = [values(shown, line, scale, 0, False) for line in shown.lines]
    every += [line.before[1] for line in shown.lines if not scale]
    known = np.concatenate(every) if every else np.zeros(1)
    known = known[np.isfinite(known)]
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    if not scale and shown.lines[0].column.point.kind in ("flow", "power"):
        low = min(low, 0.0)
    air = (high - low or 1.0) * 0.05
    return low - (air if low else 0.0), high + air


def _local(view: View, at: Any) -> str:
    return str(at.astimezone(view.zone).replace(tzinfo=None).isoformat(timespec="milliseconds"))
