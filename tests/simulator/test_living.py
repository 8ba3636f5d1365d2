"""The living city in a loop of its own: faults of the library, chance, visits, links, clocks."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from simulator import city as demo
from simulator.chance import incidents, visits
from simulator.effects import quiet
from simulator.faults import Fault
from simulator.gateways import Link
from simulator.kept import begin
from simulator.living import LivingCity, length_of, midnight_of, moment
from simulator.parameters import parameters
from simulator.plant import remembered

ZONE = ZoneInfo("Asia/Shanghai")
NOON = round(datetime(2026, 3, 4, 13, tzinfo=ZONE).timestamp() * 1000)
BIRTH = date(2026, 3, 4).toordinal()
TANK, STACKED = "CW-0001", "CW-0003"


class Watched:
    """A small calm city, run by hand."""

    def __init__(self, count: int = 4, calm: bool = True) -> None:
        self.links: list[tuple[int, Link]] = []
        self.diary = io.StringIO()
        self.city = LivingCity(
            demo.stations(count, 1, 5020), 1, BIRTH, ZONE, calm=calm,
            cut=lambda station, link: self.links.append((station, link)), diary=self.diary,
        )  # fmt: skip
        self.now = NOON
        begin(self.city, BIRTH, NOON)

    def go(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += 1000
            for part in self.city.slices:
                self.city.tick(part, self.now)

    def inject(self, code: str, station: str, severity: int = 2, minutes: float = 60.0) -> Fault:
        fault = Fault("g", code, station, severity, self.now, self.now + int(minutes * 60_000))
        self.city.add([fault])
        return fault

    def show(self, station: str, code: str) -> float:
        """What the gauge of a point shows."""
        place = self.city.place[station]
        for part in self.city.slices:
            shown = [panel.read() for panel in part.panels]
            for group, cells in zip(part.groups, part.cells, strict=True):
                for block, plan in enumerate(group.plans):
                    if place in group.members and code in plan.codes:
                        column = group.members.tolist().index(place)
                        return float(shown[block][cells[block][plan.codes.index(code), column]])
        raise KeyError(code)


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_calm_city_holds_its_pressures_and_counts_on(watched: Watched) -> None:
    before = [part.plant.counters.outlet.copy() for part in watched.city.slices]
    watched.go(60)
    for part, first in zip(watched.city.slices, before, strict=True):
        error = part.plant.sets.state.pressure - part.plant.setpoint
        assert abs(error).max() < 0.05
        counted = part.plant.counters.outlet - first
        assert counted == pytest.approx(part.plant.sets.state.flow / 60.0, rel=0.5)
    assert not watched.links


def test_the_same_seed_gives_the_same_seconds() -> None:
    one, other = Watched(), Watched()
    one.go(20)
    other.go(20)
    for a, b in zip(one.city.slices, other.city.slices, strict=True):
        for name, array in remembered(a.plant).items():
            np.testing.assert_array_equal(array, remembered(b.plant)[name], err_msg=name)


def _tripped(w: Watched) -> None:
    w.inject("F10", TANK)
    running = next(n for n in (1, 2, 3) if w.show(TANK, f"L.P{n}.RUN") == 1.0)
    w.go(2)
    assert w.show(TANK, f"L.P{running}.FAULT") == 1.0
    assert w.show(TANK, f"L.P{running}.VFD_CODE") != 0.0
    assert w.show(TANK, f"L.P{running}.RUN") == 0.0
    w.go(30)
    assert sum(w.show(TANK, f"L.P{n}.RUN") for n in (1, 2, 3)) >= 1.0  # the standby


def _dark(w: Watched) -> None:
    w.inject("F12", TANK)
    w.go(40)
    assert w.show(TANK, "EL.MAINS_OK") == 0.0 and w.show(TANK, "EL.UPS_ON") == 1.0
    assert w.show(TANK, "EL.UA") == 0.0 and w.show(TANK, "EL.P") == 0.0
    assert w.show(TANK, "L.P_OUT") < 0.5 * w.show(TANK, "L.P_SET")
    assert w.show("CW-0002", "EL.MAINS_OK") == 1.0


def _burst(w: Watched) -> None:
    before = w.show(TANK, "L.Q_OUT")
    w.inject("F02", TANK)
    w.go(90)
    assert w.show(TANK, "L.Q_OUT") > before + 8.0


def _leak(w: Watched) -> None:
    part = next(p for p in w.city.slices if any(r.code == TANK for r in p.plant.rows))
    w.inject("F01", TANK, severity=3)
    w.go(60)
    assert 0.0 < part.plant.effects.burst.max() < 3.0


def _valve(w: Watched) -> None:
    part = next(p for p in w.city.slices if any(r.code == TANK for r in p.plant.rows))
    part.plant.water.state.filling[:] = True
    w.inject("F05", TANK)
    w.go(5)
    assert abs(w.show(TANK, "T1.VALVE_CMD") - w.show(TANK, "T1.VALVE_POS")) > 90.0


def _gauge(w: Watched) -> None:
    w.inject("F08", TANK)
    w.go(2)
    first = w.show(TANK, "L.P_OUT")
    w.go(20)
    assert w.show(TANK, "L.P_OUT") == first
    assert w.show(TANK, "M.P_OUT") != w.show(TANK, "M.P_OUT")  # noise elsewhere


def _flood(w: Watched) -> None:
    w.inject("F20", TANK, severity=3)
    w.go(240)
    assert w.show(TANK, "EN.FLOOD") == 1.0 and w.show(TANK, "EN.SUMP_FAULT") == 1.0


def _door(w: Watched) -> None:
    w.inject("F21", TANK)
    w.go(2)
    shown = {c: w.show(TANK, c) for c in ("SE.DOOR", "SE.ACCESS", "SE.PIR", "SE.ARM", "SE.VOICE")}
    assert shown == {
        "SE.DOOR": 1.0,
        "SE.ACCESS": 0.0,
        "SE.PIR": 1.0,
        "SE.ARM": 1.0,
        "SE.VOICE": 1.0,
    }


def _chlorine(w: Watched) -> None:
    before = w.show(STACKED, "WQ.CL_OUT")
    w.inject("F22", STACKED, severity=3)
    w.go(600)
    assert w.show(STACKED, "WQ.CL_IN") < 0.1
    assert w.show(STACKED, "WQ.CL_OUT") < 0.7 * before


def _silent(w: Watched) -> None:
    w.inject("F14", TANK, severity=1)
    w.go(1)
    assert w.links == [(0, Link.SILENT)]


def _lost(w: Watched) -> None:
    w.inject("F14", TANK)
    w.go(1)
    assert w.links == [(0, Link.DOWN)]


def _area(w: Watched) -> None:
    w.inject("F15", STACKED)
    w.go(1)
    assert w.links == [(2, Link.DOWN)]


SIGNATURES: dict[str, Callable[[Watched], None]] = {
    "F01": _leak, "F02": _burst, "F05": _valve, "F08": _gauge, "F10": _tripped, "F12": _dark,
    "F14": _lost, "F14 silent": _silent, "F15": _area, "F20": _flood, "F21": _door,
    "F22": _chlorine,
}  # fmt: skip


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature_of(watched: Watched, name: str) -> None:
    watched.go(3)
    SIGNATURES[name](watched)


def test_a_fault_ends_by_itself_or_when_it_is_cleared_and_stands_in_the_ledger(
    watched: Watched,
) -> None:
    watched.inject("F14", TANK, minutes=0.05)
    watched.inject("F12", STACKED)
    watched.go(6)
    assert watched.links == [(0, Link.DOWN), (0, Link.UP)]
    gone = watched.city.clear(lambda fault: fault.station == STACKED, watched.now)
    watched.go(1)
    assert [fault.code for fault in gone] == ["F12"] and not watched.city.faults
    assert watched.show(STACKED, "EL.MAINS_OK") == 1.0
    ledger = [json.loads(line) for line in watched.diary.getvalue().splitlines()]
    assert sorted((row["event"], row["code"]) for row in ledger) == [
        ("begin", "F12"), ("begin", "F14"), ("end", "F12"), ("end", "F14"),
    ]  # fmt: skip


def test_a_gateway_without_power_lives_until_its_battery_is_empty(watched: Watched) -> None:
    watched.inject("F12", TANK, severity=3, minutes=480)
    watched.go(2)
    assert not watched.links
    for part in watched.city.slices:
        part.plant.rooms.state.battery[:] = np.minimum(part.plant.rooms.state.battery, 0.01)
    watched.go(2)
    assert (0, Link.DOWN) in watched.links


def test_chance_brings_about_one_percent_of_the_city_into_trouble() -> None:
    rows = demo.stations(1000, 1, 5020)
    begin_ms = midnight_of(BIRTH, ZONE)
    faults = incidents(rows, 1, BIRTH, begin_ms)
    assert faults == incidents(rows, 1, BIRTH, begin_ms)
    minutes = sum((f.end or 0) - f.begin for f in faults) / 60_000
    assert 0.004 < minutes / (1000 * 1440) < 0.02
    assert {f.code for f in faults} >= {"F10", "F14", "F05", "F08", "F22"}


def test_a_restart_finds_the_chance_faults_that_go_on() -> None:
    first, second = Watched(300, calm=False), Watched(300, calm=False)
    first.go(2)
    second.now += 1000
    second.go(1)
    assert first.city.faults and first.city.faults == second.city.faults


def test_a_visit_shows_its_card_before_the_door_and_never_stands_armed() -> None:
    shape = parameters(demo.stations(40, 1, 5020), 1)
    days = [visits(shape, BIRTH + i) for i in range(7)]
    seen = np.array([~np.isnan(day.begin) for day in days]).sum(axis=0)
    assert (seen == 1).all()
    effects = quiet(shape)
    today = next(day for day in days if not np.isnan(day.begin).all())
    place = int(np.flatnonzero(~np.isnan(today.begin))[0])
    card = door = -100.0
    for second in np.arange(today.begin[place] - 5.0, today.end[place] + 15.0):
        effects.clear()
        today.work(effects, float(second))
        card = second if effects.card[place] else card
        door = second if effects.door[place] else door
        assert not effects.door[place] or second - card <= 30.0
        assert not effects.motion[place] or effects.disarmed[place]
    assert door > 0.0


def test_the_local_day_of_a_zone_with_summer_time() -> None:
    zone = ZoneInfo("Europe/Berlin")
    assert length_of(date(2026, 3, 29).toordinal(), zone) == 23 * 3600
    at = moment(midnight_of(date(2026, 3, 29).toordinal(), zone) + 3_600_500, zone)
    assert at.seconds == 3600.0 and at.ms % 1000 == 0
