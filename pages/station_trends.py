"""The trends of a pump house: series from the lake to figures and to files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.alarm_text import alarm_words
from components.page import View
from components.time_range import TimeRange
from components.trend import NONE, Event, Line, Trend, site_time, trend
from data.alarms import AlarmRow
from data.catalogue.points import Column
from data.series import Series
from data.station_rows import StationRow
from data.stores import Stores
from pages.station_points import Chart, by_code, charts, point_name

POINTS = 1500
"""Rows asked for all lines of a page together."""
EVENTS = 12
"""Alarms that one chart marks at most, the worst first."""


@dataclass(frozen=True)
class Shown:
    """What the trends of a page show: one series for all charts, one more to compare with."""

    charts: list[Chart]
    now: Series
    before: Series | None
    alarms: list[AlarmRow]

    @property
    def empty(self) -> bool:
        codes = [code for chart in self.charts for code in chart.codes]
        return all(self.now.frame[code].is_null().all() for code in codes)


def load(
    stores: Stores,
    view: View,
    station: StationRow,
    span: TimeRange,
    chosen: Sequence[Chart] = (),
) -> Shown:
    """Read what the charts of `station` need: those of its page, or the `chosen`."""
    shown = list(chosen) or charts(station, view)
    codes = list(dict.fromkeys(code for chart in shown for code in chart.codes))
    now = stores.lake.series(station, codes, span.start, span.end, POINTS)
    compared = span.compared
    before = (
        None if compared is None else stores.lake.series(station, codes, *compared, POINTS // 2)
    )
    alarms = stores.alarms.history(view.scope, span.start, span.end, 200, station.id)
    return Shown(shown, now, before, [row for row in alarms if row.state != "suppressed"])


def figure_of(view: View, chart: Chart, shown: Shown, span: TimeRange) -> go.Figure:
    """The figure of one chart."""
    before = shown.before
    lines = [
        _line(shown, code, label) for code, label in zip(chart.codes, chart.labels, strict=True)
    ]
    moved = (
        np.empty(0, "datetime64[ms]")
        if before is None
        else times(view, before) + np.timedelta64(span.shift)
    )
    return trend(
        Trend(
            unit=chart.unit, decimals=chart.decimals, times=times(view, shown.now), lines=lines,
            start=site_time(span.start, view.zone), end=site_time(span.whole_end, view.zone),
            now=site_time(view.now, view.zone), compare_times=moved,
            compare_name=view.text(f"compare.{span.compare}"), band=chart.band,
            setpoints=chart.setpoints, from_zero=chart.from_zero,
            events=_events(view, chart, shown),
        ),
        view.theme,
    )  # fmt: skip


def times(view: View, series: Series) -> np.ndarray:
    """Times of a series as those of the site, without a zone (datetime64[ms])."""
    local = series.frame["ts"].dt.convert_time_zone(view.zone.key).dt.replace_time_zone(None)
    return local.to_numpy().astype("datetime64[ms]")


def _line(shown: Shown, code: str, label: str) -> Line:
    frame = shown.now.frame

    def column(name: str) -> np.ndarray:
        return frame[name].to_numpy() if name in frame.columns else NONE

    compare = NONE if shown.before is None else shown.before.frame[code].to_numpy()
    return Line(label, column(code), column(f"{code}.min"), column(f"{code}.max"), compare)


def _events(view: View, chart: Chart, shown: Shown) -> list[Event]:
    """Alarms of the chart's own points; those of pumps stand on the pressure that they cost."""
    own = [
        row
        for row in shown.alarms
        if row.point in chart.codes or (chart.name == "pressure" and ".P" in row.place)
    ]
    own.sort(key=lambda row: (row.level, -row.active_at.timestamp()))
    return [
        Event(
            site_time(row.active_at, view.zone),
            row.level,
            alarm_words(row.rule, row.place, view.language),
        )
        for row in own[:EVENTS]
    ]


def table(
    view: View, station: StationRow, shown: Shown, names: Sequence[str]
) -> tuple[list[str], list[list[Any]]]:
    """Head and rows of the file for the charts `names`: site time, then every line's values, with
    the extremes of each step where they are kept."""
    known, frame = by_code(station), shown.now.frame
    codes = [code for chart in shown.charts if chart.name in names for code in chart.codes]
    parts = [(known[code], suffix) for code in codes for suffix in ("", "min", "max")]
    parts = [(c, suffix) for c, suffix in parts if _column(c, suffix) in frame.columns]
    heads = [view.text("station.time"), *(_head(view, station, c, suffix) for c, suffix in parts)]
    rows = []
    for at, *values in frame.select("ts", *(_column(c, suffix) for c, suffix in parts)).iter_rows():
        rounded = (_rounded(v, c) for v, (c, _) in zip(values, parts, strict=True))
        rows.append([at.astimezone(view.zone), *rounded])
    return heads, rows


def _column(column: Column, suffix: str) -> str:
    return f"{column.code}.{suffix}" if suffix else column.code


def _head(view: View, station: StationRow, column: Column, suffix: str) -> str:
    """Name and unit, with the zone where there are several."""
    edge = {"min": f" {view.text('station.lowest')}", "max": f" {view.text('station.highest')}"}
    unit = f" ({column.point.unit})" if column.point.unit else ""
    return f"{point_name(view, station, column)}{edge.get(suffix, '')}{unit}"


def _rounded(value: float | None, column: Column) -> float | None:
    """A mean has one digit more than a reading."""
    return None if value is None else round(value, column.point.decimals + 1)


def day_values(stores: Stores, station: StationRow, codes: Sequence[str], now: datetime) -> Series:
    """The last 24 h of some points, coarse enough for sparks."""
    return stores.lake.series(station, list(codes), now - timedelta(hours=24), now, 96 * len(codes))
