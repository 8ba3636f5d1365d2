"""What an analysis of a person's own file gives: figures, a table, a picture as SVG.

SVG because it needs nothing: no browser (as PNG by plotly would), no further library, and every
browser and word processor shows it sharp at any size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np

from analytics.results import Figure

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 960, 420, 70, 20, 44, 46
COLOURS = ("#2F6EA8", "#6B4A0C", "#2E8C63", "#6F2363")


@dataclass(frozen=True)
class Line:
    """One series of a picture; `dots` for measured points, else a line."""

    name: str
    x: np.ndarray
    y: np.ndarray
    dots: bool = False


@dataclass(frozen=True)
class Picture:
    x: str
    y: str
    lines: Sequence[Line]
    times: bool = False
    """x is ms."""


@dataclass(frozen=True)
class Outcome:
    """figures: (name, figure). heads, rows: the table; None and NaN are empty."""

    figures: list[tuple[str, Figure]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    rows: list[list[object]] = field(default_factory=list)
    picture: Picture | None = None


def svg(picture: Picture, title: str) -> str:
    """The picture as one SVG text; an empty frame where nothing is known."""
    xs = np.concatenate([np.asarray(line.x, float) for line in picture.lines])
    ys = np.concatenate([np.asarray(line.y, float) for line in picture.lines])
    seen = np.isfinite(xs) & np.isfinite(ys)
    x_low, x_high = _range(xs[seen], False)
    y_low, y_high = _range(ys[seen], True)

    def place(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        across = LEFT + (x - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT)
        return across, HEIGHT - FOOT - (y - y_low) / (y_high - y_low) * (HEIGHT - TOP - FOOT)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12" fill="#4A5561">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#FFFFFF"/>',
        f'<text x="{LEFT}" y="18" font-size="15" fill="#1B2129">{escape(title)}</text>',
        f'<text x="{LEFT}" y="{TOP - 8}">{escape(picture.y)}</text>',
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">{escape(picture.x)}</text>',
    ]
    for tick in np.linspace(y_low, y_high, 5):
        _, (y,) = place(np.array([x_low]), np.array([tick]))
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#E3E7EB"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:.4g}</text>')
    for tick in np.linspace(x_low, x_high, 6):
        (x,), _ = place(np.array([tick]), np.array([y_low]))
        word = _day(tick, x_high - x_low) if picture.times else f"{tick:.4g}"
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 28}" text-anchor="middle">{word}</text>')
    for number, line in enumerate(picture.lines):
        colour = COLOURS[number % len(COLOURS)]
        parts.append(_drawn(line, colour, *place(np.asarray(line.x), np.asarray(line.y))))
        parts.append(
            f'<text x="{WIDTH - RIGHT}" y="{18 + 15 * number}" text-anchor="end" '
            f'fill="{colour}">{escape(line.name)}</text>'
        )
    return "".join([*parts, "</svg>\n"])


def _drawn(line: Line, colour: str, x: np.ndarray, y: np.ndarray) -> str:
    known = np.isfinite(x) & np.isfinite(y)
    if line.dots:
        return "".join(
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.5" fill="{colour}"/>'
            for a, b in zip(x[known], y[known], strict=True)
        )
    path, pen = [], False
    for a, b, there in zip(x, y, known, strict=True):
        if there:
            path.append(f"{'L' if pen else 'M'}{a:.1f} {b:.1f}")
        pen = bool(there)
    return f'<path d="{"".join(path)}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _range(values: np.ndarray, zero: bool) -> tuple[float, float]:
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if zero and 0 < low < 0.5 * high:
        low = 0.0
    return (low, high) if high > low else (low - 1.0, high + 1.0)


def _day(ms: float, span: float) -> str:
    text = str(np.datetime64(round(ms), "ms"))
    return text[5:16].replace("T", " ") if span < 4 * 86_400_000 else text[:10]
