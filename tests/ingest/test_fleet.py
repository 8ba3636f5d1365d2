"""The matrix: frames in, lost links, derived points, snapshot out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.catalogue.flags import Flag
from data.catalogue.points import columns
from data.catalogue.profiles import compile_block
from data.snapshot import SnapshotReader
from data.stations import SetRow, StationRow
from ingest.derived import LOST_MS
from ingest.fleet import MISSING, Fleet, admit
from ingest.frames import BLOCKS, FAST, SLOW, Answer, Frame
from ingest.live import Live

NOW = 1_800_000_000_000


def station(
    number: int, profile: str = "chengshui", pumps: int = 3, type: str = "TANK_VFD"
) -> StationRow:
    sets = (SetRow("L", pumps, 1, 11, 300, 36.0, 0.5, 16.0, 60.0, 5.5, 11.3),)
    tanks = 1 if type == "TANK_VFD" else 0
    return StationRow(
        number, f"S{number}", "泵房", "House", 1, type, tanks, profile,
        f"127.0.0.{number}", 5020, 1, sets=sets,
    )  # fmt: skip


CITY = (station(5), station(9, "linhai", 2), station(12, "yunkong", 1, "STACKED"))


def frame(row: StationRow, block: int = FAST, ms: int = NOW, **words: int) -> Frame:
    """An answer of zeros, but for the words of the named points (`L_P_OUT=...`), as counted by
    an ABCD device."""
    plan = compile_block(row.profile, row.layout, BLOCKS[block])
    registers = np.zeros(plan.count, ">u2")
    for name, value in words.items():
        line = plan.codes.index(name.replace("__", "."))
        if plan.kind[line] == 0:
            registers[plan.word[line]] |= value << plan.bit[line]
        else:
            registers[plan.word[line]] = value
    return Frame(row.id, block, ms, registers.tobytes())


def at(fleet: Fleet, code: str) -> list[int]:
    return fleet.values[fleet.line_of[code]].tolist()  # type: ignore[no-any-return]


def flags_at(fleet: Fleet, code: str) -> list[int]:
    return fleet.flags[fleet.line_of[code]].tolist()  # type: ignore[no-any-return]


def take(fleet: Fleet, *frames: Frame) -> list[list[bool]]:
    return [fresh.tolist() for fresh in fleet.update(frames)]


class Nobody:
    """Looks at nothing, remembers what it was shown."""

    def __init__(self, fleet: Fleet) -> None:
        self.level = np.zeros(len(fleet.stations), np.uint8)
        self.unacknowledged = np.zeros(len(fleet.stations), np.uint8)
        self.shown: list[tuple[list[bool], list[int]]] = []
        self.ticks: list[int] = []
        self.fleet = fleet

    def arrived(self, answers: Sequence[Answer]) -> None:
        pass

    def sample(self, second: int, fresh: np.ndarray) -> None:
        self.shown.append((fresh.tolist(), at(self.fleet, "L.P_OUT")))

    def tick(self, second: int) -> None:
        self.ticks.append(second)


def test_before_the_first_answer_all_is_missing_and_says_so() -> None:
    fleet = Fleet(CITY)
    assert (fleet.values == MISSING).all()
    has = {(c.code, row) for row, s in enumerate(CITY) for c in columns(s.layout)}
    for line, column in enumerate(fleet.columns):
        for row in range(3):
            polled = column.point.block != "derived" and (column.code, row) in has
            assert (fleet.flags[line, row] == Flag.BAD_COMM) == polled, (column.code, row)


def test_values_land_at_their_station_and_no_other() -> None:
    fleet = Fleet(CITY)
    assert take(fleet, frame(CITY[0], L__P_OUT=456)) == [[True, False, False]]
    assert at(fleet, "L.P_OUT") == [456, MISSING, MISSING]
    assert flags_at(fleet, "L.P_OUT") == [Flag.GOOD, Flag.BAD_COMM, Flag.BAD_COMM]
    assert fleet.fast_ms.tolist() == [NOW, 0, 0]
    assert fleet.slow_ms.tolist() == [0, 0, 0]
    assert take(fleet, frame(CITY[0], SLOW, WQ__CL_OUT=33)) == [[True, False, False]]
    assert at(fleet, "WQ.CL_OUT")[0] == 33
    assert at(fleet, "L.P_OUT")[0] == 456


def test_two_answers_of_one_block_are_two_passes() -> None:
    fleet = Fleet(CITY)
    frames = [
        frame(CITY[0], ms=NOW, L__P_OUT=100),
        frame(CITY[0], SLOW, ms=NOW),
        frame(CITY[2], ms=NOW),
        frame(CITY[0], ms=NOW + 2000, L__P_OUT=200),
    ]
    seen = []
    for fresh in fleet.update(frames):
        seen.append((fresh.tolist(), at(fleet, "L.P_OUT")[0]))
    assert seen == [([True, False, True], 100), ([True, False, False], 200)]
    assert fleet.samples == sum(
        len(compile_block(s.profile, s.layout, b).codes)
        for s, b in ((CITY[0], "fast"), (CITY[0], "slow"), (CITY[2], "fast"), (CITY[0], "fast"))
    )


def test_what_does_not_belong_here_is_left_out() -> None:
    fleet = Fleet(CITY)
    short = frame(CITY[0])._replace(words=b"\0\0")
    assert take(fleet, Frame(77, FAST, NOW, b"\0\0"), short) == []
    assert (fleet.values == MISSING).all()


def test_a_jump_is_flagged_once() -> None:
    fleet = Fleet(CITY)
    found = []
    for i, pressure in enumerate((300, 300, 2000, 2000)):
        take(fleet, frame(CITY[0], ms=NOW + 2000 * i, L__P_OUT=pressure))
        found.append(flags_at(fleet, "L.P_OUT")[0])
    assert found == [Flag.GOOD, Flag.GOOD, Flag.RATE, Flag.GOOD]


def step(
    carry: Live, batches: Sequence[list[Frame]], refused: Sequence[tuple[int, int]], now: int
) -> None:
    carry.step([(frames, now) for frames in batches], refused, now)


def live(tmp_path: Path, fleet: Fleet) -> tuple[Live, Nobody]:
    nobody = Nobody(fleet)
    return Live(fleet, nobody, tmp_path / "live.arrow"), nobody


def test_a_lost_link_shows_and_comes_back(tmp_path: Path) -> None:
    fleet = Fleet(CITY)
    carry, nobody = live(tmp_path, fleet)
    step(carry, [[frame(CITY[0], L__P_OUT=321), frame(CITY[0], SLOW)]], (), NOW + 500)
    assert fleet.online.tolist() == [True, False, False]
    assert at(fleet, "CM.ONLINE") == [1, 0, 0]
    assert at(fleet, "CM.LAG")[0] == 500
    step(carry, [], (), NOW + LOST_MS)
    assert fleet.online.tolist() == [False, False, False]
    assert at(fleet, "L.P_OUT")[0] == 321
    for code in ("L.P_OUT", "WQ.CL_OUT"):
        assert flags_at(fleet, code)[0] == Flag.BAD_COMM
    assert flags_at(fleet, "CM.ONLINE") == [Flag.GOOD] * 3
    assert nobody.shown[-1][0] == [True, False, False]
    back = NOW + LOST_MS + 1000
    step(carry, [[frame(CITY[0], ms=back)]], (), back)
    assert fleet.online.tolist() == [True, False, False]
    assert flags_at(fleet, "L.P_OUT")[0] == Flag.GOOD
    assert flags_at(fleet, "WQ.CL_OUT")[0] == Flag.BAD_COMM


def test_a_refused_block_is_flagged_until_it_answers(tmp_path: Path) -> None:
    fleet = Fleet(CITY)
    carry, _ = live(tmp_path, fleet)
    step(carry, [[frame(CITY[0]), frame(CITY[0], SLOW)]], (), NOW)
    step(carry, [[frame(CITY[0], ms=NOW + 1)]], [(5, SLOW), (404, FAST)], NOW)
    assert flags_at(fleet, "WQ.CL_OUT")[0] == Flag.BAD_COMM
    assert flags_at(fleet, "L.P_OUT")[0] == Flag.GOOD
    step(carry, [[frame(CITY[0], SLOW, ms=NOW + 2)]], (), NOW)
    assert flags_at(fleet, "WQ.CL_OUT")[0] == Flag.GOOD


def test_running_pumps_are_counted(tmp_path: Path) -> None:
    fleet = Fleet(CITY)
    carry, _ = live(tmp_path, fleet)
    running = frame(CITY[0], L__P1__RUN=1, L__P3__RUN=1)
    step(carry, [[running, frame(CITY[2])]], (), NOW)
    assert at(fleet, "L.NRUN") == [2, MISSING, 0]
    assert flags_at(fleet, "L.NRUN") == [Flag.GOOD, Flag.BAD_COMM, Flag.GOOD]
    step(carry, [], (), NOW + LOST_MS)
    assert at(fleet, "L.NRUN")[0] == 2
    assert flags_at(fleet, "L.NRUN") == [Flag.BAD_COMM] * 3


def test_the_snapshot_says_what_the_matrix_holds(tmp_path: Path) -> None:
    fleet = Fleet(CITY)
    carry, nobody = live(tmp_path, fleet)
    nobody.level[0], nobody.unacknowledged[0] = 2, 1
    step(carry, [[frame(CITY[0], L__P_OUT=456)]], (), NOW + 700)
    carry.publish({"samples_per_s": 84_000.5, "journal_error": ""}, NOW + 700)
    found = SnapshotReader(tmp_path / "live.arrow").read()
    assert found is not None
    assert (found.values == fleet.values).all()
    assert (found.flags == fleet.flags).all()
    assert found.value(5, "L.P_OUT") == 0.456
    assert found.value(9, "L.P_OUT") is None
    assert found.row(5)["L.P_OUT"] == (0.456, Flag.GOOD, 0.7)
    assert set(found.row(9)) == {c.code for c in columns(CITY[1].layout)}
    assert set(found.row(12)) == {c.code for c in columns(CITY[2].layout)}
    assert (found.level[0], found.unacknowledged[0]) == (2, 1)
    assert found.facts["samples_per_s"] == 84_000.5


def test_a_bad_station_is_named_and_the_others_go_on() -> None:
    others = [
        replace(CITY[0], id=1, code="S1", profile="nobody's"),
        replace(CITY[0], id=2, code="S2"),
        replace(CITY[0], id=3, code="S3", host="127.0.9.9", type="MILL"),
    ]
    good, problems = admit([CITY[0], *others, CITY[1]])
    assert [s.code for s in good] == ["S5", "S9"]
    told = {p.station: p.why for p in problems}
    assert "no such profile" in told["S1"]
    assert told["S2"] == "address 127.0.0.5:5020 unit 1 belongs to S5 already"
    assert "no such station type" in told["S3"]
    assert Fleet(good).codes


def test_an_empty_fleet_can_be_looked_at(tmp_path: Path) -> None:
    fleet = Fleet(())
    carry, _ = live(tmp_path, fleet)
    carry.publish({}, NOW)
    found = SnapshotReader(tmp_path / "live.arrow").read()
    assert found is not None
    assert found.row(1) == {}


@pytest.mark.parametrize("count", [1, 2])
def test_every_pass_is_shown_to_who_watches(tmp_path: Path, count: int) -> None:
    fleet = Fleet(CITY)
    carry, nobody = live(tmp_path, fleet)
    frames = [frame(CITY[0], ms=NOW + i, L__P_OUT=100 + i) for i in range(count)]
    step(carry, [frames], (), NOW)
    assert [pressures[0] for _, pressures in nobody.shown] == [100 + i for i in range(count)]


def test_samples_and_seconds_are_told_in_the_order_of_their_times(tmp_path: Path) -> None:
    fleet = Fleet(CITY)
    carry, nobody = live(tmp_path, fleet)
    told: list[tuple[str, int]] = []
    nobody.sample = lambda second, fresh: told.append(("sample", second - NOW))  # type: ignore[method-assign]
    nobody.tick = lambda second: told.append(("tick", second - NOW))  # type: ignore[method-assign]
    early = [frame(CITY[0], ms=NOW - 40)]
    carry.step([(early, NOW + 5)], (), NOW + 300)
    both = [frame(CITY[2], ms=NOW + 1003), frame(CITY[0], ms=NOW + 960)]
    carry.step([(both, NOW + 1010), ([], NOW + 3010)], (), NOW + 3200)
    assert told == [
        ("sample", 0), ("tick", 0), ("sample", 1000), ("tick", 1000), ("sample", 2000),
        ("tick", 2000), ("tick", 3000),
    ]  # fmt: skip


def test_a_pass_shows_a_fast_answer_with_what_came_before_it() -> None:
    fleet = Fleet(CITY)
    frames = [
        frame(CITY[0], SLOW, ms=NOW, WQ__CL_OUT=30),
        frame(CITY[0], ms=NOW + 1),
        frame(CITY[0], SLOW, ms=NOW + 2, WQ__CL_OUT=31),
        frame(CITY[0], ms=NOW + 3),
    ]
    seen = [(at(fleet, "WQ.CL_OUT")[0], fleet.fast_ms[0] - NOW) for _ in fleet.update(frames)]
    assert seen == [(30, 1), (31, 3)]


def test_an_answer_older_than_the_newest_is_put_aside() -> None:
    fleet = Fleet(CITY)
    take(fleet, frame(CITY[0], L__P_OUT=100))
    old = frame(CITY[0], ms=NOW - 5000, L__P_OUT=7)
    assert take(fleet, old) == []
    assert at(fleet, "L.P_OUT")[0] == 100
    assert fleet.late == [old]
    fleet.rewind(NOW - 6000)
    assert take(fleet, old) == [[True, False, False]]
