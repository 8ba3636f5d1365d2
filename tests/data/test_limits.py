"""Limits as the standard gives them, and the names and units that laboratories write."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.catalogue.errors import CatalogueError
from data.catalogue.limits import item_names, limits, online_limits
from data.catalogue.points import point


def test_limits_of_the_tap_by_gb_5749_2022() -> None:
    known = limits()
    assert {(k.lo, k.hi, k.unit) for k in [known["free_chlorine"]]} == {(0.05, 2.0, "mg/L")}
    assert (known["turbidity"].hi, known["ph"].lo, known["ph"].hi) == (1.0, 6.5, 8.5)
    assert known["total_coliform"].hi == known["e_coli"].hi == 0.0
    assert (known["colony_count"].hi, known["lead"].hi, known["mercury"].hi) == (100, 0.01, 0.001)
    assert known["nitrate"].hi == 10.0
    assert all(row.source == "GB 5749-2022" for row in known.values())


def test_before_its_date_a_limit_is_not_in_force() -> None:
    assert limits(date(2023, 3, 31)) == {}
    assert limits(date(2023, 4, 1)).keys() == limits().keys()


def test_online_items_are_points_with_the_same_unit() -> None:
    assert list(online_limits()) == ["free_chlorine", "turbidity", "ph"]
    for row in online_limits().values():
        assert point(row.point).unit == row.unit


def test_names_and_units_of_laboratories() -> None:
    names = item_names()
    assert names["余氯"] == names["游离氯"] == "free_chlorine"
    assert names["ph"] == "ph"
    assert names["tds"] == "dissolved_solids"
    lead = limits()["lead"]
    assert lead.factor("µg/L") == lead.factor("ug/l") == pytest.approx(0.001)
    assert lead.factor("") == lead.factor("MG/L") == 1.0
    assert lead.factor("NTU") is None
    assert limits()["total_coliform"].factor("MPN/100mL") == 1.0


def test_a_limit_that_limits_nothing_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "limits.toml"
    row = 'item="x"\nzh="x"\nen="x"\nstandard="S"\nedition=1\nvalid_from=2020-01-01\n'
    file.write_text(f'[[limits]]\n{row}unit=""\nplace="tap"\ndecimals=1\n', encoding="utf-8")
    with pytest.raises(CatalogueError, match="lo"):
        limits(None, file)
