"""The form of a changed rule: what it shows, and the change that it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from components.attributes import data
from components.ids import ident
from components.page import View
from components.steps import Step, note_field, step_button, steps_form
from data.catalogue.rule_changes import RuleError
from data.catalogue.rules import Parameter, Rule
from data.catalogue.words import words

NUMBERS = ("on_s", "off_s", "fold_s")
TEXTS = ("when", "clear", "worse_when")
LISTS = ("live", "notify")
OTHERS = ("by_type", "by_brand", "by_station")
LEVELS = ("1", "2", "3", "4")


def form(view: View, rule: Rule) -> html.Details:
    """Every field that a utility may change, with its value now."""
    fields: list[Any] = [
        _line(view, name, _number(getattr(rule, name))) for name in NUMBERS
    ] + [
        _choice(view, "level", LEVELS, str(rule.level)),
        _choice(view, "enabled", ("true", "false"), _truth(rule.enabled)),
        _choice(view, "latched", ("true", "false"), _truth(rule.latched)),
        _choice(view, "acknowledge", ("person", "auto"), rule.acknowledge),
        _line(view, "template", rule.template or ""),
        _line(view, "hours", "" if rule.hours is None else "-".join(map(_number, rule.hours))),
    ]  # fmt: skip
    if rule.worse is not None:
        fields.append(_choice(view, "worse_level", LEVELS[:3], str(rule.worse.level)))
        fields.append(_line(view, "worse_on_s", _number(rule.worse.on_s)))
    for name, one in rule.params.items():
        head = f"{name} ({one.unit})" if one.unit else name
        fields.append(_line(view, f"p_{name}", _number(one.value), head))
        own = view.text("rules.own_of", name=name)
        fields.append(_line(view, f"q_{name}", _own(one), own, "wide"))
    fields += [_line(view, name, ", ".join(getattr(rule, name)), css="wide") for name in LISTS]
    worse = rule.worse.when if rule.worse else ""
    values = {"when": rule.when, "clear": rule.clear or "", "worse_when": worse}
    for name in TEXTS:
        if name != "worse_when" or rule.worse is not None:
            box = dcc.Textarea(value=values[name], name=name, className="field code",
                               id=ident("rules", f"f-{name}".replace("_", "-")))  # fmt: skip
            fields.append(_labelled(view.text(f"rules.{name}"), box, "wide"))
    inside = steps_form(
        "rules",
        [html.Div(fields, className="rule-fields"), note_field("rules", view)],
        [step_button("rules", "save", view, primary=True)],
    )
    return html.Details(
        [html.Summary(view.text("rules.edit"), className="button"), inside],
        className="rule-form",
    )


def change_of(rule: Rule, step: Step) -> dict[str, Any]:
    """The change that the form of `rule` asks for; fields that it lacks stay as they are. Raises
    RuleError for what isn't a number, or no list of `kind:name=number`."""
    found: dict[str, Any] = {}
    asked = step.fields

    def said(name: str) -> str:
        return step.field(name)

    for name in NUMBERS:
        if name in asked:
            found[name] = _float(rule, name, said(name))
    if "level" in asked:
        found["level"] = int(said("level") or 0)
    for name in ("enabled", "latched"):
        if name in asked:
            found[name] = said(name) == "true"
    for name in LISTS:
        if name in asked:
            found[name] = tuple(re.split(r"[,，、\s]+", said(name))) if said(name) else ()
    for name, empty in (("acknowledge", "person"), ("template", None), ("clear", None)):
        if name in asked:
            found[name] = said(name) or empty
    if "when" in asked and rule.when:
        found["when"] = said("when")
    if "hours" in asked:
        parts = [_float(rule, "hours", part) for part in said("hours").split("-") if part]
        found["hours"] = tuple(parts) if parts else None
    if rule.worse is not None and "worse_when" in asked:
        found["worse"] = {
            "when": said("worse_when"), "level": int(said("worse_level") or 0),
            "on_s": _float(rule, "worse.on_s", said("worse_on_s")),
        }  # fmt: skip
    params = {
        name: {"value": _float(rule, f"params.{name}", said(f"p_{name}"))}
        | _owned(rule, name, said(f"q_{name}"))
        for name in rule.params
        if f"p_{name}" in asked
    }
    return found | ({"params": params} if params else {})


