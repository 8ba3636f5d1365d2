"""The tray of background jobs in the header: badge, list with progress, cancel, download.

assets/tray.js fills it from /api/jobs, so that a job goes on being told whatever page one reads.
"""

from __future__ import annotations

import json

from dash import html

from components.glyphs import icon
from components.page import View

SPOKEN = (
    "empty", "queued", "running", "done", "failed_state", "cancelled", "cancelling", "cancel",
    "download", "left", "rows", "days", "kept", "gone", "finished", "went_wrong", "waiting",
)  # fmt: skip
"""Texts that the script needs."""


def tray(view: View, days: int = 7) -> html.Div:
    """The button with its badge and the closed list. `days`: how long results are kept."""
    label = view.text("jobs.tray")
    words = {name: view.text(f"jobs.{name}") for name in SPOKEN}
    words |= {
        "empty": view.text("jobs.empty", days=days),
        "kept": view.text("jobs.kept", days=days),
    }
    button = html.Button(
        [icon("download", 18), html.Span("", className="tray-badge", hidden=True)],
        type="button",
        className="tray-button",
        title=label,
        **{"aria-label": label, "aria-expanded": "false", "aria-controls": "shell-tray-list"},
    )
    close = html.Button(
        "×", type="button", className="tray-close", **{"aria-label": view.text("jobs.close")}
    )
    panel = html.Section(
        [
            html.Header([html.H2(label), close]),
            html.Div(className="tray-rows"),
            html.P(words["kept"], className="hint"),
        ],
        id="shell-tray-list",
        className="tray-list",
        hidden=True,
        **{"aria-label": label},
    )
    said = html.Div(className="tray-said", role="status", **{"aria-live": "polite"})
    return html.Div(
        [button, panel, said],
        id="shell-tray",
        className="tray",
        **{"data-words": json.dumps(words, ensure_ascii=False)},
    )
