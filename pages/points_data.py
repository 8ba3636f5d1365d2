"""What the page of points shows: one series a line, on one grid, from the grain that answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from analytics.series_comparison import Likeness, Statistics, likeness, on_grid, statistics
from components.page import View
from components.selection import Entity
from components.time_range import TimeRange
from data.alarms import AlarmRow
from data.catalogue.points import Column, columns
from data.series import Series
from data.station_rows import StationRow
from data.stores import Stores
from data.tiers import TIERS
from pages.desk import desk_of
from pages.station_points import by_code, point_name

FIRST = "L.Q_OUT"
MEASURED_NOT = frozenset({"alarm", "state", "enum", "code", "command", "heartbeat", "count"})
"""Kinds of points whose values are no quantity."""
ALL_ROWS = 200_000
REACH = 48
"""Steps within which a lag is sought."""
MOST_LINES = 6
MOST_LAG = 1000
"""Steps that one line may be moved against the others."""
_MS = {tier.label: tier.ms for tier in TIERS}


@dataclass(frozen=True)
class Line:
    """One point of one entity over the grid of the page; NaN = missing."""

    entity: Entity
    column: Column
    name: str
    values: np.ndarray
    before: tuple[np.ndarray, np.ndarray]
    """Times in ms and values of the span compared with; empty when nothing is compared."""
    statistics: Statistics
    likeness: Likeness | None
    """With the first line; None for that one itself."""


@dataclass(frozen=True)
class Shown:
    """Lines on one grid: `ms` is the start of each step of `step` ms."""

    lines: list[Line]
    ms: np.ndarray
    step: int
    grain: str
    without: list[Entity]
    """Entities that have no such point."""
    alarms: list[tuple[Entity, AlarmRow]]


def quantities(station: StationRow) -> list[Column]:
    """Points of a station that are quantities, in the order of the catalogue."""
    return [c for c in by_code(station).values() if c.point.kind not in MEASURED_NOT]


def known_codes(stations: Iterable[StationRow]) -> set[str]:
    """Codes of the points that any of these stations has."""
    layouts = {station.layout for station in stations}
    return {column.code for layout in layouts for column in columns(layout)}


def resolve(station: StationRow, entity: Entity, code: str) -> Column | None:
    """The entity's own point for `code`: in its zone and of its pump, else in its first zone."""
    known = by_code(station)
    zone, dot, rest = code.partition(".")
    if dot and zone in ("L", "M", "H"):
        if entity.pump and rest[:1] == "P" and rest[1:2].isdigit():
            rest = f"P{entity.pump}.{rest.partition('.')[2]}"
        zones = [entity.zone] if entity.zone else [zone, *(s.zone for s in station.sets)]
        found = next((f"{z}.{rest}" for z in zones if f"{z}.{rest}" in known), "")
        return known.get(found)
    return known.get(code)


def load(
    stores: Stores, view: View, entities: list[Entity], codes: list[str], span: TimeRange
) -> Shown:
    """Read every line; the grid has the coarsest grain among them. Kept for a minute."""
    keys = tuple(e.key for e in entities)
    rounded = int(view.now.timestamp() // 30) if span.live else 0
    key = ("points", view.scope, view.language, keys, tuple(codes), str(dict(view.params)), rounded)
    shown: Shown = desk_of(stores).kept(key, lambda: _load(stores, view, entities, codes, span))
    return shown


def _load(
    stores: Stores, view: View, entities: list[Entity], codes: list[str], span: TimeRange
) -> Shown:
    pairs, without = [], []
    for entity in entities:
        station = stores.stations.get(entity.station, view.scope)
        for code in codes:
            column = None if station is None else resolve(station, entity, code)
            if station is None or column is None:
                without.append(entity)
            else:
                pairs.append((entity, station, column))
    pairs = pairs[:MOST_LINES]
    asked = [(station, [column.code]) for _, station, column in pairs]
    series = stores.lake.several(asked, span.start, span.end, ALL_ROWS)
    read = [_told(one, codes[0]) for one, (_, codes) in zip(series, asked, strict=True)]
    step = max((ms for _, _, ms, _ in read), default=_MS["1 h"])
    grain = next((g for _, _, ms, g in read if ms == step), "")
    start, end = _edge(span.start, step), round(span.end.timestamp() * 1000)
    grids = [on_grid(ms, values, start, end, step) for ms, values, _, _ in read]
    lines: list[Line] = []
    for (entity, station, column), grid, (ms, values, own, _) in zip(
        pairs, grids, read, strict=True
    ):
        name = point_name(view, station, column)
        name = f"{entity.name} · {name}" if len(codes) > 1 else entity.name
        told = statistics(ms, values, round(span.start.timestamp() * 1000), end, own * 2)
        like = likeness(grids[0], grid, min(REACH, len(grid) // 4)) if lines else None
        before = _before(stores, station, column, span)
        lines.append(Line(entity, column, name, grid, before, told, like))
    alarms = _alarms(stores, view, entities, span)
    count = len(grids[0]) if grids else 0
    return Shown(lines, start + np.arange(count) * step, step, grain, without, alarms)


def _told(series: Series, code: str) -> tuple[np.ndarray, np.ndarray, int, str]:
    """Times in ms, values, ms of the grain, its words."""
    ms = series.frame["ts"].dt.epoch("ms").to_numpy()
    values = series.frame[code].to_numpy().astype(float)
    return ms, values, _MS.get(series.grain, _MS["1 h"]), series.grain


def _before(
    stores: Stores, station: StationRow, column: Column, span: TimeRange
) -> tuple[np.ndarray, np.ndarray]:
    compared = span.compared
    if compared is None:
        return np.empty(0, np.int64), np.empty(0)
    series = stores.lake.series(station, [column.code], *compared, ALL_ROWS)
    ms, values, _, _ = _told(series, column.code)
    return ms, values


def _edge(at: datetime, step: int) -> int:
    ms = round(at.timestamp() * 1000)
    return ms - ms % step


def _alarms(
    stores: Stores, view: View, entities: list[Entity], span: TimeRange
) -> list[tuple[Entity, AlarmRow]]:
    """Alarms of the compared stations, each station once, newest first."""
    found = []
    for station in dict.fromkeys(entity.station for entity in entities):
        entity = next(e for e in entities if e.station == station)
        rows = stores.alarms.history(view.scope, span.start, span.end, 60, station)
        found += [(entity, row) for row in rows if row.state != "suppressed"]
    return sorted(found, key=lambda pair: pair[1].active_at, reverse=True)
