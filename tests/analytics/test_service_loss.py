"""People without water first, and how sure a solution is."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from analytics.service_loss import service_loss
from analytics.solution_worth import best, sure


def test_homes_times_minutes_of_history_or_of_the_level() -> None:
    loss = service_loss(0.4, 500.0, [10.0, 20.0, 30.0, 40.0, 500.0], 90.0)
    assert (loss.homes, loss.minutes, loss.measured) == (200.0, 30.0, True)
    assert loss.home_minutes == 6000.0
    assert service_loss(1.0, 500.0, [10.0] * 4, 90.0).minutes == 90.0


def test_a_hospital_goes_before_a_thousand_homes_but_only_when_its_water_is_at_stake() -> None:
    homes = service_loss(1.0, 1000.0, (), 120.0)
    hospital = service_loss(0.4, 50.0, (), 60.0, "hospital")
    school = service_loss(1.0, 50.0, (), 60.0, "school")
    door = service_loss(0.0, 50.0, (), 60.0, "hospital")
    ranked = sorted([door, homes, school, hospital], key=lambda loss: loss.key)
    assert ranked == [hospital, school, homes, door]


def test_wilson_by_hand() -> None:
    """9 of 9 on top of one on credit: 10 of 10 -> 1/(1 + 1.96²/10) = 0.7225."""
    assert sure(9, 9) == pytest.approx(1.0 / (1.0 + 1.959964**2 / 10.0), abs=1e-6)
    assert sure(0, 0) < sure(5, 6) < sure(9, 9)


@dataclass(frozen=True)
class One:
    fault: str
    used: int = 0
    solved: int = 0


def test_the_best_solution_is_probable_and_sure() -> None:
    proven, new, other = One("burst", 20, 20), One("burst"), One("trip", 20, 20)
    found = best([new, other, One("leak", 9, 9), proven], {"burst": 0.5, "trip": 0.3})
    assert found == [proven, other, new]
