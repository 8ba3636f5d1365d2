"""Answers about the whole city, kept and made anew in the background, for all pages alike.

An answer is given as it is while it is fresh. For a while after that it is given all the same, and
one background thread of the process makes the next one: who looks all the time never waits. Older
than `limit` it is never given. What is kept is made for the whole city; a district is a filter.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from itertools import count
from queue import PriorityQueue
from threading import Lock, Semaphore, Thread, local
from typing import Any
from weakref import WeakSet

import numpy as np
import polars as pl
import structlog

log = structlog.get_logger(__name__)
MINUTE = 60.0
MOST_BYTES = 64_000_000
"""Of answers of one kind, by what their frames and arrays hold."""
PLAIN = 64
"""Bytes of anything small."""
REST = 1.0
"""The background thread rests as long as it worked: it takes half a core at most."""
LONGEST_REST = 10.0
MAKERS = 2
"""So many requests of a worker make answers at a time, the others wait: the cheap ones, the live
feed first of all, find the interpreter free."""


class Renewer:
    """One background thread that does jobs in turn. It starts with the first of them and can be
    stopped: a thread left inside DuckDB while the interpreter ends would bring the process down."""

    def __init__(self, rest: float = REST) -> None:
        self._rest = rest
        self._lock = Lock()
        self._jobs: PriorityQueue[tuple[int, int, Callable[[], object] | None]] = PriorityQueue()
        self._numbers = count()
        self._thread: Thread | None = None
        self._stopped = False

    def order(self, job: Callable[[], object], urgent: bool = False) -> None:
        """Have the job done soon, an urgent one before all others that wait; nothing once the
        thread is stopped."""
        with self._lock:
            if self._stopped:
                return
            if self._thread is None:
                self._thread = Thread(target=self._work, name="renewer", daemon=True)
                self._thread.start()
        self._jobs.put((int(not urgent), next(self._numbers), job))

    @property
    def stopped(self) -> bool:
        """Whether a long job should end early."""
        return self._stopped

    def halt(self) -> None:
        """Take no more and end soon. Takes no lock: a handler of signals may call it."""
        self._stopped = True

    def pause(self, seconds: float) -> None:
        """Let others work; ends early when the thread is to stop."""
        end = time.monotonic() + seconds
        while not self._stopped and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))

    def stop(self, seconds: float = 15.0) -> bool:
        """Forget what waits and wait for the job at hand; whether the thread has ended."""
        with self._lock:
            self._stopped = True
        self._jobs.put((0, next(self._numbers), None))
        if self._thread is None:
            return True
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        TURNS.exempt()
        while (job := self._jobs.get()[2]) is not None and not self._stopped:
            began = time.thread_time()
            try:
                job()
            except Exception:
                if not self._stopped:
                    log.exception("an answer can't be made anew, the older one stays")
            self.pause(min(LONGEST_REST, self._rest * (time.thread_time() - began)))


RENEWER = Renewer()
"""The one background thread of a cockpit's worker."""


class Turns:
    """A bound on threads within; one that is in may enter again, since answers stand on others.
    It is entered before the lock of a key, so that who holds such a lock waits for no turn; the
    background holds such locks and never waits."""

    def __init__(self, most: int) -> None:
        self._free, self._inside = Semaphore(most), local()

    def exempt(self) -> None:
        """This thread never waits."""
        self._inside.depth = 1

    def __enter__(self) -> None:
        depth = getattr(self._inside, "depth", 0)
        if not depth:
            self._free.acquire()
        self._inside.depth = depth + 1

    def __exit__(self, *_: object) -> None:
        self._inside.depth -= 1
        if not self._inside.depth:
            self._free.release()


TURNS = Turns(MAKERS)


