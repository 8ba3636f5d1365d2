"""Parts of a long reading on all cores, each in a process of its own; they write nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from multiprocessing import get_context, parent_process
from typing import Any, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")
Tell = Callable[[], None]
"""Says that one more step of a part is done."""
LOOK = 0.2
"""Seconds between two looks at what is done."""
_own: dict[str, Any] = {}
"""Of a process of a crew: the queue of the steps that it has done, and whether it shall stop."""


class Dismissed(Exception):
    """Nobody waits for this part any more."""


def together(
    work: Callable[[Task, Tell], Result], tasks: Sequence[Task], tell: Callable[[int], None],
    processes: int | None = None,
) -> list[Result]:  # fmt: skip
    """What `work(task, done)` gives of every task, in their order, a core each. `tell(n)` is told
    of the steps that all have done; what it or a part raises ends all. All has to be picklable."""
    context = get_context("spawn")
    steps, stop = context.SimpleQueue(), context.Event()
    many = min(processes or len(os.sched_getaffinity(0)), len(tasks))
    count = 0
    with ProcessPoolExecutor(many, context, _begin, (steps, stop)) as pool:
        parts = [pool.submit(_part, work, task) for task in tasks]
        try:
            while True:
                state = wait(parts, LOOK, FIRST_EXCEPTION)
                while not steps.empty():
                    count += steps.get()
                tell(count)
                for part in state.done:
                    part.result()
                if not state.not_done:
                    return [part.result() for part in parts]
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _begin(steps: Any, stop: Any) -> None:
    _own.update(steps=steps, stop=stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A pool's processes outlive a parent that was killed, and wait for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _part(work: Callable[[Task, Tell], Result], task: Task) -> Result:
    return work(task, _done)


def _done() -> None:
    if _own["stop"].is_set():
        raise Dismissed
    _own["steps"].put(1)
