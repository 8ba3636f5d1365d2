"""What a panel says when it has nothing to show: loading, empty, error, no right."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from data.catalogue.words import text


def loading(rows: int = 3) -> html.Div:
    """A static skeleton; its style keeps it unseen for the first 300 ms."""
    return html.Div(
        [html.Span(className="bone") for _ in range(rows)],
        className="state skeleton",
        **{"aria-busy": "true"},
    )


def empty(lang: str, sentence: str, last: str = "", action: Any = None) -> html.Div:
    """One sentence, the last known time, one button that helps."""
    inside: list[Any] = [html.P(sentence)]
    if last:
        inside.append(html.P(text(lang, "state.last", at=last), className="hint"))
    if action is not None:
        inside.append(action)
    return html.Div(inside, className="state")


def error(
    lang: str, cause: str, reference: str = "", retry: str = "", clock: str = "", advice: str = ""
) -> html.Div:
    """Plain cause, `advice` what to do, short reference; what asks again: `retry` is a URL, `clock`
    the id of a dcc.Interval that assets/shell.js moves on, without either the page loads anew."""
    inside: list[Any] = [html.P(cause)]
    if advice:
        inside.append(html.P(advice, className="hint"))
    if reference:
        inside.append(html.P(f"ref {reference}", className="hint"))
    if retry:
        inside.append(html.A(text(lang, "state.retry"), href=retry, className="button"))
    else:
        again: dict[str, Any] = {"type": "button", "className": "button", "data-retry": clock}
        inside.append(html.Button(text(lang, "state.retry"), **again))
    return html.Div(inside, className="state failed", role="alert")


def denied(lang: str, right: str, roles: str) -> html.Div:
    """A panel that the viewer may not see: the right that is missing, which roles have it."""
    return html.Div(
        [
            html.P(text(lang, "state.denied", right=right)),
            html.P(text(lang, "state.denied_who", roles=roles), className="hint"),
        ],
        className="state",
    )


def forbidden(lang: str, subject: str, roles: str) -> html.Div:
    """Why a page does not open, who may open it, who grants that."""
    return html.Div(
        [
            html.H1(text(lang, "forbidden.title", subject=subject)),
            html.P(text(lang, "forbidden.why", roles=roles)),
            html.P(text(lang, "forbidden.who"), className="hint"),
            dcc.Link(text(lang, "shell.home"), href="/", className="button primary"),
        ],
        className="state page-state",
    )


def not_found(lang: str, why: str = "", back: Any = None) -> html.Div:
    """No such page or thing, or none within the viewer's reach: what it was, the way back."""
    return html.Div(
        [
            html.H1(text(lang, "not_found.title")),
            html.P(why or text(lang, "not_found.why")),
            back,
            dcc.Link(text(lang, "shell.home"), href="/", className="button primary"),
        ],
        className="state page-state",
    )
