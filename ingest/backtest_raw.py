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
from ingest.backtest_rows import Minutes

DATASETS = ("fast", "slow", "flags")
NRUN, RUN = "{z}.NRUN", "{z}.P{n}.RUN"


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
        stored = sorted(({*asked} | pumps) - {*self._running, "CM.ONLINE", "CM.LAG"})
        n, m = len(rows), (high - low) // self._step
        index = {code: k for k, code in enumerate([*stored, *sorted({*asked} - {*stored})])}
        values, here = np.full((len(index) + 1, n, m), np.nan), np.zeros((n, m), dtype=bool)
        ms = np.tile(low + self._step * np.arange(1, m + 1), (n, 1))
        ids = self._ids[rows]
        bad = self._bad(files, low, high, ids)
        for name in ("fast", "slow"):
            mine = [code for code in stored if point(code).block == name]
            frame = self._read(files, name, low, high, ids, mine)
            if frame is None:
                continue
            frame = _without(frame, bad, mine)
            line = np.searchsorted(ids, frame["station"].to_numpy())
            at = (frame["ts"].to_numpy() - low) // self._step
            if name == "fast":
                here[line, at], ms[line, at] = True, frame["ts"].to_numpy()
            for code in mine:
                if code in frame.columns:
                    told = frame[code].cast(pl.Float64).to_numpy()
                    values[index[code]][line, at] = told / float(1 / point(code).resolution)
            if name == "slow":
                _hold(values, [index[code] for code in mine], SLOW_STALE_MS // self._step)
        for code, some in self._running.items():
            if code in index:
                runs = values[[index[c] for c in some]]
                told = np.where(np.isnan(runs).all(axis=0), np.nan, np.nansum(runs == 1, axis=0))
                values[index[code]] = told
        for code, value in (("CM.ONLINE", 1.0), ("CM.LAG", 0.0)):
            if code in index:
                values[index[code]] = value
        times = self._minutes.times(low + self._step * np.arange(1, m + 1))
        live = {name: np.tile(one, (n, 1)) for name, one in times.items()}
        block = Block(index, values, ms, rows, here, live)
        return self._minutes.with_modes(block, block)

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
        return pl.concat(parts, how="diagonal") if parts else None

    def _bad(
        self, files: Sequence[FileRow], low: int, high: int, ids: NDArray[np.int64]
    ) -> pl.DataFrame | None:
        """station, ts and point of values that the live engines didn't use."""
        found = self._read(files, "flags", low, high, ids, ("point", "flag"))
        if found is None:
            return None
        return found.filter(~pl.col("flag").is_in([int(flag) for flag in USABLE]))


def _without(frame: pl.DataFrame, bad: pl.DataFrame | None, names: Sequence[str]) -> pl.DataFrame:
    """The rows with the values that are bad left out."""
    for name in names if bad is not None else ():
        mine = bad.filter(pl.col("point") == name) if bad is not None else None
        if mine is not None and mine.height and name in frame.columns:
            told = mine.select("station", "ts", pl.lit(True).alias("bad"))
            frame = (
                frame.join(told, on=["station", "ts"], how="left")
                .with_columns(pl.when(pl.col("bad").is_null()).then(pl.col(name)).alias(name))
                .drop("bad")
            )
    return frame


def _hold(values: NDArray[np.float64], lines: Sequence[int], longest: int) -> None:
    """Let the slow values [lines, n, m] stand until the next one, for `longest` samples."""
    for line in lines:
        wide = values[line]
        at = np.where(np.isnan(wide), -1, np.arange(wide.shape[1])[None])
        last = np.maximum.accumulate(at, axis=1)
        near = (last >= 0) & (np.arange(wide.shape[1])[None] - last <= longest)
        values[line] = np.where(near, np.take_along_axis(wide, np.maximum(last, 0), 1), np.nan)
