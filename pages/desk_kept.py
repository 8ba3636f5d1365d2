"""Answers of the query layer, kept for a minute and made anew while somebody looks."""

from __future__ import annotations

import time
from threading import Lock, Thread
from typing import Any

KEPT_SECONDS = 60.0
MOST_KEPT = 96


class Kept:
    """Safe between threads; the oldest half goes when there are too many."""

    def __init__(self, seconds: float = KEPT_SECONDS) -> None:
        self.seconds = seconds
        self._lock = Lock()
        self._answers: dict[Any, tuple[float, Any]] = {}
        self._making: set[Any] = set()

    def __call__(self, key: Any, make: Any) -> Any:
        """What `make` gives, at most `seconds` old. As long again an old answer is given while a
        thread makes the next one: who looks all the time never waits."""
        with self._lock:
            known = self._answers.get(key)
            age = time.monotonic() - known[0] if known else float("inf")
            if self.seconds < age <= 2 * self.seconds and key not in self._making:
                self._making.add(key)
                Thread(target=self._make, args=(key, make), daemon=True).start()
        if known and age <= 2 * self.seconds:
            return known[1]
        return self._make(key, make)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._answers.clear()

    def _make(self, key: Any, make: Any) -> Any:
        try:
            made = make()
            with self._lock:
                if len(self._answers) >= MOST_KEPT:
                    self._answers = dict(list(self._answers.items())[MOST_KEPT // 2 :])
                self._answers[key] = (time.monotonic(), made)
            return made
        finally:
            self._making.discard(key)
