"""Diagnoses of the living fleet: frozen evidence and ranked causes of each alarm that is announced.

A thread of its own: it reads the lake when the minute of the alarm has landed, so that neither
polling nor alarms wait for it. In a storm it does MOST a step, the worst first, and no children.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from analytics.diagnosis import Diagnosis, diagnose
from analytics.symptoms import Window
from analytics.symptoms_plant import MEASURES
from data.catalogue.diagnosis import FILE, matrix
from data.catalogue.errors import CatalogueError
from data.catalogue.points import columns
from data.diagnoses import CauseRow, DueAlarm, Finding
from data.snapshot import MISSING, Snapshot
from data.station_rows import StationRow
from data.stores import Stores
from ingest.background import Background
from ingest.diagnosis_window import AFTER, BEFORE, Spot, codes_of, facts_of

LANDED = timedelta(seconds=10)
"""After a minute is over its rows are in the lake."""
LATEST = timedelta(hours=6)
"""An older alarm that was never diagnosed isn't any more."""
MOST = 5
PAUSE = 5.0
"""s between two looks for alarms that are due."""
DAYS = 7
"""Days whose same hour says what is usual."""
SILENT_MS = 30_000
ROWS = 100_000
"""More than a window has: it is kept as it came."""


def check() -> None:
    """Raises CatalogueError where a symptom names a measure that nobody has written."""
    for one in matrix().symptoms.values():
        if one.measure and one.measure not in MEASURES:
            raise CatalogueError(FILE, one.code, "measure", f"no measure '{one.measure}'")


class Diagnosing(Background):
    """Diagnoses in the background as long as the block lasts."""

    def __init__(self, stores: Stores) -> None:
        """Raises CatalogueError."""
        check()
        stores.solutions.seed(datetime.now(UTC))
        self._stores = stores
        super().__init__("diagnosis", PAUSE, "alarms can't be diagnosed")

    def step(self, now: datetime) -> int:
        """Diagnose the alarms whose window is whole, at most MOST; how many."""
        due = self._stores.diagnoses.due(now - LATEST, whole_until(now), MOST)
        for alarm in due:
            if self._stop.is_set():
                return 0
            self._diagnose(alarm, now)
        return len(due)

    def _diagnose(self, alarm: DueAlarm, now: datetime) -> None:
        stores = self._stores
        station = None if alarm.station_id is None else stores.stations.get(alarm.station_id)
        frame = None if station is None else _told(stores, station, alarm)
        around = _around(stores, alarm, frame)
        window = _window(stores, station, alarm, frame, around)
        found = diagnose(window, alarm.rule, matrix(), stores.diagnoses.confirmed(alarm.rule))
        stores.diagnoses.save(alarm, frozen(found, around, frame), now)


def whole_until(now: datetime) -> datetime:
    """Windows of alarms raised until then are in the lake."""
    minute = (now - LANDED).replace(second=0, microsecond=0)
    return minute - timedelta(seconds=AFTER)


def frozen(found: Diagnosis, around: dict[str, float], frame: pl.DataFrame | None) -> Finding:
    """A diagnosis as it is stored."""
    causes = [
        CauseRow(one.fault, round(one.probability, 4), one.supporting, one.contradicting)
        for one in found.causes
    ]
    findings = {one.symptom: (one.shown, one.number) for one in found.findings}
    known = {name: value for name, value in around.items() if np.isfinite(value)}
    return Finding(causes, findings, found.separating, known, frame)


def _told(stores: Stores, station: StationRow, alarm: DueAlarm) -> pl.DataFrame:
    """`at` in s after the alarm and the points of the diagnosis, as the lake has them."""
    start = alarm.active_at - timedelta(seconds=BEFORE)
    end = alarm.active_at + timedelta(seconds=AFTER)
    codes = codes_of(station, alarm.point)
    frame = stores.lake.series(station, codes, start, end, ROWS).frame
    ms = alarm.active_at.timestamp() * 1000
    at = (frame["ts"].dt.epoch("ms") - ms) / 1000.0
    known = [code for code in codes if frame[code].null_count() < frame.height]
    told = frame.select(at.cast(pl.Float64).alias("at"), *known)
    return told.filter(pl.any_horizontal(pl.col(known).is_not_null())) if known else told[:0]


def _window(
    stores: Stores,
    station: StationRow | None,
    alarm: DueAlarm,
    frame: pl.DataFrame | None,
    around: dict[str, float],
) -> Window:
    spot = Spot.of(alarm.place)
    if station is None or frame is None:
        return Window(np.zeros(0), {}, around=around)
    values = {
        code: frame[code].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        for code in frame.columns
        if code != "at"
    }
    return Window(
        at=frame["at"].to_numpy(),
        values=values,
        zone=spot.zone,
        pump=spot.pump,
        tank=spot.tank,
        point=alarm.point,
        onset=(alarm.raw_at - alarm.active_at).total_seconds(),
        facts=facts_of(station, spot.zone),
        usual=_usual(stores, station, alarm, spot),
        around=around,
    )


def _usual(stores: Stores, station: StationRow, alarm: DueAlarm, spot: Spot) -> dict[str, float]:
    """Mean outlet flow of the same hour of the last days, where half of them are known."""
    zone = spot.zone or (station.sets[0].zone if station.sets else "")
    code = f"{zone}.Q_OUT"
    if all(column.code != code for column in columns(station.layout)):
        return {}
    start, end = alarm.active_at - timedelta(days=DAYS, hours=1), alarm.active_at
    frame = stores.lake.fleet([code], start, end - timedelta(hours=12), "quarter", [station.id])
    if not frame.height:
        return {}
    off = (frame["ts"].dt.epoch("ms") - round(end.timestamp() * 1000)) / 1000.0 % 86_400.0
    near = frame.filter((off < 1800.0) | (off > 84_600.0))[code].drop_nulls()
    return {code: float(np.mean(near.to_numpy()))} if near.len() >= 2 * DAYS else {}


def _around(stores: Stores, alarm: DueAlarm, frame: pl.DataFrame | None) -> dict[str, float]:
    """How long the station was silent, and the neighbourhood as the live snapshot has it."""
    found = {}
    if frame is not None:
        last = frame["at"].to_numpy()[-1] if frame.height else -BEFORE
        found["silence"] = float(AFTER - last)
    live = stores.snapshot.read()
    if live is None:
        return found
    district = {s.id for s in stores.stations.all() if s.district_id == alarm.district_id}
    near = np.array([int(id) in district and id != alarm.station_id for id in live.stations])
    silent = live.at_ms - live.fast_ms > SILENT_MS
    found["fleet_silent"] = float(silent.mean()) if len(silent) else float("nan")
    if near.any():
        found["near_silent"] = float(silent[near].mean())
        found["near_mains_low"] = float((_low_mains(live) & near & ~silent).sum())
    return found


def _low_mains(live: Snapshot) -> np.ndarray:
    """bool[n]: mains pressure below the limit of its symptom."""
    limit = matrix().symptoms["mains_low"].below or 0.0
    line = live.line_of.get("PH.P_MAIN")
    if line is None:
        return np.zeros(len(live.stations), bool)
    values = live.values[line]
    low: np.ndarray = (values != MISSING) & (values < limit * 1000.0)
    return low
