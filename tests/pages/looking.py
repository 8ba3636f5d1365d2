"""To look into what a page answers, and to call what a click calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dash._callback_context import context_value
from dash._utils import AttributeDict


def drawn(element: Any) -> str:
    """Everything of an element as JSON, for looking into."""
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
