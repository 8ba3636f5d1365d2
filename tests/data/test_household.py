"""Files and forms of readings: head words of both languages, rights, limits, and row-by-row why."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from data.database import Database
from data.household_import import moment
from data.rights import Forbidden
from data.settings import Settings
from data.station_rows import DistrictRow
from data.stores import Stores, open_stores
from data.users import UserRow
from tests.data.lake_world import station

NOW = datetime(2026, 5, 20, 3, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def stores(sqlite: Database, tmp_path: Path) -> Iterator[Stores]:
    opened = open_stores(Settings(var=tmp_path, session_key="0123456789abcdef0123", _env_file=None))
    districts = [DistrictRow(1, "east", "东区", "East"), DistrictRow(2, "west", "西区", "West")]
    opened.stations.save(districts, [station(1)])
    yield opened
    opened.close()


def person(stores: Stores, role: str, district: int | None = None) -> UserRow:
    stores.users.create(
        role, "a long password of theirs", role=role, name_zh="甲", name_en="A", at=NOW,
        district_id=district,
    )  # fmt: skip
    found = stores.users.get(role)
    assert found is not None
    return found


def send(stores: Stores, text: str, by: UserRow) -> tuple[int, list[tuple[int, str, str]]]:
    taken = stores.household.import_table(io.BytesIO(text.encode("gb18030")), "a.csv", by, NOW)
    return taken.added, [(r.row, r.field, r.reason) for r in taken.refused]


def test_chinese_heads_and_excel(stores: Stores) -> None:
    by = person(stores, "engineer")
    heads = "泵房编号,抄表时间,表号,类别,读数\n"
    text = heads + "S1,2026/5/1 06:00,A,户表,12.345\nS1,2026-05-01,B,公共,7\n"
    assert send(stores, text, by) == (2, [])
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["station", "time", "meter", "reading_m3"])
    sheet.append(["S1", datetime(2026, 5, 2, 6), "A", 12.6])  # noqa: DTZ001 - as Excel has it
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    assert stores.household.import_table(out, "b.xlsx", by, NOW).added == 1
    frame = stores.household.readings(0, 1 << 60, [stores.stations.all()[0].id])
    assert frame.select("meter", "kind", "reading").rows() == [
        ("A", "household", 12_345), ("A", "household", 12_600), ("B", "public", 7_000),
    ]  # fmt: skip


def test_every_bad_cell_is_told_and_nothing_is_lost(stores: Stores) -> None:
    by = person(stores, "engineer")
    text = (
        "station,time,meter,kind,reading_m3,extra\n"
        "S1,2026-05-01 06:00,A,household,1,x\n"
        "S9,2026-05-01 06:00,A,household,1,x\n"
        "S1,yesterday,,gas,-3,x\n"
        "S1,2026-05-01 06:00,A,household,2,x\n"
    )
    added, told = send(stores, text, by)
    assert added == 1
    assert told == [
        (1, "extra", "unknown_column"), (3, "station", "unknown"), (4, "meter", "missing"),
        (4, "kind", "unknown"), (4, "time", "time"), (4, "reading_m3", "range"),
        (5, "time", "twice"),
    ]  # fmt: skip
    assert send(stores, text.splitlines()[0] + "\nS1,2026-05-01 06:00,A,,1,\n", by)[1][1:] == [
        (2, "", "known")
    ]


def test_a_form_and_who_may(stores: Stores) -> None:
    texts = {"station": "S1", "time": "2026-05-03T06:00", "meter": "A", "reading_m3": "3.5"}
    assert stores.household.enter(texts, person(stores, "engineer"), NOW).added == 1
    again = stores.household.enter(
        {**texts, "reading_m3": "4"}, person(stores, "administrator"), NOW
    )
    assert [(r.field, r.reason, r.values) for r in again.refused] == [
        ("reading_m3", "differs", {"value": "3.5"})
    ]
    with pytest.raises(Forbidden):
        stores.household.enter(texts, person(stores, "executive"), NOW)
    west = person(stores, "district_manager", 2)
    told = stores.household.enter(texts, west, NOW).refused
    assert [(r.field, r.reason) for r in told] == [("station", "unknown")]
    verbs = [(row.username, row.verb, row.subject) for row in stores.audit.recent()]
    assert verbs.count(("engineer", "readings.import", "form")) == 1


def test_a_file_without_its_columns_is_refused_as_a_whole(stores: Stores) -> None:
    by = person(stores, "engineer")
    assert send(stores, "station,time\nS1,2026-05-01\n", by) == (0, [(1, "", "missing_columns")])
    assert send(stores, "", by) == (0, [(1, "", "empty")])


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-05-01 06:00", "2026-04-30T22:00:00+00:00"),
        ("2026-05-01T06:00:00Z", "2026-05-01T06:00:00+00:00"),
        ("2026/5/1", "2026-04-30T16:00:00+00:00"),
        ("2026年5月1日", "2026-04-30T16:00:00+00:00"),
        ("31.12.2026", None),
        ("0001-01-01", None),
        ("", None),
    ],
)
def test_times_of_tables(text: str, wanted: str | None) -> None:
    found = moment(text, ZONE)
    assert (None if found is None else found.isoformat()) == wanted
