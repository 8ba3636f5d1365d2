"""What the days before had by this time of day: today, which isn't over, is held against no whole
day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import polars as pl

from analytics.indicator_values import figures
from components.formats import midnight
from components.page import View
from data.catalogue.indicators import Indicator
from pages.desk import Desk
from pages.desk_groups import grouped, weighted
from pages.desk_today import JUDGES, every_fact, places_of, until_then

DAY = timedelta(days=1)


def before(
    desk: Desk, view: View, row: Indicator, first: date, last: date, ids: Sequence[int]
) -> float | None:
    """The indicator of these stations over as many days before `first` as from `first` to `last`,
    both included. Where `last` is today, the last of them counts until this time of day only; where
    that can't be told, a single day has nothing to be held against."""
    start, end = first - (last - first + DAY), first - DAY
    now = view.now.astimezone(view.zone)
    by_day = any(not fact.startswith("F.") for fact in row.facts)
    if last != now.date() or row.reducer or by_day:
        return desk.figure(view, row.code, start, end, stations=ids).value
    then = now - (last - end)
    key = "earlier", view.scope, start, midnight(then, view.zone), tuple(ids)
    sums: pl.DataFrame | None = desk.kept(key, lambda: _sums(desk, view, start, then, ids))
    if sums is None:
        return None if start == end else desk.figure(view, row.code, start, end, stations=ids).value
    return figures(row, sums)[0].value


def _sums(
    desk: Desk, view: View, start: date, then: datetime, ids: Sequence[int]
) -> pl.DataFrame | None:
    """One row of what all indicators of steps need, from `start` to a time of the last day; None
    where nothing is known of that day's hours."""
    facts, end = _facts(), then.date()
    key = "until", midnight(then, view.zone)
    city: pl.DataFrame = desk.kept(key, lambda: until_then(desk.stores, then, facts))
    part = city.filter(pl.col("station").is_in(list(ids)))
    if not part.height:
        return None
    frames, places = [part], places_of(desk.stores, view.scope)
    if start < end:
        rows = desk.stores.lake.summed(
            "station_day", ("station",), facts, start, end - DAY, list(ids)
        )
        frames.append(weighted(rows, places))
    return grouped(frames, places.filter(pl.col("station").is_in(list(ids))), facts, (), start, end)


def _facts() -> tuple[str, ...]:
    """What any indicator of steps needs, so that the tiles of a page read once."""
    every = {*every_fact(), *JUDGES, "F.lost_s"}
    return tuple(sorted(fact for fact in every if fact.startswith("F.")))
