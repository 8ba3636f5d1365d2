"""Samples of laboratories from a file or a form: good rows become samples, bad ones a report."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO
from zoneinfo import ZoneInfo

from data.catalogue.limits import PLACES, item_names, limits
from data.catalogue.station_columns import plain
from data.station_import import RefusedRow
from data.station_rows import StationRow
from data.station_table import TableError, read_table

COLUMNS: dict[str, tuple[str, ...]] = {
    "station": ("泵房编号", "编号", "泵房", "station code", "code"),
    "place": ("采样点", "取样点", "采样位置", "sampling point"),
    "sampled_at": ("采样时间", "取样时间", "采样日期", "sampled at", "time", "date"),
    "item": ("检测项目", "项目", "指标", "parameter"),
    "value": ("检测结果", "结果", "检测值", "result"),
    "unit": ("单位",),
    "laboratory": ("检测单位", "检测机构", "实验室", "lab"),
    "note": ("备注", "remark", "remarks"),
}
"""What a column may be headed, beside its own code."""
REQUIRED = ("station", "place", "sampled_at", "item", "value")
_PLACES = {
    "inlet": ("进水", "进口", "进水口", "in"), "tank": ("水箱", "水池"),
    "outlet": ("出水", "出口", "出水口", "out"), "tap": ("龙头", "用户龙头", "水龙头", "末梢"),
}  # fmt: skip
_NOTHING = frozenset(map(plain, ("未检出", "nd", "n.d.", "not detected", "无", "none")))
_NUMBER = re.compile(r"([<≤]|小于|less than)?\s*(\d+\.?\d*(?:[eE][+-]?\d+)?)")
_TIMES = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M",
    "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y年%m月%d日 %H:%M",
    "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S",
)  # fmt: skip
GREATEST = 1e6
OLDEST = timedelta(days=20 * 366)


@dataclass(frozen=True)
class Sample:
    """One item of a sample. value: in the unit of the item's limit; below: less than it."""

    station_id: int
    place: str
    sampled_at: datetime
    item: str
    value: float
    unit: str
    below: bool = False
    laboratory: str = ""
    note: str = ""

    @property
    def key(self) -> tuple[int, str, datetime, str]:
        return self.station_id, self.place, self.sampled_at, self.item


def read_samples(
    file: BinaryIO, stations: Iterable[StationRow], zone: ZoneInfo, now: datetime
) -> tuple[list[Sample], list[RefusedRow]]:
    """Samples of the good rows of a CSV or Excel file, and what was refused with row, column and
    reason (a key of the words `import.REASON`)."""
    refused: list[RefusedRow] = []
    try:
        (first, header), *rows = read_table(file)
        order = _order(header)
    except TableError as error:
        return [], [RefusedRow(1, "", error.reason, error.values)]
    refused += [
        RefusedRow(first, word, "unknown_column")
        for i, word in enumerate(header)
        if word and i not in order
    ]
    by_code = {plain(station.code): station for station in stations}
    found: dict[tuple[int, str, datetime, str], Sample] = {}
    for number, cells in rows:
        texts = {code: cells[i] for i, code in order.items() if i < len(cells)}
        sample, problems = read_sample(texts, by_code, zone, now)
        if sample is not None and sample.key in found:
            sample, problems = None, [("item", "sample_twice", {})]
        refused += [RefusedRow(number, *problem) for problem in problems]
        if sample is not None:
            found[sample.key] = sample
    return list(found.values()), refused


Problem = tuple[str, str, Mapping[str, object]]


def read_sample(
    texts: Mapping[str, str], by_code: Mapping[str, StationRow], zone: ZoneInfo, now: datetime
) -> tuple[Sample | None, list[Problem]]:
    """One row: the sample, or what is wrong as (column, reason, values)."""
    cells = {c: unicodedata.normalize("NFKC", texts.get(c, "")).strip() for c in COLUMNS}
    problems: list[Problem] = [(c, "missing", {}) for c in REQUIRED if not cells[c]]
    missing = {column for column, _, _ in problems}
    station = by_code.get(plain(cells["station"]))
    place = _place(cells["place"])
    item = item_names().get(plain(cells["item"]))
    for column, known in (("station", station), ("place", place), ("item", item)):
        if known is None and column not in missing:
            problems.append((column, "unknown", {"value": cells[column]}))
    at = _time(cells["sampled_at"], zone)
    if at is None and "sampled_at" not in missing:
        problems.append(("sampled_at", "time", {"value": cells["sampled_at"]}))
    elif at is not None and not now - OLDEST <= at <= now:
        problems.append(("sampled_at", "time_outside", {"value": cells["sampled_at"]}))
    number = _number(cells["value"])
    if number is None and "value" not in missing:
        problems.append(("value", "number", {"value": cells["value"]}))
    factor = limits()[item].factor(cells["unit"]) if item else None
    if item and factor is None:
        wanted = limits()[item].unit
        problems.append(("unit", "unit", {"value": cells["unit"], "wanted": wanted}))
    for column, longest in (("laboratory", 64), ("note", 500)):
        if len(cells[column]) > longest:
            problems.append((column, "too_long", {"longest": longest}))
    if item == "ph" and number is not None and not 0 <= number[0] <= 14:
        problems.append(("value", "range", {"value": cells["value"], "low": 0, "high": 14}))
    if problems or not (station and place and item and at and number and factor):
        return None, problems
    value, below = number
    return Sample(
        station.id, place, at, item, value * factor, limits()[item].unit, below,
        cells["laboratory"], cells["note"],
    ), []  # fmt: skip


def _order(header: list[str]) -> dict[int, str]:
    """Column by place in the row. Raises TableError."""
    names = {plain(word): code for code, words in COLUMNS.items() for word in (code, *words)}
    found: dict[int, str] = {}
    for i, heading in enumerate(header):
        code = names.get(plain(heading))
        if code is None:
            continue
        if code in found.values():
            raise TableError("column_twice", heading=heading)
        found[i] = code
    if missing := [code for code in REQUIRED if code not in found.values()]:
        raise TableError("missing_columns", columns=", ".join(COLUMNS[code][0] for code in missing))
    return found


def _place(text: str) -> str | None:
    names = {plain(word): place for place in PLACES for word in (place, *_PLACES[place])}
    return names.get(plain(text))


def _time(text: str, zone: ZoneInfo) -> datetime | None:
    """A local time of the site; a day alone is its beginning."""
    for form in _TIMES:
        try:
            at = datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
        return at.astimezone(UTC)
    return None


def _number(text: str) -> tuple[float, bool] | None:
    """(value, below): '0.3', '<0.02', '未检出' (nothing found: 0)."""
    if plain(text) in _NOTHING:
        return 0.0, False
    found = _NUMBER.fullmatch(text.casefold().replace(",", ""))
    if found is None:
        return None
    value = float(found[2])
    return (value, bool(found[1])) if math.isfinite(value) and value <= GREATEST else None
