"""Every indicator of the catalogue stands on facts that exist, and a broken row names itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.catalogue.errors import CatalogueError
from data.catalogue.indicators import REDUCERS, indicators, offered
from data.catalogue.words import words
from data.rights import ROLES

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "methods.md"
NONE = {"K06", "K13", "K25", "K29", "K32", "K40", "K49", "K50", "K61", "K62", "K63",
        "K64", "K66", "K67", "K68", "K69", "K70"}  # fmt: skip
"""Their facts come from work that isn't built."""
GOOD = (
    '{ k = "K15", code = "e", theme = "energy", zh = "甲", en = "A", unit = "", decimals = 1, '
    'grains = "FD", roles = ["all"], source = "facts", numerator = "F.energy", '
    'denominator = "F.volume", definition_zh = "乙", definition_en = "B" }'
)


def documented() -> set[str]:
    """Facts and flows of the day that M5 and M6 of the methods define."""
    text = DOCS.read_text(encoding="utf-8")
    part = text[text.index("## M5") : text.index("## M7")]
    named = set(re.findall(r"F\.\w+", part)) | set(re.findall(r"`(\w+)` =", part))
    named |= {"mean_flow"} if "`mean_flow`" in part else set()
    named |= {f"F.{name}{tail}" for name in ("turbidity", "ph", "quality") if name in part
              for tail in ("_s", "_ok_s")}  # fmt: skip
    return named


def test_all_stand_there_in_order() -> None:
    assert [row.k for row in indicators().values()] == [f"K{n:02d}" for n in range(1, 72)]


@pytest.mark.parametrize("code", list(indicators()))
def test_an_indicator_stands_on_facts_that_exist(code: str) -> None:
    row = indicators()[code]
    assert set(row.facts) <= documented()
    assert all(row.zh and row.en and row.definition_zh and row.definition_en for _ in [0])
    assert row.offered == (row.k not in NONE)
    assert row.source == "facts" or row.reducer or not row.offered
    if row.reducer:
        assert f"reducer.{row.reducer}" in words("zh")


def test_one_without_facts_is_offered_to_nobody() -> None:
    for role in ROLES:
        assert not {row.k for row in offered(role).values()} & NONE
    assert len(offered("administrator")) == 71 - len(NONE)


def test_roles_see_their_own() -> None:
    table = indicators()
    assert table["energy_cost"].allowed("executive")
    assert not table["energy_cost"].allowed("inspector")
    assert all(row.allowed("administrator") for row in table.values())
    assert all(table[code].allowed(role) for role in ROLES for code in ("supply", "online_rate"))


def test_every_reducer_is_used() -> None:
    used = {row.reducer for row in indicators().values() if row.reducer}
    assert used == {name for names in REDUCERS.values() for name in names}


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('"K15"', '"15"', "k"),
        ('"F.energy"', '"energy"', "numerator"),
        ('"facts"', '"thin air"', "source"),
        ('["all"]', '["king"]', "roles.0"),
        ('"FD"', '"FX"', "grains"),
        ('decimals = 1', 'decimals = 9', "decimals"),
        ('numerator = "F.energy", ', '', "-"),
        ('source = "facts"', 'source = "facts", reducer = "nonsense"', "reducer"),
        ('source = "facts"', 'source = "facts", reducer = "mtbf"', "-"),
        ('source = "facts"', 'source = "facts", target = 1.0', "-"),
        ('source = "facts"', 'source = "hours"', "-"),
        ('"energy"', '"weather"', "theme"),
    ],
)  # fmt: skip
def test_a_broken_row_names_file_row_and_field(
    tmp_path: Path, old: str, new: str, field: str
) -> None:
    file = tmp_path / "indicators.toml"
    assert old in GOOD
    file.write_text(f"indicators = [{GOOD.replace(old, new, 1)}]", encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        indicators(file)
    assert (caught.value.row, caught.value.field) == ("1 (e)", field)


def test_a_sums_target_grows_with_its_span() -> None:
    table = indicators()
    assert table["interruption"].target_of(7) == pytest.approx(0.35)
    assert table["online_rate"].target_of(7) == 99.0
    assert table["energy"].target_of(7) is None
