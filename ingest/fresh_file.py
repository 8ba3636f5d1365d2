"""A file that another thread renames into place, read when it is new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile

import structlog

LOOK_MS = 60_000
R = TypeVar("R")
log = structlog.get_logger(__name__)


class FreshFile:
    """Looked at once a minute; belongs to one thread."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._looked = self._stamp = 0

    def __call__(self, now_ms: int, read: Callable[[Path], R]) -> R | None:
        """What `read` makes of the file, None when it is no other than before, isn't there or can't
        be read, which is logged."""
        if now_ms - self._looked < LOOK_MS:
            return None
        self._looked = now_ms
        try:
            stamp = self._file.stat().st_mtime_ns
            if stamp == self._stamp:
                return None
            self._stamp = stamp
            return read(self._file)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
            log.warning("a file can't be read", file=str(self._file), why=str(error))
            return None
