"""The hours that the page of demand stands on: one array of all stations, shared by its viewers.

Whole days are read once a day and process, today once in a few minutes: every scope, district and
station is a part of the array, so that a question costs arithmetic only.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from components.formats import midnight
from data.stores import Stores

DAYS = 56
"""Whole days before today."""
CHUNK = 7
FRESH_SECONDS = 300.0
RETRY_SECONDS = 60.0
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
    """Reads the hours; one reader at a time, the others wait for its answer."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lock = Lock()
        self._past: tuple[date, Hours] | None = None
        self._kept: tuple[float, date, Hours] | None = None

    def of(self, now: datetime) -> Hours:
        """All stations up to now, at most FRESH_SECONDS old."""
        zone = self._stores.settings.zone
        today = now.astimezone(zone).date()
        with self._lock:
            kept = self._kept
            if kept is not None and kept[0] > time.monotonic() and kept[1] == today:
                return kept[2]
            hours = self._with_today(self._whole_days(now, today, zone), now, zone)
            self._kept = (time.monotonic() + FRESH_SECONDS, today, hours)
            return hours

    def _whole_days(self, now: datetime, today: date, zone: ZoneInfo) -> Hours:
        if self._past is not None and self._past[0] == today:
            return self._past[1]
        ids = np.array([s.id for s in self._stores.stations.all()], np.int32)
        flow = np.full((len(ids), DAYS + 1, 24), np.nan, np.float32)
        hours = Hours(
            today - timedelta(days=DAYS), ids, flow, {int(i): n for n, i in enumerate(ids)}
        )
        for back in range(DAYS, 0, -CHUNK):
            start, end = midnight(now, zone, back), midnight(now, zone, max(back - CHUNK, 0))
            _lay(hours, self._stores.lake.fleet([CODE], start, end, "hour"), zone, 1)
        self._past = (today, hours)
        return hours

    def _with_today(self, past: Hours, now: datetime, zone: ZoneInfo) -> Hours:
        """Today's whole hours from quarters: the rollup of an hour comes later than its last."""
        hours = Hours(past.first, past.ids, past.flow.copy(), past.row_of, time.monotonic())
        start = midnight(now, zone)
        end = now - (now - start) % timedelta(hours=1)
        _lay(hours, self._stores.lake.fleet([CODE], start, end, "quarter"), zone, 4)
        return hours


def _lay(hours: Hours, rows: pl.DataFrame, zone: ZoneInfo, steps: int) -> None:
    """Lay rows into the array; `steps` make an hour, fewer than all but one make it unknown."""
    if not rows.height:
        return
    local = pl.col("ts").dt.convert_time_zone(zone.key)
    frame = (
        rows.with_columns(pl.col(CODE).fill_nan(None))
        .drop_nulls(CODE)
        .select(
            "station",
            (local.dt.date() - hours.first).dt.total_days().alias("day"),
            local.dt.hour().alias("hour"),
            "ts",
            CODE,
        )
        .group_by("station", "day", "hour")
        .agg(pl.col(CODE).mean() * steps, pl.len().alias("n"))
        .filter((pl.col("n") >= max(steps - 1, 1)) & pl.col("day").is_between(0, DAYS))
    )
    place = (
        frame["station"].replace_strict(hours.row_of, default=-1, return_dtype=pl.Int64).to_numpy()
    )
    known = place >= 0
    at = place[known], frame["day"].to_numpy()[known], frame["hour"].to_numpy()[known]
    hours.flow[at] = frame[CODE].to_numpy()[known]


_DESKS: WeakKeyDictionary[Any, HoursDesk] = WeakKeyDictionary()


def hours_of(stores: Stores, now: datetime) -> Hours:
    """The hours of these stores; all pages share them."""
    return _DESKS.setdefault(stores.lake, HoursDesk(stores)).of(now)
