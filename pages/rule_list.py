"""The list of rules, on screen and as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import html

from components.attributes import data
from components.formats import MISSING, number, percent, span
from components.glyphs import level_glyph
from components.page import View
from components.tables import Field, table
from data.catalogue.rules import Rule
from data.stores import Stores
from pages.rule_facts import Counts

Versions = Mapping[str, tuple[int, bool]]


def select(stores: Stores, view: View, family: str, search: str) -> list[Rule]:
    """Rules of the family whose id, names, condition or roles hold every word."""
    found = []
    for rule in stores.rules.all().values():
        text = " ".join((rule.id, rule.zh, rule.en, condition(view, rule), *rule.notify)).lower()
        mine = family in ("", rule.id[2:4])
        if mine and all(word in text for word in search.lower().split()):
            found.append(rule)
    return found


def families(stores: Stores) -> dict[str, int]:
    """How many rules there are of each family; '' = all."""
    rules = stores.rules.all()
    found = {"": len(rules)}
    for id in rules:
        found[id[2:4]] = found.get(id[2:4], 0) + 1
    return found


def condition(view: View, rule: Rule) -> str:
    """The expression, or the words of what the engines don't evaluate."""
    return rule.when or (rule.condition.text(view.language) if rule.condition else "")


def listed(
    view: View, rows: Sequence[Rule], counts: Mapping[str, Counts], versions: Versions
) -> html.Table:
    """The list; a row is chosen by click or key (assets/lists.js)."""
    text = view.text
    fields = [
        Field("id", text("rules.id"), width="96px", css="mono"),
        Field("name", text("rules.name"), width="18%"),
        Field("level", text("rules.level"), width="8%"),
        Field("condition", text("rules.condition"), css="soft wide mono"),
        Field("delays", text("rules.delays"), right=True, width="11%", css="wide"),
        Field("alarms", text("rules.alarms"), right=True, width="7%"),
        Field("false", text("rules.false_share"), right=True, width="8%", css="wide"),
        Field("version", text("rules.version"), right=True, width="8%"),
    ]
    lines = [_line(view, rule, counts.get(rule.id, Counts()), versions) for rule in rows]
    return table(fields, lines, text("rules.title"), "rules by-content")


def _line(view: View, rule: Rule, told: Counts, versions: Versions) -> dict[str, Any]:
    drafted = versions.get(rule.id, (0, False))[1]
    mark = [html.Span(view.text("rules.draft"), className="drafted")] if drafted else []
    daily = rule.source != "tick"
    return {
        "id": rule.id,
        "name": rule.text(view.language),
        "level": level_glyph(rule.level, view.language),
        "condition": condition(view, rule),
        "delays": view.text(f"rules.source_{rule.source}")
        if daily
        else f"{span(rule.on_s)} / {span(rule.off_s)}",
        "alarms": number(told.alarms),
        "false": MISSING if told.false_share is None else percent(100 * told.false_share, 0),
        "version": [*mark, f" {rule.version}"],
        "_css": "" if rule.enabled else "off",
        "_props": {"tabIndex": "0", **data(key=rule.id)},
    }


def file(
    view: View, rows: Sequence[Rule], counts: Mapping[str, Counts], versions: Versions
) -> tuple[list[str], list[list[Any]]]:
    """Head and rows of the file of a list."""
    heads = ("id", "name", "family", "level", "condition", "clear", "worse_when", "on_s", "off_s",
             "fold_s", "params", "live", "notify", "template", "enabled", "latched", "alarms",
             "closed", "false", "version", "versions")  # fmt: skip
    lines = []
    for rule in rows:
        told = counts.get(rule.id, Counts())
        lines.append([
            rule.id, rule.text(view.language), view.text(f"rules.family_{rule.id[2:4]}"),
            rule.level, condition(view, rule), rule.clear or "",
            rule.worse.when if rule.worse else "", rule.on_s, rule.off_s, rule.fold_s,
            params(rule), ", ".join(rule.live), ", ".join(rule.notify), rule.template or "",
            int(rule.enabled), int(rule.latched), told.alarms, told.closed, told.false,
            rule.version, versions.get(rule.id, (0, False))[0],
        ])  # fmt: skip
    return [view.text(f"rules.{head}") for head in heads], lines


def params(rule: Rule) -> str:
    return "; ".join(
        f"{name}={one.value:g} {one.unit}".strip() for name, one in rule.params.items()
    )
