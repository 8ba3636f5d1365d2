"""Logs of all programs: structlog to standard error, lines for people or JSON for machines."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog

from data.settings import Settings


def configure(settings: Settings) -> None:
    """Set structlog and the libraries' loggers up. Call once, at a program's front door."""
    level = logging.getLevelName(settings.log_level.upper())
    if not isinstance(level, int):
        raise ValueError(f"PUMPHOUSE_LOG_LEVEL: no such level: {settings.log_level}")
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if settings.log_json:
        render: list[Any] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        render = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    structlog.configure(
        processors=[*before, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Stderr())),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr)


class _Stderr:
    """Standard error that never fails: a full disk under a log must not end a program."""

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


class Rationed:
    """Says at most so many lines in a window of seconds, then how many were left out."""

    def __init__(self, say: Callable[..., Any], lines: int = 20, window: float = 10.0) -> None:
        """say: a method of a logger, e.g. `log.warning`."""
        self._say = say
        self._lines, self._window = lines, window
        self._said = self._left_out = 0
        self._since = float("-inf")

    def __call__(self, now: float, event: str, **values: Any) -> None:
        """`now` in s of any clock that doesn't run back."""
        self.look(now)
        if self._said >= self._lines:
            self._left_out += 1
            return
        self._said += 1
        self._say(event, **values)

    def look(self, now: float) -> None:
        """Begin a new window when the old one is over."""
        if now - self._since < self._window:
            return
        if self._left_out:
            self._say("more lines of this kind", left_out=self._left_out)
        self._said = self._left_out = 0
        self._since = now
