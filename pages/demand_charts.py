"""Charts of the page of demand: typical day and today, seven days ahead, hour by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.graph import compare_line, figure, line
from components.page import View
from components.theme import SERIES, tokens
from pages.demand_hours import DAYS
from pages.demand_subject import Subject

HOURS = [f"{hour:02d}:00" for hour in range(24)]
BACK = {"yesterday": 1, "week": 7}
MOST = 4
"""Coloured lines of one chart."""


def typical_figure(view: View, told: Subject) -> go.Figure:
    """Typical day with its spread, today, what is compared, the rest of today as forecast."""
    ink = tokens(view.theme)
    fig = figure(view.theme, yaxis={"rangemode": "tozero", "nticks": 5, "tickformat": ","})
    fig.update_xaxes(tickvals=HOURS[::3], range=[-0.5, 23.5])
    _marked_spans(view, fig, told)
    shape = told.typical
    if shape.known:
        low, high = np.maximum(shape.typical - shape.spread, 0), shape.typical + shape.spread
        _band(fig, HOURS, low, high, ink["band2"], view.text("demand.band"))
        fig.add_trace(
            compare_line(
                HOURS, _list(shape.typical), view.text("demand.line_typical"), view.theme, "m³/h"
            )
        )
        fig.data[-1].line.update(dash="solid", width=1.5)
    back = BACK.get(view.params.get("cmp", ""))
    if back:
        name = view.text(f"demand.cmp_{view.params['cmp']}")
        fig.add_trace(compare_line(HOURS, _list(told.flow[DAYS - back]), name, view.theme, "m³/h"))
    if told.ahead.known:
        rest = np.where(np.isfinite(told.flow[DAYS]), np.nan, told.ahead.value[0])
        name = view.text("demand.line_ahead")
        dashed = {"color": ink["d1"], "width": 1.5, "dash": "dash"}
        fig.add_trace(line(HOURS, _list(rest), name, ink["d1"], "m³/h", line=dashed))
    fig.add_trace(
        line(HOURS, _list(told.flow[DAYS]), view.text("demand.line_today"), ink["d1"], "m³/h")
    )
    fig.update_traces(hovertemplate="%{y:,.1f} m³/h")
    return _legend(fig)


def shapes_figure(view: View, told: Sequence[Subject]) -> go.Figure:
    """Typical days of the selected stations, each over its own mean."""
    ink = tokens(view.theme)
    fig = figure(view.theme, yaxis={"rangemode": "tozero", "nticks": 5})
    fig.update_xaxes(tickvals=HOURS[::3])
    marks = ("circle", "square", "diamond", "triangle-up")
    for i, each in enumerate(told[:MOST]):
        if not each.typical.known:
            continue
        share = each.typical.typical / np.nanmean(each.typical.typical)
        trace = line(HOURS, _list(share, 3), each.label, ink[SERIES[i]], "")
        trace.update(mode="lines+markers", marker={"symbol": marks[i], "size": 6})
        trace.update(hovertemplate="%{y:.2f}")
        fig.add_trace(trace)
    return _legend(fig)


def ahead_figure(view: View, told: Subject, past_days: int = 3) -> go.Figure:
    """The last days as measured, then the forecast with its intervals."""
    ink = tokens(view.theme)
    fig = figure(view.theme, yaxis={"rangemode": "tozero", "nticks": 5, "tickformat": ","})
    start = datetime.combine(told.today, datetime.min.time())
    ahead = [start + timedelta(hours=i) for i in range(told.ahead.value.size)]
    rest = ~np.isfinite(
        np.concatenate([told.flow[DAYS], np.full(told.ahead.value.size - 24, np.nan)])
    )
    for low, high, color, key in (
        (told.ahead.low90, told.ahead.high90, "band", "interval90"),
        (told.ahead.low80, told.ahead.high80, "band2", "interval80"),
    ):
        times = [t for t, keep in zip(ahead, rest, strict=True) if keep]
        _band(
            fig,
            times,
            low.ravel()[rest],
            high.ravel()[rest],
            ink[color],
            view.text(f"demand.{key}"),
        )
    past = [start + timedelta(hours=i) for i in range(-24 * past_days, 24)]
    fig.add_trace(
        line(
            past, _list(told.flow[DAYS - past_days :].ravel()), view.text("demand.line_past"),
            ink["d1"], "m³/h",
        )
    )  # fmt: skip
    value = np.where(rest, told.ahead.value.ravel(), np.nan)
    dashed = {"color": ink["d1"], "width": 1.5, "dash": "dash"}
    fig.add_trace(
        line(ahead, _list(value), view.text("demand.line_ahead"), ink["d1"], "m³/h", line=dashed)
    )
    local = view.now.astimezone(view.zone).replace(tzinfo=None)
    fig.add_vline(local, line={"color": ink["line3"], "width": 1})
    fig.update_xaxes(dtick=86_400_000, tickformat="%m-%d", hoverformat="%m-%d %H:%M")
    fig.update_traces(hovertemplate="%{y:,.1f} m³/h", selector={"mode": "lines", "fill": None})
    return _legend(fig)


def heat_figure(view: View, told: Subject, days: int) -> go.Figure:
    """Hour by day, the newest day on top; blank is unknown."""
    ink = tokens(view.theme)
    flow = told.flow[DAYS + 1 - days :]
    labels = [
        f"{day:%m-%d} {view.text(f'weekday.{day.isoweekday()}')}"
        for day in (told.first + timedelta(days=i) for i in range(DAYS + 1 - days, DAYS + 1))
    ]
    fig = figure(view.theme, hovermode="closest")
    fig.add_trace(
        go.Heatmap(
            x=HOURS, y=labels, z=[_list(row) for row in flow], xgap=1, ygap=1, hoverongaps=False,
            colorscale=[[0, ink["bg2"]], [1, ink["d1"]]],
            zmin=0,
            colorbar={"thickness": 8, "outlinewidth": 0, "nticks": 4, "tickfont": {"size": 11},
                      "tickformat": ","},
            hovertemplate="%{y} %{x}<br>%{z:,.1f} m³/h<extra></extra>",
        )
    )  # fmt: skip
    fig.update_yaxes(dtick=1 if days <= 28 else 2, showgrid=False, type="category")
    fig.update_xaxes(tickvals=HOURS[::3], type="category")
    fig.update_layout(margin={"t": 4, "b": 22})
    return fig


def _marked_spans(view: View, fig: go.Figure, told: Subject) -> None:
    """Peaks and valleys as a line at the foot, peaks with their name."""
    ink = tokens(view.theme)
    feet = [(span, "fg2") for span in told.peaks] + [(span, "line2") for span in told.valleys]
    lines = [
        {"type": "line", "xref": "x", "yref": "paper", "x0": first - 0.4, "x1": last + 0.4,
         "y0": 0.01, "y1": 0.01, "line": {"color": ink[color], "width": 4}}
        for (first, last), color in feet
    ]  # fmt: skip
    names = [
        {"x": (first + last) / 2, "y": 0.02, "yref": "paper", "yanchor": "bottom",
         "showarrow": False, "text": view.text("demand.peak"),
         "font": {"size": 11, "color": ink["fg3"]}}
        for first, last in told.peaks
    ]  # fmt: skip
    fig.update_layout(shapes=lines, annotations=names)


def _band(fig: go.Figure, x: Sequence[Any], low: Any, high: Any, color: str, name: str) -> None:
    """A filled band without a border, named in the legend."""
    quiet = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    fig.add_trace(go.Scatter(x=x, y=_list(low), showlegend=False, **quiet))
    fig.add_trace(
        go.Scatter(x=x, y=_list(high), name=name, fill="tonexty", fillcolor=color, **quiet)
    )


def _legend(fig: go.Figure) -> go.Figure:
    fig.update_layout(
        showlegend=True,
        margin={"t": 26, "b": 22},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 11}},
    )
    return fig


def _list(values: Any, decimals: int = 2) -> list[float | None]:
    """Rounded numbers, None for unknown: a gap stays a gap."""
    return [None if not np.isfinite(v) else round(float(v), decimals) for v in np.asarray(values)]
