"""Frames on disk before anyone is told that they are received.

Append-only segment files, one per UTC minute and start of the collector. A batch in a segment is
magic, length, CRC-32 and packed frames. One group fdatasync covers all batches of a second. What
can't be written waits in memory, bounded, and is tried again.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import structlog

from ingest.frames import Frame, pack, unpack

MINUTE = 60_000
MAGIC = b"PHJ1"
_HEAD = struct.Struct("<4sII")
_NAME = "%Y%m%dT%H%MZ"
log = structlog.get_logger(__name__)


class JournalError(RuntimeError):
    """The journal's folder can't be used; the message says what to do."""


@dataclass(frozen=True)
class Batch:
    """Frames of one minute on their way to the disk."""

    minute: int
    """UTC ms of the minute's start."""
    data: bytes
    """As it stands in the segment."""
    ms: np.ndarray
    """int64: when each frame was read."""

    def frames(self) -> list[Frame]:
        return unpack(self.data[_HEAD.size :])


@dataclass
class _Segment:
    minute: int
    path: Path
    file: int
    size: int = 0
    """Bytes known to be on disk; what stands beyond was never acknowledged."""


class Journal:
    """One writer a folder. `append` and `sync` belong to one thread, the rest to any."""

    def __init__(self, folder: Path, memory: int = 64 << 20) -> None:
        """Opens the folder, cuts a torn tail off. Raises JournalError when it can't be
        written or another collector holds it. `memory`: most bytes that wait for a disk."""
        self.folder = folder
        self.memory = memory
        self.error = ""
        """Why nothing can be written at the moment; empty = all is well."""
        self.lost_frames = 0
        """Frames given up because they waited too long; none of them was acknowledged."""
        self._waiting: deque[Batch] = deque()
        self._waiting_bytes = 0
        self._open: _Segment | None = None
        self._guard = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            _probe(folder)
        except OSError as error:
            raise JournalError(f"can't write the journal in {folder}: {error.strerror}") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise JournalError(f"another collector is writing the journal in {folder}") from error
        self._cut_tail()

    def append(self, frames: Sequence[Frame]) -> None:
        """Take frames for the next `sync`, by minute of their time."""
        by_minute: dict[int, list[Frame]] = {}
        for frame in frames:
            by_minute.setdefault(frame.ms // MINUTE * MINUTE, []).append(frame)
        for minute in sorted(by_minute):
            some = by_minute[minute]
            body = pack(some)
            data = _HEAD.pack(MAGIC, len(body), zlib.crc32(body)) + body
            self._waiting.append(Batch(minute, data, np.array([f.ms for f in some], np.int64)))
            self._waiting_bytes += len(data)
        self._bound()

    def _bound(self) -> None:
        lost = 0
        while self._waiting_bytes > self.memory:
            batch = self._waiting.popleft()
            self._waiting_bytes -= len(batch.data)
            lost += len(batch.ms)
        if lost:
            self.lost_frames += lost
            log.error("frames given up, the journal can't be written", frames=lost, why=self.error)

    def sync(self) -> list[Batch]:
        """Write what waits and fdatasync it; returns what is acknowledged now.

        Never raises OSError: it is kept in `error`, said in the log when it comes and when it
        goes, and the batches stay for the next call.
        """
        done: list[Batch] = []
        with self._guard:
            try:
                while self._waiting:
                    done += self._write_minute()
            except OSError as error:
                self._failed(error)
                return done
        if self.error:
            log.info("the journal can be written again", folder=str(self.folder))
            self.error = ""
        return done

    def _write_minute(self) -> list[Batch]:
        """Write and sync the batches at the head that belong to one minute."""
        minute = self._waiting[0].minute
        some = []
        for batch in self._waiting:
            if batch.minute != minute:
                break
            some.append(batch)
        segment = self._segment(minute)
        data = b"".join(batch.data for batch in some)
        written = 0
        while written < len(data):
            written += os.pwrite(segment.file, data[written:], segment.size + written)
        os.fdatasync(segment.file)
        segment.size += len(data)
        for _ in some:
            self._waiting.popleft()
        self._waiting_bytes -= len(data)
        return some

    def _segment(self, minute: int) -> _Segment:
        if self._open is not None and self._open.minute == minute:
            return self._open
        self._close_segment()
        stem = datetime.fromtimestamp(minute / 1000, UTC).strftime(_NAME)
        number = max((int(p.stem[-4:]) for p in self.folder.glob(f"{stem}-*.journal")), default=0)
        path = self.folder / f"{stem}-{number + 1:04d}.journal"
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        self._open = _Segment(minute, path, file)
        _sync_folder(self.folder)
        return self._open

    def _close_segment(self) -> None:
        if self._open is not None:
            os.close(self._open.file)
            self._open = None

    def _failed(self, error: OSError) -> None:
        why = f"{error.strerror} ({self.folder})"
        if why != self.error:
            log.error("the journal can't be written, polling goes on", why=why)
        self.error = why

    def segments(self, before: int) -> dict[int, list[Path]]:
        """Files by minute, oldest first, of minutes that start before `before` (UTC ms).
        They are closed: nothing is written to them any more."""
        with self._guard:
            if self._open is not None and self._open.minute < before:
                self._close_segment()
            found: dict[int, list[Path]] = {}
            for path in sorted(self.folder.glob("*.journal")):
                minute = _minute(path)
                if minute < before and (self._open is None or path != self._open.path):
                    found.setdefault(minute, []).append(path)
        return found

    def read(self, paths: Iterable[Path]) -> list[Frame]:
        """All frames of these files, in order; damaged batches are left out and logged."""
        frames: list[Frame] = []
        for path in paths:
            data = path.read_bytes()
            good = 0
            for start, end in batches(data):
                frames += unpack(data[start + _HEAD.size : end])
                good += end - start
            if good != len(data):
                log.warning("damaged bytes in the journal", file=path.name, bytes=len(data) - good)
        return frames

    def drop(self, paths: Iterable[Path]) -> None:
        """Unlink files whose frames are in the lake."""
        for path in paths:
            path.unlink(missing_ok=True)
        _sync_folder(self.folder)

    def size(self) -> int:
        """Bytes of all segments on disk."""
        return sum(path.stat().st_size for path in self.folder.glob("*.journal"))

    def close(self) -> None:
        """A last `sync` is the caller's. Lets another collector in."""
        with self._guard:
            self._close_segment()
        os.close(self._lock)

    def _cut_tail(self) -> None:
        """The newest segment may end in a batch that the crash cut short."""
        newest = max(self.folder.glob("*.journal"), default=None)
        if newest is None:
            return
        data = newest.read_bytes()
        end = max((end for _, end in batches(data)), default=0)
        if end < len(data):
            log.warning("torn tail of the journal cut", file=newest.name, bytes=len(data) - end)
            os.truncate(newest, end)


def batches(data: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of every whole batch; what is damaged between them is skipped."""
    at = data.find(MAGIC)
    while at >= 0:
        end = at + _HEAD.size
        if end <= len(data):
            _, length, crc = _HEAD.unpack_from(data, at)
            if end + length <= len(data) and zlib.crc32(data[end : end + length]) == crc:
                yield at, end + length
                at = data.find(MAGIC, end + length)
                continue
        at = data.find(MAGIC, at + 1)


def _minute(path: Path) -> int:
    stamp = datetime.strptime(path.stem[:-5], _NAME).replace(tzinfo=UTC)
    return int(stamp.timestamp()) * 1000


def _probe(folder: Path) -> None:
    probe = folder / "probe"
    probe.write_bytes(MAGIC)
    probe.unlink()


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
