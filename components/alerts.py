"""Alarms that pop up on whatever page is open, and the bell of one's own messages.

assets/alerts.js fills both from /api/alerts.
"""

from __future__ import annotations

import json
from typing import Any

from dash import dcc, html

from components.glyphs import icon
from components.page import View

SPOKEN = (
    "acknowledge", "open", "later", "mute", "muted", "unmute", "sound", "more", "failed",
    "needs_click",
)  # fmt: skip
"""Texts that the script needs."""


def bell(view: View) -> dcc.Link:
    """The way to one's own messages, with the count of those that weren't looked at."""
    label = view.text("alerts.mine")
    return dcc.Link(
        [
            icon("alarms", 18, label),
            html.Span("", className="tray-badge", hidden=True),
        ],
        href="/on-call?tab=mine",
        id="shell-bell",
        className="tray-button bell",
        title=label,
    )


def popups(view: View) -> html.Section:
    """The place where new alarms of level 1 and 2 appear."""
    words = {name: view.text(f"alerts.{name}") for name in SPOKEN}
    said: dict[str, Any] = {"aria-live": "assertive", "aria-label": view.text("alerts.title")}
    return html.Section(
        id="shell-alerts",
        className="alerts",
        hidden=True,
        **said,
        **{"data-words": json.dumps(words, ensure_ascii=False)},
    )
