"""From the journal to the lake, minute by minute, and the order of the lake between two minutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import structlog

from ingest.compaction import Housekeeping
from ingest.flush import Flusher
from ingest.journal import MINUTE, Journal

log = structlog.get_logger(__name__)

Chore = Callable[[datetime], object]
"""What the lake's thread does besides, such as taking in files of readings."""


class Landing:
    """Belongs to one thread, the only writer of live data in the lake."""

    def __init__(
        self,
        journal: Journal,
        flusher: Flusher,
        housekeeping: Housekeeping,
        now_ms: int,
        chores: Sequence[Chore] = (),
    ) -> None:
        self._journal = journal
        self._flusher = flusher
        self._housekeeping = housekeeping
        self._chores = chores
        self._next = (now_ms // MINUTE + 1) * MINUTE
        """The next whole minute of this run that isn't in the lake."""
        self._untidy = True

    def step(self, now_ms: int) -> bool:
        """Land the oldest minute that is over; when there is none, tidy up once. True when
        there is more to do at once. Raises what the disk and the records raise; nothing is
        lost then, the next call does it again."""
        minute = now_ms // MINUTE * MINUTE
        segments = self._journal.segments(before=minute)
        oldest = min([*segments, self._next])
        if oldest < minute:
            self._land(oldest, segments)
            return True
        if self._untidy:
            now = datetime.fromtimestamp(now_ms / 1000, UTC)
            self._untidy = self._housekeeping.run(now).waiting > 0
            if not self._untidy:
                self._run_chores(now)
        return self._untidy

    def _run_chores(self, now: datetime) -> None:
        """Once a minute; what fails is tried again the next minute and holds up nothing."""
        for chore in self._chores:
            try:
                chore(now)
            except Exception:
                log.exception("a chore of the collector failed")

    def _land(self, minute: int, segments: dict[int, list[Path]]) -> None:
        """Also a minute in which nobody answered: that is a fact, too."""
        paths = segments.get(minute, [])
        done = self._flusher.flush(minute, self._journal.read(paths))
        if done.strangers:
            log.warning("frames of stations or plans that are gone", frames=done.strangers)
        self._journal.drop(paths)
        self._next = max(self._next, minute + MINUTE)
        self._untidy = True
