"""What is compared: up to six things, each with a colour and a mark that stay in every panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from components.attributes import data
from components.glyphs import icon
from components.page import View
from components.svg import drawing, svg
from components.theme import SERIES, tokens
from components.time_range import link

MARKS = ("circle", "square", "diamond", "triangle-up", "cross", "star")
"""Plotly's names, in the order in which things take them."""
_SHAPES = (
    '<circle cx="6" cy="6" r="4.6"/>',
    '<rect x="1.8" y="1.8" width="8.4" height="8.4"/>',
    '<path d="M6 .6L11.4 6 6 11.4.6 6z"/>',
    '<path d="M6 1.2L11.2 10.4H.8z"/>',
    '<path d="M4.2 1h3.6v3.2H11v3.6H7.8V11H4.2V7.8H1V4.2h3.2z"/>',
    '<path d="M6 .4l1.7 3.7 4 .4-3 2.7.9 4L6 9.2l-3.6 2 .9-4-3-2.7 4-.4z"/>',
)


@dataclass(frozen=True)
class Entity:
    """One thing that is compared: a station, a set of it or a pump of that. `key` stands in the
    URL; `index` is its place there, which gives colour and mark."""

    key: str
    name: str
    index: int
    station: int
    zone: str = ""
    pump: int = 0

    @property
    def color(self) -> str:
        """Name of its colour token."""
        return SERIES[self.index % len(SERIES)]

    @property
    def mark(self) -> str:
        return MARKS[self.index % len(MARKS)]

    def ink(self, theme: str) -> str:
        """Its colour in a theme."""
        return tokens(theme)[self.color]


def mark(entity: Entity) -> html.Span:
    """The mark of an entity in its colour."""
    shape = f'<g fill="var(--{entity.color})">{_SHAPES[entity.index % len(_SHAPES)]}</g>'
    return drawing(svg(12, 12, shape), "", className="mark-box")


def chips(view: View, path: str, entities: Sequence[Entity], most: int, css: str = "") -> html.Div:
    """The compared things with a way to take each away, and a box to add a station by name or
    code; the box is filled by assets/compare.js."""
    keys = [entity.key for entity in entities]
    made: list[Any] = []
    for entity in entities:
        left = ",".join(key for key in keys if key != entity.key)
        away = dcc.Link(
            "×",
            href=link(path, dict(view.params), sel=left or "none"),
            className="chip-away",
            title=view.text("comparison.remove", name=entity.name),
        )
        made.append(html.Span([mark(entity), html.Span(entity.name), away], className="chip on"))
    if len(entities) < most:
        made.append(_add(view, keys, most))
    return html.Div(made, className=f"compare-chips {css}".strip())


def _add(view: View, keys: Sequence[str], most: int) -> html.Details:
    label = [icon("plus", 14), view.text("comparison.add", most=most)]
    box = html.Div(
        [html.Div("", className="add-field"), html.Ul([], className="add-list")],
        className="range-form add-form",
    )
    return html.Details(
        [html.Summary(label, className="chip"), box],
        className="add-box",
        **data(
            add=most, shown=",".join(keys),
            words=view.text("comparison.search"), none=view.text("comparison.nothing_found"),
        ),
    )  # fmt: skip


def named(entity: Entity) -> html.Span:
    """Mark and name, for a table."""
    return html.Span([mark(entity), " ", entity.name], className="entity")
