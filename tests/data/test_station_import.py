from __future__ import annotations

import io
from collections.abc import Mapping
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

import data.stations as module
from data.audit import AuditTrail
from data.catalogue.words import text
from data.database import Database
from data.station_import import ImportReport, read_stations
from data.station_table import TableError, read_table
from data.stations import Stations
from tests.data.conftest import DISTRICTS, EAST, NOW, station

GOOD = {
    "code": "X1", "name_zh": "湾景花园", "district": "east", "type": "TANK_VFD", "pumps": "3.2",
    "tanks": "1", "profile": "chengshui", "host": "10.1.0.1", "port": "5020", "unit": "2",
    "setpoint": "0.50/0.80", "households": "701",
}  # fmt: skip


@pytest.fixture
def stations(db: Database) -> Stations:
    """Districts east and west, and station S1 at 127.0.0.1:5020."""
    found = Stations(db)
    found.save(DISTRICTS, [station(1)])
    return found


def table(*rows: Mapping[str, str], delimiter: str = ",") -> str:
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    return "\r\n".join(delimiter.join(line) for line in lines)


def load(stations: Stations, content: str | bytes) -> ImportReport:
    raw = content if isinstance(content, bytes) else content.encode()
    return stations.import_table(io.BytesIO(raw), "list.csv", "kim", NOW)


def faults(report: ImportReport) -> list[tuple[int, str, str]]:
    """The refusals; each can be said in both languages."""
    for row in report.refused:
        for lang in ("zh", "en"):
            assert text(lang, f"import.{row.reason}", **row.values)
    return [(row.row, row.field, row.reason) for row in report.refused]


def test_a_good_row_becomes_a_station(stations: Stations) -> None:
    report = load(stations, table(GOOD))
    assert (report.added, report.refused) == (("X1",), ())
    row = stations.by_code("X1")
    assert row is not None
    assert (row.name("zh"), row.name("en"), row.district_id) == ("湾景花园", "湾景花园", EAST)
    assert (row.address, row.layout.key) == (("10.1.0.1", 5020, 2), "TANK_VFD-3.2-1")
    low, middle = row.sets
    assert (low.zone, low.setpoint, low.households) == ("L", 0.50, 351)
    assert (middle.zone, middle.setpoint, middle.households) == ("M", 0.80, 350)
    assert middle.rated_head > low.rated_head > 50
    assert low.rated_power in (2.2, 3, 4, 5.5)


def test_what_is_left_out_is_filled_in(stations: Stations) -> None:
    wanted = ("code", "name_zh", "district", "type", "pumps", "profile", "host", "setpoint")
    load(stations, table({key: GOOD[key] for key in wanted}))
    row = stations.by_code("X1")
    assert row is not None
    assert (row.port, row.unit, row.tanks, row.underground) == (502, 1, 1, True)
    assert (row.latitude, row.build_year, row.households) == (None, None, 0)


def test_given_ratings_are_kept(stations: Stations) -> None:
    rated = {"rated_flow": "16", "rated_head": "72/101.5", "rated_power": "5.5", "static_head": "9"}
    load(stations, table(GOOD | rated | {"rated_current": "11.3"}))
    low, middle = stations.by_code("X1").sets
    assert (low.rated_flow, low.rated_head, low.rated_power) == (16.0, 72.0, 5.5)
    assert (middle.rated_flow, middle.rated_head, middle.rated_current) == (16.0, 101.5, 11.3)
    assert (low.static_head, middle.static_head) == (9.0, 9.0)


CHINESE = (
    "泵房编号;名称;辖区;类型;各区泵数;设备型号;网关地址;端口;设定压力（MPa）;地下\n"
    "X1;湾景花园;东区;水箱+变频;3;澄水 CS-200;10.1.0.1;５０２０;0.50;否\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_chinese_lists_of_any_kind_are_read(
    stations: Stations, encoding: str, delimiter: str
) -> None:
    report = load(stations, CHINESE.replace(";", delimiter).encode(encoding))
    assert report.refused == ()
    row = stations.by_code("X1")
    assert row is not None
    assert (row.name_zh, row.type, row.profile, row.port, row.underground) == (
        "湾景花园", "TANK_VFD", "chengshui", 5020, False,
    )  # fmt: skip


