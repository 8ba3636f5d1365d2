"""`make run`: prepare the demo city, start its programs, say where to look and how to log in.

The programs live under supervisor, which restarts what dies; their logs go to VAR/logs. This
terminal shows a few lines of progress. Ctrl-C stops everything cleanly.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from data.database import Database, RecordsError
from data.settings import ROOT, Settings, load
from data.status import Status

TICK = 2.0


def main() -> int:
    settings = load()
    problem = _port_problem(settings)
    if problem:
        return _fail(problem)
    bin_folder = Path(sys.executable).parent
    try:
        (settings.var / "logs").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return _fail(f"can't write in {settings.var}: {error.strerror} (set PUMPHOUSE_VAR)")
    say(f"Preparing the demo city of {settings.stations:,} stations in {settings.var} ...")
    if subprocess.run(
        [sys.executable, "-m", "simulator", "prepare"], cwd=ROOT, check=False
    ).returncode:
        return _fail("the demo city could not be prepared, see above")
    supervisor = subprocess.Popen(
        [bin_folder / "supervisord", "-n", "-c", ROOT / "deploy" / "supervisord.conf"],
        cwd=ROOT,
        env=_environment(settings, bin_folder),
        start_new_session=True,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stopper(supervisor))
    _report(settings, supervisor)
    return supervisor.wait()


def say(line: str) -> None:
    """One line for the person at the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _fail(why: str) -> int:
    sys.stderr.write(f"Pumphouse can't start: {why}\n")
    return 1


def _port_problem(settings: Settings) -> str:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return (
                f"{settings.host}:{settings.port} is not free ({error.strerror}); "
                f"another Pumphouse may be running. Choose another port: make run PORT=8051"
            )
    return ""


def _environment(settings: Settings, bin_folder: Path) -> dict[str, str]:
    return os.environ | {
        "PUMPHOUSE_ROOT": str(ROOT),
        "PUMPHOUSE_VAR": str(settings.var),
        "PUMPHOUSE_BIN": str(bin_folder),
        "PUMPHOUSE_HOST": settings.host,
        "PUMPHOUSE_PORT": str(settings.port),
        "PUMPHOUSE_WORKERS": str(settings.workers),
        "PUMPHOUSE_DEMO": "true",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _stopper(supervisor: subprocess.Popen[bytes]) -> Callable[[int, FrameType | None], None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        say("\nStopping: the last batch is being written ...")
        supervisor.terminate()

    return stop


def _report(settings: Settings, supervisor: subprocess.Popen[bytes]) -> None:
    """Progress until everything is up, the logins, then progress of the history."""
    database = Database(settings.database)
    status = Status(database)
    said: dict[str, str] = {}
    started = time.monotonic()

    def tell(key: str, line: str) -> None:
        if line and said.get(key) != line:
            said[key] = line
            say(f"[{time.monotonic() - started:5.0f} s] {line}")

    try:
        while supervisor.poll() is None:
            try:
                for key, line in _progress(status):
                    tell(key, line)
            except RecordsError:
                tell("database", "the database does not answer; looking again")
            if "cockpit" not in said and _answers(settings):
                tell("cockpit", "cockpit: ready")
                subprocess.run([sys.executable, "-m", "simulator", "logins"], cwd=ROOT, check=False)
            time.sleep(TICK)
    finally:
        database.close()


def _progress(status: Status) -> Iterator[tuple[str, str]]:
    """(program, what it says of itself) of those that say something now."""
    collector = status.get("collector")
    if collector and time.time() - collector[1].timestamp() < 15:
        facts = collector[0]
        yield "online", f"collector: {facts['online']:,} of {facts['stations']:,} stations online"
    history = status.get("history")
    if history and history[0].get("text"):
        yield "history", f"history: {history[0]['text']}"


def _answers(settings: Settings) -> bool:
    try:
        url = f"http://{settings.host}:{settings.port}/healthz"
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
