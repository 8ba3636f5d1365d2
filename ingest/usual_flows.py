"""What points usually are by quarter of the day, learnt from the last weeks once a day.

UsualDays (the thread of the lake) writes VAR/usual.npz, UsualFile (the thread of the alarms) reads
it: the percentiles of quarter means over DAYS days, working days and days off apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import structlog
from numpy.typing import NDArray

from analytics.alarm_usual import DAY_TYPES, SLOTS
from analytics.expressions import compile_expression
from data.catalogue.points import ZONES
from data.catalogue.rules import Rule, compiled, rules
from data.lake import Lake
from data.stations import StationRow
from ingest.fleet import Fleet
from ingest.fresh_file import FreshFile
from ingest.station_modes import day_off

FILE = "usual.npz"
DAYS = 28
LEAST = 4
"""Values that a slot needs."""
EVERY = timedelta(hours=24)
STATIONS = 150
"""Stations whose quarters are in memory at a time."""
log = structlog.get_logger(__name__)


def wanted(rules: Mapping[str, Rule]) -> list[tuple[str, float]]:
    """(point code, percent) of every usual() of the rules, for every zone."""
    found = set()
    for rule in rules.values():
        if rule.source == "tick":
            for part in compiled(rule, compile_expression).values():
                for usual in part.usuals:
                    codes = [usual.code.replace("{z}", zone) for zone in ZONES]
                    found |= {(code, usual.percent) for code in codes}
    return sorted(found)


class UsualDays:
    """Learns the percentiles when they are a day old."""

    def __init__(
        self, lake: Lake, var: Path, stations: Sequence[StationRow], zone: ZoneInfo,
        rules: Callable[[], Mapping[str, Rule]] = rules,
    ) -> None:  # fmt: skip
        """`rules` gives those that are in force when it learns."""
        self._rules = rules
        self._lake, self._file, self._zone = lake, var / FILE, zone
        self._ids = [station.id for station in stations]
        self._job: Iterator[None] | None = None

    def run(self, now: datetime) -> int:
        """One part of the work, when it is due; the lake waits meanwhile. 1 when all is done."""
        if self._job is None:
            if not self._due(now):
                return 0
            self._job = self._work(now)
        for _ in self._job:
            return 0
        self._job = None
        return 1

    def _due(self, now: datetime) -> bool:
        try:
            return now.timestamp() - self._file.stat().st_mtime >= EVERY.total_seconds()
        except FileNotFoundError:
            return True

    def _work(self, now: datetime) -> Iterator[None]:
        keys = wanted(self._rules())
        shape = (len(keys), DAY_TYPES * SLOTS, len(self._ids))
        tables = np.full(shape, np.nan, dtype=np.float32)
        codes = sorted({code for code, _ in keys})
        start = now - timedelta(days=DAYS)
        for at in range(0, len(self._ids), STATIONS):
            ids = self._ids[at : at + STATIONS]
            frame = self._lake.fleet(codes, start, now, "quarter", ids)
            if frame.height:
                self._fill(tables, keys, frame)
            yield
        draft = self._file.with_suffix(".tmp")
        with draft.open("wb") as out:
            np.savez(
                out, station=np.array(self._ids), code=np.array([code for code, _ in keys]),
                percent=np.array([percent for _, percent in keys]), table=tables,
            )  # fmt: skip
        draft.replace(self._file)
        log.info("learnt what is usual", stations=len(self._ids), slots=shape[1])

    def _fill(
        self, tables: NDArray[np.float32], keys: Sequence[tuple[str, float]], frame: pl.DataFrame
    ) -> None:
        where = {id: row for row, id in enumerate(self._ids)}
        local = frame["ts"].dt.convert_time_zone(self._zone.key)
        off = {d: day_off(datetime(d.year, d.month, d.day, tzinfo=self._zone))
               for d in local.dt.date().unique()}  # fmt: skip
        quarter = local.dt.hour().cast(pl.Int64) * 4 + local.dt.minute().cast(pl.Int64) // 15
        kind = local.dt.date().replace_strict(off, return_dtype=pl.Int64)
        frame = frame.with_columns((kind * SLOTS + quarter).alias("slot"))
        for row, (code, percent) in enumerate(keys):
            if code not in frame.columns:
                continue
            known = frame.filter(pl.col(code).is_not_null() & pl.col(code).is_not_nan())
            found = known.group_by("station", "slot").agg(
                pl.col(code).quantile(percent / 100, "linear").alias("value"),
                pl.len().alias("values"),
            )
            found = found.filter(pl.col("values") >= LEAST)
            columns = [where[id] for id in found["station"].to_list()]
            tables[row, found["slot"].to_numpy(), columns] = found["value"].to_numpy()


class UsualFile:
    """What was learnt, for the stations of one fleet."""

    def __init__(self, var: Path, fleet: Fleet) -> None:
        self._file, self._fleet = FreshFile(var / FILE), fleet

    def fresh(self, now_ms: int) -> dict[tuple[str, float], NDArray[np.float64]] | None:
        """What the file says, when it is new; looked at once a minute."""
        return self._file(now_ms, self._read)

    def _read(self, file: Path) -> dict[tuple[str, float], NDArray[np.float64]]:
        with np.load(file) as kept:
            at = np.array([self._fleet.row_of.get(int(id), -1) for id in kept["station"]], np.intp)
            found = {}
            for code, percent, table in zip(
                kept["code"], kept["percent"], kept["table"], strict=True
            ):
                whole = np.full((table.shape[0], len(self._fleet.stations)), np.nan)
                whole[:, at[at >= 0]] = table[:, at >= 0]
                found[str(code), float(percent)] = whole
            return found
