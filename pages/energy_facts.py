"""What the page of energy stands on, read once a minute for the whole city and shared: peers are
sought in the whole city, also for the manager of one district, who sees only his own stations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

import polars as pl

from analytics.energy import pressure_excess
from analytics.energy_reasons import FACTS, judged
from components.formats import midnight
from data.lake import Lake
from data.station_rows import StationRow
from data.stores import Stores
from pages.desk_corrected import MARK, revisions
from pages.guarded import any_broken, attempt
from pages.kept import Kept

KEPT_SECONDS = 120.0
FRESH_SECONDS, OLDEST_SECONDS, MOST_SPANS = 300.0, 900.0, 8
LONGEST = timedelta(days=400)
ZONES = ("L", "M", "H")
PRESSURES = tuple(f"{zone}.{code}" for zone in ZONES for code in ("P_OUT", "Q_OUT", "P_END"))


@dataclass(frozen=True)
class Span:
    """Whole local days, both included, and those that they are compared with."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Span:
        """As many days just before (环比)."""
        return Span(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def year_ago(self) -> Span:
        """The same dates a year before (同比); 29 February becomes the 28th."""
        return Span(_year_ago(self.first), _year_ago(self.last))

    def __str__(self) -> str:
        return f"{self.first} … {self.last}"


def whole_days(first: date, last: date, today: date) -> Span:
    """The span without a day that isn't over yet, unless it is that day alone; LONGEST at most."""
    last = min(last, today)
    if last == today and first < today:
        last -= timedelta(days=1)
    return Span(max(first, last - LONGEST), last)


@dataclass(frozen=True)
class EnergyFacts:
    """Frames of the whole city. `days`: station, day, FACTS of the span; likewise of the spans to
    compare with. `stations`: see analytics.energy_reasons.judged. `hours`: ts, station type,
    district and F.energy."""

    span: Span
    days: pl.DataFrame
    before: pl.DataFrame
    year_ago: pl.DataFrame
    stations: pl.DataFrame
    hours: pl.DataFrame
    revisions: dict[int, int]
    """Per station what people have corrected in the span."""

    @property
    def broken(self) -> bool:
        """Whether a part could not be read: it is Broken in the place of its frame."""
        return any_broken((self.days, self.before, self.year_ago, self.stations, self.hours))


class EnergyDesk:
    """Reads and keeps. Facts are those of whole days: an older answer is seldom another."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._facts = Kept(FRESH_SECONDS, OLDEST_SECONDS, MOST_SPANS)
        self._days_kept = Kept(FRESH_SECONDS, OLDEST_SECONDS, 3 * MOST_SPANS)
        self.keep = Kept(KEPT_SECONDS)
        """What is made of the facts for a part of the city."""

    def of(self, span: Span) -> EnergyFacts:
        """Facts of the span, at most OLDEST_SECONDS old."""
        return self._facts(span, lambda: self._read(span))  # type: ignore[no-any-return]

    def hours_of(self, span: Span, ids: Sequence[int]) -> pl.DataFrame:
        """ts and F.energy of these stations together, by the hour."""
        zone = self._stores.settings.zone
        start, end = _moment(span.first, zone), _moment(span.last + timedelta(days=1), zone)
        frame = self._stores.lake.summed_steps("hour", ("ts",), ("F.energy",), start, end, ids)
        time = pl.from_epoch(pl.col("ts").cast(pl.Int64), time_unit="ms")
        return frame.select(time.dt.replace_time_zone("UTC"), "F.energy")

    def _days(self, span: Span) -> pl.DataFrame:
        def read() -> pl.DataFrame:
            return self._stores.lake.summed(
                "station_day", ["station", "day"], (*FACTS, MARK), span.first, span.last
            )

        return self._days_kept(span, read)  # type: ignore[no-any-return]

    def _read(self, span: Span) -> EnergyFacts:
        stores = self._stores
        rows = stores.stations.all()
        days = self._days(span)
        before = attempt(lambda: self._days(span.before))
        year_ago = attempt(lambda: self._days(span.year_ago))
        zone = stores.settings.zone
        start, end = _moment(span.first, zone), _moment(span.last + timedelta(days=1), zone)
        places = pl.DataFrame(
            {
                "station": [r.id for r in rows],
                "district": [r.district_id for r in rows],
                "type": [r.type for r in rows],
            },
            schema={"station": pl.Int32, "district": pl.Int32, "type": pl.String},
        )
        by = ["ts", "district", "type"]
        hours = attempt(
            lambda: stores.lake.gathered("hour", by, ["F.energy"], [], start, end, places)
        )

        def stations() -> pl.DataFrame:
            means = stores.lake.gathered("hour", ["station"], [], PRESSURES, start, end, places)
            facts, more = records(rows, span.last), excesses(rows, means)
            return judged(totals(days), facts, more, totals(before))

        made = revisions(stores, (r.id for r in rows), span.first, span.last)
        return EnergyFacts(span, days, before, year_ago, attempt(stations), hours, made)


_desks: WeakKeyDictionary[Lake, EnergyDesk] = WeakKeyDictionary()
_desks_lock = Lock()


def desk_of(stores: Stores) -> EnergyDesk:
    """The desk of these stores."""
    with _desks_lock:
        if stores.lake not in _desks:
            _desks[stores.lake] = EnergyDesk(stores)
        return _desks[stores.lake]


def totals(days: pl.DataFrame) -> pl.DataFrame:
    """Sums of the facts by station, and `days` that each has."""
    if not days.height:
        schema = {"station": pl.Int32, **dict.fromkeys((*FACTS, "days"), pl.Float64)}
        return pl.DataFrame(schema=schema)
    sums = [pl.col(fact).sum() for fact in FACTS]
    return days.group_by("station").agg(*sums, pl.len().cast(pl.Float64).alias("days"))


def records(rows: Sequence[StationRow], at: date) -> pl.DataFrame:
    """What the records say of stations, as analytics.energy_reasons.judged wants it: heights and
    rated flows are means weighted by homes and by pumps."""
    return pl.DataFrame(
        [
            {
                "station": row.id,
                "type": row.type,
                "age": None if row.build_year is None else float(at.year - row.build_year),
                "static": _mean([(s.static_head, s.households or 1) for s in row.sets]),
                "pumps": _mean([(float(s.pumps), 1) for s in row.sets]),
                "rated": _mean([(s.rated_flow, s.pumps) for s in row.sets]),
                "capacity": 24.0 * sum(s.rated_flow * max(1, s.pumps - 1) for s in row.sets),
            }
            for row in rows
        ],
        schema={
            "station": pl.Int32, "type": pl.String, "age": pl.Float64, "static": pl.Float64,
            "pumps": pl.Float64, "rated": pl.Float64, "capacity": pl.Float64,
        },
    )  # fmt: skip


def excesses(rows: Sequence[StationRow], means: pl.DataFrame) -> pl.DataFrame:
    """Of each station the pressure beyond need, MPa, its zones weighted by their flow; `outlet`
    and `need` of the zone with the most, and which that is."""
    known = {row["station"]: row for row in means.iter_rows(named=True)}
    found = []
    for row in rows:
        values, zones = known.get(row.id, {}), []
        for s in row.sets:
            outlet, flow = values.get(f"{s.zone}.P_OUT"), values.get(f"{s.zone}.Q_OUT")
            if outlet is None or not flow or s.static_head is None:
                continue
            end = values.get(f"{s.zone}.P_END")
            excess = float(pressure_excess(outlet, s.static_head, math.nan if end is None else end))
            zones.append((excess, flow, outlet, s.zone))
        worst = max(zones, default=(None, 0.0, None, ""))
        weight = sum(z[1] for z in zones)
        mean = sum(z[0] * z[1] for z in zones) / weight if zones else None
        found.append((row.id, mean, worst[0], worst[2], worst[3]))
    return pl.DataFrame(
        found,
        schema={"station": pl.Int32, "excess": pl.Float64, "worst_excess": pl.Float64,
                "outlet": pl.Float64, "zone": pl.String},
        orient="row",
    )  # fmt: skip


def _mean(pairs: Sequence[tuple[float | None, int]]) -> float | None:
    known = [(value, weight) for value, weight in pairs if value is not None]
    weight = sum(w for _, w in known)
    return sum(v * w for v, w in known) / weight if weight else None


def _moment(day: date, zone: Any) -> datetime:
    return midnight(datetime(day.year, day.month, day.day, 12, tzinfo=zone), zone)


def _year_ago(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
