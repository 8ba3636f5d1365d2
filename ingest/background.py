"""A thread of the collector that does a step every few seconds, as long as a block lasts."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import structlog

from data.logs import Rationed

log = structlog.get_logger(__name__)


class Background(ABC):
    """What a step raises is logged as `trouble`, and the next step does it again."""

    def __init__(self, name: str, pause: float, trouble: str) -> None:
        """`pause`: s between two steps."""
        self._stop = threading.Event()
        self._pause, self._what = pause, trouble
        self._trouble = Rationed(log.warning, lines=3)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def step(self, now: datetime) -> int:
        """What is done at `now`; how much."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            try:
                self.step(datetime.now(UTC))
            except Exception as error:
                self._trouble(time.monotonic(), self._what, why=str(error))
