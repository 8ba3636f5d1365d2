"""The fleet's present: frames in, flags, derived points, alarms and the snapshot out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import numpy as np

from data.catalogue.flags import Flag
from data.snapshot import Snapshot, write
from ingest.derived import Derived
from ingest.fleet import Fleet
from ingest.frames import Frame


class Watcher(Protocol):
    """Who looks at every pass of the matrix: the alarms."""

    level: np.ndarray
    unacknowledged: np.ndarray

    def step(self, now: datetime, fresh: np.ndarray) -> None: ...


class Live:
    """Carries the matrix from tick to tick. Belongs to one thread."""

    def __init__(self, fleet: Fleet, watcher: Watcher, path: Path) -> None:
        self.fleet = fleet
        self._watcher = watcher
        self._path = path
        self._derived = Derived(fleet)
        self._refused: set[tuple[int, int]] = set()
        self._seq = 0

    def step(
        self, batches: Sequence[Sequence[Frame]], refused: Iterable[tuple[int, int]], now_ms: int
    ) -> None:
        """Take batches in and bring everything that hangs on the clock to `now_ms`.

        refused: (station, block) that give no data at the moment. Stations whose link came or
        went are looked at as fresh, too.
        """
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        looked = False
        for frames in batches:
            for fresh in self.fleet.update(frames):
                self._mark_refused(set(refused))
                turned = self._derived.update(now_ms)
                self._watcher.step(now, fresh | turned)
                looked = True
        if not looked:
            self._mark_refused(set(refused))
            self._watcher.step(now, self._derived.update(now_ms))

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
