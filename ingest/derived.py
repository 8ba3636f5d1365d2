"""Points that the collector makes itself: CM.ONLINE, CM.LAG and the running pumps of a zone."""

from __future__ import annotations

import numpy as np

from data.catalogue.flags import Flag
from data.catalogue.points import ZONES
from ingest.fleet import Fleet
from ingest.frames import FAST, SLOW

LOST_MS = 6_000
"""Without a good fast answer for this long a link is lost (three cycles of 2 s); it then shows
within 10 s, with the timeout, a tick and the snapshot on top."""
LONGEST_LAG = 86_400_000


class Derived:
    """Keeps the derived points of one fleet."""

    def __init__(self, fleet: Fleet, lost_ms: int = LOST_MS) -> None:
        self.fleet = fleet
        self.lost_ms = lost_ms
        self._online = fleet.line_of.get("CM.ONLINE")
        self._lag = fleet.line_of.get("CM.LAG")
        self._zones = [
            (fleet.line_of[f"{zone}.NRUN"], self._runs(zone))
            for zone in ZONES
            if f"{zone}.NRUN" in fleet.line_of
        ]

    def _runs(self, zone: str) -> np.ndarray:
        return np.array(
            [
                line
                for line, column in enumerate(self.fleet.columns)
                if column.zone == zone and column.point.code.endswith(".RUN")
            ],
            np.int64,
        )

    def update(self, now_ms: int) -> np.ndarray:
        """Bring the derived points to `now_ms`; a link that is lost now has all its points
        marked BAD_COMM. Returns bool[n]: stations whose link came or went."""
        fleet = self.fleet
        age = np.clip(now_ms - fleet.fast_ms, 0, LONGEST_LAG)
        online = age < self.lost_ms
        changed: np.ndarray = online != fleet.online
        lost = np.flatnonzero(changed & ~online)
        for block in (FAST, SLOW):
            fleet.mark(lost.tolist(), block, Flag.BAD_COMM)
        fleet.online[:] = online
        if self._online is not None:
            fleet.values[self._online] = online
        if self._lag is not None:
            fleet.values[self._lag] = age
        self.count_running()
        return changed

    def count_running(self) -> None:
        """A pump whose state isn't known makes the count UNCERTAIN, a lost link BAD_COMM."""
        fleet = self.fleet
        for line, runs in self._zones:
            values, flags = fleet.values[runs], fleet.judged[runs]
            has = (flags != Flag.GOOD) | (values >= 0)
            doubtful = (has & (flags != Flag.GOOD)).any(axis=0)
            flag = np.where(doubtful, np.uint8(Flag.UNCERTAIN), np.uint8(Flag.GOOD))
            exists = has.any(axis=0)
            fleet.judged[line] = np.where(exists, flag, np.uint8(Flag.GOOD))
            flag[exists & ~fleet.online] = Flag.BAD_COMM
            seen = (values >= 0).any(axis=0)
            fleet.values[line] = np.where(seen, (values == 1).sum(axis=0), np.iinfo(np.int64).min)
            fleet.flags[line] = np.where(exists, flag, np.uint8(Flag.GOOD))
