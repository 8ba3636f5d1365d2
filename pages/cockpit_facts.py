"""What the cockpit shows, read from the lake once a minute per scope and shared by its viewers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from analytics.indicators import ratio, same_hours, summed, total
from components.formats import midnight
from data.catalogue.indicators import Indicator
from data.station_rows import Scope
from data.stores import Stores
from pages.desk import desk_of
from pages.desk_today import every_fact, last_24h, places_of, rest_of_yesterday
from pages.guarded import Broken, Parts, attempt
from pages.kept import Kept

QUARTER = timedelta(minutes=15)
SLOTS = 96
DAYS = 30
QUALITY = ("WQ.TURB", "WQ.CL_OUT", "WQ.PH", "WQ.TEMP")
KEPT_SECONDS, KEPT_OLDEST = 60.0, 180.0
BAND_SECONDS, BAND_OLDEST = 900.0, 3600.0
DAY = timedelta(days=1)


class CityFacts(Parts):
    """Small frames of one scope; `district` is the id. Each raises PartBroken when it could not
    be read."""

    def __init__(
        self, now: datetime, zone: ZoneInfo, stations: int, heard: int, **parts: Any
    ) -> None:
        """heard: stations of which anything is known today."""
        super().__init__(**parts)
        self.now, self.zone, self.stations, self.heard = now, zone, stations, heard
        self._cuts: dict[tuple[str, ...], dict[Any, pl.DataFrame]] = {}
        self._flows: dict[tuple[int, int | None], list[float | None]] = {}

    @property
    def today(self) -> pl.DataFrame:
        """district, the desk's sums from midnight to now."""
        return self.part("today")  # type: ignore[no-any-return]

    @property
    def recent(self) -> pl.DataFrame:
        """station, district, the desk's sums of the last 24 h: a ratio of few hours after midnight
        is no match for those of whole days."""
        return self.part("recent")  # type: ignore[no-any-return]

    @property
    def curve(self) -> pl.DataFrame:
        """district, ts, F.volume of each quarter of an hour since yesterday's midnight."""
        return self.part("curve")  # type: ignore[no-any-return]

    @property
    def days(self) -> pl.DataFrame:
        """day, district, the desk's sums of the days before today."""
        return self.part("days")  # type: ignore[no-any-return]

    @property
    def last_week(self) -> float | None:
        """m³ from midnight to this time of day, a week ago."""
        return self.part("last_week")  # type: ignore[no-any-return]

    @property
    def band(self) -> list[tuple[float, float] | None]:
        """m³/h of each quarter on the last four like weekdays; [] without history."""
        return self.part("band")  # type: ignore[no-any-return]

    @property
    def quality(self) -> pl.DataFrame:
        """ts and the mean of each of QUALITY over 12 h."""
        return self.part("quality")  # type: ignore[no-any-return]

    def value(self, indicator: Indicator, district: int | None = None) -> float | None:
        """The indicator since midnight, of one district or of the whole scope."""
        return figure(indicator, self._of("today", district))

    def last_24h(self, indicator: Indicator, district: int | None = None) -> float | None:
        """The indicator over the last 24 h, of one district or of the whole scope."""
        return figure(indicator, self._of("recent", district))

    def daily(self, indicator: Indicator, district: int | None = None) -> list[float | None]:
        """The indicator of each of the last DAYS days, oldest first, then of the last 24 h."""
        start, own = self.now.astimezone(self.zone).date(), () if district is None else (district,)
        by_day = self._cut("days", "day", *("district" for _ in own))
        days = [(start - timedelta(days=back), *own) for back in range(DAYS, 0, -1)]
        found = [figure(indicator, by_day.get(key, pl.DataFrame())) for key in days]
        return [*found, self.last_24h(indicator, district)]

    def mean(self, indicator: Indicator, district: int | None = None) -> float | None:
        """The indicator over all of the days before today, as one ratio of sums."""
        return figure(indicator, self._of("days", district))

    def flow(self, days_back: int, district: int | None = None) -> list[float | None]:
        """m³/h of each whole quarter of a day; for today as far as it has come."""
        key = (days_back, district)
        if key not in self._flows:
            start = midnight(self.now, self.zone, days_back)
            end = min(self.now, midnight(self.now, self.zone, days_back - 1))
            day = pl.col("ts").is_between(start, end, closed="left")
            self._flows[key] = _slots(self._of("curve", district).filter(day), start, end)
        return self._flows[key]

    def same_time(self, days_back: int) -> float | None:
        """m³ from midnight to this time of day, some days back, from whole quarters."""
        known = [v for v in self.flow(days_back)[: len(self.flow(0))] if v is not None]
        return sum(known) / 4 if known else None

    def _of(self, part: str, district: int | None) -> pl.DataFrame:
        rows: pl.DataFrame = self.part(part)
        if district is None or not rows.height:
            return rows
        return self._cut(part, "district").get((district,), rows.clear())

    def _cut(self, part: str, *keys: str) -> dict[Any, pl.DataFrame]:
        """Rows of a part by the values of `keys`, cut once: a page asks for hundreds of them."""
        name, rows = (part, *keys), self.part(part)
        if name not in self._cuts:
            self._cuts[name] = rows.partition_by(*keys, as_dict=True) if rows.height else {}
        return self._cuts[name]


def figure(indicator: Indicator, rows: pl.DataFrame) -> float | None:
    """An indicator over summed facts; None when they do not tell."""
    if indicator.weight:
        return ratio(total(rows, "lost_households"), total(rows, "households"), indicator.scale)
    numerator = total(rows, indicator.numerator)
    if indicator.denominator is None:
        return None if numerator is None else numerator * indicator.scale
    denominator = total(rows, indicator.denominator)
    return ratio(numerator, denominator, indicator.scale, indicator.floor)


