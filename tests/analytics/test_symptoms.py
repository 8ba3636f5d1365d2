"""Measures of a window, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analytics.hydraulics import METRES_PER_MPA, PumpCurve
from analytics.symptoms import Array, Window
from analytics.symptoms_plant import MEASURES

AT: Array = np.arange(-1800.0, 60.0, 2.0)
N = len(AT)
LATE = AT >= 0.0
FACTS = {"rated_flow": 16.0, "rated_head": 52.0, "rated_current": 11.0, "overflow_level": 2.5,
         "tank_area": 20.0, "tank": 1.0}  # fmt: skip


def flat(value: float) -> Array:
    return np.full(N, value)


def noisy(value: float, spread: float, seed: int = 1) -> Array:
    return value + spread * np.random.default_rng(seed).standard_normal(N)


def measured(name: str, point: str = "", /, **values: Array) -> float:
    """A measure of a window of these points: L_P_OUT stands for L.P_OUT."""
    told = {code.replace("_", ".", 1): array for code, array in values.items()}
    told = {c.replace("L.P1_", "L.P1.").replace("L.P2_", "L.P2."): a for c, a in told.items()}
    return MEASURES[name](Window(AT, told, zone="L", tank=1, onset=0.0, facts=FACTS), point)


def test_now_before_and_the_highest_pump() -> None:
    low = np.where(LATE, 0.2, 0.3)
    assert measured("now", "PH.P_MAIN", PH_P_MAIN=low) == pytest.approx(0.2)
    assert measured("change", "PH.P_MAIN", PH_P_MAIN=low) == pytest.approx(-0.1)
    code = measured("now", "{z}.P{n}.VFD_CODE", L_P1_VFD_CODE=flat(0), L_P2_VFD_CODE=flat(4))
    assert code == 4.0
    assert math.isnan(measured("now", "PH.P_MAIN"))


def test_excess_over_the_usual_or_over_the_windows_beginning() -> None:
    flow = np.where(AT > -300.0, 18.0, 12.0)
    assert measured("excess", "{z}.Q_OUT", L_Q_OUT=flow) == pytest.approx(0.5)
    window = Window(AT, {"L.Q_OUT": flow}, zone="L", usual={"L.Q_OUT": 9.0})
    assert MEASURES["excess"](window, "{z}.Q_OUT") == pytest.approx(1.0)


def test_water_swings_at_both_gauges_noise_at_one() -> None:
    wave = 0.03 * np.sin(2 * np.pi * AT / 14.0)
    far = {"L_P_END": 0.2 + wave}
    assert measured("swing", "{z}.P_OUT", L_P_OUT=0.5 + wave, **far) == pytest.approx(
        0.0212, abs=1e-3
    )
    assert measured("noise", "{z}.P_OUT", L_P_OUT=0.5 + wave, **far) == 0.0
    quiet = {"L_P_END": noisy(0.2, 0.0015, 2)}
    assert measured("swing", "{z}.P_OUT", L_P_OUT=noisy(0.5, 0.015), **quiet) == 0.0
    found = measured("noise", "{z}.P_OUT", L_P_OUT=noisy(0.5, 0.015), **quiet)
    assert found == pytest.approx(0.015, rel=0.2)


def test_without_a_far_end_the_drives_are_the_witness() -> None:
    wave = 0.03 * np.sin(2 * np.pi * AT / 14.0)
    hunting = {"L_P1_F": 44.0 + 3.0 * np.sin(2 * np.pi * AT / 14.0)}
    assert measured("swing", "{z}.P_OUT", L_P_OUT=0.5 + wave, **hunting) > 0.02
    assert measured("swing", "{z}.P_OUT", L_P_OUT=0.5 + wave, L_P1_F=flat(44.0)) == 0.0


def test_single_wild_readings() -> None:
    spiky = noisy(0.5, 0.001)
    spiky[-250::50] = 2.4
    assert measured("wild", "{z}.P_OUT", L_P_OUT=spiky) == pytest.approx(5 / 298, rel=0.1)
    stepped = np.where(LATE, 0.2, 0.5)
    assert measured("wild", "{z}.P_OUT", L_P_OUT=stepped) == 0.0


def test_a_gauge_that_stands_still() -> None:
    runs = {"L_P1_RUN": flat(1.0), "L_P1_F": flat(44.0)}
    stuck = noisy(0.5, 0.0015)
    stuck[AT > -700.0] = 0.5
    assert measured("still", "{z}.P_OUT", L_P_OUT=stuck, **runs) == 0.0
    assert measured("still", "{z}.P_OUT", L_P_OUT=noisy(0.5, 0.0015), **runs) > 0.004
    assert math.isnan(measured("still", "{z}.P_OUT", L_P_OUT=stuck, L_P1_RUN=flat(0.0)))
    coarse = np.round(stuck, 2)
    coarse[:9] = 0.51
    assert math.isnan(measured("still", "{z}.P_OUT", L_P_OUT=coarse, **runs))
    limit = {"L_P1_RUN": flat(1.0), "L_P1_F": np.where(AT > -300.0, 50.0, 44.0)}
    assert measured("still", "{z}.P_OUT", L_P_OUT=coarse, **limit) == 0.0


def test_silence_now_and_in_the_window() -> None:
    """No answer from 100 s before the alarm to 38 s before it; then none since 22 s before."""
    gap = (AT <= -100.0) | (AT >= -38.0)
    window = Window(AT[gap], {}, onset=-100.0)
    assert MEASURES["silence"](window, "") == pytest.approx(62.0)
    before = Window(AT[gap], {}, onset=0.0)
    assert MEASURES["silence"](before, "") == 2.0
    ended = Window(AT[AT < -20.0], {}, around={"silence": 81.0})
    assert MEASURES["silence"](ended, "") == 81.0


def test_changes_of_the_rules_own_contact() -> None:
    """8 s closed, 8 s open for 3 min: 7.5 changes a minute at the liveliest."""
    shut = np.where((AT > -180.0) & (AT % 16.0 < 8.0), 1.0, 0.0)
    window = Window(AT, {"EN.FLOOD": shut}, point="EN.FLOOD")
    assert MEASURES["flips"](window, "") == pytest.approx(7.5, abs=0.5)
    pressure = Window(AT, {"L.P_OUT": noisy(0.5, 0.1)}, point="L.P_OUT")
    assert math.isnan(MEASURES["flips"](pressure, ""))


def test_what_runs_back_is_flow_by_the_curve_that_does_not_leave() -> None:
    """Speed of 4 m³/h more than the 8 that leave: 0.25 of the rated 16."""
    curve = PumpCurve.nameplate(16.0, 52.0, 1.0, 0.6)
    head = (0.5 - 0.02) * METRES_PER_MPA
    speed = 50.0 * float(curve.speed(12.0, head))
    points = {"L_P_OUT": flat(0.5), "L_P_IN": flat(0.02), "L_Q_OUT": flat(8.0)}
    assert measured("unseen_flow", L_P1_F=flat(speed), **points) == pytest.approx(0.25, abs=1e-6)
    own = 50.0 * float(curve.speed(8.0, head))
    assert measured("unseen_flow", L_P1_F=flat(own), **points) == pytest.approx(0.0, abs=1e-6)


def test_a_tank_that_loses_what_nobody_meters() -> None:
    """20 m² fall 0.3 m/h = 6 m³/h; 10 go out, 9 come in: 5 are lost."""
    level = 2.0 - 0.3 * (AT + 1800.0) / 3600.0
    window = Window(
        AT, {"T1.LEVEL": level, "L.Q_OUT": flat(10.0), "PH.Q_IN": flat(9.0)}, tank=1,
        onset=-1800.0, facts=FACTS,
    )  # fmt: skip
    assert MEASURES["unexplained_loss"](window, "") == pytest.approx(5.0, abs=0.3)


def test_scales() -> None:
    running = {"L_P1_P": flat(4.0), "L_P2_P": flat(0.0)}
    assert measured("meter_ratio", EL_P=flat(43.0), **running) == pytest.approx(10.0)
    assert measured("meter_ratio", EL_P=flat(2.15), **running) == pytest.approx(2.0)
    assert measured("flow_of_rating", L_Q_OUT=flat(80.0), L_P1_RUN=flat(1.0)) == 5.0


def test_phases_and_valve() -> None:
    volts = {"EL_UA": flat(182.4), "EL_UB": flat(228.0), "EL_UC": flat(228.0)}
    assert measured("imbalance", **volts) == pytest.approx(45.6 / 212.8)
    assert measured("lowest_volts", **volts) == pytest.approx(182.4)
    valve = {"T1_VALVE_POS": flat(100.0), "T1_VALVE_CMD": flat(0.0)}
    assert measured("valve_over", **valve) == 100.0
    assert measured("fill", T1_LEVEL=flat(2.0)) == pytest.approx(0.8)


def test_starts_an_hour_and_the_sag_between_them() -> None:
    """On for 60 s of each 120 s; while off the pressure falls 0.02 MPa a minute."""
    phase = (AT + 1800.0) % 120.0
    runs = np.where(phase < 60.0, 1.0, 0.0)
    pressure = np.where(runs > 0, 0.5, 0.5 - 0.02 * (phase - 60.0) / 60.0)
    assert measured("starts", L_P1_RUN=runs) == pytest.approx(29.0, abs=1.1)
    assert measured("rest", L_P1_RUN=runs) == 60.0
    assert measured("sag", L_P1_RUN=runs, L_P_OUT=pressure) == pytest.approx(0.02, rel=0.05)
