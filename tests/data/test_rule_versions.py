"""Rule versions in the records: what may be changed, and that none is deployed untested."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from analytics.expressions import compile_expression
from data.audit import AuditTrail
from data.catalogue.rule_changes import RuleError, changed, difference, fingerprint
from data.catalogue.rules import rules
from data.database import Database
from data.rights import Forbidden, NotFound, Refused
from data.rule_versions import RuleVersions
from data.users import UserRow
from tests.data.conftest import EAST, NOW

Person = Callable[..., UserRow]
RULE = "R-HY-01"


@pytest.fixture
def door(db: Database) -> RuleVersions:
    return RuleVersions(db)


def draft(door: RuleVersions, by: UserRow, change: dict[str, Any], why: str = "flutters") -> int:
    return door.draft(by, RULE, change, why, NOW, compile_expression)


def attach(door: RuleVersions, id: int) -> None:
    pair = door.all()[RULE], door.rule_of(door.get(id))
    door.attach(id, {"figures": {"avoided": 3}}, fingerprint(*pair), NOW)


def deployed(door: RuleVersions, by: UserRow, change: dict[str, Any]) -> int:
    id = draft(door, by, change)
    attach(door, id)
    door.deploy(by, id, NOW)
    return id


def test_a_change_is_laid_over_the_catalogues_rule() -> None:
    own = rules()[RULE]
    change = {"on_s": 60.0, "params": {"margin": {"by_type": {"RURAL": 0.08}}}}
    made = changed(own, change, compile_expression)
    assert made.on_s == 60
    assert (made.params["margin"].value, made.params["margin"].of("RURAL")) == (0.05, 0.08)
    assert made.params["margin_clear"] == own.params["margin_clear"]
    assert difference(own, made) == change
    assert fingerprint(own) != fingerprint(made)


@pytest.mark.parametrize(
    ("change", "field", "why"),
    [
        ({"id": "R-HY-02"}, "id", "catalogue's"),
        ({"on_s": -1}, "on_s", "greater"),
        ({"level": 7}, "level", "1, 2, 3 or 4"),
        ({"params": {"nothing": {"value": 1}}}, "params.nothing", "no such"),
        ({"params": {"margin": {"by_type": {"SHIP": 1}}}}, "params.margin.by_type", "SHIP"),
        ({"when": "{z}.P_OUT < {z}.P_WRONG"}, "when", "column 13"),
        ({"when": "{z}.P_OUT < {z}.Q_OUT"}, "when", "column"),
        ({"when": "{z}.P_OUT / 0 < margin"}, "when", "column"),
        ({"template": "WT-99"}, "template", "WT-99"),
        ({"notify": []}, "notify", "at least 1"),
    ],
)
def test_a_change_that_cannot_be_says_rule_field_and_place(
    change: dict[str, Any], field: str, why: str
) -> None:
    with pytest.raises(RuleError) as error:
        changed(rules()[RULE], change, compile_expression)
    assert (error.value.row, error.value.field) == (RULE, field)
    assert why in error.value.why


def test_who_may_draft_and_deploy(door: RuleVersions, person: Person) -> None:
    for role in ("dispatcher", "executive", "inspector"):
        with pytest.raises(Forbidden):
            draft(door, person(role), {"on_s": 60})
    with pytest.raises(Refused, match="rule_city"):
        draft(door, person("engineer", "eastern", EAST), {"on_s": 60})
    engineer = person("engineer")
    id = draft(door, engineer, {"on_s": 60})
    with pytest.raises(Forbidden):
        door.deploy(person("dispatcher", "other"), id, NOW)
    with pytest.raises(NotFound):
        door.draft(engineer, "R-XX-99", {"on_s": 60}, "why", NOW, compile_expression)
    with pytest.raises(Refused, match="rule_why"):
        draft(door, engineer, {"on_s": 60}, " ")
    with pytest.raises(Refused, match="rule_same"):
        draft(door, engineer, {"on_s": 30})


def test_none_is_deployed_without_its_own_replay(door: RuleVersions, person: Person) -> None:
    engineer = person("engineer")
    first = draft(door, engineer, {"on_s": 60})
    with pytest.raises(Refused, match="rule_untested"):
        door.deploy(engineer, first, NOW)
    attach(door, first)
    replayed = door.get(first).replayed
    second = draft(door, engineer, {"on_s": 90})
    assert door.get(first).state == "withdrawn"
    door.attach(second, {"figures": {}}, replayed, NOW)  # that of another content
    with pytest.raises(Refused, match="rule_untested"):
        door.deploy(engineer, second, NOW)
    assert door.all()[RULE].on_s == 30
    attach(door, second)
    door.deploy(engineer, second, NOW)
    assert (door.all()[RULE].on_s, door.all()[RULE].version) == (90, 3)
    with pytest.raises(Refused, match="rule_state"):
        door.deploy(engineer, second, NOW)


def test_a_replay_against_another_rule_in_force_is_old(door: RuleVersions, person: Person) -> None:
    engineer = person("engineer")
    deployed(door, engineer, {"on_s": 45})
    id = draft(door, engineer, {"on_s": 60})
    door.attach(id, {}, fingerprint(rules()[RULE], door.rule_of(door.get(id))), NOW)
    with pytest.raises(Refused, match="rule_untested"):
        door.deploy(engineer, id, NOW)


def test_going_back_is_a_new_version_that_needs_a_replay(
    door: RuleVersions, person: Person, db: Database
) -> None:
    engineer = person("engineer")
    first = deployed(door, engineer, {"on_s": 60})
    deployed(door, engineer, {"on_s": 90})
    assert door.get(first).state == "superseded"
    back = door.back_to(engineer, RULE, first, "too late", NOW, compile_expression)
    with pytest.raises(Refused, match="rule_untested"):
        door.deploy(engineer, back, NOW)
    attach(door, back)
    door.deploy(engineer, back, NOW)
    assert (door.all()[RULE].on_s, door.all()[RULE].version) == (60, 4)
    own = door.back_to(engineer, RULE, None, "as delivered", NOW, compile_expression)
    assert door.get(own).change == {}
    told = [
        (row.verb, row.detail["version"])
        for row in AuditTrail(db).recent(20)
        if row.verb[:4] == "rule"
    ]
    assert ("rule.deploy", 4) in told and ("rule.draft", 5) in told


def test_a_rule_that_is_switched_off_is_known_but_not_in_force(
    door: RuleVersions, person: Person
) -> None:
    deployed(door, person("engineer"), {"enabled": False})
    assert not door.all()[RULE].enabled
    assert RULE not in door.in_force()
    assert door.stamp() == 1 and door.counts() == {RULE: (1, False)}
