"""The fleet's present: frames in, flags, derived points, alarms and the snapshot out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from data.catalogue.flags import Flag
from data.snapshot import Snapshot, write
from ingest.derived import Derived
from ingest.fleet import Fleet
from ingest.frames import SECOND, Answer, Frame, by_second

PAUSE = 10_000
"""ms; seconds of a longer pause of the collector are not told one by one."""


Batch = tuple[Sequence[Frame], int]
"""Frames, and the ms up to which no more will come."""


class Watcher(Protocol):
    """Who looks at every pass of the matrix: the alarms."""

    level: np.ndarray
    unacknowledged: np.ndarray

    def arrived(self, answers: Sequence[Answer]) -> None: ...

    def sample(self, second: int, fresh: np.ndarray) -> None: ...

    def tick(self, second: int) -> None: ...


class Live:
    """Carries the matrix from second to second, in the order of the frames' own times. Belongs to
    one thread."""

    def __init__(self, fleet: Fleet, watcher: Watcher, path: Path) -> None:
        self.fleet = fleet
        self._watcher = watcher
        self._path = path
        self._derived = Derived(fleet)
        self._refused: set[tuple[int, int]] = set()
        self._seq = 0
        self._ticked = 0

    def step(
        self, batches: Sequence[Batch], refused: Iterable[tuple[int, int]], now_ms: int
    ) -> None:
        """Take batches in and bring everything that hangs on the clock to the last whole second
        up to which all frames have come, the display to `now_ms`.

        refused: (station, block) that give no data at the moment. Stations whose link came or
        went are looked at as fresh, too.
        """
        for frames, until in batches:
            last = until // SECOND * SECOND
            if last < self._ticked or not self._ticked:
                self.fleet.rewind(until)
                self._ticked = last - SECOND
            due = by_second(frames)
            for second in sorted({*due, *self._seconds(last)}):
                some = due.get(second, [])
                self._watcher.arrived(some)
                for fresh in self.fleet.update(some):
                    self._derived.count_running()
                    self._watcher.sample(second, fresh)
                if self._ticked < second <= last:
                    self._ticked = second
                    self._derived.update(second)
                    self._watcher.tick(second)
        self._mark_refused(set(refused))
        self._derived.update(now_ms)

    def _seconds(self, last: int) -> range:
        """Whole seconds up to `last` that haven't been told."""
        first = self._ticked + SECOND if last - self._ticked <= PAUSE else last
        return range(first, last + 1, SECOND)

    def _mark_refused(self, refused: set[tuple[int, int]]) -> None:
        for station, block in refused - self._refused:
            row = self.fleet.row_of.get(station)
            if row is not None:
                self.fleet.mark((row,), block, Flag.BAD_COMM)
        self._refused = refused

    def publish(self, facts: Mapping[str, float | int | str | None], now_ms: int) -> None:
        """Put the snapshot in place. Raises OSError."""
        self._seq += 1
        fleet = self.fleet
        write(
            self._path,
            Snapshot(
                seq=self._seq,
                at_ms=now_ms,
                stations=fleet.ids,
                codes=fleet.codes,
                values=fleet.values,
                flags=fleet.flags,
                fast_ms=fleet.fast_ms,
                slow_ms=fleet.slow_ms,
                online=fleet.online,
                level=self._watcher.level,
                unacknowledged=self._watcher.unacknowledged,
                facts=facts,
            ),
        )
