"""The one error of the catalogue, and the reading of its files."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

FOLDER = Path(__file__).resolve().parent
Row = TypeVar("Row", bound=BaseModel)


class CatalogueError(ValueError):
    """A row of a catalogue file that can't be used: says file, row, field and why."""

    def __init__(self, file: Path | str, row: str | int, field: str, why: str) -> None:
        self.file, self.row, self.field, self.why = str(file), row, field, why
        super().__init__(f"{Path(file).name}: row {row}: field '{field}': {why}")


def read(file: Path) -> dict[str, Any]:
    """A TOML file as a dict; a syntax error becomes a CatalogueError with its line."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(file, "-", "-", f"not valid TOML: {error}") from error
    except OSError as error:
        raise CatalogueError(file, "-", "-", f"can't be read: {error.strerror}") from error


def rows(
    file: Path, raw: Iterable[dict[str, Any]], model: type[Row], key: Callable[[Row], str]
) -> dict[str, Row]:
    """`raw` checked against `model` and keyed; raises CatalogueError at the first bad row."""
    found: dict[str, Row] = {}
    for number, values in enumerate(raw, start=1):
        name = str(values.get("code") or values.get("id") or values.get("point") or number)
        label = name if name == str(number) else f"{number} ({name})"
        try:
            row = model.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "-"
            raise CatalogueError(file, label, field, first["msg"]) from error
        if key(row) in found:
            raise CatalogueError(file, label, "code", f"'{key(row)}' stands here twice")
        found[key(row)] = row
    return found
