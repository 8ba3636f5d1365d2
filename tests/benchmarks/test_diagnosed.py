"""The diagnosis on faults of the running simulator, through registers, engine and windows."""

from __future__ import annotations

import pytest

from analytics.alarm import SUPPRESSED
from benchmarks.diagnosed import TRUTH, Recorder, rank_of
from benchmarks.fault_city import Watched
from benchmarks.fault_draws import Event, plan
from benchmarks.fault_scores import EXPECTED
from data.catalogue.diagnosis import matrix
from data.catalogue.rules import rules
from ingest.diagnosis_window import AFTER
from simulator import city
from simulator.faults import LIBRARY

CODES = ("F05", "F10", "F12", "F13", "F16", "F21", "F28", "F32")
"""Those that show within minutes."""


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], int]:
    """(fault, rule) -> rank of the true cause, of every alarm that finds its fault."""
    stations = city.stations(40, 9007, 5020)
    watched = Watched(rules(), stations, 9007, 13.0)
    events: list[Event] = plan([(code, 2) for code in CODES], stations, 9007, watched.now + 60_000)
    code_of = {event.rows[0].id: event.code for event in events}
    recorder = Recorder(watched.fleet, list(code_of))
    for n, event in enumerate(events):
        watched.add(event.faults(f"{event.code}-{n}"))
    watched.go(900, recorder.look)
    ranks = {}
    for alarm in watched.judge.alarms:
        code = code_of.get(alarm.station or 0, "")
        if not code or alarm.rule not in EXPECTED[code].rules or alarm.state == SUPPRESSED:
            continue
        until = alarm.active_ms + round(1000 * AFTER)
        told = recorder.diagnose(
            alarm.rule, alarm.station, alarm.district, alarm.point, alarm.place,
            alarm.active_ms, alarm.raw_ms, min(until, watched.now),
        )  # fmt: skip
        ranks[code, alarm.rule] = rank_of(told, code)
    return ranks


@pytest.mark.parametrize("code", CODES)
def test_the_first_cause_is_the_true_one(code: str, found: dict[tuple[str, str], int]) -> None:
    mine = {rule: rank for (of, rule), rank in found.items() if of == code}
    assert mine, "nothing found the fault"
    assert set(mine.values()) == {1}, mine


def test_every_fault_of_the_simulator_is_one_of_the_diagnosis() -> None:
    assert set(TRUTH) == set(LIBRARY) - {"F17"}  # right totals, no alarm
    assert {code for codes in TRUTH.values() for code in codes} <= set(matrix().faults)
