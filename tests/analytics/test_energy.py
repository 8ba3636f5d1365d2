"""Energy ratios: golden examples G01, G02, G02b, G31, G34; every edge; parts of a change."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.energy import (
    FLOOR,
    KWH_A_METRE,
    change,
    current_power,
    efficiency,
    excess_loss,
    idle_share,
    pressure_excess,
    pressure_need,
    saving_to,
    scale_error,
    setpoint_saving,
    specific_energy,
    specific_per_head,
    wire_to_water,
)
from analytics.hydraulics import hydraulic_power, total_head, velocity
from analytics.results import Quality, Reason


def test_g01_head_power_and_efficiency_of_a_moment() -> None:
    speeds = (velocity(36.0, 0.15), velocity(36.0, 0.10))
    head = float(total_head(0.10, 0.62, 0.5, *speeds))
    assert head == pytest.approx(53.5916, rel=1e-5)
    assert float(hydraulic_power(36.0, head)) == pytest.approx(5.25554, rel=1e-5)
    found = efficiency(36.0, head, 8.2, rated_power=11.0)
    assert found.value == pytest.approx(0.640919, rel=1e-5)
    assert (found.formula, found.quality) == ("E2.4", Quality.GOOD)
    plain = efficiency(36.0, 53.5252, 8.2)
    assert plain.value == pytest.approx(0.640126, rel=1e-5)


def test_g02_the_three_ratios_side_by_side() -> None:
    head_volume = 864.0 * 0.52
    assert specific_energy(196.8, 864.0).value == pytest.approx(0.227778, rel=1e-5)
    assert specific_per_head(196.8, head_volume).value == pytest.approx(0.438034, rel=1e-5)
    assert wire_to_water(196.8, head_volume).value == pytest.approx(0.634146, rel=1e-5)
    assert pytest.approx(0.277778, rel=1e-5) == FLOOR
    assert pytest.approx(0.0027241, rel=1e-4) == KWH_A_METRE


def test_g02b_ratios_of_sums_not_means_of_ratios() -> None:
    volume, rise, energy = [10.0, 30.0, 60.0], [0.5, 0.55, 0.6], [3.2, 8.1, 16.5]
    head_volume = sum(v * p for v, p in zip(volume, rise, strict=True))
    assert specific_per_head(sum(energy), head_volume).value == pytest.approx(0.483478, rel=1e-5)


def test_g31_a_lower_set_point_and_g34_power_from_the_current() -> None:
    assert setpoint_saving(56.0, 52.0, 41_000.0).value == pytest.approx(2928.57, rel=1e-5)
    assert setpoint_saving(1.0, 0.5, 41_000.0).reasons == (Reason.ZERO_BASE,)
    assert current_power(380.0, 14.2, 0.85).value == pytest.approx(7.94422, rel=1e-5)
    assumed = current_power(380.0, 14.2)
    assert assumed.value == pytest.approx(7.94422, rel=1e-5)
    assert assumed.reasons == (Reason.DEFAULT_PARAMETER,)
    assert current_power(None, 14.2).reasons == (Reason.NO_DATA,)
    assert current_power(380.0, -1.0).reasons == (Reason.NEGATIVE_INPUT,)


@pytest.mark.parametrize(
    ("energy", "volume", "reason"),
    [
        (None, 10.0, Reason.NO_DATA),
        (1.0, None, Reason.NO_DATA),
        (1.0, math.nan, Reason.NO_DATA),
        (1.0, 0.99, Reason.ZERO_FLOW),
        (-1.0, 10.0, Reason.NEGATIVE_INPUT),
        (1.0, -10.0, Reason.NEGATIVE_INPUT),
    ],
)
def test_what_has_no_specific_energy(
    energy: float | None, volume: float | None, reason: Reason
) -> None:
    found = specific_energy(energy, volume)
    assert (found.value, found.reasons, found.quality) == (None, (reason,), Quality.BAD)


def test_measured_zero_energy_is_zero_not_missing() -> None:
    assert specific_energy(0.0, 100.0).value == 0.0
    assert wire_to_water(0.0, 100.0).value is None


def test_less_than_physics_allows_is_said_to_be_impossible() -> None:
    found = specific_per_head(27.0, 100.0)
    assert found.value == 0.27
    assert (found.reasons, found.quality) == ((Reason.OUT_OF_RANGE,), Quality.UNCERTAIN)
    assert wire_to_water(27.0, 100.0).reasons == (Reason.OUT_OF_RANGE,)
    assert specific_per_head(28.0, 100.0).quality == Quality.GOOD


def test_efficiencies_too_good_or_too_bad_are_doubted() -> None:
    small, large = wire_to_water(31.5, 100.0, 7.5), wire_to_water(31.5, 100.0, 90.0)
    assert small.value == large.value == pytest.approx(0.8818, rel=1e-3)
    assert small.quality == Quality.UNCERTAIN
    assert large.quality == Quality.GOOD
    assert wire_to_water(700.0, 100.0).quality == Quality.UNCERTAIN


@pytest.mark.parametrize(
    ("flow", "head", "power", "reason"),
    [
        (0.29, 50.0, 5.0, Reason.ZERO_FLOW),
        (1.9, 50.0, 5.0, Reason.ZERO_FLOW),  # 2 % of a meter to 100 m³/h
        (20.0, 50.0, 0.05, Reason.ZERO_FLOW),
        (20.0, -1.0, 5.0, Reason.OUT_OF_RANGE),
        (20.0, 1.0, 5.0, Reason.ZERO_BASE),
        (None, 50.0, 5.0, Reason.NO_DATA),
    ],
)
def test_moments_without_an_efficiency(
    flow: float | None, head: float, power: float, reason: Reason
) -> None:
    assert efficiency(flow, head, power, range_top=100.0).reasons == (reason,)


def test_a_scale_error_is_named() -> None:
    assert scale_error(0.062, 0.6) == 0.1
    assert scale_error(24.5, 0.6, ratios=(40.0,)) == 40.0
    assert scale_error(0.0155, 0.6, ratios=(40.0,)) == 1 / 40.0
    assert scale_error(0.7, 0.6) is None
    assert scale_error(0.0, 0.6) is None


def test_idle_share_and_its_edges() -> None:
    assert idle_share(5.0, 100.0).value == 0.05
    assert idle_share(0.0, 0.05).reasons == (Reason.ZERO_BASE,)
    assert idle_share(None, 5.0).reasons == (Reason.NO_DATA,)


def test_pressure_beyond_need() -> None:
    assert float(pressure_need(50.0)) == pytest.approx(0.6303, abs=1e-4)
    assert pressure_excess([0.73, 0.60], 50.0) == pytest.approx([0.0997, 0.0], abs=1e-4)
    assert np.isnan(pressure_excess(0.73, np.nan))
    # where the far end is measured it has the word
    assert float(pressure_excess(0.73, 50.0, 0.16)) == pytest.approx(0.01)
    assert excess_loss(0.1, 1000.0, 0.5) == 50.0
    assert saving_to([0.6, 0.4, np.nan], 0.5, 100.0) == pytest.approx(
        [10.0, 0.0, np.nan], nan_ok=True
    )


def test_a_change_is_split_into_its_causes() -> None:
    only_volume = change(([100.0], [200.0], [100.0]), ([110.0], [220.0], [110.0]))
    assert only_volume.volume == pytest.approx(10.0)
    assert (only_volume.head, only_volume.efficiency) == pytest.approx((0.0, 0.0))
    only_head = change(([100.0], [200.0], [100.0]), ([120.0], [200.0], [120.0]))
    assert only_head.head == pytest.approx(20.0)
    worse = change(([100.0], [200.0], [100.0]), ([120.0], [200.0], [100.0]))
    assert worse.efficiency == pytest.approx(20.0)
    new = change(
        ([np.nan, 50.0], [np.nan, 90.0], [np.nan, 50.0]), ([70.0, 50.0], [90.0] * 2, [50.0] * 2)
    )
    assert new.other == pytest.approx(70.0)
    assert new.total == 70.0


AMOUNT = st.floats(0.0, 1e5) | st.just(math.nan)
STATION = st.tuples(*[AMOUNT] * 6)


@given(st.lists(STATION, min_size=1, max_size=12))
def test_parts_of_a_change_add_up(rows: list[tuple[float, ...]]) -> None:
    columns = np.array(rows).T
    found = change(tuple(columns[:3]), tuple(columns[3:]))
    assert found.volume + found.head + found.efficiency + found.other == pytest.approx(
        found.current - found.base, abs=1e-6
    )
    assert found.base == pytest.approx(float(np.nansum(columns[0])))
