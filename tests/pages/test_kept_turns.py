"""Few make heavy answers at a time, and nobody waits for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event, Thread

import pytest

from pages.kept import MAKERS, Kept, Renewer
from tests.pages.test_kept import Hand, _until


@pytest.fixture
def renewer() -> Iterator[Renewer]:
    made = Renewer(rest=0.0)
    yield made
    assert made.stop()


def test_few_make_answers_at_a_time_and_what_is_kept_is_given_meanwhile(renewer: Renewer) -> None:
    kept, inside, most, go = Kept(60, renewer=renewer), [], [], Event()
    kept("ready", lambda: 0)

    def make() -> int:
        inside.append(1)
        most.append(len(inside))
        _until(go)
        inner = kept(("inner", most[-1]), lambda: 1)  # answers stand on others
        inside.pop()
        return int(inner)

    askers = [Thread(target=kept, args=(n, make)) for n in range(3 * MAKERS)]
    for asker in askers:
        asker.start()
    end = time.monotonic() + 10
    while len(most) < MAKERS and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.05)
    assert kept("ready", lambda: 1) == 0
    assert len(inside) == MAKERS
    go.set()
    for asker in askers:
        asker.join(10)
        assert not asker.is_alive()
    assert max(most) == MAKERS


def test_the_background_never_waits_for_those_who_wait_for_it(renewer: Renewer) -> None:
    clock, begun, go = Hand(), Event(), Event()
    kept = Kept(60, limit=100, renewer=renewer, clock=clock)

    def make() -> str:
        begun.set()
        _until(go)
        return str(kept("what it stands on", lambda: "new"))

    kept("a", lambda: "old")
    clock.at = 90.0
    assert kept("a", make) == "old"
    _until(begun)
    clock.at = 120.0
    askers = [Thread(target=kept, args=("a", lambda: "own"), daemon=True) for _ in range(MAKERS)]
    for asker in askers:
        asker.start()
    time.sleep(0.1)  # each has its turn and waits for the background
    go.set()
    for asker in askers:
        asker.join(10)
    assert not any(asker.is_alive() for asker in askers)
