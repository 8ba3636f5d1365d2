"""The snapshot file: what is written is read, whole or not at all."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from data.catalogue.flags import Flag
from data.snapshot import MISSING, Snapshot, SnapshotReader, write

CODES = ("PH.P_MAIN", "EL.E", "L.P1.VFD_CODE", "CM.ONLINE", "CM.LAG")


def snapshot(seq: int = 1, n: int = 3) -> Snapshot:
    values = np.full((len(CODES), n), seq, np.int64)
    return Snapshot(
        seq=seq, at_ms=10_000, stations=np.arange(1, n + 1, dtype=np.int32), codes=CODES,
        values=values, flags=np.zeros(values.shape, np.uint8), fast_ms=np.full(n, 8_500),
        slow_ms=np.zeros(n, np.int64), online=np.array([True, False, True][:n]),
        level=np.arange(n, dtype=np.uint8), unacknowledged=np.ones(n, np.uint8),
        facts={"rate": 1.5, "count": 3, "error": "", "first": None},
    )  # fmt: skip


def test_everything_comes_back(tmp_path: Path) -> None:
    sent = snapshot()
    write(tmp_path / "live.arrow", sent)
    found = SnapshotReader(tmp_path / "live.arrow").read()
    assert found is not None
    for name in ("stations", "values", "flags", "fast_ms", "slow_ms", "online", "level",
                 "unacknowledged"):  # fmt: skip
        got, want = getattr(found, name), getattr(sent, name)
        assert got.dtype == want.dtype, name
        assert (got == want).all(), name
    assert (found.seq, found.at_ms, found.codes) == (1, 10_000, CODES)
    assert found.facts == sent.facts
    assert [p.name for p in tmp_path.iterdir()] == ["live.arrow"]


def test_values_are_in_their_units(tmp_path: Path) -> None:
    sent = snapshot()
    sent.values[:, 0] = (301, 9_999_999_901, 7, 1, 1_500)
    sent.values[0, 1], sent.flags[0, 1] = MISSING, Flag.BAD_SENSOR
    sent.values[0, 2] = MISSING
    write(tmp_path / "live.arrow", sent)
    found = SnapshotReader(tmp_path / "live.arrow").read()
    assert found is not None
    assert [found.value(1, code) for code in CODES] == [0.301, 99_999_999.01, 7.0, 1.0, 1.5]
    assert found.row(1)["PH.P_MAIN"] == (0.301, Flag.GOOD, 1.5)
    assert found.row(1)["EL.E"] == (99_999_999.01, Flag.GOOD, None)
    assert found.row(1)["CM.LAG"] == (1.5, Flag.GOOD, 0.0)
    assert found.row(2)["PH.P_MAIN"] == (None, Flag.BAD_SENSOR, 1.5)
    assert "PH.P_MAIN" not in found.row(3)
    assert found.value(1, "no such") is found.value(99, "EL.E") is None
    assert found.row(99) == {}


def test_no_file_and_no_arrow_file_are_no_snapshot(tmp_path: Path) -> None:
    reader = SnapshotReader(tmp_path / "live.arrow")
    assert reader.read() is None
    (tmp_path / "live.arrow").write_bytes(b"")
    assert reader.read() is None
    (tmp_path / "live.arrow").write_bytes(b"rubbish" * 1000)
    assert reader.read() is None
    write(tmp_path / "live.arrow", snapshot())
    assert reader.read() is not None


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 2999))
def test_a_cut_file_is_no_snapshot(tmp_path_factory: object, cut: int) -> None:
    folder = tmp_path_factory.mktemp("cut")  # type: ignore[attr-defined]
    write(folder / "live.arrow", snapshot())
    content = (folder / "live.arrow").read_bytes()
    (folder / "live.arrow").write_bytes(content[: len(content) * cut // 3000])
    assert SnapshotReader(folder / "live.arrow").read() is None


def test_one_file_is_opened_once_and_an_old_one_stays_readable(tmp_path: Path) -> None:
    reader = SnapshotReader(tmp_path / "live.arrow")
    write(tmp_path / "live.arrow", snapshot(1))
    first = reader.read()
    assert reader.read() is first
    write(tmp_path / "live.arrow", snapshot(2))
    second = reader.read()
    assert second is not None
    assert first is not None
    assert (second.seq, first.seq) == (2, 1)
    assert (first.values == 1).all()


def test_a_reader_beside_a_writer_never_sees_a_torn_one(tmp_path: Path) -> None:
    path = tmp_path / "live.arrow"
    write(path, snapshot(0, 3))
    torn: list[int] = []
    done = threading.Event()

    def look() -> None:
        reader = SnapshotReader(path)
        while not done.is_set():
            found = reader.read()
            if found is None or not (found.values == found.seq).all():
                torn.append(-1 if found is None else found.seq)

    thread = threading.Thread(target=look)
    thread.start()
    for seq in range(1, 300):
        write(path, snapshot(seq, 3))
    done.set()
    thread.join()
    assert torn == []
