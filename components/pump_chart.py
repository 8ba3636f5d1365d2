"""Charts of pumps: head and efficiency over flow, use of the regions, wear, energy gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.graph import figure
from components.theme import tokens

FREQUENCIES = (50, 45, 40, 35, 30)
MARGIN = {"l": 8, "r": 14, "t": 22, "b": 26}


@dataclass(frozen=True)
class Duties:
    """Where one compared pump ran: flow m³/h and head m, with its middle."""

    name: str
    color: str
    """Of the theme, ready to draw."""
    mark: str
    flow: np.ndarray
    head: np.ndarray
    size: np.ndarray
    middle: tuple[float, float] | None = None


@dataclass(frozen=True)
class HeadFlow:
    """The chart of one pump; all curves over `flow` at 50 Hz."""

    flow: np.ndarray
    plate: np.ndarray
    learnt: np.ndarray
    low: np.ndarray
    high: np.ndarray
    seen: tuple[float, float]
    """Flows at 50 Hz between which the curve was learnt; the rest is drawn dashed."""
    region: tuple[float, float]
    """Preferred flows at 50 Hz."""
    words: dict[str, str] = field(default_factory=dict)
    """plate, learnt, band, region, flow, head."""
    clouds: Sequence[Duties] = ()


def head_flow(theme: str, it: HeadFlow) -> go.Figure:
    """H over Q: curves by frequency in grey, preferred region shaded, learnt curve with its band,
    where the pumps ran."""
    t = tokens(theme)
    fig = figure(theme, margin=MARGIN, hovermode="closest")
    q, notes = it.flow, _units(t, it.words["head"], it.words["flow"])
    fast, slow = 1.0, FREQUENCIES[-1] / 50.0
    inside = (q >= it.region[0]) & (q <= it.region[1])
    if inside.sum() > 1:
        x = np.concatenate([q[inside] * fast, q[inside][::-1] * slow])
        y = np.concatenate([it.plate[inside] * fast, it.plate[inside][::-1] * slow**2])
        fig.add_trace(go.Scatter(x=x, y=y, mode="lines", fill="toself", fillcolor=t["band2"],
                                 line={"width": 0}, hoverinfo="skip"))  # fmt: skip
        notes.append(_note(t, float(np.mean(q[inside])) * slow,
                           float(it.plate[inside].mean()) * slow**2,
                           it.words["region"], "top"))  # fmt: skip
    for hertz in FREQUENCIES:
        s = hertz / 50.0
        up = it.plate >= 0
        fig.add_trace(go.Scatter(x=q[up] * s, y=it.plate[up] * s**2, mode="lines",
                                 line={"color": t["line3"], "width": 1.4 if hertz == 50 else 1,
                                       "dash": "dot" if hertz == 50 else "solid"},
                                 hoverinfo="skip"))  # fmt: skip
        notes.append(_note(t, 0.0, float(it.plate[0]) * s**2, f"{hertz} Hz", "bottom", "left"))
    fig.add_trace(go.Scatter(x=np.concatenate([q, q[::-1]]),
                             y=np.concatenate([it.high, it.low[::-1]]), fill="toself",
                             fillcolor=_clear(t["d1"], 0.22), line={"width": 0},
                             hoverinfo="skip"))  # fmt: skip
    known = (q >= it.seen[0]) & (q <= it.seen[1])
    for part, dash in ((known, "solid"), (~known, "dash")):
        fig.add_trace(go.Scatter(x=q, y=np.where(part, it.learnt, np.nan), mode="lines",
                                 line={"color": t["d1"], "width": 2, "dash": dash},
                                 hovertemplate=f"{it.words['learnt']} %{{x:.1f}} m³/h · "
                                               "%{y:.1f} m<extra></extra>"))  # fmt: skip
    for cloud in it.clouds:
        _cloud(fig, t, cloud, float(q.max()))
    top = float(max(it.plate.max(), it.learnt.max()))
    fig.update_xaxes(range=[0, float(q.max()) * 1.02], title_text="", nticks=7)
    fig.update_yaxes(range=[0, top * 1.10], nticks=5)
    fig.update_layout(annotations=notes)
    return fig


def _cloud(fig: go.Figure, t: dict[str, str], it: Duties, widest: float) -> None:
    """The points of a pump and, large, their middle with its name, on the side with more room."""
    fig.add_trace(go.Scatter(
        x=it.flow, y=it.head, mode="markers", hovertemplate=f"{it.name} %{{x:.1f}} m³/h · "
        "%{y:.1f} m<extra></extra>",
        marker={"color": it.color, "symbol": it.mark, "size": 4, "opacity": 0.55},
    ))  # fmt: skip
    if it.middle is None:
        return
    side = "left" if it.middle[0] > widest / 2 else "right"
    fig.add_trace(go.Scatter(
        x=[it.middle[0]], y=[it.middle[1]], mode="markers+text", text=[it.name],
        textposition=f"top {side}", textfont={"size": 12, "color": t["fg1"]},
        marker={"color": it.color, "symbol": it.mark, "size": 12,
                "line": {"color": t["bg1"], "width": 1.5}},
        hovertemplate=f"{it.name} %{{x:.1f}} m³/h · %{{y:.1f}} m<extra></extra>",
    ))  # fmt: skip


@dataclass(frozen=True)
class EfficiencyFlow:
    """Efficiency over flow at 50 Hz, in %."""

    flow: np.ndarray
    plate: np.ndarray
    learnt: np.ndarray
    low: np.ndarray
    high: np.ndarray
    points: tuple[np.ndarray, np.ndarray]
    """Flow and wire-to-water efficiency of the bins."""
    region: tuple[float, float]
    words: dict[str, str] = field(default_factory=dict)


def efficiency_flow(theme: str, it: EfficiencyFlow) -> go.Figure:
    """η over Q: plate grey, learnt with its band, wire to water as points."""
    t = tokens(theme)
    fig = figure(theme, margin=MARGIN, hovermode="closest")
    fig.add_vrect(x0=it.region[0], x1=it.region[1], fillcolor=t["band2"], line_width=0,
                  layer="below")  # fmt: skip
    fig.add_trace(go.Scatter(x=it.flow, y=it.plate, mode="lines", hoverinfo="skip",
                             line={"color": t["line3"], "width": 1.4, "dash": "dot"}))  # fmt: skip
    fig.add_trace(go.Scatter(x=np.concatenate([it.flow, it.flow[::-1]]),
                             y=np.concatenate([it.high, it.low[::-1]]), fill="toself",
                             fillcolor=_clear(t["d1"], 0.22), line={"width": 0},
                             hoverinfo="skip"))  # fmt: skip
    hover = "%{x:.1f} m³/h · %{y:.1f} %<extra></extra>"
    fig.add_trace(go.Scatter(x=it.flow, y=it.learnt, mode="lines",
                             line={"color": t["d1"], "width": 2},
                             hovertemplate=f"{it.words['pump']} {hover}"))  # fmt: skip
    fig.add_trace(go.Scatter(x=it.points[0], y=it.points[1], mode="markers",
                             marker={"color": t["d3"], "size": 7, "symbol": "diamond"},
                             hovertemplate=f"{it.words['wire']} {hover}"))  # fmt: skip
    peak, notes = int(np.nanargmax(it.learnt)), _units(t, "%", it.words["flow"])
    notes.append(_note(t, float(it.flow[peak]), float(it.learnt[peak]), it.words["pump"], "bottom"))
    if len(it.points[0]):
        top = float(it.points[0][int(np.nanargmax(it.points[1]))])
        near = np.abs(it.points[0] - top) < 0.22 * float(it.flow.max())
        below = float(np.nanmin(it.points[1][near])) - 6.0  # clear of the neighbours' marks
        notes.append(_note(t, top, below, it.words["wire"], "top"))
    fig.update_xaxes(range=[0, float(it.flow.max()) * 1.02], nticks=7)
    fig.update_yaxes(range=[0, 100], nticks=5)
    fig.update_layout(annotations=notes)
    return fig


def ratio_bars(
    theme: str, ratio: np.ndarray, share: np.ndarray, region: tuple[float, float], words: str
) -> go.Figure:
    """Share of the time (%) by flow over best flow; the preferred region is shaded."""
    t = tokens(theme)
    fig = figure(theme, margin=MARGIN)
    fig.add_vrect(x0=region[0], x1=region[1], fillcolor=t["band2"], line_width=0, layer="below")
    inside = (ratio >= region[0]) & (ratio <= region[1])
    fig.add_trace(go.Bar(x=ratio, y=share, width=0.11,
                         marker={"color": [t["d1"] if i else t["d8"] for i in inside]},
                         hovertemplate="%{x:.2f} · %{y:.1f} %<extra></extra>"))  # fmt: skip
    fig.update_xaxes(range=[0, 1.7], nticks=7)
    fig.update_yaxes(rangemode="tozero", nticks=5)
    fig.update_layout(annotations=_units(t, "%", words))
    return fig


def wear_line(
    theme: str,
    times: Sequence[Any],
    loss: np.ndarray,
    fitted: np.ndarray | None,
    begin: Any,
    words: dict[str, str],
) -> go.Figure:
    """Loss of head in points over time, the fitted ramp and where it began."""
    t = tokens(theme)
    fig = figure(theme, margin=MARGIN)
    fig.add_trace(go.Scatter(x=list(times), y=loss, mode="markers",
                             marker={"color": t["d1"], "size": 5},
                             hovertemplate="%{y:.1f} %<extra></extra>"))  # fmt: skip
    if fitted is not None:
        known = np.isfinite(loss)
        fig.add_trace(go.Scatter(x=[x for x, k in zip(times, known, strict=True) if k],
                                 y=fitted, mode="lines", hoverinfo="skip",
                                 line={"color": t["d1"], "width": 2}))  # fmt: skip
    notes = _units(t, "%", "")
    if begin is not None:
        fig.add_vline(x=begin, line={"color": t["fg2"], "width": 1, "dash": "dash"})
        notes.append(_note(t, begin, 0, words["onset"], "bottom", "left")
                     | {"yref": "paper", "xshift": 4})  # fmt: skip
    finite = loss[np.isfinite(loss)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    fig.update_xaxes(tickangle=0, nticks=5)
    fig.update_yaxes(range=[min(low - 1.0, -2.0), max(high + 1.0, 5.0)], nticks=5)
    fig.update_layout(annotations=notes)
    return fig


def gap_steps(
    theme: str, names: Sequence[str], values: Sequence[float], bounds: Sequence[tuple[float, float]]
) -> go.Figure:
    """Waterfall: what was used, each part taken away with its interval, what would have been
    enough. `values`: used, parts ..., enough; `bounds` of the parts."""
    t = tokens(theme)
    fig = figure(theme, margin=MARGIN | {"r": 8})
    # level words also on a narrow screen
    names = [n.replace(" ", "<br>") if n.isascii() or len(n) < 5 else f"{n[:3]}<br>{n[3:]}"
             for n in names]  # fmt: skip
    level = values[0]
    base, tall, colors, lows, highs = [0.0], [values[0]], [t["d8"]], [0.0], [0.0]
    for part, (low, high) in zip(values[1:-1], bounds, strict=True):
        base.append(level - max(part, 0.0))
        tall.append(abs(part))
        colors.append(t["d2"] if part >= 0 else t["d3"])
        highs.append(max(part - low, 0.0))
        lows.append(max(high - part, 0.0))
        level -= part
    base.append(0.0)
    tall.append(values[-1])
    colors.append(t["d1"])
    lows.append(0.0)
    highs.append(0.0)
    fig.add_trace(go.Bar(x=list(names), y=tall, base=base, marker={"color": colors},
                         hovertemplate="%{x} %{y:,.0f} kWh<extra></extra>"))  # fmt: skip
    ends = [b if 0 < i < len(base) - 1 else b + h
            for i, (b, h) in enumerate(zip(base, tall, strict=True))]  # fmt: skip
    fig.add_trace(go.Scatter(x=list(names), y=ends, mode="markers", hoverinfo="skip",
                             marker={"size": 1, "color": t["fg2"]},
                             error_y={"type": "data", "symmetric": False, "array": highs,
                                      "arrayminus": lows, "color": t["fg2"], "thickness": 1,
                                      "width": 4}))  # fmt: skip
    notes = [
        {"x": name, "y": start + high, "text": f"{value:,.0f}".replace("-", "−"),
         "showarrow": False, "yanchor": "bottom", "yshift": 2,
         "font": {"size": 11, "color": t["fg1"]}}
        for name, start, high, value in zip(names, base, tall, values, strict=True)
    ]  # fmt: skip
    fig.update_xaxes(tickangle=0)
    fig.update_yaxes(rangemode="tozero", nticks=5)
    fig.update_layout(annotations=[*notes, *_units(t, "kWh", "")])
    return fig


def _note(
    t: dict[str, str], x: Any, y: float, text: str, anchor: str, side: str = "center"
) -> dict[str, Any]:
    return {"x": x, "y": y, "text": text, "showarrow": False, "yanchor": anchor, "xanchor": side,
            "font": {"size": 11, "color": t["fg2"]}}  # fmt: skip


def _units(t: dict[str, str], up: str, along: str) -> list[dict[str, Any]]:
    """What the axes count, at their ends."""
    ends = [(0, up, "left"), *([(1, f"{along} →", "right")] if along else [])]
    return [
        _note(t, x, 1, text, "bottom", side)
        | {"xref": "paper", "yref": "paper", "font": {"size": 11, "color": t["fg3"]}}
        for x, text, side in ends
    ]


def _clear(color: str, share: float) -> str:
    red, green, blue = (int(color.strip()[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"
