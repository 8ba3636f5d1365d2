"""A city in a folder of its own: its programs as processes, for tests and benchmarks."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from data.settings import ROOT

T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(look: Callable[[], T | None], seconds: float, what: str) -> T:
    """The first true answer of `look`; AssertionError after a generous wait."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


@dataclass
class City:
    """Starts and stops the programs of one city in a folder of its own."""

    var: Path
    stations: int = 20
    port: int = field(default_factory=free_port)
    modbus_port: int = field(default_factory=free_port)
    extra: dict[str, str] = field(default_factory=dict)
    programs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        return os.environ | {
            "PUMPHOUSE_VAR": str(self.var),
            "PUMPHOUSE_STATIONS": str(self.stations),
            "PUMPHOUSE_PORT": str(self.port),
            "PUMPHOUSE_MODBUS_PORT": str(self.modbus_port),
            "PYTHONPATH": str(ROOT),
            **self.extra,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """One command of ours to its end, its output captured."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=check,
            timeout=120,
        )

    def start(self, name: str, *words: str) -> None:
        (self.var / "logs").mkdir(parents=True, exist_ok=True)
        with (self.var / "logs" / f"{name}.log").open("ab") as log:
            self.programs[name] = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def simulator(self, *words: str) -> None:
        self.start("simulator", "-m", "simulator", *words)

    def collector(self) -> None:
        self.start("collector", "-m", "ingest")

    def cockpit(self) -> None:
        self.start(
            "cockpit", "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--workers", "2",
            "--worker-class", "gthread", "--threads", "32", "--keep-alive", "15",
            "--no-control-socket", "app:server()",
        )  # fmt: skip

    def stop(self, name: str, number: int = signal.SIGTERM, seconds: float = 30) -> int:
        """Signal the program's whole group and wait for its end; the exit code."""
        program = self.programs.pop(name)
        if program.poll() is None:
            os.killpg(program.pid, number)
        try:
            return program.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)
            raise AssertionError(f"{name} did not stop: {self.log(name)[-2000:]}") from None

    def stop_all(self) -> None:
        for name in list(self.programs):
            self.stop(name)

    def answers(self) -> bool:
        """Whether the cockpit is there."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def log(self, name: str) -> str:
        return (self.var / "logs" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def password(self, role: str) -> str:
        for line in (self.var / "demo.env").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            if key == f"PUMPHOUSE_DEMO_{role.upper()}":
                return value
        raise AssertionError(f"no demo login for {role}")
