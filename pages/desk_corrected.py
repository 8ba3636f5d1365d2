"""What people corrected below the figures of the query layer: beside sums, and on figures. X1."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from analytics.corrected import marked
from analytics.results import Figure
from components.page import View
from data.catalogue.indicators import Indicator
from data.corrections import CorrectionRow
from data.stores import Stores
from pages.desk_groups import month_end

if TYPE_CHECKING:
    from pages.desk import Desk

MARK = "F.corrected_s"
"""Seconds of a fact's step that a correction touches."""
MEASURED = ("facts", "hours", "pumps", "analyses")
"""Sources of indicators that stand on samples."""


def revised(
    stores: Stores, sums: pl.DataFrame, places: pl.DataFrame, by: Sequence[str],
    start: date, end: date,
) -> pl.DataFrame:  # fmt: skip
    """The sums with `revisions`: corrections and undoings that reach into each group's days.

    places: station, district, type of the stations that are summed; `by` as in desk_groups.
    """
    found = touching(stores, places["station"], start, end)
    if not found:
        return sums.with_columns(pl.lit(0, pl.Int64).alias("revisions"))
    groups = sums.select(by).iter_rows(named=True) if by else [{}] * sums.height
    counts = [_within(stores, found, group, places, start, end) for group in groups]
    return sums.with_columns(pl.Series("revisions", counts, pl.Int64))


def touching(
    stores: Stores, stations: Iterable[int], start: date, end: date
) -> list[CorrectionRow]:
    """Corrections of these stations that reach into the local days from `start` to `end`."""
    if end < start:
        return []
    wanted = set(stations)
    rows = stores.corrections.touching(*_span(stores, start, end))
    return [row for row in rows if row.station_id in wanted]


def revisions(stores: Stores, stations: Iterable[int], start: date, end: date) -> dict[int, int]:
    """Per station how often people have corrected something of these days; only those."""
    found: dict[int, int] = {}
    for row in touching(stores, stations, start, end):
        found[row.station_id] = found.get(row.station_id, 0) + count([row])
    return found


def count(rows: Iterable[CorrectionRow]) -> int:
    """How often they have changed what stands on them: once, and once more when undone."""
    return sum(1 + (row.undone_at is not None) for row in rows)


def corrected(
    desk: Desk, view: View, row: Indicator, told: Figure, start: date, end: date, ids: list[int]
) -> Figure:
    """The figure of a reducer with what corrections make of it; alarms, orders and samples of the
    laboratory stand on no corrected sample."""
    if row.source not in MEASURED:
        return told
    sums = desk.sums(view, (), start, end, (), ids)
    return marked(told, sums[MARK][0], sums["revisions"][0])


def _span(stores: Stores, start: date, end: date) -> tuple[datetime, datetime]:
    first, after = (
        datetime(d.year, d.month, d.day, tzinfo=stores.settings.zone).astimezone(UTC)
        for d in (start, end + timedelta(days=1))
    )
    return first, after


def _within(
    stores: Stores, found: list[CorrectionRow], group: dict[str, Any], places: pl.DataFrame,
    start: date, end: date,
) -> int:  # fmt: skip
    """How many of the corrections lie in the days and places of a group."""
    for key, value in group.items():
        if key == "day":
            start = end = value
        elif key == "month":
            start, end = max(start, value), min(end, month_end(value))
        else:
            places = places.filter(pl.col(key) == value)
    first, after = _span(stores, start, end)
    here = set(places["station"].to_list())
    return count(r for r in found if r.station_id in here and r.from_at < after and r.to_at > first)
