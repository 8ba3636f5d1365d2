"""Tiles and charts of the page of alarm statistics."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import plotly.graph_objects as go
from dash import html

from analytics.alarm_statistics import SLOT, distribution
from analytics.indicator_reducers import FLOOD_STARTS
from components.figure_text import figure_words
from components.formats import MISSING, number
from components.glyphs import level_glyph
from components.graph import figure
from components.kpi import kpi
from components.page import View
from components.tables import Field, table
from components.theme import tokens
from data.catalogue.alarm_targets import Target, targets
from pages.alarm_statistics_facts import Scene
from pages.guarded import guard

BARS = 450
"""Bars that a chart shows at most; then a bar stands for more slots of 10 min."""
STEPS = (1, 6, 36, 144)
"""Slots a bar: 10 min, an hour, 6 h, a day."""
GRAVE = {"missed": 3, "over": 2}
"""Level that a tile is drawn with when its figure misses its target, or its limit too."""
SECOND = {
    "stale": "standing", "acknowledge_p90": "acknowledge_p50", "top_rules": "top_stations",
    "station_day": "count",
}  # fmt: skip
"""Figure that stands beside another one's target."""


@guard()
def tiles(view: View, it: Scene) -> html.Div:
    """A tile a figure: value, target, verdict."""
    shown = [row for row in targets().values() if row.tile]
    return html.Div([_tile(view, it, row) for row in shown], className="kpis statistics-tiles")


def _tile(view: View, it: Scene, row: Target) -> Any:
    told = it.figures[row.code]
    verdict = row.verdict(told.value)
    foot = [(view.text("alarm_statistics.target"), goal(row))]
    if (other := SECOND.get(row.code)) is not None:
        foot.append((view.text(f"alarm_statistics.beside_{other}"), shown(it, other)))
    elif verdict:
        foot.append(("", view.text(f"alarm_statistics.{verdict}")))
    hint = f"{row.about.text(view.language)} · {figure_words(told, view.language)}"
    return kpi(
        row.text(view.language), row.unit, shown(it, row.code), foot, level=GRAVE.get(verdict, 0),
        lang=view.language, hint=hint,
    )  # fmt: skip


def shown(it: Scene, code: str) -> str:
    """The value of a figure with its decimals."""
    return number(it.figures[code].value, targets()[code].decimals)


def goal(row: Target) -> str:
    """A target as people read it."""
    if row.target is None:
        return MISSING
    if row.within is not None:
        return f"{row.target:g} ± {row.within:g}"
    return f"{'≥' if row.better == 'up' else '≤'} {row.target:g}"


def bars(it: Scene) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """Minutes a bar, and each bar's start (ms), the most alarms of any 10 min in it, and whether
    there was a flood in it."""
    counts, flooded = it.rate.counts, it.rate.flooded
    step = next((s for s in STEPS if len(counts) <= s * BARS), STEPS[-1])
    starts = np.arange(0, len(counts), step)
    if len(counts):
        counts, flooded = (np.maximum.reduceat(one, starts) for one in (counts, flooded))
    return step * SLOT // 60_000, it.rate.start + starts * SLOT, counts, flooded


def rate_chart(view: View, it: Scene) -> go.Figure:
    """Bars of alarms in 10 min; floods stand behind them as bands."""
    ink = tokens(view.theme)
    fig = figure(view.theme, hovermode="x", barmode="overlay")
    minutes, starts, highest, flooded = bars(it)
    top = max(float(highest.max(initial=0.0)) * 1.1, FLOOD_STARTS * 1.25)
    x, wide = np.array([_local(view, int(at)) for at in starts]), minutes * 60_000
    fig.add_trace(
        go.Bar(
            x=x[flooded], y=np.full(int(flooded.sum()), top), marker={"color": ink["p3-row"]},
            offset=0, width=wide, hoverinfo="skip",
        )
    )  # fmt: skip
    fig.add_trace(
        go.Bar(
            x=x, y=highest, marker={"color": ink["d1"]}, offset=0, width=wide * 0.8,
            hovertemplate="%{x|%m-%d %H:%M} · %{y:.3~g}<extra></extra>",
        )
    )  # fmt: skip
    words = view.text("alarm_statistics.flood_line")
    fig.add_hline(
        FLOOD_STARTS, line={"color": ink["p2"], "width": 1, "dash": "dash"}, annotation_text=words,
        annotation_position="top right", annotation_font={"size": 11, "color": ink["fg3"]},
    )  # fmt: skip
    fig.update_yaxes(range=[0, top], nticks=5)
    begin, end = (_local(view, at) for at in (it.span.start, it.span.end))
    # said, as a span without a bar tells plotly nothing of its kind
    fig.update_xaxes(type="date", range=[begin, end], tickformat="%m-%d\n%H:%M", nticks=10)
    if it.span.begin > it.span.start:
        fig.add_vrect(
            x0=begin, x1=_local(view, it.span.begin), fillcolor=ink["band"], line_width=0,
            annotation_text=view.text("alarm_statistics.before_records"),
            annotation_font={"size": 11, "color": ink["fg2"]},
        )  # fmt: skip
    return fig


def periods(view: View, it: Scene) -> html.Table:
    """10-min periods by how many alarms they held."""
    fields = [
        Field("n", view.text("alarm_statistics.in_period"), width="34%"),
        Field("bar", ""),
        Field("share", "%", right=True, width="24%"),
    ]
    rows = [
        {"n": name, "bar": bar(share, 100.0), "share": number(share, 2)}
        for name, share in distribution(it.rate.counts).items()
    ]
    return table(fields, rows, view.text("alarm_statistics.periods"))


def levels(view: View, it: Scene) -> html.Table:
    """The split by level against its target."""
    fields = [
        Field("level", view.text("alarms.level"), width="20%"),
        Field("bar", ""),
        Field("share", "%", right=True, width="18%"),
        Field("goal", view.text("alarm_statistics.target"), right=True, width="26%", css="soft"),
    ]
    rows = []
    for level in (1, 2, 3, 4):
        row, told = targets()[f"level_{level}"], it.figures[f"level_{level}"]
        missed = row.verdict(told.value) == "missed"
        share = number(told.value, row.decimals)
        rows.append({
            "level": level_glyph(level, view.language, size=16),
            "bar": bar(told.value, 100.0, row.target),
            "share": html.Span(share, className="text-l3" if missed else ""),
            "goal": goal(row),
        })  # fmt: skip
    return table(fields, rows, view.text("alarm_statistics.levels"))


def bar(value: float | None, top: float, target: float | None = None) -> html.Span:
    """A bar from zero within a cell, with a tick where it should end."""
    share = 0.0 if value is None or top <= 0 else 100.0 * min(value / top, 1.0)
    parts: list[Any] = [html.Span(className="fill", style={"width": f"{share:.1f}%"})]
    if target is not None:
        parts.append(html.Span(className="tick", style={"left": f"{100 * target / top:.1f}%"}))
    return html.Span(parts, className="cell-bar", **{"aria-hidden": "true"})


def _local(view: View, ms: int) -> datetime:
    """Local time without a zone, as charts want it."""
    return datetime.fromtimestamp(ms / 1000, view.zone).replace(tzinfo=None)
