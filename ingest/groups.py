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
        station, block, ms, words = zip(*frames, strict=True) if frames else ((), (), (), ())
        return cls(
            np.array(station, np.int64), np.array(block, np.int64), np.array(ms, np.int64), words
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


class _Reading:
    """How the block of one profile enters the group's rows."""

    def __init__(self, plan: BlockPlan, codes: Sequence[str]) -> None:
        self.size = 2 * plan.count
        self._decode = Decoder(plan)
        line_of = {code: line for line, code in enumerate(codes)}
        self._lines = np.array([line_of[code] for code in plan.codes], np.int64)
        self._points = len(codes)
        self.absent = np.setdiff1d(np.arange(self._points), self._lines)
        """Points of the layout that this profile doesn't have."""

    def __call__(self, words: np.ndarray) -> np.ndarray:
        """int64[points of the block, m], MISSING where there is no value or no such point."""
        values, _ = self._decode(words)
        if np.array_equal(self._lines, np.arange(self._points)):
            return values
        full = np.full((self._points, values.shape[1]), MISSING)
        full[self._lines] = values
        return full


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
            (profile, block): _Reading(
                compile_block(profile, self.layout, BLOCKS[block]), self.codes[block]
            )
            for profile in {s.profile for s in stations}
            for block in (FAST, SLOW)
        }
        self._profiles = {
            profile: np.array([s.id for s in stations if s.profile == profile], np.int64)
            for profile in sorted({s.profile for s in stations})
        }

    def rows(self, block: int, frames: Frames) -> Rows:
        """Decode and judge frames of one block of this group. A frame of another length than its
        plan's is left out (an answer to a plan that has changed since)."""
        none = np.empty(0, np.int64)
        station, ts = [none], [none]
        values = [np.empty((len(self.codes[block]), 0), np.int64)]
        for profile, ids in self._profiles.items():
            reading = self._readings[profile, block]
            mine = frames.only(np.isin(frames.station, ids))
            mine = mine.only(np.array([len(w) == reading.size for w in mine.words], bool))
            if len(mine.ms):
                station.append(mine.station)
                ts.append(mine.ms)
                values.append(reading(mine.registers()))
        return self.judged(
            block, np.concatenate(station), np.concatenate(ts), np.concatenate(values, axis=1)
        )

    def judged(self, block: int, station: np.ndarray, ts: np.ndarray, values: np.ndarray) -> Rows:
        """Rows in order, each (station, ts) once, with their flags of quality.

        Flags follow from the values alone, so a minute that is put together again has the flags
        of one that came at once. A rate is judged against the row before, within the call.
        """
        order = np.lexsort((ts, station))
        new = np.ones(len(order), bool)
        new[1:] = (np.diff(station[order]) != 0) | (np.diff(ts[order]) != 0)
        order = order[new]
        station, ts, values = station[order], ts[order], values[:, order]
        known = self._limits[block]
        previous = np.full((len(known.rated), len(ts)), MISSING)
        seconds = np.zeros(len(ts))
        if len(ts) > 1:
            same = station[1:] == station[:-1]
            previous[:, 1:] = np.where(same, values[known.rated][:, :-1], MISSING)
            seconds[1:] = np.where(same, np.diff(ts) / 1000, 0)
        bad = (values == MISSING).view(np.uint8) * np.uint8(Flag.BAD_SENSOR)
        for profile, ids in self._profiles.items():
            absent = self._readings[profile, block].absent
            if len(absent):
                bad[np.ix_(absent, np.isin(station, ids))] = Flag.GOOD
        flags = judge(known, values, bad, previous, seconds)
        return Rows(self.codes[block], station, ts, values, flags)
