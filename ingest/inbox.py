"""Files of readings that were dropped into VAR/inbox: read, moved to inbox/done, and a report of
what was refused put beside them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog

from data.household import Household
from data.station_import import RefusedRow
from data.station_table import MOST_BYTES

log = structlog.get_logger(__name__)
ENDINGS = (".csv", ".txt", ".xlsx")
SETTLED = 5.0
"""Seconds without a change after which a file counts as whole: somebody may still be copying."""
MOST_AT_ONCE = 5


class Inbox:
    """The folder. Nothing in it is ever deleted."""

    def __init__(self, folder: Path, household: Household) -> None:
        self._folder, self._household = folder, household

    def run(self, now: datetime) -> int:
        """Take in what lies there, the oldest first; returns the number of files.

        A file that can't be read at all goes to `done` as well, with its report."""
        if not self._folder.is_dir():
            return 0
        waiting = sorted(
            (f for f in self._folder.iterdir() if f.suffix.lower() in ENDINGS and _whole(f, now)),
            key=lambda f: (f.stat().st_mtime, f.name),
        )
        for file in waiting[:MOST_AT_ONCE]:
            self._take(file, now)
        return len(waiting[:MOST_AT_ONCE])

    def _take(self, file: Path, now: datetime) -> None:
        with file.open("rb") as content:
            taken = self._household.take_dropped(content, file.name, now)
        done = self._folder / "done"
        done.mkdir(exist_ok=True)
        target = _free(done, file, now)
        if taken.refused:
            _report(target.with_name(f"{target.name}.refused.csv"), taken.refused)
        file.replace(target)
        log.info("readings taken in", file=file.name, rows=taken.added, refused=len(taken.refused))


def _whole(file: Path, now: datetime) -> bool:
    """A plain file that nobody has written to for a while; no link leads out of the folder."""
    if file.is_symlink() or not file.is_file():
        return False
    known = file.stat()
    if known.st_size > MOST_BYTES:
        log.error("a file in the inbox is too large", file=file.name, most=MOST_BYTES)
        return False
    return now.timestamp() - known.st_mtime >= SETTLED


def _free(folder: Path, file: Path, now: datetime) -> Path:
    """A name in `folder` that no file has: the same file may come again."""
    target = folder / file.name
    number = 1
    while target.exists():
        target = folder / f"{file.stem}.{now:%Y%m%dT%H%M%S}.{number}{file.suffix}"
        number += 1
    return target


def _report(path: Path, refused: Sequence[RefusedRow]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["row", "column", "reason", "values"])
        for row in refused:
            words = "; ".join(f"{name}={value}" for name, value in row.values.items())
            writer.writerow([row.row, row.field, row.reason, words])
