"""A wheel of slots: one timer for thousands of things that each have their turn once a period."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

SLOT = 0.02
"""s; what shares a slot is served together, which costs half of a timer each."""


class Wheel:
    """Calls `serve(slot, now)` for every slot once a period, in order; slots that are late are
    served at once, whole periods that were slept through are counted and left out."""

    def __init__(self, period: float, serve: Callable[[int, float], None]) -> None:
        """Needs a running loop; `now` is the loop's time in s."""
        self.slots = max(4, round(period / SLOT))
        self.lags: list[float] = []
        """s that the slots since the last look came late."""
        self.missed_periods = 0
        self._loop = asyncio.get_running_loop()
        self._serve = serve
        self._period = period
        self._width = period / self.slots
        self._slot = 0
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._due = self._loop.time()
        self._timer = self._loop.call_soon(self._turn)  # type: ignore[assignment]

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _turn(self) -> None:
        now = self._loop.time()
        late = now - self._due
        self.lags.append(late)
        periods = int(late / self._period)
        self.missed_periods += periods
        self._due += periods * self._period
        try:
            while self._due <= now:
                slot, self._slot = self._slot, (self._slot + 1) % self.slots
                self._due += self._width
                self._serve(slot, now)
        finally:  # a turn that fails is the loop's to tell; the wheel goes on
            self._timer = self._loop.call_at(self._due, self._turn)