def workbook(*rows: list[object]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_excel_gives_the_same(stations: Stations) -> None:
    cells = dict(GOOD) | {"pumps": 3.2, "tanks": 1, "port": 5020.0, "unit": 2, "households": 701}
    bad = cells | {"code": 1001, "host": "10.1.0.2", "port": "x"}
    content = workbook(list(cells), list(cells.values()), [], list(bad.values()))
    report = load(stations, content)
    assert report.added == ("X1",)
    assert faults(report) == [(4, "port", "number")]
    assert stations.by_code("X1").address == ("10.1.0.1", 5020, 2)
    load(stations, workbook(list(bad), list((bad | {"port": 5020}).values())))
    assert stations.by_code("1001") is not None


def test_a_wrong_size_in_an_excel_file_loses_nothing(stations: Stations) -> None:
    content = io.BytesIO()
    old = ZipFile(io.BytesIO(workbook(list(GOOD), list(GOOD.values()))))
    with old, ZipFile(content, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("sheet1.xml"):
                assert b"<sheetData>" in part
                part = part.replace(b"<sheetData>", b'<dimension ref="A1:B1"/><sheetData>')
            new.writestr(name, part)
    assert load(stations, content.getvalue()).added == ("X1",)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("code", "", "missing"),
        ("code", "x" * 33, "too_long"),
        ("code", "S1", "code_taken"),
        ("district", "north", "unknown"),
        ("type", "MAGIC", "unknown"),
        ("profile", "nope", "unknown"),
        ("host", "", "missing"),
        ("port", "70000", "range"),
        ("port", "50.5", "integer"),
        ("port", "nan", "number"),
        ("port", "1_0", "number"),
        ("unit", "-1", "range"),
        ("tanks", "0", "needs_tank"),
        ("pumps", "", "needs_pumps"),
        ("pumps", "7", "pumps"),
        ("pumps", "3.0", "pumps"),
        ("pumps", "1.1.1.1", "pumps"),
        ("pumps", "three", "pumps"),
        ("setpoint", "", "missing"),
        ("setpoint", "0.5/0.6/0.7", "zones"),
        ("setpoint", "50", "range"),
        ("households", "1e999", "number"),
    ],
)
def test_a_bad_cell_is_refused_by_row_and_field(
    stations: Stations, field: str, value: str, reason: str
) -> None:
    good = GOOD | {"code": "X2", "host": "10.1.0.2"}
    report = load(stations, table(GOOD | {field: value}, good))
    assert faults(report) == [(2, field, reason)]
    assert report.added == ("X2",)
    assert len(stations.all()) == 2


def test_all_faults_of_a_row_are_told(stations: Stations) -> None:
    report = load(stations, table(GOOD | {"port": "x", "district": "north", "pumps": "9"}))
    assert faults(report) == [
        (2, "district", "unknown"),
        (2, "pumps", "pumps"),
        (2, "port", "number"),
    ]


@pytest.mark.parametrize(
    ("kind", "pumps", "tanks", "fault"),
    [("STACKED", "3", "1", "has_no_tank"), ("DIRECT", "2", "", "has_no_pumps")],
)
def test_what_a_type_does_not_have_is_refused(
    stations: Stations, kind: str, pumps: str, tanks: str, fault: str
) -> None:
    row = GOOD | {"type": kind, "pumps": pumps, "tanks": tanks, "setpoint": "0.5"}
    assert [reason for _, _, reason in faults(load(stations, table(row)))] == [fault]


