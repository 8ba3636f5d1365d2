"""Pump sets: the acceptance numbers of SIM-620, and what control and staging must do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analytics.hydraulics import METRES_PER_MPA, head_factor
from simulator.drives import Drives
from simulator.ledger import healthy
from simulator.parameters import VESSEL_SPAN
from simulator.pump_sets import PumpSets, SetState, at_rest
from simulator.types import Floats
from tests.simulator.sim620 import RUNS, Result, run_day, shape_of

REFERENCE = {
    "baseline": (278.7, 90.40, 0.49996, 0.991),
    "worn": (278.7, 91.73, 0.49991, 0.992),
    "clogged": (278.6, 85.98, 0.49993, 0.973),
    "leak": (350.7, 101.95, 0.50003, 0.992),
    "sensor": (263.4, 84.49, 0.44996, 0.001),
}
"""m³/d, kWh/d, mean pressure in MPa, share of the time within ±0.02 MPa."""


@pytest.fixture(scope="module")
def day() -> dict[str, Result]:
    return run_day()


@pytest.mark.parametrize("run", RUNS)
def test_a_day_of_the_reference_station(day: dict[str, Result], run: str) -> None:
    volume, energy, mean, _ = REFERENCE[run]
    assert day[run].volume == pytest.approx(volume, rel=0.02)
    assert day[run].energy == pytest.approx(energy, rel=0.05)
    assert day[run].mean == pytest.approx(mean, abs=0.001)


@pytest.mark.parametrize("run", ["baseline", "worn", "clogged", "leak"])
def test_the_pressure_is_held(day: dict[str, Result], run: str) -> None:
    assert day[run].within >= 0.97
    assert day[run].spread < 0.009
    assert day[run].slowest > 41.0 and day[run].fastest <= 50.0


def test_wear_hides_from_the_daily_energy(day: dict[str, Result]) -> None:
    """A 7 % worn set stages earlier: never judge wear by kWh/m³."""
    base, worn = day["baseline"], day["worn"]
    assert abs(worn.energy / worn.volume / (base.energy / base.volume) - 1.0) < 0.06


def test_a_gauge_that_reads_high_lowers_the_true_pressure(day: dict[str, Result]) -> None:
    assert day["sensor"].within < 0.02
    assert day["sensor"].volume < 0.96 * day["baseline"].volume


class Bench:
    """Three pumps of SIM-620 under a constant demand without noise, one run each."""

    def __init__(self, demand: list[float]) -> None:
        count = len(demand)
        self.shape = shape_of(count, np.zeros(count))
        self.sets = PumpSets(self.shape, healthy(self.shape), at_rest(self.shape))
        self.drives = Drives(
            demand=np.array(demand), burst=np.zeros(count), suction=np.full(count, 0.014),
            setpoint=self.shape.setpoint, bias=np.zeros(count), stuck=np.full(count, np.nan),
            able=self.shape.exists.copy(), lead=np.zeros(count, np.int64),
            bypass=np.zeros(count, bool),
        )  # fmt: skip

    @property
    def state(self) -> SetState:
        return self.sets.state

    def go(self, seconds: int) -> list[Floats]:
        """Pressures, second by second."""
        quiet = np.zeros(len(self.drives.demand))
        unrest = replace(self.shape, unrest=quiet)
        self.sets.shape = unrest
        seen = []
        for _ in range(seconds):
            self.sets.step(1.0, self.drives, quiet)
            seen.append(self.state.pressure.copy())
        return seen


def test_flow_meets_demand_and_pressure_meets_its_set_point() -> None:
    bench = Bench([5.0, 20.0, 45.0, 75.0])
    bench.go(600)
    assert bench.state.pressure == pytest.approx(0.5, abs=0.003)
    assert bench.state.flow == pytest.approx(bench.drives.demand, rel=0.01)
    assert bench.state.pump_flow.sum(axis=1) == pytest.approx(bench.state.flow, rel=0.01)
    assert (bench.state.speed > 0).sum(axis=1).tolist() == [1, 1, 2, 3]


def test_a_pump_is_dropped_only_after_two_minutes_of_low_flow() -> None:
    bench = Bench([45.0])
    bench.go(300)
    assert bench.state.wanted[0] == 2
    bench.drives.demand[:] = 8.0
    bench.go(100)
    assert bench.state.wanted[0] == 2
    bench.go(60)
    assert bench.state.wanted[0] == 1


def test_the_standby_takes_over_from_a_tripped_pump() -> None:
    bench = Bench([20.0])
    bench.go(300)
    assert bench.state.speed[0, 0] > 0.8
    bench.drives.able[0, 0] = False
    bench.go(1)
    assert bench.state.speed[0, 0] == 0.0
    bench.go(60)
    assert bench.state.speed[0, 1] > 0.8
    assert bench.state.pressure[0] == pytest.approx(0.5, abs=0.01)


def test_without_power_the_zone_runs_dry_and_comes_back() -> None:
    bench = Bench([20.0])
    bench.go(200)
    bench.drives.able[:] = False
    bench.go(60)
    assert bench.state.pressure[0] < 0.05
    assert bench.state.power.sum() == 0.0
    bench.drives.able[:] = bench.shape.exists
    bench.go(120)
    assert bench.state.pressure[0] == pytest.approx(0.5, abs=0.01)


def test_stopped_stacked_sets_pass_the_mains_on() -> None:
    bench = Bench([10.0])
    bench.drives = replace(
        bench.drives, suction=np.array([0.28]), able=np.zeros_like(bench.drives.able),
        bypass=np.array([True]),
    )  # fmt: skip
    bench.go(60)
    assert bench.state.pressure[0] == pytest.approx(0.28, abs=0.002)
    assert 5.0 < bench.state.flow[0] < 10.0


def test_a_set_sleeps_at_almost_no_flow_and_wakes_when_the_pressure_sags() -> None:
    bench = Bench([0.5])
    seen = np.array(bench.go(200))[:, 0]
    assert bench.state.asleep[0] and bench.state.power.sum() == 0.0
    seen = np.array(bench.go(400))[:, 0]
    # 0.05 m³ last 360 s at 0.5 m³/h
    assert seen.min() == pytest.approx(0.5 - VESSEL_SPAN, abs=0.004)
    assert seen[-1] == pytest.approx(0.5, abs=0.01) and not bench.state.asleep[0]


def test_a_gauge_that_reads_high_looks_like_a_saving() -> None:
    """Less pressure, less volume, less energy a m³; only the pump's curve tells what is wrong."""
    benches = [Bench([12.0]), Bench([12.0])]
    benches[1].drives.bias[:] = 0.05
    energy, wear = [], []
    for bench in benches:
        bench.go(300)
        state, curve = bench.state, bench.shape.curve
        energy.append(float(state.power.sum() / state.flow[0]))
        shown = (state.pressure + bench.drives.bias - bench.drives.suction) * METRES_PER_MPA
        wear.append(head_factor(curve, state.pump_flow[0, :1], state.speed[0, :1], shown))
    assert benches[1].state.flow[0] < 0.96 * benches[0].state.flow[0]
    assert energy[1] < 0.95 * energy[0]
    assert wear[0] == pytest.approx(1.0, abs=0.005) and wear[1] > 1.07


def test_a_stuck_gauge_sends_the_control_to_its_limit() -> None:
    for shown, speed in ((0.45, 1.0), (0.55, 0.6)):
        bench = Bench([15.0])
        bench.go(200)
        bench.drives.stuck[:] = shown
        bench.go(300)
        assert bench.state.reference[0] == pytest.approx(speed)
