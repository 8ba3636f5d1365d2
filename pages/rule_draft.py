"""The draft of a rule: what differs, what its replay found, and the steps to take with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from components.formats import MISSING, day_clock, number, percent, span
from components.page import View
from components.steps import choice_field, step_button, steps_form
from data.catalogue.rule_changes import RuleError
from data.rights import allowed
from data.rule_versions import DEPLOY, WRITE
from data.stores import Stores
from pages.guarded import guard
from pages.rule_form import differences
from pages.rule_orders import SPANS

FIGURES = (
    ("alarms", "alarms_before", "alarms_after"),
    ("told", "told_before", "told_after"),
    ("woken", "woken_before", "woken_after"),
)


def draft_print(stores: Stores, id: str) -> str:
    """A short text that changes when the draft, its replay or what is in force does."""
    draft = stores.rules.draft_of(id) if id else None
    return "" if draft is None else f"{draft.id} {draft.replayed_at} {stores.rules.stamp()}"


@guard()
def draft_panel(stores: Stores, view: View, id: str) -> Any:
    """The draft of a rule: differences, replay, and the steps that a person may take with it."""
    draft = stores.rules.draft_of(id) if id else None
    if draft is None:
        return None
    head = html.H3([
        view.text("rules.draft"), html.Span(f" {draft.number}", className="mono"),
        html.Span(f"{draft.created_by} · {day_clock(draft.created_at, view.zone, view.now)}",
                  className="hint"),
    ])  # fmt: skip
    try:
        lines = differences(view, stores.rules.all()[id], stores.rules.rule_of(draft))
        tested = stores.rules.tested(draft)
    except RuleError as error:
        lines, tested = [str(error)], False
    body = [
        head,
        html.P(draft.why),
        html.Ul([html.Li(one) for one in lines], className="rule-diff"),
    ]
    if draft.replay is not None:
        body.append(replay(view, draft.replay))
        if not tested:
            body.append(html.P(view.text("rules.stale"), className="hint bad"))
    elif not allowed(view.user, WRITE):
        body.append(html.P(view.text("rules.untested"), className="hint"))
    if allowed(view.user, WRITE):
        districts = [(str(one.id), one.name(view.language)) for one in stores.stations.districts()]
        fields = [
            html.Select([html.Option(view.text("rules.days", days=n), value=str(n)) for n in SPANS],
                        name="days", className="field"),
            choice_field("rules", "district", districts, view),
        ]  # fmt: skip
        buttons = [step_button("rules", "test", view, primary=not tested)]
        if allowed(view.user, DEPLOY):
            buttons.append(
                step_button("rules", "deploy", view, primary=tested, disabled=not tested)
            )
        buttons.append(step_button("rules", "withdraw", view))
        body.append(steps_form("rules", [html.Div(fields, className="rule-span")], buttons))
    return html.Section(body, className="rule-draft")


def replay(view: View, told: Mapping[str, Any]) -> html.Div:
    """What a replay found: before and after, avoided, lost, later."""
    text, found = view.text, told.get("figures", {})
    pairs = [
        html.Div([html.Span(text(f"rules.replay_{name}"), className="soft"),
                  html.B(f"{number(found.get(a))} → {number(found.get(b))}", className="mono")])
        for name, a, b in FIGURES
    ]  # fmt: skip
    said = [
        ("avoided", number(found.get("avoided"))),
        (
            "avoided_false",
            f"{number(found.get('avoided_false'))} / {number(found.get('known_false'))}",
        ),
        ("lost", f"{number(found.get('lost'))} / {number(found.get('known_true'))}"),
        ("new", number(found.get("new"))),
        ("later", _later(found.get("later_p50_s"), found.get("later_p90_s"))),
        ("others", f"{number(found.get('freed'))} / {number(found.get('hidden'))}"),
    ]
    lines = [
        html.Div([html.Span(text(f"rules.replay_{name}"), className="soft"),
                  html.Span(value, className="bad mono" if name == "lost" and found.get("lost")
                            else "mono")])
        for name, value in said
    ]  # fmt: skip
    note = text(
        "rules.replay_note", start=str(told.get("start", ""))[:10],
        end=str(told.get("end", ""))[:10], stations=number(told.get("stations")),
        coverage=percent(100 * told.get("coverage", 0.0), 0), tied=len(told.get("tied", ())),
        raw=percent(100 * told.get("raw", 0.0), 0),
    )  # fmt: skip
    return html.Div([html.Div([*pairs, *lines], className="fact-lines"),
                     html.P(note, className="hint")], className="rule-replay")  # fmt: skip


def _later(middle: float | None, most: float | None) -> str:
    return MISSING if middle is None or most is None else f"{span(middle)} / {span(most)}"
