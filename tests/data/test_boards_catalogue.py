"""Boards that roles begin with: every role has one, and a wrong row is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.catalogue.boards import presets
from data.catalogue.errors import CatalogueError
from data.rights import ROLES


def test_every_role_has_a_board() -> None:
    assert set(presets()) == set(ROLES)
    assert all(1 <= sum(card.pinned for card in row.cards) <= 4 for row in presets().values())


@pytest.mark.parametrize(
    ("card", "why"),
    [
        ('{ indicator = "supply", period = "8d" }', "cards.0.period"),
        ('{ indicator = "supply", colour = "red" }', "cards.0.colour"),
        ('{ indicator = "nothing" }', "cards.0.indicator.*'nothing'"),
        ('{ indicator = "complaint_rate" }', "cards.0.indicator.*'complaint_rate'"),
        ('{ indicator = "energy_cost" }', "the role may not see 'energy_cost'"),
    ],
)
def test_a_wrong_card_is_named(tmp_path: Path, card: str, why: str) -> None:
    file = tmp_path / "boards.toml"
    file.write_text(f'[[presets]]\ncode = "inspector"\ncards = [{card}]\n', encoding="utf-8")
    with pytest.raises(CatalogueError, match=rf"boards.toml: row 1 \(inspector\).*{why}"):
        presets(file)
