"""Parts of a reading on all cores: their order, what they raise, and that none outlives its use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import active_children
from pathlib import Path

import pytest

from deploy.city import wait_for
from ingest.crew import together

ROOT = Path(__file__).resolve().parents[2]


def slowest_first(n: int, done: Callable[[], None]) -> tuple[int, int]:
    time.sleep(0.3 if n == 0 else 0.0)
    for _ in range(n):
        done()
    return n, os.getpid()


def picky(n: int, done: Callable[[], None]) -> int:
    if n == 1:
        raise ValueError(f"part {n} is broken")
    return endless(n, done)


def endless(n: int, done: Callable[[], None]) -> int:
    while True:
        time.sleep(0.01)
        done()


def test_results_come_in_the_order_of_the_tasks_from_other_processes() -> None:
    told: list[int] = []
    found = together(slowest_first, [0, 1, 2, 3], told.append, processes=2)
    assert [n for n, _ in found] == [0, 1, 2, 3]
    assert os.getpid() not in {pid for _, pid in found}
    assert told == sorted(told)
    assert told[-1] == 6, "steps of all parts"


def test_what_a_part_raises_ends_all() -> None:
    with pytest.raises(ValueError, match="part 1 is broken"):
        together(picky, [0, 1, 2], lambda done: None, processes=2)


def test_who_stops_listening_ends_the_parts() -> None:
    def stop(done: int) -> None:
        if done:
            raise InterruptedError("the job was cancelled")

    with pytest.raises(InterruptedError, match="cancelled"):
        together(endless, [0, 1], stop, processes=2)
    wait_for(lambda: not active_children() or None, 30, "end of the crew's processes")


def test_a_crew_doesnt_outlive_a_parent_that_is_killed() -> None:
    script = (
        "from ingest.crew import together\n"
        "from multiprocessing import active_children\n"
        "from tests.ingest.test_crew import endless\n"
        "def tell(done):\n"
        "    if done: print(*(child.pid for child in active_children()), flush=True)\n"
        "if __name__ == '__main__': together(endless, [0, 1], tell, 2)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent, parent.stdout:
        pids = [int(word) for word in parent.stdout.readline().split()]
        assert len(pids) == 2
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        wait_for(lambda: not any(map(_runs, pids)) or None, 30, "end of the crew's processes")


def _runs(pid: int) -> bool:
    """Whether it runs; what nobody has asked for is a zombie, not running."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
