"""The breadcrumb: from the city down to a pump, each step with what stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dash import dcc, html

from components.flat import flat
from components.page import View

AROUND = 20
"""Siblings shown before and after the present one; a link leads to all of them."""


@dataclass(frozen=True)
class Step:
    """One level of the way down. `beside`: (name, address) of all of its level below the same
    parent, itself among them; `here` is its own place there."""

    name: str
    href: str
    beside: Sequence[tuple[str, str]] = field(default_factory=tuple)
    here: int = 0
    every: str = ""
    """Address of the list of all siblings, when there are more than a menu shows."""


def crumbs(view: View, way: Sequence[Step]) -> html.Div:
    """All levels as links, each with a menu of its siblings; the last also has the one before and
    the one after. One ready element: no callback reaches into it."""
    made: list[object] = []
    for n, step in enumerate(way):
        last = n == len(way) - 1
        name = (
            html.Span(
                step.name, className="crumb-name", title=step.name, **{"aria-current": "page"}
            )
            if last
            else dcc.Link(step.name, href=step.href, className="crumb-name", title=step.name)
        )
        menu = _menu(view, step) if len(step.beside) > 1 else None
        inside = [name, menu, *(_neighbours(view, step) if last else ())]
        made.append(html.Span(inside, className="crumb-step"))
    return flat(made, className="drill")


def _menu(view: View, step: Step) -> html.Details:
    first = max(0, step.here - AROUND)
    shown = step.beside[first : step.here + AROUND + 1]
    links = [
        dcc.Link(name, href=href, className="on" if first + i == step.here else "")
        for i, (name, href) in enumerate(shown)
    ]
    if len(shown) < len(step.beside) and step.every:
        words = view.text("drill.all", n=f"{len(step.beside):,}")
        links.append(dcc.Link(words, href=step.every, className="more"))
    label = view.text("drill.beside", name=step.name)
    return html.Details(
        [
            html.Summary("▾", title=label, **{"aria-label": label}),
            html.Div(links, className="crumb-menu"),
        ],
        className="crumb-beside",
    )


def _neighbours(view: View, step: Step) -> list[dcc.Link]:
    """‹ and ›, where there is one before or after."""
    ways = ((-1, "‹", "drill.before"), (1, "›", "drill.after"))
    found = []
    for by, sign, word in ways:
        at = step.here + by
        if len(step.beside) > 1 and 0 <= at < len(step.beside):
            name, href = step.beside[at]
            title = view.text(word, name=name)
            found.append(dcc.Link(sign, href=href, className="crumb-next", title=title))
    return found