def differences(view: View, old: Rule, new: Rule) -> list[str]:
    """What differs between two versions, a line a field: 'on delay: 30 → 60'."""
    told, was, now = [], old.model_dump(mode="json"), new.model_dump(mode="json")
    for name, value in now.items():
        if name in ("version", "params") or value == was[name]:
            continue
        told.append(f"{_word(view, name)}: {_short(was[name])} → {_short(value)}")
    for name, one in now["params"].items():
        for part, value in one.items():
            before = was["params"].get(name, {}).get(part)
            if value != before:
                where = "" if part == "value" else f" · {_word(view, part)}"
                told.append(f"{name}{where}: {_short(before)} → {_short(value)}")
    return told


def why_not(view: View, error: RuleError) -> str:
    """A refused change in the viewer's language: rule, field, place and why."""
    known = words(view.language)
    place, why = "", error.why
    found = re.match(r"column (\d+): (.*)", why)
    if found:
        place, why = view.text("rules.at_column", column=found[1]), found[2]
    said = known.get(f"rules.wrong.{error.kind}") if error.kind else None
    if said is None:
        key = next((k for k, start in REASONS.items() if why.startswith(start)), "")
        rest = why[len(REASONS[key]) :] if key else ""
        said = view.text(f"rules.reason.{key}", rest=rest) if key else why
    head = error.field.partition(".")[0]
    field = error.field.replace(head, _word(view, head), 1)
    return view.text("rules.refused", rule=error.row, field=field, place=place, why=said)


REASONS = {
    "point": "no such point: ", "name": "no such parameter: ", "function": "no such function: ",
    "units": "units differ: ", "zero": "a division by zero", "number": "a number is wanted here",
    "truth": "true or false is wanted here", "read": "can't be read here",
    "template": "no template ", "type": "no station type ", "brand": "no profile ",
    "empty": "is empty", "window": "looks back over ",
}  # fmt: skip


def _owned(rule: Rule, name: str, told: str) -> dict[str, dict[str, float]]:
    """`type:RURAL=0.08, station:XM-0001=0.1` as by_type, by_brand and by_station."""
    found: dict[str, dict[str, float]] = {part: {} for part in OTHERS}
    for item in filter(None, re.split(r"[,，;；\s]+", told)):
        one = re.fullmatch(r"(type|brand|station):([^=]+)=(.+)", item)
        if one is None:
            raise RuleError(rule.id, f"params.{name}", item, "own")
        found[f"by_{one[1]}"][one[2]] = _float(rule, f"params.{name}", one[3])
    return found


def _own(one: Parameter) -> str:
    parts = (("type", one.by_type), ("brand", one.by_brand), ("station", one.by_station))
    return ", ".join(f"{kind}:{k}={_number(v)}" for kind, some in parts for k, v in some.items())


def _float(rule: Rule, field: str, told: str) -> float:
    try:
        return float(told)
    except ValueError:
        raise RuleError(rule.id, field, f"'{told}'", "float_parsing") from None


def _number(value: float) -> str:
    return f"{value:g}"


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k}={_short(v)}" for k, v in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(map(_short, value)) or "–"
    return "–" if value is None else _number(value) if isinstance(value, float) else str(value)


def _word(view: View, field: str) -> str:
    return words(view.language).get(f"rules.{field}", field)


def _line(view: View, name: str, value: str, label: str = "", css: str = "") -> html.Label:
    box = dcc.Input(value=value, name=name, className="field", debounce=False,
                    id=ident("rules", f"f-{name}".replace("_", "-")))  # fmt: skip
    return _labelled(label or view.text(f"rules.{name}"), box, css)


def _choice(view: View, name: str, values: Sequence[str], now: str) -> html.Label:
    ordered = [now, *(one for one in values if one != now)]
    options = [html.Option(view.text(f"rules.{name}_{one}"), value=one) for one in ordered]
    box = html.Select(options, name=name, className="field", **data(field=name))
    return _labelled(view.text(f"rules.{name}"), box)


def _labelled(words: str, box: Any, css: str = "") -> html.Label:
    return html.Label([html.Span(words, className="hint"), box], className=css)
