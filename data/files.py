"""Results of jobs on the disk: written aside, renamed when whole, kept some days."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PART, SCRATCH = ".part", ".scratch"
ENDINGS = (".csv", ".xlsx", PART)


class Files:
    """Files below one folder. A name is one word that `fresh` gave; no path leads out."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path | None:
        """The file of that name, None when there is none."""
        if not name or Path(name).name != name:
            return None
        found = self.root / name
        return found if found.is_file() else None

    @contextmanager
    def fresh(self, stem: str, ending: str) -> Iterator[tuple[str, Path]]:
        """(name, path to write to) of a new file; it stands under its name after the block, and
        nowhere when the block fails. The name can't be guessed. Raises OSError."""
        self.root.mkdir(parents=True, exist_ok=True)
        name = f"{stem}-{secrets.token_hex(8)}.{ending}"
        aside = self.root / f"{name}{PART}"
        try:
            yield name, aside
            aside.replace(self.root / name)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise

    def sweep(self, kept: set[str]) -> int:
        """Unlink whatever isn't `kept`: old results, and parts that a crash left; their number.
        Only for the one runner, while it writes nothing."""
        gone = 0
        for file in self.root.glob("*"):
            if file.is_dir() and file.name.endswith(SCRATCH):
                shutil.rmtree(file, ignore_errors=True)
            elif (
                file.is_file() and file.suffix in (".csv", ".xlsx", PART) and file.name not in kept
            ):
                file.unlink(missing_ok=True)
                gone += 1
        return gone
