"""Laboratory samples: from a file and a form, row by row, within the person's scope, audited."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook

from data.database import Database
from data.lab_samples import LabSamples
from data.rights import Forbidden
from data.settings import Settings
from data.station_rows import EVERYWHERE, DistrictRow, Scope, StationRow
from data.stores import Stores, open_stores

NOW = datetime(2026, 11, 22, 6, 20, tzinfo=UTC)
HEAD = "泵房编号,采样点,采样时间,检测项目,检测结果,单位,检测机构"


def _station(n: int) -> StationRow:
    return StationRow(
        id=0, code=f"XM-{n:04d}", name_zh=f"泵房{n}", name_en=f"House {n}",
        district_id=1 if n == 1 else 2, type="TANK_VFD", tanks=1, profile="generic", host="h",
        port=502, unit=n,
    )  # fmt: skip


@pytest.fixture
def stores(sqlite: Database, tmp_path: Path) -> Iterator[Stores]:
    opened = open_stores(Settings(var=tmp_path, session_key="0123456789abcdef0123", _env_file=None))
    opened.stations.save(
        [DistrictRow(1, "east", "东区", "East"), DistrictRow(2, "west", "西区", "West")],
        [_station(1), _station(2)],
    )
    for role in ("water_quality", "executive"):
        opened.users.create(
            role, "word-of-12-letters", role=role, name_zh="陈", name_en="C", at=NOW
        )
    yield opened
    opened.close()


def take(
    stores: Stores, *lines: str, role: str = "water_quality"
) -> tuple[int, set[tuple[int, str, str]]]:
    by = stores.users.get(role)
    assert by is not None
    text = "\n".join((HEAD, *lines)).encode()
    report = stores.lab_samples.import_table(
        io.BytesIO(text), "samples.csv", stores.stations.all(), by, NOW
    )
    return report.added, {(r.row, r.field, r.reason) for r in report.refused}


def test_good_rows_come_in_with_units_turned_and_less_than_kept(stores: Stores) -> None:
    added, refused = take(
        stores,
        "XM-0001,出水,2026-11-20 09:30,余氯,0.31,mg/L,水质中心",
        "XM-0001,龙头,2026/11/20,铅,<1.0,µg/L,水质中心",
        "XM-0002,tank,2026-11-20,总大肠菌群,未检出,MPN/100mL,",
    )
    assert (added, refused) == (3, set())
    samples = stores.lab_samples.taken(NOW - timedelta(days=30), NOW)
    by_item = {s.item: s for s in samples}
    assert by_item["lead"].value == pytest.approx(0.001)
    assert by_item["lead"].below
    assert by_item["lead"].place == "tap"
    assert by_item["total_coliform"].value == 0.0
    assert by_item["free_chlorine"].sampled_at == datetime(2026, 11, 20, 1, 30, tzinfo=UTC)


def test_each_bad_row_is_named_with_column_and_reason(stores: Stores) -> None:
    added, refused = take(
        stores,
        "XM-0009,出水,2026-11-20,余氯,0.31,mg/L,",
        "XM-0001,屋顶,2026-11-20,余氯,0.31,mg/L,",
        "XM-0001,出水,昨天,余氯,0.31,mg/L,",
        "XM-0001,出水,2026-12-20,余氯,0.31,mg/L,",
        "XM-0001,出水,2026-11-20,硒味,0.31,mg/L,",
        "XM-0001,出水,2026-11-20,余氯,约0.3,mg/L,",
        "XM-0001,出水,2026-11-20,余氯,0.31,NTU,",
        "XM-0001,出水,2026-11-20,余氯,,mg/L,",
        "XM-0001,出水,2026-11-20,pH,71,,",
        "XM-0001,出水,2026-11-20,浊度,0.2,NTU,",
        "XM-0001,出水,2026-11-20,浑浊度,0.3,NTU,",
    )
    assert added == 1
    assert refused == {
        (2, "station", "unknown"), (3, "place", "unknown"), (4, "sampled_at", "time"),
        (5, "sampled_at", "time_outside"), (6, "item", "unknown"), (7, "value", "number"),
        (8, "unit", "unit"), (9, "value", "missing"), (10, "value", "range"),
        (12, "item", "sample_twice"),
    }  # fmt: skip


def test_the_same_file_twice_adds_nothing(stores: Stores) -> None:
    line = "XM-0001,出水,2026-11-20 09:30,余氯,0.31,mg/L,"
    assert take(stores, line)[0] == 1
    added, refused = take(stores, line)
    assert (added, refused) == (0, {(0, "", "samples_known")})


def test_a_file_without_a_needed_column_is_refused_whole(stores: Stores) -> None:
    by = stores.users.get("water_quality")
    assert by is not None
    report = stores.lab_samples.import_table(
        io.BytesIO("泵房编号,检测结果\nXM-0001,1".encode()), "x.csv", [], by, NOW
    )
    assert [r.reason for r in report.refused] == ["missing_columns"]


def test_excel_comes_in_too(stores: Stores) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["station", "place", "sampled at", "item", "value", "unit"])
    at = datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001 - a workbook knows no zones
    sheet.append(["XM-0001", "outlet", at, "turbidity", 0.25, "NTU"])
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    by = stores.users.get("water_quality")
    assert by is not None
    report = stores.lab_samples.import_table(out, "x.xlsx", stores.stations.all(), by, NOW)
    assert (report.added, report.refused) == (1, ())


def test_only_who_has_the_right_adds_and_it_is_audited(stores: Stores) -> None:
    line = "XM-0001,出水,2026-11-20 09:30,余氯,0.31,mg/L,"
    with pytest.raises(Forbidden):
        take(stores, line, role="executive")
    assert stores.lab_samples.taken(NOW - timedelta(days=30), NOW) == ()
    take(stores, line)
    [row, *_] = stores.audit.recent()
    assert (row.username, row.verb, row.subject) == (
        "water_quality",
        "samples.import",
        "samples.csv",
    )
    assert row.detail == {"added": 1, "refused": 0}


def test_a_form_adds_one_and_says_what_is_wrong(stores: Stores) -> None:
    by = stores.users.get("water_quality")
    assert by is not None
    texts = {
        "station": "XM-0002", "place": "outlet", "sampled_at": "2026-11-20T09:30",
        "item": "free_chlorine", "value": "0.02",
    }  # fmt: skip
    add = stores.lab_samples.add
    assert add(texts, stores.stations.all(), by, NOW) == []
    assert add(texts, stores.stations.all(), by, NOW) == [("item", "sample_known", {})]
    assert add({**texts, "value": "x"}, stores.stations.all(), by, NOW)[0][1] == "number"


def test_a_scope_sees_its_own_samples_only(stores: Stores) -> None:
    take(
        stores,
        "XM-0001,出水,2026-11-20,余氯,0.31,mg/L,",
        "XM-0002,出水,2026-11-20,余氯,0.32,mg/L,",
    )
    samples: LabSamples = stores.lab_samples
    start = NOW - timedelta(days=30)
    districts = {d.code: d.id for d in stores.stations.districts(EVERYWHERE)}
    [own] = samples.taken(start, NOW, Scope(districts["east"]))
    assert own.value == pytest.approx(0.31)
    assert len(samples.taken(start, NOW, items=["ph"])) == 0
