"""Stored minutes of one group of stations as blocks for the alarm engines.

A contact that is stored as a share of the minute counts as closed when it was for half of it, one
that alarms when it was at all. Everything else is the mean of the minute, known at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.alarm_screen import Block
from analytics.array_logic import Array
from data.catalogue.points import columns, point
from data.manifest import FileRow
from data.parquet import ABSENT, MISSING, read_columns, stations_in
from data.series import MEAN_SCALE, source_point
from data.station_rows import StationRow
from ingest.station_modes import AUTO, AUTOMATIC, MANUAL, POWER_OFF, SLEEP, LocalClock

MINUTE, DAY = 60_000, 86_400_000
MAINS = "EL.MAINS_OK"
WHOLE = ("alarm", "state", "count", "enum", "code")
"""Kinds of points that are whole numbers, and kept as their mean."""


class Minutes:
    """Blocks of the stations of one group."""

    def __init__(self, root: Path, stations: Sequence[StationRow], clock: LocalClock) -> None:
        self._root, self._clock = root, clock
        self._ids = np.array([station.id for station in stations], dtype=np.int64)
        known = {code.code: code for s in stations for code in columns(s.layout)}
        self._modes = [c for c, one in known.items() if one.point.code == "{z}.P{n}.MODE"]
        self._sleeps = [c for c, one in known.items() if one.point.code == "{z}.SLEEP"]
        self.mode_codes = sorted([*self._modes, *self._sleeps, *({MAINS} & set(known))])

    def hold(self, file: FileRow) -> bool:
        """Whether a file has any of these stations: ids of all groups lie among each other, and
        this column is read in no time."""
        return bool(np.isin(stations_in(self._root / file.path), self._ids).any())

    def day(
        self, files: Iterable[FileRow], from_ms: int, to_ms: int, codes: Sequence[str],
        lean: int = 0,
    ) -> Block:  # fmt: skip
        """Minutes of [from_ms, to_ms), a day at most, of all stations of the group. lean: -1 or 1 =
        the lowest or highest of each minute instead of what it was for the most part."""
        end = {-1: ".min", 0: "", 1: ".max"}[lean]
        stored = [code + (end if point(code).rollup == "full" else "") for code in codes]
        paths = [self._root / file.path for file in files]
        table = read_columns(paths, ["station", "ts", *stored], narrow=True) if paths else {}
        block = self._block(table, from_ms, to_ms, stored, np.arange(len(self._ids)), lean)
        return replace(block, rows={code: k for k, code in enumerate(codes)})

    def some(
        self, files: Iterable[FileRow], from_ms: int, to_ms: int, codes: Sequence[str],
        rows: NDArray[np.intp],
    ) -> Block:  # fmt: skip
        """`day` of a few stations (places in the group): only their rows are decoded."""
        ids = self._ids[rows]
        parts = []
        for file in files:
            if file.first_station > ids.max() or file.last_station < ids.min():
                continue
            scan = pl.scan_parquet(self._root / file.path)
            has = [c for c in ["station", "ts", *codes] if c in scan.collect_schema().names()]
            mine = pl.col("station").is_in(ids.tolist())
            parts.append(scan.filter(mine).select(has).collect())
        frame = pl.concat(parts, how="diagonal") if parts else pl.DataFrame()
        table = {
            name: frame[name].cast(pl.Int64).fill_null(MISSING).to_numpy() for name in frame.columns
        }
        return self._block(table, from_ms, to_ms, codes, rows)

    def with_modes(self, block: Block, modes: Block) -> Block:
        """The block with what its stations' points and the clock say of the time."""
        n, m = block.here.shape
        told = np.full((n, m), AUTO, dtype=np.float64)
        asleep = _all(modes, self._sleeps, lambda values: values == 1)
        told[asleep] = SLEEP
        told[_all(modes, self._modes, lambda values: values != AUTOMATIC)] = MANUAL
        if MAINS in modes.rows:
            told[modes.values[modes.rows[MAINS]] == 0] = POWER_OFF
        live = dict(block.live) | {"mode": told}
        return Block(block.rows, block.values, block.ms, block.stations, block.here, live)

    def spans(
        self, files: Callable[[int, int], Sequence[FileRow]], codes: Sequence[str],
        spans: Sequence[tuple[int, int, int]],
    ) -> Block:  # fmt: skip
        """Minutes of (place in the group, from ms, to ms) as stations of their own."""
        n, m = len(spans), max((high - low) // MINUTE for _, low, high in spans)
        wanted = sorted({*codes, *self.mode_codes})
        values, here = np.full((len(wanted) + 1, n, m), np.nan), np.zeros((n, m), dtype=bool)
        rows = np.array([row for row, _, _ in spans])
        begin = np.array([low for _, low, _ in spans])
        end = np.array([high for _, _, high in spans])
        for day in sorted(
            {t - t % DAY for _, low, high in spans for t in range(low, high, MINUTE)}
        ):
            some = np.flatnonzero((begin < day + DAY) & (end > day))
            own = np.unique(rows[some])
            if not len(some):
                continue
            block = self.some(files(day, day + DAY), day, day + DAY, wanted, own)
            for k in some.tolist():
                low, high = max(begin[k], day), min(end[k], day + DAY)
                to = slice((low - begin[k]) // MINUTE, (high - begin[k]) // MINUTE)
                of = slice((low - day) // MINUTE, (high - day) // MINUTE)
                line = np.searchsorted(own, rows[k])
                values[:, k, to], here[k, to] = block.values[:, line, of], block.here[line, of]
        ms = begin[:, None] + MINUTE * np.arange(1, m + 1)[None]
        told = [self.times(line) for line in ms]
        live = {name: np.stack([one[name] for one in told]) for name in told[0]}
        index = {code: k for k, code in enumerate(wanted)}
        block = Block(index, values, ms, np.arange(n), here, live)
        return self.with_modes(block, block)

    def times(self, ms: NDArray[np.int64]) -> dict[str, Array]:
        """Hour and slot of the local day at each of these minutes."""
        quarter = ms // (15 * MINUTE)
        known, at = np.unique(quarter, return_inverse=True)
        times = [datetime.fromtimestamp(int(q) * 900, UTC) for q in known]
        hours, slots = zip(*(self._clock.at(t) for t in times), strict=True)
        past = (ms - quarter * 15 * MINUTE) / 3_600_000
        return {"hour": np.array(hours)[at] + past, "slot": np.array(slots, np.float64)[at]}

    def _block(
        self, table: dict[str, np.ndarray], from_ms: int, to_ms: int, codes: Sequence[str],
        rows: NDArray[np.intp], lean: int = 0,
    ) -> Block:  # fmt: skip
        n, m = len(rows), (to_ms - from_ms) // MINUTE
        values, here = np.full((len(codes) + 1, n, m), np.nan), np.zeros((n, m), dtype=bool)
        ms = np.tile(from_ms + MINUTE * np.arange(1, m + 1), (n, 1))
        if table and _complete(table, self._ids[rows], from_ms, m):
            here[:] = True
            for k, code in enumerate(codes):
                if code in table:
                    values[k] = _in_units(code, table[code], lean).reshape(n, m)
        elif table and len(table["ts"]):
            line = np.minimum(np.searchsorted(self._ids[rows], table["station"]), n - 1)
            good = (self._ids[rows][line] == table["station"]) & (table["ts"] >= from_ms)
            good &= table["ts"] < to_ms
            at = (line * m + (table["ts"] - from_ms) // MINUTE)[good]
            here.reshape(-1)[at] = True
            for k, code in enumerate(codes):
                if code in table:
                    values[k].reshape(-1)[at] = _in_units(code, table[code][good], lean)
        live = {name: np.tile(one, (n, 1)) for name, one in self.times(ms[0]).items()}
        index = {code: k for k, code in enumerate(codes)}
        return Block(index, values, ms, rows, here, live)


def silence(block: Block, before: NDArray[np.int64]) -> Block:
    """The block with `silence`, s without an answer; `before`: ms of each station's last one, which
    is moved on."""
    last = np.where(block.here, block.ms, np.int64(0))
    last[:, 0] = np.maximum(last[:, 0], before[block.stations])
    last = np.maximum.accumulate(last, axis=1)
    before[block.stations] = last[:, -1]
    live = dict(block.live) | {"silence": (block.ms - last) / 1000}
    return Block(block.rows, block.values, block.ms, block.stations, block.here, live)


def _complete(table: dict[str, np.ndarray], ids: NDArray[np.int64], from_ms: int, m: int) -> bool:
    """Whether it holds exactly the m minutes of exactly these stations, in order."""
    station, ts = table["station"], table["ts"]
    if len(ts) != len(ids) * m:
        return False
    return bool(
        np.array_equal(station[::m], ids)
        and np.array_equal(station[m - 1 :: m], ids)
        and (ts.reshape(len(ids), m) == from_ms + MINUTE * np.arange(m)).all()
    )


def _in_units(code: str, stored: np.ndarray, lean: int) -> NDArray[np.float64]:
    found = source_point(code)
    if found is None:
        raise KeyError(code)
    of, suffix = found
    share = not suffix and of.rollup in ("full", "mean")
    # 385 / 1000 is the number that a person writes as 0.385; 385 * 0.001 isn't
    values = stored / (float(1 / of.resolution) * (MEAN_SCALE if share else 1))
    values[(stored == MISSING) | (stored == ABSENT)] = np.nan
    if share and of.kind in WHOLE:
        up = of.kind == "alarm" if lean == 0 else lean > 0
        return np.ceil(values) if up else np.floor(values + (0.5 if lean == 0 else 0.0))
    return np.asarray(values, dtype=np.float64)


def _all(block: Block, codes: Sequence[str], true: Any) -> NDArray[np.bool_]:
    """Where something is known of these points, and all that is known is so."""
    values = block.values[[block.rows[code] for code in codes if code in block.rows]]
    known = ~np.isnan(values)
    return np.asarray(known.any(axis=0) & (true(values) | ~known).all(axis=0))
