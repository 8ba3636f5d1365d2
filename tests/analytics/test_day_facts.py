"""Facts of a day by hand: night flow, peak hour, coverage; steady windows and a pump's bins."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.day_facts import BINS, Day, pump_bins, station_day, steady_windows, window_means

HOUR = 3_600_000
START = 1_767_196_800_000  # 2026-01-01 in Shanghai
DAY = Day(
    START, START + 24 * HOUR, (START + HOUR, START + 5 * HOUR), (START + 2 * HOUR, START + 4 * HOUR)
)
HOURLY = [
    2.0, 1.5, 1.2, 1.0, 1.2, 2.5, 6.0, 9.0, 7.0, 5.0, 4.5, 5.0, 6.0, 5.0, 4.0, 4.0, 5.0, 7.0, 10.0,
    12.0, 11.0, 9.0, 6.0, 3.5,
]  # fmt: skip


def day(flow: np.ndarray, grain: int, until: int = DAY.end, station: int = 5) -> dict[str, float]:
    ts = START + np.arange(len(flow)) * grain
    rows = {
        "station": np.full(len(flow), station),
        "ts": ts,
        "F.volume": flow * grain / HOUR,
        "F.online_s": np.full(len(flow), grain / 1000),
    }
    found = station_day(np.array([5, 9]), rows, flow, DAY, grain, until)
    assert all(len(v) == 2 for v in found.values())
    return {name: float(v[0 if station == 5 else 1]) for name, v in found.items()}


@pytest.mark.parametrize("grain", [HOUR, HOUR // 4])
def test_the_worked_day_at_either_grain(grain: int) -> None:
    found = day(np.repeat(HOURLY, HOUR // grain), grain)
    assert found["mean_flow"] == pytest.approx(5.35)
    assert found["peak_hour_flow"] / found["mean_flow"] == pytest.approx(2.24299, abs=1e-5)
    assert found["mnf"] == pytest.approx(1.0)
    assert found["night_flow"] == pytest.approx(1.1)
    assert found["F.volume"] == pytest.approx(128.4)
    assert found["coverage"] == pytest.approx(1.0)


def test_the_lowest_hour_need_not_begin_on_the_hour() -> None:
    flow = np.full(96, 3.0)
    flow[10:14] = [2.0, 1.0, 1.0, 2.0]  # 02:30 to 03:30
    assert day(flow, HOUR // 4)["mnf"] == pytest.approx(1.5)
    flow[10:14] = 3.0
    flow[1:3] = 0.0  # 00:15 lies before the window
    assert day(flow, HOUR // 4)["mnf"] == pytest.approx(3.0)


def test_unknown_flow_is_not_zero_flow() -> None:
    flow = np.repeat(HOURLY, 4)
    flow[12:16] = np.nan  # the lowest hour isn't known
    found = day(flow, HOUR // 4)
    assert found["mnf"] == pytest.approx(1.2)
    nothing = day(np.full(96, np.nan), HOUR // 4)
    for name in ("mnf", "peak_hour_flow", "mean_flow", "night_flow"):
        assert np.isnan(nothing[name]), name


def test_today_so_far() -> None:
    found = day(np.full(8, 2.0), HOUR // 4, until=START + 2 * HOUR)
    assert found["coverage"] == pytest.approx(1.0)
    assert found["mnf"] == pytest.approx(2.0), "one whole hour after 01:00 is known"
    assert day(np.full(8, 2.0), HOUR // 4)["coverage"] == pytest.approx(1 / 12)


def test_a_station_without_rows_has_zero_sums_and_no_flow() -> None:
    ts = np.array([START])
    rows = {"station": np.array([9]), "ts": ts, "F.online_s": np.array([900.0])}
    found = station_day(np.array([5, 9]), rows, np.array([1.0]), DAY, HOUR // 4, START + HOUR // 4)
    assert found["coverage"].tolist() == [0.0, 1.0]
    assert np.isnan(found["mean_flow"][0])


def windows(speed: list[float], flow: list[float], count: list[float]) -> list[bool]:
    table = np.array(speed)[None, :, None]
    found: list[bool] = steady_windows(table, np.array([flow]), np.array([count]))[0].tolist()
    return found


@pytest.mark.parametrize(
    ("speed", "flow", "count", "steady"),
    [
        ([40, 40, 40], [20, 20, 20], [1, 1, 1], True),
        ([40, 40.5, 41], [20, 20.5, 21], [1, 1, 1], True),  # CV 1.01 %, 2.0 %
        ([40, 41, 42], [20, 20, 20], [1, 1, 1], False),  # CV 1.99 %
        ([40, 40, 40], [20, 22, 24], [1, 1, 1], False),  # CV 7.4 %
        ([40, 40, 40], [20, 20, 20], [1, 1, 2], False),
        ([40, 40, 40], [20, 20, 20], [1.5, 1.5, 1.5], False),  # started or stopped in each minute
        ([40, 40, 40], [20, 20, 20], [0, 0, 0], False),
        ([np.nan, np.nan, np.nan], [0, 0, 0], [0, 0, 0], False),
        ([np.nan, 40, 40], [20, 20, 20], [1, 1, 1], False),
        ([40, 40, 40], [np.nan, 20, 20], [1, 1, 1], False),
        ([40, 40, 40], [0, 0, 0], [1, 1, 1], False),
    ],
)
def test_steady(speed: list[float], flow: list[float], count: list[float], steady: bool) -> None:
    assert windows(speed, flow, count) == [steady]


def test_windows_follow_one_another_and_a_rest_is_none() -> None:
    assert windows([40] * 8, [20.0] * 3 + [20, 30, 40] + [20] * 2, [1] * 8) == [True, False]
    assert window_means(np.arange(8.0)[None])[0].tolist() == [1.0, 4.0]


def bins(
    speed: list[float], flow: float, head: float = 54.0, rated: float = 16.0
) -> dict[str, np.ndarray]:
    table = np.array(speed)[None, None, :]
    found = pump_bins(
        table, np.where(np.isnan(table), 0.0, 4.0), np.array([[flow]]), np.array([[head]]),
        np.array([[True]]), np.array([rated]),
    )  # fmt: skip
    return {name: v[0] for name, v in found.items()}


def test_two_pumps_share_the_flow_of_the_set() -> None:
    """46 Hz each, 28.5 of 57 m³/h: q/s = 30.98, of a rated 27.8 m³/h in bin 8 of 12."""
    found = bins([46.0, 46.0, np.nan], 57.0, rated=27.7778)
    s = 0.92
    assert np.argwhere(found["n"]).tolist() == [[0, 8], [1, 8]]
    assert found["q"][0, 8] == pytest.approx(28.5 / s)
    assert found["h"][1, 8] == pytest.approx(54 / s**2)
    assert found["h2"][1, 8] == pytest.approx((54 / s**2) ** 2)
    assert found["p"][0, 8] == pytest.approx(4 / s**3)
    assert found["s"][0, 8] == pytest.approx(s)


def test_only_a_pump_alone_has_a_flow_of_its_own() -> None:
    """A window of two pumps and one of the first alone, both at 46 Hz."""
    speed = np.array([[[46.0, 46.0], [46.0, np.nan]]])
    found = pump_bins(
        speed, np.where(np.isnan(speed), 0.0, 4.0), np.array([[57.0, 28.5]]),
        np.full((1, 2), 54.0), np.array([[True, True]]), np.array([27.7778]),
    )  # fmt: skip
    s = 0.92
    assert found["n"].sum(axis=2).tolist() == [[2.0, 1.0]]
    assert found["n1"].sum(axis=2).tolist() == [[1.0, 0.0]]
    alone = {"h1": 54 / s**2, "h1_2": (54 / s**2) ** 2, "p1": 4 / s**3, "p1_2": (4 / s**3) ** 2,
             "q1": 28.5 / s, "s1": s}  # fmt: skip
    for name, value in alone.items():
        assert found[name][0, 0, 8] == pytest.approx(value), name
        assert found[name][0, 1].sum() == 0.0, name


def test_unequal_speeds_and_no_flow_tell_nothing() -> None:
    assert bins([46.0, 46.5], 57.0)["n"].sum() == 0
    assert bins([46.0, 46.4], 57.0)["n"].sum() == 2
    assert bins([46.0, np.nan], 0.2)["n"].sum() == 0
    assert bins([46.0, np.nan], 20.0, head=-1.0)["n"].sum() == 0
    assert bins([np.nan, np.nan], 20.0)["n"].sum() == 0


def test_beyond_the_last_bin_is_the_last_bin() -> None:
    assert np.argwhere(bins([50.0], 40.0)["n"]).tolist() == [[0, BINS - 1]]
    assert np.argwhere(bins([50.0], 1.0)["n"]).tolist() == [[0, 0]]


def test_bins_add_up_over_windows_and_keep_stations_apart() -> None:
    speed = np.full((2, 5, 1), 50.0)
    steady = np.array([[True] * 5, [True, False, False, True, False]])
    found = pump_bins(
        speed, speed * 0 + 3, np.full((2, 5), 10.0), np.full((2, 5), 40.0), steady,
        np.array([16.0, 16.0]),
    )  # fmt: skip
    assert found["n"].sum(axis=2).tolist() == [[5.0], [2.0]]
    assert found["h"].sum(axis=2).tolist() == [[200.0], [80.0]]
