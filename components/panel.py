"""The panel: one box, one header line, at most two actions."""

from __future__ import annotations

from typing import Any

from dash import dcc, html


def panel(
    title: str,
    body: Any,
    subtitle: Any = None,
    actions: Any = None,
    tag: str = "",
    name: str | None = None,
    css: str = "",
) -> html.Section:
    """A titled box. `subtitle` tells unit and meaning, `tag` a state (data stopped at 14:02),
    `name` is the element's id, `css` more classes."""
    head = [html.H2(title, className="panel-title")]
    if subtitle is not None:
        said = {"title": subtitle} if isinstance(subtitle, str) else {}
        head.append(html.Span(subtitle, className="panel-subtitle", **said))
    if tag:
        head.append(html.Span(tag, className="tag"))
    if actions is not None:
        head.append(html.Div(actions, className="panel-actions"))
    named: dict[str, Any] = {"id": name} if name else {}
    return html.Section(
        [html.Header(head, className="panel-head"), html.Div(body, className="panel-body")],
        className=f"panel {css}".strip(),
        **named,
    )


def more_link(label: str, href: str) -> dcc.Link:
    """The link of a panel's header to the page that tells more."""
    return dcc.Link(
        [label, html.Span(" ›", **{"aria-hidden": "true"})], href=href, className="more"
    )


def tag(label: str, css: str = "") -> html.Span:
    """A small bordered word."""
    return html.Span(label, className=f"tag {css}".strip())


def chip(label: str, count: int | str = "", css: str = "", **props: Any) -> html.Button:
    """A filter: a pill with its count ('—' when not known yet); `css` 'on' when chosen."""
    inside: list[Any] = [label]
    if count != "":
        inside.append(html.B(count if isinstance(count, str) else f"{count:,}"))
    return html.Button(inside, type="button", className=f"chip {css}".strip(), **props)
