"""Where the machine is short of time, what listens comes before who looks."""

from __future__ import annotations

import os
from pathlib import Path

from deploy.city import City, wait_for


def test_workers_of_the_cockpit_stand_behind_the_collector(city: City) -> None:
    def niceness(process: int) -> int:
        return os.getpriority(os.PRIO_PROCESS, process)

    master, collector = (city.programs[name].pid for name in ("cockpit", "collector"))
    workers = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii").split()
    assert len(workers) == 2
    wait_for(
        lambda: all(niceness(int(worker)) > niceness(collector) for worker in workers),
        30,
        "both workers have begun",
    )
