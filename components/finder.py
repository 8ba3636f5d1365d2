"""Search and keyboard: the button of the header; assets/find.js and assets/keys.js do the rest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dash import html

from components.attributes import data
from components.glyphs import icon
from components.page import Page, View

GOES = {
    "o": "cockpit", "m": "map", "s": "stations", "a": "alarms", "w": "work_orders",
    "e": "energy", "p": "pumps", "l": "leakage", "c": "comparison", "q": "quality",
    "i": "indicators", "r": "rules",
}  # fmt: skip
"""`g` and then a letter leads to a page, for those who may open it."""
VIEW_KEYS = (
    ("/", "search"), ("?", "help"), ("[ ]", "back"), ("t", "time"), ("c", "compare"),
    ("x", "export"), ("y", "copy"), ("Backspace", "up"),
)  # fmt: skip
LIST_KEYS = (("j k ↑ ↓", "move"), ("Enter", "enter"), ("a s d", "ack"), ("Esc", "close"))
FIND_WORDS = (
    "title", "hint", "none", "failed", "foot", "page", "district", "station", "compound", "part",
    "alarm", "order", "rule", "indicator",
)  # fmt: skip


def finder(view: View, pages: Sequence[Page]) -> html.Div:
    """The button that opens the search, beside it that of the keys. `pages`: those that the viewer
    may open."""
    by_name = {page.name: page for page in pages}
    goes = {key: by_name[name] for key, name in GOES.items() if name in by_name}
    said = {key: view.text(f"find.{key}") for key in FIND_WORDS}
    told = {
        "title": view.text("keys.title"), "on": view.text("keys.on"),
        "copied": view.text("keys.copied"), "close": view.text("shell.close"),
        "groups": [
            [view.text("keys.go"),
             [[f"g {key}", page.title(view.language)] for key, page in goes.items()]],
            [view.text("keys.view"), [[key, view.text(f"keys.{word}")] for key, word in VIEW_KEYS]],
            [view.text("keys.lists"),
             [[key, view.text(f"keys.{word}")] for key, word in LIST_KEYS]],
        ],
        "goes": {key: page.path for key, page in goes.items()},
    }  # fmt: skip
    words = html.Span(view.text("find.open"), className="find-word")
    search = html.Button(
        [icon("search", 16), words, html.Kbd("/")], type="button", className="find-open",
        title=view.text("find.open"), **_said(view.text("find.open")),
        **data(find=json.dumps(said, ensure_ascii=False)),
    )  # fmt: skip
    keys = html.Button(
        "?", type="button", className="plain keys-open", title=view.text("keys.open"),
        **_said(view.text("keys.open")), **data(keys=json.dumps(told, ensure_ascii=False)),
    )  # fmt: skip
    return html.Div([search, keys], className="finder")


def _said(label: str) -> dict[str, Any]:
    return {"aria-label": label, "aria-haspopup": "dialog"}
