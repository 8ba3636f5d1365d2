"""The wait before the next try."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.backoff import Backoff


def wait(backoff: Backoff) -> float:
    """Whole tenths of a second until it is ready."""
    backoff.failed(100.0)
    return next(i / 10 for i in range(10_000) if backoff.ready(100 + i / 10))


@given(st.integers(0, 40))
def test_the_wait_doubles_within_its_bounds(failures: int) -> None:
    backoff = Backoff(1.0, 30.0)
    assert backoff.ready(0.0)
    for _ in range(failures):
        backoff.failed(0.0)
    span = min(30.0, 2.0**failures)
    assert max(1.0, span / 2) <= wait(backoff) <= span + 0.1


def test_waits_differ_and_success_forgets() -> None:
    backoff = Backoff(1.0, 30.0)
    waits = set()
    for _ in range(20):
        waits.add(wait(backoff))
    assert len(waits) > 10
    backoff.succeeded()
    assert wait(backoff) <= 1.1
