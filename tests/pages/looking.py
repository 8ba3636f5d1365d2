"""To look into what a page answers, and to call what a click calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dash._callback_context import context_value
from dash._utils import AttributeDict

from components.sent import sent


def drawn(element: Any) -> str:
    """Everything of an element as JSON, for looking into; it is one that can be sent."""
    sent(element)
    return json.dumps(
        element,
        default=lambda o: o.to_plotly_json() if hasattr(o, "to_plotly_json") else str(o),
        ensure_ascii=False,
    )


@contextmanager
def clicked(button: str) -> Iterator[None]:
    """As if this element (id as Dash writes it) had just been clicked."""
    asked = AttributeDict(triggered_inputs=[{"prop_id": f"{button}.n_clicks", "value": 1}])
    before = context_value.set(asked)
    try:
        yield
    finally:
        context_value.reset(before)


def panel_of(content: Any, title: str) -> str:
    """What the panel of this title shows."""
    if "panel" in str(getattr(content, "className", "")).split() and title in drawn(content):
        return drawn(content)
    inside = getattr(content, "children", None)
    parts = inside if isinstance(inside, list | tuple) else [inside]
    return next((found for p in parts if p is not None and (found := panel_of(p, title))), "")
