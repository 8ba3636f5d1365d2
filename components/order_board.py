"""The board of work orders: five columns, a card an order; on a phone a list of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from components.attributes import data
from components.glyphs import level_glyph
from data.catalogue.words import text

MOST = 40
"""Cards of a column; the rest is counted."""


@dataclass(frozen=True)
class OrderCard:
    """One order, in words. `due_iso` is what is owed next, empty when nothing is owed any more."""

    number: str
    level: int
    title: str
    person: str
    made_iso: str
    due_iso: str
    share: float
    """Part of the time allowed that is used up, 0 to 1."""
    over: bool
    verdict: str
    """Instead of a time left: on time or late, once the work is done."""
    people: str = ""
    """Homes without water x minutes behind it; empty where there are none."""


def order_board(columns: Sequence[tuple[str, str, Sequence[OrderCard]]], lang: str) -> html.Div:
    """Columns as (state, heading, cards)."""
    return html.Div(
        [_column(state, head, cards, lang) for state, head, cards in columns], className="board"
    )


def _column(state: str, head: str, cards: Sequence[OrderCard], lang: str) -> html.Section:
    rest = len(cards) - MOST
    more = (
        [html.P(text(lang, "work_orders.more", count=rest), className="hint below")]
        if rest > 0
        else []
    )
    return html.Section(
        [
            html.H2(
                [html.Span(head), html.Span(f"{len(cards):,}", className="column-count")],
                className="column-head",
            ),
            html.Div(
                [*(_card(card, lang) for card in cards[:MOST]), *more], className="column-body"
            ),
        ],
        className=f"column {'' if cards else 'vacant'} {state}",
    )


def _card(card: OrderCard, lang: str) -> html.Div:
    due: Any = card.verdict
    if card.due_iso:
        words = {
            name: text(lang, f"work_orders.{name}", span="{span}") for name in ("left", "over")
        }
        due = html.Span("", **data(due=card.due_iso, **words))
    bar = html.Span(
        html.Span(style={"width": f"{min(card.share, 1) * 100:.1f}%"}, **data(used=1)),
        className="sla",
    )
    return html.Div(
        [
            html.Div(
                [
                    html.Span(card.number, className="order-number"),
                    level_glyph(card.level, lang, size=14),
                ],
                className="card-top",
            ),
            html.Div(card.title, className="card-title", title=card.title),
            *([html.Div(card.people, className="card-people")] if card.people else []),
            bar,
            html.Div(
                [html.Span(card.person, title=card.person), html.Span(due, className="card-due")],
                className="card-foot",
            ),
        ],
        className=f"order-card l{card.level}{' over' if card.over else ''}",
        tabIndex="0",
        **data(key=card.number, made=card.made_iso),
    )
