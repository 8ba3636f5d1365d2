"""A file of the lake that can't be read, and which dataset is the poorer for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from data.parquet import DATASETS, GOT

Reader = TypeVar("Reader", bound=Callable[..., Any])
_BY_FILES = (duckdb.Error, pl.exceptions.PolarsError, pa.ArrowException, OSError)
_BY_US = (
    duckdb.InterruptException, duckdb.OutOfMemoryException, duckdb.BinderException,
    duckdb.ParserException,
)  # fmt: skip
"""Errors of the reader that no file is to blame for."""


class Unreadable(RuntimeError):
    """A damaged or absent file; `file` is its path below the lake, '' where none could be named."""

    def __init__(self, dataset: str, file: str) -> None:
        super().__init__(f"{dataset}: can't read {file or 'its files'}")
        self.dataset, self.file = dataset, file


def names_what_it_cannot_read(read: Reader) -> Reader:
    """For methods whose first argument are files of one dataset, of the lake: an error
    that these are to blame for becomes Unreadable."""

    @wraps(read)
    def told(self: Any, files: Sequence[Path], *args: Any, **named: Any) -> Any:
        try:
            return read(self, files, *args, **named)
        except _BY_US:
            raise
        except _BY_FILES as problem:
            if not files:
                raise
            file = _blamed(files, problem)
            dataset, path = _place(file or files[0])
            raise Unreadable(dataset, path if file else "") from problem

    return cast(Reader, told)


def _place(file: Path) -> tuple[str, str]:
    """The file's dataset, and its path from there on: LAKE/DATASET/DAY/FILE, or without a day."""
    for n, part in enumerate(file.parts[:-1]):
        if part.removeprefix(GOT) in DATASETS:
            return part, "/".join(file.parts[n:])
    return file.parent.name, file.name


def _blamed(files: Sequence[Path], problem: Any) -> Path | None:
    """The file that the error names, else the first without a sound footer."""
    words = str(problem)
    named = next((file for file in files if str(file) in words), None)
    return named or next((file for file in files if not _sound(file)), None)


def _sound(file: Path) -> bool:
    try:
        pq.read_metadata(file)
    except (pa.ArrowException, OSError):
        return False
    return True
