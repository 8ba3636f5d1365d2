"""Typical days: the median of each quarter or hour of the day, of what a station supplies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import polars as pl

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
    asked: dict[str, tuple[StationRow, list[str]]] = {}
    for entity in entities:
        station = stores.stations.get(entity.station, view.scope)
        codes = [] if station is None else [
            f"{row.zone}.Q_OUT" for row in station.sets if entity.zone in ("", row.zone)
        ]  # fmt: skip
        if station is not None and codes:
            asked[entity.key] = (station, codes)
    now = _kept(stores, view, list(asked.values()), span.start, span.end)
    before = [np.empty(0)] * len(now)
    if span.compared is not None:
        before = _kept(stores, view, list(asked.values()), *span.compared)
    return dict(zip(asked, zip(now, before, strict=True), strict=True))


def _kept(
    stores: Stores,
    view: View,
    asked: list[tuple[StationRow, list[str]]],
    start: datetime,
    end: datetime,
) -> list[np.ndarray]:
    """The shapes of these stations, read together."""
    ends = tuple(int(at.timestamp() // 300) for at in (start, end))
    key = ("typical", tuple((station.id, *codes) for station, codes in asked), ends)

    def make() -> list[np.ndarray]:
        told = stores.lake.several(asked, start, end, ROWS)
        return [_shape(view, one.frame, codes) for one, (_, codes) in zip(told, asked, strict=True)]

    made: list[np.ndarray] = desk_of(stores).kept(key, make)
    return made


def _shape(view: View, frame: pl.DataFrame, codes: list[str]) -> np.ndarray:
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
