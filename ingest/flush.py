"""A minute of the journal into the lake: raw rows, flags and 1-min rollups in one commit.

Flushing a minute again writes nothing twice: rows that the lake has are left out. Rows that come
late join their minute, whose rollup is made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from analytics.counters import CounterState
from data.catalogue.flags import Flag
from data.groups import groups
from data.lake import Lake
from data.lake_writer import Change, LakeWriter
from data.manifest import FileRow
from data.station_rows import StationRow
from ingest.frames import BLOCKS, FAST, SLOW, Frame
from ingest.groups import Frames, Group, Rows
from ingest.meters import resumed
from ingest.registers import MISSING
from ingest.rollups import MINUTE, Cadence, MinuteRollup, running, sum_known

DATASETS = ("fast", "slow", "flags", "minute")


@dataclass(frozen=True)
class Flushed:
    """What a flush did."""

    files: int = 0
    rows: int = 0
    """New rows, fast and slow."""
    known: int = 0
    """Rows that the lake had already."""
    strangers: int = 0
    """Frames of stations that aren't in the list, or of another length than their plan's."""

    def __add__(self, other: Flushed) -> Flushed:
        return Flushed(
            self.files + other.files,
            self.rows + other.rows,
            self.known + other.known,
            self.strangers + other.strangers,
        )


def _utc() -> datetime:
    return datetime.now(UTC)


class Flusher:
    """Writes minutes of one list of stations. For one thread; the only writer of live pieces."""

    def __init__(
        self,
        lake: Lake,
        writer: LakeWriter,
        stations: Iterable[StationRow],
        cadence: Cadence = Cadence(),  # noqa: B008 (frozen)
        clock: Callable[[], datetime] = _utc,
    ) -> None:
        self.lake = lake
        self.writer = writer
        self.clock = clock
        self._rollups = [
            MinuteRollup(Group(name, rows), cadence) for name, rows in groups(stations).items()
        ]
        self._states: dict[str, CounterState] = {}

    def flush(self, minute: int, frames: Sequence[Frame]) -> Flushed:
        """Write the frames of the UTC minute that starts at `minute` ms.

        Frames of other minutes, should there be any, go to theirs. Raises OSError when a file
        can't be written; nothing is visible then, and the same call may be made again.
        """
        every = Frames.of(frames)
        minutes = every.ms - every.ms % MINUTE
        done = Flushed()
        for start in sorted({minute, *minutes.tolist()}):
            done += self._minute(start, every.only(minutes == start))
        return done

    def _minute(self, minute: int, frames: Frames) -> Flushed:
        stored: dict[tuple[str, str], list[FileRow]] = {}
        for file in self.lake.manifest.live(DATASETS, None, minute, minute + MINUTE):
            stored.setdefault((file.group, file.dataset), []).append(file)
        done = Flushed(strangers=len(frames.ms))
        states: dict[str, CounterState] = {}
        with self.writer.change(self.clock) as change:
            for rollup in self._rollups:
                name, ids = rollup.group.name, rollup.group.ids
                old = {d: stored.get((name, d), []) for d in DATASETS}
                mine = frames.only(np.isin(frames.station, ids))
                report, states[name] = self._group(rollup, minute, mine, old, change)
                done += report
        self._states |= states
        return done + Flushed(files=len(change.add))

    def _group(
        self,
        rollup: MinuteRollup,
        minute: int,
        frames: Frames,
        old: dict[str, list[FileRow]],
        change: Change,
    ) -> tuple[Flushed, CounterState]:
        """Write the new rows of a group; returns its counters' state after them."""
        group = rollup.group
        given = [group.rows(block, frames.only(frames.block == block)) for block in (FAST, SLOW)]
        fresh = [
            self._unknown(rows, old[BLOCKS[block]], minute) for block, rows in enumerate(given)
        ]
        news = sum(len(rows.ts) for rows in fresh)
        counted = sum(len(rows.ts) for rows in given)
        report = Flushed(rows=news, known=counted - news, strangers=-counted)
        state = self._state(rollup, minute)
        if not news and old["minute"]:
            return report, state
        every = [
            self._with_stored(group, block, rows, old[BLOCKS[block]], minute)
            for block, rows in enumerate(fresh)
        ]
        for block, rows in enumerate(fresh):
            _write_raw(group, block, rows, change)
        self._put(change, "flags", group.name, minute, _flag_table(every), old)
        state, increases, readings = rollup.readings(state, fresh[SLOW])
        if old["minute"]:
            before = self.lake.read(old["minute"], minute, minute + MINUTE)
            increases, readings = _joined(rollup, before, increases, readings)
        read = state.value != MISSING
        table = rollup.table(minute, every[FAST], every[SLOW], read, increases, readings)
        self._put(change, "minute", group.name, minute, table, old)
        return report, state

    def _put(
        self,
        change: Change,
        dataset: str,
        group: str,
        minute: int,
        table: dict[str, np.ndarray],
        old: dict[str, list[FileRow]],
    ) -> None:
        """The one table that a minute of this dataset has."""
        if old[dataset]:
            change.replace(dataset, group, minute, minute + MINUTE, "piece", table)
        elif len(table["ts"]):
            change.write(dataset, group, "piece", table)

    def _unknown(self, rows: Rows, files: Sequence[FileRow], minute: int) -> Rows:
        """The rows that the lake doesn't have."""
        if not files or not len(rows.ts):
            return rows
        stored = self.lake.read(files, minute, minute + MINUTE, [])
        return rows.only(
            ~np.isin(_key(rows.station, rows.ts), _key(stored["station"], stored["ts"]))
        )

    def _with_stored(
        self, group: Group, block: int, rows: Rows, files: Sequence[FileRow], minute: int
    ) -> Rows:
        """New rows and the stored ones of the same minute."""
        if not files:
            return rows
        table = self.lake.read(files, minute, minute + MINUTE)
        none = np.full(len(table["ts"]), MISSING)
        stored = np.stack([table.get(code, none) for code in rows.codes])
        return group.judged(
            block,
            np.concatenate((table["station"], rows.station)),
            np.concatenate((table["ts"], rows.ts)),
            np.concatenate((stored, rows.values), axis=1),
        )

    def _state(self, rollup: MinuteRollup, minute: int) -> CounterState:
        """The counters' state of a group; after a start from what the lake knows."""
        name = rollup.group.name
        if name not in self._states:
            ids, codes = rollup.group.ids, [c.code for c in rollup.counters]
            self._states[name] = resumed(self.lake, name, ids, codes, minute)
        return self._states[name]


