"""Entries of the forms of the on-call page; assets/lists.js collects them by their names."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from components.page import View


def field(view: View, name: str, inside: Any) -> html.Label:
    """An entry of a form below its word."""
    words = html.Span(view.text(f"on_call.field.{name}"), className="hint")
    return html.Label([words, inside], className="on-call-field")


def select(name: str, options: list[tuple[str, str]]) -> html.Select:
    """A list to choose from: (value, words)."""
    listed = [html.Option(words, value=value) for value, words in options]
    return html.Select(listed, name=name, className="field")


def entry(name: str, placeholder: str = "", value: str = "") -> dcc.Input:
    """A line to type in."""
    return dcc.Input(name=name, value=value, type="text", placeholder=placeholder)
