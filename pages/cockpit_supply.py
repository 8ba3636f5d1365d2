"""The curve of the supply with what it tells of itself: forecast, where it stops, coverage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import plotly.graph_objects as go

from analytics.indicators import ratio
from components import formats
from components.graph import compare_line, figure, line
from components.page import View
from components.theme import tokens
from pages.cockpit_facts import QUARTER, CityFacts
from pages.cockpit_later import Ahead

STOPPED = timedelta(minutes=40)
"""A quarter is here some minutes after its end; when none came for so long, the curve stands."""


def supply_figure(view: View, facts: CityFacts, ahead: Ahead | None = None) -> go.Figure:
    """Supply of today over yesterday and the usual band, midnight to midnight at the site; dashed
    what is expected of the rest."""
    t = tokens(view.theme)
    fig = figure(view.theme, margin={"l": 8, "r": 12, "t": 8, "b": 4})
    start = formats.midnight(view.now, view.zone).astimezone(view.zone).replace(tzinfo=None)
    hours = [start + timedelta(minutes=15 * i) for i in range(97)]
    if facts.band:
        lows = [None if b is None else b[0] for b in facts.band]
        highs = [None if b is None else b[1] for b in facts.band]
        edge: dict[str, Any] = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
        fig.add_scatter(x=hours, y=lows, **edge)
        fig.add_scatter(x=hours, y=highs, fill="tonexty", fillcolor=t["band2"], **edge)
    fig.add_trace(
        compare_line(hours, facts.flow(1), view.text("chart.yesterday"), view.theme, "m³/h")
    )
    fig.add_trace(line(hours, facts.flow(0), view.text("chart.today"), t["d1"], "m³/h"))
    now = view.now.astimezone(view.zone).replace(tzinfo=None)
    if ahead is not None:
        known = [(at, v) for at, v in zip(hours, facts.flow(0), strict=False) if v is not None]
        told = zip(ahead.times, ahead.value.tolist(), strict=True)
        rest = [*known[-1:], *((at, v) for at, v in told if at > now and np.isfinite(v))]
        fig.add_scatter(
            x=[at for at, _ in rest], y=[v for _, v in rest],
            name=view.text("cockpit.forecast"), mode="lines",
            line={"color": t["d1"], "width": 1.6, "dash": "dash"},
        )  # fmt: skip
    fig.update_traces(hovertemplate="%{y:,.0f} m³/h", selector={"hoverinfo": None})
    fig.update_xaxes(
        range=[hours[0], hours[-1]],
        dtick=6 * 3_600_000,
        tickformat="%H",
        hoverformat="%Y-%m-%d %H:%M",
    )
    fig.update_yaxes(rangemode="tozero", nticks=4, tickformat=",")
    fig.add_vline(x=now, line={"color": t["line3"], "width": 1})
    if not facts.curve.height:
        fig.update_yaxes(showticklabels=False, range=[0, 1])
        _say(fig, t, view.text("cockpit.no_history"), view.text("cockpit.no_history_hint"))
    return fig


def failed_figure(view: View, reference: str) -> go.Figure:
    """What stands for the supply when it can't be read."""
    fig = figure(view.theme, xaxis={"visible": False}, yaxis={"visible": False})
    _say(fig, tokens(view.theme), view.text("state.failed"), f"ref {reference}")
    return fig


def _say(fig: go.Figure, t: Mapping[str, str], sentence: str, hint: str) -> None:
    """One sentence in the middle of an empty chart, and what to expect."""
    place = {"xref": "paper", "yref": "paper", "x": 0.5, "showarrow": False}
    fig.add_annotation(text=sentence, y=0.58, font={"size": 13, "color": t["fg2"]}, **place)
    fig.add_annotation(text=hint, y=0.44, font={"size": 12, "color": t["fg3"]}, **place)


def stopped_words(view: View, facts: CityFacts) -> str:
    """Where the curve of the supply ends when it ends too early."""
    latest = facts.curve["ts"].max() if facts.curve.height else None
    if not isinstance(latest, datetime) or view.now - latest - QUARTER < STOPPED:
        return ""
    return view.text("shell.stale", at=formats.day_clock(latest + QUARTER, view.zone, view.now))


def coverage_words(view: View, facts: CityFacts) -> str:
    """How many stations the figures come from, said only when it is not all."""
    share = ratio(facts.heard, facts.stations)
    if share is None or share >= 0.99:
        return ""
    return view.text("cockpit.coverage", n=f"{facts.heard:,}", total=f"{facts.stations:,}")
