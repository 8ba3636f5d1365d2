"""A utility's change of a rule: which fields it may touch, and the rule that comes of it.

A change is what differs from the catalogue's rule, by field:

    {"on_s": 60, "params": {"margin": {"value": 0.06, "by_type": {"RURAL": 0.08}}}}

A table of `params` or `worse` is laid over the catalogue's, every other field is given whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from data.catalogue.errors import CatalogueError
from data.catalogue.rules import FILE, Compiler, Expression, Rule, check, compiled, file_of, rules

FIELDS = (
    "enabled", "when", "clear", "worse", "params", "on_s", "off_s", "fold_s", "level", "latched",
    "live", "hours", "acknowledge", "notify", "template",
)  # fmt: skip
"""What a utility may change; names, points, causes and parents are the catalogue's."""
Change = Mapping[str, Any]


class RuleError(CatalogueError):
    """A change that can't be: `kind` is a key of the words rules.wrong.KIND, where there is one."""

    def __init__(self, rule: str, field: str, why: str, kind: str = "") -> None:
        super().__init__(file_of(rule), rule, field, why)
        self.kind = kind


def changed(
    rule: Rule, change: Change, compiler: Compiler[Expression] | None = None, file: Path = FILE
) -> Rule:
    """`rule` with `change` laid over it, checked as the catalogue's own rows are; its expressions
    too when there is a compiler. Raises RuleError, which names rule, field and place."""
    for field in change:
        if field not in FIELDS:
            raise RuleError(rule.id, field, "is the catalogue's", "fixed")
    values = rule.model_dump()
    for field, value in change.items():
        values[field] = _over(rule, field, values[field], value)
    try:
        made = Rule.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "-"
        raise RuleError(rule.id, field, first["msg"], first["type"]) from error
    try:
        check(file_of(rule.id, file), made, rules(file))
        if compiler is not None and made.when:
            compiled(made, compiler, file)
    except CatalogueError as error:
        raise RuleError(rule.id, error.field, error.why) from error
    return made


def difference(rule: Rule, other: Rule) -> dict[str, Any]:
    """The change that makes `other` of the catalogue's `rule`."""
    old, new = (one.model_dump(mode="json") for one in (rule, other))
    found = {field: new[field] for field in FIELDS if new[field] != old[field]}
    if "params" in found:
        was = old["params"]
        found["params"] = {
            name: {part: said for part, said in one.items() if said != was[name][part]}
            for name, one in found["params"].items()
            if one != was[name]
        }
    return found


def fingerprint(*some: Rule) -> str:
    """The same for the same rules only, whatever their numbers: what a back-test stands on."""
    told = [rule.model_dump(mode="json", exclude={"version"}) for rule in some]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _over(rule: Rule, field: str, old: Any, new: Any) -> Any:
    """The new value of a field; tables are laid over the old ones."""
    if field == "params":
        if not isinstance(new, Mapping):
            raise RuleError(rule.id, field, "isn't a table", "dict_type")
        for name, parts in new.items():
            if name not in old or not isinstance(parts, Mapping) or "unit" in parts:
                raise RuleError(rule.id, f"params.{name}", "no such parameter", "parameter")
        return old | {name: old[name] | dict(parts) for name, parts in new.items()}
    if field == "worse" and isinstance(new, Mapping) and old is not None:
        return old | dict(new)
    return new
