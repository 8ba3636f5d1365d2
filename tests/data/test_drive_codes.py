"""Codes of drives: complete, in both languages, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.alarm_text import alarm_value
from data.catalogue.drive_codes import FILE, codes, trip, trips
from data.catalogue.errors import CatalogueError


def test_every_class_of_the_dictionary_is_there_and_has_a_number() -> None:
    assert list(trips()) == ["OC", "OU", "UU", "OL", "OH", "GF", "PF", "CE", "FB", "EEP"]
    assert set(codes()["common"].values()) == set(trips())


def test_a_code_is_told_in_words() -> None:
    assert alarm_value("R-PU-05", "L.P1.VFD_CODE", 6.0) == ("6", "GF 接地")
    assert alarm_value("R-PU-05", "L.P1.VFD_CODE", 6.0, "en") == ("6", "GF Earth fault")
    assert alarm_value("R-PU-05", "L.P1.VFD_CODE", 77.0, "en") == ("77", "")
    assert trip(0) is None and trip(3).code == "UU"


@pytest.mark.parametrize(("more", "why"), [
    ("[brands.nobody]\n1 = 'OC'", "no profile 'nobody'"),
    ("[brands.haibeng]\n1 = 'XX'", "no class 'XX'"),
    ("[brands.haibeng]\n0 = 'OC'", "is not the number of a trip"),
])  # fmt: skip
def test_a_map_that_means_nothing_is_refused(more: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "drive_codes.toml"
    file.write_text(FILE.read_text(encoding="utf-8").replace("[brands]", more), encoding="utf-8")
    with pytest.raises(CatalogueError, match=why):
        codes(file)
