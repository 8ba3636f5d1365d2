"""Days of household meters: made anew for the days that new readings touch.

Which readings are new is told by the numbers of the files of the manifest, so a crash between
readings and days repeats the days and changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import structlog

from analytics.household import FORGOTTEN, Readings, household_days
from data.household import Household
from data.lake import Lake
from data.lake_writer import LakeWriter
from data.manifest import FileRow
from data.status import Status
from ingest.days import bounds, day_of

log = structlog.get_logger(__name__)
NAME = "household"
"""Of the mark in the records."""
DAY = 86_400_000
AT_ONCE = 31
"""Days made in one go: their readings wait in memory."""
GROUP = "all"
SECONDS = 6.0
"""Of one call."""
STATIONS = 40
"""Stations whose readings are in memory at a time."""
Table = dict[str, np.ndarray]
FACTS = ("metered", "public", "fire", "meters", "read", "imputed", "stopped")


class HouseholdDays:
    """Makes household_day."""

    def __init__(
        self, lake: Lake, writer: LakeWriter, household: Household, status: Status, zone: ZoneInfo
    ) -> None:
        self._lake, self._writer, self._household = lake, writer, household
        self._status, self._zone = status, zone
        self._job: Iterator[int] | None = None

    def run(self, now: datetime, seconds: float = SECONDS) -> int:
        """Bring the days up to the readings; returns how many days were made.

        Works for so many seconds at most and goes on at the next call: the lake waits meanwhile.
        A reading touches the days back to the meter's reading before it, which may lie up to
        FORGOTTEN days back; days after it, up to today, lose their imputed part."""
        if self._job is None:
            self._job = self._work(now)
        made, end = 0, time.monotonic() + seconds
        for days in self._job:
            made += days
            if time.monotonic() > end:
                return made
        self._job = None
        return made

    def _work(self, now: datetime) -> Iterator[int]:
        """All that is due; yields the number of days made, 0 after a part of them."""
        mark = (self._status.get(NAME) or ({}, now))[0]
        new, told = self._due(mark)
        if not new:
            return
        stations = self._household.touched(new)
        today = day_of(round(now.timestamp() * 1000), self._zone)
        first = day_of(min(f.from_ms for f in new) - FORGOTTEN * DAY, self._zone)
        last = day_of(max(f.to_ms for f in new) + FORGOTTEN * DAY, self._zone)
        days, made = _days(first, min(last, today - timedelta(days=1))), 0
        for end in range(len(days), 0, -AT_ONCE):  # the newest first: they are looked at
            for done in self._make(days[max(0, end - AT_ONCE) : end], stations, now):
                made += done
                yield done
        self._status.put(NAME, mark | told, now)
        log.info("days of household meters", days=made, files=len(new))

    def _due(self, mark: dict[str, Any]) -> tuple[list[FileRow], dict[str, Any]]:
        """Files whose days aren't made, and what to remember once they are. A recorded past is
        taken as a whole when it is complete, for its files are merged under other numbers."""
        files = self._lake.manifest.live("household")
        past = [file for file in files if file.origin == "history"]
        whole = (self._status.get("history") or ({"done": False}, None))[0].get("done")
        if past and whole and not mark.get("past"):
            return past, {"past": True}
        known = int(mark.get("file", 0))
        new = [f for f in files if f.id > known and f.span == "piece" and f.origin == "live"]
        return new, {"file": max((f.id for f in new), default=known)}

    def _make(self, days: list[date], stations: list[int], now: datetime) -> Iterator[int]:
        spans = [(span.start, span.end) for span in (bounds(day, self._zone) for day in days)]
        tables = []
        for at in range(0, len(stations), STATIONS):
            tables.append(self._rows(days, spans, stations[at : at + STATIONS]))
            yield 0
        tables.append(self._others(days, spans, stations))
        table = {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}
        with self._writer.change(lambda: now) as change:
            change.replace("household_day", GROUP, spans[0][0], spans[-1][0] + 1, "piece", table)
        yield len(days)

    def _rows(self, days: list[date], spans: list[tuple[int, int]], stations: list[int]) -> Table:
        low, high = spans[0][0] - FORGOTTEN * DAY, spans[-1][1] + FORGOTTEN * DAY
        frame = self._household.readings(low, high, stations)
        rows = Readings(
            frame["station"].to_numpy(), frame["ts"].to_numpy(),
            frame["meter"].to_numpy(), frame["kind"].to_numpy(), frame["reading"].to_numpy(),
        )  # fmt: skip
        found = household_days(rows, spans)
        at = found["at"].astype(np.int64)
        starts = np.array([start for start, _ in spans], np.int64)
        return {
            "station": found["station"].astype(np.int64), "ts": starts[at],
            "day": np.array(days, "datetime64[D]")[at],
            **{name: found[name].astype(float) for name in FACTS},
        }  # fmt: skip

    def _others(self, days: list[date], spans: list[tuple[int, int]], stations: list[int]) -> Table:
        """The rows of stations that the new readings don't touch, as they are."""
        frame = self._lake.facts("household_day", days[0], days[-1])
        frame = frame.filter(~frame["station"].is_in(stations))
        start = {day: span[0] for day, span in zip(days, spans, strict=True)}
        columns = {
            name: frame[name].to_numpy() if name in frame.columns else np.full(frame.height, np.nan)
            for name in FACTS
        }
        return {
            "station": frame["station"].to_numpy().astype(np.int64),
            "ts": np.array([start[day] for day in frame["day"].to_list()], np.int64),
            "day": np.array(frame["day"].to_list(), "datetime64[D]"), **columns,
        }  # fmt: skip


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
