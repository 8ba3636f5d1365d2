"""Tariffs and emission factors as catalogue: what stands there, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.catalogue.emission_factors import default_region, emission_factors
from data.catalogue.errors import CatalogueError
from data.catalogue.tariffs import FILE, default_code, tariff_on, tariffs

LINE = '  ["10:00", "12:00", "peak"],\n'


def test_the_default_is_a_tou_that_says_it_is_an_assumption() -> None:
    row = tariff_on(default_code(), date(2026, 3, 2))
    assert row is not None
    assert row.assumed
    assert row.on(date(2026, 3, 2))[:2] == ((0, 480, "valley"), (480, 600, "flat"))
    assert (660, 720, "critical") in row.on(date(2026, 7, 31))
    assert row.prices["peak"] == pytest.approx(1.58 * row.prices["flat"])
    assert row.prices["valley"] == pytest.approx(0.37 * row.prices["flat"])
    assert tariff_on(default_code(), date(2019, 12, 31)) is None


@pytest.mark.parametrize(
    ("old", "new", "field", "why"),
    [
        (LINE, "", "rules.0.bands", "leave a gap at 12:00: 10:00 was due"),
        (LINE, '  ["09:30", "12:00", "peak"],\n', "rules.0.bands", "overlap at 09:30"),
        (LINE, '  ["10:00", "10:00", "peak"],\n', "rules.0.bands", "no length"),
        (LINE, '  ["10:00", "12:60", "peak"],\n', "rules.0.bands", "'12:60' is no time of day"),
        (LINE, '  ["10:00", "12:00", "dear"],\n', "rules.0.bands", "'dear' is no kind"),
        ('"24:00", "flat"', '"23:00", "flat"', "rules.0.bands", "end at 23:00"),
        ("months = [7, 8, 9]", "months = [7, 8]", "rules", "month 9, weekday 1 is of 0 rules"),
        ("months = [7, 8, 9]", "months = [6, 7, 8, 9]", "rules", "month 6, weekday 1 is of 2"),
        ("months = [7, 8, 9]", "months = [7, 8, 13]", "rules.1.months", "13 isn't from 1 to 12"),
        ("valley = 0.2405, ", "", "-", "no price of 'valley'"),
        ('basis = "kW"', 'basis = "hp"', "basis", "kW"),
        ("valid_from = 2020-01-01", "valid_from = 2020-01-01\nvalid_to = 2019-01-01",
         "-", "before"),
    ],
)  # fmt: skip
def test_a_tariff_that_cannot_be_used_names_file_row_and_field(
    tmp_path: Path, old: str, new: str, field: str, why: str
) -> None:
    file = tmp_path / "tariffs.toml"
    file.write_text(FILE.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError) as found:
        tariffs(file)
    assert (found.value.file, found.value.row, found.value.field) == (
        str(file),
        "1 (default_tou)",
        field,
    )
    assert why in found.value.why


def test_spans_of_one_code_follow_one_another(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8").replace('"residential"', '"default_tou"')
    file = tmp_path / "tariffs.toml"
    later = text.replace("2020-01-01", "2020-01-01\nvalid_to = 2025-12-31", 1)
    head, _, tail = later.rpartition("2020-01-01")
    file.write_text(head + "2026-01-01" + tail, encoding="utf-8")
    old, new = (
        tariff_on("default_tou", day, file) for day in (date(2025, 12, 31), date(2026, 1, 1))
    )
    assert old is not None
    assert new is not None
    assert (set(old.prices) > set(new.prices), new.prices["flat"]) == (True, 0.533)
    file = tmp_path / "twice.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match="stands here twice"):
        tariffs(file)
    file = tmp_path / "overlapping.toml"
    file.write_text(
        head.replace("2025-12-31", "2026-06-30") + "2026-01-01" + tail, encoding="utf-8"
    )
    with pytest.raises(CatalogueError, match="still holds"):
        tariffs(file)


def test_a_default_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "tariffs.toml"
    text = FILE.read_text(encoding="utf-8")
    file.write_text(
        text.replace('default = "default_tou"', 'default = "none"', 1), encoding="utf-8"
    )
    with pytest.raises(CatalogueError, match="no tariff 'none'"):
        tariffs(file)


def test_factors_by_region_and_year_with_their_source() -> None:
    found = emission_factors()
    assert {y: row.factor for y, row in found["china"].items()} == {
        2021: 0.5568, 2022: 0.5366, 2023: 0.5306,
    }  # fmt: skip
    assert found[default_region()][2022].factor == 0.4092
    assert all(row.source for rows in found.values() for row in rows.values())
