"""A person's own file: units, heads, rows that can't be read, each analysis to its result."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook, load_workbook

from analytics.__main__ import main
from analytics.quantities import UNITS, UnknownUnit, factor
from analytics.user_analyses import ANALYSES
from analytics.user_results import Line, Picture, svg
from analytics.user_tables import Need, TableError, number, places, read, split_head
from benchmarks.published import others_data
from tests.conftest import OTHERS


@pytest.mark.parametrize(
    ("quantity", "unit", "worth"),
    [
        # NIST SP 811: 1 psi = 6.894 757 kPa, 1 gal(US)/min = 6.309 020e-5 m³/s, 1 hp = 745.699 9 W
        ("pressure", "psi", 0.006894757), ("flow", "gpm", 6.309020e-5 * 3600),
        ("power", "hp", 0.7456999), ("head", "ft", 0.3048), ("pressure", "kgf/cm2", 0.0980665),
        ("flow", "L/s", 3.6), ("flow", "m³/h", 1.0), ("flow", "M3/H", 1.0), ("flow", "t/h", 1.0),
        ("energy", "MJ", 1 / 3.6), ("head", "MPa", 101.971621), ("head", "bar", 10.1971621),
        ("pressure", "m", 0.00980665), ("share", "%", 0.01), ("volume", "ML", 1000.0),
    ],
)  # fmt: skip
def test_units_of_the_field(quantity: str, unit: str, worth: float) -> None:
    assert factor(quantity, unit) == pytest.approx(worth, rel=1e-6)


def test_an_unknown_unit_names_the_known_ones() -> None:
    with pytest.raises(UnknownUnit, match="m3/h"):
        factor("flow", "kWh")
    assert factor("power", "MW") == 1e6 * factor("power", "W")
    for units in UNITS.values():
        assert next(iter(units.values())) == 1.0


@pytest.mark.parametrize(
    ("head", "split"),
    [
        ("flow [m3/h]", ("flow", "m3/h")), ("流量（L/s）", ("流量", "L/s")),
        ("Flow Rate Q (l/s)", ("Flow Rate Q", "l/s")), ("power", ("power", "")),
        ("效率【%】", ("效率", "%")),
    ],
)  # fmt: skip
def test_heads_carry_units(head: str, split: tuple[str, str]) -> None:
    assert split_head(head) == split


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1,234.5", 1234.5), ("3,5", 3.5), ("−2", -2.0), (7, 7.0), ("1e-3", 1e-3)],
)
def test_numbers_as_people_write_them(cell: object, value: float) -> None:
    assert number(cell) == value


def test_missing_is_missing() -> None:
    for cell in ("", "NaN", "—", None, float("nan"), float("inf")):
        assert np.isnan(number(cell))
    with pytest.raises(ValueError, match="no number"):
        number("abc")


NEEDS = (Need("time", "time"), Need("flow", "flow", aliases=("流量",)))


def test_bad_rows_are_told_and_good_ones_go_on() -> None:
    rows = [["2026-11-22 00:00", "1"], ["yesterday", "2"], ["2026-11-22 02:00", "x"],
            ["2026-11-22 03:00", ""], [], ["2026/11/22 01:00", "3"]]  # fmt: skip
    found = read(rows, {"time": 0, "flow": 1}, NEEDS, {"time": "", "flow": "L/s"})
    assert found.values["flow"].tolist() == pytest.approx([3.6, 10.8])
    assert found.lines.tolist() == [2, 7]
    assert [(p.line, p.column) for p in found.problems] == [(3, "time"), (4, "flow"), (5, "flow")]


def test_columns_by_name_alias_or_choice() -> None:
    assert places(["time", "流量 [L/s]"], NEEDS, {}) == {"time": 0, "flow": 1}
    assert places(["time", "a", "b (L/s)"], NEEDS, {"flow": "b"}) == {"time": 0, "flow": 2}
    with pytest.raises(TableError, match="no column 'flow' among: time, a"):
        places(["time", "a"], NEEDS, {})


def test_no_usable_row_is_an_error() -> None:
    with pytest.raises(TableError, match="line 2"):
        read([["x", "1"]], {"time": 0, "flow": 1}, NEEDS, {"time": "", "flow": "L/s"})


def write(path: Path, heads: list[str], rows: list[list[object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([heads, *rows])
    return path


def hours(count: int) -> list[str]:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    return [(start + timedelta(hours=i)).strftime("%Y-%m-%d %H:%M") for i in range(count)]


def test_energy_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows: list[list[object]] = [[t, 10, 5, 0.1, 0.4] for t in hours(24)]
    file = write(tmp_path / "a.csv", ["time", "flow [m3/h]", "power [kW]", "p_in [MPa]",
                                      "p_out [MPa]"], rows)  # fmt: skip
    assert main(["energy", str(file)]) == 0
    said = capsys.readouterr().out
    assert "0.5 kWh/m³" in said  # 120 kWh / 240 m³
    assert "1.6667 kWh/(m³·MPa)" in said  # over 0.3 MPa


def test_units_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "a.csv", ["time", "flow", "power"], [[t, 1, 1] for t in hours(3)])
    assert main(["energy", str(file), "--lang", "zh"]) == 1
    assert "--unit flow=" in capsys.readouterr().err
    assert main(["energy", str(file), "--unit", "flow=L/s", "--unit", "power=W"]) == 0
    assert "10.8 m³" in capsys.readouterr().out


def test_a_counter_that_turns_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    readings = [99_996, 99_998, 0, 2, 4]
    file = write(tmp_path / "a.csv", ["time", "reading [kWh]"],
                 [[t, r] for t, r in zip(hours(5), readings, strict=True)])  # fmt: skip
    assert main(["counter", str(file), "--set", "cap=10", "--set", "modulus=100000"]) == 0
    said = capsys.readouterr().out
    assert "8 kWh" in said and "ROLLOVER" in said


def test_periods_of_unequal_coverage_have_a_bound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows: list[list[object]] = [[t, 10 + i % 3] for i, t in enumerate(hours(96)) if i not in (5, 6)]
    file = write(tmp_path / "a.csv", ["time", "value [m3]"], rows)
    ranges = ["--set", "current=2026-03-04..2026-03-06", "--set", "base=2026-03-02..2026-03-04"]
    assert main(["compare", str(file), *ranges, "--set", "kind=sum"]) == 0
    said = capsys.readouterr().out
    assert "UNCERTAIN" in said and " to " in said
    assert main(["compare", str(file)]) == 1
    assert "FROM..TO" in capsys.readouterr().err


def test_mean_and_outliers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "a.csv", ["value [m]", "weight"], [[1, 1], [4, 3]])
    assert main(["mean", str(file)]) == 0
    assert "3.25 m" in capsys.readouterr().out
    values: list[list[object]] = [[v] for v in (10, 11, 9, 10, 12, 8, 10, 60)]
    assert main(["outliers", str(write(tmp_path / "b.csv", ["value"], values))]) == 0
    assert "60" in capsys.readouterr().out.splitlines()[-1]


def test_results_as_files(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["流量 [m3/h]", "扬程 [m]", "功率 [kW]"])
    for q in range(2, 22, 2):
        sheet.append([q, 50 - 0.05 * q * q, 1 + 0.3 * q])
    sheet.append(["坏", 1, 1])
    book.save(tmp_path / "水泵.xlsx")
    assert main(["pump_curve", str(tmp_path / "水泵.xlsx"), "--out", str(tmp_path / "out"),
                 "--lang", "zh"]) == 0  # fmt: skip
    table, about = load_workbook(tmp_path / "out" / "水泵_pump_curve.xlsx").worksheets
    assert table["A2"].value == 2 and table["C2"].value == pytest.approx(49.8)
    facts = {row[0].value: row[1].value for row in about.iter_rows()}
    assert facts["shut-off head"].startswith("50 m")
    assert facts["line 12"] == "flow: '坏' is no number"
    assert (tmp_path / "out" / "水泵_pump_curve.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    picture = (tmp_path / "out" / "水泵_pump_curve.svg").read_text(encoding="utf-8")
    assert picture.startswith("<svg") and "http" not in picture.replace("http://www.w3.org", "")


def test_what_is_no_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_bytes(b"\0\1\2")
    (tmp_path / "b.csv").write_text("")
    (tmp_path / "c.xlsx").write_text("x")
    for name in ("a.csv", "b.csv", "c.xlsx", "none.csv"):
        assert main(["mean", str(tmp_path / name)]) == 1
        assert capsys.readouterr().err


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_alone_it_lists_all(capsys: pytest.CaptureFixture[str], lang: str) -> None:
    assert main(["--lang", lang]) == 0
    said = capsys.readouterr().out
    for row in ANALYSES.values():
        assert row.name in said and (row.zh if lang == "zh" else row.en) in said


def test_a_picture_of_nothing_is_an_empty_frame() -> None:
    drawn = svg(Picture("x", "y", [Line("a", np.array([np.nan]), np.array([np.nan]))]), "<t>")
    assert "&lt;t&gt;" in drawn and "nan" not in drawn


def test_demand_and_night_flow_of_a_district(capsys: pytest.CaptureFixture[str]) -> None:
    file = others_data() / "bwdf" / "inflow_dma1-5.csv"
    if not file.exists():
        pytest.skip(f"{OTHERS}: bwdf")
    for name in ("demand", "night_flow"):
        assert main([name, str(file), "--column", "flow=dma5_Ls", "--unit", "flow=L/s"]) == 0
        assert "rows used" in capsys.readouterr().out


def test_a_measured_pump(capsys: pytest.CaptureFixture[str]) -> None:
    """Home pump test: 900 rpm, shut-off head about 2 m."""
    file = others_data() / "pump_tests" / "cp_home_pump_test.csv"
    if not file.exists():
        pytest.skip(f"{OTHERS}: pump_tests")
    heads = ["--column", "flow=Flow Rate Q", "--column", "p_in=Inlet Pressure Pin", "--column",
             "p_out=Outlet Pressure Pout"]  # fmt: skip
    assert main(["pump_curve", str(file), *heads]) == 0
    assert "20 rows used, 0 left out" in capsys.readouterr().out
