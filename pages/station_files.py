"""Files of a pump house's lists: raw numbers, units in the head, times of the site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from components.page import View
from data.station_rows import StationRow
from data.stores import Stores
from pages.alarm_rows import file as alarm_file
from pages.order_rows import file as order_file
from pages.station_points import band, by_code, point_name
from pages.station_tables import recent_alarms, recent_orders

Content = tuple[list[str], list[list[Any]]]


def content(stores: Stores, view: View, station: StationRow, tab: str) -> Content:
    """Head and rows of the file for the tab points, alarms or orders."""
    made: dict[str, Callable[[Stores, View, StationRow], Content]] = {
        "points": _points,
        "alarms": _alarms,
        "orders": _orders,
    }
    return made[tab](stores, view, station)


def _points(stores: Stores, view: View, station: StationRow) -> Content:
    names = ("point", "code", "value", "unit", "quality", "age", "normal_low", "normal_high")
    snapshot = stores.snapshot.read()
    live = {} if snapshot is None else snapshot.row(station.id)
    rows = []
    for code, column in by_code(station).items():
        value, flag, age = live.get(code, (None, None, None))
        low, high = band(column, station) or (None, None)
        quality = "" if flag is None else view.text(f"flag.{flag.name.lower()}")
        rows.append(
            [
                point_name(view, station, column),
                code,
                value,
                column.point.unit,
                quality,
                age,
                low,
                high,
            ]
        )
    return [view.text(f"station.{name}") for name in names], rows


def _alarms(stores: Stores, view: View, station: StationRow) -> Content:
    return alarm_file(view, recent_alarms(stores, view, station))


def _orders(stores: Stores, view: View, station: StationRow) -> Content:
    return order_file(view, recent_orders(stores, view, station))
