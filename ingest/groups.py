"""A group of stations that share files of the lake, and their frames as rows of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from data.catalogue.flags import USABLE, Flag
from data.catalogue.points import Column, columns
from data.catalogue.profiles import BlockPlan, compile_block
from data.station_rows import StationRow
from ingest.frames import BLOCKS, FAST, SLOW, Frame
from ingest.quality import Limits, judge, limits
from ingest.registers import MISSING, Decoder

_IS_USABLE = np.array([flag in USABLE for flag in Flag])


@dataclass(frozen=True)
class Frames:
    """Frames as columns."""

    station: np.ndarray
    """int64[m]: station ids."""
    block: np.ndarray
    ms: np.ndarray
    words: Sequence[bytes]

    @classmethod
    def of(cls, frames: Sequence[Frame]) -> Frames:
        count = len(frames)
        return cls(
            np.fromiter((f.station for f in frames), np.int64, count),
            np.fromiter((f.block for f in frames), np.int64, count),
            np.fromiter((f.ms for f in frames), np.int64, count),
            [f.words for f in frames],
        )

    def only(self, keep: np.ndarray) -> Frames:
        """The frames where bool[m] is set."""
        if keep.all():
            return self
        at = np.flatnonzero(keep)
        words = [self.words[i] for i in at.tolist()]
        return Frames(self.station[at], self.block[at], self.ms[at], words)

    def registers(self) -> np.ndarray:
        """uint16[m, count]; all frames of one length."""
        return np.frombuffer(b"".join(self.words), ">u2").reshape(len(self.words), -1)


@dataclass(frozen=True)
class Rows:
    """Answers of one block of one group, sorted by (station, ts), each moment once."""

    codes: tuple[str, ...]
    station: np.ndarray
    """int64[m]: station ids."""
    ts: np.ndarray
    """int64[m]: UTC ms."""
    values: np.ndarray
    """int64[k, m] in catalogue units, MISSING."""
    flags: np.ndarray
    """uint8[k, m]"""

    @cached_property
    def usable(self) -> np.ndarray:
        """int64[k, m]: values that analytics may use, MISSING elsewhere."""
        return np.where(_IS_USABLE[self.flags], self.values, MISSING)

    def only(self, keep: np.ndarray) -> Rows:
        """The rows where bool[m] is set."""
        if keep.all():
            return self
        return Rows(
            self.codes, self.station[keep], self.ts[keep], self.values[:, keep], self.flags[:, keep]
        )

    def with_rows(self, other: Rows) -> Rows:
        """These rows and the other's, in order."""
        station = np.concatenate((self.station, other.station))
        ts = np.concatenate((self.ts, other.ts))
        order = np.lexsort((ts, station))
        return Rows(
            self.codes,
            station[order],
            ts[order],
            np.concatenate((self.values, other.values), axis=1)[:, order],
            np.concatenate((self.flags, other.flags), axis=1)[:, order],
        )


class _Reading:
    """How the block of one profile enters the group's rows."""

    def __init__(self, plan: BlockPlan, line_of: dict[str, int]) -> None:
        self.size = 2 * plan.count
        self.decode = Decoder(plan)
        self.lines = np.array([line_of[code] for code in plan.codes], np.int64)
        self.points = len(line_of)
        self.whole = np.array_equal(self.lines, np.arange(self.points))


class Group:
    """The stations of one group, and how their registers become rows."""

    def __init__(self, name: str, stations: Sequence[StationRow]) -> None:
        self.name = name
        self.stations = tuple(stations)
        self.layout = stations[0].layout
        self.ids = np.array([s.id for s in stations], np.int64)
        self.columns: tuple[Column, ...] = columns(self.layout)
        self.codes = tuple(
            tuple(c.code for c in self.columns if c.point.block == block) for block in BLOCKS
        )
        self.zones = dict(zip(self.layout.zones, self.layout.pumps, strict=True))
        self._limits: tuple[Limits, ...] = tuple(limits(codes) for codes in self.codes)
        self._readings = {
            (profile, block): self._reading(profile, block)
            for profile in {s.profile for s in stations}
            for block in (FAST, SLOW)
        }
        self._profiles = {
            profile: np.array([s.id for s in stations if s.profile == profile], np.int64)
            for profile in sorted({s.profile for s in stations})
        }

    def _reading(self, profile: str, block: int) -> _Reading:
        line_of = {code: line for line, code in enumerate(self.codes[block])}
        return _Reading(compile_block(profile, self.layout, BLOCKS[block]), line_of)

    def rows(self, block: int, frames: Frames) -> Rows:
        """Decode and judge frames of one block of this group. A frame of another length than its
        plan's is left out (an answer to a plan that has changed since)."""
        parts, values, flags = [], [], []
        for profile in self._profiles:
            reading = self._readings[profile, block]
            mine = frames.only(np.isin(frames.station, self._profiles[profile]))
            mine = mine.only(np.array([len(w) == reading.size for w in mine.words], bool))
            if len(mine.ms):
                parts.append(mine)
                decoded, bad = reading.decode(mine.registers())
                values.append(
                    decoded if reading.whole else self._widened(reading, decoded, MISSING)
                )
                flags.append(bad if reading.whole else self._widened(reading, bad, 0))
        if not parts:
            shape = (len(self.codes[block]), 0)
            none = np.empty(0, np.int64)
            return Rows(
                self.codes[block], none, none, np.empty(shape, np.int64), np.empty(shape, np.uint8)
            )
        station = np.concatenate([p.station for p in parts])
        ts = np.concatenate([p.ms for p in parts])
        order = np.lexsort((ts, station))
        station, ts = station[order], ts[order]
        new = np.ones(len(ts), bool)
        new[1:] = (np.diff(station) != 0) | (np.diff(ts) != 0)
        order = order[new]
        rows = Rows(
            self.codes[block],
            station[new],
            ts[new],
            np.concatenate(values, axis=1)[:, order],
            np.concatenate(flags, axis=1)[:, order],
        )
        return self._judged(block, rows)

    def _widened(self, reading: _Reading, decoded: np.ndarray, empty: int) -> np.ndarray:
        """All points of the block, also those that this profile doesn't have."""
        full = np.full((reading.points, decoded.shape[1]), empty, decoded.dtype)
        full[reading.lines] = decoded
        return full

    def _judged(self, block: int, rows: Rows) -> Rows:
        """Flags of quality. A rate is judged against the row before, within the same call."""
        known = self._limits[block]
        previous = np.full((len(known.rated), len(rows.ts)), MISSING)
        seconds = np.zeros(len(rows.ts))
        if len(rows.ts) > 1:
            same = rows.station[1:] == rows.station[:-1]
            previous[:, 1:] = np.where(same, rows.values[known.rated][:, :-1], MISSING)
            seconds[1:] = np.where(same, np.diff(rows.ts) / 1000, 0)
        flags = judge(known, rows.values, rows.flags, previous, seconds)
        return Rows(rows.codes, rows.station, rows.ts, rows.values, flags)
