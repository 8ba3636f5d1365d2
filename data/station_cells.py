"""One cell of a station list to a value."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from data.catalogue.points import MAX_PUMPS, ZONES
from data.catalogue.station_columns import ColumnRow

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_BETWEEN = re.compile(r"[/;|、]")
_YES, _NO = {"1", "y", "yes", "true", "是", "有"}, {"0", "n", "no", "false", "否", "无"}


class CellError(ValueError):
    """A cell that can't be used; `reason` is a key for the page's words."""

    def __init__(self, reason: str, **values: Any) -> None:
        super().__init__(reason)
        self.reason: str = reason
        self.values: Mapping[str, Any] = values


def cell_value(column: ColumnRow, text: str) -> Any:
    """`text` as the column's kind: str, int, float, bool, or tuples for pumps and zones; None
    (or no pumps) when it is empty. Raises CellError."""
    if column.kind != "name":
        text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        if column.required:
            raise CellError("missing")
        return () if column.kind == "pumps" else None
    return _READERS[column.kind](column, text)


def _word(column: ColumnRow, text: str) -> str:
    if len(text) > column.longest:
        raise CellError("too_long", longest=column.longest)
    return text


def _number(column: ColumnRow, text: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise CellError("number", value=text)
    if column.range is not None and not column.range[0] <= value <= column.range[1]:
        raise CellError("range", value=text, low=column.range[0], high=column.range[1])
    return value


def _integer(column: ColumnRow, text: str) -> int:
    value = _number(column, text)
    if value != int(value):
        raise CellError("integer", value=text)
    return int(value)


def _zones(column: ColumnRow, text: str) -> tuple[float, ...]:
    return tuple(_number(column, part.strip()) for part in _BETWEEN.split(text))


def _pumps(column: ColumnRow, text: str) -> tuple[int, ...]:
    parts = re.split(r"[.+/;|、]", text)
    if parts == ["0"]:
        return ()
    counts = [int(part) if re.fullmatch(r"\d", part, re.ASCII) else 0 for part in parts]
    if len(counts) > len(ZONES) or not all(1 <= count <= MAX_PUMPS for count in counts):
        raise CellError("pumps", value=text, most=MAX_PUMPS, zones=len(ZONES))
    return tuple(counts)


def _flag(column: ColumnRow, text: str) -> bool:
    if text.casefold() not in _YES | _NO:
        raise CellError("flag", value=text)
    return text.casefold() in _YES


_READERS = {
    "word": _word,
    "name": _word,
    "number": _number,
    "integer": _integer,
    "zones": _zones,
    "pumps": _pumps,
    "flag": _flag,
}
