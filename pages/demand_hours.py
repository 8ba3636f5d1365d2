"""The hours that the page of demand stands on: one array of all stations, shared by its viewers.

Whole days are read once a day and process, today once in a few minutes: every scope, district and
station is a part of the array, so that a question costs arithmetic only.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from analytics.corrected import marked
from analytics.results import Figure
from components.formats import midnight
from data.corrections import CorrectionRow
from data.stores import Stores
from pages.desk_corrected import MARK, count, touching
from pages.kept import Kept

DAYS = 56
"""Whole days before today."""
CHUNK = 7
FRESH_SECONDS, OLDEST_SECONDS = 300.0, 900.0
CODE = "F.volume"
Floats = np.ndarray


@dataclass(frozen=True)
class Hours:
    """flow: [stations, DAYS + 1, 24] m³/h by local hour, NaN unknown, the last day is today as far
    as its hours are whole; ids: [stations]; first: its first day."""

    first: date
    ids: Floats
    flow: Floats
    row_of: dict[int, int]
    made: float = 0.0
    """When it was read, on the process's clock: what stands on it is kept as long."""
    corrected: dict[int, float] = field(default_factory=dict)
    """Seconds of a station's days that people have corrected."""
    corrections: tuple[CorrectionRow, ...] = ()
    """What they have corrected."""

    @property
    def state(self) -> tuple[Any, ...]:
        """What the whole days stand on: the day, and corrections as far as they were laid over."""
        return (self.today, *((row.id, row.applied_at) for row in self.corrections))

    def marked(self, told: Figure, ids: Iterable[int]) -> Figure:
        """A figure of these stations with what people have corrected below it."""
        some = set(ids)
        seconds = sum(s for id, s in self.corrected.items() if id in some)
        return marked(told, seconds, count(r for r in self.corrections if r.station_id in some))

    @property
    def today(self) -> date:
        return self.first + timedelta(days=DAYS)

    def of(self, ids: list[int]) -> Floats:
        """[ids, DAYS + 1, 24], in the order of `ids`; a station that is new is NaN."""
        found = np.full((len(ids), *self.flow.shape[1:]), np.nan, np.float32)
        rows = [self.row_of.get(id, -1) for id in ids]
        known = np.array(rows) >= 0
        found[known] = self.flow[[row for row in rows if row >= 0]]
        return found


class HoursDesk:
    """Reads the hours; one reader at a time, the others wait for its answer or get the last one."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._kept = Kept(FRESH_SECONDS, OLDEST_SECONDS, 2)
        self._chunks: dict[date, tuple[Any, Floats]] = {}

    def of(self, now: datetime) -> Hours:
        """All stations up to now, at most OLDEST_SECONDS old."""
        zone = self._stores.settings.zone
        today = now.astimezone(zone).date()
        found: Hours = self._kept(
            today, lambda: self._with_today(self._whole_days(today, zone), now, zone)
        )
        return found

    def _whole_days(self, today: date, zone: ZoneInfo) -> Hours:
        """Days that are over. Read by chunks; one whose files are still the same is kept."""
        first = today - timedelta(days=DAYS)
        ids = np.array([s.id for s in self._stores.stations.all()], np.int32)
        rows = tuple(touching(self._stores, ids.tolist(), first, today))
        corrected = self._corrected(first, today) if rows else {}
        flow = np.full((len(ids), DAYS + 1, 24), np.nan, np.float32)
        places = {int(i): n for n, i in enumerate(ids)}
        hours = Hours(first, ids, flow, places, corrected=corrected, corrections=rows)
        start = first - timedelta(days=first.toordinal() % CHUNK)
        kept = {}
        while start < today:
            end = min(start + timedelta(days=CHUNK), today)
            kept[start] = self._chunk(ids, start, end, zone)
            low, high = max(start, first), end
            flow[:, (low - first).days : (high - first).days] = kept[start][1][
                :, (low - start).days : (high - start).days
            ]
            start += timedelta(days=CHUNK)
        self._chunks = kept
        return hours

    def _chunk(self, ids: Floats, first: date, last: date, zone: ZoneInfo) -> tuple[Any, Floats]:
        """(what it was read of, [stations, CHUNK, 24]) of the local days [first, last)."""
        start, end = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (first, last))
        low, high = (round(at.timestamp() * 1000) for at in (start, end))
        files = [file.path for file in self._stores.manifest.live("hour", None, low, high)]
        mark = (last, files, ids.tobytes())
        known = self._chunks.get(first)
        if known is not None and known[0] == mark:
            return known
        rows = self._stores.lake.fleet([CODE], start, end, "hour", in_order=False)
        flow = np.full((len(ids), CHUNK, 24), np.nan, np.float32)
        _lay(flow, first, ids, rows, zone, 1)
        return mark, flow

    def _corrected(self, first: date, last: date) -> dict[int, float]:
        frame = self._stores.lake.summed("station_day", ["station"], [MARK], first, last)
        return {int(s): float(v) for s, v in frame.select("station", MARK).iter_rows() if v}

    def _with_today(self, past: Hours, now: datetime, zone: ZoneInfo) -> Hours:
        """Today's whole hours from quarters: the rollup of an hour comes later than its last."""
        hours = replace(past, flow=past.flow.copy(), made=time.monotonic())
        start = midnight(now, zone)
        end = now - (now - start) % timedelta(hours=1)
        rows = self._stores.lake.fleet([CODE], start, end, "quarter", in_order=False)
        _lay(hours.flow[:, DAYS:], hours.today, hours.ids, rows, zone, 4)
        return hours


def _lay(
    flow: Floats, first: date, ids: Floats, rows: pl.DataFrame, zone: ZoneInfo, steps: int
) -> None:
    """Lay rows into [stations, days from `first` on, 24]; `steps` make an hour, fewer than all but
    one make it unknown."""
    if not rows.height or not len(ids):
        return
    at = rows["ts"].unique().sort()
    local = at.dt.convert_time_zone(zone.key)
    slots = 24 * (local.dt.date() - first).dt.total_days().to_numpy() + local.dt.hour().to_numpy()
    slot = slots[np.searchsorted(at.to_physical().to_numpy(), rows["ts"].to_physical().to_numpy())]
    row_of = np.full(int(ids.max()) + 2, -1, np.int64)
    row_of[ids] = np.arange(len(ids))
    row = row_of[np.minimum(rows["station"].to_numpy(), len(row_of) - 1)]
    values = rows[CODE].cast(pl.Float64).fill_null(np.nan).to_numpy()
    count = flow.shape[1] * 24
    known = np.isfinite(values) & (row >= 0) & (slot >= 0) & (slot < count)
    cell = row[known] * count + slot[known]
    size = len(ids) * count
    n = np.bincount(cell, minlength=size).reshape(flow.shape)
    total = np.bincount(cell, values[known], size).reshape(flow.shape)
    enough = n >= max(steps - 1, 1)
    flow[enough] = total[enough] / n[enough] * steps


_DESKS: WeakKeyDictionary[Any, HoursDesk] = WeakKeyDictionary()


def hours_of(stores: Stores, now: datetime) -> Hours:
    """The hours of these stores; all pages share them."""
    return _DESKS.setdefault(stores.lake, HoursDesk(stores)).of(now)
