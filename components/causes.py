"""Ranked causes: a bar a cause, what speaks for and against it, what to check, what helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from components.formats import percent
from components.spark import bullet, spark
from data.catalogue.words import text


@dataclass(frozen=True)
class CauseItem:
    """One cause in words; `probability` 0 to 1."""

    name: str
    probability: float
    supporting: Sequence[str]
    contradicting: Sequence[str]
    check: str
    remedy: str


@dataclass(frozen=True)
class Strip:
    """A witness: its samples over the window, thinned, and what it says at the end."""

    name: str
    values: Sequence[float | None]
    last: str
    unit: str


def cause_bars(rows: Sequence[CauseItem], lang: str) -> html.Ol:
    """The list, most probable first."""
    return html.Ol([_cause(row, lang) for row in rows], className="cause-bars")


def _cause(row: CauseItem, lang: str) -> html.Li:
    share = percent(100.0 * row.probability, 0)
    said = text(lang, "diagnosis.probability", share=share)
    told = [
        html.P([html.B(text(lang, f"diagnosis.{side}")), f" {' · '.join(words)}"], className="hint")
        for side, words in (("supporting", row.supporting), ("contradicting", row.contradicting))
        if words
    ]
    return html.Li(
        [
            html.Div(
                [
                    html.Span(row.name, className="cause-name"),
                    bullet(row.probability, None, 1.0, label=said),
                    html.B(share, className="cause-share"),
                ],
                className="cause-head",
            ),
            *told,
            html.P([row.check, " → ", row.remedy], className="hint"),
        ]
    )


def strips(rows: Sequence[Strip]) -> html.Div:
    """The window as one small line a witness."""
    return html.Div([part for row in rows for part in _strip(row)], className="witnesses")


def _strip(row: Strip) -> list[Any]:
    return [
        html.Span(row.name, className="soft"),
        spark(row.values, height=22, label=f"{row.name} {row.last} {row.unit}"),
        html.Span([html.B(row.last), html.Span(f" {row.unit}", className="unit")]),
    ]
