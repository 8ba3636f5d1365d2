"""Why an alarm: what may be behind it, most likely first, with the checks and what helps."""

from __future__ import annotations

from typing import Any

from dash import html

from components.page import View
from data.alarms import AlarmRow
from data.catalogue.rules import Rule, rules
from data.stores import Stores


def causes(stores: Stores, view: View, row: AlarmRow) -> list[Any]:
    """The part of an alarm's pane that says why."""
    rule = rules().get(row.rule)
    return _of_rule(view, rule) if rule else []


def _of_rule(view: View, rule: Rule) -> list[Any]:
    """What the rule says of its causes, where nothing has been diagnosed."""
    lang = view.language
    return [
        html.P(html.B(view.text("alarms.causes")), className="detail-section"),
        html.Ol(
            [
                html.Li(
                    [
                        html.Span(cause.text(lang)),
                        html.P(
                            [cause.check.text(lang), " → ", cause.remedy.text(lang)],
                            className="hint",
                        ),
                    ]
                )
                for cause in rule.causes
            ],
            className="causes",
        ),
    ]
