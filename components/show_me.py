"""The small button beside a number that opens what stands behind it (assets/show_me.js)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import html

from components.attributes import data
from components.page import View
from data.catalogue.indicators import indicators

EXPLAIN = "/api/v1/indicators/{code}/explain"


def show_me(view: View, code: str, **params: object) -> html.Button | None:
    """A button for the indicator `code`; None when the viewer's role may not see it.

    params: those of the API: `start` and `end` (days, both included; by default today),
    district, compound, type, station (codes). Empty ones are left out.
    """
    row = indicators()[code]
    if not row.allowed(view.user.role) or not row.offered:
        return None
    return html.Button(
        "i",
        type="button",
        className="show-me",
        title=view.text("show_me.open", name=row.name(view.language)),
        **data(show_me=address(view, code, **params)),
        **{"aria-label": view.text("show_me.open", name=row.name(view.language))},
        **{"aria-haspopup": "dialog"},
    )


def address(view: View, code: str, **params: object) -> str:
    """Where the explanation is fetched."""
    today = view.now.astimezone(view.zone).date()
    query: dict[str, Any] = {"from": params.pop("start", today), "to": params.pop("end", today)}
    query |= params
    told = {name: str(value) for name, value in query.items() if value not in ("", None)}
    return f"{EXPLAIN.format(code=code)}?{urlencode(told)}"
