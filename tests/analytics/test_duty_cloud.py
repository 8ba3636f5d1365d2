"""Clouds of duty from bins, and the energy of a lift."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.duty_cloud import (
    cloud,
    median_duty,
    preferred_share,
    saving_per_year,
    specific_energy,
)

SUMS = {
    "n": np.array([2.0, 0.0, 6.0]),
    "q": np.array([20.0, 0.0, 120.0]),
    "s": np.array([1.6, 0.0, 5.4]),
    "h": np.array([120.0, 0.0, 300.0]),
}


def test_a_bin_is_brought_back_to_its_speed() -> None:
    points = cloud(SUMS)
    assert points.flow.tolist() == pytest.approx([8.0, 18.0])
    assert points.head.tolist() == pytest.approx([60 * 0.64, 50 * 0.81])
    assert median_duty(points) == pytest.approx((18.0, 40.5))


def test_nothing_ran() -> None:
    empty = {k: np.empty(0) for k in SUMS}
    assert median_duty(cloud(empty)) is None
    assert preferred_share(empty, 10.0) is None


def test_share_within_the_preferred_region() -> None:
    assert preferred_share(SUMS, 20.0) == pytest.approx(75.0)
    assert preferred_share(SUMS, 10.0) == pytest.approx(25.0)


def test_energy_of_a_lift() -> None:
    """1 m³ lifted by 101.97 m (1 MPa) is 0.27778 kWh of water."""
    assert float(specific_energy(101.9716, 1.0)) == pytest.approx(0.277778, abs=1e-6)
    spared = saving_per_year(
        np.array([100.0, 10.0, np.nan]), np.array([180.0, 180.0, 1.0]), 30, 0.5
    )
    assert spared[0] == pytest.approx(0.0)
    assert spared[1] == 0.0
    assert np.isnan(spared[2])
    assert saving_per_year(np.array([200.0]), np.array([180.0]), 365, 0.5)[0] == pytest.approx(100)
