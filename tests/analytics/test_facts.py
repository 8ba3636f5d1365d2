"""Facts against numbers worked by hand, and that they add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.facts import (
    camera_facts,
    counter_facts,
    hydraulic_facts,
    quality_facts,
    step_facts,
    tank_facts,
    total_flow,
)

ONE = {"L": 2}
GOOD = {
    "L.P_OUT": 0.52, "L.P_SET": 0.5, "L.P_IN": 0.02, "L.Q_OUT": 36.0, "L.SLEEP": 0.0,
    "L.P1.RUN": 1.0, "L.P2.RUN": 0.0, "PH.P_MAIN": 0.25, "EL.P": 8.0,
}  # fmt: skip
NONE = np.empty(0)


def values(**changed: float) -> dict[str, np.ndarray]:
    renamed = {
        name.replace("_", ".", 2 if name[2:4] in ("P1", "P2") else 1): v
        for name, v in changed.items()
    }
    return {code: np.array([v]) for code, v in (GOOD | renamed).items()}


def fact(name: str, seconds: float = 60.0, **changed: float) -> float:
    return float(hydraulic_facts(values(**changed), np.array([seconds]), ONE)[name][0])


def test_a_good_minute() -> None:
    found = {k: float(v[0]) for k, v in hydraulic_facts(values(), np.array([60.0]), ONE).items()}
    assert found == {
        "F.online_s": 60.0,
        "F.demanded_s": 60.0,
        "F.pressure_ok_s": 60.0,
        "F.lost_s": 0.0,
        "F.mains_low_s": 0.0,
        "F.head_volume": pytest.approx(0.3),  # 0.6 m³ lifted by 0.5 MPa
        "F.idle_energy": 0.0,
        "F.run_s": 60.0,
        "F.end_s": 0.0,
        "F.end_ok_s": 0.0,
        "F.manual_s": 0.0,
        "F.mains_s": 60.0,
        "F.bypass_volume": 0.0,
        "F.hydraulic_energy": pytest.approx(0.3 / 3.6),  # 5 kW of the 8 do the lifting
        "F.lift_energy": pytest.approx(8 / 60),
    }


@pytest.mark.parametrize(
    ("changed", "name", "want"),
    [
        ({"L_P_OUT": 0.53}, "F.pressure_ok_s", 60.0),
        ({"L_P_OUT": 0.531}, "F.pressure_ok_s", 0.0),
        ({"L_P_OUT": 0.469}, "F.pressure_ok_s", 0.0),
        ({"L_Q_OUT": 0.29}, "F.demanded_s", 0.0),
        ({"L_Q_OUT": 0.29}, "F.pressure_ok_s", 0.0),
        ({"L_Q_OUT": 0.29}, "F.idle_energy", 8.0 / 60),
        ({"L_P_OUT": 0.2, "L_Q_OUT": 0.0}, "F.lost_s", 60.0),
        ({"L_P_OUT": 0.2, "L_Q_OUT": 0.0}, "F.demanded_s", 60.0),
        ({"L_P_OUT": 0.2, "L_Q_OUT": 0.0, "L_SLEEP": 1.0}, "F.lost_s", 0.0),
        ({"L_P_OUT": 0.2, "L_Q_OUT": 0.0, "L_SLEEP": 1.0}, "F.demanded_s", 0.0),
        ({"L_P_OUT": 0.25}, "F.lost_s", 0.0),
        ({"L_P_OUT": np.nan}, "F.demanded_s", 0.0),
        ({"L_P_OUT": np.nan}, "F.head_volume", 0.0),
        ({"L_P_OUT": 0.01}, "F.head_volume", 0.0),
        ({"PH_P_MAIN": 0.179}, "F.mains_low_s", 60.0),
        ({"PH_P_MAIN": np.nan}, "F.mains_low_s", 0.0),
        ({"L_Q_OUT": np.nan}, "F.idle_energy", 0.0),
        ({"PH_P_MAIN": np.nan}, "F.mains_s", 0.0),
        ({"L_P_END": 0.10}, "F.end_s", 60.0),
        ({"L_P_END": 0.10}, "F.end_ok_s", 60.0),
        ({"L_P_END": 0.099}, "F.end_s", 60.0),
        ({"L_P_END": 0.099}, "F.end_ok_s", 0.0),
        ({"L_P2_MODE": 1.0}, "F.manual_s", 60.0),
        ({"L_P2_MODE": 2.0}, "F.manual_s", 0.0),
        ({"L_P1_RUN": 0.0}, "F.bypass_volume", 0.6),
        ({"L_P1_RUN": 0.0, "L_SLEEP": 1.0}, "F.bypass_volume", 0.0),
        ({"L_P1_RUN": np.nan}, "F.bypass_volume", 0.0),
        ({"L_P1_RUN": np.nan}, "F.run_s", 0.0),
        # power and lift count in the same samples only
        ({"EL_P": np.nan}, "F.hydraulic_energy", 0.0),
        ({"EL_P": np.nan}, "F.head_volume", 0.3),
        ({"L_P_IN": np.nan}, "F.lift_energy", 0.0),
        ({"L_Q_OUT": 0.29}, "F.lift_energy", 0.0),
        ({"L_Q_OUT": 0.29}, "F.hydraulic_energy", 0.0),
    ],
)
def test_edges(changed: dict[str, float], name: str, want: float) -> None:
    assert fact(name, **changed) == pytest.approx(want)


def test_a_zone_that_is_unknown_leaves_the_efficiency_unknown() -> None:
    both = {**values(), **{k.replace("L.", "M.", 1): v for k, v in values().items()}}
    known = hydraulic_facts(both, np.array([3600.0]), {"L": 2, "M": 2})
    assert known["F.hydraulic_energy"][0] == pytest.approx(36 / 3.6)
    both["M.P_IN"] = np.array([np.nan])
    found = hydraulic_facts(both, np.array([3600.0]), {"L": 2, "M": 2})
    assert found["F.hydraulic_energy"][0] == found["F.lift_energy"][0] == 0.0
    assert found["F.head_volume"][0] == pytest.approx(18.0)


def test_golden_g19_water_stays_five_hours() -> None:
    """E6.1: 60 m³ in two tanks of 40 m² at 1.5 m, 288 m³ a day: an hour's worth of facts."""
    some = {"T1.LEVEL": np.array([1.4]), "T2.LEVEL": np.array([1.6]), "L.Q_OUT": np.array([12.0])}
    found = tank_facts(some, np.array([3600.0]), ONE, 2, np.array([40.0]))
    assert found["F.age_volume"][0] / found["F.tank_outflow"][0] == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("level", "flow", "area", "age", "out"),
    [
        (1.5, 0.0, 40.0, 60.0, 0.0),  # standing water grows old
        (1.5, -1.0, 40.0, 60.0, 0.0),
        (np.nan, 12.0, 40.0, 0.0, 0.0),
        (1.5, np.nan, 40.0, 0.0, 0.0),
        (1.5, 12.0, 0.0, 0.0, 0.0),
        (1.5, 12.0, np.nan, 0.0, 0.0),
    ],
)
def test_age_where_not_all_is_known(
    level: float, flow: float, area: float, age: float, out: float
) -> None:
    some = {"T1.LEVEL": np.array([level]), "L.Q_OUT": np.array([flow])}
    found = tank_facts(some, np.array([3600.0]), ONE, 1, np.array([area]))
    assert [found["F.age_volume"][0], found["F.tank_outflow"][0]] == [age, out]


