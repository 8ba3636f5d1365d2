"""The one way to a chart: template, offline toolbar, language, zoom that survives a refresh."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from dash import dcc, html

from components import states
from components.chart import Chart
from components.theme import tokens
from data.catalogue.words import text

MODEBAR = ["resetScale2d", "toImage"]


def figure(theme: str, **layout: Any) -> go.Figure:
    """An empty figure in the theme's template."""
    return Chart(theme, layout=go.Layout(**layout))


def plain(theme: str, traces: list[dict[str, Any]], layout: dict[str, Any]) -> go.Figure:
    """A figure of plain data, which is not looked at: for charts of many points."""
    return Chart(theme, data=traces, layout=layout, _validate=False)


def graph(
    name: str, fig: go.Figure, lang: str, height: int | None = None, revision: str = "",
    later: bool = False,
) -> dcc.Graph | html.Div:  # fmt: skip
    """A chart with id `name`, or one sentence in its place where no line or bar of it has a value.
    It fills its place, or has `height` px. `revision` is page and scope: while it stays the same,
    zoom survives new data. `later`: a callback fills it."""
    style = {"height": f"{height}px"} if height else {"height": "100%"}
    if not later and not has_values(fig):
        return html.Div(states.empty(lang, text(lang, "state.no_data")), "", "no-chart", style)
    fig.update_layout(uirevision=revision or name, autosize=True)
    return dcc.Graph(id=name, figure=fig, config=config(lang, name), style=style, responsive=True)


def has_values(fig: go.Figure) -> bool:
    """Whether there is a number in any of its traces; those that can't be pointed at (grids, bands,
    hulls) don't count."""
    return any(_finite(trace[_axis(trace)]) for trace in fig.data if trace["hoverinfo"] != "skip")


def _axis(trace: Any) -> str:
    """Where the trace has its numbers: `z` of a map of cells, `x` of bars that lie."""
    if "z" in trace:
        return "z"
    return "x" if "orientation" in trace and trace["orientation"] == "h" else "y"


def _finite(values: Any) -> bool:
    """Whether any of the values is a number."""
    if values is None:
        return False
    found = np.asarray(values)
    if found.dtype.kind in "fiu":
        return bool(np.isfinite(found).any())
    return any(
        isinstance(one, int | float | np.number) and math.isfinite(one) for one in found.flat
    )


def config(lang: str, file_name: str) -> dict[str, Any]:
    """Toolbar with reset and picture only, nothing that would send data away, own locale."""
    chosen: dict[str, Any] = {
        "displaylogo": False,
        "showSendToCloud": False,
        "plotlyServerURL": "",
        "modeBarButtons": [MODEBAR],
        "displayModeBar": "hover",
        "doubleClick": "reset",
        "toImageButtonOptions": {"format": "png", "scale": 2, "filename": file_name},
    }
    if lang == "zh":
        chosen |= {"locale": "zh-CN", "locales": {"zh-CN": _chinese()}}
    return chosen


def line(
    x: Sequence[Any], y: Sequence[Any], name: str, color: str, unit: str = "", **extra: Any
) -> go.Scatter:
    """A measured line: 2 px, gaps stay gaps, hover 'name value unit'."""
    options: dict[str, Any] = {
        "mode": "lines",
        "line": {"color": color, "width": 2},
        "connectgaps": False,
        "hovertemplate": f"%{{y}} {unit}",
    }
    return go.Scatter(x=x, y=y, name=name, **(options | extra))


def compare_line(
    x: Sequence[Any], y: Sequence[Any], name: str, theme: str, unit: str = ""
) -> go.Scatter:
    """The line of the day or period that one compares with: 1 px dotted grey."""
    grey = tokens(theme)["fg3"]
    return line(x, y, name, grey, unit, line={"color": grey, "width": 1, "dash": "dot"})


def _chinese() -> dict[str, Any]:
    """Locale of Plotly for zh-CN; the library ships none."""
    days = [text("zh", f"weekday.{n}") for n in (7, 1, 2, 3, 4, 5, 6)]
    months = [f"{n}月" for n in range(1, 13)]
    return {
        "moduleType": "locale",
        "name": "zh-CN",
        "dictionary": {
            "Download plot as a PNG": text("zh", "chart.picture"),
            "Reset axes": text("zh", "chart.reset"),
        },
        "format": {
            "days": days,
            "shortDays": days,
            "months": months,
            "shortMonths": months,
            "date": "%Y-%m-%d",
            "dateTime": "%Y-%m-%d %H:%M:%S",
            "time": "%H:%M:%S",
            "year": "%Y年",
            "month": "%Y年%-m月",
            "dayMonth": "%-m月%-d日",
            "dayMonthYear": "%Y年%-m月%-d日",
            "decimal": ".",
            "thousands": ",",
        },
    }
