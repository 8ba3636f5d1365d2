"""Names of elements: every id begins with the page it belongs to, so the gate can ask the page."""

from __future__ import annotations

import json

SHELL = "shell"
"""Prefix of what stands on every page: header, rail, notices."""


def ident(page: str, part: str) -> str:
    """Id of one element, e.g. `map-inspector`."""
    return f"{page}-{part}"


def each(page: str, part: str, index: object) -> dict[str, object]:
    """Id of one of many alike elements, for callbacks with ALL or MATCH as `index`."""
    return {"type": ident(page, part), "index": index}


def page_of(element: str) -> str:
    """The page that an element id names; '' when it names none.

    `element` is an id as Dash writes it: plain (`map-list`) or JSON (`{"type":"map-row", ...}`).
    """
    if element.startswith("{"):
        try:
            element = str(json.loads(element).get("type", ""))
        except ValueError:
            return ""
    page, dash, _ = element.partition("-")
    return page if dash else ""