def _write_raw(group: Group, block: int, rows: Rows, change: Change) -> None:
    if not len(rows.ts):
        return
    columns = dict(zip(rows.codes, rows.values, strict=True))
    if block == FAST:
        columns |= running(columns, group.zones)
    table = {"station": rows.station, "ts": rows.ts, **columns}
    change.write(BLOCKS[block], group.name, "piece", table)


def _flag_table(blocks: Sequence[Rows]) -> dict[str, np.ndarray]:
    """One row a sample that isn't GOOD."""
    marked = [np.nonzero(rows.flags != Flag.GOOD) for rows in blocks]
    parts = [
        (rows.station[row], rows.ts[row], np.array(rows.codes, object)[line],
         rows.flags[line, row], rows.values[line, row])
        for rows, (line, row) in zip(blocks, marked, strict=True)
    ]  # fmt: skip
    names = ("station", "ts", "point", "flag", "raw")
    return {
        name: np.concatenate(some)
        for name, some in zip(names, zip(*parts, strict=True), strict=True)
    }


def _key(station: np.ndarray, ts: np.ndarray) -> np.ndarray:
    """One number per (station, ms); keeps their order."""
    key: np.ndarray = (station << 42) | ts
    return key


def _joined(
    rollup: MinuteRollup, before: dict[str, np.ndarray], increases: np.ndarray, readings: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What the counters had added in this minute already, and what they add now."""
    ids = rollup.group.ids
    known = np.isin(before["station"], ids)
    at = np.searchsorted(ids, before["station"][known])
    old_increases, old_readings = (np.full(increases.shape, MISSING) for _ in range(2))
    for i, column in enumerate(rollup.counters):
        for table, name in ((old_increases, f"{column.code}.inc"), (old_readings, column.code)):
            if name in before:
                table[i, at] = before[name][known]
    return (
        sum_known(old_increases, increases),
        np.where(readings == MISSING, old_readings, readings),
    )
