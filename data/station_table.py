"""A table from CSV (UTF-8, GBK, UTF-16; comma, semicolon or tab) or Excel, as rows of text."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
"""Bytes: an Excel file is a zip, and a small zip may hold a lot."""
MOST_ROWS = 20_000
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


class TableError(ValueError):
    """The file as a whole can't be read; `reason` is a key for the page's words."""

    def __init__(self, reason: str, **values: Any) -> None:
        super().__init__(reason)
        self.reason, self.values = reason, values


def read_table(file: BinaryIO, most_rows: int = MOST_ROWS) -> list[tuple[int, list[str]]]:
    """Rows that aren't empty with their number in the file, from 1. The content, not the name,
    says what kind of file it is. Raises TableError."""
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TableError("too_large", megabytes=MOST_BYTES // 1_000_000)
    if content.startswith(_OLD_EXCEL):
        raise TableError("old_excel")
    rows = _excel(content) if content.startswith(b"PK\x03\x04") else _text(content)
    found: list[tuple[int, list[str]]] = []
    for number, row in enumerate(rows, start=1):
        if any(row):
            if len(found) > most_rows:
                raise TableError("too_many_rows", rows=most_rows)
            found.append((number, row))
    if not found:
        raise TableError("empty")
    return found


def _text(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    header = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=header.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [cell.strip() for cell in row]
    except csv.Error as error:
        raise TableError("unreadable", why=str(error)) from error


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise TableError("encoding")


def _excel(content: bytes) -> Iterator[list[str]]:
    """The first sheet of a workbook."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise TableError("too_large", megabytes=MOST_UNPACKED // 1_000_000)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some programs write a wrong size, and rows would be lost
        rows: Iterable[tuple[Any, ...]] = sheet.iter_rows(values_only=True)
        for row in rows:
            yield [_cell(value) for value in row]
        book.close()
    except TableError:
        raise
    except Exception as error:  # openpyxl answers a damaged file with any of a dozen errors
        raise TableError("unreadable", why=f"{type(error).__name__}: {error}") from error


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return format(value, ".12g")
    return str(value).strip()