def test_a_station_without_a_tank_has_no_age() -> None:
    found = tank_facts({"L.Q_OUT": np.array([12.0])}, np.array([60.0]), ONE, 0, np.array([40.0]))
    assert found["F.tank_outflow"].tolist() == [0.0]


def test_cameras() -> None:
    some = {"SE.CAM": np.array([1.0, 0.0, np.nan, 0.5])}
    found = camera_facts(some, np.full(4, 60.0))
    assert found["F.camera_s"].tolist() == [60, 60, 0, 60]
    assert found["F.camera_ok_s"].tolist() == [60, 0, 0, 30]


def test_zones_count_for_themselves() -> None:
    both = {**values(), **{k.replace("L.", "M.", 1): v for k, v in values(L_P_OUT=0.6).items()}}
    found = hydraulic_facts(both, np.array([60.0]), {"L": 2, "M": 2})
    assert found["F.demanded_s"][0] == 120
    assert found["F.pressure_ok_s"][0] == 60
    assert found["F.run_s"][0] == 120
    assert total_flow(both, np.empty(1), {"L": 2, "M": 2})[0] == 72


def test_energy_per_volume_and_pressure_is_a_ratio_of_sums() -> None:
    """10, 30, 60 m³ lifted by 0.50, 0.55, 0.60 MPa with 27.8 kWh: 0.483478 kWh/(m³·MPa)."""
    rise = np.array([0.5, 0.55, 0.6])
    hour = np.full(3, 3600.0)
    table = {
        "L.P_OUT": rise + 0.02, "L.P_IN": np.full(3, 0.02), "L.P_SET": rise + 0.02,
        "L.Q_OUT": np.array([10.0, 30.0, 60.0]),
    }  # fmt: skip
    lifted = hydraulic_facts(table, hour, ONE)["F.head_volume"].sum()
    energy = counter_facts({"EL.E": np.array([3.2, 8.1, 16.5])}, ONE, hour, hour)["F.energy"].sum()
    assert energy / lifted == pytest.approx(0.483478, abs=1e-6)