class FactsDesk:
    """Reads the facts of a scope and keeps them for a minute; one reader at a time."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._kept = Kept(KEPT_SECONDS, KEPT_OLDEST, urgent=True)
        self._bands, self._rests = Kept(BAND_SECONDS, BAND_OLDEST), Kept(BAND_SECONDS)

    def of(self, scope: Scope, now: datetime) -> CityFacts:
        """Facts of the scope, at most KEPT_OLDEST."""
        return self._tried(self._kept(scope, lambda: self._read(scope, now)))

    def soon(self, scope: Scope, now: datetime) -> CityFacts | None:
        """The same, None when nothing is kept: nobody waits."""
        found = self._kept.soon(scope, lambda: self._read(scope, now))
        return None if found is None else self._tried(found)

    def _tried(self, facts: CityFacts) -> CityFacts:
        if facts.broken:
            self._kept.clear()  # who asks again gets another try
        return facts

    def _read(self, scope: Scope, now: datetime) -> CityFacts:
        stores, zone = self._stores, self._stores.settings.zone
        desk, day = desk_of(stores), now.astimezone(zone).date()
        only = None
        if scope.district_id is not None:
            only = [s.id for s in stores.stations.all(scope)]
        stations = places_of(stores, scope)
        first, last = day - timedelta(days=DAYS), day - timedelta(days=1)

        def curve() -> pl.DataFrame:
            rows = stores.lake.fleet(["F.volume"], midnight(now, zone, 1), now, "quarter", only)
            return summed(rows, stations, ["district", "ts"])

        def sums(first: date, last: date, *by: str) -> pl.DataFrame:
            return desk.sums_of(scope, now, (), first, last, ("district", *by))

        since = attempt(lambda: desk.today(scope, now, ()))
        return CityFacts(
            now,
            zone,
            stations.height,
            0 if isinstance(since, Broken) else since.height,
            today=attempt(lambda: sums(day, day)),
            recent=attempt(lambda: self._recent(scope, now)),
            curve=attempt(curve),
            days=attempt(lambda: sums(first, last, "day")),
            last_week=attempt(lambda: self._week_ago(now, only)),
            band=attempt(lambda: self._band(scope, now, only)),
            quality=attempt(lambda: _quality(stores, now, only)),
        )

    def _recent(self, scope: Scope, now: datetime) -> pl.DataFrame:
        since, facts = _whole(now) - DAY, tuple(sorted(every_fact()))
        rest: pl.DataFrame = self._rests(
            since, lambda: rest_of_yesterday(self._stores, since, facts)
        )
        today = desk_of(self._stores).today(scope, now, ())
        return last_24h(today, _of(rest, scope.district_id))

    def _week_ago(self, now: datetime, only: list[int] | None) -> float | None:
        start, end = midnight(now, self._stores.settings.zone, 7), _whole(now) - 7 * DAY
        rows = self._stores.lake.fleet(["F.volume"], start, end, "quarter", only)
        return total(rows, "F.volume")

    def _band(
        self, scope: Scope, now: datetime, only: list[int] | None
    ) -> list[tuple[float, float] | None]:
        """The band changes once a day; while the past is being made it grows."""
        zone = self._stores.settings.zone

        def read() -> list[tuple[float, float] | None]:
            curves = []
            for weeks in (1, 2, 3, 4):
                start, end = midnight(now, zone, 7 * weeks), midnight(now, zone, 7 * weeks - 1)
                rows = self._stores.lake.fleet(["F.volume"], start, end, "quarter", only)
                if rows.height:
                    curves.append(_slots(rows, start, end))
            return same_hours(curves) if len(curves) > 1 else []

        key = (scope, midnight(now, zone))
        return self._bands(key, read)  # type: ignore[no-any-return]


def _whole(now: datetime) -> datetime:
    """The end of the last whole quarter of an hour."""
    step = QUARTER.total_seconds()
    return datetime.fromtimestamp(now.timestamp() // step * step, UTC)


def _of(frame: pl.DataFrame, district: int | None) -> pl.DataFrame:
    return (
        frame
        if district is None or not frame.height
        else frame.filter(pl.col("district") == district)
    )


def _slots(rows: pl.DataFrame, start: datetime, end: datetime) -> list[float | None]:
    """m³/h of the fleet in each whole quarter of [start, end); None where nothing was heard."""
    count = min(SLOTS + 4, int((end - start) / QUARTER))
    found: list[float | None] = [None] * max(count, 0)
    by_ts = rows.group_by("ts").agg(pl.col("F.volume").sum()) if rows.height else rows
    for ts, volume in by_ts.select("ts", "F.volume").iter_rows() if by_ts.height else ():
        slot = int((ts - start) / QUARTER)
        if 0 <= slot < count:
            found[slot] = float(volume) * 4
    return _over_pauses(found)


def _over_pauses(flows: list[float | None]) -> list[float | None]:
    """When nobody was heard for some quarters, the first one after them holds what the counters
    counted all the while: it belongs to all of them alike. Sums stay."""
    known = [slot for slot, flow in enumerate(flows) if flow is not None]
    for before, after in pairwise(known):
        if after > before + 1:
            share = (flows[after] or 0.0) / (after - before)
            flows[before + 1 : after + 1] = [share] * (after - before)
    return flows


def _quality(stores: Stores, now: datetime, only: list[int] | None) -> pl.DataFrame:
    frame = stores.lake.fleet(QUALITY, now - timedelta(hours=12), now, "quarter", only)
    means = [pl.col(code).fill_nan(None).mean() for code in QUALITY]
    return frame.group_by("ts").agg(means).sort("ts")
