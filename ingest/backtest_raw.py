"""Stored samples of a few stations as blocks for the alarm engines: what the live engines saw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.alarm_screen import Block
from analytics.array_logic import Array
from data.catalogue.flags import USABLE
from data.catalogue.points import columns, point
from data.manifest import FileRow
from data.station_rows import StationRow
from ingest.alarm_rules import SLOW_STALE_MS
from ingest.backtest_rows import MINUTE, Minutes

DATASETS = ("fast", "slow", "flags")
NRUN, RUN = "{z}.NRUN", "{z}.P{n}.RUN"
COLLECTOR = {"CM.ONLINE": 1.0, "CM.LAG": 0.0}
"""What the collector says of itself at each sample."""
SECOND, QUARTER = 1000, 15 * MINUTE
KEY = 1 << 44
"""More than any time, in ms."""


class Samples:
    """Fast samples of the stations of one group, each beside the newest slow ones."""

    def __init__(
        self, root: Path, stations: Sequence[StationRow], minutes: Minutes, step_ms: int
    ) -> None:
        self._root, self._minutes, self._step = root, minutes, step_ms
        self._ids = np.array([station.id for station in stations], dtype=np.int64)
        known = {one.code: one for s in stations for one in columns(s.layout)}
        self._running = {
            code: [c for c, o in known.items() if o.point.code == RUN and o.zone == one.zone]
            for code, one in known.items()
            if one.point.code == NRUN
        }

    def block(
        self, files: Sequence[FileRow], low: int, high: int, codes: Sequence[str],
        rows: NDArray[np.intp],
    ) -> Block:  # fmt: skip
        """Samples of [low, high) of the stations at these places of the group; `files` are those of
        DATASETS. With their modes."""
        asked = sorted({*codes, *self._minutes.mode_codes})
        pumps = {c for code in asked for c in self._running.get(code, ())}
        stored = sorted({*asked, *pumps} - {*self._running, *COLLECTOR})
        ids, n = self._ids[rows], len(rows)
        index = {code: k for k, code in enumerate([*stored, *sorted({*asked} - {*stored})])}
        parts: list[_Rows] = []
        for name, begin in (("fast", low), ("slow", low - SLOW_STALE_MS)):
            mine = [code for code in stored if point(code).block == name]
            frame = self._read(files, name, begin, high, ids, mine)
            bad = None if frame is None else self._bad(files, begin, high, ids)
            parts.append(_Rows(frame, bad, ids, mine))
        fast, slow = parts
        at = _slots(fast.line, (fast.ts - low) // self._step)
        m = max((high - low) // self._step, int(at.max(initial=-1)) + 1)
        values, here = np.full((len(index) + 1, n, m), np.nan), np.zeros((n, m), dtype=bool)
        ms = np.tile(low + self._step * np.arange(1, m + 1), (n, 1))
        here[fast.line, at], ms[fast.line, at] = True, fast.ts
        for code in fast.codes:
            values[index[code]][fast.line, at] = fast.usable(code)
        newest, known = slow.newest(fast)
        for code in slow.codes if known.any() else ():
            told = slow.usable(code)[newest]
            values[index[code]][fast.line, at] = np.where(known, told, np.nan)
        for code, some in self._running.items():
            if code in index:
                values[index[code]][fast.line, at] = fast.running(some)
        for code, value in COLLECTOR.items():
            if code in index:
                values[index[code]] = value
        block = Block(index, values, ms, rows, here, self._times(ms))
        return self._minutes.with_modes(block, block)

    def _times(self, ms: NDArray[np.int64]) -> dict[str, Array]:
        """Hour and slot of the local day at the whole second that ends each sample's."""
        second = -(-ms // SECOND) * SECOND
        quarter = second // QUARTER
        first = int(quarter.min())
        times = self._minutes.times(QUARTER * np.arange(first, int(quarter.max()) + 1))
        at = quarter - first
        past = (second - quarter * QUARTER) / 3_600_000
        return {"hour": times["hour"][at] + past, "slot": times["slot"][at]}

    def spans(
        self, files: Sequence[FileRow], codes: Sequence[str], spans: Sequence[tuple[int, int, int]]
    ) -> Block:
        """Samples of (place in the group, from ms, to ms) as stations of their own."""
        blocks = [self.block(files, low, high, codes, np.array([row])) for row, low, high in spans]
        m = max(block.here.shape[1] for block in blocks)

        def beside(parts: Iterable[Array], fill: float) -> Array:
            """One behind the other along the stations, as long as the longest."""
            return np.concatenate([
                np.pad(part, [*[(0, 0)] * (part.ndim - 1), (0, m - part.shape[-1])],
                       constant_values=fill)
                for part in parts
            ], axis=-2)  # fmt: skip

        return Block(
            blocks[0].rows,
            beside((block.values for block in blocks), np.nan),
            beside((block.ms for block in blocks), 0),
            np.arange(len(spans)),
            beside((block.here for block in blocks), False),
            {name: beside((block.live[name] for block in blocks), 0) for name in blocks[0].live},
        )

    def _read(
        self, files: Sequence[FileRow], dataset: str, low: int, high: int,
        ids: NDArray[np.int64], names: Sequence[str],
    ) -> pl.DataFrame | None:  # fmt: skip
        """Rows of these stations and that time; None where there are none."""
        within = pl.col("station").is_in(ids.tolist()) & pl.col("ts").is_between(low, high - 1)
        parts = []
        for file in files:
            if file.dataset == dataset and file.to_ms >= low and file.from_ms < high:
                scan = pl.scan_parquet(self._root / file.path).filter(within)
                has = scan.collect_schema().names()
                part = scan.select(c for c in ("station", "ts", *names) if c in has).collect()
                parts += [part] if part.height else []
        if len(parts) < 2:
            return parts[0] if parts else None
        return pl.concat(parts, how="diagonal").sort("station", "ts")

    def _bad(
        self, files: Sequence[FileRow], low: int, high: int, ids: NDArray[np.int64]
    ) -> pl.DataFrame | None:
        """station, ts and point of values that the live engines didn't use; of both datasets."""
        found = self._read(files, "flags", low, high, ids, ("point", "flag"))
        if found is None:
            return None
        return found.filter(~pl.col("flag").is_in([int(flag) for flag in USABLE]))


class _Rows:
    """Stored rows of one dataset, by station and time."""

    def __init__(
        self, frame: pl.DataFrame | None, bad: pl.DataFrame | None, ids: NDArray[np.int64],
        codes: Sequence[str],
    ) -> None:  # fmt: skip
        """bad: station, ts and point of values that the live engines didn't use."""
        self._frame = pl.DataFrame() if frame is None else frame
        self.codes = [code for code in codes if code in self._frame.columns]
        nothing = np.zeros(0, dtype=np.int64)
        self.ts = self._frame["ts"].to_numpy() if self._frame.height else nothing
        """UTC ms."""
        station = self._frame["station"].to_numpy() if self._frame.height else nothing
        self.line = np.searchsorted(ids, station)
        """Place of the station."""
        self._key = self.line * KEY + self.ts
        self._bad: dict[str, NDArray[np.intp]] = {}
        if bad is None or not len(self.ts):
            return
        for (code,), part in bad.filter(pl.col("point").is_in(self.codes)).group_by("point"):
            key = np.searchsorted(ids, part["station"].to_numpy()) * KEY + part["ts"].to_numpy()
            at = np.minimum(np.searchsorted(self._key, key), len(self._key) - 1)
            self._bad[str(code)] = at[self._key[at] == key]

    def usable(self, code: str) -> Array:
        """float64[rows] in the point's unit, NaN where nothing usable was told."""
        # 385 / 1000 is the number that a person writes as 0.385; 385 * 0.001 isn't
        told = self._whole(code) / float(1 / point(code).resolution)
        told[self._bad.get(code, [])] = np.nan
        return told

    def running(self, codes: Iterable[str]) -> Array:
        """[rows] how many of these contacts are closed, usable or not; NaN where none is told."""
        told = [self._whole(code) for code in codes if code in self._frame.columns]
        whole = np.array(told).reshape(-1, len(self.ts))
        return np.where((whole >= 0).any(axis=0), (whole == 1).sum(axis=0), np.nan)

    def newest(self, of: _Rows) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """For each row of another dataset the newest one here up to its time, and whether there is
        one that isn't too old."""
        at = np.searchsorted(self._key, of._key, side="right") - 1
        known = at >= 0
        at = np.maximum(at, 0)
        if known.any():
            known &= (self.line[at] == of.line) & (of.ts - self.ts[at] <= SLOW_STALE_MS)
        return at, known

    def _whole(self, code: str) -> Array:
        return np.array(self._frame[code].cast(pl.Float64).to_numpy())


def _slots(line: NDArray[np.intp], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each sample stands among the samples of its station: in the slot of its time, or in the
    next one when another is there. By station and time."""
    rank = np.arange(len(at))
    apart = line * (at.max(initial=0) + len(at) + 1)
    found: NDArray[np.int64] = np.maximum.accumulate(at - rank + apart) - apart + rank
    return found