def quality(**changed: float) -> dict[str, float]:
    table = {"WQ.CL_OUT": 0.4, "WQ.TURB": 0.3, "WQ.PH": 7.2} | {
        name.replace("_", ".", 1): v for name, v in changed.items()
    }
    found = quality_facts({k: np.array([v]) for k, v in table.items()}, np.array([60.0]))
    return {name: float(v[0]) for name, v in found.items()}


def test_water_quality_limits() -> None:
    assert set(quality().values()) == {60.0}
    for low_or_high in (0.049, 2.01):
        assert quality(WQ_CL_OUT=low_or_high)["F.chlorine_ok_s"] == 0
        assert quality(WQ_CL_OUT=low_or_high)["F.quality_ok_s"] == 0
    for edge in (0.05, 2.0):
        assert quality(WQ_CL_OUT=edge)["F.chlorine_ok_s"] == 60
    assert quality(WQ_TURB=1.01)["F.turbidity_ok_s"] == 0
    assert quality(WQ_PH=6.49)["F.ph_ok_s"] == 0


def test_a_broken_analyser_never_improves_compliance() -> None:
    found = quality(WQ_PH=np.nan)
    assert (found["F.ph_s"], found["F.quality_s"], found["F.quality_ok_s"]) == (0, 0, 0)
    assert found["F.chlorine_ok_s"] == 60
    assert set(quality(WQ_FLOWCELL=0.0).values()) == {0.0}
    assert set(quality(WQ_FLOWCELL=1.0).values()) == {60.0}


def test_chlorine_says_nothing_where_the_cell_cannot_read_it() -> None:
    assert quality(WQ_PH=8.3)["F.chlorine_s"] == 60
    found = quality(WQ_PH=8.31)
    assert (found["F.chlorine_s"], found["F.chlorine_ok_s"], found["F.quality_s"]) == (0, 0, 0)
    assert (found["F.ph_s"], found["F.ph_ok_s"], found["F.turbidity_ok_s"]) == (60, 60, 60)


def counted(increases: dict[str, float], zones: dict[str, int]) -> dict[str, float]:
    table = {code: np.array([v]) for code, v in increases.items()}
    found = counter_facts(table, zones, np.array([0.7]), np.array([0.2]))
    return {name: float(v[0]) for name, v in found.items()}


def test_counters_speak_before_integrals() -> None:
    found = counted(
        {"L.V_OUT": 0.5, "PH.V_IN": 0.6, "EL.E": 0.1, "L.P1.STARTS": 1, "L.P2.STARTS": 2}, ONE
    )
    assert found == {"F.volume": 0.5, "F.inflow": 0.6, "F.energy": 0.1, "F.starts": 3.0}


def test_a_silent_counter_waits_and_an_absent_one_is_replaced() -> None:
    assert counted({"L.V_OUT": 0.0, "EL.E": 0.0}, ONE)["F.volume"] == 0.0
    assert counted({}, ONE)["F.volume"] == 0.7
    assert counted({}, ONE)["F.energy"] == 0.2
    assert counted({"L.V_OUT": np.nan, "EL.E": np.nan, "L.E": 0.3}, ONE)["F.energy"] == 0.3
    two = {"L": 2, "M": 2}
    assert counted({"L.V_OUT": 0.5}, two)["F.volume"] == 0.7, "half the meters are no meter"


def test_a_station_without_pumps_supplies_what_it_takes_in() -> None:
    assert counted({"PH.V_IN": 0.6}, {})["F.volume"] == 0.6
    assert counted({}, {})["F.volume"] == 0.7


@settings(deadline=None)
@given(st.lists(st.floats(0.5, 30), min_size=1, max_size=20))
def test_facts_of_parts_add_up_to_the_whole(seconds: list[float]) -> None:
    """The same state over t1 + t2 + ... gives the sum of each part's facts."""
    n = len(seconds)
    table = {code: np.full(n, v) for code, v in GOOD.items()}
    parts = hydraulic_facts(table, np.array(seconds), ONE)
    whole = hydraulic_facts(values(), np.array([sum(seconds)]), ONE)
    for name, value in whole.items():
        assert parts[name].sum() == pytest.approx(value[0])


def test_steps_of_history_have_every_fact_of_live_rows() -> None:
    shape = (2, 3)
    table = {code: np.full(shape, v) for code, v in GOOD.items()} | {
        "WQ.CL_OUT": np.full(shape, 0.4),
        "WQ.TURB": np.full(shape, 0.2),
        "WQ.PH": np.full(shape, 7.0),
    }
    increases = {"L.V_OUT": np.full(shape, 9.0), "EL.E": np.full(shape, 2.0)}
    hour = np.full(shape, 3600.0)
    found = step_facts(table, increases, hour, hour, ONE, points=100)
    assert {v.shape for v in found.values()} == {shape}
    assert found["F.volume"].sum() == 54
    assert found["F.head_volume"][0, 0] == pytest.approx(18.0)
    assert found["F.good_n"][0, 0] == found["F.expected_n"][0, 0] == 180_000