def test_a_station_without_pumps_needs_no_setpoint(stations: Stations) -> None:
    row = GOOD | {"type": "DIRECT", "pumps": "0", "tanks": "", "setpoint": ""}
    assert load(stations, table(row)).added == ("X1",)
    assert stations.by_code("X1").layout.key == "DIRECT-0-0"


def test_an_address_names_the_other_station(stations: Stations) -> None:
    first = GOOD | {"host": "127.0.0.1", "unit": "1"}
    second = GOOD | {"code": "X2"}
    report = load(stations, table(first, second, second | {"code": "X3"}))
    assert faults(report) == [(2, "host", "address_taken"), (4, "host", "address_taken")]
    assert [row.values["other"] for row in report.refused] == ["S1", "X2"]
    assert report.added == ("X2",)


def test_a_code_twice_in_the_list_is_refused(stations: Stations) -> None:
    report = load(stations, table(GOOD, GOOD | {"host": "10.1.0.2"}))
    assert faults(report) == [(3, "code", "code_taken")]


def test_a_refused_row_takes_no_address(stations: Stations) -> None:
    report = load(stations, table(GOOD | {"tanks": "0"}, GOOD))
    assert report.added == ("X1",)


def test_a_profile_that_cannot_carry_the_layout_is_refused(stations: Stations) -> None:
    big = GOOD | {"type": "STACKED", "tanks": "0", "pumps": "5.6"}
    assert faults(load(stations, table(big))) == [(2, "profile", "registers")]
    clash = GOOD | {"pumps": "4.6"}
    report = load(stations, table(clash))
    assert faults(report) == [(2, "profile", "layout")]
    assert "is taken by" in report.refused[0].values["why"]


def test_unknown_columns_are_told_and_left_out(stations: Stations) -> None:
    report = load(stations, table({"colour": "red"} | GOOD))
    assert faults(report) == [(1, "colour", "unknown_column")]
    assert report.added == ("X1",)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n ,, \r\n", "empty"),
        (b"code,name_zh\r\nX1,a", "missing_columns"),
        (b"code,code\r\n", "column_twice"),
        (b"\xff\xfe\x00", "encoding"),
        (b"code\0\xff", "encoding"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_excel"),
        (b"PK\x03\x04 not a workbook", "unreadable"),
        (workbook(["code"])[:-200], "unreadable"),
        (b"a" * 20_000_001, "too_large"),
        (b"a\n" * 20_002, "too_many_rows"),
        (b'code\n"' + b"x" * 200_000, "unreadable"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_list_is_refused_as_a_whole(
    stations: Stations, content: bytes, reason: str
) -> None:
    assert faults(load(stations, content)) == [(1, "", reason)]
    assert len(stations.all()) == 1


def test_an_import_is_on_record(db: Database, stations: Stations) -> None:
    load(stations, table(GOOD, GOOD))
    [row] = AuditTrail(db).recent()
    assert (row.username, row.verb, row.subject) == ("kim", "stations.import", "list.csv")
    assert row.detail == {"added": 1, "refused": 2}


def test_a_station_added_meanwhile_is_named(
    stations: Stations, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[object] = []

    def slow(*args: object) -> object:
        found = read_stations(*args)  # type: ignore[arg-type]
        if not looks:
            stations.save((), [station(9)])
        looks.append(found)
        return found

    monkeypatch.setattr(module, "read_stations", slow)
    same = GOOD | {"host": "127.0.0.9", "unit": "1"}
    report = load(stations, table(same, GOOD | {"code": "X2"}))
    assert len(looks) == 2
    assert faults(report) == [(2, "host", "address_taken")]
    assert report.refused[0].values["other"] == "S9"
    assert report.added == ("X2",)


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda raw: b"PK\x03\x04" + raw))
def test_any_bytes_are_a_table_or_a_named_error(content: bytes) -> None:
    try:
        rows = read_table(io.BytesIO(content))
    except TableError as error:
        assert text("zh", f"import.{error.reason}", **error.values)
    else:
        assert all(any(row) for _, row in rows)
