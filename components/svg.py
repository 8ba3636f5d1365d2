"""Drawings: an SVG text that assets/drawings.js puts into the page, where CSS tokens reach it.

Dash has no SVG elements of its own, and an <img> would not see the theme.
"""

from __future__ import annotations

from html import escape
from typing import Any

from dash import html


def drawing(markup: str, label: str = "", **props: Any) -> html.Span:
    """An element that shows `markup`, the text of one <svg>.

    `label` is what a screen reader says; without it the drawing is decoration. Whatever text
    goes into `markup` must have passed `clean`.
    """
    spoken: dict[str, Any] = (
        {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    )
    return html.Span(**{"data-svg": markup, **spoken, **props})


def clean(text: object) -> str:
    """`text` made harmless inside markup and attributes."""
    return escape(str(text), quote=True)


def svg(width: float, height: float, body: str, css: str = "", stretch: bool = False) -> str:
    """An <svg> of that size in px; with `stretch` it fills its element and keeps line widths."""
    ratio = ' preserveAspectRatio="none"' if stretch else ""
    size = 'width="100%" height="100%"' if stretch else f'width="{width:g}" height="{height:g}"'
    style = f' class="{clean(css)}"' if css else ""
    return f'<svg viewBox="0 0 {width:g} {height:g}" {size}{ratio}{style}>{body}</svg>'
