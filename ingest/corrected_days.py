"""Facts of the days of one station whose rows were corrected. X1 in docs/methods.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np

from analytics.day_facts import Day, station_day
from analytics.facts import total_flow
from data.lake import Lake
from data.lake_patch import StationLake, Table
from data.lake_writer import Change
from data.parquet import GOT
from data.station_rows import StationRow
from ingest import frozen_rows
from ingest.cascade import HOUR, QUARTER
from ingest.corrected_rows import MARK, marked, merged
from ingest.daily import EVERYONE, STATION_FACTS
from ingest.days import bounds, day_of
from ingest.registers import MISSING
from ingest.steady_days import means, steady_days


class _Corrected:
    """Rows of one station as the lake will have them: asked like the lake."""

    def __init__(self, own: StationLake, made: Mapping[str, Table]) -> None:
        self._own, self._made = own, made

    def rows(self, dataset: str, _group: str, low: int, high: int, _names: Any = None) -> Table:
        every = self._own.rows(dataset, low, high)
        return merged(every, self._made[dataset]) if dataset in self._made else every


def days_anew(
    own: StationLake,
    station: StationRow,
    start: int,
    end: int,
    zone: ZoneInfo,
    made: Mapping[str, Table],
    change: Change,
) -> None:
    """Put the facts of every local day of [start, end) anew into `change`.

    made: the new rows by dataset. A day that has no facts yet gets them when the collector makes
    them. Pumps and sets need 1-min rows: where these are gone their facts stay as they are.
    """
    view = _Corrected(own, made)
    on = day_of(start, zone)
    found: dict[str, list[Table]] = {}
    days = []
    while (span := bounds(on, zone)).start < end:
        days.append(span.start)
        for dataset, table in _day(view, own, station, span).items():
            count = len(table["station"])
            table["ts"] = np.full(count, span.start)
            table["day"] = np.full(count, np.datetime64(on, "D"))
            found.setdefault(dataset, []).append(table)
        on += timedelta(days=1)
    for dataset, tables in found.items():
        _put(own, dataset, _joined(tables), (days[0], days[-1] + 1), change)


def _day(view: _Corrected, own: StationLake, station: StationRow, day: Day) -> dict[str, Table]:
    """Tables by dataset of one day, without ts and day."""
    tables: dict[str, Table] = {}
    for dataset, grain in (("quarter", QUARTER), ("hour", HOUR)):
        rows = view.rows(dataset, own.group, day.start, day.end)
        if len(rows["ts"]):
            tables["station_day"] = _station(station, rows, day, grain)
            break
    minutes = view.rows("minute", own.group, day.start, day.end)
    if len(minutes["ts"]):
        steady = steady_days(cast(Lake, view), own.group, day, {station.id: station})
        mark = float(marked(minutes).sum())
        tables |= {
            name: table | {MARK: np.full(len(table["station"]), mark)}
            for name, table in steady.items()
        }
    return tables


def _station(station: StationRow, rows: Table, day: Day, grain: int) -> Table:
    """The row of `station_day`, as ingest.daily makes it."""
    zones = dict(zip(station.layout.zones, station.layout.pumps, strict=True))
    codes = [f"{zone}.Q_OUT" for zone in zones] or ["PH.Q_IN"]
    flow = total_flow(means(rows, codes), np.empty(len(rows["ts"])), zones)
    rows = frozen_rows.counted(rows) if grain == QUARTER else rows
    known = {n: v for n, v in rows.items() if n in ("station", "ts", MARK, *STATION_FACTS)}
    until = min(day.end, int(rows["ts"].max()) + grain)
    ids = np.array([station.id])
    return {"station": ids, **station_day(ids, known, flow, day, grain, until)}


def _put(own: StationLake, dataset: str, new: Table, span: tuple[int, int], change: Change) -> None:
    """The new rows in the place of the old ones. A day that came with the past (origin history)
    was made otherwise: its rows are kept aside and put back when nothing corrects it any more."""
    low, high = span
    files = own.files(dataset, low, high)
    old = own.read(files, low, high)
    there = np.isin(new["ts"], old["ts"])  # others are for the collector to make
    new = {name: values[there] for name, values in new.items()}
    if any(f.origin == "history" for f in files):
        got = own.rows(f"{GOT}{dataset}", low, high)
        new, keep = _past(old, got, new)
        change.patch(f"{GOT}{dataset}", EVERYONE, own.station, low, high, keep)
    if len(new["ts"]):
        change.patch(dataset, EVERYONE, own.station, low, high, new)


def _past(old: Table, got: Table, new: Table) -> tuple[Table, Table]:
    """(rows to stand, rows to keep aside) of days that came with the past."""
    corrected = np.unique(new["ts"][marked(new) > 0])
    aside = np.unique(got["ts"])
    base = _joined([_only(got, np.isin(got["ts"], aside)), _only(old, ~np.isin(old["ts"], aside))])
    stand = _joined([
        _only(new, np.isin(new["ts"], corrected)), _only(base, ~np.isin(base["ts"], corrected))
    ])  # fmt: skip
    return _in_time(stand), _in_time(_only(base, np.isin(base["ts"], corrected)))


def _only(table: Table, keep: np.ndarray) -> Table:
    return {name: values[keep] for name, values in table.items()}


def _in_time(table: Table) -> Table:
    return _only(table, np.argsort(table["ts"], kind="stable"))


def _joined(tables: Sequence[Table]) -> Table:
    """Tables one under the other; a column that some lack is empty there."""
    kinds = {n: v.dtype for t in tables for n, v in t.items() if len(v) or n not in ("zone",)}
    out = {}
    for name, kind in kinds.items():
        empty: Any = np.nan if kind.kind == "f" else None if kind.kind == "O" else MISSING
        out[name] = np.concatenate([
            t.get(name, np.full(len(t["station"]), empty, kind)) for t in tables
        ])  # fmt: skip
    return out
