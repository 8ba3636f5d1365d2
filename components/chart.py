"""A figure that is sent in its theme's template.

Plotly checks and copies a template with every figure that has one, which takes longer than all else
of a small chart. Here figures are made without, and the template joins them on their way out.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio

from components.theme import template_name

pio.templates.default = None


class Chart(go.Figure):  # type: ignore[misc]
    """A figure of 'dark' or 'light'; what else as go.Figure."""

    def __init__(self, theme: str, **parts: Any) -> None:
        super().__init__(**parts)
        self._theme = theme

    def to_dict(self) -> dict[str, Any]:
        """The figure as plain data, in its template; not to be changed: the template is shared."""
        made: dict[str, Any] = super().to_dict()
        made["layout"]["template"] = _template(self._theme)
        return made


@lru_cache
def _template(theme: str) -> dict[str, Any]:
    found: dict[str, Any] = pio.templates[template_name(theme)].to_plotly_json()
    return found
