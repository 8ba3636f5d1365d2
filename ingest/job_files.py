"""Tables of any length as files: rows are written as they come, none is held."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter

from data.catalogue.sheets import EXCEL_ROWS, fill, plain, sheet_name, write_row
from data.files import SCRATCH

Row = Sequence[Any]


class TooLong(ValueError):
    """More rows than the kind of file holds."""


class Unable(Exception):
    """A job can't be done; the argument is its reason, as data.jobs tells."""


class Sink(Protocol):
    """A file that is being written."""

    rows: int

    def write(self, rows: Iterable[Row]) -> None: ...


class CsvSink:
    """UTF-8 with BOM, so that Excel reads Chinese."""

    def __init__(self, out: Any, heads: Sequence[str]) -> None:
        self._writer = csv.writer(out)
        self._writer.writerow(heads)
        self.rows = 0

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._writer.writerow([plain(value) for value in row])
            self.rows += 1


class ExcelSink:
    """A sheet in constant memory. Raises TooLong beyond the last row of a sheet."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self.rows = 0

    def write(self, rows: Iterable[Row]) -> None:
        for row in rows:
            if self.rows + 1 >= EXCEL_ROWS:
                raise TooLong(f"a sheet ends at row {EXCEL_ROWS:,}")
            self.rows += 1
            write_row(self._sheet, self.rows, row)


@contextmanager
def sink(
    path: Path, kind: str, title: str, heads: Sequence[str], facts: list[tuple[str, str]]
) -> Iterator[Sink]:
    """A file of `kind` csv or xlsx at `path`, whole after the block. `facts` become the second
    sheet of Excel as they stand at the end of the block. Raises OSError, TooLong."""
    if kind == "csv":
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            yield CsvSink(out, heads)
        return
    with tempfile.TemporaryDirectory(dir=path.parent, suffix=SCRATCH) as scratch:
        book = xlsxwriter.Workbook(
            path,
            {
                "constant_memory": True,
                "tmpdir": scratch,
                "strings_to_formulas": False,
                "strings_to_urls": False,
            },
        )
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(sheet_name(title))
        about = book.add_worksheet("facts" if sheet.name != "facts" else "about")
        fill(sheet, about, bold, heads, ())
        try:
            yield ExcelSink(sheet)
        except BaseException:
            _abandon(book)
            raise
        fill(sheet, about, bold, (), facts)
        try:
            book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise OSError(*error.args[0].args) from error


def _abandon(book: xlsxwriter.Workbook) -> None:
    """Let go of a book without writing it: its destructor would, and its scratch stays open."""
    book.fileclosed = True
    for sheet in book.worksheets():
        if sheet.row_data_fh is not None:
            sheet.row_data_fh.close()
