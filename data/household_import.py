"""Readings of household, public and fire meters from CSV or Excel: good rows come in, each bad one
is told with its column and why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import BinaryIO
from zoneinfo import ZoneInfo

from data.catalogue.station_columns import plain
from data.station_import import RefusedRow
from data.station_rows import StationRow
from data.station_table import MOST_ROWS, TableError, read_table

COLUMNS = {
    "station": ("station", "station code", "泵房", "泵房编号", "站点编号"),
    "time": ("time", "read at", "抄表时间", "时间", "日期"),
    "meter": ("meter", "meter no", "表号", "水表编号", "水表号"),
    "kind": ("kind", "use", "类别", "用途", "水表类别"),
    "reading_m3": (
        "reading_m3",
        "reading",
        "reading m3",
        "reading m³",
        "读数",
        "读数 m³",
        "表底数",
    ),
}
"""Columns of a file, by each of their headings; kind may be left out."""
KINDS = {
    "": "household", "household": "household", "户表": "household", "居民": "household",
    "住宅": "household", "public": "public", "公共": "public", "公用": "public", "fire": "fire",
    "消防": "fire",
}  # fmt: skip
LONGEST = 32
MOST_M3 = 99_999.999
FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d")
Find = Callable[[str], StationRow | None]


@dataclass(frozen=True)
class Reading:
    """One reading of one meter. `row` is its place in the file, 0 for a form."""

    station: int
    ts: int
    meter: str
    kind: str
    litres: int
    row: int = 0


def read_readings(
    file: BinaryIO, find: Find, zone: ZoneInfo, now: datetime, most_rows: int = MOST_ROWS
) -> tuple[list[Reading], list[RefusedRow]]:
    """Readings of the good rows, and what was refused. `find` gives the station of a code within
    the reach of whoever brings the file. Times without a zone are the site's."""
    find, good = cache(find), list[Reading]()
    refused: list[RefusedRow] = []
    try:
        (first, header), *rows = read_table(file, most_rows)
        order = _order(header)
    except TableError as error:
        return [], [RefusedRow(1, "", error.reason, error.values)]
    unknown = [word for i, word in enumerate(header) if word and i not in order]
    refused += [RefusedRow(first, word, "unknown_column") for word in unknown]
    seen: dict[tuple[int, str, int], int] = {}
    for number, cells in rows:
        texts = {code: cells[i] for i, code in order.items() if i < len(cells)}
        found = check(texts, find, zone, now, number)
        if isinstance(found, list):
            refused += found
            continue
        key = (found.station, found.meter, found.ts)
        if key in seen:
            refused.append(RefusedRow(number, "time", "twice", {"row": seen[key]}))
            continue
        seen[key] = number
        good.append(found)
    return good, refused


def check(
    texts: Mapping[str, str], find: Find, zone: ZoneInfo, now: datetime, row: int = 0
) -> Reading | list[RefusedRow]:
    """The reading of one row, or everything that is wrong with it."""
    wrong: list[RefusedRow] = []

    def refuse(field: str, reason: str, **values: object) -> None:
        wrong.append(RefusedRow(row, field, reason, values))

    code, meter = texts.get("station", "").strip(), texts.get("meter", "").strip()
    station = find(code) if code else None
    if not code:
        refuse("station", "missing")
    elif station is None:
        refuse("station", "unknown", value=code)
    if not meter:
        refuse("meter", "missing")
    elif len(meter) > LONGEST:
        refuse("meter", "too_long", longest=LONGEST)
    kind = KINDS.get(texts.get("kind", "").strip().lower())
    if kind is None:
        refuse("kind", "unknown", value=texts["kind"])
    at = moment(texts.get("time", "").strip(), zone)
    if at is None:
        refuse("time", "time" if texts.get("time") else "missing", value=texts.get("time", ""))
    elif at > now:
        refuse("time", "future", value=texts["time"])
    text = texts.get("reading_m3", "").strip().replace(",", "")
    reading = _number(text)
    if not text:
        refuse("reading_m3", "missing")
    elif reading is None:
        refuse("reading_m3", "number", value=text)
    elif not 0 <= reading <= MOST_M3:
        refuse("reading_m3", "range", value=text, low=0, high=MOST_M3)
    if wrong or station is None or at is None or kind is None or reading is None:
        return wrong
    ms = round(at.timestamp() * 1000)
    return Reading(station.id, ms, meter, kind, round(reading * 1000), row)


@lru_cache(maxsize=4096)
def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """A date or time of a table, UTC; None when it is none."""
    found: datetime | None = None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        for form in FORMATS:
            try:
                found = datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
                break
            except ValueError:
                continue
    if found is None or not 1990 <= found.year <= 2200:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _order(header: list[str]) -> dict[int, str]:
    """Column by place in the row. Raises TableError."""
    words = {plain(word): code for code, known in COLUMNS.items() for word in known}
    found: dict[int, str] = {}
    for i, heading in enumerate(header):
        code = words.get(plain(heading))
        if code is None:
            continue
        if code in found.values():
            raise TableError("column_twice", heading=heading)
        found[i] = code
    if missing := [code for code in COLUMNS if code != "kind" and code not in found.values()]:
        raise TableError("missing_columns", columns=", ".join(missing))
    return found
