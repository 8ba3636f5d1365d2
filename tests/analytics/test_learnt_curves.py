"""Curves learnt from steady windows, and what they say about wear and the energy gap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.energy_gap import Work, calibration, draws, excess, gap, lowest_far_end, told
from analytics.hydraulics import PumpCurve, head_factor
from analytics.learnt_curves import Bins, learn, shaft_power
from analytics.pump_history import past
from analytics.results import Quality, Reason
from analytics.wear import Cause, cause, common_shift, grade, onset, strainer_loss, wear

RATED = 20.0
ONE = PumpCurve.nameplate([RATED], [60.0], [5.5], [0.68])


def bins(curve: PumpCurve = ONE, lift: float = 45.0, noise: float = 0.0) -> Bins:
    """A pump against a constant lift: twelve bins, each with 40 windows."""
    chance = np.random.default_rng(1)
    at_full = (np.arange(12) + 0.5) / 12 * 1.5 * RATED
    rated_head = np.asarray(curve.shutoff_head - curve.c * at_full**2)
    speed = np.sqrt(lift / rated_head)
    head = rated_head * (1.0 + noise * chance.standard_normal(12))
    flow = at_full * speed
    shaft = 9.80665 / 3600 * flow * lift / np.asarray(curve.efficiency(flow, speed))
    motor = 0.90 * (1 - np.exp(-7.5 * shaft / 5.5))
    power = shaft / (motor * (0.97 - 0.05 * (1 - speed)))
    n = np.full(12, 40.0)
    sums = {"n": n, "q": n * at_full, "h": n * head, "p": n * power / speed**3, "s": n * speed}
    return Bins.of_sums({k: v[None, :] for k, v in sums.items()}, [1e-6])


def plate(bend: float) -> PumpCurve:
    return replace(ONE, shutoff_head=ONE.shutoff_head * bend, c=ONE.c * bend)


def test_the_curve_is_found_though_the_nameplate_is_wrong() -> None:
    found = learn(bins(noise=0.001), plate(1.04))
    assert found.known.all()
    assert found.curve.shutoff_head == pytest.approx(ONE.shutoff_head, rel=0.004)
    assert found.curve.c == pytest.approx(ONE.c, rel=0.03)
    assert found.curve.best_efficiency == pytest.approx(ONE.best_efficiency, rel=0.02)
    middle, low, high = found.head_band([10.0])
    assert low[0, 0] < middle[0, 0] < high[0, 0]


def test_without_data_the_nameplate_stands_and_everything_is_extrapolated() -> None:
    nothing = {k: np.zeros((1, 12)) for k in "nhpqs"}
    found = learn(Bins.of_sums(nothing, [RATED]), ONE)
    assert not found.known.any()
    assert found.curve.shutoff_head == pytest.approx(ONE.shutoff_head)
    assert found.extrapolated([5.0, 15.0]).all()


def test_the_band_is_wider_where_nothing_was_seen() -> None:
    whole = bins(noise=0.002)
    some = replace(whole, n=whole.n * (np.arange(12) < 5))
    found = learn(some, ONE)
    _, low, high = found.head_band([6.0, 28.0])
    assert high[0, 1] - low[0, 1] > 2.0 * (high[0, 0] - low[0, 0])
    assert found.extrapolated([6.0, 28.0]).tolist() == [[False, True]]


def test_windows_alone_stand_for_a_pump() -> None:
    n = np.full((1, 12), 20.0)
    shared = {"n": n, "q": n * 9, "h": n * 70, "p": n * 3, "s": n * 0.9}
    alone = {f"{k}1": v * (2.0 if k == "h" else 1.0) for k, v in shared.items()}
    assert Bins.of_sums(shared, [RATED]).head[0, 0] == pytest.approx(70.0)
    assert Bins.of_sums(shared | alone, [RATED]).head[0, 0] == pytest.approx(140.0)
    few = {k: v * 0.1 for k, v in alone.items()}
    assert Bins.of_sums(shared | few, [RATED]).head[0, 0] == pytest.approx(70.0)


def test_the_losses_of_motor_and_drive_are_turned_round() -> None:
    flow = np.array([12.0, 20.0])
    shaft = ONE.shaft_power(flow, 0.9)
    assert shaft_power(ONE.electric_power(flow, 0.9), 5.5, 0.9) == pytest.approx(shaft, rel=1e-6)


@given(st.floats(0.0, 0.12))
def test_wear_is_the_lost_share_of_the_shut_off_head(lost: float) -> None:
    worn = replace(ONE, shutoff_head=ONE.shutoff_head * (1.0 - lost))
    assert wear(bins(worn), ONE).head[0] == pytest.approx(lost, abs=1e-6)


def test_head_factor_of_g13() -> None:
    pump = PumpCurve.of(72.0, 0.008, 0.05, 0.0009, 7.5)
    flow, speed = [15.0, 20.0, 25.0, 30.0, 33.0], [0.86, 0.9, 0.93, 0.97, 1.0]
    factor = head_factor(pump, flow, speed, [47.7, 51.0, 52.9, 55.8, 58.2])
    assert 100 * (1 - factor) == pytest.approx(7.03992, rel=1e-5)
    assert grade(1 - factor, 0.0) == 2


def test_a_gauge_moves_all_pumps_alike_and_wear_one() -> None:
    of = np.array([0, 0, 0, 1, 1, 2])
    shift = common_shift(np.array([0.08, 0.0, 0.01, -0.05, -0.06, 0.07]), of, 3)
    assert shift.tolist() == [0.0, -0.05, 0.0]
    assert cause(0.0, -0.05, 0.0) == Cause.GAUGE
    assert cause(0.08, 0.0, 0.1) == Cause.IMPELLER
    assert cause(0.01, 0.0, 0.0, strainer=0.2) == Cause.STRAINER
    assert cause(0.01, 0.0, 0.12) == Cause.FRICTION
    assert cause(0.05, 0.0, 0.3, closure=1.4) == Cause.CHECK_VALVE
    assert cause(float("nan"), 0.0, 0.0) == Cause.UNKNOWN
    assert cause(0.0, 0.0, 0.0) == Cause.NONE


def test_strainer_loss_is_the_slope_over_c() -> None:
    q = np.array([10.0, 20.0])
    dp = 0.3 * 0.02 * q**2 / 101.9716
    assert strainer_loss((dp * q**2).sum(), (q**4).sum(), 0.02) == pytest.approx(0.3, rel=1e-4)


@given(st.integers(60, 280), st.floats(0.05, 0.12))
def test_the_ramp_of_a_loss_is_dated(begin: int, size: float) -> None:
    days = np.arange(0.0, 400.0, 5.0)
    loss = size * np.clip((days - begin) / 180.0, 0.0, 1.0)
    loss = loss + 0.002 * np.random.default_rng(begin).standard_normal(days.size)
    found = onset(days, loss)
    if loss[-1] > 0.03:
        assert found.begin is not None
        assert abs(found.begin - begin) <= 20.0


def test_a_sound_pump_has_no_onset() -> None:
    noise = 0.004 * np.random.default_rng(4).standard_normal(80)
    assert onset(np.arange(0.0, 400.0, 5.0), noise).begin is None
    assert onset([1.0], [0.1]).begin is None


def test_a_past_of_rows_becomes_a_series() -> None:
    day = np.repeat(np.arange(100), 12)
    one = bins(replace(ONE, shutoff_head=ONE.shutoff_head * 0.95))
    sums = {"n": one.n, "q": one.n * one.flow, "h": one.n * one.head,
            "p": one.n * one.power, "s": one.n * one.speed}  # fmt: skip
    table = {k: np.tile(v[0], 100) for k, v in sums.items()}
    found = past(day.tolist(), np.tile(np.arange(12), 100).tolist(), table,
                 PumpCurve(*(np.asarray(getattr(ONE, f))[0] for f in
                             ("shutoff_head", "c", "a1", "a2", "rated_power"))), 1e-6)  # fmt: skip
    assert found.loss == pytest.approx(0.05, abs=1e-6)
    assert not past([], [], {}, ONE, 1.0).days.size


def work(**other: np.ndarray) -> Work:
    """A set of three pumps that ran two where one would do, at a third of the time."""
    flow = np.array([[12.0, 20.0, 30.0]])
    running = np.array([[2, 2, 2]])
    each = flow / running
    head = np.full((1, 3), 45.0)
    power = running * ONE.widened((1,)).electric_power(each, ONE.widened((1,)).speed(each, head))
    fields = {
        "hours": np.full((1, 3), 4.0), "flow": flow, "head": head, "power": power,
        "running": running, "pumps": np.array([3]), "excess": np.array([0.05]),
        "strainer": np.zeros((1, 3)), "wasted": np.full((1, 3), 5.0),
    }  # fmt: skip
    return Work(**(fields | other))


def test_parts_of_the_gap_add_up_and_have_their_cause() -> None:
    found = gap(work(), ONE, 3)
    assert found.total[0] == found.parts[0].sum()
    wear_part, sequencing, setpoint, inlet = found.parts[0]
    assert wear_part == pytest.approx(0.0, abs=1e-6)
    assert sequencing > 0.1
    assert setpoint == pytest.approx((1 - sequencing) * 0.05 * 101.97 / 45.0, rel=0.15)
    assert inlet > 0.05
    assert found.best_pumps[0, 0] == 1.0


def test_a_gap_is_refused_when_not_steady_or_without_a_curve() -> None:
    assert gap(work(hours=np.full((1, 3), 0.5)), ONE, 3).reasons[0] == (Reason.NOT_STEADY,)
    unknown = replace(ONE, shutoff_head=np.array([np.nan]))
    assert gap(work(), unknown, 3).reasons[0] == (Reason.NOT_IDENTIFIABLE,)
    assert np.isnan(gap(work(), unknown, 3).parts).all()


def test_figures_of_the_gap_have_intervals_and_sum_exactly() -> None:
    curves = draws(ONE, np.diag([0.2, 1e-6]), np.diag([1e-7, 1e-11]), 20)
    several = [PumpCurve(*(np.asarray(getattr(c, f)).reshape(-1)[0] for f in
                           ("shutoff_head", "c", "a1", "a2", "rated_power")))
               for c in curves]  # fmt: skip
    found = told(work(), work(hours=np.zeros((1, 3))), several, 1000.0, 3)
    assert found.total.value == sum(f.value or 0.0 for f in found.parts.values())
    for part in found.parts.values():
        assert part.low is not None
        assert part.high is not None
        assert part.low <= (part.value or 0.0) + 30.0
    refused = told(work(hours=np.full((1, 3), 0.1)), work(), several, 1000.0, 3)
    assert refused.total.quality == Quality.BAD
    assert refused.total.reasons == (Reason.NOT_STEADY,)


def test_calibration_cancels_what_the_curve_cannot_tell() -> None:
    dear = work(power=work().power * 1.03)
    assert calibration(dear, ONE) == pytest.approx([1.03])
    assert gap(dear, ONE, 3, calibration(dear, ONE)).parts[0, 0] == pytest.approx(0.0, abs=1e-9)
    assert calibration(work(hours=np.zeros((1, 3))), ONE) == pytest.approx([1.0])


def test_the_far_end_is_taken_where_most_flows() -> None:
    n, q = np.array([[50.0, 40.0, 10.0]]), np.array([[10.0, 20.0, 30.0]])
    end = 0.20 - 0.0001 * q**2
    assert lowest_far_end(n, q, end)[0] == pytest.approx(0.20 - 0.09, abs=0.005)
    assert excess([0.17, 0.05, np.nan])[:2] == pytest.approx([0.05, 0.0])
