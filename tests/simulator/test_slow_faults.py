"""Signatures of the faults that wear, clog, drift and miscount, second by second."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulator.faults import LIBRARY, MINUTE, Fault
from simulator.plant import Plant
from tests.simulator.test_living import SIGNATURES, TANK, Watched
from tests.simulator.test_more_faults import MORE


def grown(w: Watched, code: str, severity: int = 3, place: str = "") -> None:
    """A fault that began ten minutes ago."""
    began = w.now - 10 * MINUTE
    w.city.add([Fault("g", code, TANK, severity, began, w.now + 60 * MINUTE, place)])


def plant(w: Watched) -> tuple[Plant, int, int]:
    """(plant, place of the station, its first set)"""
    part, place = w.city.home(TANK)
    return part.plant, place, int(np.flatnonzero(part.plant.shape.station == place)[0])


def _worn(w: Watched) -> None:
    twin = Watched()
    twin.go(3)
    now, _, row = plant(w)
    lead = int(np.argmax(now.sets.state.speed[row]))
    grown(w, "F03", place=f"L.P{lead + 1}")
    w.go(60)
    twin.go(60)
    healthy = plant(twin)[0].sets.state
    assert now.sets.troubles.head[row, lead] == pytest.approx(0.88)
    flow = now.sets.state.flow[row] / healthy.flow[row]
    assert flow == pytest.approx(1.0, abs=0.02)
    assert now.sets.state.speed[row].max() > 1.02 * healthy.speed[row].max()


def _clogged(w: Watched) -> None:
    before = w.show(TANK, "L.DP_STR"), w.show(TANK, "L.P_IN")
    grown(w, "F04")
    w.go(10)
    now, _, row = plant(w)
    each = now.sets.state.pump_flow[row].max()
    more = now.shape.curve.c[row] * 2.5 * each**2 / 101.97
    assert w.show(TANK, "L.DP_STR") - before[0] == pytest.approx(more, abs=0.004)
    assert before[1] - w.show(TANK, "L.P_IN") == pytest.approx(more, abs=0.008)


def _runs_back(w: Watched) -> None:
    grown(w, "F06")
    w.go(30)
    now, _, row = plant(w)
    state = now.sets.state
    back = state.pump_flow[row].sum() - state.flow[row]
    assert back == pytest.approx(10.0, rel=0.15)


def _drifted(w: Watched) -> None:
    grown(w, "F07")
    w.go(60)
    now, _, row = plant(w)
    assert w.show(TANK, "L.P_OUT") == pytest.approx(w.show(TANK, "L.P_SET"), abs=0.02)
    assert now.sets.state.pressure[row] == pytest.approx(now.setpoint[row] - 0.10, abs=0.02)


def _counted_anew(w: Watched) -> None:
    before = w.show(TANK, "L.V_OUT"), w.show(TANK, "EL.E")
    w.inject("F17", TANK, severity=1, minutes=0.1)
    w.go(2)
    assert w.show(TANK, "L.V_OUT") < 1.0
    assert w.show(TANK, "EL.E") >= before[1]
    w.go(10)
    w.inject("F17", TANK, severity=3)
    w.go(2)
    assert w.show(TANK, "EL.E") < 1.0 and w.show(TANK, "PH.V_IN") < 1.0
    first = w.show(TANK, "L.V_OUT")
    w.go(120)
    assert w.show(TANK, "L.V_OUT") > first, "once, not every second"


def _scaled(w: Watched) -> None:
    before = w.show(TANK, "EL.P")
    w.inject("F18", TANK, severity=2)
    first = w.show(TANK, "EL.E")
    w.go(30)
    now, place, _ = plant(w)
    assert w.show(TANK, "EL.P") == pytest.approx(10.0 * now.power[place], rel=0.05)
    assert w.show(TANK, "EL.P") > 5.0 * before
    assert w.show(TANK, "EL.E") - first == pytest.approx(now.power[place] * 10 * 30 / 3600, rel=0.2)


def _stolen(w: Watched) -> None:
    w.inject("F33", TANK, severity=1)
    now, _, row = plant(w)
    begin = now.counters.used[row], now.counters.outlet[row]
    taken = 0.0
    for _ in range(20):
        w.go(1)
        state = now.sets.state
        taken += float((state.flow - now.sets.leak(now.effects.burst))[row]) / 3600.0
    assert now.counters.used[row] - begin[0] == pytest.approx(0.97 * taken, rel=1e-6)
    assert now.counters.outlet[row] - begin[1] > taken


SLOW: dict[str, Callable[[Watched], None]] = {
    "F03": _worn, "F04": _clogged, "F06": _runs_back, "F07": _drifted, "F17": _counted_anew,
    "F18": _scaled, "F33": _stolen,
}  # fmt: skip


def test_every_fault_of_the_library_has_a_signature() -> None:
    assert {name[:3] for name in SIGNATURES} | set(SLOW) | set(MORE) == set(LIBRARY)


@pytest.mark.parametrize("name", SLOW)
def test_signature_of(name: str) -> None:
    watched = Watched()
    watched.go(3)
    SLOW[name](watched)


def test_when_a_fault_ends_the_pumps_are_as_before() -> None:
    watched = Watched()
    watched.go(3)
    now, _, row = plant(watched)
    slow = now.sets.troubles
    grown(watched, "F03")
    watched.go(2)
    assert now.sets.troubles.head[row, 0] < slow.head[row, 0]
    watched.city.clear(lambda fault: True, watched.now)
    watched.go(2)
    np.testing.assert_array_equal(now.sets.troubles.head, slow.head)
