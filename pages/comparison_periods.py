"""Tab of periods: every quantity of each entity, now and in the base, for 环比 and 同比."""

from __future__ import annotations

from typing import Any

from dash import html

from analytics.comparison import Change
from analytics.results import Figure
from components.figure_text import figure_value, figure_words
from components.formats import number, percent
from components.page import View
from components.panel import panel
from components.selection import named
from components.tables import Field, table
from pages.compared_files import buttons
from pages.comparison_asked import Asked
from pages.comparison_facts import QUANTITIES, changes, compared_days
from pages.guarded import guard


def periods(asked: Asked) -> list[Any]:
    """Every quantity of each entity: now, base, change, growth and bound, for 环比 and 同比."""
    made = [_period_panel(asked, how) for how in ("prev", "yoy")]
    return [html.Div(made, className="compare-halves")]


@guard()
def _period_panel(asked: Asked, how: str) -> Any:
    view = asked.view
    made = changes(asked.stores, view, asked.entities, asked.span, how)
    uneven = any(found.per_day is not None for found in made.values())
    names = ["entity", "quantity", "current", "base", "delta", "growth", *(["per_day"] * uneven)]
    fields = [
        Field(name, view.text(f"comparison.{name}"), n > 1, ("19%", "23%")[n] if n < 2 else "")
        for n, name in enumerate(names)
    ]
    rows = []
    for entity in asked.entities:
        for n, quantity in enumerate(QUANTITIES):
            found = made[entity.key, quantity.code]
            words = f"{view.text(f'comparison.q_{quantity.code}')} {quantity.unit}".strip()
            row: dict[str, Any] = {"entity": named(entity) if n == 0 else "", "quantity": words}
            for name, told in (("current", found.current), ("base", found.base)):
                row[name] = figure_value(told, quantity.decimals, view.language, False, False)
            row["delta"] = _signed(view, found, quantity.decimals)
            row["growth"] = growth_cell(view, found)
            row["per_day"] = "" if found.per_day is None else percent(found.per_day.value, 1, True)
            rows.append(row | ({"_css": "first-of"} if n == 0 else {}))
    title = view.text(f"comparison.{how}")
    return panel(
        title, table(fields, rows, title), period_words(view, asked, how),
        buttons("comparison", how),
    )  # fmt: skip


def period_words(view: View, asked: Asked, how: str) -> str:
    """Both spans by their dates, and what must be said about the base."""
    here, base = compared_days(view, asked.span, how)
    there = base.period
    said = [view.text("comparison.spans", a=here.first, b=here.last, c=there.first, d=there.last)]
    said += [view.text(f"comparison.note_{note}") for note in base.notes]
    if any(entity.zone for entity in asked.entities):
        said.append(view.text("comparison.whole_station"))
    return " · ".join(said)


def _signed(view: View, found: Change, decimals: int) -> Any:
    told = found.delta
    low, high = (number(end, decimals, True) for end in (told.low, told.high))
    return _between(view, told, number(told.value, decimals, True), low, high)


def growth_cell(view: View, found: Change) -> Any:
    """The growth; where the coverage doesn't allow one, the bound in its place."""
    told = found.growth
    low, high = number(told.low, 1, True), percent(told.high, 1, True)
    return _between(view, told, percent(told.value, 1, True), low, high)


def _between(view: View, told: Figure, value: str, low: str, high: str) -> html.Span:
    """The bound where there is one and its ends differ as written; else the value."""
    apart = told.low is not None and told.high is not None and low != high.removesuffix("%").strip()
    shown = f"{low} … {high}" if apart else value
    return html.Span(shown, className="figure", title=figure_words(told, view.language))