class Kept:
    """Keyed answers of one kind. Safe between threads; one maker at a time for each key."""

    def __init__(
        self,
        seconds: float = MINUTE,
        limit: float | None = None,
        most: int | None = None,
        renewer: Renewer = RENEWER,
        clock: Callable[[], float] = time.monotonic,
        urgent: bool = False,
    ) -> None:
        """seconds: as long an answer is fresh. limit: never given when older; None = twice that.
        most: answers, where they are few and large; None = as many as fit into MOST_BYTES. Those
        asked for longest ago go first, the newest stays. urgent: made anew before other kinds."""
        self.seconds = seconds
        self.limit = 2 * seconds if limit is None else limit
        self._most, self._renewer, self._clock, self._urgent = most, renewer, clock, urgent
        self._lock = Lock()
        self._answers: OrderedDict[Any, tuple[float, Any]] = OrderedDict()
        self._sizes: dict[Any, int] = {}
        self._bytes = 0
        self._swept = clock()
        self._makers: dict[Any, Lock] = {}
        self._ordered: set[Any] = set()
        self._cleared = 0
        with _EVERY:
            _KINDS.add(self)

    def __call__(self, key: Any, make: Callable[[], Any]) -> Any:
        """What `make` gives for the key, at most `limit` old. Errors of `make` pass through; an
        answer that says it is `broken` is given, but not kept."""
        found = self._found(key)
        if found is None or found[0] > self.limit:
            with TURNS:
                return self._make(key, make, self.limit)
        if found[0] > self.seconds:
            self.renew(key, make)
        return found[1]

    def soon(self, key: Any, make: Callable[[], Any]) -> Any:
        """What is kept, None when there is nothing: nobody waits. What isn't fresh is made in the
        background."""
        found = self._found(key)
        if found is None or found[0] > self.seconds:
            self.renew(key, make)
        return None if found is None or found[0] > self.limit else found[1]

    def clear(self) -> None:
        """Forget everything, and what is being made at this moment."""
        with self._lock:
            self._answers.clear()
            self._sizes.clear()
            self._bytes = 0
            self._cleared += 1

    def _found(self, key: Any) -> tuple[float, Any] | None:
        """(age, answer)."""
        with self._lock:
            known = self._answers.get(key)
            if known is None:
                return None
            self._answers.move_to_end(key)
            return self._clock() - known[0], known[1]

    def renew(self, key: Any, make: Callable[[], Any], oldest: float | None = None) -> None:
        """Have it made anew in the background, if it is older than `oldest` by then (None = no
        longer fresh). It is as old as this order, however long the others before it take; one
        made since is not replaced."""
        asked = self._clock()
        with self._lock:
            if key in self._ordered:
                return
            self._ordered.add(key)

        def job() -> None:
            try:
                self._make(key, make, self.seconds if oldest is None else oldest, asked)
            finally:
                with self._lock:
                    self._ordered.discard(key)

        self._renewer.order(job, self._urgent)

    def _make(
        self, key: Any, make: Callable[[], Any], oldest: float, asked: float | None = None
    ) -> Any:
        """Make it, unless another did while we waited for our turn. What nobody may be given any
        more is let go of."""
        with self._lock:
            turn = self._makers.setdefault(key, Lock())
        with turn:
            found = self._found(key)
            now = self._clock()
            began = now if asked is None else asked
            if found is not None and (found[0] <= oldest or now - found[0] > began):
                return found[1]
            cleared = self._cleared
            made = make()
            with self._lock:
                self._makers.pop(key, None)
                if self._cleared != cleared or getattr(made, "broken", False):
                    return made
                self._drop(key)
                self._answers[key] = (began, made)
                self._sizes[key] = size(made)
                self._bytes += self._sizes[key]
                if now - self._swept > self.seconds:
                    self._swept = now
                    for old in [k for k, (at, _) in self._answers.items() if now - at > self.limit]:
                        self._drop(old)
                while len(self._answers) > 1 and self._crowded():
                    self._drop(next(iter(self._answers)))
            return made

    def _crowded(self) -> bool:
        return self._bytes > MOST_BYTES if self._most is None else len(self._answers) > self._most

    def _drop(self, key: Any) -> None:
        if self._answers.pop(key, None) is not None:
            self._bytes -= self._sizes.pop(key)


_KINDS: WeakSet[Kept] = WeakSet()
_EVERY = Lock()


def forget() -> None:
    """Nothing that is kept holds any more: all of it is made anew when it is asked for."""
    with _EVERY:
        kinds = list(_KINDS)
    for kind in kinds:
        kind.clear()


def size(answer: Any, depth: int = 4) -> int:
    """Bytes that an answer's frames and arrays hold, found through lists, dicts and fields down to
    `depth`; a little for the rest."""
    if isinstance(answer, pl.DataFrame | pl.Series):
        return int(answer.estimated_size()) + PLAIN
    if isinstance(answer, np.ndarray):
        return int(answer.nbytes) + PLAIN
    if isinstance(answer, str | bytes):
        return len(answer) + PLAIN
    if depth == 0:
        return PLAIN
    if isinstance(answer, dict):
        inside: Iterable[Any] = answer.values()
    elif isinstance(answer, list | tuple | set | frozenset):
        inside = answer
    else:
        inside = getattr(answer, "__dict__", {}).values()
    return PLAIN + sum(size(one, depth - 1) for one in inside)
