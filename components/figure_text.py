"""A computed figure as text: value, unit, bound, and why it isn't simply good."""

from __future__ import annotations

from typing import Any, Protocol

from dash import html

from components.formats import MISSING, number, percent
from data.catalogue.words import text


class Told(Protocol):
    """What is shown of a figure; analytics.results.Figure is one."""

    @property
    def value(self) -> float | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def formula(self) -> str: ...
    @property
    def coverage(self) -> float: ...
    @property
    def quality(self) -> str: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...


def figure_words(told: Told, lang: str) -> str:
    """Quality, coverage and reasons in one line, e.g. for a title."""
    parts = [text(lang, f"figure.{told.quality}")]
    if told.coverage < 0.995:
        parts.append(text(lang, "figure.coverage", share=percent(100 * told.coverage, 1)))
    parts += [text(lang, f"reason.{reason}") for reason in told.reasons]
    return " · ".join([*parts, told.formula])


def figure_value(
    told: Told, decimals: int, lang: str, unit: bool = True, bound: bool = True
) -> html.Span:
    """The value with its unit; estimated is italic with ~, uncertain carries a mark, missing is an
    em dash; a bound follows as low to high, or stands in the title, where columns must align
    (`bound` False). The title says why."""
    shown = number(told.value, decimals)
    css = f"figure {told.quality.lower()}"
    inside: list[Any] = ["~" if told.quality == "ESTIMATED" and shown != MISSING else "", shown]
    title = figure_words(told, lang)
    if told.low is not None and told.high is not None and shown != MISSING:
        ends = f"{number(told.low, decimals)} … {number(told.high, decimals)}"
        if bound:
            inside.append(html.Span(ends, className="bound"))
        else:
            title = f"{ends} · {title}"
    if unit and told.unit:
        inside.append(html.Span(f" {told.unit}", className="unit"))
    return html.Span(inside, className=css, title=title)
