"""One station's span with its corrections, tier by tier: minutes, quarters, hours. X1 in
docs/methods.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from data.lake_patch import StationLake, Table
from data.parquet import GOT
from ingest.cascade import HOUR, QUARTER
from ingest.corrected_rows import (
    MARK,
    Exchanged,
    Laid,
    StationRows,
    between,
    differs,
    marked,
    merged,
    originals,
    over,
    put,
    recounted,
)
from ingest.registers import MISSING
from ingest.rollups import MINUTE

TIERS = (("minute", MINUTE), ("quarter", QUARTER), ("hour", HOUR))
FINER = {"quarter": ("minute", MINUTE), "hour": ("quarter", QUARTER)}
LOOK_BACK = 26 * HOUR
"""Where a counter's reading before the span is looked for."""


class Made(NamedTuple):
    """Rows of one tier and span."""

    old: Table
    """As they stand."""
    new: Table
    got: Table
    """Kept aside until now, as they were before any correction,"""
    keep: Table
    """and from now on."""


class Tiers:
    """Makes one station's span anew; asks the tiers in the order of TIERS."""

    def __init__(
        self,
        own: StationLake,
        rows: StationRows,
        laid: Sequence[Laid],
        exchanges: Sequence[Exchanged],
    ) -> None:
        self.own, self.rows, self.laid, self.exchanges = own, rows, laid, exchanges
        self.made: dict[str, Table] = {}
        """New rows by dataset."""
        self._raw: tuple[Table, Table] | None = None

    def tier(self, dataset: str, grain: int, low: int, high: int) -> Made | None:
        """Rows of [low, high), whole steps; None where the lake has none."""
        files = self.own.files(dataset, low, high)
        old = self.own.read(files, low, high)
        if not len(old["ts"]):
            return None
        got = self.own.rows(f"{GOT}{dataset}", low, high)
        base = originals(old, got)
        new = {name: values.copy() for name, values in base.items()}
        laid = [one for one in self.laid if one.from_ms < high and one.to_ms > low]
        self._count(new, dataset, grain, low)
        if dataset == "minute":
            new, finer = self._minutes(base, new, laid, low, high), np.zeros(len(old["ts"]), bool)
        else:
            new, finer = self._coarse(base, new, dataset, grain, laid)
        mark = np.where(finer, marked(new), np.where(differs(base, new), grain / 1000, 0.0))
        if any(f.origin == "history" for f in files):
            # these were made otherwise than from finer rows: undone means as they came
            same = np.flatnonzero(mark == 0)
            put(new, same, {name: values[same] for name, values in base.items()})
        new[MARK] = mark
        self.made[dataset] = new
        return Made(old, new, got, {name: values[mark > 0] for name, values in base.items()})

    def flags(self, start: int, end: int) -> Table | None:
        """Rows of the dataset `flags` of the span; None where the raw rows are gone."""
        if self._raw is None or not len(self._raw[0]["ts"]):
            return None
        found: dict[str, list[np.ndarray]] = {}
        for block, raw in enumerate(self._raw):
            for minute in np.unique(raw["ts"] - raw["ts"] % MINUTE).tolist():
                part = between(raw, minute, minute + MINUTE)
                rows = self.rows.judged(block, part, self.laid)
                line, at = np.nonzero(rows.flags)
                none = np.full(len(part["ts"]), MISSING)
                raw_values = np.stack([part.get(code, none) for code in rows.codes])
                columns = {
                    "station": rows.station[at], "ts": rows.ts[at],
                    "point": np.array(rows.codes, object)[line], "flag": rows.flags[line, at],
                    "raw": raw_values[line, at],
                }  # fmt: skip
                for name, values in columns.items():
                    found.setdefault(name, []).append(values)
        table = {name: np.concatenate(some) for name, some in found.items()}
        order = np.argsort(table["ts"], kind="stable")
        return between({name: values[order] for name, values in table.items()}, start, end)

    def _minutes(self, base: Table, new: Table, laid: Sequence[Laid], low: int, high: int) -> Table:
        """From raw rows where they are all there, else with the values laid over."""
        fast, slow = (self.own.rows(block, low, high) for block in ("fast", "slow"))
        self._raw = fast, slow
        rough = self.rows.moved(base, self.rows.laid_over(new, MINUTE, laid), MINUTE)
        touched = differs(base, new)
        for one in laid:
            touched |= (base["ts"] < one.to_ms) & (base["ts"] + MINUTE > one.from_ms)
        known = self._known(new, low)
        for at in np.flatnonzero(touched):
            minute = int(base["ts"][at])
            polled, read = (between(t, minute, minute + MINUTE) for t in (fast, slow))
            if len(polled["ts"]) and len(polled["ts"]) == int(base["polls"][at]):
                row = self.rows.from_raw(new, int(at), (polled, read), laid, known[:, at])
                put(rough, np.array([at]), row)
        return rough

    def _coarse(
        self, base: Table, new: Table, dataset: str, grain: int, laid: Sequence[Laid]
    ) -> tuple[Table, np.ndarray]:
        """(rows, bool: made from finer rows): from finer ones where those are all there, else with
        the values laid over."""
        rough = self.rows.moved(base, self.rows.laid_over(new, grain, laid), grain)
        finer, step = FINER[dataset]
        whole = np.zeros(len(base["ts"]), bool)
        if finer not in self.made:
            return rough, whole
        first, last = int(base["ts"][0]), int(base["ts"][-1]) + grain
        every = merged(self.own.rows(finer, first, last), self.made[finer])
        coarse = self.rows.coarser(every, grain)
        sizes = np.bincount((every["ts"] - first) // grain, minlength=(last - first) // grain)
        there = sizes[(base["ts"] - first) // grain] == grain // step
        at = np.flatnonzero(there)
        found = np.searchsorted(coarse["ts"], base["ts"][at])
        put(rough, at, {name: values[found] for name, values in coarse.items()})
        whole[at] = True
        return rough, whole

    def _count(self, new: Table, dataset: str, grain: int, low: int) -> None:
        """Counters that are corrected, or whose meter was exchanged, counted anew in `new`."""
        for code in self.rows.counters:
            laid = [one for one in self.laid if one.code == code]
            exchanges = [e for e in self.exchanges if e.code == code]
            if code not in new or not (laid or exchanges):
                continue
            ms = new["ts"] + grain - 1
            if dataset == "minute":
                slow = self.own.rows("slow", low, int(new["ts"][-1]) + grain)
                ms = _reading_times(new["ts"], slow)
            read = new[code] != MISSING
            values = np.where(read, over(new[code], ms, laid), MISSING)
            before = self._before(dataset, code, low)
            increases, stands = recounted(before, ms, values, self.rows.limits(code), exchanges)
            new[code], new[f"{code}.inc"] = stands, increases

    def _before(self, dataset: str, code: str, low: int) -> tuple[int, int]:
        rows = self.own.rows(dataset, low - LOOK_BACK, low)
        read = np.flatnonzero(rows[code] != MISSING) if code in rows else np.empty(0, np.int64)
        return (int(rows[code][read[-1]]), int(rows["ts"][read[-1]])) if len(read) else (MISSING, 0)

    def _known(self, new: Table, low: int) -> np.ndarray:
        """bool[counters, rows]: has the counter been read by then."""
        rows = self.own.rows("minute", low - LOOK_BACK, low)
        known = np.zeros((len(self.rows.counters), len(new["ts"])), bool)
        for i, code in enumerate(self.rows.counters):
            earlier = code in rows and bool((rows[code] != MISSING).any())
            here = np.logical_or.accumulate(new[code] != MISSING) if code in new else known[i]
            known[i] = here | earlier
        return known


def _reading_times(ts: np.ndarray, slow: Table) -> np.ndarray:
    """When the last reading of each minute was made; its start where the raw row is gone."""
    if not len(slow["ts"]):
        return ts
    at = np.searchsorted(slow["ts"], ts + MINUTE, side="left") - 1
    found: np.ndarray = slow["ts"][np.maximum(at, 0)]
    return np.where((at >= 0) & (found >= ts), found, ts)
