"""One rule in full: what it says, what would help, its versions, the form to change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from components.attributes import data
from components.formats import MISSING, day_clock, span
from components.glyphs import icon, level_glyph
from components.page import View
from data.catalogue.rule_changes import RuleError
from data.catalogue.rules import Cause, Parameter, Rule
from data.rights import allowed
from data.rule_versions import WRITE
from data.stores import Stores
from pages.rule_draft import replay
from pages.rule_facts import proposals
from pages.rule_form import differences, form
from pages.rule_list import condition


def pane(stores: Stores, view: View, rule: Rule) -> list[Any]:
    """The pane of the chosen rule; the draft stands above it."""
    lang, text = view.language, view.text
    worse = rule.worse
    body: list[Any] = [
        html.Div([html.H2(rule.text(lang), className="detail-title"), _close(view)],
                 className="detail-head"),
        html.Div([_fact(view, *one) for one in _facts(view, rule)], className="fact-lines"),
        _part(text("rules.when"), html.Code(condition(view, rule))),
        _part(text("rules.clear"), html.Code(rule.clear)) if rule.clear else None,
        _part(text("rules.worse_when"), html.Code(worse.when)) if worse else None,
    ]  # fmt: skip
    if rule.params:
        params = [_param(name, one) for name, one in rule.params.items()]
        body.append(_part(text("rules.params"), html.Ul(params, className="rule-params")))
    body += _proposals(stores, view, rule)
    body.append(_part(text("rules.causes"), html.Ol([_cause(view, c) for c in rule.causes],
                                                    className="causes")))  # fmt: skip
    body += _history(stores, view, rule)
    if allowed(view.user, WRITE) and view.user.district_id is None:
        body.append(form(view, rule))
    return [html.Div([one for one in body if one is not None], className="detail-body")]


def _facts(view: View, rule: Rule) -> list[tuple[str, Any]]:
    text, hours = view.text, rule.hours
    roles = "、" if view.language == "zh" else ", "
    return [
        ("id", html.Span(rule.id, className="mono")),
        ("level", level_glyph(rule.level, view.language)),
        ("on_s", span(rule.on_s)), ("off_s", span(rule.off_s)), ("fold_s", span(rule.fold_s)),
        ("latched", text(f"rules.latched_{str(rule.latched).lower()}")),
        ("acknowledge", text(f"rules.acknowledge_{rule.acknowledge}")),
        ("enabled", text(f"rules.enabled_{str(rule.enabled).lower()}")),
        ("live", roles.join(text(f"rules.mode_{mode}") for mode in rule.live)),
        ("notify", roles.join(text(f"role.{role}") for role in rule.notify)),
        ("template", rule.template or MISSING),
        ("hours", MISSING if hours is None else f"{hours[0]:g}–{hours[1]:g}"),
        ("version", str(rule.version)),
    ]  # fmt: skip


def _proposals(stores: Stores, view: View, rule: Rule) -> list[Any]:
    """What false alarms and noise speak for, each with the button that takes it into a draft."""
    found = proposals(stores, view, rule) if rule.source == "tick" else []
    lines = []
    for one in found:
        kind = "delay" if one.count else "deadband"
        said = view.text(f"rules.propose_{kind}", now=f"{one.now:g}", value=f"{one.value:g}",
                         count=one.count, sigma=f"{one.sigma:.2g}", name=one.name)  # fmt: skip
        button = _step(view, f"propose:{one.name}", "rules.do_propose")
        lines.append(html.Li([said, button if allowed(view.user, WRITE) else None]))
    if not lines:
        return []
    listed = html.Ul(lines, className="rule-proposals", **data(into="rules-step"))
    return [_part(view.text("rules.proposals"), listed)]


def _history(stores: Stores, view: View, rule: Rule) -> list[Any]:
    """Earlier versions, the newest first, each with the way back to it."""
    own, may = stores.rules.catalogue[rule.id], allowed(view.user, WRITE)
    lines: list[Any] = []
    for one in stores.rules.versions(rule.id):
        if one.state == "draft":
            continue
        at = one.deployed_at or one.created_at
        who = one.deployed_by or one.created_by
        head = f"{one.number} · {view.text(f'rules.state_{one.state}')} · {who} · " \
               f"{day_clock(at, view.zone, view.now)}"  # fmt: skip
        back = (
            [_step(view, f"back:{one.id}", "rules.do_back")]
            if may and one.state == "superseded"
            else []
        )
        try:
            diff = "; ".join(differences(view, own, stores.rules.rule_of(one)))
        except RuleError as error:
            diff = str(error)
        inside = [html.B(head), *back, html.P(one.why), html.P(diff, className="hint mono")]
        if one.replay is not None:
            inside.append(html.Details([html.Summary(view.text("rules.replayed")),
                                        replay(view, one.replay)]))  # fmt: skip
        lines.append(html.Li(inside))
    base = [html.B(f"{own.version} · {view.text('rules.catalogue')}")]
    if may and rule.version != own.version:
        base.append(_step(view, "back:", "rules.do_back"))
    lines.append(html.Li(base))
    listed = html.Ul(lines, className="rule-versions", **data(into="rules-step"))
    return [_part(view.text("rules.versions"), listed)]


def _step(view: View, name: str, words: str) -> html.Button:
    return html.Button(view.text(words), className="button quiet", type="button", **data(step=name))


def _param(name: str, one: Parameter) -> html.Li:
    own: Sequence[Mapping[str, float]] = (one.by_type, one.by_brand, one.by_station)
    others = ", ".join(f"{key} {value:g}" for some in own for key, value in some.items())
    return html.Li([html.Span(name, className="mono"), html.B(f" {one.value:g} {one.unit}"),
                    html.Span(others, className="hint") if others else None])  # fmt: skip


def _cause(view: View, cause: Cause) -> html.Li:
    lang = view.language
    hint = [cause.check.text(lang), " → ", cause.remedy.text(lang)]
    return html.Li([html.Span(cause.text(lang)), html.P(hint, className="hint")])


def _part(title: str, inside: Any) -> html.Div:
    return html.Div([html.P(html.B(title), className="detail-section"), inside])


def _fact(view: View, name: str, said: Any) -> html.Div:
    return html.Div([html.Span(view.text(f"rules.{name}"), className="soft"), html.Span(said)])


def _close(view: View) -> html.Button:
    return html.Button(
        icon("close", 18, view.text("alarms.close")), className="plain", type="button",
        **data(unchoose=1),
    )  # fmt: skip
