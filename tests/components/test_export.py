"""Files that people take away."""

from __future__ import annotations

import base64
import csv
import io
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from components.export import csv_bytes, download, xlsx_bytes

HEADS = ["时间", "出水压力 (MPa)", "备注"]
AT = datetime(2026, 11, 22, 14, 2, 31, tzinfo=ZoneInfo("Asia/Shanghai"))
ROWS: list[list[Any]] = [[AT, 0.421, "正常"], [AT, None, "=1+1"]]


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_csv_opens_in_excel_with_chinese_raw_numbers_and_iso_times() -> None:
    content = csv_bytes(HEADS, ROWS)
    assert content.startswith(b"\xef\xbb\xbf")
    assert read_csv(content) == [
        HEADS,
        ["2026-11-22 14:02:31+08:00", "0.421", "正常"],
        ["2026-11-22 14:02:31+08:00", "", "'=1+1"],
    ]


def test_an_excel_file_keeps_numbers_and_tells_where_it_comes_from() -> None:
    book = load_workbook(io.BytesIO(xlsx_bytes(HEADS, ROWS, [("范围", "全市")], "报警/活动")))
    sheet, about = book.worksheets
    assert [cell.value for cell in sheet[1]] == HEADS
    assert sheet["B2"].value == 0.421
    assert sheet["B3"].value is None
    assert (sheet["C3"].value, sheet["C3"].data_type) == ("=1+1", "s")
    assert sheet.title == "报警·活动"
    assert [cell.value for cell in about[1]] == ["范围", "全市"]


def test_a_download_names_its_kind() -> None:
    sent = download("xlsx", "报警_全市", HEADS, ROWS, [], "报警")
    assert sent["filename"] == "报警_全市.xlsx"
    assert base64.b64decode(sent["content"])[:2] == b"PK"
    assert download("csv", "x", HEADS, ROWS, [], "x")["type"] == "text/csv"


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=30),
        min_size=1,
        max_size=4,
    )
)
def test_no_text_starts_a_formula_and_none_is_lost(texts: list[str]) -> None:
    [_, row] = read_csv(csv_bytes(["a"] * len(texts), [texts]))
    for text, kept in zip(texts, row, strict=True):
        assert kept in (text, f"'{text}")
        assert not kept.startswith(("=", "+", "-", "@", "\t"))
