"""Every row of the rules and of the work-order templates; and what is refused, with its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from analytics.alarm_worth import MODES
from analytics.expressions import compile_expression
from data.catalogue.errors import CatalogueError
from data.catalogue.rules import FILE, Mode, Parameter, Role, Rule, compiled, rules
from data.catalogue.work_orders import outcomes, templates
from data.rights import ROLES

FAMILIES = {
    "HY": 15,
    "PU": 16,
    "TK": 10,
    "WQ": 10,
    "EL": 8,
    "EN": 6,
    "SE": 6,
    "CM": 8,
    "LK": 4,
    "OM": 4,
}
LATER = {
    "daily": {"R-DQ-01", "R-PU-11", "R-PU-12", "R-PU-14", "R-PU-15", "R-EL-06", "R-LK-01",
              "R-LK-03", "R-LK-04"},
    "none": {"R-TK-08", "R-WQ-09", "R-WQ-10", "R-SE-06", "R-CM-04", "R-CM-07", "R-CM-08",
             "R-OM-01", "R-OM-02", "R-OM-03", "R-OM-04"},
}  # fmt: skip
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_the_library_has_its_87_rules_3_of_data_quality_and_2_of_areas() -> None:
    wanted = {
        f"R-{family}-{n:02d}" for family, most in FAMILIES.items() for n in range(1, most + 1)
    }
    assert len(wanted) == 87
    more = {"R-DQ-01", "R-DQ-02", "R-DQ-03", "R-AR-01", "R-AR-02"}
    assert set(rules()) == wanted | more
    for source, ids in LATER.items():
        assert {id for id, rule in rules().items() if rule.source == source} == ids
    assert (rules()["R-HY-04"].level, rules()["R-HY-04"].latched) == (1, True)
    limit = rules()["R-CM-01"].params["limit"]
    assert limit.of("RURAL") == 600 and limit.of("TANK_VFD") == 120


def test_a_station_has_its_own_limit_before_its_brand_and_its_type() -> None:
    limit = Parameter(
        value=1, by_type={"RURAL": 2}, by_brand={"haibeng": 3}, by_station={"CW-0001": 4}
    )
    assert limit.of("TANK_VFD") == 1 and limit.of("RURAL", "linhai", "CW-0002") == 2
    assert limit.of("RURAL", "haibeng") == 3 and limit.of("RURAL", "haibeng", "CW-0001") == 4


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.id)
def test_every_rule_compiles_and_speaks_both_languages(rule: Rule) -> None:
    found = compiled(rule, compile_expression)
    assert ("when" in found) is (rule.source == "tick")
    assert len(rule.causes) >= (2 if rule.source == "tick" else 1)
    texts = [
        rule,
        *([rule.condition] if rule.condition else []),
        *[text for c in rule.causes for text in (c, c.check, c.remedy)],
    ]
    for text in texts:
        assert CHINESE.search(text.zh), text.zh
        assert not CHINESE.search(text.en), text.en


def test_modes_of_rules_are_the_modes_of_the_engine() -> None:
    assert get_args(Mode) == MODES


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
    ("level = 2", 'level = 2\nsuppresses = [{ rules = ["R-XX-01"], from_s = 0 }]'): (
        "suppresses", "at other places only",
    ),
    ('unit = "MPa"', 'unit = "MPa", by_type = { PALACE = 1 }'): (
        "params.low.by_type", "no station type 'PALACE'",
    ),
    ('unit = "MPa"', 'unit = "MPa", by_brand = { nobody = 1 }'): (
        "params.low.by_brand", "no profile 'nobody'",
    ),
    ('"PH.P_MAIN < low"', '"mean(PH.P_MAIN, 999999) < low"'): ("when", "column 17: mean() looks"),
    ('"PH.P_MAIN < low"', '"usual(PH.Q_IN, 99) < low"'): ("when", "column 1: units differ"),
    ('when = "PH.P_MAIN < low"', ""): ("-", "source tick needs `when`"),
    ("level = 2", 'level = 2\nsource = "daily"'): ("-", "source daily needs `condition`"),
    ("level = 2", "level = 2\nhours = [7, 25]"): ("-", "hours run from 0 to 24"),
    ("level = 2", 'level = 2\nlive = ["awake"]'): ("live.0", "decommissioned"),
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
