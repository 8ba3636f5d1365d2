"""The one query layer: indicators of any period, place and grain, from one path.

Cockpit, pages, downloads and the API all ask here, so that a figure is the same everywhere and a
role that may not see it gets it nowhere. Days are local, both ends included; today counts as far
as it has come. Answers are kept, those of today for a minute. M9 in docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

import polars as pl

from analytics.indicator_values import bounds, coverages, figures, values
from analytics.results import Figure
from components.formats import midnight
from components.page import View
from data.catalogue.indicators import Indicator
from data.indicator_rights import seen
from data.station_rows import Scope
from data.stores import Stores
from pages.desk_corrected import MARK, corrected, revised
from pages.desk_groups import BY, grouped, weighted
from pages.desk_reducers import reduced, told_of
from pages.desk_today import JUDGES, every_fact, places_of, today_sums
from pages.kept import Kept

FEW = 50
"""Under so many stations only the facts asked for are read; else all, for the next question."""


class Desk:
    """Answers with frames and figures. Raises Forbidden for an indicator that the viewer's role
    may not see, NotFound for one that doesn't exist or has no facts yet."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.kept = Kept()
        self.spans = Kept(300.0)
        """Of spans that begin before today: a minute more changes them little."""
        self.past = Kept(900.0, 3600.0)
        """Of days that are over: an older answer is seldom another."""
        self.shown = Kept(10.0, 60.0)
        """Long lists of pages as ready texts."""
        self._reach: dict[tuple[Scope, int | None], tuple[Sequence[Any], frozenset[int]]] = {}

    def table(
        self,
        view: View,
        codes: Sequence[str],
        start: date,
        end: date,
        by: Sequence[str] = (),
        stations: Iterable[int] | None = None,
        district: int | None = None,
    ) -> pl.DataFrame:
        """One row a group, sorted by `by`: the keys, then a column an indicator, beside it
        CODE.low and CODE.high where a bound is told, CODE.coverage; first stations, rows, revisions
        and F.corrected_s.

        by: any of BY, e.g. ("station",) or ("district", "day"); () is one row. stations: ids that
        narrow the viewer's scope. Indicators that no sum makes have a column too; by day or month
        they are null.
        """
        asked = [self.indicator(view, code) for code in codes]
        facts = sorted({name for row in asked for name in row.facts})
        sums = self.sums(view, facts, start, end, by, stations, district)
        frame = sums.select(*by, "stations", "rows", "revisions", MARK)
        for row in asked:
            last = self.last_day(view, row, start, end)
            own = (
                sums if last == end else self.sums(view, facts, start, last, by, stations, district)
            )
            columns = self._columns(view, row, own, start, last, by, stations)
            if last == end:
                frame = frame.with_columns(*columns)
            elif by:
                frame = frame.join(own.select(by).with_columns(*columns), on=by, how="left")
            else:
                frame = frame.with_columns(*columns)
        return frame.sort(by) if by else frame

    def figure(
        self,
        view: View,
        code: str,
        start: date,
        end: date,
        *,
        stations: Iterable[int] | None = None,
        district: int | None = None,
    ) -> Figure:
        """One indicator over the viewer's scope, or the part of it that is named."""
        row = self.indicator(view, code)
        if row.reducer:
            ids = self._ids(view.scope, stations, district)
            end = self.last_day(view, row, start, end)
            key = ("reduced", view.scope, code, start, end, tuple(ids), view.language)
            made: Figure = self._keep(start, view.now)(
                key, lambda: corrected(self, view, row, reduced(self, view, row, start, end, ids),
                                       start, end, ids)
            )  # fmt: skip
            return made
        last = self.last_day(view, row, start, end)
        sums = self.sums(view, row.facts, start, last, (), stations, district)
        return figures(row, sums)[0]

    def figures(
        self, view: View, code: str, start: date, end: date, by: Sequence[str], **narrow: Any
    ) -> dict[Any, Figure]:
        """A ratio of sums by one key of BY (or a tuple of keys), as figures."""
        row = self.indicator(view, code)
        sums = self.sums(view, row.facts, start, self.last_day(view, row, start, end), by, **narrow)
        keys = sums.select(by).rows()
        told = figures(row, sums)
        return {k[0] if len(by) == 1 else k: f for k, f in zip(keys, told, strict=True)}

    def last_day(self, view: View, row: Indicator, start: date, end: date) -> date:
        """`end`, or yesterday where flows of a day are summed: the day must be over for them."""
        if all(name.startswith("F.") for name in row.facts):
            return end
        yesterday = view.now.astimezone(self.stores.settings.zone).date() - timedelta(days=1)
        return max(start, min(end, yesterday))

    def indicator(self, view: View, code: str) -> Indicator:
        """The row of the catalogue, if the viewer may see it and it can be computed."""
        return seen(view.user, code)

    def sums(
        self,
        view: View,
        facts: Sequence[str],
        start: date,
        end: date,
        by: Sequence[str] = (),
        stations: Iterable[int] | None = None,
        district: int | None = None,
    ) -> pl.DataFrame:
        """Sums of facts of station_day by `by`, today up to now. Also lost_households, households
        (homes, once a day), rows (station-days), days and stations (that should have told), and
        revisions (corrections and undoings within)."""
        ids = None
        if stations is not None or district is not None:
            ids = self._ids(view.scope, stations, district)
        return self.sums_of(view.scope, view.now, facts, start, end, by, ids)

    def sums_of(
        self,
        scope: Scope,
        now: datetime,
        facts: Sequence[str],
        start: date,
        end: date,
        by: Sequence[str] = (),
        ids: list[int] | None = None,
    ) -> pl.DataFrame:
        """`sums` of a scope at a time; ids lie within the scope, None = all of it."""
        unknown = set(by) - set(BY)
        if unknown or end < start:
            raise ValueError(f"no grouping by {sorted(unknown)}" if unknown else "end before start")
        if ids is not None and len(ids) == len(self.stores.stations.all(scope)):
            ids = None  # the whole scope, whose sums are kept by file
        if ids is not None and len(ids) >= FEW:
            district = self._district(scope, ids)
            if district is not None:
                return self._share(scope, now, facts, start, end, by, ids, district)
        few = (ids is not None and len(ids) < FEW) or {"station", "day"} <= set(by)
        names = tuple(sorted({*facts, *JUDGES, "F.lost_s", *(() if few else every_fact())}))
        today = now.astimezone(self.stores.settings.zone).date()
        key = (scope, names, start, end, tuple(by), None if ids is None else tuple(ids), today)
        made: pl.DataFrame = self._keep(start, now)(
            key, lambda: self._sums(scope, now, names, start, end, by, ids)
        )
        return made

    def _district(self, scope: Scope, ids: list[int]) -> int | None:
        """The district whose stations these are, all of them."""
        one = next((s.district_id for s in self.stores.stations.all(scope) if s.id == ids[0]), None)
        return one if one is not None and ids == self._ids(scope, None, one) else None

    def _share(
        self, scope: Scope, now: datetime, facts: Sequence[str], start: date, end: date,
        by: Sequence[str], ids: list[int], district: int,
    ) -> pl.DataFrame:  # fmt: skip
        """A district's part of what is summed for all of them at once, so that the next district
        finds it."""
        if "station" in by:
            whole = self.sums_of(scope, now, facts, start, end, by)
            return whole.filter(pl.col("station").is_in(ids))
        extra = () if "district" in by else ("district",)
        whole = self.sums_of(scope, now, facts, start, end, (*extra, *by))
        return whole.filter(pl.col("district") == district).drop(extra)

    def _keep(self, start: date, now: datetime) -> Kept:
        """Where answers of a span are kept: today's own change by the minute."""
        return (
            self.kept if start >= now.astimezone(self.stores.settings.zone).date() else self.spans
        )

    def _sums(
        self, scope: Scope, now: datetime, facts: Sequence[str], start: date, end: date,
        by: Sequence[str], ids: list[int] | None,
    ) -> pl.DataFrame:  # fmt: skip
        places = places_of(self.stores, scope)
        if ids is not None:
            places = places.filter(pl.col("station").is_in(ids))
        today = now.astimezone(self.stores.settings.zone).date()
        fine = "station" in by or "type" in by or ids is not None
        daily = bool({"day", "month"} & set(by))
        past = self._past(scope, facts, start, min(end, today - timedelta(days=1)), places, fine,
                          daily)  # fmt: skip
        frames = [past]
        if start <= today <= end:
            rows = self.today(scope, now, facts)
            frames.append(rows.join(places.select("station"), on="station", how="semi"))
        last = min(end, today)
        made = grouped(frames, places, facts, by, start, last)
        return revised(self.stores, made, places, by, start, last)

    def _past(
        self, scope: Scope, facts: Sequence[str], start: date, end: date, places: pl.DataFrame,
        fine: bool, daily: bool,
    ) -> pl.DataFrame:  # fmt: skip
        lake = self.stores.lake
        if not fine:
            whole = places_of(self.stores, Scope())
            frame = lake.summed_city("station_day", facts, start, end, whole)
            if scope.district_id is not None:
                frame = frame.filter(pl.col("district") == scope.district_id)
            return frame
        whole_city = scope.district_id is None and places.height > 1000
        only = None if whole_city else places["station"].to_list()
        keys = ("station", "day") if daily else ("station",)
        return lake.summed("station_day", keys, facts, start, end, only).join(
            places.select("station"), on="station", how="semi"
        ).pipe(weighted, places)  # fmt: skip

    def today(self, scope: Scope, now: datetime, facts: Sequence[str]) -> pl.DataFrame:
        """station, day, facts, lost_households, households, rows: from midnight to now. All that
        indicators need is read at once, so that the next question finds it."""
        every = tuple(sorted({*every_fact(), *facts}))
        key = ("today", every, midnight(now, self.stores.settings.zone))
        frame: pl.DataFrame = self.kept(key, lambda: today_sums(self.stores, Scope(), now, every))
        if scope.district_id is None:
            return frame
        return frame.filter(pl.col("district") == scope.district_id)

    def _ids(self, scope: Scope, stations: Iterable[int] | None, district: int | None) -> list[int]:
        """Ids within the scope that both filters leave, sorted."""
        rows, key = self.stores.stations.all(scope), (scope, district)
        known = self._reach.get(key)
        if known is None or known[0] is not rows:
            ids = frozenset(s.id for s in rows if district in (None, s.district_id))
            known = self._reach[key] = rows, ids
        return sorted(known[1] if stations is None else known[1].intersection(stations))

    def _columns(
        self, view: View, row: Indicator, sums: pl.DataFrame, start: date, end: date,
        by: Sequence[str], stations: Iterable[int] | None,
    ) -> list[pl.Series]:  # fmt: skip
        share = coverages(row, sums)
        if row.reducer:
            told = told_of(self, view, row, sums, start, end, by, stations)
            found = pl.Series(row.code, [f.value for f in told], pl.Float64)
            share = pl.Series([f.coverage for f in told], dtype=pl.Float64)
            low, high = (pl.Series([getattr(f, n) for f in told], dtype=pl.Float64)
                         for n in ("low", "high"))  # fmt: skip
        else:
            found = values(row, sums)
            low, high = bounds(row, sums, share)
        extra = [share.alias(f"{row.code}.coverage")]
        if row.bound:
            extra += [low.alias(f"{row.code}.low"), high.alias(f"{row.code}.high")]
        return [found, *extra]


_DESKS: WeakKeyDictionary[Any, Desk] = WeakKeyDictionary()


def desk_of(stores: Stores) -> Desk:
    """The one desk of these stores, so that all pages share what it keeps."""
    return _DESKS.setdefault(stores.lake, Desk(stores))
