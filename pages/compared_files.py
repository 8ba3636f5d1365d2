"""Files of the pages that compare: small buttons in the head of a panel, and what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import ctx, html, no_update

from components.export import download, facts, file_name
from components.ids import each
from components.page import View

Table = tuple[list[str], list[list[Any]]]


def buttons(page: str, part: str) -> list[html.Button]:
    """CSV and Excel of one panel: `part` names it."""
    return [
        html.Button(
            words, id=each(page, "export", f"{part}:{kind}"), type="button", className="link-button"
        )
        for kind, words in (("csv", "CSV"), ("xlsx", "Excel"))
    ]


def asked() -> tuple[str, str] | None:
    """Panel and kind of the button that was pressed; None when a callback only starts."""
    chosen = ctx.triggered_id
    if chosen is None or not ctx.triggered[0]["value"]:
        return None
    part, _, kind = str(chosen["index"]).rpartition(":")
    return part, kind


def file(
    view: View,
    kind: str,
    title: str,
    scope: str,
    span: str,
    made: Table,
    more: Sequence[tuple[str, str]] = (),
) -> Any:
    """What dcc.Download takes; nothing when the table is empty."""
    heads, rows = made
    if not rows:
        return no_update
    about = facts(view, scope, span, more)
    return download(kind, file_name(view, title), heads, rows, about, title)
