"""The job `series_export`: rows of series of many stations, written as they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from data.jobs import GRAINS, SeriesTask
from data.lake import Lake
from data.series import source_point
from data.station_rows import StationRow
from ingest.job_files import Sink

BATCH = 50_000
"""Rows that are held at a time."""
Step = Callable[[int, int], None]
"""Told (done, total) after each batch; raises when the job is to stop."""


def parts(task: SeriesTask) -> Iterator[tuple[list[int], datetime, datetime, int]]:
    """(stations, from, to, rows expected) in the order of the file: by station, then by time."""
    start, end = datetime.fromisoformat(task.start), datetime.fromisoformat(task.end)
    grain = GRAINS[task.grain]
    steps = max(1, round((end - start).total_seconds() / grain))
    each = max(1, BATCH // steps)
    span = timedelta(seconds=grain * min(steps, BATCH))
    for first in range(0, len(task.stations), each):
        some = task.stations[first : first + each]
        at = start
        while at < end:
            to = min(at + span, end)
            yield some, at, to, len(some) * max(1, round((to - at).total_seconds() / grain))
            at = to


def write(
    lake: Lake,
    stations: Sequence[StationRow],
    task: SeriesTask,
    zone: ZoneInfo,
    out: Sink,
    step: Step,
) -> None:
    """All rows of the task; `step` hears of rows that are dealt with, also of missing ones."""
    names = {s.id: (s.code, s.name(task.lang)) for s in stations}
    exact = "%.3f" if task.grain in ("fast", "slow") else ""
    time = pl.col("ts").dt.convert_time_zone(zone.key).dt.to_string(f"%Y-%m-%d %H:%M:%S{exact}%:z")
    done, total = 0, task.rows
    step(done, total)
    for some, start, end, expected in parts(task):
        frame = lake.fleet(task.codes, start, end, task.grain, some)
        shaped = frame.select("station", time, *(_rounded(code) for code in task.codes))
        out.write((*names[id], *rest) for id, *rest in shaped.iter_rows())
        done += expected
        step(min(done, total), total)


def _rounded(code: str) -> pl.Expr:
    """A mean is kept in hundredths of a reading's last digit, a fact in millionths."""
    found = source_point(code)
    return pl.col(code).round(6 if found is None else found[0].decimals + 2)
