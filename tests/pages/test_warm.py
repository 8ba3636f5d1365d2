"""How a worker warms up, and how it ends."""

from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime, timedelta
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from components.page import Page, View
from data.stores import Stores
from pages import warm
from pages.kept import Renewer
from pages.warm import hear_the_end, warm_up


@pytest.mark.parametrize("told", [0, 120], ids=["made", "its maker is gone"])
def test_pages_are_made_again_and_again_when_the_past_is_there(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, told: int
) -> None:
    monkeypatch.setattr(warm, "FIRST", 0.02)
    monkeypatch.setattr(warm, "AGAIN", 0.02)
    monkeypatch.setattr(type(stores.manifest), "live", lambda *_: [1])
    now = datetime.now(UTC)
    stores.status.put("history", {"share": 0.4, "done": False}, now)
    renewer, spans, enough = Renewer(rest=0.0), [], Event()

    def layout(_: Stores, view: View) -> None:
        spans.append(view.params.get("from"))
        if len(spans) == 4:
            enough.set()

    page = SimpleNamespace(PAGE=Page("energy", "/energy", group="analyse"), layout=layout)
    other = SimpleNamespace(PAGE=Page("alarms", "/alarms"))
    try:
        warm_up(stores, [page, other], renewer)  # type: ignore[list-item]
        time.sleep(0.3)
        assert not spans
        stores.status.put("history", {"done": not told}, now - timedelta(seconds=told))
        assert enough.wait(10)
        assert spans[:4] == [None, "now-30d"] * 2
    finally:
        assert renewer.stop(5.0)


def test_sigterm_halts_the_background_and_then_does_what_the_server_wants() -> None:
    renewer, begun, heard = Renewer(rest=0.0), Event(), []

    def long() -> None:
        begun.set()
        renewer.pause(60.0)

    def server(number: int, _frame: Any) -> None:
        heard.append(number)

    earlier = signal.signal(signal.SIGTERM, server)
    try:
        hear_the_end(renewer)
        renewer.order(long)
        assert begun.wait(10)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)
        assert renewer.stopped
        assert heard == [signal.SIGTERM]
        assert renewer.stop(5.0)
    finally:
        signal.signal(signal.SIGTERM, earlier)


def test_without_a_server_nothing_is_changed() -> None:
    before = signal.getsignal(signal.SIGTERM)
    hear_the_end(Renewer())
    assert signal.getsignal(signal.SIGTERM) == before
