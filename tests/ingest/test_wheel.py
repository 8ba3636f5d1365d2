"""Turns of the wheel on a real loop."""

from __future__ import annotations

import asyncio
import time

from ingest.wheel import Wheel


def turns(period: float, seconds: float, stall: float = 0.0) -> tuple[list[int], Wheel]:
    """Slots in the order of their service; one of them stalls the loop once."""
    served: list[int] = []

    async def run() -> Wheel:
        def serve(slot: int, now: float) -> None:
            if stall and len(served) == 5:
                time.sleep(stall)
            served.append(slot)

        wheel = Wheel(period, serve)
        wheel.start()
        await asyncio.sleep(seconds)
        wheel.stop()
        stopped = len(served)
        await asyncio.sleep(3 * period / wheel.slots)
        assert len(served) == stopped
        return wheel

    return served, asyncio.run(run())


def test_every_slot_has_its_turn_in_order() -> None:
    served, wheel = turns(0.2, 0.5)
    assert wheel.slots == 10
    assert served == [i % 10 for i in range(len(served))]
    assert 15 <= len(served) <= 26
    assert wheel.missed_periods == 0


def test_a_late_slot_is_served_at_once() -> None:
    served, wheel = turns(0.2, 0.6, stall=0.1)
    assert served == [i % 10 for i in range(len(served))]
    assert wheel.missed_periods == 0
    assert max(wheel.lags) > 0.05
    assert len(served) >= 20


def test_whole_periods_that_were_slept_through_are_counted_not_made_up_for() -> None:
    served, wheel = turns(0.2, 0.9, stall=0.65)
    assert wheel.missed_periods == 3
    assert served == [i % 10 for i in range(len(served))]
    assert len(served) < 30


def test_a_turn_that_fails_is_said_and_the_next_one_comes() -> None:
    served: list[int] = []
    said: list[object] = []

    async def run() -> None:
        def serve(slot: int, now: float) -> None:
            served.append(slot)
            if slot == 3:
                raise RuntimeError("a gateway did what nobody thought of")

        asyncio.get_running_loop().set_exception_handler(lambda _, what: said.append(what))
        wheel = Wheel(0.2, serve)
        wheel.start()
        await asyncio.sleep(0.5)
        wheel.stop()

    asyncio.run(run())
    assert served[:15] == [i % 10 for i in range(15)]
    assert len(said) == served.count(3)
