"""Typical days: the median of each quarter or hour of the day, of what a station supplies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from analytics.series_comparison import typical_day
from components.page import View
from components.selection import Entity
from components.time_range import TimeRange
from data.station_rows import StationRow
from data.stores import Stores
from pages.desk import desk_of

ROWS = 50_000
SLOTS = 24
Shape = tuple[np.ndarray, np.ndarray]


def typical(
    stores: Stores, view: View, entities: Sequence[Entity], span: TimeRange
) -> dict[str, Shape]:
    """Entity key -> m³/h of each slot of the day, now and in the span compared with (empty when
    nothing is). Entities without a flow are left out. Kept for a minute."""
    found = {}
    for entity in entities:
        station = stores.stations.get(entity.station, view.scope)
        codes = [] if station is None else [
            f"{row.zone}.Q_OUT" for row in station.sets if entity.zone in ("", row.zone)
        ]  # fmt: skip
        if station is None or not codes:
            continue
        now = _kept(stores, view, station, codes, span.start, span.end)
        compared = span.compared
        before = np.empty(0)
        if compared is not None:
            before = _kept(stores, view, station, codes, *compared)
        found[entity.key] = (now, before)
    return found


def _kept(
    stores: Stores,
    view: View,
    station: StationRow,
    codes: list[str],
    start: datetime,
    end: datetime,
) -> np.ndarray:
    ends = tuple(int(at.timestamp() // 300) for at in (start, end))
    key = ("typical", station.id, tuple(codes), ends)
    made: np.ndarray = desk_of(stores).kept(
        key, lambda: _shape(stores, view, station, codes, start, end)
    )
    return made


def _shape(
    stores: Stores,
    view: View,
    station: StationRow,
    codes: list[str],
    start: datetime,
    end: datetime,
) -> np.ndarray:
    frame = stores.lake.series(station, codes, start, end, ROWS).frame
    if not frame.height:
        return np.full(SLOTS, np.nan)
    ms = frame["ts"].dt.epoch("ms").to_numpy()
    flow = np.sum([frame[code].to_numpy().astype(float) for code in codes], axis=0)
    return typical_day(ms, flow, _offsets(view, ms), SLOTS)


def _offsets(view: View, ms: np.ndarray) -> np.ndarray:
    """ms to be added for local time: one look at the zone per UTC hour."""
    hours = ms // 3_600_000
    known = {}
    for hour in np.unique(hours):
        at = datetime.fromtimestamp(int(hour) * 3600, UTC).astimezone(view.zone)
        moved = at.utcoffset()
        known[int(hour)] = 0 if moved is None else int(moved.total_seconds() * 1000)
    return np.array([known[int(hour)] for hour in hours], np.int64)
