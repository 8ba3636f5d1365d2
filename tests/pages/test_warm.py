"""How a worker ends."""

from __future__ import annotations

import os
import signal
import time
from threading import Event
from typing import Any

from pages.kept import Renewer
from pages.warm import hear_the_end


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
