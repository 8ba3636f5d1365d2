"""What a person does with a rule: draft, back-test, deploy, withdraw, go back, take a proposal."""

from __future__ import annotations

from typing import Any

from analytics.expressions import compile_expression
from components.page import View
from components.steps import Step
from data.catalogue.rule_changes import difference
from data.catalogue.rules import Rule
from data.rights import NotFound
from data.rule_versions import RuleVersionRow
from data.stores import Stores
from pages.rule_facts import proposals
from pages.rule_form import change_of
from pages.rule_orders import order


def take(stores: Stores, view: View, step: Step, id: str) -> str:
    """Do it with rule `id`; what is to be said of it, '' for nothing. Raises Forbidden, NotFound,
    Refused, RuleError."""
    door, (verb, _, key) = stores.rules, step.name.partition(":")
    rule = door.all().get(id)
    if rule is None:
        return ""
    why, by, now = step.field("note"), view.user, view.now
    if verb == "save":
        door.draft(by, id, change_of(rule, step), why, now, compile_expression)
    elif verb == "propose":
        change = _proposed(stores, view, rule, key)
        door.draft(by, id, change, view.text("rules.proposed"), now, compile_expression)
    elif verb == "back":
        version = int(key) if key.isdigit() else None
        told = why or view.text("rules.went_back")
        door.back_to(by, id, version, told, now, compile_expression)
    elif verb == "test":
        order(stores, view, _draft(stores, id), step)
    elif verb == "deploy":
        door.deploy(by, _draft(stores, id).id, now)
    elif verb == "withdraw":
        door.withdraw(by, _draft(stores, id).id, now)
    else:
        return ""
    return view.text(f"rules.done_{verb}", rule=id)


def _draft(stores: Stores, id: str) -> RuleVersionRow:
    draft = stores.rules.draft_of(id)
    if draft is None:
        raise NotFound("rule_version", id)
    return draft


def _proposed(stores: Stores, view: View, rule: Rule, name: str) -> dict[str, Any]:
    """The rule in force as a change of the catalogue's, with what is proposed for `name`."""
    one = next((p for p in proposals(stores, view, rule) if p.name == name), None)
    if one is None:
        raise NotFound("proposal", name)
    change = difference(stores.rules.catalogue[rule.id], rule)
    if name not in rule.params:
        return change | {name: one.value}
    params = change.get("params", {})
    return change | {"params": params | {name: params.get(name, {}) | {"value": one.value}}}
