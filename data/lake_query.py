"""The question behind a figure as text for DuckDB, to be run in the lake's folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from data.lake import Lake
from data.tiers import DAY


def files_of(lake: Lake, dataset: str, start: datetime, end: datetime) -> list[str]:
    """Paths below the lake of the files that hold rows of [start, end)."""
    low, high = (round(at.timestamp() * 1000) for at in (start, end))
    return [file.path for file in lake.manifest.live(dataset, None, low, high)]


def day_files(lake: Lake, start: date, end: date) -> list[str]:
    """Files of station_day with the local days from start to end, both included."""
    low, high = (round(datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp()) * 1000
                 for d in (start, end))  # fmt: skip
    found = lake.manifest.live("station_day", None, low - DAY, high + 2 * DAY)
    return [file.path for file in found]


def sums_text(
    facts: Sequence[str],
    value: str,
    days: tuple[date, date] | None,
    day_paths: Sequence[str],
    steps: tuple[datetime, datetime] | None,
    step_paths: Sequence[str],
    stations: Sequence[int] | None,
) -> str:
    """Sums of facts over whole days, and over today's quarters of an hour; then `value` of them.

    value: an expression over the facts' names. stations: None = all.
    """
    columns = ", ".join(f'"{fact}"' for fact in facts)
    where = ""
    if stations is not None:
        where = f" and station in ({', '.join(str(s) for s in stations)})"
    parts = []
    if days and day_paths:
        condition = f"day between date '{days[0]}' and date '{days[1]}'{where}"
        parts.append(_part(columns, day_paths, condition))
    if steps and step_paths:
        low, high = (round(at.timestamp() * 1000) for at in steps)
        parts.append(_part(columns, step_paths, f"ts >= {low} and ts < {high}{where}"))
    if not parts:
        return ""
    sums = ",\n  ".join(f'sum("{f}") filter (not isnan("{f}")) as "{f}"' for f in facts)
    rows = "\n  union all by name\n".join(parts)
    return f"with rows as (\n{rows}\n), sums as (select\n  {sums}\n  from rows)\nselect *, {value} as value from sums;\n"  # noqa: E501


def _part(columns: str, paths: Sequence[str], condition: str) -> str:
    listed = ",\n    ".join(f"'{path}'" for path in paths)
    return (
        f"  select {columns}\n  from read_parquet([\n    {listed}\n  ], union_by_name = true)\n"  # noqa: S608
        f"  where {condition}"
    )
