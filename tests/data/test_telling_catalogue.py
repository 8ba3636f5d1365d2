"""telling.toml is whole, and what can't be used is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.catalogue.errors import CatalogueError
from data.catalogue.rules import rules
from data.catalogue.telling import FILE, telling


def test_every_role_that_a_rule_names_has_a_duty() -> None:
    file = telling()
    assert {role for rule in rules().values() for role in rule.notify} <= set(file.duties)
    assert [step.duty for step in file.steps] == ["team_leader", "district_manager", "executive"]
    assert [file.levels[n].acknowledge_min for n in (1, 2, 3)] == [5, 15, 60]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('duty = "executive"', 'duty = "nobody"', "row nobody: field 'duty'"),
        ('routes = ["app", "push|mail"]', 'routes = ["app", "pigeon"]', "row levels 3: field 'rou"),
        ("level = 4", "level = 5", "field 'level'"),
        ("quiet = [22, 7]", "quiet = [22, 24]", "row settings: field 'quiet.1'"),
        ("tries = 5", "tries = 0", "row delivery: field 'tries'"),
        ("address = '\\+?[0-9]{5,15}'", "address = '('", "(sms): field 'address'"),
        ('code = "administrator"', 'code = "admin"', "row administrator: field 'code'"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, old: str, new: str, place: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "telling.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        telling(file)
    assert place in str(caught.value)
    assert "telling.toml" in str(caught.value)


def test_addresses_fit_their_kind() -> None:
    kinds = telling().kinds
    assert kinds["mail"].fits("chen.li@example.cn")
    assert kinds["sms"].fits("+8613800001234")
    for code, wrong in (
        ("mail", "chen@host/../x"), ("mail", "a@b.cn?cc=x@y.cn"), ("mail", "a@b.cn\nBcc: x@y.cn"),
        ("sms", "1380000;rm"), ("push", "../admin"), ("push", "a.b"),
    ):  # fmt: skip
        assert not kinds[code].fits(wrong), wrong
