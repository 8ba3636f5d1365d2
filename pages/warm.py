"""Pages of the whole city made once when a worker starts, so that its first viewer need not wait;
and how a worker ends."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Timer
from types import ModuleType
from typing import Any

import structlog

from components.page import View
from data.stores import Stores
from data.users import UserRow
from pages.find_parts import spelled
from pages.kept import RENEWER, Renewer

log = structlog.get_logger(__name__)
MONTH = {"from": "now-30d"}
"""The span that is chosen most."""
FIRST = 3.0
"""Seconds after the start: those who wait at the door go first."""
AGAIN = 60.0
"""Seconds between two rounds; what changes by the minute is given for two (pages/kept.py)."""
PATIENCE = timedelta(minutes=1)
"""Older news of a past that is being made come from one who is gone."""
NOBODY = UserRow(0, "", "", "", "engineer", None, "zh", "dark", True, 0)
"""Sees the whole city. What is made for him is kept by what it shows, never by who looks."""


def warm_up(stores: Stores, modules: Sequence[ModuleType], renewer: Renewer = RENEWER) -> None:
    """Have the pages of analysis made in the background with their default spans, one after
    another with a rest between, then with MONTH, and so again and again: who comes after a pause
    waits no longer than others. Nothing of it without a lake, and not before the past of a demo
    city is whole. The names that the search spells once."""
    _later(renewer, FIRST, partial(_begin, stores, modules, renewer))


def _begin(stores: Stores, modules: Sequence[ModuleType], renewer: Renewer) -> None:
    if _filling(stores):
        _later(renewer, FIRST, partial(_begin, stores, modules, renewer))
        return
    pages = [m for m in modules if m.PAGE.group == "analyse" and NOBODY.role in m.PAGE.roles]
    _round(stores, pages, renewer)
    renewer.order(lambda: [spelled(row.name_zh) for row in stores.stations.all(NOBODY.scope)])


def _round(stores: Stores, pages: Sequence[ModuleType], renewer: Renewer) -> None:
    for params in ({}, MONTH):
        for module in pages:
            renewer.order(partial(_made, stores, module, params, renewer))
    again = partial(_round, stores, pages, renewer)
    renewer.order(partial(_later, renewer, AGAIN, again))


def _later(renewer: Renewer, seconds: float, job: Callable[[], None]) -> None:
    timer = Timer(seconds, renewer.order, (job,))
    timer.daemon = True
    timer.start()


def _filling(stores: Stores) -> bool:
    """Whether somebody is making a past and has told of it lately."""
    found = stores.status.get("history")
    if found is None or found[0].get("done"):
        return False
    return datetime.now(UTC) - found[1] < PATIENCE


def end(stores: Stores, renewer: Renewer = RENEWER) -> None:
    """Stop the background, then let go of the stores."""
    if not renewer.stop(1.0):
        stores.lake.close()  # breaks off what it is asking
        renewer.stop(1.0)
    stores.close()


def leave(stores: Stores) -> None:
    """The end of a worker, as its last handler of exit. The interpreter isn't taken apart: a thread
    that is still inside DuckDB or polars would bring the process down with SIGABRT."""
    try:
        end(stores)
    finally:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def hear_the_end(renewer: Renewer = RENEWER) -> None:
    """SIGTERM halts the background at once, before the requests at hand are answered; then comes
    what the server does. Nothing where no server has a handler, or beside the main thread."""
    before = signal.getsignal(signal.SIGTERM)
    if not callable(before) or threading.current_thread() is not threading.main_thread():
        return

    def told(number: int, frame: Any) -> None:
        renewer.halt()
        before(number, frame)

    signal.signal(signal.SIGTERM, told)


def _made(stores: Stores, module: Any, params: dict[str, str], renewer: Renewer) -> None:
    if renewer.stopped or not stores.manifest.live("station_day"):
        return
    wall, cpu = time.monotonic(), time.thread_time()
    module.layout(stores, View(user=NOBODY, zone=stores.settings.zone, params=params))
    log.debug(
        "page warmed",
        page=module.PAGE.name,
        **params,
        seconds=round(time.monotonic() - wall, 1),
        cpu=round(time.thread_time() - cpu, 1),
    )
