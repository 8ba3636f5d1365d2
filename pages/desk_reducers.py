"""Indicators that no ratio of sums makes: what each reads, and the pure function that makes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from analytics.indicator_values import judged
from analytics.results import Figure
from components.page import View
from data.catalogue.indicators import Indicator

if TYPE_CHECKING:
    from pages.desk import Desk

Reducer = Callable[["Desk", View, Indicator, date, date, list[int]], Figure]


def reduced(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    """The figure of a named reducer over these stations."""
    return REDUCERS[row.reducer](desk, view, row, start, end, ids)


def station_count(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    return judged(row, float(len(ids)), 1.0)


def household_count(
    desk: Desk, view: View, row: Indicator, start: date, end: date, ids: list[int]
) -> Figure:
    chosen = set(ids)
    homes = sum(s.households for s in desk.stores.stations.all(view.scope) if s.id in chosen)
    return judged(row, float(homes), 1.0)


REDUCERS: dict[str, Reducer] = {
    "station_count": station_count,
    "household_count": household_count,
}
