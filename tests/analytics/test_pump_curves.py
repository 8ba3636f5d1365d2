"""Curves from points: worked example G08, published pumps, refusals."""

from __future__ import annotations

import csv
from collections import defaultdict

import numpy as np
import pytest

from analytics.hydraulics import PumpCurve
from analytics.pump_curves import (
    EfficiencyFit,
    HeadFit,
    Refusal,
    curve_of,
    fit_efficiency,
    fit_head,
    left_out_errors,
    polynomial,
)
from analytics.results import Reason
from benchmarks.published import others_data
from tests.conftest import OTHERS

Q = [0.0, 8.0, 16.0, 24.0, 32.0, 40.0]
H = [72.0, 71.0, 68.2, 63.4, 56.6, 47.9]
ETA = [0.0, 0.36, 0.57, 0.675, 0.695, 0.62]


def head(*args: object, **named: object) -> HeadFit:
    found = fit_head(*args, **named)  # type: ignore[arg-type]
    assert isinstance(found, HeadFit)
    return found


def eta(*args: object, **named: object) -> EfficiencyFit:
    found = fit_efficiency(*args, **named)  # type: ignore[arg-type]
    assert isinstance(found, EfficiencyFit)
    return found


def test_head_and_efficiency_of_g08() -> None:
    curve = head(Q, H)
    assert (curve.h0, curve.c) == pytest.approx((72.017, 0.0150574), rel=1e-5)
    assert curve.rmse == pytest.approx(0.0372665, rel=1e-4)
    found = eta(Q, ETA)
    assert (found.a1, -found.a2) == pytest.approx((0.0488012, 0.000838024), rel=1e-5)
    assert (found.best_flow, found.best) == pytest.approx((29.1169, 0.710469), rel=1e-5)
    zone = curve_of(curve, found, 7.5).efficient_zone()
    assert [float(v) for v in zone] == pytest.approx([19.9093, 38.3244], rel=1e-4)
    assert float(curve.head(found.best_flow)) == pytest.approx(59.2515, rel=1e-4)


def test_cubic_of_g08() -> None:
    found = eta(Q, ETA, cubic=True)
    assert (found.a1, found.a2, found.a3) == pytest.approx(
        (0.053414, -0.00119623, 6.24139e-06), rel=1e-4
    )
    assert (found.best_flow, found.best) == pytest.approx((28.832, 0.69522), rel=1e-4)


def test_one_wild_point_doesnt_move_a_robust_curve() -> None:
    wild = [*H[:3], 30.0, *H[4:]]
    assert head(Q, wild, robust=True).h0 == pytest.approx(72.0, abs=1.0)
    assert isinstance(fit_head(Q, wild), Refusal)


def test_what_isnt_a_pump_is_refused() -> None:
    def why(found: object) -> tuple[Reason, str]:
        assert isinstance(found, Refusal)
        return found.reason, found.what

    assert why(fit_head([10, 11, 12, 13], [50, 49, 48, 47])) == (Reason.NOT_IDENTIFIABLE, "span")
    assert why(fit_head([1, 2, 3], [50, 49, 48])) == (Reason.NOT_IDENTIFIABLE, "span")
    assert why(fit_head(Q, [50, 51, 52, 53, 54, 55])) == (Reason.NOT_IDENTIFIABLE, "slope")
    plate = PumpCurve.nameplate(30.0, 80.0, 7.5)
    assert why(fit_head(Q, H, nameplate=plate)) == (Reason.OUT_OF_RANGE, "nameplate")
    high = [v * 1.4 for v in ETA]
    assert why(fit_efficiency(Q, high)) == (Reason.OUT_OF_RANGE, "best")
    few = fit_efficiency(Q[1:5], ETA[1:5], cubic=True)
    assert why(few)[0] in (Reason.TOO_FEW_SAMPLES, Reason.NOT_IDENTIFIABLE)


def test_a_best_flow_beyond_the_points_is_extrapolated() -> None:
    assert eta(Q[:4], ETA[:4]).reasons == (Reason.EXTRAPOLATED,)


def test_the_speed_for_a_duty_with_a_linear_term() -> None:
    curve = HeadFit(72.0, 0.2, 0.012, 0.0, (0.0, 40.0))
    speed = curve.speed(20.0, 45.0)
    assert float(curve.head(20.0, speed)) == pytest.approx(45.0, abs=1e-9)


def test_catalogue_pumps_are_predicted_from_their_other_points() -> None:
    """Published with the data: median error of the head 0.9 % of the largest, by a quadratic."""
    file = others_data() / "wilo_pump_curves" / "curves.csv"
    if not file.exists():
        pytest.skip(f"{OTHERS}: {file}")
    points = defaultdict(list)
    with file.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["kind"] == "pressure":
                values = float(row["V_flow_m3s"]) * 3600.0, float(row["value_Pa_or_W"]) / 9806.65
                points[row["pump"]].append(values)
    assert len(points) == 14
    shares = [
        np.median(np.abs(left_out_errors([p[0] for p in v], [p[1] for p in v])))
        / max(p[1] for p in v)
        for v in points.values()
    ]
    assert np.median(shares) == pytest.approx(0.009, abs=0.0006)


def test_the_published_best_flow_of_a_large_pump() -> None:
    """indsl publishes a quadratic with its top at 3,244 m³/h for this efficiency curve."""
    file = others_data() / "pump_tests" / "indsl_pump_efficiency_curve.csv"
    if not file.exists():
        pytest.skip(f"{OTHERS}: {file}")
    table = np.loadtxt(file, delimiter=",")
    a2, a1, _ = polynomial(table[:, 0], table[:, 1], 2)
    assert -a1 / (2.0 * a2) == pytest.approx(5.1956e-02 / (2.0 * 8.0078e-06), rel=0.01)


def test_a_laboratory_test_with_outliers_gives_a_falling_curve() -> None:
    file = others_data() / "pump_tests" / "cp_home_pump_test.csv"
    if not file.exists():
        pytest.skip(f"{OTHERS}: {file}")
    with file.open(encoding="latin-1") as lines:
        rows = [[float(v) for v in row] for row in list(csv.reader(lines))[1:]]
    flow = [row[3] * 3.6 for row in rows]
    lift = [(row[7] - row[2]) / 9.80665 + row[6] for row in rows]
    found = head(flow, lift, linear=True, robust=True)
    assert 1.9 < found.h0 < 2.4  # without the velocities, which hide how the curve falls
    assert (np.diff(found.head(np.linspace(0.0, max(flow), 50))) <= 1e-12).all()
    assert found.rmse < 0.02 * found.h0
