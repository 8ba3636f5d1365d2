"""Attributes that the scripts of the page read."""

from __future__ import annotations

from typing import Any


def data(**values: object) -> dict[str, Any]:
    """`data-*` attributes of an element; `data(bind="L.P_OUT")` is data-bind="L.P_OUT"."""
    return {f"data-{name.replace('_', '-')}": str(value) for name, value in values.items()}
