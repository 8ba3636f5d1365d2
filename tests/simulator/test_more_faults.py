"""Signatures of the faults of pumps, water, gauges, contacts and areas, second by second."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from simulator import city as demo
from simulator.control import Refused
from simulator.gauge_faults import INVERTED, LOOSE
from simulator.neighbours import struck, unfit
from simulator.plant import Plant, recall, remembered
from simulator.serve import inject
from tests.simulator.test_living import STACKED, TANK, Watched


def plant(w: Watched, station: str = TANK) -> tuple[Plant, int, int]:
    """(plant, place of the station, its first set)"""
    part, place = w.city.home(station)
    return part.plant, place, int(np.flatnonzero(part.plant.shape.station == place)[0])


def series(w: Watched, code: str, seconds: int, every: int = 1, station: str = TANK) -> np.ndarray:
    """What the gauge of a point shows, again and again."""
    shown = []
    for _ in range(0, seconds, every):
        w.go(every)
        shown.append(w.show(station, code))
    return np.array(shown)


def _noisy(w: Watched) -> None:
    w.inject("F09", TANK, severity=1)
    w.go(1)
    now, _, row = plant(w)
    off = [w.show(TANK, "L.P_OUT") - now.sets.state.pressure[row] for _ in range(200)]
    assert np.std(off) == pytest.approx(0.015, rel=0.2)
    assert w.show(TANK, "M.P_OUT") == pytest.approx(now.sets.state.pressure[row + 1], abs=0.01)
    w.city.clear(lambda fault: True, w.now)
    w.inject("F09", TANK, severity=2)
    w.go(1)
    wild = np.array([abs(w.show(TANK, "L.P_OUT") - now.setpoint[row]) > 0.2 for _ in range(3000)])
    assert 0.005 < wild.mean() < 0.017
    w.go(60)
    assert now.sets.state.pressure[row] == pytest.approx(now.setpoint[row], abs=0.03)


def _all_pumps(w: Watched) -> None:
    w.inject("F11", TANK)
    w.go(30)
    faults = [f"L.P{n}.FAULT" for n in (1, 2, 3)]
    assert sum(w.show(TANK, code) for code in faults) == 1.0
    for trouble in w.city.home(TANK)[0].troubles:  # nine and a half minutes later
        object.__setattr__(trouble.fault, "begin", trouble.fault.begin - 570_000)
    w.go(60)
    assert sum(w.show(TANK, code) for code in faults) == 3.0
    assert w.show(TANK, "L.P_OUT") < 0.5 * w.show(TANK, "L.P_SET")
    assert w.show(TANK, "M.P_OUT") > 0.9 * w.show(TANK, "M.P_SET")


def _phase(w: Watched) -> None:
    w.inject("F13", TANK, severity=1)
    w.go(1)
    volts = [w.show(TANK, f"EL.U{phase}") for phase in "ABC"]
    assert volts[0] < 0.93 * min(volts[1:])
    amperes = [w.show(TANK, f"EL.I{phase}") for phase in "ABC"]
    assert amperes[0] < 0.85 * min(amperes[1:])
    w.city.clear(lambda fault: True, w.now)
    w.inject("F13", TANK, severity=3)
    w.go(1)
    now, place, _ = plant(w)
    assert w.show(TANK, "EL.UA") == 0.0 and w.show(TANK, "EL.IA") == 0.0
    apparent = sum(w.show(TANK, f"EL.U{p}") * w.show(TANK, f"EL.I{p}") for p in "BC") / 1000.0
    assert apparent * 0.93 == pytest.approx(now.power[place], rel=0.05)


def _frozen(w: Watched) -> None:
    w.inject("F16", TANK)
    w.go(10)
    w.city.refresh()
    first = {code: w.show(TANK, code) for code in ("CM.PLC_HB", "L.P_OUT", "L.Q_OUT", "EL.UA")}
    w.go(20)
    assert first == {code: w.show(TANK, code) for code in first}
    assert w.show(TANK, "CM.BUS_ERR") == 35.0
    assert w.show("CW-0002", "CM.PLC_HB") != w.show(TANK, "CM.PLC_HB")
    assert not w.links, "the gateway answers"
    w.city.clear(lambda fault: True, w.now)
    w.go(2)
    assert w.show(TANK, "CM.PLC_HB") == first["CM.PLC_HB"] + 22.0 or (
        w.show(TANK, "CM.PLC_HB") > first["CM.PLC_HB"] + 20.0
    )


def _overflow(w: Watched) -> None:
    now, place, _ = plant(w)
    now.water.state.level[place] = 0.999 * now.shape.overflow[place]
    w.inject("F19", TANK, severity=3)
    w.go(240)
    assert w.show(TANK, "T1.LEVEL") == pytest.approx(now.shape.overflow[place], abs=0.02)
    assert w.show(TANK, "T1.HH") == 0.0, "the float is dead"
    assert w.show(TANK, "T1.OVF") == 1.0 and w.show(TANK, "EN.SUMP_FAULT") == 1.0
    assert w.show(TANK, "T1.VALVE_CMD") == 0.0 and w.show(TANK, "T1.VALVE_POS") == 100.0


def _turbid(w: Watched) -> None:
    before = w.show(STACKED, "WQ.TURB")
    w.inject("F23", STACKED, severity=1)
    w.inject("F23", TANK, severity=1)
    w.go(900)
    through, mixed = w.show(STACKED, "WQ.TURB"), w.show(TANK, "WQ.TURB")
    assert through > before + 1.5
    assert mixed < through, "a tank dilutes it"


def _foreign(w: Watched) -> None:
    codes = ("WQ.CL_OUT", "WQ.TURB", "WQ.COND")
    before = {code: w.show(TANK, code) for code in codes}
    w.inject("F24", TANK)
    w.go(130)
    assert w.show(TANK, "WQ.CL_OUT") < 0.6 * before["WQ.CL_OUT"]
    assert w.show(TANK, "WQ.TURB") > before["WQ.TURB"] + 1.5
    assert w.show(TANK, "WQ.COND") == pytest.approx(before["WQ.COND"] + 90.0, abs=5.0)
    assert w.show(TANK, "WQ.CL_IN") > 0.3, "the mains are as they were"


def _dry(w: Watched) -> None:
    w.inject("F25", TANK)
    w.go(1)
    assert w.show(TANK, "WQ.FLOWCELL") == 0.0 and w.show(TANK, "WQ.CL_OUT") == 0.0
    now, place, _ = plant(w)
    assert now.water.state.chlorine[place] > 0.2, "the water is as it was"


def _flat(w: Watched) -> None:
    twin = Watched()
    twin.go(3)
    w.inject("F26", TANK)
    for each in (w, twin):
        now, _, row = plant(each)
        now.sets.state.asleep[row], now.sets.state.waking[row] = True, False
        now.sets.state.speed[row] = 0.0
    fell = []
    for each in (w, twin):
        now, _, row = plant(each)
        begin = now.sets.state.pressure[row]
        each.go(1)
        fell.append(begin - now.sets.state.pressure[row])
    assert fell[0] == pytest.approx(20.0 * fell[1], rel=0.1)


def _hunts(w: Watched) -> None:
    calm = series(w, "L.P_OUT", 120)
    w.inject("F27", TANK)
    w.go(60)
    assert series(w, "L.P_OUT", 240).std() > max(0.015, 2.0 * calm.std())


def _set_higher(w: Watched) -> None:
    before = w.show(TANK, "L.P_SET")
    w.inject("F28", TANK)
    w.go(1)
    assert w.show(TANK, "L.P_SET") == pytest.approx(before + 0.08, abs=1e-9)
    w.go(60)
    assert w.show(TANK, "L.P_OUT") == pytest.approx(before + 0.08, abs=0.02)


def _low_mains(w: Watched) -> None:
    before = w.show(TANK, "PH.P_MAIN")
    w.inject("F29", TANK, severity=3)
    w.go(300)
    assert w.show(TANK, "PH.P_MAIN") == pytest.approx(before - 0.09, abs=0.02), "half way"
    w.go(330)
    assert w.show(TANK, "PH.P_MAIN") == pytest.approx(before - 0.18, abs=0.02)


def _low_suction(w: Watched) -> None:
    w.inject("F30", STACKED)
    w.go(5)
    assert w.show(STACKED, "L.P_IN") < 0.14 and w.show(STACKED, "L.P_VES") < 0.15


def _wrong_way(w: Watched) -> None:
    for severity, code in enumerate(INVERTED, 1):
        assert w.show(TANK, code) == 0.0
        w.inject("F31", TANK, severity=severity)
        w.go(1)
        assert w.show(TANK, code) == 1.0 and w.show(STACKED, code) == 0.0
        w.city.clear(lambda fault: True, w.now)
    w.inject("F31", TANK, severity=1)
    w.inject("F21", TANK, severity=1)
    w.go(1)
    assert w.show(TANK, "SE.DOOR") == 0.0, "an open door shows as shut"


def _chatters(w: Watched) -> None:
    for severity, template in enumerate(LOOSE, 1):
        code = template.format(z="L", n=1)
        w.inject("F32", TANK, severity=severity)
        shown = series(w, code, 60)
        assert (np.diff(shown) == 1.0).sum() >= 3, code
        assert w.show(TANK, "L.P1.VFD_CODE") == 0.0
        w.city.clear(lambda fault: True, w.now)


MORE: dict[str, Callable[[Watched], None]] = {
    "F09": _noisy, "F11": _all_pumps, "F13": _phase, "F16": _frozen, "F19": _overflow,
    "F23": _turbid, "F24": _foreign, "F25": _dry, "F26": _flat, "F27": _hunts,
    "F28": _set_higher, "F29": _low_mains, "F30": _low_suction, "F31": _wrong_way,
    "F32": _chatters,
}  # fmt: skip


@pytest.mark.parametrize("name", MORE)
def test_signature_of(name: str) -> None:
    watched = Watched()
    watched.go(3)
    MORE[name](watched)


def test_a_fault_may_strike_neighbours_and_not_everybody() -> None:
    rows = demo.stations(200, 1, 5020)
    tank = next(row for row in rows if row.tanks)
    stacked = next(row for row in rows if not row.tanks)
    assert unfit("F19", stacked) and not unfit("F19", tank)
    assert unfit("F30", tank) and not unfit("F30", stacked)
    assert struck("F10", tank, rows, 1) == [tank.code]
    zone = struck("F29", tank, rows, 1)
    near = [row for row in rows if row.district_id == tank.district_id]
    assert zone[0] == tank.code and set(zone) < {row.code for row in near}
    assert 4 <= len(zone) == max(4, round(0.1 * len(near)))
    far = max(abs((r.latitude or 0) - (tank.latitude or 0)) for r in near)
    inside = max(abs((r.latitude or 0) - (tank.latitude or 0)) for r in near if r.code in zone)
    assert inside < far


def test_an_area_fault_that_is_injected_strikes_them_all_under_one_name() -> None:
    watched = Watched(60)
    told = {"code": "F29", "station": TANK, "severity": 3}
    faults = inject(watched.city, told, watched.now)
    assert len(faults) >= 4 and len({fault.group for fault in faults}) == 1
    with pytest.raises(Refused, match="has a tank"):
        inject(watched.city, {"code": "F30", "station": TANK}, watched.now)


def test_a_state_from_before_the_mains_could_be_turbid_is_taken_over() -> None:
    watched = Watched()
    part = watched.city.slices[0]
    old = {n: a.copy() for n, a in remembered(part.plant).items() if n != "water.murk"}
    part.plant.water.state.murk[:] = 9.0
    recall(part.plant, old)
    assert (part.plant.water.state.murk == 0.0).all()
