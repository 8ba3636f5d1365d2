"""Every row of the rules and of the work-order templates; and what is refused, with its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from analytics.expressions import compile_expression
from data.catalogue.errors import CatalogueError
from data.catalogue.rules import FILE, Role, Rule, compiled, rules
from data.catalogue.work_orders import outcomes, templates
from data.rights import ROLES

WANTED = {
    "R-HY-01", "R-HY-02", "R-HY-04", "R-PU-01", "R-PU-05", "R-TK-02", "R-TK-04", "R-TK-06",
    "R-WQ-01", "R-EL-01", "R-EN-01", "R-SE-01", "R-SE-03", "R-CM-01", "R-CM-06",
}  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_the_rules_of_today_are_there() -> None:
    assert set(rules()) >= WANTED
    levels = {id: (rules()[id].level, rules()[id].latched) for id in WANTED}
    assert levels["R-HY-04"] == (1, True) and levels["R-CM-01"] == (3, False)
    assert rules()["R-CM-01"].params["limit"].of("RURAL") == 600
    assert rules()["R-CM-01"].params["limit"].of("TANK_VFD") == 120


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.id)
def test_every_rule_compiles_and_speaks_both_languages(rule: Rule) -> None:
    found = compiled(rule, compile_expression)
    assert set(found) >= {"when"}
    texts = [rule, *[text for c in rule.causes for text in (c, c.check, c.remedy)]]
    for text in texts:
        assert CHINESE.search(text.zh), text.zh
        assert not CHINESE.search(text.en), text.en
    assert rule.level <= 2 or rule.template is not None or rule.id.startswith("R-CM")


def test_roles_of_rules_are_the_roles_of_the_house() -> None:
    assert get_args(Role) == ROLES


@pytest.mark.parametrize("template", templates().values(), ids=lambda template: template.code)
def test_every_template_speaks_both_languages(template: object) -> None:
    for text in (template, *template.steps):  # type: ignore[attr-defined]
        assert CHINESE.search(text.zh) and not CHINESE.search(text.en)


def test_templates_and_outcomes_are_complete() -> None:
    assert list(templates()) == [f"WT-{n:02d}" for n in range(1, 26)]
    assert list(outcomes()) == [
        "repaired", "replaced", "adjusted", "no_fault_found", "external", "duplicate",
    ]  # fmt: skip
    assert templates()["WT-13"].respond_hours == 0.5
    assert templates()["WT-15"].restore_hours is None


ROW = """
[[rules]]
id = "R-XX-01"
zh = "规则"
en = "Rule"
when = "PH.P_MAIN < low"
on_s = 5
off_s = 5
level = 2
notify = ["dispatcher"]
point = "PH.P_MAIN"
value = "PH.P_MAIN"
params = { low = { value = 0.1, unit = "MPa" } }
[[rules.causes]]
zh = "因"
en = "cause"
check = { zh = "查", en = "check" }
remedy = { zh = "治", en = "remedy" }
"""
BROKEN = {
    ('"PH.P_MAIN < low"', '"PH.P_MIAN < low"'): ("when", "column 1: no such point: 'PH.P_MIAN'"),
    ('"PH.P_MAIN < low"', '"PH.Q_IN > 2 and PH.P_MAIN < PH.Q_IN"'): ("when", "column 17: units"),
    ('"PH.P_MAIN < low"', '"PH.P_MAIN / 0 < low"'): ("when", "column 13: a division by zero"),
    ('"PH.P_MAIN < low"', '"PH.P_MAIN < log(low)"'): ("when", "column 13: no such function"),
    ('"PH.P_MAIN < low"', '"{z}.P_PRECHG < low"'): ("when", "no such point: '{z}.P_PRECHG'"),
    ('"PH.P_MAIN < low"', '"silence > 5"'): ("when", "no such parameter: 'silence'"),
    ('value = "PH.P_MAIN"', 'value = "{z}.P_OUT"'): ("value", "{z}, which 'when' does not"),
    ('value = "PH.P_MAIN"', 'value = "PH.Q_IN"'): ("value", "is in 'm³/h', the point"),
    ('value = "PH.P_MAIN"', 'clear = "age"'): ("clear", "the whole must be true or false"),
    ('point = "PH.P_MAIN"', 'point = "PH.XX"'): ("point", "no such point: 'PH.XX'"),
    ("level = 2", "level = 7"): ("level", "1, 2, 3 or 4"),
    ("level = 2", 'level = 2\nworse = { when = "PH.P_MAIN < 0", level = 3 }'): ("-", "not worse"),
    ('["dispatcher"]', '["boss"]'): ("notify.0", "executive"),
    ("level = 2", 'level = 2\ntemplate = "WT-99"'): ("template", "no template 'WT-99'"),
    ("level = 2", 'level = 2\nsuppresses = [{ rules = ["R-HY-99"], from_s = 0 }]'): (
        "suppresses", "no other rule 'R-HY-99'",
    ),
    ('unit = "MPa"', 'unit = "MPa", by_type = { PALACE = 1 }'): (
        "params.low.by_type", "no station type 'PALACE'",
    ),
    ("low = {", "age = {"): ("params.age", "can't be a parameter's name"),
    ("low = {", "low = { weight = 1,"): ("params.low.weight", "Extra inputs"),
    ("on_s = 5", "on_s = -5"): ("on_s", "greater than or equal to 0"),
    ("on_s = 5", ""): ("on_s", "required"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new"), BROKEN)
def test_a_broken_row_is_refused_with_file_row_and_field(
    old: str, new: str, tmp_path: Path
) -> None:
    field, why = BROKEN[old, new]
    file = tmp_path / "rules.toml"
    assert old in ROW
    file.write_text(ROW.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        for rule in rules(file).values():
            compiled(rule, compile_expression, file)
    message = str(caught.value)
    assert "rules.toml" in message and "R-XX-01" in message
    assert f"field '{field}'" in message and why in message


def test_the_row_that_the_broken_ones_are_made_of_is_good(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(ROW, encoding="utf-8")
    assert compiled(rules(file)["R-XX-01"], compile_expression, file)["value"].unit == "MPa"
    file.write_text(ROW + ROW, encoding="utf-8")
    rules.cache_clear()
    with pytest.raises(CatalogueError, match="stands here twice"):
        rules(file)
    assert FILE.exists()
