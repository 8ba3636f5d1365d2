"""Facts of the page of alarm statistics, read once in a few minutes and shared by its viewers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl

from analytics import alarm_nuisance as nuisance
from analytics import alarm_statistics as statistics
from analytics.alarm_statistics import SLOT, Rate, Span
from analytics.results import Figure
from components.formats import midnight
from components.page import View
from components.time_range import TimeRange, time_range
from data.catalogue.alarm_targets import positions
from data.station_rows import StationRow
from data.stores import Stores
from pages.kept import Kept
from pages.reach import Reach, reach

SPAN = "7d"
GROUPS = ("rule", "station", "district", "brand", "type", "family", "level")
LISTS = ("chattering", "fleeting", "stale")


@dataclass(frozen=True)
class Scene:
    """Alarms of the stations in reach in a span, and what is told of them.

    told: announced alarms with family, type, brand, chattering, fleeting, stale. chattering,
    fleeting, stale: tables of analytics.alarm_nuisance, of announced alarms. sizes: stations in
    reach with district, type, brand.
    """

    reach: Reach
    range: TimeRange
    span: Span
    told: pl.DataFrame
    rate: Rate
    figures: dict[str, Figure]
    chattering: pl.DataFrame
    fleeting: pl.DataFrame
    stale: pl.DataFrame
    sizes: pl.DataFrame
    made: dict[str, pl.DataFrame] = field(default_factory=dict)
    """Groups, once they were asked for."""

    def grouped(self, by: str) -> pl.DataFrame:
        """Alarms by one of GROUPS (analytics.alarm_statistics.grouped)."""
        if by not in self.made:
            column = self.told[by].dtype
            count = pl.len().cast(pl.Int64).alias("stations")
            if by in self.sizes.columns:
                sizes = self.sizes.group_by(by).agg(count)
            else:
                sizes = self.sizes.select(pl.lit(None, dtype=column).alias(by), count)
            self.made[by] = statistics.grouped(self.told, by, self.span, sizes)
        return self.made[by]

    def listed(self, name: str) -> pl.DataFrame:
        """One of LISTS."""
        return {"chattering": self.chattering, "fleeting": self.fleeting, "stale": self.stale}[name]


class AlarmDesk:
    """Reads, computes and keeps: rows for the viewer's scope, scenes for what the URL asks."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._rows, self._scenes = Kept(60.0, 300.0), Kept(60.0, 300.0)

    def scene(self, view: View) -> Scene:
        """What the URL asks for: scope, type, from, to."""
        here = reach(self._stores, view)
        span = time_range(view.params, view.now, view.zone, SPAN)
        when: Any = (span.start, span.end)
        if span.live:
            when = view.params.get("from", "") if span.preset == "custom" else span.preset
        key = (view.scope, when, here.key)

        def make() -> Scene:
            start = round(span.start.timestamp() * 1000) // SLOT * SLOT
            end = round(span.end.timestamp() * 1000)
            rows = self._rows((view.scope, when), lambda: self._read(view, start, end))
            return scene(here, span, view, start, end, *rows)

        found: Scene = self._scenes(key, make)
        return found

    def _read(
        self, view: View, start: int, end: int
    ) -> tuple[datetime | None, pl.DataFrame, pl.DataFrame]:
        door, scope = self._stores.alarm_history, view.scope
        first, last = _moment(start), _moment(end)
        alarms = door.alarms(scope, first, last)
        return door.began(), alarms, door.activations(alarms, scope, first, last)


_DESKS: WeakKeyDictionary[Any, AlarmDesk] = WeakKeyDictionary()


def desk(stores: Stores) -> AlarmDesk:
    """The one place where scenes of these stores are kept."""
    return _DESKS.setdefault(stores.lake, AlarmDesk(stores))


def scene(
    here: Reach,
    span: TimeRange,
    view: View,
    start: int,
    end: int,
    began: datetime | None,
    alarms: pl.DataFrame,
    activations: pl.DataFrame,
) -> Scene:
    """All figures of the alarms in reach of [start, end), ms. `began`: when records begin."""
    since = end if began is None else round(began.timestamp() * 1000) // SLOT * SLOT
    around = Span(start, end, since)
    mine = alarms.filter(_within(here) & pl.col("announced"))
    acts = activations.filter(pl.col("alarm").is_in(mine["id"].implode()))
    chatter = nuisance.chattering(acts.filter(pl.col("on") >= start))
    brief = nuisance.fleeting(acts.filter(pl.col("on") >= start))
    old = nuisance.stale(acts, around.begin, end)
    told = statistics.marked(statistics.announced(mine, around), chatter, brief, old)
    rate = statistics.rate_of(told["active"].to_numpy(), around, positions())
    figures = statistics.rate_figures(rate, around)
    figures |= statistics.alarm_figures(told, around, len(here.stations))
    by_day = nuisance.stale_by_day(old, _days(view, start, end), end)
    known = around.coverage > 0
    standing = mine.filter(pl.col("cleared").is_null() | (pl.col("cleared") >= end)).height
    for name, count in (
        ("chattering", chatter.height), ("fleeting", brief.height),
        ("stale", int(by_day.max(initial=0))), ("standing", standing),
    ):  # fmt: skip
        figures[name] = around.told(float(count) if known else None, "")
    sizes = _sizes(here.stations)
    told = told.join(sizes.drop("district"), on="station", how="left").with_columns(
        pl.col("rule").str.slice(2, 2).alias("family")
    )
    return Scene(here, span, around, told, rate, figures, chatter, brief, old, sizes)


def _within(here: Reach) -> pl.Expr:
    """Alarms of the stations in reach, and of districts as such where no type or compound is asked
    for."""
    inside = pl.col("station").is_in(here.ids)
    if here.type or here.compound is not None:
        return inside
    district = pl.lit(True) if here.district is None else pl.col("district") == here.district.id
    return inside | (pl.col("station").is_null() & district)


def _sizes(stations: Sequence[StationRow]) -> pl.DataFrame:
    return pl.DataFrame(
        [(s.id, s.district_id, s.type, s.profile) for s in stations],
        schema={"station": pl.Int64, "district": pl.Int64, "type": pl.String, "brand": pl.String},
        orient="row",
    )


def _days(view: View, start: int, end: int) -> Any:
    """Starts of the local days that the span touches, and the end of the last, ms."""
    edges = [midnight(_moment(start), view.zone)]
    while edges[-1] < _moment(end):
        edges.append(midnight(edges[-1] + timedelta(hours=26), view.zone))
    return np.array([round(at.timestamp() * 1000) for at in edges], dtype=np.int64)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
