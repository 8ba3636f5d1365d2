"""Facts of local days from the lake: stations from 15-min rows, pumps and sets from 1-min rows.

A day is made anew, whole, whenever one of its rows is: today every quarter (stations) or hour
(pumps), an earlier day when late data touch it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.day_facts import Day, station_day
from analytics.facts import total_flow
from data.lake import Lake
from data.lake_writer import LakeWriter
from data.station_rows import StationRow
from ingest import frozen_rows
from ingest.cascade import QUARTER, layout_of
from ingest.days import bounds, day_of
from ingest.steady_days import STEADY, Table, means, steady_days

EVERYONE = "all"
"""Day facts have one group."""


class Daily:
    """Makes station_day, pump_day and set_day."""

    def __init__(
        self, lake: Lake, writer: LakeWriter, stations: Iterable[StationRow], zone: ZoneInfo
    ) -> None:
        self.lake = lake
        self.writer = writer
        self.zone = zone
        self.stations = {s.id: s for s in stations}
        self._first = True

    def run(self, quarters: Iterable[int], hours: Iterable[int], now: datetime) -> int:
        """Make the days anew that these steps (starts, ms) lie in; returns their number.

        The first run also makes those of the last two days whose rows are younger than their
        facts: a crash may have come between.
        """
        made = 0
        today = day_of(round(now.timestamp() * 1000), self.zone)
        for source, targets, steps in (
            ("quarter", ("station_day",), quarters),
            ("hour", STEADY, hours),
        ):
            days = {day_of(ms, self.zone) for ms in steps}
            if self._first:
                days |= self._left_over(source, targets[0], today)
            for day in sorted(days):
                self._write(targets, day, now)
            made += len(days)
        self._first = False
        return made

    def _left_over(self, source: str, target: str, today: date) -> set[date]:
        found = set()
        for day in (today, today - timedelta(days=1)):
            span = bounds(day, self.zone)
            rows = self.lake.manifest.live(source, None, span.start, span.end)
            facts = self.lake.manifest.live(target, None, span.start, span.start + 1)
            if max((f.id for f in rows), default=0) > max((f.id for f in facts), default=0):
                found.add(day)
        return found

    def _write(self, targets: Sequence[str], day: date, now: datetime) -> None:
        span = bounds(day, self.zone)
        source = "quarter" if targets == ("station_day",) else "minute"
        files = self.lake.manifest.live(source, None, span.start, span.end)
        parts = [
            {"station_day": self._stations_of(group, span)}
            if source == "quarter"
            else steady_days(self.lake, group, span, self.stations)
            for group in dict.fromkeys(f.group for f in files)
        ]
        with self.writer.change(lambda: now) as change:
            for target in targets:
                table = _joined([p[target] for p in parts if len(p[target]["station"])])
                if table:
                    table["ts"] = np.full(len(table["station"]), span.start)
                    table["day"] = np.full(len(table["station"]), np.datetime64(day, "D"))
                    change.replace(target, EVERYONE, span.start, span.start + 1, "piece", table)

    def _stations_of(self, group: str, day: Day) -> Table:
        layout = layout_of(group)
        zones = dict(zip(layout.zones, layout.pumps, strict=True))
        codes = [f"{zone}.Q_OUT" for zone in zones] or ["PH.Q_IN"]
        rows = self.lake.rows(
            "quarter", group, day.start, day.end, [*codes, *STATION_FACTS, *frozen_rows.NAMES]
        )
        if not len(rows["ts"]):
            return {"station": rows["station"]}
        flow = total_flow(means(rows, codes), np.empty(len(rows["ts"])), zones)
        ids = np.unique(rows["station"])
        until = min(day.end, int(rows["ts"].max()) + QUARTER)
        rows = frozen_rows.counted(rows)
        return {"station": ids, **station_day(ids, rows, flow, day, QUARTER, until)}


def _joined(parts: Sequence[Table]) -> Table:
    """Tables one under the other; a column that some lack is NaN there."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {
        n: np.concatenate([p.get(n, np.full(len(p["station"]), np.nan)) for p in parts])
        for n in names
    }


STATION_FACTS = tuple(
    f"F.{name}"
    for name in (
        "volume", "inflow", "energy", "head_volume", "online_s", "expected_s", "demanded_s",
        "pressure_ok_s", "lost_s", "mains_low_s", "chlorine_s", "chlorine_ok_s", "turbidity_s",
        "turbidity_ok_s", "ph_s", "ph_ok_s", "quality_s", "quality_ok_s", "idle_energy", "run_s",
        "starts", "good_n", "timely_n", "expected_n", "end_s", "end_ok_s", "manual_s", "mains_s",
        "hydraulic_energy", "lift_energy", "bypass_volume", "age_volume", "tank_outflow",
        "camera_s", "camera_ok_s", "corrected_s",
    )
)  # fmt: skip
