"""What is kept of the city: how old it may be, who makes it, and that it ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from itertools import count
from threading import Barrier, Event, Thread

import numpy as np
import polars as pl
import pytest

from pages.kept import Kept, Renewer, forget, size


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def renewer() -> Iterator[Renewer]:
    made = Renewer(rest=0.0)
    yield made
    assert made.stop()


def _until(true: Event, seconds: float = 10.0) -> None:
    assert true.wait(seconds)


def test_a_fresh_answer_is_not_made_again(renewer: Renewer) -> None:
    clock, numbers = Hand(), count(1)
    kept = Kept(60, renewer=renewer, clock=clock)
    for at in (0.0, 30.0, 60.0):
        clock.at = at
        assert kept("a", lambda: next(numbers)) == 1
    assert kept("b", lambda: "other") == "other"


def test_an_older_one_is_given_while_the_next_is_made_in_the_background(renewer: Renewer) -> None:
    clock, renewed = Hand(), Event()
    kept = Kept(60, limit=300, renewer=renewer, clock=clock)
    kept("a", lambda: "old")
    clock.at = 299.0

    def make() -> str:
        renewed.set()
        return "new"

    assert kept("a", make) == "old"
    _until(renewed)
    for _ in range(100):
        if kept("a", make) == "new":
            return
        time.sleep(0.02)
    raise AssertionError("the new answer never came")


def test_as_much_is_kept_as_there_is_room_for(
    renewer: Renewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pages.kept.MOST_BYTES", 3000)
    kept, numbers = Kept(60, renewer=renewer), count(1)

    def make() -> tuple[int, np.ndarray]:
        return next(numbers), np.zeros(100)

    for key in "abc":
        kept(key, make)
    assert kept("a", make)[0] == 1  # three of 800 bytes and a little fit
    kept("d", make)
    assert [kept(key, make)[0] for key in "acd"] == [1, 3, 4]
    assert kept("b", make)[0] == 5  # the one that nobody asked for gave way
    kept("large", lambda: np.zeros(1000))
    assert size(pl.DataFrame({"x": np.zeros(1000)})) > 8000
    assert kept("a", make)[0] == 6  # beside what is larger than the room nothing stays


def test_beyond_its_limit_nothing_old_is_given(renewer: Renewer) -> None:
    clock = Hand()
    kept = Kept(60, limit=300, renewer=renewer, clock=clock)
    kept("a", lambda: "old")
    clock.at = 300.1
    assert kept("a", lambda: "new") == "new"


def test_an_answer_is_as_old_as_its_question(renewer: Renewer) -> None:
    clock = Hand()
    kept = Kept(60, limit=100, renewer=renewer, clock=clock)

    def slow() -> str:
        clock.at += 101.0
        return "slow"

    kept("a", slow)
    assert kept("a", lambda: "next") == "next"


def test_many_askers_one_maker_a_key(renewer: Renewer) -> None:
    kept, together, calls, got = Kept(60, renewer=renewer), Barrier(16), [], []

    def make() -> int:
        calls.append(1)
        time.sleep(0.1)
        return 7

    def ask(key: str) -> None:
        together.wait()
        got.append(kept(key, make))

    threads = [Thread(target=ask, args=("ab"[n % 2],)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [7] * 16
    assert len(calls) == 2


def test_the_background_makes_a_key_once_however_many_look(renewer: Renewer) -> None:
    clock, calls, begun, go = Hand(), [], Event(), Event()
    kept = Kept(60, limit=300, renewer=renewer, clock=clock)
    kept("a", lambda: "old")
    clock.at = 100.0

    def make() -> str:
        calls.append(1)
        begun.set()
        _until(go)
        return "new"

    assert {kept("a", make) for _ in range(50)} == {"old"}
    _until(begun)
    go.set()
    assert renewer.stop()
    assert len(calls) == 1


def test_what_is_made_while_all_is_forgotten_is_not_kept(renewer: Renewer) -> None:
    numbers, kept = count(1), Kept(renewer=renewer)

    def make() -> int:
        number = next(numbers)
        if number == 1:
            forget()
        return number

    assert [kept("a", make) for _ in range(3)] == [1, 2, 2]


def test_an_error_reaches_its_asker_and_is_not_kept(renewer: Renewer) -> None:
    kept = Kept(60, renewer=renewer)
    with pytest.raises(ZeroDivisionError):
        kept("a", lambda: 1 // 0)
    assert kept("a", lambda: "good") == "good"


def test_a_failed_renewal_leaves_the_older_answer_and_is_tried_again(renewer: Renewer) -> None:
    clock, failed, made = Hand(), Event(), Event()
    kept = Kept(60, limit=300, renewer=renewer, clock=clock)
    kept("a", lambda: "old")
    clock.at = 100.0

    def bad() -> str:
        failed.set()
        raise OSError("the disk is gone")

    def good() -> str:
        made.set()
        return "new"

    assert kept("a", bad) == "old"
    _until(failed)
    for _ in range(200):
        assert kept("a", good) in ("old", "new")
        if made.wait(0.02):
            return
    raise AssertionError("never tried again")


def test_it_is_bounded_and_what_is_looked_at_stays(renewer: Renewer) -> None:
    calls: list[str] = []
    kept = Kept(60, most=3, renewer=renewer)
    for key in ("a", "b", "c", "a", "d"):  # b was looked at the longest ago
        kept(key, partial(calls.append, key))
    for key in ("a", "c", "d"):
        kept(key, partial(calls.append, key))
    assert calls == ["a", "b", "c", "d"]
    kept("b", lambda: calls.append("b"))
    assert calls[-1] == "b"
    assert len(calls) == 5


def test_a_stopped_renewer_finishes_its_job_and_takes_no_other() -> None:
    renewer, begun, done = Renewer(rest=0.0), Event(), []

    def job() -> None:
        begun.set()
        time.sleep(0.2)
        done.append(1)

    renewer.order(job)
    renewer.order(lambda: done.append(2))
    _until(begun)
    assert renewer.stop()
    renewer.order(lambda: done.append(3))
    assert done == [1]
    assert renewer.stopped


def _held(renewer: Renewer) -> tuple[Event, Event]:
    """A job that keeps the thread busy: (it has begun, let it go)."""
    begun, go = Event(), Event()

    def job() -> None:
        begun.set()
        _until(go)

    renewer.order(job)
    _until(begun)
    return begun, go


def test_an_urgent_job_goes_before_those_that_wait(renewer: Renewer) -> None:
    _, go = _held(renewer)
    done: list[str] = []
    finished = Event()
    renewer.order(lambda: done.append("ordered first"))
    renewer.order(finished.set)
    Kept(60, renewer=renewer, urgent=True).soon("a", lambda: done.append("urgent"))
    go.set()
    _until(finished)
    assert done == ["urgent", "ordered first"]


def test_a_renewal_that_had_to_wait_replaces_nothing_newer(renewer: Renewer) -> None:
    clock, done = Hand(), Event()
    kept = Kept(60, limit=100, renewer=renewer, clock=clock)
    _, go = _held(renewer)
    kept("a", lambda: "first")
    clock.at = 90.0
    assert kept("a", lambda: "of 90") == "first"  # ordered, but the thread is busy
    clock.at = 120.0
    assert kept("a", lambda: "of 120") == "of 120"
    renewer.order(done.set)
    clock.at = 190.0
    go.set()
    _until(done)
    assert kept("a", lambda: "of 190") == "of 120"


def test_a_renewal_is_as_old_as_its_order(renewer: Renewer) -> None:
    clock, made = Hand(), Event()
    kept = Kept(60, limit=100, renewer=renewer, clock=clock)
    _, go = _held(renewer)
    kept("a", lambda: "first")
    clock.at = 90.0
    kept("a", lambda: "of 90")
    renewer.order(made.set)
    clock.at = 150.0
    go.set()
    _until(made)
    assert kept("a", lambda: "of 150") == "of 90"
    clock.at = 191.0
    assert kept("a", lambda: "of 191") == "of 191"


def test_what_is_too_old_to_be_given_is_let_go_of(renewer: Renewer) -> None:
    clock = Hand()
    kept = Kept(60, limit=100, renewer=renewer, clock=clock)
    kept("a", lambda: "a")
    clock.at = 101.0
    kept("b", lambda: "b")
    assert list(kept._answers) == ["b"]
