"""The head of a page of analysis: tabs of its group, title with its question, filters, time, files.

Filters are plain form elements; assets/page_head.js writes their value into the URL, where all of
a page's state lives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from components.attributes import data
from components.glyphs import icon
from components.page import Page, View


def group_tabs(
    view: View, pages: Sequence[Page], here: Page, content: Any, beside: Any = None
) -> html.Div:
    """`content` below links to all pages of its group that the viewer may open; `beside` stands at
    the end of their line."""
    links = [
        html.Span(
            dcc.Link(
                page.title(view.language),
                href=page.path,
                className="tab on" if page.name == here.name else "tab",
            ),
            **({"aria-current": "page"} if page.name == here.name else {}),
        )
        for page in pages
    ]
    label = view.text(f"group.{here.group}")
    nav = html.Nav(links, className="group-tabs", **{"aria-label": label})
    line = html.Div([nav, beside], className="group-line") if beside is not None else nav
    return html.Div([line, content], className="grouped")


def page_head(
    title: str,
    question: str = "",
    filters: Sequence[Any] = (),
    time: Any = None,
    actions: Sequence[Any] = (),
) -> html.Header:
    """One or two lines: what the page is and asks, its filters, its time range, what to take."""
    words: list[Any] = [html.H1(title)]
    if question:
        words.append(html.Span(question, className="hint"))
    return html.Header(
        [
            html.Div(words, className="page-words"),
            html.Div([*filters], className="page-filters"),
            html.Div([time] if time is not None else [], className="page-time"),
            html.Div([*actions], className="page-actions"),
        ],
        className="page-head",
    )


def choice(
    label: str, name: str, options: Sequence[tuple[str, str]], chosen: str, default: str = ""
) -> html.Label:
    """A list to choose from: `options` are (value, words). The choice becomes the URL's parameter
    `name`; the value `default` takes the parameter away."""
    entries = [
        html.Option(words, value=value, selected=value == chosen) for value, words in options
    ]
    select = html.Select(entries, **data(query=name, default=default))
    return html.Label([html.Span(label, className="hint"), select], className="pick")


def finding(view: View) -> html.Details:
    """A box that finds a compound or district by name, pinyin or code (assets/scopes.js); it
    becomes the URL's `scope`."""
    label = view.text("filter.find_place")
    field = html.Div("", className="add-field")
    box = html.Div([field, html.Ul([], className="add-list")], className="range-form add-form")
    words = {"aria-label": label}
    return html.Details(
        [html.Summary(icon("search", 14), className="chip", title=label, **words), box],
        className="add-box",
        **data(scopes=label, none=view.text("comparison.nothing_found")),
    )


def switch(
    label: str, name: str, options: Sequence[tuple[str, str]], chosen: str, default: str
) -> html.Div:
    """The same as `choice` for two to four options: buttons side by side."""
    buttons = [
        html.Button(
            words,
            type="button",
            className="choice on" if value == chosen else "choice",
            **data(query=name, value=value, default=default),
            **{"aria-pressed": "true" if value == chosen else "false"},
        )
        for value, words in options
    ]
    return html.Div(
        [html.Span(label, className="hint"), html.Div(buttons, className="choices")],
        className="pick",
        role="group",
        **{"aria-label": label},
    )
