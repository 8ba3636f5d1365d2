"""The journal under crashes, rotten bytes, full and forbidden disks."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.frames import Frame
from ingest.journal import MINUTE, Journal, JournalError, batches

START = 1_800_000_000_000 // MINUTE * MINUTE


def frame(number: int, ms: int = START) -> Frame:
    return Frame(number, number % 2, ms + number, bytes([number % 256]) * (2 + 2 * (number % 5)))


def everything(journal: Journal) -> list[Frame]:
    segments = journal.segments(before=START + 60 * MINUTE)
    return [f for paths in segments.values() for f in journal.read(paths)]


def test_what_is_synced_is_read_back_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append([frame(1), frame(2)])
    journal.append([frame(3)])
    assert [len(batch.ms) for batch in journal.sync()] == [2, 1]
    assert journal.sync() == []
    assert everything(journal) == [frame(1), frame(2), frame(3)]
    journal.close()


def test_a_segment_is_a_minute_and_the_open_one_is_kept_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    frames = [frame(1), frame(2, START + MINUTE), frame(3, START)]
    journal.append(frames)
    journal.sync()
    assert list(journal.segments(before=START + MINUTE)) == [START]
    assert journal.read(journal.segments(START + MINUTE)[START]) == [frames[0], frames[2]]
    journal.drop(journal.segments(START + MINUTE)[START])
    assert everything(journal) == [frames[1]]
    journal.close()


def test_a_late_frame_opens_its_minute_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for number, ms in ((1, START), (2, START + MINUTE), (3, START)):
        journal.append([frame(number, ms)])
        journal.sync()
    paths = journal.segments(before=START + MINUTE)[START]
    assert len(paths) == 2
    assert journal.read(paths) == [frame(1), frame(3)]
    journal.close()


def test_after_a_restart_a_new_file_is_begun(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        journal = Journal(tmp_path)
        journal.append([frame(number)])
        journal.sync()
        journal.close()
    journal = Journal(tmp_path)
    assert everything(journal) == [frame(1), frame(2), frame(3)]
    journal.close()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damage_takes_only_the_batch_it_hits(data: st.DataObject) -> None:
    """Cut the newest file anywhere, or change any byte: every other synced batch survives, and
    the journal goes on."""
    groups = [[frame(10 * i + j) for j in range(i + 1)] for i in range(4)]
    with tempfile.TemporaryDirectory() as name:
        journal = Journal(Path(name))
        for group in groups:
            journal.append(group)
            journal.sync()
        journal.close()
        (file,) = Path(name).glob("*.journal")
        content = bytearray(file.read_bytes())
        spans = list(batches(bytes(content)))
        assert len(spans) == len(groups)
        at = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans(), "cut"):
            content = content[:at]
            intact = [g for g, (_, end) in zip(groups, spans, strict=True) if end <= at]
        else:
            content[at] ^= data.draw(st.integers(1, 255))
            hit = [start <= at < end for start, end in spans]
            intact = [g for g, h in zip(groups, hit, strict=True) if not h]
        file.write_bytes(content)
        journal = Journal(Path(name))
        journal.append([frame(99)])
        journal.sync()
        assert everything(journal) == [f for g in intact for f in g] + [frame(99)]
        journal.close()


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """A file can't grow beyond a limit: what was synced stays, what wasn't waits, and goes to
    the disk when there is room again."""
    journal = Journal(tmp_path)
    big = [[Frame(10_000 * i + j, 0, START, bytes(250)) for j in range(5000)] for i in range(4)]
    journal.append(big[0])
    assert len(journal.sync()) == 1
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal.size() + 500_000, limits[1]))
    try:
        for some in big[1:3]:
            journal.append(some)
            assert journal.sync() == []
            assert os.strerror(errno.EFBIG) in journal.error
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    journal.append(big[3])
    assert len(journal.sync()) == 3
    assert journal.error == ""
    assert everything(journal) == [f for some in big for f in some]
    journal.close()


def test_a_failed_sync_is_written_again_but_not_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    real = os.fdatasync

    def broken(_file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", broken)
    journal.append([frame(1)])
    assert journal.sync() == []
    assert "Input/output error" in journal.error
    monkeypatch.setattr(os, "fdatasync", real)
    journal.append([frame(2)])
    assert sum(len(batch.ms) for batch in journal.sync()) == 2
    assert everything(journal) == [frame(1), frame(2)]
    journal.close()


def test_memory_is_bounded_when_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, memory=200)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken:
        broken.setattr(os, "pwrite", full)
        for number in range(20):
            journal.append([frame(number)])
            assert journal.sync() == []
    kept = sum(len(batch.ms) for batch in journal.sync())
    assert 1 <= kept < 20
    assert journal.lost_frames == 20 - kept
    assert everything(journal) == [frame(n) for n in range(20 - kept, 20)]
    journal.close()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match=r"can't write the journal in .*file"):
        Journal(tmp_path / "file" / "journal")
    with pytest.raises(JournalError, match="can't write"):
        Journal(Path("/proc/journal"))


def test_one_collector_a_folder(tmp_path: Path) -> None:
    first = Journal(tmp_path)
    with pytest.raises(JournalError, match="another collector"):
        Journal(tmp_path)
    first.close()
    Journal(tmp_path).close()


WRITER = """
import sys
from pathlib import Path
from ingest.frames import Frame
from ingest.journal import Journal
journal = Journal(Path(sys.argv[1]))
for i in range(10**6):
    journal.append([Frame(i, 0, 1_800_000_000_000 + i, b"ab" * 50)])
    for batch in journal.sync():
        for f in batch.frames():
            print(f.station, flush=True)
"""


def test_kill_9_loses_no_acknowledged_frame(tmp_path: Path) -> None:
    safe: list[int] = []
    for lines in (50, 173):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            told = [next(writer.stdout) for _ in range(lines)]
            writer.kill()
            told += writer.stdout.readlines()
        safe += [int(line) for line in told if line.endswith("\n")]
        journal = Journal(tmp_path)
        found = [f.station for f in everything(journal)]
        journal.close()
        missing = set(safe) - set(found)
        assert not missing
