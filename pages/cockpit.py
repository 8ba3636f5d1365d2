"""The cockpit: is service normal, what is abnormal, who is on it, what does it cost?"""

from __future__ import annotations

from typing import Any

from dash import Dash, html

from components.page import Page, View
from data.stores import Stores

PAGE = Page("cockpit", "/", "cockpit")


def layout(stores: Stores, view: View) -> Any:
    """The whole cockpit for the viewer's scope."""
    return html.Div(className="cockpit")


def register(app: Dash, stores: Stores) -> None:
    """No callbacks yet."""
