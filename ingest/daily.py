"""Facts of local days from the lake: stations from 15-min rows, pumps from 1-min rows.

A day is made anew, whole, whenever one of its rows is: today every quarter (stations) or hour
(pumps), an earlier day when late data touch it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.day_facts import (
    PUMP_SUMS,
    Day,
    pump_bins,
    station_day,
    steady_windows,
    window_means,
)
from analytics.facts import total_flow
from analytics.hydraulics import METRES_PER_MPA
from analytics.rollups import SCALE
from data.catalogue.points import Layout, point
from data.lake import Lake
from data.lake_writer import LakeWriter
from data.station_rows import StationRow
from ingest.cascade import QUARTER, layout_of
from ingest.days import bounds, day_of
from ingest.rollups import MINUTE, in_units

EVERYONE = "all"
"""Day facts have one group."""
Table = dict[str, np.ndarray]


class Daily:
    """Makes station_day and pump_day."""

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
        for source, target, steps in (
            ("quarter", "station_day", quarters),
            ("hour", "pump_day", hours),
        ):
            days = {day_of(ms, self.zone) for ms in steps}
            if self._first:
                days |= self._left_over(source, target, today)
            for day in sorted(days):
                self._write(target, day, now)
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

    def _write(self, target: str, day: date, now: datetime) -> None:
        span = bounds(day, self.zone)
        source = "quarter" if target == "station_day" else "minute"
        make = self._stations_of if target == "station_day" else self._pumps_of
        files = self.lake.manifest.live(source, None, span.start, span.end)
        parts = [make(group, span) for group in dict.fromkeys(f.group for f in files)]
        parts = [part for part in parts if len(part["station"])]
        if not parts:
            return
        names = dict.fromkeys(name for part in parts for name in part)
        table = {
            n: np.concatenate([p.get(n, np.full(len(p["station"]), np.nan)) for p in parts])
            for n in names
        }
        table["ts"] = np.full(len(table["station"]), span.start)
        table["day"] = np.full(len(table["station"]), np.datetime64(day, "D"))
        with self.writer.change(lambda: now) as change:
            change.replace(target, EVERYONE, span.start, span.start + 1, "piece", table)

    def _stations_of(self, group: str, day: Day) -> Table:
        layout = layout_of(group)
        zones = dict(zip(layout.zones, layout.pumps, strict=True))
        codes = [f"{zone}.Q_OUT" for zone in zones] or ["PH.Q_IN"]
        rows = self.lake.rows("quarter", group, day.start, day.end, [*codes, *STATION_FACTS])
        if not len(rows["ts"]):
            return {"station": rows["station"]}
        flow = total_flow(_means(rows, codes), np.empty(len(rows["ts"])), zones)
        ids = np.unique(rows["station"])
        until = min(day.end, int(rows["ts"].max()) + QUARTER)
        return {"station": ids, **station_day(ids, rows, flow, day, QUARTER, until)}

    def _pumps_of(self, group: str, day: Day) -> Table:
        layout = layout_of(group)
        parts = [self._pumps_of_zone(group, layout, z, day) for z in range(len(layout.zones))]
        if not parts:
            return {"station": np.empty(0, np.int64)}
        return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}

    def _layout(self, station: int) -> Layout | None:
        row = self.stations.get(station)
        return row.layout if row else None

    def _pumps_of_zone(self, group: str, layout: Layout, place: int, day: Day) -> Table:
        zone, pumps = layout.zones[place], layout.pumps[place]
        numbers = range(1, pumps + 1)
        codes = [f"{zone}.{c}" for c in ("P_OUT", "P_IN", "Q_OUT", "NRUN")]
        codes += [f"{zone}.P{n}.{c}" for n in numbers for c in ("RUN", "F", "P")]
        rows = self.lake.rows("minute", group, day.start, day.end, codes)
        known = [i for i in np.unique(rows["station"]).tolist() if self._layout(i) == layout]
        ids = np.array(known, np.int64)
        dense = _dense(rows, _means(rows, codes), ids, day)
        runs = [dense[f"{zone}.P{n}.RUN"] == 1 for n in numbers]
        speed = np.stack(
            [
                np.where(r, dense[f"{zone}.P{n}.F"], np.nan)
                for n, r in zip(numbers, runs, strict=True)
            ],
            axis=2,
        )
        power = np.stack([dense[f"{zone}.P{n}.P"] for n in numbers], axis=2)
        flow = dense[f"{zone}.Q_OUT"]
        head = (dense[f"{zone}.P_OUT"] - dense[f"{zone}.P_IN"]) * METRES_PER_MPA
        rated = np.array([self.stations[i].sets[place].rated_flow for i in ids.tolist()])
        sums = pump_bins(
            window_means(speed), window_means(power), window_means(flow), window_means(head),
            steady_windows(speed, flow, dense[f"{zone}.NRUN"]), rated,
        )  # fmt: skip
        i, pump, number = np.nonzero(sums["n"])
        table: Table = {
            "station": ids[i],
            "zone": np.full(len(i), zone, object),
            "pump": pump + 1,
            "bin": number,
        }
        return table | {name: sums[name][i, pump, number] for name in PUMP_SUMS}


def _means(rows: Table, codes: Sequence[str]) -> Table:
    """Stored means as floats in units."""
    return {
        code: in_units(rows[code], float(point(code).resolution) / SCALE)
        for code in codes
        if code in rows
    }


def _dense(rows: Table, values: Table, ids: np.ndarray, day: Day) -> Table:
    """Rows as [station, minute of the day], NaN where there is none."""
    known = np.isin(rows["station"], ids)
    at = np.searchsorted(ids, rows["station"][known])
    slot = (rows["ts"][known] - day.start) // MINUTE
    dense = {}
    for code, value in values.items():
        dense[code] = np.full((len(ids), (day.end - day.start) // MINUTE), np.nan)
        dense[code][at, slot] = value[known]
    return dense


STATION_FACTS = tuple(
    f"F.{name}"
    for name in (
        "volume", "inflow", "energy", "head_volume", "online_s", "expected_s", "demanded_s",
        "pressure_ok_s", "lost_s", "mains_low_s", "chlorine_s", "chlorine_ok_s", "turbidity_s",
        "turbidity_ok_s", "ph_s", "ph_ok_s", "quality_s", "quality_ok_s", "idle_energy", "run_s",
        "starts", "good_n", "expected_n",
    )
)  # fmt: skip
