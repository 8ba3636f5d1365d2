"""The KPI tile: value, yardstick, spark; the whole of it is a link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from components.glyphs import level_glyph


def kpi(
    label: str,
    unit: str,
    value: str,
    yardsticks: Sequence[tuple[str, str]],
    spark: Any = None,
    level: int = 0,
    href: str = "",
    lang: str = "zh",
    live: str = "",
    hint: str = "",
    more: Any = None,
) -> Any:
    """One tile. `value` is formatted; `yardsticks` are (word, value) pairs, at most two;
    `level` 1-4 when the value breaks a limit; `live` names the figure of the live feed that
    keeps the value fresh; `hint` is the definition, shown on hover; `more` stands at the end of
    the head (components.show_me)."""
    head: list[Any] = [level_glyph(level, lang, size=16)] if level else []
    head += [html.Span(label, className="kpi-label"), html.Span(unit, className="unit")]
    head += [more] if more is not None else []
    bound: dict[str, Any] = {"data-live": live} if live else {}
    inside = [
        html.Div(head, className="kpi-head"),
        html.Div(
            [
                html.Span(value, className="kpi-value", **bound),
                html.Div(spark, className="kpi-spark"),
            ],
            className="kpi-row",
        ),
        html.Div(
            [
                html.Span([word, " ", html.B(figure)] if word else html.B(figure))
                for word, figure in yardsticks[:2]
            ],
            className="kpi-foot",
        ),
    ]
    css = f"kpi panel{f' broken l{level}' if level else ''}"
    if href:
        return dcc.Link(inside, href=href, className=css, title=hint)
    return html.Div(inside, className=css, title=hint)
