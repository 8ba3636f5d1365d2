"""Sparklines, bullet bars and stage bars as SVG text: a hundred of them cost milliseconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dash import html

from components.svg import drawing, svg

Values = Sequence[float | None]
BAND_SHARE = 0.6
"""Part of the height that the normal band takes, so that noise does not look like drama."""


def spark(
    values: Values,
    band: tuple[float, float] | None = None,
    compare: Values | None = None,
    level: int = 0,
    height: int = 28,
    label: str = "",
    floor: float | None = None,
) -> html.Span:
    """A line of `values` that fills the width of its place; gaps (None, NaN) stay gaps.

    `band` is the normal range, `compare` a dotted line over the same slots (yesterday), which
    may be longer than `values`. `level` 1-4 colours the last point. `floor` is the least bottom
    of the scale (0 for flow).
    """
    width = 120.0
    slots = max(len(values), len(compare or ()), 2)
    low, high = _domain(values, compare, band, floor)

    def y(value: float) -> float:
        return 2 + (height - 4) * (high - value) / (high - low)

    parts = []
    if band is not None:
        top, bottom = y(min(band[1], high)), y(max(band[0], low))
        parts.append(
            f'<rect class="band" x="0" y="{top:.1f}" width="{width:g}" '
            f'height="{max(bottom - top, 0):.1f}"/>'
        )
    if compare is not None:
        parts.append(f'<path class="compare" d="{_path(compare, width / (slots - 1), y)}"/>')
    parts.append(f'<path class="line" d="{_path(values, width / (slots - 1), y)}"/>')
    last = next((i for i in range(len(values) - 1, -1, -1) if _known(values[i])), None)
    if last is not None:
        at = f"{width * last / (slots - 1):.1f} {y(values[last] or 0.0):.1f}"
        parts.append(f'<path class="point l{level}" d="M{at}h0"/>')
    return drawing(
        svg(width, height, "".join(parts), "spark", stretch=True),
        label,
        className="spark-box",
        style={"height": height},
    )


def bars(values: Values, height: int = 28, label: str = "", level: int = 0) -> html.Span:
    """Small bars from zero, for counts per hour."""
    width, slots = 120.0, max(len(values), 1)
    top = max((v for v in values if _known(v)), default=0) or 1  # type: ignore[type-var]
    step = width / slots
    body = "".join(
        f'<rect class="bar l{level}" x="{i * step + step * 0.15:.2f}" '
        f'y="{height - height * v / top:.1f}" width="{step * 0.7:.2f}" '
        f'height="{height * v / top:.1f}"/>'
        for i, v in enumerate(values)
        if v is not None and _known(v)
    )
    return drawing(
        svg(width, height, body, "spark", stretch=True),
        label,
        className="spark-box",
        style={"height": height},
    )


def bullet(
    value: float | None, target: float | None, top: float, level: int = 0, label: str = ""
) -> html.Span:
    """A bar from zero to `value` on a track to `top`, with the target as a tick.

    The inner range of the track ends at the target.
    """
    top = top if top > 0 else 1.0
    share = 0.0 if value is None or not _known(value) else min(max(value / top, 0), 1)
    parts = ['<rect class="track" x="0" y="0" width="100" height="14"/>']
    if target is not None and _known(target):
        mark = min(target / top, 1) * 100
        parts.append(f'<rect class="inner" x="0" y="0" width="{mark:.2f}" height="14"/>')
    parts.append(f'<rect class="bar l{level}" x="0" y="4" width="{share * 100:.2f}" height="6"/>')
    if target is not None and _known(target):
        parts.append(f'<path class="tick" d="M{mark:.2f} 1v12"/>')
    return drawing(
        svg(100, 14, "".join(parts), "bullet", stretch=True), label, className="bullet-box"
    )


def stages(counts: Sequence[int], label: str = "") -> html.Span:
    """One stacked bar, a part a stage, in the order of the process."""
    total = sum(counts)
    parts, x = ['<rect class="track" x="0" y="0" width="100" height="8"/>'], 0.0
    for i, count in enumerate(counts):
        width = 100 * count / total if total else 0
        parts.append(
            f'<rect class="stage s{i}" x="{x:.2f}" y="0" '
            f'width="{max(width - 0.4, 0):.2f}" height="8"/>'
        )
        x += width
    return drawing(
        svg(100, 8, "".join(parts), "bullet", stretch=True), label, className="stages-box"
    )


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _domain(
    values: Values, compare: Values | None, band: tuple[float, float] | None, floor: float | None
) -> tuple[float, float]:
    known = [v for v in (*values, *(compare or ())) if v is not None and math.isfinite(v)]
    if band is not None:
        spare = (band[1] - band[0]) * (1 / BAND_SHARE - 1) / 2
        known += [band[0] - spare, band[1] + spare]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if floor is not None:
        low = min(low, floor)
    if high <= low:
        low, high = low - 0.5, high + 0.5
    return low, high


def _path(values: Values, step: float, y: Any) -> str:
    """Path data with a new start after each gap."""
    parts, pen_down = [], False
    for i, value in enumerate(values):
        if value is None or not math.isfinite(value):
            pen_down = False
            continue
        parts.append(f"{'L' if pen_down else 'M'}{i * step:.1f} {y(value):.1f}")
        pen_down = True
    return "".join(parts)
