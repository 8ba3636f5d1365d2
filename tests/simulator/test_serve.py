"""The simulator as a process: served, broken, mended, stopped and started again; replays."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data.catalogue.profiles import compile_block
from data.database import Database
from data.settings import ROOT, Settings
from data.stations import StationRow, Stations
from simulator import control
from simulator.gateways import WIRE
from tests.simulator.test_recording import GOOD

PORT = 22400


class Running:
    """One city in a folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.env = os.environ | {
            "PUMPHOUSE_VAR": str(var), "PUMPHOUSE_STATIONS": "6", "PYTHONPATH": str(ROOT),
            "PUMPHOUSE_MODBUS_PORT": str(PORT),
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None
        self.stations: tuple[StationRow, ...] = ()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "simulator", *words],
            env=self.env, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def start(self, *words: str) -> None:
        """Start a serving command and wait until it listens."""
        with (self.var / "log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "simulator", *words], env=self.env, stdout=log, stderr=log
            )
        told = len(self.log())
        wait(lambda: "listening" in self.log()[told:] or self._ended(), "listening")
        assert self.process.poll() is None, self.log()
        db = Database(Settings(var=self.var).database)
        self.stations = Stations(db).all()
        db.close()

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def log(self) -> str:
        return (self.var / "log").read_text(encoding="utf-8")

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def words(self, row: StationRow, block: int = 0) -> dict[str, int]:
        """The raw 16-bit words of a block by point (first word), polled once."""
        plan = compile_block(row.profile, row.layout, "slow" if block else "fast")
        with socket.create_connection((row.host, row.port), timeout=2) as link:
            body = struct.pack(">BHH", plan.function, plan.address, plan.count)
            link.sendall(struct.pack(">HHHB", 1, 0, 6, 1) + body)
            answer = b""
            while len(answer) < 9 + 2 * plan.count:
                part = link.recv(512)
                if not part:
                    raise ConnectionResetError
                answer += part
        order = "<H" if plan.word_order in ("BADC", "DCBA") else ">H"
        cells = [w for (w,) in struct.iter_unpack(order, answer[9:])]
        return {c: cells[w] for c, w in zip(plan.codes, plan.word, strict=True)}


def wait(look: Callable[[], bool], what: str, seconds: float = 40.0) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    made = Running(tmp_path_factory.mktemp("city"))
    assert made.run("prepare").returncode == 0
    made.start("--calm", "--no-history", "--wire-log", str(made.var / "wire.bin"))
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def test_a_life(running: Running) -> None:
    """One process through everything: each start costs seconds."""
    first = running.stations[0]
    before = running.words(first)
    wait(lambda: running.words(first)["CM.PLC_HB"] != before["CM.PLC_HB"], "heartbeat")

    told = running.run("fault", "F12", "--station", first.code, "--severity", "2")
    assert told.returncode == 0 and first.code in told.stdout
    point = "EL.UA"
    wait(lambda: running.words(first)[point] == 0, "dark")
    assert "F12" in running.run("faults").stdout
    assert running.run("clear", "F12", "--station", first.code).returncode == 0
    wait(lambda: running.words(first)[point] != 0, "bright")
    again = running.run("clear", "F12", "--station", first.code)
    assert again.returncode == 1 and "no such fault" in again.stderr

    running.run("fault", "F14", "--station", first.code)

    def lost() -> bool:
        try:
            running.words(first)
        except OSError:
            return True
        return False

    wait(lost, "lost link")
    assert running.words(running.stations[1])
    running.run("clear", "F14", "--station", first.code)
    wait(lambda: not lost(), "link back")

    assert running.stop() == 0
    logged = (running.var / "wire.bin").read_bytes()
    assert WIRE.unpack_from(logged)[0] in {row.id for row in running.stations}
    running.start("--calm", "--no-history")
    assert "resumed" in running.log()
    assert running.words(first)["EL.UA"] != 0


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"code": "F99", "station": "CW-0001"}, "no fault F99"),
        ({"code": "F10", "station": "XX"}, "no station XX"),
        ({"code": "F05", "station": "CW-0003"}, "has no tank"),
        ({"code": "F10", "station": "CW-0002", "place": "H"}, "no zone H"),
        ({"code": "F10", "station": "CW-0002", "severity": 9}, "severity is"),
    ],
)
def test_what_cannot_break_is_refused_with_a_reason(
    running: Running, asked: dict[str, object], why: str
) -> None:
    with pytest.raises(control.Refused, match=why):
        control.ask(running.var, {"verb": "fault", **asked})


def test_a_second_simulator_says_which_port_is_taken(running: Running) -> None:
    told = running.run("--calm", "--no-history")
    assert told.returncode == 1 and "is another simulator running?" in told.stderr


def test_a_stranger_without_the_token_is_refused(running: Running) -> None:
    file = running.var / control.FILE
    assert file.stat().st_mode & 0o077 == 0
    kept = file.read_text(encoding="utf-8")
    try:
        file.write_text(kept.replace('"token": "', '"token": "0'), encoding="utf-8")
        with pytest.raises(control.Refused, match="wrong token"):
            control.ask(running.var, {"verb": "list"})
    finally:
        file.write_text(kept, encoding="utf-8")


def test_without_a_city_the_message_says_what_to_do(tmp_path: Path) -> None:
    made = Running(tmp_path)
    told = made.run()
    assert told.returncode == 1 and told.stderr.startswith("simulator: ")
    with pytest.raises(control.Refused, match="no running simulator"):
        control.ask(tmp_path, {"verb": "list"})


def test_a_recording_is_a_station_of_its_own(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "bed.csv"
    file.write_text(GOOD, encoding="utf-8")
    replay = Running(running.var)
    replay.start("replay", str(file))
    try:
        row = next(row for row in replay.stations if row.code == "RP-BED")
        shown = replay.words(row)
        assert shown["L.P1.RUN"] >> 0 & 1 == 1
        assert shown["L.P1.I"] in (21, 22, 23)
        assert shown["EL.UA"] == 65535  # not in the recording: no value
    finally:
        assert replay.stop() == 0
