"""Elements that only show: a tree of Dash elements sent as one element with ready HTML.

Dash's renderer asks every component again at every change of any other, so a page of a thousand
components costs the browser seconds. A list, a tile or a table that no callback reaches into is
one component here, however many rows it has.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

VOID = frozenset({"br", "col", "hr", "img", "input"})
NAMES = {"className": "class", "htmlFor": "for", "tabIndex": "tabindex", "colSpan": "colspan"}
OF_DASH = frozenset({"available_properties", "available_wildcard_properties"})
UNITLESS = frozenset({"opacity", "zIndex", "flex", "order", "fontWeight", "lineHeight"})


HTML = "data-svg"
"""Property of an html.Div that takes what `rendered` gives: Output(place, HTML)."""


def flat(content: Any, **props: Any) -> html.Div:
    """`content` (elements, texts, lists of them) as one element that assets/drawings.js fills."""
    return html.Div(**{HTML: rendered(content), **props})


class Html(str):
    """Text that is HTML already."""


def written(tag: str, content: Any, **props: Any) -> Html:
    """An element as HTML; made of no Dash element, which costs far more."""
    attributes = "".join(_attribute(name, value) for name, value in props.items() if value)
    return Html(f"<{tag}{attributes}>{'' if tag in VOID else f'{rendered(content)}</{tag}>'}")


def rendered(content: Any) -> str:
    """HTML of `content`; every text in it is escaped, links stay links within the app.

    Raises ValueError for an element with an id, or of another library than html and dcc.Link:
    no callback could reach it.
    """
    if content is None or content is False:
        return ""
    if isinstance(content, list | tuple):
        return "".join(rendered(item) for item in content)
    if isinstance(content, Html):
        return content
    if not isinstance(content, Component):
        return escape(str(content), quote=False)
    return _element(content)


def given(element: Component) -> dict[str, Any]:
    """Its props, as its to_plotly_json tells them after asking for each one there could be."""
    return {k: v for k, v in vars(element).items() if k[0] != "_" and k not in OF_DASH}


def _element(element: Component) -> str:
    link = isinstance(element, dcc.Link)
    if not link and getattr(element, "_namespace", "") != "dash_html_components":
        raise ValueError(f"{element.__class__.__name__} can't be made flat")
    props = given(element)
    if "id" in props:
        raise ValueError(f"'{props['id']}' has an id: no callback could reach it here")
    inner = props.pop(HTML, None)
    children = props.pop("children", None)
    tag = "a" if link else element.__class__.__name__.lower()
    if link:
        props = {k: v for k, v in props.items() if k in ("href", "className", "title", "style")}
        props["data-link"] = "1"
    # Dash gives data-* in the order of a set: sorted, the same content is the same text
    attributes = "".join(_attribute(name, value) for name, value in sorted(props.items()))
    if tag in VOID:
        return f"<{tag}{attributes}>"
    return f"<{tag}{attributes}>{inner if inner is not None else rendered(children)}</{tag}>"


def _attribute(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    if name == "style":
        value = ";".join(f"{_kebab(k)}:{_size(k, v)}" for k, v in value.items())
    name = NAMES.get(name, name)
    if not name.startswith(("data-", "aria-")):
        name = name.lower()
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def _kebab(name: str) -> str:
    return name if name.startswith("--") else re.sub(r"([A-Z])", r"-\1", name).lower()


def _size(name: str, value: Any) -> str:
    bare = isinstance(value, int | float) and name not in UNITLESS and not name.startswith("--")
    return f"{value}px" if bare else str(value)
