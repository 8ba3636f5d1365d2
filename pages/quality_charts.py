"""Charts of the page of water quality: the exceedance calendar, one station's readings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import plotly.graph_objects as go

from components.graph import figure, line
from components.page import View
from components.theme import tokens
from data.catalogue.limits import Limit, limits
from pages.quality_facts import ITEMS, Fleet, Tank, kept_of

PLACES = ("inlet", "tank", "outlet", "tap")
MARKS = {
    "inlet": "circle-open",
    "tank": "square-open",
    "outlet": "diamond-open",
    "tap": "triangle-up-open",
}


def calendar_figure(view: View, fleet: Fleet) -> go.Figure:
    """Minutes out of limits, a row an item, a column a day; blank where nothing was known."""
    ink = tokens(view.theme)
    length = (fleet.last - fleet.first).days + 1
    every = [fleet.first + timedelta(days=i) for i in range(length)]
    known = {row["day"]: row for row in fleet.daily.iter_rows(named=True)}
    labels = [view.text(f"quality.item_{item}") for item in ITEMS]
    z = [[_minutes(known.get(day), item) for day in every] for item in ITEMS]
    breach = [[0, ink["bg2"]], [0.001, ink["bg2"]], [0.002, ink["p3-row"]], [1, ink["p2"]]]
    top = max((v for row in z for v in row if v), default=0.0)
    fig = figure(view.theme, hovermode="closest")
    fig.add_trace(
        go.Heatmap(
            x=[f"{day:%Y-%m-%d}" for day in every], y=labels, z=z, xgap=1, ygap=1,
            colorscale=breach, zmin=0, zmax=top or 1.0, showscale=top > 0, hoverongaps=False,
            colorbar={"thickness": 8, "outlinewidth": 0, "nticks": 3, "tickfont": {"size": 11}},
            hovertemplate="%{x} %{y}<br>%{z:,.0f} min<extra></extra>",
        )
    )  # fmt: skip
    fig.update_yaxes(autorange="reversed", showgrid=False, type="category", dtick=1)
    told = every[:: max(1, length // 8)]
    fig.update_xaxes(
        type="category", tickangle=0, tickvals=[f"{day:%Y-%m-%d}" for day in told],
        ticktext=[f"{day:%m-%d}" for day in told],
    )  # fmt: skip
    fig.update_layout(margin={"t": 4, "b": 22})
    if not top and fleet.daily.height:
        fig.add_annotation(
            text=view.text("quality.calendar_none"), xref="paper", yref="paper", x=0.5, y=0.5,
            showarrow=False, font={"color": ink["fg2"]},
        )  # fmt: skip
    return fig


def chlorine_figure(view: View, told: Tank) -> go.Figure:
    """Inlet, outlet, what decay makes of the inlet, laboratory samples, the lower limit."""
    ink, hours = tokens(view.theme), told.hours
    fig = figure(view.theme, yaxis={"nticks": 5})
    times = hours["ts"].to_list()
    fig.add_trace(line(times, hours["in"].to_list(), view.text("quality.in"), ink["d2"], "mg/L"))
    fig.add_trace(line(times, hours["out"].to_list(), view.text("quality.out"), ink["d1"], "mg/L"))
    dashed = {"color": ink["fg3"], "width": 1, "dash": "dash"}
    name = view.text("quality.expected")
    fig.add_trace(line(times, hours["expected"].to_list(), name, ink["fg3"], "mg/L", line=dashed))
    fig.update_traces(hovertemplate="%{y:.2f} mg/L")
    _samples(view, fig, told, "free_chlorine")
    _limits(view, fig, limits()["free_chlorine"], high=False)
    return _by_time(_legend(fig))


def item_figure(view: View, told: Tank, item: str) -> go.Figure:
    """Turbidity or pH with limits and laboratory samples."""
    ink, hours, limit = tokens(view.theme), told.hours, limits()[item]
    start = {"rangemode": "tozero"} if item == "turbidity" else {}
    fig = figure(view.theme, yaxis={"nticks": 5, **start})
    fig.add_trace(
        line(hours["ts"].to_list(), hours[item].to_list(), view.text("quality.out"), ink["d1"],
             limit.unit)
    )  # fmt: skip
    fig.update_traces(hovertemplate=f"%{{y:.2f}} {limit.unit}")
    _samples(view, fig, told, item)
    _limits(view, fig, limit)
    return _by_time(fig)


def age_figure(view: View, told: Tank) -> go.Figure:
    """Age of the water in the tank, with the target."""
    ink, hours = tokens(view.theme), told.hours
    fig = figure(view.theme, yaxis={"nticks": 5, "rangemode": "tozero"})
    fig.add_trace(
        line(hours["ts"].to_list(), hours["age"].to_list(), view.text("quality.chart_age"),
             ink["d1"], "h")
    )  # fmt: skip
    fig.update_traces(hovertemplate="%{y:.1f} h")
    _mark(view, fig, 24.0, view.text("quality.age_target"), ink["fg1"])
    return _by_time(fig)


def _by_time(fig: go.Figure) -> go.Figure:
    fig.update_xaxes(tickformat="%m-%d", hoverformat="%m-%d %H:%M", nticks=8)
    fig.update_layout(margin={"b": 22})
    return fig


def _samples(view: View, fig: go.Figure, told: Tank, item: str) -> None:
    """Hollow marks, a shape a place."""
    ink = tokens(view.theme)
    for place in PLACES:
        mine = [s for s in told.samples if s.item == item and s.place == place]
        if not mine:
            continue
        name = view.text("quality.lab", place=view.text(f"quality.place_{place}"))
        fig.add_trace(
            go.Scatter(
                x=[s.sampled_at.astimezone(view.zone).replace(tzinfo=None) for s in mine],
                y=[s.value for s in mine], name=name, mode="markers",
                marker={"symbol": MARKS[place], "size": 9, "color": ink["fg1"]},
                hovertemplate="%{y}",
            )
        )  # fmt: skip


def _limits(view: View, fig: go.Figure, limit: Limit, high: bool = True) -> None:
    color = tokens(view.theme)["p2"]
    if limit.lo is not None:
        _mark(view, fig, limit.lo, view.text("quality.limit_low", value=f"{limit.lo:g}"), color)
    if high and limit.hi is not None:
        _mark(view, fig, limit.hi, view.text("quality.limit_high", value=f"{limit.hi:g}"), color)


def _mark(view: View, fig: go.Figure, y: float, words: str, color: str) -> None:
    """A limit: 1 px dashed with its words at the right end."""
    fig.add_hline(
        y, line={"color": color, "width": 1, "dash": "dash"}, annotation_text=words,
        annotation_position="top right",
        annotation_font={"size": 11, "color": tokens(view.theme)["fg3"]},
    )  # fmt: skip


def _legend(fig: go.Figure) -> go.Figure:
    fig.update_layout(
        showlegend=True,
        margin={"t": 26},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "font": {"size": 11}},
    )
    return fig


def _minutes(row: dict[str, Any] | None, item: str) -> float | None:
    return None if row is None else kept_of(row, item).outside.value
