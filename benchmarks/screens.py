"""The cockpit in a browser, and a hundred people at once, on one city that is alive."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import cockpit, load
from data.database import Database
from data.status import Status
from deploy.city import City, wait_for


def measure(options: argparse.Namespace) -> dict[str, float]:
    """On a city of `options.stations` with its past, or on the one that runs at `options.port`
    with its records in `options.var`."""
    with _city(options) as city:
        figures = cockpit.measure(city)
        return figures | load.measure(city, options.clients, options.load_seconds)


@contextmanager
def _city(options: argparse.Namespace) -> Iterator[City]:
    if options.var:
        yield City(options.var, stations=options.stations, port=options.port)
        return
    with tempfile.TemporaryDirectory(prefix="pumphouse-screens-") as folder:
        city = City(Path(folder), stations=options.stations)
        city.run("-m", "simulator", "prepare")
        status = Status(Database(f"sqlite:///{folder}/pumphouse.db"))

        def past() -> dict[str, Any] | None:
            found = status.get("history")
            return found[0] if found and found[0].get("done") else None

        try:
            city.simulator()
            wait_for(lambda: "listening" in city.log("simulator"), 120, "gateways listening")
            city.collector()
            wait_for(past, 1200, "history made")
            city.cockpit()
            wait_for(city.answers, 120, "the cockpit answers")
            yield city
        finally:
            city.stop_all()
