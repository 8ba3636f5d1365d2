"""The job `table_export`: rows of a dataset of day facts, a month at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from data.jobs import TableTask
from data.lake import Lake
from data.station_rows import StationRow
from ingest.job_files import Sink
from ingest.job_series import Step

DAYS = 31
"""Days that are read at a time."""


def write(
    lake: Lake, stations: Sequence[StationRow], task: TableTask, out: Sink, step: Step
) -> None:
    """All rows of the task, by day and station; progress counts days."""
    names = {s.id: (s.code, s.name(task.lang)) for s in stations}
    first, last = date.fromisoformat(task.start), date.fromisoformat(task.end)
    days = (last - first).days + 1
    place = task.columns.index("station") if "station" in task.columns else -1
    step(0, days)
    for begin in range(0, days, DAYS):
        low = first + timedelta(days=begin)
        high = min(last, low + timedelta(days=DAYS - 1))
        frame = lake.facts(task.dataset, low, high, task.stations)
        absent = [pl.lit(None).alias(c) for c in task.columns if c not in frame.columns]
        frame = frame.sort("day", "station").with_columns(absent).select(task.columns)
        shown = frame.with_columns(pl.selectors.date().dt.to_string("%Y-%m-%d")).iter_rows()
        if place >= 0:
            shown = ((*r[:place], *names[r[place]], *r[place + 1 :]) for r in shown)
        out.write(shown)
        step(min(begin + DAYS, days), days)
