"""When to try again: a wait that doubles with every failure, with jitter, within two bounds."""

from __future__ import annotations

import random


class Backoff:
    """Times in s of any clock that doesn't run back."""

    __slots__ = ("_failures", "_longest", "_retry_at", "_shortest")

    def __init__(self, shortest: float, longest: float) -> None:
        self._shortest, self._longest = shortest, longest
        self._failures = 0
        self._retry_at = 0.0

    def failed(self, now: float) -> None:
        """Wait half to all of the doubled span, so that thousands don't come back as one."""
        span = min(self._longest, self._shortest * 2**self._failures)
        self._retry_at = now + max(self._shortest, random.uniform(span / 2, span))
        self._failures = min(self._failures + 1, 16)

    def succeeded(self) -> None:
        self._failures = 0

    def ready(self, now: float) -> bool:
        return now >= self._retry_at
