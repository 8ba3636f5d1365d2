"""A person's own table from CSV or Excel, and the files that an analysis leaves."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from openpyxl import load_workbook

from data.catalogue.sheets import fill, plain, sheet_name, write_row

ENCODINGS = ("utf-8-sig", "gb18030", "cp1252")
"""Tried in this order. A file with a degree sign of Windows is no Chinese: gb18030 refuses it, or
would read letters that belong to no word; see `_text`."""
MOST_ROWS = 2_000_000


class UnreadableTable(ValueError):
    """The file can't be read as a table; the message says why."""


def read_table(path: Path) -> tuple[list[str], list[list[Any]]]:
    """(heads, rows) of the first sheet; a file whose first row is numbers only has heads `column1`,
    `column2` ... Raises UnreadableTable, OSError."""
    rows = _excel(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path)
    while rows and not any(str(cell or "").strip() for cell in rows[0]):
        rows.pop(0)
    if not rows:
        raise UnreadableTable(f"{path.name} is empty")
    if all(_is_number(cell) for cell in rows[0]):
        return [f"column{i}" for i in range(1, len(rows[0]) + 1)], rows
    return [str(cell or "").strip() for cell in rows[0]], rows[1:]


def write_csv(path: Path, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """UTF-8 with BOM; empty for missing."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        sheet = csv.writer(out)
        sheet.writerow(heads)
        sheet.writerows([plain(_known(cell)) for cell in row] for row in rows)


def write_excel(
    path: Path,
    title: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Any]],
    facts: Sequence[tuple[str, str]],
) -> None:
    """The table, and a second sheet of facts."""
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet, about = book.add_worksheet(sheet_name(title)), book.add_worksheet("facts")
        fill(sheet, about, book.add_format({"bold": True}), heads, facts)
        for line, row in enumerate(rows, 1):
            write_row(sheet, line, [_known(cell) for cell in row])


def write_text(path: Path, text: str) -> None:
    """A text file, e.g. a picture as SVG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _known(cell: Any) -> Any:
    return None if isinstance(cell, float) and cell != cell else cell  # noqa: PLR0124


def _is_number(cell: Any) -> bool:
    try:
        float(str(cell).strip())
    except ValueError:
        return False
    return True


def _excel(path: Path) -> list[list[Any]]:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise UnreadableTable(f"{path.name} is no Excel file: {error}") from error
    try:
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()


def _csv(path: Path) -> list[list[Any]]:
    text = _text(path.read_bytes(), path.name)
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=head.count)
    rows: list[list[Any]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if len(rows) > MOST_ROWS:
                raise UnreadableTable(f"{path.name} has more than {MOST_ROWS:,} rows")
            rows.append(list(row))
    except csv.Error as error:
        raise UnreadableTable(f"{path.name} can't be read: {error}") from error
    return rows


def _text(content: bytes, name: str) -> str:
    if b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableTable(f"{name} is no text (save it as CSV or xlsx)")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")
