"""The page of rules: library, pane, form, and the way from a draft to its deployment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from components.steps import Step
from data.catalogue.rule_changes import RuleError, changed, fingerprint
from data.catalogue.rules import rules as catalogue
from data.rights import Forbidden, Refused
from data.stores import Stores
from pages import rules
from pages.rule_draft import draft_panel, draft_print
from pages.rule_facts import counts
from pages.rule_form import change_of
from pages.rule_list import file, select
from tests.pages.conftest import NOW, view_of
from tests.pages.looking import clicked, drawn

RULE = "R-HY-01"
FORM = {
    "on_s": "60", "off_s": "30", "fold_s": "300", "level": "2", "enabled": "true",
    "latched": "false", "acknowledge": "person", "template": "WT-01", "hours": "",
    "p_margin": "0.06", "q_margin": "type:RURAL=0.08", "p_margin_clear": "0.03",
    "q_margin_clear": "", "live": "auto, sleep", "notify": "dispatcher",
    "when": "{z}.P_OUT < {z}.P_SET - margin and {z}.NRUN > 0",
    "clear": "{z}.P_OUT >= {z}.P_SET - margin_clear", "note": "flutters at night",
}  # fmt: skip


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(rules, "set_props", lambda _, props: told.append(drawn(props["children"])))
    return told


def do(stores: Stores, role: str, step: str, rule: str = RULE, **fields: str) -> Any:
    return rules.act(stores, view_of(stores, role), {"step": step, **fields}, rule)


def test_the_library_lists_searches_and_is_taken_away(stores: Stores) -> None:
    view = view_of(stores, "engineer")
    text = drawn(rules.layout(stores, view))
    assert text.count("data-key") == len(catalogue())
    assert "出水压力低" in text and "R-DQ-03" in text
    assert [r.id for r in select(stores, view, "HY", "超压")] == ["R-HY-04"]
    assert {r.id[2:4] for r in select(stores, view, "TK", "")} == {"TK"}
    heads, lines = file(view, select(stores, view, "", ""), counts(stores, view), {})
    assert len(lines) == len(catalogue()) and {len(line) for line in lines} == {len(heads)}
    with clicked('{"index":"csv","type":"rules-export"}'):
        answer = rules.take_away(stores, view, [1], "", {})
    assert answer["filename"].endswith(".csv")


def test_every_rule_has_a_pane_in_both_languages(stores: Stores) -> None:
    for lang in ("zh", "en"):
        view = view_of(stores, "engineer", lang)
        for id in catalogue():
            text = drawn(rules.open_detail(stores, view, id, None))
            assert id in text and "rule-form" in text
    assert "rule-form" not in drawn(rules.open_detail(
        stores, view_of(stores, "dispatcher"), RULE, None))  # fmt: skip


def test_the_form_gives_back_the_rule_that_it_shows() -> None:
    rule = catalogue()[RULE]
    step = Step.of({"step": "save"} | FORM)
    made = changed(rule, change_of(rule, step))
    assert (made.on_s, made.live, made.notify) == (60, ("auto", "sleep"), ("dispatcher",))
    assert made.params["margin"].of("RURAL") == 0.08 and made.params["margin"].value == 0.06
    with pytest.raises(RuleError):
        change_of(rule, Step.of({"step": "save"} | FORM | {"on_s": "soon"}))


@pytest.mark.parametrize(
    ("field", "value", "zh"),
    [
        ("on_s", "soon", "报警延时 (s)：需要一个数"),
        ("on_s", "-3", "报警延时 (s)：不能是负数"),
        ("when", "{z}.P_OUT < {z}.P_WRONG", "报警条件：第 13 列，没有测点"),
        ("when", "{z}.P_OUT < {z}.Q_OUT", "单位不一致"),
        ("when", "{z}.P_OUT / 0 < margin", "除数为零"),
        ("template", "WT-99", "没有工单模板"),
        ("notify", "", "至少需要一项"),
        ("q_margin", "RURAL", "请写成"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_in_the_viewers_language(
    stores: Stores, said: list[str], field: str, value: str, zh: str
) -> None:
    do(stores, "engineer", "save", **(FORM | {field: value}))
    assert len(said) == 1 and RULE in said[0] and zh in said[0], said
    assert stores.rules.versions(RULE) == []


def test_from_a_draft_to_its_deployment(stores: Stores, said: list[str]) -> None:
    view = view_of(stores, "engineer")
    assert draft_panel(stores, view, RULE) is None
    do(stores, "engineer", "save", **FORM)
    draft = stores.rules.draft_of(RULE)
    assert draft is not None and "草稿" in said[-1]
    text = drawn(draft_panel(stores, view, RULE))
    assert "30 → 60" in text and "flutters at night" in text
    with pytest.raises(Refused):
        do(stores, "engineer", "deploy")
    do(stores, "engineer", "test", days="30", district="")
    [job] = stores.jobs.of(view.user, view.now)
    assert (job.kind, job.task["version"]) == ("backtest", draft.id)
    before = draft_print(stores, RULE)
    figures = {"alarms_before": 9, "alarms_after": 4, "avoided": 5, "lost": 1, "known_true": 3}
    pair = stores.rules.all()[RULE], stores.rules.rule_of(draft)
    stores.rules.attach(draft.id, {"figures": figures}, fingerprint(*pair), NOW)
    assert draft_print(stores, RULE) != before
    shown, now = rules.show_draft(stores, view, RULE, None, 1, before)
    assert "9 → 4" in drawn(shown)
    assert rules.show_draft(stores, view, RULE, None, 2, now)[1] is not now
    do(stores, "engineer", "deploy")
    assert stores.rules.all()[RULE].on_s == 60 and "已发布" in said[-1]
    text = drawn(rules.open_detail(stores, view, RULE, None))
    assert "生效" in text and "9 → 4" in text
    do(stores, "engineer", "back:")
    again = stores.rules.draft_of(RULE)
    assert again is not None and again.change == {}
    do(stores, "engineer", "withdraw")
    assert stores.rules.draft_of(RULE) is None


def test_only_who_may_changes_rules(stores: Stores, said: list[str]) -> None:
    for role in ("dispatcher", "executive", "district_manager"):
        with pytest.raises(Forbidden):
            do(stores, role, "save", **FORM)
    do(stores, "engineer", "save", **FORM)
    text = drawn(draft_panel(stores, view_of(stores, "dispatcher"), RULE))
    assert "rules-deploy" not in text and "rules-test" not in text
    with pytest.raises(Forbidden):
        do(stores, "dispatcher", "test", days="30", district="")


def test_false_alarms_propose_a_delay_that_is_taken_into_a_draft(
    stores: Stores, said: list[str]
) -> None:
    view = view_of(stores, "engineer")
    ended = view.now - timedelta(days=2)
    for n in range(6):
        order = stores.work_orders.create(1, "WT-01", 2, None, ended - timedelta(hours=n))
        with stores.db.session() as session:
            from data.tables import WorkOrder

            row = session.get(WorkOrder, order.id)
            assert row is not None
            row.state, row.outcome, row.closed_at = "closed", "no_fault_found", ended
        begun = ended - timedelta(hours=n)
        stores.alarms.save([{
            "rule": RULE, "station_id": 1, "district_id": 2, "place": "L", "level": 2,
            "point": "L.P_OUT", "state": "closed", "raw_at": begun, "active_at": begun,
            "cleared_at": begun + timedelta(seconds=70), "closed_at": ended,
            "work_order_id": order.id,
        }])  # fmt: skip
    assert counts(stores, view)[RULE].false_share == 1.0
    text = drawn(rules.open_detail(stores, view, RULE, None))
    assert "70 s" in text and "propose:on_s" in text
    do(stores, "engineer", "propose:on_s")
    draft = stores.rules.draft_of(RULE)
    assert draft is not None and draft.change == {"on_s": 70.0}
