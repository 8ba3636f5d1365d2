"""Facts of a set's day by hand: bins, strainer and far end, and what isn't known."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.set_facts import SET_BINS, SET_SUMS, set_bins

NAN = np.nan


def bins(
    speed: list[list[float]],
    steady: list[bool] | None = None,
    power: list[list[float]] | None = None,
    **values: list[float],
) -> dict[str, np.ndarray]:
    """One station with windows of two pumps rated 10 m³/h; what isn't told is ordinary."""
    table = np.array(speed)[None]
    n = table.shape[1]
    ordinary = {"flow": 12.0, "head": 40.0, "p_in": 0.02, "p_out": 0.41, "set": 0.41,
                "end": 0.15, "dp": 0.01}  # fmt: skip
    points = {k: np.array([values.get(k, [v] * n)], float) for k, v in ordinary.items()}
    kilowatts = np.where(np.isnan(table), 0.0, 2.0) if power is None else np.array(power)[None]
    calm = np.array([steady or [True] * n])
    found = set_bins(table, kilowatts, points, calm, np.array([10.0]))
    assert set(found) == set(SET_SUMS)
    return {name: v[0] for name, v in found.items()}


def test_two_windows_of_two_pumps_by_hand() -> None:
    """12 of 20 m³/h is 0.6 of the rated flow: bin 6 of twelve up to 1.2."""
    found = bins([[40.0, 40.0], [45.0, 35.0]], flow=[12.0, 13.0], dp=[0.01, 0.02])
    assert np.argwhere(found["n"]).tolist() == [[1, 6]]
    expected = {
        "n": 2, "q": 25, "q2": 144 + 169, "h": 80, "p": 8, "s": 1.6, "p_in": 0.04, "set": 0.82,
        "p_out": 0.82, "end": 0.30, "end_n": 2, "dp": 0.03, "dp_n": 2, "q4": 6**4 + 6.5**4,
        "dpq2": 0.01 * 36 + 0.02 * 42.25,
    }  # fmt: skip
    for name, value in expected.items():
        assert found[name][1, 6] == pytest.approx(value), name


def test_one_pump_and_two_are_kept_apart() -> None:
    found = bins([[40.0, NAN], [40.0, 40.0]], flow=[9.0, 9.0])
    assert np.argwhere(found["n"]).tolist() == [[0, 4], [1, 4]]
    assert found["p"][:, 4].tolist() == [2.0, 4.0]
    assert found["q4"][:, 4].tolist() == [9.0**4, 4.5**4]


def test_beyond_the_last_bin_is_the_last_bin() -> None:
    assert np.argwhere(bins([[50.0, 50.0]], flow=[40.0])["n"]).tolist() == [[1, SET_BINS - 1]]


@pytest.mark.parametrize("name", ["flow", "head", "p_in", "p_out", "set"])
def test_a_window_that_lacks_a_value_is_left_out(name: str) -> None:
    assert bins([[40.0, 40.0]], None, None, **{name: [NAN]})["n"].sum() == 0


def test_power_of_a_running_pump_is_needed_of_a_stopped_one_not() -> None:
    assert bins([[40.0, 40.0]], power=[[2.0, NAN]])["n"].sum() == 0
    assert bins([[40.0, NAN]], power=[[2.0, NAN]])["p"].sum() == 2.0


def test_gauges_of_the_far_end_and_the_strainer_may_be_absent() -> None:
    found = bins([[40.0, 40.0]] * 2, end=[NAN, 0.2], dp=[NAN, NAN])
    assert found["n"].sum() == 2
    assert (found["end_n"].sum(), found["end"].sum()) == (1, 0.2)
    assert found["dp_n"].sum() == found["q4"].sum() == found["dpq2"].sum() == 0.0


def test_unsteady_no_flow_and_no_lift_tell_nothing() -> None:
    assert bins([[40.0, 40.0]], steady=[False])["n"].sum() == 0
    assert bins([[40.0, 40.0]], flow=[0.5])["n"].sum() == 0  # 0.25 m³/h a pump
    assert bins([[40.0, 40.0]], head=[-1.0])["n"].sum() == 0
    assert bins([[NAN, NAN]])["n"].sum() == 0
