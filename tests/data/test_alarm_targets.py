"""Targets of alarm statistics: verdicts, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.catalogue.alarm_targets import positions, targets
from data.catalogue.errors import CatalogueError


def test_verdicts() -> None:
    mean, part, share = (targets()[code] for code in ("mean", "actionable", "level_4"))
    assert [mean.verdict(v) for v in (1.0, 1.5, 2.0, 2.1, None)] == [
        "met", "missed", "missed", "over", "",
    ]  # fmt: skip
    assert [part.verdict(v) for v in (60.0, 59.9)] == ["met", "missed"]
    assert [share.verdict(v) for v in (64.9, 65.0, 95.0, 95.1)] == [
        "missed", "met", "met", "missed",
    ]  # fmt: skip
    assert targets()["count"].verdict(5.0) == ""
    assert positions() == 1


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ('limit = 2', "-"),
        ('better = "within", target = 5', "-"),
        ('target = "few"', "target"),
        ("decimals = 9", "decimals"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_named(tmp_path: Path, row: str, field: str) -> None:
    file = tmp_path / "alarm_targets.toml"
    about = '{ zh = "注", en = "n" }'
    decimals = "" if "decimals" in row else "decimals = 0, "
    file.write_text(
        f'figures = [{{ code = "mean", zh = "均", en = "m", {decimals}about = {about}, {row} }}]'
    )
    with pytest.raises(CatalogueError) as refused:
        targets(file)
    assert refused.value.field == field and "mean" in str(refused.value.row)


def test_desks_are_counted_from_one(tmp_path: Path) -> None:
    file = tmp_path / "alarm_targets.toml"
    for wrong in ("0", "1.5", '"two"'):
        file.write_text(f"positions = {wrong}\n")
        positions.cache_clear()
        with pytest.raises(CatalogueError):
            positions(file)
